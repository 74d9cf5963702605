/* The registers, as the kernel leaves them in a handler's context, made by hand: x86-64's. Those of
 * other machines are met where the tests of calls run on them. */
#include <stdio.h>
#include <string.h>

#include "base/arch.h"
#include "suite.h"

#ifdef __x86_64__

static ucontext_t context_at(const void *pc, long result)
{
	ucontext_t context;
	memset(&context, 0, sizeof(context));
	context.uc_mcontext.gregs[REG_RIP] = (greg_t)pc;
	context.uc_mcontext.gregs[REG_RAX] = result;
	return context;
}

static const struct {
	unsigned char code[9];
	long number;
} sequences[] = {
    {{0x90, 0x90, 0xb8, 0x01, 0, 0, 0, 0x0f, 0x05}, 1},
    {{0x48, 0xc7, 0xc0, 0x14, 0, 0, 0, 0x0f, 0x05}, 20},
    {{0x90, 0x90, 0x90, 0x48, 0x89, 0xf8, 0x90, 0x0f, 0x05}, -1}, /* mov %rdi,%rax */
};

START_TEST(number)
{
	static unsigned char page[2 * ARCH_PAGE] __attribute__((aligned(ARCH_PAGE)));
	unsigned char *code = page + 64;
	ucontext_t context;
	memcpy(code, sequences[_i].code, 9);
	context = context_at(code + 9, 0);
	ck_assert(arch_is_after_syscall(&context));
	ck_assert_int_eq(arch_number(&context), sequences[_i].number);
}
END_TEST

START_TEST(not_after_a_syscall)
{
	static const unsigned char code[] = {0x90, 0x90, 0x90, 0x90};
	ucontext_t context = context_at(code + 4, 0);
	ck_assert(!arch_is_after_syscall(&context));
}
END_TEST

START_TEST(a_handlers_entry_leads_to_the_context_below)
{
	static char stack[4096];
	ucontext_t context = context_at(stack, 0);
	uintptr_t sp = (uintptr_t)stack + 512;
	context.uc_mcontext.gregs[REG_RSP] = (greg_t)sp;
	context.uc_mcontext.gregs[REG_RDI] = SIGUSR1;
	context.uc_mcontext.gregs[REG_RDX] = (greg_t)(sp + 8);
	context.uc_mcontext.gregs[REG_RSI] = (greg_t)(sp + 8 + 304);
	ck_assert_ptr_eq(arch_context_below(&context), (void *)(sp + 8));
	context.uc_mcontext.gregs[REG_RDI] = 65;
	ck_assert_ptr_null(arch_context_below(&context));
}
END_TEST

static void add(TCase *tcase)
{
	tcase_add_loop_test(tcase, number, 0, sizeof(sequences) / sizeof(*sequences));
	tcase_add_test(tcase, not_after_a_syscall);
	tcase_add_test(tcase, a_handlers_entry_leads_to_the_context_below);
}

int main(void)
{
	return run_suite("registers", add);
}

#else

int main(void)
{
	puts("SKIP registers: only x86-64's are made by hand");
	return 0;
}

#endif
