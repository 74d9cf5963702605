/* The exported names. A library of the program's own may have a function of the same name with
 * other parameters, say a parser's accept: the loader binds the program's calls to us all the same,
 * since we come first. Hence nothing is read or written here: each name is a jump, with whatever
 * the registers and the stack hold, to our call (shim_NAME) or, where the next definition is such a
 * stranger (next_stranger), to that. The first call of a name finds out which.
 *
 * One machine instruction, where the machine has it: it counts among a call's few. */
#include <stddef.h>

#include "entry/calls/call.h"

#define CALL(result, name, parameters, arguments, need, number)                                    \
	void wrapper_##name(void) __asm__("shim_" #name);
#include "state/calls.def"
#undef CALL

static void (*const wrappers[CALL_COUNT])(void) = {
#define CALL(result, name, parameters, arguments, need, number) wrapper_##name,
#include "state/calls.def"
#undef CALL
};

/* Where each name jumps to; at first to its row of entrance_first. */
extern HIDDEN void *entrances[CALL_COUNT];

/* Where calls of this name are to go, now and from then on. While the functions are still being
 * looked up, which may itself call one of them, ours does by its stand-ins. Async-signal-safe once
 * our constructor has run. */
HIDDEN __attribute__((used)) const void *entrance_find(size_t call)
{
	const void *target = (const void *)wrappers[call];
	next_resolve();
	if (!next_is_resolved())
		return target;
	if (next_stranger((enum call)call))
		target = next_stranger((enum call)call);
	__atomic_store_n(&entrances[call], (void *)target, __ATOMIC_RELEASE);
	return target;
}

/* For each machine: JUMP goes where `entrance` says; FIRST puts the row's number down and goes on
 * to COMMON, which keeps all that may hold an argument, asks entrance_find and goes there. */
#if defined(__x86_64__)
#ifdef __CET__
#define LANDING "endbr64\n"
#else
#define LANDING
#endif
#define JUMP(name) LANDING "jmp *entrance_" name "(%rip)\n"
#define FIRST LANDING "push $.Lrow\njmp entrance_first\n"
#define POINTER ".quad "
#define COMMON                                                                                     \
	"push %rax\npush %rdi\npush %rsi\npush %rdx\npush %rcx\npush %r8\npush %r9\npush %r10\n"   \
	"sub $128, %rsp\n"                                                                         \
	"movups %xmm0, (%rsp)\nmovups %xmm1, 16(%rsp)\nmovups %xmm2, 32(%rsp)\n"                   \
	"movups %xmm3, 48(%rsp)\nmovups %xmm4, 64(%rsp)\nmovups %xmm5, 80(%rsp)\n"                 \
	"movups %xmm6, 96(%rsp)\nmovups %xmm7, 112(%rsp)\n"                                        \
	"mov 192(%rsp), %rdi\n"                                                                    \
	"call entrance_find\n"                                                                     \
	"mov %rax, 192(%rsp)\n"                                                                    \
	"movups (%rsp), %xmm0\nmovups 16(%rsp), %xmm1\nmovups 32(%rsp), %xmm2\n"                   \
	"movups 48(%rsp), %xmm3\nmovups 64(%rsp), %xmm4\nmovups 80(%rsp), %xmm5\n"                 \
	"movups 96(%rsp), %xmm6\nmovups 112(%rsp), %xmm7\n"                                        \
	"add $128, %rsp\n"                                                                         \
	"pop %r10\npop %r9\npop %r8\npop %rcx\npop %rdx\npop %rsi\npop %rdi\npop %rax\n"           \
	"pop %r11\n"                                                                               \
	"jmp *%r11\n"
#elif defined(__i386__)
/* eax holds no argument where arguments are on the stack. */
#define JUMP(name) "call entrance_here\n0: jmp *entrance_" name "-0b(%eax)\n"
#define FIRST "push $.Lrow\njmp entrance_first\n"
#define POINTER ".long "
#define COMMON                                                                                     \
	"push %eax\npush %ecx\npush %edx\n"                                                        \
	"sub $8, %esp\n"                                                                           \
	"push 20(%esp)\n"                                                                          \
	"call entrance_find\n"                                                                     \
	"mov %eax, 24(%esp)\n"                                                                     \
	"add $12, %esp\n"                                                                          \
	"pop %edx\npop %ecx\npop %eax\n"                                                           \
	"ret\n"                                                                                    \
	".type entrance_here, @function\n"                                                         \
	"entrance_here: mov (%esp), %eax\nret\n"
#elif defined(__aarch64__)
#define JUMP(name)                                                                                 \
	"hint #34\n" /* bti c */                                                                   \
	"adrp x16, entrance_" name "\nldr x16, [x16, #:lo12:entrance_" name "]\nbr x16\n"
#define FIRST "hint #34\nmov x17, #.Lrow\nb entrance_first\n"
#define POINTER ".quad "
#define COMMON                                                                                     \
	"stp x29, x30, [sp, #-224]!\n"                                                             \
	"stp x0, x1, [sp, #16]\nstp x2, x3, [sp, #32]\nstp x4, x5, [sp, #48]\nstp x6, x7, [sp, "   \
	"#64]\n"                                                                                   \
	"str x8, [sp, #80]\n"                                                                      \
	"stp q0, q1, [sp, #96]\nstp q2, q3, [sp, #128]\nstp q4, q5, [sp, #160]\n"                  \
	"stp q6, q7, [sp, #192]\n"                                                                 \
	"mov x0, x17\n"                                                                            \
	"bl entrance_find\n"                                                                       \
	"mov x16, x0\n"                                                                            \
	"ldp q0, q1, [sp, #96]\nldp q2, q3, [sp, #128]\nldp q4, q5, [sp, #160]\n"                  \
	"ldp q6, q7, [sp, #192]\n"                                                                 \
	"ldr x8, [sp, #80]\n"                                                                      \
	"ldp x0, x1, [sp, #16]\nldp x2, x3, [sp, #32]\nldp x4, x5, [sp, #48]\nldp x6, x7, [sp, "   \
	"#64]\n"                                                                                   \
	"ldp x29, x30, [sp], #224\n"                                                               \
	"br x16\n"
#endif

/* The names; `first` of each, numbered as in calls.def; and the table, in the same order. */
__asm__(".pushsection .text\n"
#define CALL(result, name, parameters, arguments, need, number)                                    \
	".globl " #name "\n.type " #name ", %function\n.balign 16\n" #name                         \
	":\n.cfi_startproc\n" JUMP(#name) ".cfi_endproc\n.size " #name ", .-" #name "\n"
#include "state/calls.def"
#undef CALL
	".set .Lrow, 0\n"
#define CALL(result, name, parameters, arguments, need, number)                                    \
	"first_" #name ": " FIRST ".set .Lrow, .Lrow + 1\n"
#include "state/calls.def"
#undef CALL
	"entrance_first:\n" COMMON ".popsection\n"
	".pushsection .data\n"
	".balign 8\n"
	".globl entrances\n.hidden entrances\nentrances:\n"
#define CALL(result, name, parameters, arguments, need, number)                                    \
	"entrance_" #name ": " POINTER "first_" #name "\n"
#include "state/calls.def"
#undef CALL
	".popsection\n");
