/* The language runtime that the program itself is made by, where that makes its own system calls.
 */
#ifndef BPGUARD_RUNTIME_H
#define BPGUARD_RUNTIME_H

#include <stdbool.h>
#include <stdint.h>

enum runtime {
	RUNTIME_LIBC,	   /* calls libc, as far as is known */
	RUNTIME_GO,	   /* Go's, and nothing else: it calls no function of ours */
	RUNTIME_GO_WITH_C, /* Go's, with C code beside it (cgo) */
};

/* Finds out at start. Not async-signal-safe (the loader's lock). */
void runtime_start(void);

/* RUNTIME_LIBC before runtime_start(). Async-signal-safe. */
enum runtime runtime_of_program(void);

/* Whether `code` is the program's own file's: that Go's system calls are made in, while C code
 * makes them in libc. Only where the runtime is Go's. Async-signal-safe. */
bool runtime_holds(uintptr_t code);

#endif
