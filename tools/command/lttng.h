/* The command lttng(1). */
#ifndef BPGUARD_COMMAND_LTTNG_H
#define BPGUARD_COMMAND_LTTNG_H

/* Runs `lttng --no-sessiond WORD...` for 30 s at most: a relay or a daemon that does not answer may
 * hold it up. What it printed goes to `*said` where `said` is not NULL. Returns its status, see
 * spawned_run. */
#define LTTNG_RUN(said, ...)                                                                       \
	lttng_run(said, (const char *const[]){"lttng", "--no-sessiond", __VA_ARGS__, NULL})
int lttng_run(char **said, const char *const *words);

#endif
