#include "kernel/runtime.h"

#include <elf.h>
#include <link.h>
#include <stddef.h>
#include <string.h>

static enum runtime runtime;
static uintptr_t begin, end;

/* cmd/link writes a note of its own into each program: its name is Go, its type 4, its text the
 * build id. */
static bool is_gos(const ElfW(Nhdr) * note)
{
	enum { GO_BUILD_ID = 4 };
	return note->n_type == GO_BUILD_ID && note->n_namesz == sizeof("Go\0") &&
	       memcmp(note + 1, "Go\0", sizeof("Go\0")) == 0;
}

/* Each note is its header, the name and the text, filled up to words (elf(5)). */
static bool has_gos_note(const char *at, size_t size)
{
	const ElfW(Nhdr) * note;
	while (size >= sizeof(*note)) {
		size_t whole;
		note = (const ElfW(Nhdr) *)at;
		whole = sizeof(*note) + ((note->n_namesz + (size_t)3) & ~(size_t)3) +
			((note->n_descsz + (size_t)3) & ~(size_t)3);
		if (whole > size)
			return false;
		if (is_gos(note))
			return true;
		at += whole;
		size -= whole;
	}
	return false;
}

static bool needs_libraries(const ElfW(Dyn) * entry)
{
	while (entry->d_tag != DT_NULL && entry->d_tag != DT_NEEDED)
		entry++;
	return entry->d_tag == DT_NEEDED;
}

/* The program is told first. */
static int look(struct dl_phdr_info *program, size_t size, void *nothing)
{
	bool go = false, with_c = false;
	(void)size, (void)nothing;
	for (int i = 0; i < program->dlpi_phnum; i++) {
		const ElfW(Phdr) *part = &program->dlpi_phdr[i];
		const char *at = (const char *)(program->dlpi_addr + part->p_vaddr);
		if (part->p_type == PT_NOTE)
			go |= has_gos_note(at, part->p_filesz);
		if (part->p_type == PT_DYNAMIC)
			with_c = needs_libraries((const ElfW(Dyn) *)at);
		if (part->p_type == PT_LOAD && (part->p_flags & PF_X)) {
			begin = (uintptr_t)at;
			end = begin + part->p_memsz;
		}
	}
	if (go)
		runtime = with_c ? RUNTIME_GO_WITH_C : RUNTIME_GO;
	return 1;
}

void runtime_start(void)
{
	dl_iterate_phdr(look, NULL);
}

enum runtime runtime_of_program(void)
{
	return runtime;
}

bool runtime_holds(uintptr_t code)
{
	return code >= begin && code < end;
}
