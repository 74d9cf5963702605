/* Signals that end the program. */
#ifndef BPGUARD_TOP_SIGNALS_H
#define BPGUARD_TOP_SIGNALS_H

#include <signal.h>

/* From now on they are let in while this thread waits with the mask `open`, which this fills in,
 * and at no other time. SIGWINCH is curses' own, but waits likewise. What nohup(1) set stays. */
void signals_hold(sigset_t *open);

/* The one that came, or 0. */
int signals_ended_by(void);

/* Ends the program by it, so that who waits for us sees by what. */
void signals_end_by(int number);

#endif
