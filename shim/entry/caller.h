/* Who called a wrapper, for the SIGPIPE handler: what a call in flight notes of itself does not
 * hold that, for it would cost the calls that succeed. */
#ifndef BPGUARD_CALLER_H
#define BPGUARD_CALLER_H

#include "state/thread.h"

/* Where the wrapper of this call in flight returns to, by this library's own tables for unwinding
 * (.eh_frame). NULL where they do not tell: on aarch64. Async-signal-safe. */
void *caller_of(const struct inflight *call);

#endif
