/* arch.h for x86-64: see there. */
enum { ARCH_FIRST_TOLD = 0 };

/* arch_prctl(2); reading %fs:0 would be to trust it. */
static inline uintptr_t arch_thread_pointer(void)
{
	const int arch_get_fs = 0x1003;
	uintptr_t pointer = 0;
	return RAW2(SYS_arch_prctl, arch_get_fs, &pointer) == 0 ? pointer : 0;
}

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

static inline void arch_set_result(ucontext_t *context, long result)
{
	context->uc_mcontext.gregs[REG_RAX] = result;
}

/* The arguments still stand where the caller put them (syscall(2): the kernel keeps all but RAX,
 * RCX and R11). */
static inline void arch_arguments(const ucontext_t *context, long arguments[6])
{
	static const int order[6] = {REG_RDI, REG_RSI, REG_RDX, REG_R10, REG_R8, REG_R9};
	for (int i = 0; i < 6; i++)
		arguments[i] = context->uc_mcontext.gregs[order[i]];
}

static inline bool arch_hides_fd(const long arguments[6])
{
	(void)arguments;
	return false;
}

/* 0f 05. */
static inline bool arch_is_after_syscall(const ucontext_t *context)
{
	uintptr_t pc = arch_pc(context);
	return pc > 2 && arch_code_is_there(pc, 2) &&
	       memcmp((const void *)(pc - 2), "\x0f\x05", 2) == 0;
}

/* RAX held it and is overwritten, so it is told only where the instruction right before loads it
 * (b8 imm32: mov $N,%eax; 48 c7 c0 imm32: mov $N,%rax). Behind a REX prefix, 40 to 4f, b8 loads
 * another register or more bytes. */
static inline long arch_number(const ucontext_t *context)
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
