/* LTTng sessions, by the command lttng(1). */
#ifndef BPGUARD_SESSION_H
#define BPGUARD_SESSION_H

#include <stdbool.h>

#include "tools/command/recording.h"

/* Starts what a recording needs; of what is streamed a copy is kept in memory, for when the relay
 * goes away. Returns NULL, or why it cannot be; then nothing of it is left behind. */
const char *session_start(const struct recording *recording);

/* Stops a session, and tells what it lost. */
void session_stop(const char *name);

/* Ends a session; false: not all of it was written, or arrived. */
bool session_destroy(const char *name);

/* Writes what a session keeps in memory into DIRECTORY/AS-...; false: it cannot be. */
bool session_write_out(const char *name, const char *directory, const char *as);

#endif
