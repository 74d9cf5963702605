/* The write family made harmless without the handler: by RWF_NOSIGNAL where the kernel and the
 * file take it, else in a window of the thread's mask (BPGUARD_PROTECT=calls). */
#ifndef BPGUARD_SHIELD_H
#define BPGUARD_SHIELD_H

#include <stdbool.h>

/* Lets RWF_NOSIGNAL be tried where nobody else's calls lie in between. After module_start(). */
void shield_start(void);

/* Puts the shield into the calls' way, or takes it out. Async-signal-safe. */
void shield_raise(bool up);

#endif
