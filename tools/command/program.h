/* Which file is executed for a name, as execve(2) and execvp(3) have it. */
#ifndef BPGUARD_COMMAND_PROGRAM_H
#define BPGUARD_COMMAND_PROGRAM_H

#include <stdbool.h>

#include "tools/command/elf.h"

/* How often the kernel goes on from a script to an interpreter that is one. */
enum { PROGRAM_MOST_INTERPRETERS = 5 };

/* The file that execvp(3) would take for `name`, in `*file`; returns 0, STATUS_NOT_FOUND or
 * STATUS_NOT_EXECUTABLE of complain.h. */
int program_on_path(const char *name, const char **file);

/* Whether `file` begins with #!; `*interpreter` is the program that the line names, past env(1), or
 * NULL: it names none. */
bool program_is_script(const char *file, const char **interpreter);

/* The ELF file that the kernel executes for `file`, in the end a script's interpreter; false: none
 * is found. */
bool program_executed(const char *file, const char **executed, struct elf *elf);

#endif
