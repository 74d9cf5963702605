/* LTTng's session daemon: root's serves the whole host, a user's own that user's programs
 * (lttng-sessiond(8)). */
#ifndef BPGUARD_DAEMON_H
#define BPGUARD_DAEMON_H

#include <stdbool.h>

/* Starts one where none answers. Returns NULL, or why there is none. */
const char *daemon_require(void);

/* Ends it if bpguard started it and no session is left in it. */
void daemon_end(void);

#endif
