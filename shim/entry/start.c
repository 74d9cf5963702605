/* The shim's beginning, before the program's own code: the constructor, and a forked child's. */
#include <pthread.h>
#include <stddef.h>

#include "entry/failure.h"
#include "entry/filtered.h"
#include "entry/handler.h"
#include "entry/presence.h"
#include "entry/shield.h"
#include "kernel/module.h"
#include "outlets/emit.h"
#include "outlets/log.h"
#include "outlets/lttng.h"
#include "record/childless.h"
#include "record/totals.h"
#include "signal/mask.h"
#include "state/lineage.h"
#include "state/next.h"
#include "state/peers.h"
#include "state/pipeline.h"
#include "state/private.h"
#include "state/program.h"
#include "state/settings.h"

static void in_child(void)
{
	lineage_forked();
	mask_forked();
	emit_forked();
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

static void start_guarding(int count, char **arguments)
{
	pthread_atfork(NULL, NULL, in_child);
	module_start();
	shield_start();
	peers_start();
	log_start();
	handler_start();
	lttng_start();
	if (emit_is_on()) /* nobody else asks who this is */
		program_start(count, arguments);
	failure_start();
}

static void start(int count, char **arguments)
{
	struct bad_setting bad[SETTINGS_COUNT];
	int bad_count;
	if (filtered_start())
		return;
	bad_count = settings_read(bad);
	next_resolve();
	lineage_start(in_child);
	pipeline_start();
	if (lineage_is_guarded()) {
		start_guarding(count, arguments);
		for (int i = 0; i < bad_count; i++)
			emit_event(EVENT_SETTING, describe_setting, &bad[i]);
		presence_start();
	}
	private_end();
}

/* Only glibc hands the arguments to constructors. */
#ifdef __GLIBC__
__attribute__((constructor)) static void construct(int count, char **arguments)
{
	start(count, arguments);
}
#else
__attribute__((constructor)) static void construct(void)
{
	start(0, NULL);
}
#endif
