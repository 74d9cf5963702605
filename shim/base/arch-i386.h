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

/* 65 ff 15 10 00 00 00, call *%gs:0x10: how libc enters the kernel. */
static inline bool arch_is_after_entry(uintptr_t pc)
{
	return arch_code_is_there(pc, 7) &&
	       memcmp((const char *)pc - 7, "\x65\xff\x15\x10\0\0", 7) == 0;
}

/* Where the address lies that the entry returns to; NULL outside of it. In the vDSO nothing follows
 * the call but pops (58 to 5f) and the return, c3 (arch/x86/entry/vdso/vdso32/system_call.S). Where
 * there is no vDSO, ld.so's entry is int $0x80 and a return (_dl_sysinfo_int80). */
static inline const uintptr_t *arch_entered_from(const ucontext_t *context)
{
	enum { MOST_POPS = 4 };
	uintptr_t pc = (uintptr_t)context->uc_mcontext.gregs[REG_EIP];
	const uintptr_t *stack = (const uintptr_t *)arch_sp(context);
	const unsigned char *code = (const unsigned char *)pc;
	int pops = 0;
	if (!arch_is_after_syscall(context) || (pc & (ARCH_PAGE - 1)) > ARCH_PAGE - 8)
		return NULL;
	while (pops < MOST_POPS && (code[pops] & 0xf8) == 0x58)
		pops++;
	return code[pops] == 0xc3 && (pops || arch_is_after_entry(*stack)) ? stack + pops : NULL;
}

static inline uintptr_t arch_pc(const ucontext_t *context)
{
	const uintptr_t *from = arch_entered_from(context);
	return from ? *from : (uintptr_t)context->uc_mcontext.gregs[REG_EIP];
}

/* glibc 2.41's one stub for all calls that can be cancelled (i386/syscall_cancel.S) takes the
 * number and the arguments from its own parameters, 24(%esp) to 48(%esp), with seven times 8b,
 * modrm, 24, D, and makes the call by int $0x80. */
static inline bool arch_is_in_stub(uintptr_t pc)
{
	static const char stub[] = "\x8b\x44\x24\x18\x8b\x5c\x24\x1c\x8b\x4c\x24\x20\x8b\x54\x24"
				   "\x24\x8b\x74\x24\x28\x8b\x7c\x24\x2c\x8b\x6c\x24\x30\xcd\x80";
	enum { SIZE = sizeof(stub) - 1 };
	return arch_code_is_there(pc, SIZE) && memcmp((const char *)pc - SIZE, stub, SIZE) == 0;
}

/* The number that glibc's __libc_do_syscall was given, which makes calls of six arguments
 * (i386/libc-do-syscall.S): it pushes EBX, EDI and EBP and loads them from what EDI points at. Its
 * callers load EAX right before they call it (e8 rel32): by b8 imm32, or by mov D(%esp),%eax, 8b 44
 * 24 D, and mov %eax,%eax, 89 c0. */
static inline long arch_six_number(const uintptr_t *from)
{
	static const char body[] = "\x53\x57\x55\x8b\x1f\x8b\x6f\x08\x8b\x7f\x04";
	enum { SIZE = sizeof(body) - 1, ENTRY = 7 };
	const uintptr_t *back = from + 4;
	const unsigned char *code;
	int32_t number;
	if (!arch_code_is_there(*from, SIZE + ENTRY) ||
	    memcmp((const char *)*from - ENTRY - SIZE, body, SIZE) != 0 ||
	    !arch_code_is_there(*back, 11))
		return -1;
	code = (const unsigned char *)*back;
	memcpy(&number, code - 9, sizeof(number));
	if (code[-10] == 0xb8)
		return number;
	if (memcmp(code - 7, "\x89\xc0", 2) != 0 || memcmp(code - 11, "\x8b\x44\x24", 3) != 0)
		return -1;
	return *(const int32_t *)((const char *)(back + 1) + (int8_t)code[-8]);
}

/* EAX held it and is overwritten. b8 imm32 is mov $N,%eax, before int $0x80 or before the call of
 * the entry; one load of another register from the stack may come between, mov D(%esp),REG (8b, a
 * byte of which three bits are the register, 24, D). */
static inline long arch_entry_number(const ucontext_t *context)
{
	const uintptr_t *from = arch_entered_from(context);
	uintptr_t pc = arch_pc(context);
	const unsigned char *code = (const unsigned char *)pc;
	int32_t number;
	if (arch_is_in_stub((uintptr_t)context->uc_mcontext.gregs[REG_EIP]))
		return ((const int32_t *)arch_sp(context))[6];
	if (!arch_code_is_there(pc, 16))
		return -1;
	if (memcmp(code - 2, "\xcd\x80", 2) == 0)
		code -= 2;
	else if (arch_is_after_entry(pc))
		code -= 7;
	else
		return -1;
	if (code[-5] != 0xb8 && code[-4] == 0x8b && (code[-3] & 0xc7) == 0x44 && code[-3] != 0x44 &&
	    code[-2] == 0x24)
		code -= 4;
	memcpy(&number, code - 4, sizeof(number));
	if (code[-5] == 0xb8)
		return number;
	return from ? arch_six_number(from) : -1;
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

static inline long arch_number(const ucontext_t *context, arch_text *is_libc)
{
	(void)is_libc;
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
