/* What an ELF file says of itself, of any class and byte order (elf(5)). */
#ifndef BPGUARD_ELF_H
#define BPGUARD_ELF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct elf {
	int class;	    /* ELFCLASS32 or ELFCLASS64 */
	int order;	    /* ELFDATA2LSB or ELFDATA2MSB */
	int machine;	    /* EM_X86_64 and so on */
	const char *loader; /* its program interpreter (PT_INTERP), or NULL: it is static */
	bool is_go;	    /* Go's runtime is in it: a note or a section of its linker's */
	bool needs_libraries;
	/* The names that it links by: of libraries and of symbols (.dynstr), `names_size` bytes. */
	const char *names;
	size_t names_size;
};

/* Reads `file`; false where it is no ELF file, or cannot be read. What `*elf` points to stays. */
bool elf_read(const char *file, struct elf *elf);

/* Whether a library like `library` can be loaded into `program`: class, byte order, machine. */
bool elf_same_kind(const struct elf *program, const struct elf *library);

/* "glibc", "musl" or "another libc", by the loader's name. */
const char *elf_libc_of_loader(const char *loader);

/* "glibc" or "musl": that which a shared library needs. */
const char *elf_libc_of_library(const struct elf *library);

/* Whether `text` occurs among the names that the file links by. */
bool elf_names_hold(const struct elf *elf, const char *text);

/* Whether AddressSanitizer's dynamic runtime is in it: it demands to be the first library loaded.
 */
bool elf_has_asan(const struct elf *elf);

#endif
