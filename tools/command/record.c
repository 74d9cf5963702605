/* bpguard-record ODD PRELOAD record [OPTIONS] [--] PROGRAM [ARG...]
 * bpguard-record --finish WORD...
 *
 * Starts a recording and becomes bpguard-tree, which runs PROGRAM by bpguard-run and calls this
 * program once more, as --finish with the recording's fields, when the last process of PROGRAM's
 * tree has ended. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "tools/command/complain.h"
#include "tools/command/guardable.h"
#include "tools/command/library.h"
#include "tools/command/options.h"
#include "tools/command/recording.h"
#include "tools/command/relay.h"
#include "tools/command/room.h"
#include "tools/command/session.h"
#include "tools/command/spawned.h"
#include "tools/command/trylog.h"

/* The option that does not work without LTTng, or NULL. */
static const char *what_needs_lttng(const struct options *options)
{
	if (options->flight)
		return "--flight";
	if (options->live)
		return "--live";
	if (options->relay)
		return "--relay";
	return strcmp(options_value(SETTING_lttng), "on") == 0 ? "--lttng on" : NULL;
}

/* Why there can be no session, or NULL: there can. Unlike a program that is only run, a recording
 * is a session where nothing is said. */
static const char *no_lttng(void)
{
	const char *given = getenv("BPGUARD_LTTNG");
	if (given && strcmp(given, "off") == 0)
		return "LTTng is off";
	if (!spawned_find("lttng"))
		return "lttng-tools is not installed";
	return library_no_tracer();
}

static enum kind kind_of(const struct options *options)
{
	const char *need = what_needs_lttng(options), *reason = no_lttng();
	if (reason && need)
		fail(STATUS_FAILED, "%s: %s", need, reason);
	if (reason)
		return KIND_JSON;
	if (options->flight)
		return KIND_FLIGHT;
	return options->live || options->relay ? KIND_STREAM : KIND_LTTNG;
}

/* PROGRAM may change its directory. */
static const char *absolute(const char *path)
{
	char *whole = compose("%s", path);
	size_t size;
	if (*path != '/') {
		const char *here = get_current_dir_name();
		if (!here)
			fail(STATUS_FAILED, "%s: the current directory is not known: %s", path,
			     strerror(errno));
		whole = compose("%s/%s", here, path);
	}
	size = strlen(whole);
	while (size > 1 && whole[size - 1] == '/')
		whole[--size] = '\0';
	return whole;
}

static struct recording plan(const struct options *options)
{
	struct recording recording = {
	    .kind = kind_of(options),
	    .directory = absolute(options->output ? options->output : "bpguard.data"),
	    .session = compose("bpguard-%d-%lld", (int)getpid(), (long long)time(NULL)),
	    .relay = options->relay ? options->relay : "",
	};
	if (options->relay)
		relay_require_host(options->relay);
	return recording;
}

/* Where it can be followed, to the user and, in its mark, to bpguard top. */
static void tell_address(const struct recording *recording)
{
	const char *host, *address;
	struct utsname here;
	uname(&here);
	if (!recording->relay_process)
		host = relay_host(recording->relay);
	else if (recording->live_port == RELAY_LIVE_PORT)
		host = "127.0.0.1";
	else
		host = compose("127.0.0.1:%d", recording->live_port);
	address = compose("net://%s/host/%s/%s", host, here.nodename, recording->session);
	complain("live at %s", address);
	room_add_line(recording->directory, compose("live %s", address));
}

static void start_session(const struct recording *recording, const struct options *options)
{
	/* The daemon that answers may just be ended by the last one who used it: hence twice. */
	const char *before = getenv("BPGUARD_RECORDING"), *why = session_start(recording);
	why = why ? session_start(recording) : NULL;
	if (why) {
		relay_end(recording);
		if (recording->kind == KIND_LTTNG)
			fail(STATUS_FAILED, "no LTTng session (use --lttng off for JSON lines): %s",
			     why);
		fail(STATUS_FAILED, "%s: no LTTng session: %s", what_needs_lttng(options), why);
	}
	if (options->live)
		tell_address(recording);
	setenv("BPGUARD_LTTNG", "on", 1);
	setenv("BPGUARD_RECORDING", compose("%s/%s/", before ? before : "", recording->session), 1);
}

