/* signal(3) and its kin for SIGPIPE, as libc has them over sigaction(2). All async-signal-safe. */
#ifndef BPGUARD_SETTERS_H
#define BPGUARD_SETTERS_H

#include "state/next.h"

/* `real` is the next function, `flags` what it gives a disposition. */
sighandler_t setters_signal(sighandler_t (*real)(int, sighandler_t), sighandler_t handler,
			    int flags);

sighandler_t setters_sigset(sighandler_t handler);
int setters_sigignore(void);
int setters_siginterrupt(int interrupt);

#endif
