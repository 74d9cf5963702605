/* The guard's rules, as pure functions: they ask nobody and change nothing. Async-signal-safe. */
#ifndef BPGUARD_JUDGE_H
#define BPGUARD_JUDGE_H

#include <stdbool.h>
#include <stdint.h>

#include "policy/failure.h"
#include "state/settings.h"

/* What BPGUARD_PROTECT puts in place while SIGPIPE would kill. */
struct plan {
	bool flags_sends;    /* MSG_NOSIGNAL is added to the send family */
	bool shields_writes; /* the write family, transfers and syscall() go by RWF_NOSIGNAL or a
				mask */
	bool has_handler;    /* a SIGPIPE handler takes what nothing else holds back */
};
struct plan policy_plan(enum protect protect);

/* Whether failures in a row have consequences beyond their records. */
bool policy_counts_streaks(const struct settings *chosen);

/* What follows from a failure that has been looked at. */
struct verdict policy_judge(const struct failure *failure, const struct settings *chosen);

#endif
