/* What libbabeltrace2 says of a call that failed. */
#ifndef BPGUARD_REPORT_ERROR_H
#define BPGUARD_REPORT_ERROR_H

#include <stddef.h>

/* Takes the thread's error, and writes the message of its innermost cause, or `otherwise` where
 * there is none, cut to `size` bytes. */
void error_take(char *text, size_t size, const char *otherwise);

#endif