static void start(struct recording *recording, const struct options *options)
{
	setenv("BPGUARD_IGNORED", "watch", 0); /* unless the user chose */
	if (recording->kind == KIND_JSON) {
		room_add_file(recording->directory, "bpguard.jsonl");
		if (!options->log_given)
			setenv("BPGUARD_LOG", compose("%s/bpguard.jsonl", recording->directory), 1);
		return;
	}
	if (recording->kind == KIND_STREAM && !*recording->relay)
		relay_start(recording);
	start_session(recording, options);
}

/* While a recording is started, what would end this process waits: nothing half started stays. */
static void hold_signals(void)
{
	sigset_t held;
	sigemptyset(&held);
	sigaddset(&held, SIGHUP);
	sigaddset(&held, SIGINT);
	sigaddset(&held, SIGTERM);
	sigprocmask(SIG_BLOCK, &held, NULL);
}

/* Whether one came that this process did not start with blocked. */
static bool is_ended(const sigset_t *blocked_before)
{
	static const int ending[] = {SIGHUP, SIGINT, SIGTERM};
	sigset_t pending;
	sigpending(&pending);
	for (size_t i = 0; i < sizeof(ending) / sizeof(ending[0]); i++)
		if (sigismember(&pending, ending[i]) && !sigismember(blocked_before, ending[i]))
			return true;
	return false;
}

/* bpguard-tree FINISH... -- bpguard-run "" PRELOAD run -- PROGRAM... */
static _Noreturn void become_tree(const struct recording *recording, const struct options *options)
{
	size_t count = 0, at = 0;
	char **words;
	while (options->program[count])
		count++;
	words = calloc(count + RECORDING_WORDS + 10, sizeof(*words));
	if (!words)
		fail(STATUS_FAILED, "not enough memory");
	words[at++] = (char *)library_beside("bpguard-tree");
	words[at++] = (char *)library_beside("bpguard-record");
	words[at++] = "--finish";
	recording_write(recording, words + at);
	at += RECORDING_WORDS;
	words[at++] = "--";
	words[at++] = (char *)library_beside("bpguard-run");
	words[at++] = ""; /* what the shell dropped is in the environment again */
	words[at++] = (char *)options->preload;
	words[at++] = "run";
	words[at++] = "--";
	memcpy(words + at, options->program, count * sizeof(*words));
	spawned_end();
	execv(words[0], words);
	fail(STATUS_FAILED, "%s: %s", words[0], strerror(errno));
}

static void require_tree(void)
{
	const char *tree = library_beside("bpguard-tree");
	if (access(tree, X_OK) < 0)
		fail(STATUS_FAILED, "%s: not there; run make, or make install", tree);
}

static void record(const struct options *options)
{
	struct recording recording;
	sigset_t blocked_before;
	if (!options->program[0])
		fail(STATUS_FAILED, "record: takes a program; see bpguard --help");
	guardable_require(options->program[0]);
	require_tree();
	trylog_require();
	if (options->flight && (options->live || options->relay))
		fail(STATUS_FAILED,
		     "--flight: is kept in memory here, so not with --live or --relay");
	recording = plan(options);
	room_make(recording.directory, options->program);
	sigprocmask(SIG_SETMASK, NULL, &blocked_before);
	hold_signals();
	start(&recording, options);
	if (is_ended(&blocked_before)) {
		recording_finish(&recording);
		exit(STATUS_FAILED);
	}
	become_tree(&recording, options);
}

int main(int argc, char **argv)
{
	struct recording recording;
	struct options options;
	spawned_begin();
	if (argc > 1 && strcmp(argv[1], "--finish") == 0) {
		recording = recording_read(argc - 2, argv + 2);
		recording_finish(&recording);
		return 0;
	}
	options = options_read(COMMAND_RECORD, argv);
	library_require();
	record(&options);
}
