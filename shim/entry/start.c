/* The shim's beginning, before the program's own code: the constructor, and a forked child's. */
#include <pthread.h>
#include <stddef.h>

#include "entry/failure.h"
#include "entry/filtered.h"
#include "entry/handler.h"
#include "entry/presence.h"
#include "entry/shield.h"
#include "entry/unguarded.h"
#include "kernel/module.h"
#include "kernel/runtime.h"
#include "outlets/emit.h"
#include "outlets/log.h"
#include "outlets/lttng.h"
#include "record/childless.h"
#include "record/totals.h"
#include "signal/disposition.h"
#include "signal/mask.h"
#include "state/lineage.h"
#include "state/next.h"
#include "state/peers.h"
#include "state/pipeline.h"
#include "state/private.h"
#include "state/program.h"
#include "state/service.h"
#include "state/settings.h"

static void in_child(void)
{
	lineage_forked();
	mask_forked();
	disposition_forked();
	emit_forked();
	private_forked();
	log_forked();
	totals_forked();
	childless_forked();
	presence_forked();
}

/* A bad value: its default is in force, and one record says so. */
static void describe_setting(struct record *record, const void *argument)
{
	const struct bad_setting *bad = argument;
	record->setting = bad->variable;
	record->value = bad->value;
	record->takes = bad->takes;
}

/* What of the program no preloaded library reaches. */
static void describe_runtime(struct record *record, const void *nothing)
{
	(void)nothing;
	record->setting = "LD_PRELOAD";
	record->value = "Go's own code";
	record->takes =
	    runtime_of_program() == RUNTIME_GO
		? "it makes its own system calls, and this program has no other code"
	    : settings.protect == PROTECT_AUTO
		? "it makes its own system calls; a write to a broken stdout or stderr returns "
		  "ECONNRESET, for by EPIPE it would end itself"
		: "it makes its own system calls, and ends itself by a broken stdout or stderr";
}

static void start_guarding(void)
{
	pthread_atfork(NULL, NULL, in_child);
	module_start();
	runtime_start();
	shield_start();
	peers_start();
	log_start();
	unguarded_start();
	handler_start();
	lttng_start();
	if (emit_is_on()) /* nobody else asks who this is */
		program_start();
	failure_start();
}

__attribute__((constructor)) static void start(void)
{
	struct bad_setting bad[SETTINGS_COUNT];
	int bad_count;
	if (filtered_start())
		return;
	bad_count = settings_read(bad);
	next_resolve();
	lineage_start(in_child);
	pipeline_start();
	service_start();
	if (lineage_is_guarded()) {
		start_guarding();
		if (lineage_is_root())
			log_try();
		for (int i = 0; i < bad_count; i++)
			emit_event(EVENT_SETTING, describe_setting, &bad[i]);
		if (runtime_of_program() != RUNTIME_LIBC && lineage_is_root())
			emit_event(EVENT_SETTING, describe_runtime, NULL);
		presence_start();
		log_rest();
	}
}
