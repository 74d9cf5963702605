/* arch.h for i386: see there. */
#include <linux/net.h>
#include <stddef.h>

enum { ARCH_FIRST_TOLD = 0 };

/* get_thread_area(2), for the entry that %gs selects; its struct user_desc begins with the entry's
 * number and the base. */
static inline uintptr_t arch_thread_pointer(void)
{
	uint32_t selector, entry[4] = {0};
	__asm__("mov %%gs, %0" : "=r"(selector));
	entry[0] = selector >> 3;
	return RAW1(SYS_get_thread_area, entry) == 0 ? entry[1] : 0;
}

static inline uintptr_t arch_sp(const ucontext_t *context)
{
	return (uintptr_t)context->uc_mcontext.gregs[REG_ESP];
}

static inline long arch_result(const ucontext_t *context)
{
	return context->uc_mcontext.gregs[REG_EAX];
}

static inline void arch_set_result(ucontext_t *context, long result)
{
	context->uc_mcontext.gregs[REG_EAX] = result;
}

/* cd 80. The vDSO's sysenter and syscall return behind its own int $0x80 too (entry_32.S). */
static inline bool arch_is_after_syscall(const ucontext_t *context)
{
	uintptr_t pc = (uintptr_t)context->uc_mcontext.gregs[REG_EIP];
	return pc > 2 && arch_code_is_there(pc, 2) &&
	       memcmp((const void *)(pc - 2), "\xcd\x80", 2) == 0;
}

/* In the vDSO nothing follows the call but pops (58 to 5f) and the return (c3) to who called it
 * (arch/x86/entry/vdso/vdso32/system_call.S). */
static inline uintptr_t arch_pc(const ucontext_t *context)
{
	enum { MOST_POPS = 4 };
	uintptr_t pc = (uintptr_t)context->uc_mcontext.gregs[REG_EIP];
	const uintptr_t *stack = (const uintptr_t *)arch_sp(context);
	const unsigned char *code = (const unsigned char *)pc;
	int pops = 0;
	if (!arch_is_after_syscall(context) || (pc & (ARCH_PAGE - 1)) > ARCH_PAGE - 8)
		return pc;
	while (pops < MOST_POPS && (code[pops] & 0xf8) == 0x58)
		pops++;
	return pops && code[pops] == 0xc3 ? stack[pops] : pc;
}

/* EAX held it and is overwritten. b8 imm32 is mov $N,%eax, before int $0x80 or before the call to
 * the vDSO, call *%gs:0x10 (65 ff 15 10 00 00 00); one load of another register from the stack may
 * come between, mov D(%esp),REG (8b, a byte of which three bits are the register, 24, D). */
static inline long arch_entry_number(const ucontext_t *context)
{
	uintptr_t pc = arch_pc(context);
	const unsigned char *code = (const unsigned char *)pc;
	int32_t number;
	if (!arch_code_is_there(pc, 16))
		return -1;
	if (memcmp(code - 2, "\xcd\x80", 2) == 0)
		code -= 2;
	else if (memcmp(code - 7, "\x65\xff\x15\x10\0\0", 7) == 0)
		code -= 7;
	else
		return -1;
	if (code[-5] != 0xb8 && code[-4] == 0x8b && (code[-3] & 0xc7) == 0x44 && code[-3] != 0x44 &&
	    code[-2] == 0x24)
		code -= 4;
	memcpy(&number, code - 4, sizeof(number));
	return code[-5] == 0xb8 ? number : -1;
}

/* socketcall(2): EBX is which, ECX leads to the arguments of the system call that it stands for,
 * and the kernel has just read them. Returns how many, 0 for those that do not send. */
static inline int arch_sent_by(int subcall, long *number)
{
	switch (subcall) {
	case SYS_SEND:
		*number = SYS_sendto;
		return 4;
	case SYS_SENDTO:
		*number = SYS_sendto;
		return 6;
	case SYS_SENDMSG:
		*number = SYS_sendmsg;
		return 3;
	case SYS_SENDMMSG:
		*number = SYS_sendmmsg;
		return 4;
	default:
		return 0;
	}
}

static inline long arch_number(const ucontext_t *context)
{
	long number = arch_entry_number(context);
	if (number == SYS_socketcall)
		arch_sent_by(context->uc_mcontext.gregs[REG_EBX], &number);
	return number;
}

static inline void arch_arguments(const ucontext_t *context, long arguments[6])
{
	static const int order[6] = {REG_EBX, REG_ECX, REG_EDX, REG_ESI, REG_EDI, REG_EBP};
	const greg_t *r = context->uc_mcontext.gregs;
	long number;
	int count = 0;
	for (int i = 0; i < 6; i++)
		arguments[i] = r[order[i]];
	if (arch_entry_number(context) == SYS_socketcall)
		count = arch_sent_by(r[REG_EBX], &number);
	if (count)
		memcpy(arguments, (const long *)r[REG_ECX], (size_t)count * sizeof(long));
}

/* The first may be socketcall's subcall. */
static inline bool arch_hides_fd(const long arguments[6])
{
	long number;
	return arch_sent_by((int)arguments[0], &number) != 0;
}

/* ia32_setup_rt_frame: return address, number, pointers to siginfo and ucontext, siginfo (128
 * bytes), ucontext; EDX and ECX point at them. ia32_setup_frame, without SA_SIGINFO: return
 * address, number, the registers alone; EDX and ECX are 0. Both put the number into EAX. */
static inline const ucontext_t *arch_context_below(const ucontext_t *context)
{
	const greg_t *r = context->uc_mcontext.gregs;
	uintptr_t sp = arch_sp(context), info = sp + 4 * sizeof(void *), below = info + 128;
	if (r[REG_EAX] < 1 || r[REG_EAX] > 64 || arch_is_after_syscall(context) ||
	    ((const int *)sp)[1] != r[REG_EAX])
		return NULL;
	if ((uintptr_t)r[REG_EDX] == info && (uintptr_t)r[REG_ECX] == below)
		return (const ucontext_t *)below;
	if (r[REG_EDX] == 0 && r[REG_ECX] == 0)
		return (const ucontext_t *)(sp + 2 * sizeof(void *) -
					    offsetof(ucontext_t, uc_mcontext));
	return NULL;
}
