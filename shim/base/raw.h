/* System calls made by the shim for itself: past every wrapper, libc's cancellation points and
 * errno. Async-signal-safe. x86-64, i386, aarch64; each as its row of syscall(2) says. */
#ifndef BPGUARD_RAW_H
#define BPGUARD_RAW_H

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>

/* Makes system call `number`. Returns its result, or -errno. */
static inline long raw_syscall(long number, long a, long b, long c, long d, long e, long f)
#if defined(__x86_64__) && defined(__LP64__)
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
#elif defined(__i386__)
{
	long result;
	/* The vDSO's entry, which every libc keeps there: int $0x80 can take a hundred times as
	 * long. EBP, the sixth argument's, may be the frame pointer, which no constraint can name.
	 */
	__asm__ volatile("pushl %[sixth]\n\t"
			 "pushl %%ebp\n\t"
			 "movl 4(%%esp), %%ebp\n\t"
			 "call *%%gs:0x10\n\t"
			 "popl %%ebp\n\t"
			 "addl $4, %%esp"
			 : "=a"(result)
			 : "a"(number), "b"(a), "c"(b), "d"(c), "S"(d), "D"(e), [sixth] "g"(f)
			 : "memory");
	return result;
}
#elif defined(__aarch64__) && defined(__LP64__)
{
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;
	register long x5 __asm__("x5") = f;
	register long x8 __asm__("x8") = number;
	__asm__ volatile("svc #0"
			 : "+r"(x0)
			 : "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5), "r"(x8)
			 : "memory");
	return x0;
}
#else
#error "bpguard runs on x86-64, i386 and aarch64"
#endif

/* The host has put itself under a seccomp filter (filtered.h): what the shim would ask is not
 * asked, and counts as refused. */
extern __attribute__((visibility("hidden"))) bool raw_filtered;

static inline long raw_ask(long number, long a, long b, long c, long d, long e, long f)
{
	return __builtin_expect(__atomic_load_n(&raw_filtered, __ATOMIC_RELAXED), 0)
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

/* A result that is an address: it may be negative as a number, on i386. */
static inline bool raw_is_error(long result)
{
	return result < 0 && result > -4096;
}

/* On 32-bit machines the plain names are calls of old, with narrow structures or other arguments:
 * the wide ones are meant, whose structures are libc's *64 and the same everywhere. */
#ifdef __i386__
#define RAW_FSTAT SYS_fstat64
#define RAW_FSTATAT SYS_fstatat64
#define RAW_MMAP SYS_mmap2 /* with its offset in pages; ours is 0 */
#define RAW_GETEUID SYS_geteuid32
#define RAW_GETEGID SYS_getegid32
#undef SYS_fstat
#undef SYS_mmap
#else
#define RAW_FSTAT SYS_fstat
#define RAW_FSTATAT SYS_newfstatat
#define RAW_MMAP SYS_mmap
#define RAW_GETEUID SYS_geteuid
#define RAW_GETEGID SYS_getegid
#endif
#ifndef SYS_fcntl64
#define SYS_fcntl64 SYS_fcntl
#endif
#ifndef SYS_sendfile64
#define SYS_sendfile64 SYS_sendfile
#endif

#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438 /* Linux 5.6, on every machine */
#endif

/* fstat(2). Returns 0 or -errno. */
static inline long raw_fstat(int fd, struct stat64 *file)
{
	return RAW2(RAW_FSTAT, fd, file);
}

/* fstatat(2) from the current directory. Returns 0 or -errno. */
static inline long raw_stat(const char *path, struct stat64 *file, int flags)
{
	return RAW4(RAW_FSTATAT, AT_FDCWD, path, file, flags);
}

/* pread(2): its offset takes two arguments where a long has 32 bits. Returns the count or -errno.
 */
static inline long raw_pread(int fd, void *data, size_t size, int64_t offset)
{
	return sizeof(long) == sizeof(offset)
		   ? RAW4(SYS_pread64, fd, data, size, offset)
		   : RAW5(SYS_pread64, fd, data, size, offset, offset >> 32);
}

/* Whether the byte at `address` can be read, without touching it: rt_sigprocmask(2) copies the new
 * mask in before it looks at `how`, which is none here. Changes nothing. False under a filter. */
static inline bool raw_is_readable(const void *address)
{
	return RAW4(SYS_rt_sigprocmask, ~0, address, NULL, sizeof(uint64_t)) == -EINVAL;
}

/* Copies what the application points at, which may not be there. Returns false where it is not.
 * process_vm_readv(2) on oneself. */
static inline bool raw_copy(void *to, const void *from, size_t size)
{
	struct iovec here = {to, size}, there = {(void *)(uintptr_t)from, size};
	return RAW6(SYS_process_vm_readv, RAW0(SYS_getpid), &here, 1, &there, 1, 0) == (long)size;
}

#endif
