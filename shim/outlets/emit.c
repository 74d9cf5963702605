#include "outlets/emit.h"

#include <stddef.h>
#include <sys/mman.h>
#include <time.h>

#include "base/raw.h"
#include "outlets/log.h"
#include "outlets/lttng.h"
#include "signal/mask.h"
#include "signal/pending.h"
#include "state/settings.h"
#include "state/thread.h"

/* Threads that fail at the same time; more of them map their own for the moment. */
enum { WORKSPACES = 4, BURST = 200 };

/* A record and the room to write it as text in: too much for a stack that may have 16 KiB. */
struct workspace {
	struct record record;
	char text[4096]; /* PIPE_BUF: as a pipe takes it without blocking (pipe(7)) */
	char around[4096];
};

static struct {
	struct workspace workspace;
	bool taken;
} pool[WORKSPACES];

static uint64_t suppressed; /* since the last record */
static uint64_t held_back;  /* since it was last asked */
/* When the bucket will be full again: the generic cell rate algorithm (ITU-T I.371). */
static uint64_t full_at_ns;

static struct workspace *map_workspace(void)
{
	long fresh = RAW6(RAW_MMAP, NULL, sizeof(struct workspace), PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return raw_is_error(fresh) ? NULL : (struct workspace *)fresh;
}

static struct workspace *take_workspace(void)
{
	for (int i = 0; i < WORKSPACES; i++)
		if (!__atomic_exchange_n(&pool[i].taken, true, __ATOMIC_ACQUIRE))
			return &pool[i].workspace;
	return map_workspace();
}

static void give_back(struct workspace *workspace)
{
	for (int i = 0; i < WORKSPACES; i++)
		if (workspace == &pool[i].workspace) {
			__atomic_store_n(&pool[i].taken, false, __ATOMIC_RELEASE);
			return;
		}
	RAW2(SYS_munmap, workspace, sizeof(*workspace));
}

/* A failure that is not told now. */
static void hold_back(void)
{
	__atomic_add_fetch(&suppressed, 1, __ATOMIC_RELAXED);
	__atomic_add_fetch(&held_back, 1, __ATOMIC_RELAXED);
}

uint64_t emit_take_held_back(void)
{
	return __atomic_exchange_n(&held_back, 0, __ATOMIC_RELAXED);
}

static uint64_t now_ns(void)
{
	struct timespec now;
	clock_gettime(raw_filtered ? CLOCK_MONOTONIC_COARSE : CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static bool is_within_rate(void)
{
	uint64_t now, full, each;
	if (settings.rate == 0)
		return true;
	now = now_ns();
	each = 1000000000 / settings.rate;
	full = __atomic_load_n(&full_at_ns, __ATOMIC_RELAXED);
	do {
		uint64_t from = full > now ? full : now;
		if (from - now > each * (BURST - 1))
			return false;
		if (__atomic_compare_exchange_n(&full_at_ns, &full, from + each, false,
						__ATOMIC_RELAXED, __ATOMIC_RELAXED))
			return true;
	} while (true);
}

/* Others are not limited, and not counted where they cannot be written: records and what is held
 * back add up to the failures. */
static bool is_of_failure(const struct record *record)
{
	return record->event <= EVENT_TIMEOUT;
}

static void emit_as_text(struct workspace *workspace)
{
	bool failure = is_of_failure(&workspace->record);
	uint64_t held;
	if (failure && !is_within_rate()) {
		hold_back();
		return;
	}
	held = __atomic_exchange_n(&suppressed, 0, __ATOMIC_RELAXED);
	workspace->record.suppressed = (int64_t)held;
	if (log_write(&workspace->record, workspace->text, workspace->around,
		      sizeof(workspace->text)))
		return;
	__atomic_add_fetch(&suppressed, held, __ATOMIC_RELAXED);
	if (failure)
		hold_back();
}

/* A cleared workspace, or NULL where there is no memory; the record then counts as held back. */
static struct workspace *begin(void)
{
	struct workspace *workspace = take_workspace();
	if (workspace)
		record_clear(&workspace->record);
	else
		hold_back();
	return workspace;
}

/* The tracer writes too, to its daemon, which may be gone: a SIGPIPE that waits now is that
 * write's, where the application does not keep its own waiting. */
static void emit_as_event(const struct record *record)
{
	lttng_emit(record);
	if (record->sigpipe != SIGPIPE_BLOCKED && pending_is_there())
		pending_take();
}

/* Hands the record to the outlets; it stays, to be changed and handed out again. */
static void hand_out(struct workspace *workspace)
{
	bool inside = thread.inside;
	thread.inside = true;
	if (lttng_is_tracing())
		emit_as_event(&workspace->record);
	if (log_is_on())
		emit_as_text(workspace);
	thread.inside = inside;
}

static void emit_runaway(struct workspace *workspace)
{
	workspace->record.event = EVENT_RUNAWAY;
	workspace->record.suppressed = 0;
	hand_out(workspace);
}

struct finding emit_failure(const struct failure *failure)
{
	struct workspace *workspace = begin();
	struct finding finding;
	if (!workspace)
		return (struct finding){CAUSE_UNKNOWN, CHILD_UNASKED};
	finding = describe_failure(&workspace->record, failure);
	hand_out(workspace);
	if (failure->verdict.is_runaway)
		emit_runaway(workspace);
	give_back(workspace);
	return finding;
}

void emit_forked(void)
{
	for (int i = 0; i < WORKSPACES; i++)
		pool[i].taken = false;
	suppressed = held_back = 0;
}

void emit_event(enum record_event event, void (*describe)(struct record *, const void *),
		const void *argument)
{
	uint64_t mask = mask_block_all();
	struct workspace *workspace = begin();
	if (workspace) {
		describe_program(&workspace->record);
		workspace->record.event = event;
		describe(&workspace->record, argument);
		hand_out(workspace);
		give_back(workspace);
	}
	mask_restore(mask);
}
