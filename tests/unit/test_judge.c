/* The guard's rules: the contract's table of modes, and what else follows from a failure. */
#include <errno.h>

#include "policy/judge.h"
#include "suite.h"

/* Who makes a call, by whether a wrapper sees it. */
enum family { SENDS, WRITES, UNSEEN, FAMILIES };
static const char *const families[] = {"send family", "write family", "libc's own and raw"};

/* What is done, by mode, where SIGPIPE would kill: the contract's table. `killed` without a record
 * is the kernel's doing: nothing of ours lies in between. */
static const struct {
	enum protect protect;
	enum family family;
	bool rwf; /* the kernel and the file take RWF_NOSIGNAL */
	enum record_action action;
	bool recorded;
} modes[] = {
    {PROTECT_AUTO, SENDS, true, ACTION_NOSIGNAL, true},
    {PROTECT_AUTO, WRITES, true, ACTION_BACKSTOP, true},
    {PROTECT_AUTO, UNSEEN, true, ACTION_BACKSTOP, true},
    {PROTECT_CALLS, SENDS, true, ACTION_NOSIGNAL, true},
    {PROTECT_CALLS, WRITES, true, ACTION_NOSIGNAL, true},
    {PROTECT_CALLS, WRITES, false, ACTION_MASKED, true},
    {PROTECT_CALLS, UNSEEN, true, ACTION_KILLED, false},
    {PROTECT_OBSERVE, SENDS, true, ACTION_KILLED, true},
    {PROTECT_OBSERVE, WRITES, true, ACTION_KILLED, true},
    {PROTECT_OBSERVE, UNSEEN, true, ACTION_KILLED, true},
};

/* How the mode has a call of that family made. */
static enum method method_of(struct plan plan, enum family family, bool rwf)
{
	if (family == SENDS && plan.flags_sends)
		return METHOD_FLAG;
	if (family == WRITES && plan.shields_writes)
		return rwf ? METHOD_RWF : METHOD_MASK;
	return METHOD_PLAIN;
}

static struct failure broken(enum method method)
{
	return (struct failure){.error = EPIPE,
				.method = method,
				.channel.type = TYPE_TCP,
				.sigpipe = SIGPIPE_KILL,
				.signalled = method == METHOD_PLAIN,
				.streak = 1};
}

static struct settings in_mode(enum protect protect)
{
	return (struct settings){.protect = protect,
				 .runaway = {.verdict = RUNAWAY_WARN, .failures = 1000}};
}

START_TEST(modes_are_the_contracts)
{
	struct plan plan = policy_plan(modes[_i].protect);
	struct settings chosen = in_mode(modes[_i].protect);
	enum method method = method_of(plan, modes[_i].family, modes[_i].rwf);
	struct failure failure = broken(method);
	struct verdict verdict = policy_judge(&failure, &chosen);
	const char *family = families[modes[_i].family];
	/* A plain call's signal reaches the handler, or nobody. */
	bool taken = method != METHOD_PLAIN || plan.has_handler;
	ck_assert_msg(taken == modes[_i].recorded, "%s in mode %d", family, modes[_i].protect);
	if (!taken)
		return;
	ck_assert_msg(verdict.action == modes[_i].action, "%s in mode %d: action %d", family,
		      modes[_i].protect, verdict.action);
	ck_assert_int_eq(verdict.saved, modes[_i].action != ACTION_KILLED);
}
END_TEST

/* Elsewhere always `none`. */
START_TEST(nothing_is_done_where_the_signal_would_not_kill)
{
	static const enum record_sigpipe harmless[] = {SIGPIPE_IGNORED, SIGPIPE_HANDLED,
						       SIGPIPE_BLOCKED};
	for (enum method method = METHOD_PLAIN; method <= METHOD_MASK_SILENT; method++)
		for (enum protect protect = PROTECT_AUTO; protect <= PROTECT_OBSERVE; protect++) {
			struct settings chosen = in_mode(protect);
			struct failure failure = broken(method);
			struct verdict verdict;
			failure.sigpipe = harmless[_i];
			verdict = policy_judge(&failure, &chosen);
			ck_assert_int_eq(verdict.action, ACTION_NONE);
			ck_assert(!verdict.saved);
		}
}
END_TEST

