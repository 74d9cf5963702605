/* syscall(): every number goes through untouched; those that write are calls in flight. */
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "entry/arrival.h"
#include "entry/calls/call.h"
#include "entry/filtered.h"
#include "kernel/writes.h"
#include "outlets/log.h"
#include "signal/disposition.h"

#ifndef SYS_landlock_restrict_self
#define SYS_landlock_restrict_self 446 /* Linux 5.13 */
#endif

/* libc declares it variadic; the six arguments lie where fixed ones do. */
EXPORT long shim_syscall(long number, long a, long b, long c, long d, long e, long f);

/* The application itself asked for no signal. */
COLD static bool is_quiet(long number, const long arguments[6])
{
	const int rwf_nosignal = 0x100; /* Linux 6.18 */
	return ((number == SYS_sendto || number == SYS_sendmmsg) &&
		(arguments[3] & MSG_NOSIGNAL)) ||
	       (number == SYS_sendmsg && (arguments[2] & MSG_NOSIGNAL)) ||
	       (number == SYS_pwritev2 && (arguments[5] & rwf_nosignal));
}

COLD static void examine_arguments(struct inflight *call, const struct write_call *row,
				   const long arguments[6])
{
	if (call_broke() && (row->amount == AMOUNT_IOVEC || row->amount == AMOUNT_MESSAGE))
		call->requested = (size_t)writes_amount(row, arguments);
	if (is_quiet(row->number, arguments))
		call->method = METHOD_QUIET;
}

static long writing(const struct write_call *row, const long arguments[6], void *caller)
{
	const long *a = arguments;
	struct inflight call;
	long result;
	inflight_begin(&call, CALL_syscall, row->number, row->fd < 0 ? -1 : (int)a[row->fd],
		       row->amount >= 0 ? (size_t)a[row->amount] : 0);
	result = dispatch.syscall(row->number, a[0], a[1], a[2], a[3], a[4], a[5]);
	if (result < 0) {
		examine_arguments(&call, row, arguments);
		failure_of_call(&call, caller);
	}
	inflight_end(&call);
	if (row->number == SYS_sendto && (a[3] & MSG_FASTOPEN) && a[4])
		arrival_opened(result, (int)a[0], (const struct sockaddr *)a[4], (socklen_t)a[5]);
	return result;
}

/* Whether by this call a connection comes to be here. */
static bool connects(long number)
{
#ifdef SYS_accept
	if (number == SYS_accept)
		return true;
#endif
	return number == SYS_accept4 || number == SYS_connect || number == SYS_pidfd_getfd;
}

COLD static long connecting(long number, long a, long b, long c, long d, long e, long f)
{
	long result = next.syscall(number, a, b, c, d, e, f);
	if (number == SYS_connect)
		arrival_opened(result, (int)a, (const struct sockaddr *)b, (socklen_t)c);
	else if (number == SYS_pidfd_getfd)
		arrival_given((int)result);
	else
		arrival_accepted((int)result, NULL, 0);
	return result;
}

/* A program that sets its disposition by hand: the truth is asked for again. */
COLD static long disposing(long action, long old, long size)
{
	long result = next.syscall(SYS_rt_sigaction, SIGPIPE, action, old, size, 0, 0);
	int error = errno;
	if (result == 0) /* the kernel's struct begins with the handler */
		disposition_changed(*(const sighandler_t *)action);
	errno = error;
	return result;
}

/* Installs a seccomp filter, seccomp(2), or forbids all but four calls. */
static bool installs_filter(long number, long operation)
{
	return (number == SYS_seccomp &&
		(operation == SECCOMP_SET_MODE_STRICT || operation == SECCOMP_SET_MODE_FILTER)) ||
	       (number == SYS_prctl && operation == PR_SET_SECCOMP);
}

COLD static long installing_filter(long number, long a, long b, long c, long d, long e)
{
	bool begun = filtered_begin();
	return filtered_end(begun, next.syscall(number, a, b, c, d, e, 0));
}

/* The numbers of what leaving.c has, and two that libc has no functions for. */
static bool gives_up_way(long number)
{
	switch (number) {
	case SYS_chroot:
	case SYS_pivot_root:
	case SYS_setuid:
	case SYS_setgid:
	case SYS_setreuid:
	case SYS_setregid:
	case SYS_setresuid:
	case SYS_setresgid:
	case SYS_setgroups:
	case SYS_unshare:
	case SYS_setns:
	case SYS_landlock_restrict_self:
		return true;
	default:
		return false;
	}
}

long shim_syscall(long number, long a, long b, long c, long d, long e, long f)
{
	const struct write_call *row = writes_find(number);
	if (RARELY(row)) {
		const long arguments[6] = {a, b, c, d, e, f};
		return writing(row, arguments, CALLER);
	}
	if (RARELY(number == SYS_rt_sigaction && a == SIGPIPE && b))
		return disposing(b, c, d);
	if (RARELY(installs_filter(number, a)))
		return installing_filter(number, a, b, c, d, e);
	if (RARELY(log_is_to_be_opened()) && gives_up_way(number))
		log_keep();
	if (RARELY(number == SYS_execve))
		return execve((const char *)a, (char *const *)b, (char *const *)c);
	if (RARELY(number == SYS_execveat))
		return execveat((int)a, (const char *)b, (char *const *)c, (char *const *)d,
				(int)e);
	if (RARELY(connects(number)))
		return connecting(number, a, b, c, d, e, f);
	/* A tail call: clone and its like see the very stack that the caller made. */
	return next.syscall(number, a, b, c, d, e, f);
}
