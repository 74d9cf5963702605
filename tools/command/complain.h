/* Messages of the commands: each is one line on standard error, "bpguard: ...", whatever bytes a
 * name in it holds. */
#ifndef BPGUARD_COMPLAIN_H
#define BPGUARD_COMPLAIN_H

/* What the commands end with where PROGRAM does not say it (bpguard(1)). */
enum { STATUS_FAILED = 125, STATUS_NOT_EXECUTABLE = 126, STATUS_NOT_FOUND = 127 };

/* Prints a line; control characters in it become '?'. */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same, and ends the program with `status`. */
void fail(int status, const char *format, ...) __attribute__((noreturn, format(printf, 2, 3)));

/* A new string by printf(3)'s rules, which nobody frees; without memory for it the program ends. */
char *compose(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
