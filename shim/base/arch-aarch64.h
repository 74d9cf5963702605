/* arch.h for aarch64: see there. */
enum { ARCH_FIRST_TOLD = 1 }; /* x0 is the first argument and the result */

static inline uintptr_t arch_pc(const ucontext_t *context)
{
	return context->uc_mcontext.pc;
}

static inline uintptr_t arch_sp(const ucontext_t *context)
{
	return context->uc_mcontext.sp;
}

static inline long arch_result(const ucontext_t *context)
{
	return (long)context->uc_mcontext.regs[0];
}

static inline void arch_arguments(const ucontext_t *context, long arguments[6])
{
	arguments[0] = -1;
	for (int i = ARCH_FIRST_TOLD; i < 6; i++)
		arguments[i] = (long)context->uc_mcontext.regs[i];
}

static inline bool arch_hides_fd(const long arguments[6])
{
	(void)arguments;
	return true;
}

/* d4000001: svc #0; Linux looks at no svc's number, which bits 5 to 20 hold. At a page's beginning
 * the instruction before lies on another, which is copied from with care: a page may be larger than
 * mincore(2) would be asked for. */
static inline bool arch_is_after_syscall(const ucontext_t *context)
{
	const uint32_t *code = (const uint32_t *)arch_pc(context) - 1;
	uint32_t before = 0;
	if (arch_pc(context) & (ARCH_PAGE - 1))
		before = *code;
	else
		raw_copy(&before, code, sizeof(before));
	return (before & 0xffe0001f) == 0xd4000001;
}

static inline long arch_number(const ucontext_t *context)
{
	return (long)context->uc_mcontext.regs[8];
}

/* setup_rt_frame (arch/arm64/kernel/signal.c): siginfo (128 bytes), ucontext, and above them a
 * frame record of the interrupted x29 and x30, which x29 leads to. x1 and x2 lead to the first two
 * only with SA_SIGINFO. */
static inline const ucontext_t *arch_context_below(const ucontext_t *context)
{
	enum { MOST = 64 * 1024 };
	const mcontext_t *at = &context->uc_mcontext;
	const ucontext_t *below = (const ucontext_t *)(at->sp + 128);
	const unsigned long long *record = (const unsigned long long *)(uintptr_t)at->regs[29];
	if (at->regs[0] < 1 || at->regs[0] > 64 || at->sp % 16 || at->regs[29] % 16 ||
	    at->regs[29] - at->sp < 128 + sizeof(*below) || at->regs[29] - at->sp > MOST ||
	    arch_is_after_syscall(context))
		return NULL;
	return record[0] == below->uc_mcontext.regs[29] && record[1] == below->uc_mcontext.regs[30]
		   ? below
		   : NULL;
}
