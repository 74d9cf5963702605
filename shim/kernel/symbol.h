/* Functions by name, in what the loader has loaded. dlsym(3) would do, but before glibc 2.34 it is
 * in a library of its own: whoever needs that pays for it at each start, with newer ones too. */
#ifndef BPGUARD_SYMBOL_H
#define BPGUARD_SYMBOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dl_phdr_info;

/* Whether `address` lies in the module that dl_iterate_phdr(3) tells of. Async-signal-safe. */
bool symbol_module_holds(const struct dl_phdr_info *info, uintptr_t address);

/* found[i] becomes the first definition of names[i] behind the shim, in the loader's order, as by
 * RTLD_NEXT; else the first before it, or NULL. Passed over are strangers': libraries that are
 * neither libc, nor a sanitizer's runtime that stands in for it, nor preloaded, nor ask for dlsym
 * to go on to libc's, and whose function may be another one that only has the name. strangers[i]
 * becomes the first of these where it comes before found[i], else NULL. Not async-signal-safe (the
 * loader's lock). */
void symbol_find_next(const char *const *names, size_t count, void **found, void **strangers);

/* The first definition but for the shim's, as by RTLD_DEFAULT, or NULL. Not async-signal-safe. */
void *symbol_find(const char *name);

#endif
