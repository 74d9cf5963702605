/* The ground that the tests of calls stand on.
 *
 * The test process itself runs unguarded. Each case executes this same program again as a "victim":
 * with the shim preloaded, a clean environment and the usual SIGPIPE. What is asserted is its wait
 * status, what it said, and the lines that it logged. */
#ifndef BPGUARD_TESTS_HARNESS_H
#define BPGUARD_TESTS_HARNESS_H

#include <check.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/types.h>
#include <sys/wait.h>

#include "records.h"

/* For victims of another machine (tests/machines/run): false for a word of BPGUARD_LACKING, a
 * function that its libc lacks, or "fd" where its registers do not tell that. */
bool machine_has(const char *word);

/* CALLS_MASKED is CALLS on a kernel that does not know RWF_NOSIGNAL. */
enum mode { UNGUARDED, AUTO, CALLS, CALLS_MASKED, OBSERVE, MODES };
extern const char *const mode_names[MODES];

/* A function that runs in the victim's process; its result is the exit status. */
struct victim {
	const char *name;
	int (*run)(char **args);
};

/* Each test program defines these two; victims ends with a row without a name. */
extern const struct victim victims[];
Suite *suite(void);

struct run {
	enum mode mode;
	const char *victim;
	const char *args[8];
	const char *env[8];	   /* more of it, or instead of what the mode sets */
	const char *preload;	   /* instead of the shim alone */
	int in, out, error, other; /* descriptors for 0, 1, 2 and 5; 0 where it does not matter */
};

struct outcome {
	pid_t pid;
	int status;
	char *said; /* "key value" lines */
	char *out;  /* where out and error were not given */
	char *error;
	struct log log;
};

struct outcome run(const struct run *run);
#define RUN(...) run(&(struct run){__VA_ARGS__})

/* What the victim said of key, "" where it said nothing; heard_number: -12345 then. */
const char *heard(const struct outcome *outcome, const char *key);
long heard_number(const struct outcome *outcome, const char *key);

/* In the victim. Opens and closes by itself, so that it holds no descriptor in between. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Executes this program as another victim, with the environment that it has, or with an empty one
 * and so unguarded. Only ever returns by ending the process. */
void become(const char *victim, const char *arg) __attribute__((noreturn));
void become_unguarded(const char *victim, const char *arg) __attribute__((noreturn));

/* This case's own directory, in the test as in its victims. */
const char *case_directory(void);

/* "auto: victim argument ..." of the last run. */
const char *case_label(void);
const char *or_absent(const char *value);

#define ck_status(outcome, held, wanted)                                                           \
	ck_assert_msg(held, "%s: wait status %#x instead of " wanted "\n%.2000s%.2000s%.9000s",    \
		      case_label(), (unsigned)(outcome).status, (outcome).said, (outcome).error,   \
		      (outcome).log.text)
#define ck_lives(outcome)                                                                          \
	ck_status(outcome, WIFEXITED((outcome).status) && WEXITSTATUS((outcome).status) == 0,      \
		  "exit 0")
#define ck_dies(outcome)                                                                           \
	ck_status(outcome, WIFSIGNALED((outcome).status) && WTERMSIG((outcome).status) == SIGPIPE, \
		  "SIGPIPE")
#define ck_count(outcome, event, n)                                                                \
	ck_assert_msg(log_count(&(outcome).log, event) == (n),                                     \
		      "%s: %zu records of %s, not %zu\n%s%s", case_label(),                        \
		      log_count(&(outcome).log, event), event, (size_t)(n), (outcome).said,        \
		      (outcome).log.text)
#define ck_heard(outcome, key, expected)                                                           \
	ck_assert_msg(heard_number(&(outcome), key) == (expected), "%s: %s is %s, not %ld\n%s%s",  \
		      case_label(), key, heard(&(outcome), key), (long)(expected), (outcome).said, \
		      (outcome).log.text)
#define ck_heard_text(outcome, key, expected)                                                      \
	ck_assert_msg(strcmp(heard(&(outcome), key), expected) == 0, "%s: %s is %s, not %s\n%s%s", \
		      case_label(), key, heard(&(outcome), key), expected, (outcome).said,         \
		      (outcome).log.text)
#define ck_field(outcome, line, key, expected)                                                     \
	ck_assert_msg(line_is(line, key, expected), "%s: %s is not %s in\n%s\n%s", case_label(),   \
		      key, or_absent(expected), line_text(line), (outcome).said)

#endif
