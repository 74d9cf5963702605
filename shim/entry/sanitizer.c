/* AddressSanitizer's dynamic runtime ends a program in which another library was loaded before it,
 * and LD_PRELOAD reaches every program below the guarded one. It asks for its defaults by a
 * function that whoever comes first may define (sanitizer/asan_interface.h): ours waive that. No
 * check is lost, since each of our calls goes on to the runtime's own, which is next. The runtime
 * cannot be preloaded in front instead: it would look for leaks in programs that know nothing of
 * it. */
#include "entry/sanitizer.h"

const char *__asan_default_options(void)
{
	return "verify_asan_link_order=0";
}
