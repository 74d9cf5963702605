/* arch.h for x86-64: see there. */
enum { ARCH_FIRST_TOLD = 0 };

static inline uintptr_t arch_pc(const ucontext_t *context)
{
	return (uintptr_t)context->uc_mcontext.gregs[REG_RIP];
}

static inline uintptr_t arch_sp(const ucontext_t *context)
{
	return (uintptr_t)context->uc_mcontext.gregs[REG_RSP];
}

static inline long arch_result(const ucontext_t *context)
{
	return context->uc_mcontext.gregs[REG_RAX];
}

/* Whether the two bytes before the context's code are these. */
static inline bool arch_is_behind(const ucontext_t *context, const char *instruction)
{
	uintptr_t pc = arch_pc(context);
	return pc > 2 && arch_code_is_there(pc, 2) &&
	       memcmp((const void *)(pc - 2), instruction, 2) == 0;
}

/* cd 80: int $0x80, by which a 64-bit program too makes i386's system calls. Their numbers and
 * registers are others, and what they point at is of 32 bits. */
static inline bool arch_is_foreign(const ucontext_t *context)
{
	return arch_is_behind(context, "\xcd\x80");
}

/* 0f 05. */
static inline bool arch_is_after_syscall(const ucontext_t *context)
{
	return arch_is_behind(context, "\x0f\x05") || arch_is_foreign(context);
}

/* RAX held it and is overwritten, so it is told only where the instruction right before loads it
 * (b8 imm32: mov $N,%eax; 48 c7 c0 imm32: mov $N,%rax). Behind a REX prefix, 40 to 4f, b8 loads
 * another register or more bytes. */
static inline long arch_loaded_number(const ucontext_t *context)
{
	uintptr_t pc = arch_pc(context);
	const unsigned char *code = (const unsigned char *)pc;
	int32_t number;
	if (!arch_code_is_there(pc, 9))
		return -1;
	memcpy(&number, code - 6, sizeof(number));
	if ((code[-7] == 0xb8 && (code[-8] & 0xf0) != 0x40) ||
	    memcmp(code - 9, "\x48\xc7\xc0", 3) == 0)
		return number;
	return -1;
}

enum { ARCH_SOCKETCALL = 102 };

/* What i386's calls are among ours (arch/x86/entry/syscalls/syscall_32.tbl). Those whose arguments
 * lead to more than data, to a vector or a message, pass for unknown. sendfile's offset has 32 bits
 * there, and nobody looks at it. */
static inline long arch_translate(long foreign)
{
	enum { WRITES_NOT = 1 << 16 };
	switch (foreign) {
	case 4:
		return SYS_write;
	case 187: /* sendfile, sendfile64 */
	case 239:
		return SYS_sendfile;
	case 313:
		return SYS_splice;
	case 315:
		return SYS_tee;
	case 369:
		return SYS_sendto;
	case 426:
		return SYS_io_uring_enter;
	case -1:
	case ARCH_SOCKETCALL:
	case 146: /* writev */
	case 316: /* vmsplice */
	case 345: /* sendmmsg */
	case 370: /* sendmsg */
	case 379: /* pwritev2 */
		return -1;
	default:
		return WRITES_NOT;
	}
}

static inline long arch_number(const ucontext_t *context)
{
	long number = arch_loaded_number(context);
	return arch_is_foreign(context) ? arch_translate(number) : number;
}

/* int $0x80 keeps all registers but RAX. socketcall(2) has in EBX which call is meant, and its
 * arguments in memory, which the kernel has just read. */
static inline void arch_foreign_arguments(const ucontext_t *context, long arguments[6])
{
	static const int order[6] = {REG_RBX, REG_RCX, REG_RDX, REG_RSI, REG_RDI, REG_RBP};
	enum { SEND = 9, SENDMMSG = 20 }; /* the first and the last that send (linux/net.h) */
	long number = arch_loaded_number(context);
	for (int i = 0; i < 6; i++)
		arguments[i] = (uint32_t)context->uc_mcontext.gregs[order[i]];
	if (number == ARCH_SOCKETCALL)
		arguments[0] = *(const int *)arguments[1];
	else if (number < 0 && arguments[0] >= SEND && arguments[0] <= SENDMMSG)
		arguments[0] = -1;
}

/* The arguments still stand where the caller put them (syscall(2): the kernel keeps all but RAX,
 * RCX and R11). */
static inline void arch_arguments(const ucontext_t *context, long arguments[6])
{
	static const int order[6] = {REG_RDI, REG_RSI, REG_RDX, REG_R10, REG_R8, REG_R9};
	if (arch_is_foreign(context)) {
		arch_foreign_arguments(context, arguments);
		return;
	}
	for (int i = 0; i < 6; i++)
		arguments[i] = context->uc_mcontext.gregs[order[i]];
}

static inline bool arch_hides_fd(const long arguments[6])
{
	(void)arguments;
	return false;
}

/* The kernel passes a handler its frame's parts (setup_rt_frame: struct rt_sigframe is the return
 * address, the ucontext of 304 bytes, the siginfo). */
static inline const ucontext_t *arch_context_below(const ucontext_t *context)
{
	const greg_t *r = context->uc_mcontext.gregs;
	uintptr_t frame = arch_sp(context) + sizeof(void *);
	bool entry = r[REG_RDI] >= 1 && r[REG_RDI] <= 64 && (uintptr_t)r[REG_RDX] == frame &&
		     (uintptr_t)r[REG_RSI] == frame + 304 && r[REG_RAX] == 0;
	return entry ? (const ucontext_t *)frame : NULL;
}
