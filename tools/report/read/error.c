#include "read/error.h"

#include <babeltrace2/babeltrace.h>
#include <stdio.h>

void error_take(char *text, size_t size, const char *otherwise)
{
	const bt_error *error = bt_current_thread_take_error();
	snprintf(text, size, "%s",
		 error && bt_error_get_cause_count(error)
		     ? bt_error_cause_get_message(bt_error_borrow_cause_by_index(error, 0))
		     : otherwise);
	if (error)
		bt_error_release(error);
}
