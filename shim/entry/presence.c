#include "entry/presence.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/raw.h"
#include "base/text.h"
#include "outlets/emit.h"
#include "signal/backstop.h"
#include "signal/guard.h"
#include "state/lineage.h"
#include "state/program.h"
#include "state/settings.h"

static bool attached;
static uint64_t failures[CAUSE_COUNT];
static uint64_t averted;
static FILE *first_stdout;

/* Every signal is blocked meanwhile: what a handler fails to write would go unrecorded. */
static void tell(void (*describe)(struct bpguard_record *record, enum bpguard_sigpipe sigpipe),
		 enum bpguard_sigpipe sigpipe)
{
	uint64_t mask = guard_block_all();
	struct workspace *workspace = emit_begin();
	if (workspace) {
		program_describe(&workspace->record);
		describe(&workspace->record, sigpipe);
		emit_record(workspace);
		emit_end(workspace);
	}
	guard_unblock(mask);
}

static void describe_attach(struct bpguard_record *record, enum bpguard_sigpipe sigpipe)
{
	record->event = EVENT_ATTACH;
	record->version = BPGUARD_VERSION;
	record->settings = settings_text();
	record->sigpipe = sigpipe;
	program_copy_arguments(record->argv, sizeof(record->argv));
}

/* Totals start anew: after an exec that failed the program attaches again. */
static void describe_causes(struct bpguard_record *record)
{
	struct text text = text_in(record->causes, sizeof(record->causes));
	for (unsigned cause = 0; cause < CAUSE_COUNT; cause++) {
		uint64_t count = __atomic_exchange_n(&failures[cause], 0, __ATOMIC_RELAXED);
		const char *name = record_cause_name((enum bpguard_cause)cause);
		if (!count)
			continue;
		if (text.at != record->causes)
			text_char(&text, ' ');
		text_string(&text, name ? name : "unknown");
		text_char(&text, '=');
		text_number(&text, (int64_t)count);
		record->failures += (int64_t)count;
	}
	text_end(&text);
}

static void describe_detach(struct bpguard_record *record, enum bpguard_sigpipe sigpipe)
{
	(void)sigpipe;
	record->event = EVENT_DETACH;
	record->failures = 0;
	record->averted = (int64_t)__atomic_exchange_n(&averted, 0, __ATOMIC_RELAXED);
	record->held_back = (int64_t)emit_take_held_back();
	describe_causes(record);
}

void presence_attach(enum bpguard_sigpipe sigpipe)
{
	if (!__atomic_load_n(&attached, __ATOMIC_RELAXED) && emit_is_on() &&
	    lineage_owns_memory() && !__atomic_exchange_n(&attached, true, __ATOMIC_RELAXED))
		tell(describe_attach, sigpipe);
}

void presence_start(void)
{
	uint64_t mask;
	if (!emit_is_on())
		return;
	mask = guard_block_all();
	guard_unblock(mask);
	first_stdout = stdout;
	if (lineage_is_root())
		presence_attach(backstop_sigpipe(mask));
}

void presence_count(const struct bpguard_record *record)
{
	__atomic_add_fetch(&failures[record->cause], 1, __ATOMIC_RELAXED);
	if (record->saved)
		__atomic_add_fetch(&averted, 1, __ATOMIC_RELAXED);
}

void presence_end(void)
{
	int error = errno;
	if (__atomic_load_n(&attached, __ATOMIC_RELAXED) && !raw_confined &&
	    lineage_owns_memory() && __atomic_exchange_n(&attached, false, __ATOMIC_RELAXED))
		tell(describe_detach, SIGPIPE_UNKNOWN);
	errno = error;
}

void presence_forked(void)
{
	attached = false;
	averted = 0;
	memset(failures, 0, sizeof(failures));
}

/* exit(3) flushes stdio after this and after the tracer's own end: what fails there would be in no
 * total and in no trace. As exit does, this waits for no stream that another thread is using, and
 * it leaves all but stdout to exit, for fflush(NULL) would wait. */
static void flush_output(void)
{
	/* A program may have put another stream there, or none, and closed it. */
	if (!stdout || stdout != first_stdout || ftrylockfile(stdout) != 0)
		return;
	fflush_unlocked(stdout);
	funlockfile(stdout);
}

__attribute__((destructor)) static void end(void)
{
	if (!emit_is_on() || raw_confined)
		return;
	flush_output();
	presence_end();
}
