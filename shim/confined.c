#include "confined.h"

#include <errno.h>

#include "backstop.h"
#include "guard.h"
#include "lineage.h"
#include "log.h"
#include "raw.h"

bool raw_confined;

/* In force, or being installed: one thread's may fail while another's stays. */
static unsigned filters;

static void confine(void)
{
	log_confine();
	backstop_confine();
	__atomic_store_n(&raw_confined, true, __ATOMIC_SEQ_CST);
	guard_wait_for_others();
	backstop_prepare();
}

static void release(void)
{
	__atomic_store_n(&raw_confined, false, __ATOMIC_SEQ_CST);
	log_release();
	backstop_release();
}

bool confined_begin(void)
{
	int error = errno;
	bool begins = lineage_owns_memory();
	if (begins && __atomic_add_fetch(&filters, 1, __ATOMIC_SEQ_CST) == 1)
		confine();
	errno = error;
	return begins;
}

long confined_end(bool begun, long result)
{
	int error = errno;
	if (begun && result < 0 && __atomic_sub_fetch(&filters, 1, __ATOMIC_SEQ_CST) == 0)
		release();
	errno = error;
	return result;
}
