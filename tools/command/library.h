/* Where our own files lie, found from this program's own place: build/ in a source tree,
 * PREFIX/libexec/bpguard with the libraries below PREFIX in an installation. And what LD_PRELOAD is
 * to be. */
#ifndef BPGUARD_LIBRARY_H
#define BPGUARD_LIBRARY_H

#include <stdbool.h>

#include "tools/command/elf.h"

/* The path of libbpguard.so. Ends the program with 125 where it is not there, or lies where
 * LD_PRELOAD cannot name it. */
const char *library_require(void);

/* The path of our library for programs like `program`, or NULL: there is none. */
const char *library_for(const struct elf *program);

/* The path of the program `name` that lies beside this one, as "bpguard-run". */
const char *library_beside(const char *name);

/* LD_PRELOAD for the program `file`: ours, the tracer's where the setting lttng wants them, then
 * what of `before` is not there yet. Sets `*traced` to whether the tracer's are in it. Ends the
 * program with 125 where --lttng on cannot be had. */
const char *library_preload(const char *file, const char *before, bool *traced);

/* Why programs cannot be traced here, or NULL: they can. */
const char *library_no_tracer(void);

#endif
