/* A host that puts itself under a seccomp filter (prctl(2), seccomp(2)) has counted its own system
 * calls, not ours: one that the filter does not know may end it. From then on a call that succeeds
 * makes none of ours, one that fails at most rt_sigreturn and writes to the log's open file; what
 * would have to be asked is left out of the record (raw_filtered). A filter that was inherited was
 * made for whatever runs below it, and counts as none. */
#ifndef BPGUARD_FILTERED_H
#define BPGUARD_FILTERED_H

#include <stdbool.h>

/* Our constructor begins. Returns whether another library's has installed a filter already: then
 * this process is left alone. */
bool filtered_start(void);

/* A filter is about to be installed, maybe in all threads: asks what is to be known, while that can
 * be asked, and lets others' failures come to their end. Returns whether it counts. In a child that
 * shares its parent's memory it does not: the filter is the child's alone. Async-signal-safe. */
bool filtered_begin(void);

/* The call that was to install it returned `result`; where it failed, and `begun`, and no other
 * filter is there, all is as before. Returns the result, keeps errno. Async-signal-safe. */
long filtered_end(bool begun, long result);

#endif
