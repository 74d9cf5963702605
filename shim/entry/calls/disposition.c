/* What the application believes of SIGPIPE: signal/disposition answers for it, other signals pass.
 */
#include <signal.h>

#include "entry/calls/call.h"
#include "signal/disposition.h"
#include "signal/setters.h"

int __sigaction(int number, const struct sigaction *action, struct sigaction *old);
sighandler_t bsd_signal(int number, sighandler_t handler);
sighandler_t __sysv_signal(int number, sighandler_t handler);

/* What signal(3)'s two kinds give a handler: glibc's sysdeps/posix/signal.c and sysv_signal.c. */
enum { BSD_FLAGS = SA_RESTART, SYSV_FLAGS = (int)(SA_RESETHAND | SA_NODEFER) };

EXPORT int sigaction(int number, const struct sigaction *restrict action,
		     struct sigaction *restrict old)
{
	return number == SIGPIPE ? disposition_sigaction(action, old)
				 : next.sigaction(number, action, old);
}

#ifdef __GLIBC__
EXPORT int __sigaction(int number, const struct sigaction *action, struct sigaction *old)
{
	return number == SIGPIPE ? disposition_sigaction(action, old)
				 : next.__sigaction(number, action, old);
}
#endif

EXPORT sighandler_t signal(int number, sighandler_t handler)
{
	return number == SIGPIPE ? setters_signal(next.signal, handler, BSD_FLAGS)
				 : next.signal(number, handler);
}

EXPORT sighandler_t bsd_signal(int number, sighandler_t handler)
{
	return number == SIGPIPE ? setters_signal(next.bsd_signal, handler, BSD_FLAGS)
				 : next.bsd_signal(number, handler);
}

#ifdef __GLIBC__
EXPORT sighandler_t ssignal(int number, sighandler_t handler)
{
	return number == SIGPIPE ? setters_signal(next.ssignal, handler, BSD_FLAGS)
				 : next.ssignal(number, handler);
}

EXPORT sighandler_t sysv_signal(int number, sighandler_t handler)
{
	return number == SIGPIPE ? setters_signal(next.sysv_signal, handler, SYSV_FLAGS)
				 : next.sysv_signal(number, handler);
}
#endif

EXPORT sighandler_t __sysv_signal(int number, sighandler_t handler)
{
	return number == SIGPIPE ? setters_signal(next.__sysv_signal, handler, SYSV_FLAGS)
				 : next.__sysv_signal(number, handler);
}

EXPORT sighandler_t sigset(int number, sighandler_t handler)
{
	return number == SIGPIPE ? setters_sigset(handler) : next.sigset(number, handler);
}

EXPORT int sigignore(int number)
{
	return number == SIGPIPE ? setters_sigignore() : next.sigignore(number);
}

EXPORT int siginterrupt(int number, int interrupt)
{
	return number == SIGPIPE ? setters_siginterrupt(interrupt)
				 : next.siginterrupt(number, interrupt);
}
