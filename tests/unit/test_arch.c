/* The registers, as the kernel leaves them in a handler's context, made by hand: x86-64's. Those of
 * other machines are met where the tests of calls run on them. */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>

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
    /* int $0x80 has i386's numbers. */
    {{0x90, 0x90, 0xb8, 0x04, 0, 0, 0, 0xcd, 0x80}, SYS_write},
    {{0x48, 0xc7, 0xc0, 0xef, 0, 0, 0, 0xcd, 0x80}, SYS_sendfile}, /* sendfile64 */
    {{0x90, 0x90, 0xb8, 0x39, 1, 0, 0, 0xcd, 0x80}, SYS_splice},
    {{0x90, 0x90, 0xb8, 0x3b, 1, 0, 0, 0xcd, 0x80}, SYS_tee},
    {{0x90, 0x90, 0xb8, 0x71, 1, 0, 0, 0xcd, 0x80}, SYS_sendto},
    {{0x90, 0x90, 0xb8, 0x92, 0, 0, 0, 0xcd, 0x80}, -1}, /* writev: vectors of 32 bits */
    {{0x90, 0x90, 0xb8, 0x66, 0, 0, 0, 0xcd, 0x80}, -1}, /* socketcall */
    {{0x90, 0x90, 0x90, 0x48, 0x89, 0xf8, 0x90, 0xcd, 0x80}, -1},
};
enum { SEQUENCES = sizeof(sequences) / sizeof(*sequences) };

static ucontext_t context_behind(const unsigned char sequence[9])
{
	static unsigned char page[2 * ARCH_PAGE] __attribute__((aligned(ARCH_PAGE)));
	unsigned char *code = page + 64;
	memcpy(code, sequence, 9);
	return context_at(code + 9, 0);
}

START_TEST(number)
{
	ucontext_t context = context_behind(sequences[_i].code);
	ck_assert(arch_is_after_syscall(&context));
	ck_assert_int_eq(arch_number(&context), sequences[_i].number);
}
END_TEST

/* getpid by int $0x80: what is known not to write is none of the calls that do. */
START_TEST(a_foreign_call_that_does_not_write)
{
	static const unsigned char getpid[] = {0x90, 0x90, 0xb8, 20, 0, 0, 0, 0xcd, 0x80};
	ucontext_t context = context_behind(getpid);
	ck_assert_int_gt(arch_number(&context), UINT16_MAX);
}
END_TEST

static void set_foreign_registers(ucontext_t *context)
{
	static const int order[6] = {REG_RBX, REG_RCX, REG_RDX, REG_RSI, REG_RDI, REG_RBP};
	for (int i = 0; i < 6; i++)
		context->uc_mcontext.gregs[order[i]] = 0x7700000000 + 10 + i;
}

START_TEST(foreign_arguments)
{
	static const unsigned char write[] = {0x90, 0x90, 0xb8, 4, 0, 0, 0, 0xcd, 0x80};
	static const unsigned char unknown[] = {0x90, 0x90, 0x90, 0x48, 0x89,
						0xf8, 0x90, 0xcd, 0x80};
	ucontext_t context = context_behind(write);
	long arguments[6];
	set_foreign_registers(&context);
	arch_arguments(&context, arguments);
	for (int i = 0; i < 6; i++)
		ck_assert_int_eq(arguments[i], 10 + i);
	/* What may be socketcall's subcall is no fd. */
	context = context_behind(unknown);
	set_foreign_registers(&context);
	arch_arguments(&context, arguments);
	ck_assert_int_eq(arguments[0], -1);
}
END_TEST

/* Its arguments lie in memory of 32 bits. */
START_TEST(socketcalls_arguments)
{
	static const unsigned char code[] = {0x90, 0x90, 0xb8, 0x66, 0, 0, 0, 0xcd, 0x80};
	ucontext_t context = context_behind(code);
	long arguments[6];
	int *low = mmap(NULL, ARCH_PAGE, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	ck_assert(low != MAP_FAILED);
	low[0] = 77;
	context.uc_mcontext.gregs[REG_RBX] = 9;
	context.uc_mcontext.gregs[REG_RCX] = (greg_t)low;
	arch_arguments(&context, arguments);
	ck_assert_int_eq(arguments[0], 77);
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
	tcase_add_loop_test(tcase, number, 0, SEQUENCES);
	tcase_add_test(tcase, a_foreign_call_that_does_not_write);
	tcase_add_test(tcase, foreign_arguments);
	tcase_add_test(tcase, socketcalls_arguments);
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