START_TEST(what_raised_no_signal_averted_nothing)
{
	static const struct {
		enum method method;
		enum record_type type;
		bool signalled;
		int error;
	} rows[] = {
	    {METHOD_PLAIN, TYPE_TCP, false, EPIPE},
	    {METHOD_QUIET, TYPE_TCP, false, EPIPE},
	    {METHOD_MASK_SILENT, TYPE_PIPE, false, EPIPE},
	    {METHOD_FLAG, TYPE_UNIX_SEQPACKET, false, EPIPE},
	    {METHOD_FLAG, TYPE_UNIX_DGRAM, false, EPIPE},
	    {METHOD_RWF, TYPE_UDP, false, EPIPE},
	    {METHOD_FLAG, TYPE_TCP, false, ECONNRESET},
	    {METHOD_MASK, TYPE_TCP, false, ETIMEDOUT},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct settings chosen = in_mode(PROTECT_AUTO);
		struct failure failure = broken(rows[i].method);
		struct verdict verdict;
		failure.channel.type = rows[i].type;
		failure.signalled = rows[i].signalled;
		failure.error = rows[i].error;
		verdict = policy_judge(&failure, &chosen);
		ck_assert_int_eq(verdict.action, ACTION_NONE);
		ck_assert(!verdict.saved);
	}
}
END_TEST

/* What a driver or FUSE's daemon answers with EPIPE comes without a signal. */
START_TEST(a_files_error_raised_no_signal)
{
	struct settings chosen = in_mode(PROTECT_CALLS);
	struct failure failure = broken(METHOD_RWF);
	failure.channel = (struct channel){.type = TYPE_OTHER, .is_file = true};
	ck_assert_int_eq(policy_judge(&failure, &chosen).action, ACTION_NONE);
	ck_assert(!policy_judge(&failure, &chosen).saved);
	failure.sigpipe = SIGPIPE_BLOCKED;
	ck_assert_int_eq(policy_judge(&failure, &chosen).pending, PENDING_LEAVE);
}
END_TEST

START_TEST(a_pipelines_writer_ends)
{
	static const enum method methods[] = {METHOD_PLAIN, METHOD_RWF, METHOD_MASK};
	struct settings chosen = in_mode(PROTECT_AUTO);
	struct failure failure = broken(methods[_i]);
	failure.channel.type = TYPE_PIPE;
	failure.ends_pipeline = true;
	ck_assert_int_eq(policy_judge(&failure, &chosen).action, ACTION_KILLED);
}
END_TEST

/* As far as is known: that it was not is never said. */
START_TEST(an_unknown_disposition_is_saved_from_nothing)
{
	struct settings chosen = in_mode(PROTECT_AUTO);
	struct failure failure = broken(METHOD_FLAG);
	struct verdict verdict;
	failure.sigpipe = SIGPIPE_UNKNOWN;
	verdict = policy_judge(&failure, &chosen);
	ck_assert_int_eq(verdict.action, ACTION_NOSIGNAL);
	ck_assert(!verdict.saved);
}
END_TEST

START_TEST(a_blocked_signal_is_there_as_it_would_have_been)
{
	static const struct {
		enum method method;
		enum protect protect;
		enum record_type type;
		enum pending pending;
	} rows[] = {
	    {METHOD_FLAG, PROTECT_AUTO, TYPE_TCP, PENDING_MAKE},
	    {METHOD_RWF, PROTECT_CALLS, TYPE_PIPE, PENDING_MAKE},
	    {METHOD_FLAG, PROTECT_AUTO, TYPE_UNIX_DGRAM, PENDING_LEAVE},
	    {METHOD_PLAIN, PROTECT_AUTO, TYPE_TCP, PENDING_MARK},
	    {METHOD_PLAIN, PROTECT_OBSERVE, TYPE_TCP, PENDING_LEAVE},
	    {METHOD_QUIET, PROTECT_AUTO, TYPE_TCP, PENDING_LEAVE},
	    {METHOD_MASK_SILENT, PROTECT_CALLS, TYPE_TCP, PENDING_LEAVE},
	};
	struct settings chosen = in_mode(rows[_i].protect);
	struct failure failure = broken(rows[_i].method);
	failure.sigpipe = SIGPIPE_BLOCKED;
	failure.channel.type = rows[_i].type;
	ck_assert_int_eq(policy_judge(&failure, &chosen).pending, rows[_i].pending);
	failure.error = ECONNRESET;
	ck_assert_int_eq(policy_judge(&failure, &chosen).pending, PENDING_LEAVE);
	failure.error = EPIPE;
	failure.sigpipe = SIGPIPE_KILL;
	ck_assert_int_eq(policy_judge(&failure, &chosen).pending, PENDING_LEAVE);
}
END_TEST

