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

/* Code of this program's own in place of libc's. */
static unsigned char text[2 * ARCH_PAGE] __attribute__((aligned(ARCH_PAGE)));

static bool is_text(uintptr_t address)
{
	return address - (uintptr_t)text < sizeof(text);
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
	unsigned char *code = text + 64;
	memcpy(code, sequence, 9);
	return context_at(code + 9, 0);
}

START_TEST(number)
{
	ucontext_t context = context_behind(sequences[_i].code);
	ck_assert(arch_is_after_syscall(&context));
	ck_assert_int_eq(arch_number(&context, is_text), sequences[_i].number);
}
END_TEST

static const unsigned char from_stack[][9] = {
    {0x90, 0x90, 0x48, 0x8b, 0x44, 0x24, 0x18, 0x0f, 0x05}, /* mov 24(%rsp),%rax */
    {0x90, 0x90, 0xb8, 0x48, 0x8b, 0x45, 0xf0, 0x0f, 0x05}, /* mov -16(%rbp),%rax */
};

/* A trampoline behind a guard page: mapped, and not to be read. */
START_TEST(code_behind_what_cannot_be_read)
{
	unsigned char *pages =
	    mmap(NULL, 2 * ARCH_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ucontext_t context;
	ck_assert(pages != MAP_FAILED);
	memcpy(pages + ARCH_PAGE, "\x0f\x05", 2);
	ck_assert_int_eq(mprotect(pages, ARCH_PAGE, PROT_NONE), 0);
	context = context_at(pages + ARCH_PAGE + 2, 0);
	ck_assert(arch_is_after_syscall(&context));
	ck_assert_int_eq(arch_number(&context, is_text), -1);
	munmap(pages, 2 * ARCH_PAGE);
}
END_TEST

START_TEST(number_from_the_stack)
{
	const long stack[] = {11, 22, 33, 44, 55, 66};
	unsigned char *code = text + 64;
	ucontext_t context;
	memcpy(code, from_stack[_i], 9);
	context = context_at(code + 9, 0);
	context.uc_mcontext.gregs[REG_RSP] = (greg_t)stack;
	context.uc_mcontext.gregs[REG_RBP] = (greg_t)(stack + 5);
	ck_assert_int_eq(arch_number(&context, is_text), 44);
}
END_TEST

/* glibc's stub, the function that calls it, and a call of that one. */
enum { STUB = 64, CALLER = 256, CALLER_SIZE = 80, CALL = 1024 };

/* A frame as the stub finds it: `saved` words of its caller's, then what that returns to. */
static ucontext_t context_in_stub(uintptr_t *stack, int saved, uintptr_t returns_to)
{
	static const unsigned char last[] = {0x4c, 0x89, 0x5c, 0x24, 0x08, 0x0f, 0x05, 0xc3};
	int32_t way = CALLER - (CALL + 5);
	ucontext_t context;
	memset(text, 0x90, sizeof(text));
	memcpy(text + STUB, last, sizeof(last));
	text[CALL] = 0xe8;
	memcpy(text + CALL + 1, &way, sizeof(way));
	*stack++ = (uintptr_t)text + CALLER + CALLER_SIZE;
	*stack++ = (uintptr_t)text; /* what the stub puts there, and the sixth argument */
	*stack++ = SYS_write;
	for (int i = 0; i < saved; i++)
		*stack++ = i ? 24 : (uintptr_t)text + CALL;
	*stack++ = returns_to;
	*stack = SYS_sendto;
	context = context_at(text + STUB + 7, 0);
	return context;
}

static bool is_no_text(uintptr_t address)
{
	(void)address;
	return false;
}

/* One word in Debian's 2.41, two in Ubuntu's, three in 2.43. */
START_TEST(number_given_to_the_stub)
{
	uintptr_t stack[16] = {0}, call = (uintptr_t)text + CALL + 5;
	ucontext_t context = context_in_stub(stack, _i, call);
	context.uc_mcontext.gregs[REG_RSP] = (greg_t)stack;
	ck_assert_int_eq(arch_number(&context, is_text), SYS_sendto);
	ck_assert_int_eq(arch_number(&context, is_no_text), -1);
	context_in_stub(stack, _i, call + 1);
	ck_assert_int_eq(arch_number(&context, is_text), -1);
	context_in_stub(stack, _i, call);
	stack[0] = (uintptr_t)text + CALLER - 1;
	ck_assert_int_eq(arch_number(&context, is_text), -1);
}
END_TEST

/* getpid by int $0x80: what is known not to write is none of the calls that do. */
START_TEST(a_foreign_call_that_does_not_write)
{
	static const unsigned char getpid[] = {0x90, 0x90, 0xb8, 20, 0, 0, 0, 0xcd, 0x80};
	ucontext_t context = context_behind(getpid);
	ck_assert_int_gt(arch_number(&context, is_text), UINT16_MAX);
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
	tcase_add_test(tcase, code_behind_what_cannot_be_read);
	tcase_add_loop_test(tcase, number_from_the_stack, 0, 2);
	tcase_add_loop_test(tcase, number_given_to_the_stub, 1, 4);
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
