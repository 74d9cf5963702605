/* write and writev and their kin. */
#include <stddef.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "entry/calls/call.h"
#include "kernel/writes.h"

ssize_t __write(int fd, const void *data, size_t size);

#ifndef RWF_NOSIGNAL
#define RWF_NOSIGNAL 0x00000100 /* Linux 6.18 */
#endif

/* On x86-64 in fewer instructions than a compiler makes of it: the pushes are the struct inflight.
 */
#if defined(__x86_64__) && defined(__LP64__)
#define INFLIGHT_AT(member, place)                                                                 \
	_Static_assert(offsetof(struct inflight, member) == (place), "as it is pushed")
INFLIGHT_AT(outer, 0);
INFLIGHT_AT(call, 8);
INFLIGHT_AT(number, 10);
INFLIGHT_AT(method, 12);
INFLIGHT_AT(requested, 16);
INFLIGHT_AT(fd, 24);
_Static_assert(sizeof(struct inflight) == 32 && METHOD_PLAIN == 0, "as it is pushed");
_Static_assert(offsetof(struct thread, inflight) == 0, "as it is announced");

#define UNUSED __attribute__((unused))
#define WRITE(name)                                                                                \
	__attribute__((naked)) EXPORT ssize_t name(UNUSED int fd, UNUSED const void *data,         \
						   UNUSED size_t size)                             \
	{                                                                                          \
		__asm__ volatile(                                                                  \
		    "push %%rbx\n\t"                                                               \
		    ".cfi_adjust_cfa_offset 8\n\t"                                                 \
		    ".cfi_rel_offset %%rbx, 0\n\t"                                                 \
		    "mov thread@gottpoff(%%rip), %%rbx\n\t"                                        \
		    "push %%rdi\n\t"                                                               \
		    "push %%rdx\n\t"                                                               \
		    "push %[call]\n\t"                                                             \
		    "push %%fs:(%%rbx)\n\t"                                                        \
		    ".cfi_adjust_cfa_offset 32\n\t"                                                \
		    "mov %%rsp, %%fs:(%%rbx)\n\t"                                                  \
		    "call *dispatch+%c[entry](%%rip)\n\t"                                          \
		    "test %%rax, %%rax\n\t"                                                        \
		    "js 2f\n"                                                                      \
		    "1:\tpop %%fs:(%%rbx)\n\t"                                                     \
		    "add $24, %%rsp\n\t"                                                           \
		    "pop %%rbx\n\t"                                                                \
		    ".cfi_remember_state\n\t"                                                      \
		    ".cfi_adjust_cfa_offset -40\n\t"                                               \
		    "ret\n\t"                                                                      \
		    ".cfi_restore_state\n"                                                         \
		    "2:\tmov %%rsp, %%rdi\n\t"                                                     \
		    "mov 40(%%rsp), %%rsi\n\t" /* who called */                                    \
		    "call failure_of_call\n\t"                                                     \
		    "cltq\n\t"                                                                     \
		    "jmp 1b"                                                                       \
		    :                                                                              \
		    : [call] "i"(CALL_##name | SYS_write << 16), [entry] "i"(offsetof(struct next, \
										      name)));     \
	}
#else
#define WRITE(name)                                                                                \
	EXPORT ssize_t name(int fd, const void *data, size_t size)                                 \
	{                                                                                          \
		struct inflight call;                                                              \
		ssize_t result;                                                                    \
		inflight_begin(&call, CALL_##name, SYS_write, fd, size);                           \
		result = dispatch.name(fd, data, size);                                            \
		return CALL_END(call, result);                                                     \
	}
#endif

WRITE(write)
#ifdef __GLIBC__
WRITE(__write)
#endif

COLD static void sum_up(struct inflight *call, const struct iovec *parts, int count)
{
	if (call_broke() && count > 0)
		call->requested = writes_iovec(parts, (size_t)count);
}

/* The tracer tells a trigger's session daemon by writev, and aborts its host where that fails for
 * another reason than want of room (lttng_event_notifier_notification_send): the daemon is gone. */
COLD static void appease_tracer(void)
{
	if (thread.inside && errno == EPIPE)
		errno = EAGAIN;
}

EXPORT ssize_t writev(int fd, const struct iovec *parts, int count)
{
	struct inflight call;
	ssize_t result;
	inflight_begin(&call, CALL_writev, SYS_writev, fd, 0);
	result = dispatch.writev(fd, parts, count);
	if (RARELY(result < 0)) {
		sum_up(&call, parts, count);
		appease_tracer();
	}
	return CALL_END(call, result);
}

/* The application itself may have asked for no signal. */
ALWAYS_INLINE void note_flags(struct inflight *call, int flags)
{
	if (flags & RWF_NOSIGNAL)
		call->method = METHOD_QUIET;
}

EXPORT ssize_t pwritev2(int fd, const struct iovec *parts, int count, off_t offset, int flags)
{
	struct inflight call;
	ssize_t result;
	inflight_begin(&call, CALL_pwritev2, SYS_pwritev2, fd, 0);
	result = dispatch.pwritev2(fd, parts, count, offset, flags);
	if (RARELY(result < 0)) {
		sum_up(&call, parts, count);
		note_flags(&call, flags);
	}
	return CALL_END(call, result);
}

EXPORT ssize_t pwritev64v2(int fd, const struct iovec *parts, int count, off64_t offset, int flags)
{
	struct inflight call;
	ssize_t result;
	inflight_begin(&call, CALL_pwritev64v2, SYS_pwritev2, fd, 0);
	result = dispatch.pwritev64v2(fd, parts, count, offset, flags);
	if (RARELY(result < 0)) {
		sum_up(&call, parts, count);
		note_flags(&call, flags);
	}
	return CALL_END(call, result);
}
