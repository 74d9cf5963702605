/* One recording: where it goes and what it needs until its end. bpguard-record starts it, and is
 * called once more, with these fields as words, when the last process of the tree has ended. */
#ifndef BPGUARD_RECORDING_H
#define BPGUARD_RECORDING_H

#include <stdbool.h>
#include <sys/types.h>

enum kind {
	KIND_JSON,   /* JSON lines, where LTTng is not there or not wanted */
	KIND_LTTNG,  /* an LTTng session that writes into the directory */
	KIND_STREAM, /* one that streams to a relay daemon */
	KIND_FLIGHT, /* one that stays in memory until something breaks */
	KINDS_COUNT,
};

struct recording {
	enum kind kind;
	const char *directory; /* absolute: the program may change its own */
	const char *session;   /* its name in LTTng, and in BPGUARD_RECORDING */
	const char *relay;     /* the relay daemon's URL as lttng-create(1) has it, "" is none */
	pid_t relay_process;   /* the relay daemon of this recording's own, or 0 */
	int live_port;	       /* where that one can be followed, or 0 */
};

enum { RECORDING_WORDS = 6 };

/* The fields as words; `words` has RECORDING_WORDS of them. */
void recording_write(const struct recording *recording, char **words);

/* The fields from such words, `count` of them; ends the program with 125 where they are none. */
struct recording recording_read(int count, char **words);

/* The end of a recording: its session is ended, its daemons where nobody else uses them, and a line
 * on standard error tells what was recorded. */
void recording_finish(const struct recording *recording);

#endif
