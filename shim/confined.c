#include "confined.h"

#include <errno.h>

#include "backstop.h"
#include "lineage.h"
#include "log.h"
#include "raw.h"

bool raw_confined;

bool confined_begin(void)
{
	int error = errno;
	bool begins = !raw_confined && lineage_owns_memory();
	if (begins) {
		log_confine();
		backstop_confine();
		__atomic_store_n(&raw_confined, true, __ATOMIC_RELAXED);
		backstop_prepare();
	}
	errno = error;
	return begins;
}

long confined_end(bool begun, long result)
{
	int error = errno;
	if (begun && result < 0) {
		__atomic_store_n(&raw_confined, false, __ATOMIC_RELAXED);
		log_release();
		backstop_release();
	}
	errno = error;
	return result;
}
