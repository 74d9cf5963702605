/* Keep-alive and user timeout for programs that have no switch for them: a peer that is gone
 * without a word is found out. */
#ifndef BPGUARD_SOCKETS_H
#define BPGUARD_SOCKETS_H

/* Sets what BPGUARD_KEEPALIVE and BPGUARD_USER_TIMEOUT ask for on a TCP connection just accepted or
 * made. What the application has set by itself is left alone. Async-signal-safe. */
void sockets_prepare(int fd);

#endif
