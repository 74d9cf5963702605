/* Which module an address lies in, without the loader's lock and without malloc. */
#ifndef BPGUARD_MODULE_H
#define BPGUARD_MODULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Finds out at start where libc lies. Not async-signal-safe. */
void module_start(void);

/* Whether `address` is libc's code. Async-signal-safe. */
bool module_is_libc(uintptr_t address);

/* Writes module+0xoffset for `address`; `exe` names the program itself. Returns false where that is
 * not to be found. Async-signal-safe. */
bool module_format(const void *address, const char *exe, char *text, size_t size);

#endif
