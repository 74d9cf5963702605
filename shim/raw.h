/* System calls made by the shim for itself: past every wrapper, libc's cancellation points and
 * errno. Async-signal-safe. */
#ifndef BPGUARD_RAW_H
#define BPGUARD_RAW_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#if !defined(__x86_64__) || !defined(__LP64__)
#error "bpguard's raw system calls are written for x86-64 only"
#endif

/* Makes system call `number`. Returns its result, or -errno (syscall(2), x86-64 row). */
static inline long raw_syscall(long number, long a, long b, long c, long d, long e, long f)
{
	long result;
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return result;
}

/* The host has put itself under a seccomp filter (confined.h): what the shim would ask is not
 * asked, and counts as refused. */
extern __attribute__((visibility("hidden"))) bool raw_confined;

static inline long raw_ask(long number, long a, long b, long c, long d, long e, long f)
{
	return __builtin_expect(__atomic_load_n(&raw_confined, __ATOMIC_RELAXED), 0)
		   ? -EPERM
		   : raw_syscall(number, a, b, c, d, e, f);
}

#define RAW_ARG(value) ((long)(uintptr_t)(value))
#define RAW0(number) raw_ask(number, 0, 0, 0, 0, 0, 0)
#define RAW1(number, a) raw_ask(number, RAW_ARG(a), 0, 0, 0, 0, 0)
#define RAW2(number, a, b) raw_ask(number, RAW_ARG(a), RAW_ARG(b), 0, 0, 0, 0)
#define RAW3(number, a, b, c) raw_ask(number, RAW_ARG(a), RAW_ARG(b), RAW_ARG(c), 0, 0, 0)
#define RAW4(number, a, b, c, d)                                                                   \
	raw_ask(number, RAW_ARG(a), RAW_ARG(b), RAW_ARG(c), RAW_ARG(d), 0, 0)
#define RAW5(number, a, b, c, d, e)                                                                \
	raw_ask(number, RAW_ARG(a), RAW_ARG(b), RAW_ARG(c), RAW_ARG(d), RAW_ARG(e), 0)
#define RAW6(number, a, b, c, d, e, f)                                                             \
	raw_ask(number, RAW_ARG(a), RAW_ARG(b), RAW_ARG(c), RAW_ARG(d), RAW_ARG(e), RAW_ARG(f))

/* Copies what the application points at, which may not be there. Returns false where it is not.
 * process_vm_readv(2) on oneself. */
static inline bool raw_copy(void *to, const void *from, size_t size)
{
	struct iovec here = {to, size}, there = {(void *)(uintptr_t)from, size};
	return RAW6(SYS_process_vm_readv, RAW0(SYS_getpid), &here, 1, &there, 1, 0) == (long)size;
}

#endif
