#include "entry/presence.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/raw.h"
#include "entry/unguarded.h"
#include "kernel/children.h"
#include "kernel/process.h"
#include "outlets/emit.h"
#include "record/childless.h"
#include "record/describe.h"
#include "record/totals.h"
#include "signal/disposition.h"
#include "signal/mask.h"
#include "state/lineage.h"
#include "state/settings.h"

bool presence_attached;
static FILE *first_stdout;

static void describe_unseen(struct record *record)
{
	if (disposition_hides_failures())
		record->unseen = "libc raw";
}

static void describe_attach(struct record *record, const void *sigpipe)
{
	record->version = BPGUARD_VERSION;
	record->settings = settings_text();
	record->sigpipe = *(const enum record_sigpipe *)sigpipe;
	describe_unseen(record);
	describe_arguments(record);
}

static void describe_detach(struct record *record, const void *nothing)
{
	(void)nothing;
	record->held_back = (int64_t)emit_take_held_back();
	describe_unseen(record);
	totals_take(record);
}

static void describe_late_child(struct record *record, const void *argument)
{
	const struct childless *childless = argument;
	describe_connection(record, childless->type, childless->connection);
	if (describe_child(record, true) && children_is_only_one())
		record->cause = CAUSE_READER_DIED;
}

/* Whether a child has died that failures on that pipe lacked: one that was there already. */
static bool has_late_child(const struct childless *childless)
{
	struct process process;
	int64_t pid;
	char status[16];
	return children_find_dead(true, &pid, status, sizeof(status)) &&
	       process_read(pid, &process) && process.begun_ms <= childless->failed_ms;
}

static void name_children(void)
{
	struct childless childless;
	while (childless_take(&childless))
		if (has_late_child(&childless))
			emit_event(EVENT_CHILD, describe_late_child, &childless);
}

void presence_attach_now(enum record_sigpipe sigpipe)
{
	if (emit_is_on() && lineage_claim_memory() &&
	    !__atomic_exchange_n(&presence_attached, true, __ATOMIC_RELAXED))
		emit_event(EVENT_ATTACH, describe_attach, &sigpipe);
}

void presence_start(void)
{
	uint64_t mask;
	if (!emit_is_on())
		return;
	mask = mask_block_all();
	mask_restore(mask);
	first_stdout = stdout;
	if (lineage_is_root())
		presence_attach(disposition_refresh_for(mask));
}

void presence_end(void)
{
	int error;
	unguarded_tell();
	/* Asked first: in a child that shares our memory even errno may not be there. */
	if (!__atomic_load_n(&presence_attached, __ATOMIC_RELAXED) || raw_filtered ||
	    !lineage_claim_memory())
		return;
	error = errno;
	if (__atomic_exchange_n(&presence_attached, false, __ATOMIC_RELAXED)) {
		name_children();
		emit_event(EVENT_DETACH, describe_detach, NULL);
	}
	errno = error;
}

void presence_forked(void)
{
	presence_attached = false;
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
	if (!emit_is_on() || raw_filtered)
		return;
	flush_output();
	presence_end();
}
