#include "entry/filtered.h"

#include <errno.h>

#include "base/raw.h"
#include "entry/handler.h"
#include "outlets/log.h"
#include "signal/disposition.h"
#include "signal/mask.h"
#include "state/lineage.h"

/* In force, or being installed: one thread's may fail while another's stays. */
static unsigned filters;
/* Our constructor has run. */
static bool started;

bool filtered_start(void)
{
	if (raw_filtered)
		lineage_give_up(true);
	else
		started = true;
	return !started;
}

static void close_gate(bool closed)
{
	__atomic_store_n(&raw_filtered, closed, __ATOMIC_SEQ_CST);
}

static void close_gate_for_all(void)
{
	if (!started) {
		close_gate(true);
		return;
	}
	log_filtered();
	handler_filtered();
	close_gate(true);
	mask_wait_for_others();
	disposition_prepare();
}

static void release(void)
{
	close_gate(false);
	if (!started)
		return;
	log_release();
	handler_release();
}

bool filtered_begin(void)
{
	int error = errno;
	bool begins = !started || lineage_claim_memory();
	if (begins && __atomic_add_fetch(&filters, 1, __ATOMIC_SEQ_CST) == 1)
		close_gate_for_all();
	errno = error;
	return begins;
}

long filtered_end(bool begun, long result)
{
	int error = errno;
	if (begun && result < 0 && __atomic_sub_fetch(&filters, 1, __ATOMIC_SEQ_CST) == 0)
		release();
	errno = error;
	return result;
}