static struct verdict judge_streak(enum runaway runaway, int64_t streak)
{
	struct settings chosen = in_mode(PROTECT_AUTO);
	struct failure failure = broken(METHOD_FLAG);
	chosen.runaway.verdict = runaway;
	chosen.runaway.failures = 3;
	failure.streak = streak;
	return policy_judge(&failure, &chosen);
}

START_TEST(failures_in_a_row)
{
	static const unsigned pauses[] = {0, 0, 1, 2, 4, 8, 16, 32, 64, 100, 100, 100};
	for (int64_t streak = -1; streak <= 12; streak++) {
		ck_assert(judge_streak(RUNAWAY_WARN, streak).is_runaway == (streak == 3));
		ck_assert(judge_streak(RUNAWAY_THROTTLE, streak).is_runaway == (streak == 3));
		ck_assert(judge_streak(RUNAWAY_KILL, streak).is_runaway == (streak == 3));
		ck_assert(!judge_streak(RUNAWAY_OFF, streak).is_runaway);
		ck_assert_int_eq(judge_streak(RUNAWAY_KILL, streak).action,
				 streak >= 3 ? ACTION_KILLED : ACTION_NOSIGNAL);
		ck_assert_int_eq(judge_streak(RUNAWAY_WARN, streak).action, ACTION_NOSIGNAL);
		ck_assert_uint_eq(judge_streak(RUNAWAY_WARN, streak).pause_ms, 0);
		ck_assert_uint_eq(judge_streak(RUNAWAY_THROTTLE, streak).pause_ms,
				  streak < 1 ? 0 : pauses[streak - 1]);
	}
	ck_assert_uint_eq(judge_streak(RUNAWAY_THROTTLE, INT64_C(1) << 40).pause_ms, 100);
}
END_TEST

START_TEST(counting_is_for_consequences)
{
	struct settings chosen = in_mode(PROTECT_AUTO);
	ck_assert(!policy_counts_streaks(&chosen));
	chosen.runaway.verdict = RUNAWAY_OFF;
	ck_assert(!policy_counts_streaks(&chosen));
	chosen.runaway.verdict = RUNAWAY_THROTTLE;
	ck_assert(policy_counts_streaks(&chosen));
	chosen.runaway.verdict = RUNAWAY_KILL;
	ck_assert(policy_counts_streaks(&chosen));
}
END_TEST

static void add(TCase *tcase)
{
	tcase_add_loop_test(tcase, modes_are_the_contracts, 0, sizeof(modes) / sizeof(*modes));
	tcase_add_loop_test(tcase, nothing_is_done_where_the_signal_would_not_kill, 0, 3);
	tcase_add_test(tcase, what_raised_no_signal_averted_nothing);
	tcase_add_test(tcase, a_files_error_raised_no_signal);
	tcase_add_loop_test(tcase, a_pipelines_writer_ends, 0, 3);
	tcase_add_test(tcase, an_unknown_disposition_is_saved_from_nothing);
	tcase_add_loop_test(tcase, a_blocked_signal_is_there_as_it_would_have_been, 0, 7);
	tcase_add_test(tcase, failures_in_a_row);
	tcase_add_test(tcase, counting_is_for_consequences);
}

int main(void)
{
	return run_suite("judge", add);
}
