/* A log that cannot be opened is told before the program starts, not by its absence. */
#ifndef BPGUARD_TRYLOG_H
#define BPGUARD_TRYLOG_H

/* Opens what BPGUARD_LOG holds, as the shim will, and closes it: a file is made where there is
 * none. Ends the program with 125 and the reason where it cannot be opened. Valid after
 * options_read. */
void trylog_require(void);

#endif
