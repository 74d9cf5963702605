/* The SIGPIPE handler: for all that no call sees. */
#ifndef BPGUARD_HANDLER_H
#define BPGUARD_HANDLER_H

/* Puts it in place where SIGPIPE would kill and BPGUARD_PROTECT lets us, and has calls prepare. */
void handler_start(void);

/* No system call is to be made from now on: where a broken write may have to end the process
 * (BPGUARD_PROTECT=observe, a pipeline's writer), which takes some, it goes unguarded.
 * handler_release() takes that back. */
void handler_filtered(void);
void handler_release(void);

#endif
