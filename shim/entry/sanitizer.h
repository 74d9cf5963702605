/* What makes the shim bearable to the runtimes of gcc's and clang's sanitizers. */
#ifndef BPGUARD_SANITIZER_H
#define BPGUARD_SANITIZER_H

/* Options that the runtime's own defaults give way to, and that ASAN_OPTIONS overrides. A program
 * that defines the function itself has its own instead. Called by the runtime as it starts. */
__attribute__((visibility("default"))) const char *__asan_default_options(void);

#endif
