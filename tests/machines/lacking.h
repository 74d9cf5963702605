/* What the tests' victims call and not every libc has: tests/machines/run names what is missing,
 * and no test asks for it then. */
#ifndef BPGUARD_TESTS_MACHINES_LACKING_H
#define BPGUARD_TESTS_MACHINES_LACKING_H

#include <fcntl.h>
#include <signal.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#pragma weak __send
#pragma weak __sigaction
#pragma weak __write
#pragma weak pwritev2
#pragma weak pwritev64v2
#pragma weak close_range
#pragma weak closefrom
#pragma weak execveat
#pragma weak ssignal
#pragma weak sysv_signal

#ifndef __GLIBC__
ssize_t __send(int, const void *, size_t, int);
ssize_t __write(int, const void *, size_t);
ssize_t pwritev2(int, const struct iovec *, int, off_t, int);
ssize_t pwritev64v2(int, const struct iovec *, int, off_t, int);
int close_range(unsigned int, unsigned int, int);
void closefrom(int);
int execveat(int, const char *, char *const[], char *const[], int);
void (*ssignal(int, void (*)(int)))(int);
void (*sysv_signal(int, void (*)(int)))(int);
#endif

#endif
