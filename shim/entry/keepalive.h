/* Keep-alive and user timeout for programs that have no switch for them: a peer that is gone
 * without a word is found out. */
#ifndef BPGUARD_KEEPALIVE_H
#define BPGUARD_KEEPALIVE_H

/* Sets what BPGUARD_KEEPALIVE and BPGUARD_USER_TIMEOUT ask for on a TCP connection just accepted or
 * made. What the application has set by itself is left alone. Async-signal-safe. */
void keepalive_set(int fd);

#endif
