/* The shim's beginning, before the program's own code: the constructor, and the child's after fork.
 */
#include <pthread.h>
#include <stddef.h>
#include <time.h>

#include "autopsy.h"
#include "backstop.h"
#include "emit.h"
#include "lineage.h"
#include "log.h"
#include "lttng.h"
#include "module.h"
#include "next.h"
#include "peers.h"
#include "program.h"
#include "raw.h"
#include "settings.h"
#include "shield.h"

static void in_child(void)
{
	lineage_forked();
	emit_forked();
	program_forked();
}

/* A bad value: its default is in force, and one record says so. */
static void tell(const struct bad_setting *bad)
{
	struct workspace *workspace = emit_begin();
	struct timespec now;
	if (!workspace)
		return;
	clock_gettime(CLOCK_REALTIME, &now);
	workspace->record.event = EVENT_SETTING;
	workspace->record.time_ns = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
	workspace->record.pid = workspace->record.tid = (int32_t)RAW0(SYS_getpid);
	workspace->record.exe = program_exe();
	workspace->record.setting = bad->variable;
	workspace->record.value = bad->value;
	workspace->record.takes = bad->takes;
	emit_end(workspace);
}

static void start_guarding(void)
{
	shield_start();
	module_start();
	peers_start();
	log_start();
	backstop_start();
	lttng_start();
	autopsy_start();
}

__attribute__((constructor)) static void start(int count, char **arguments)
{
	struct bad_setting bad[SETTINGS_COUNT];
	int bad_count = settings_read(bad);
	next_resolve();
	program_start(count, arguments);
	lineage_start();
	if (!lineage_is_guarded())
		return;
	pthread_atfork(NULL, NULL, in_child);
	start_guarding();
	for (int i = 0; i < bad_count; i++)
		tell(&bad[i]);
}
