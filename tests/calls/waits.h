/* Waiting for a state instead of a while. None of these is a measure: what has not come within a
 * minute never will, and then the process, a victim or a test, ends with a line on stderr that says
 * what was awaited. Not async-signal-safe. */
#ifndef BPGUARD_TESTS_WAITS_H
#define BPGUARD_TESTS_WAITS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { PATIENCE_MS = 60000 };

/* AWAIT(held, format, ...): looks again each millisecond until held; the rest says what it is. */
#define AWAIT(held, ...)                                                                           \
	for (long awaited_since = awaited_now(); !(held);)                                         \
	awaited_more(awaited_since, __VA_ARGS__)

/* In milliseconds of the monotonic clock. */
long awaited_now(void);

/* Sleeps a millisecond, or ends the process where since is a minute ago. */
void awaited_more(long since, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Until a thread, of any process, is asleep in a system call that has fd as its first argument; in
 * any system call with -1. Where /proc/TID/syscall may not be read, until it is asleep. */
void await_asleep(pid_t tid, int fd);

/* The same as questions; a process has ended where it is gone or a zombie. */
bool is_asleep(pid_t tid, int fd);
bool has_ended(pid_t pid);

/* In a victim: a child that sends number as soon as this process is asleep in a system call. */
void interrupt_when_asleep(int number);

/* Until a victim of this case has said a line that begins so. */
void await_said(const char *beginning);

/* Until the clock that the kernel keeps by ticks has gone on. */
void await_tick(void);

#endif
