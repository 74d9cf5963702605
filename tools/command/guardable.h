/* What can be executed and guarded, and why not. */
#ifndef BPGUARD_GUARDABLE_H
#define BPGUARD_GUARDABLE_H

#include <stdbool.h>

#include "tools/command/elf.h"

struct verdict {
	int status;	    /* 0: can be guarded; else STATUS_... of complain.h */
	const char *reason; /* "NAME: what it is", or why it cannot */
};

/* Judges `file`, which the reason calls `name`. A script is judged by its interpreter. */
struct verdict guardable(const char *file, const char *name);

/* The file that execvp(3) would take for `name`, in `*file`; returns 0, STATUS_NOT_FOUND or
 * STATUS_NOT_EXECUTABLE. */
int guardable_on_path(const char *name, const char **file);

/* The path of `program`; ends the program with a message where it cannot be guarded. */
const char *guardable_require(const char *program);

/* The ELF file that the kernel executes for `file`, a script's interpreter; false: none is found.
 */
bool guardable_executed(const char *file, const char **executed, struct elf *elf);

#endif
