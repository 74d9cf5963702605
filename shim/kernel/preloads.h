/* What the loader was told to load first (ld.so(8)). */
#ifndef BPGUARD_PRELOADS_H
#define BPGUARD_PRELOADS_H

#include <stdbool.h>

/* Whether LD_PRELOAD or /etc/ld.so.preload lists a file of this name, in whatever directory: there
 * the list may have a $LIB, or none. Not async-signal-safe (getenv). */
bool preloads_have(const char *file);

#endif
