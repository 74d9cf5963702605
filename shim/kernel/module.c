#include "kernel/module.h"

#include <fcntl.h>
#include <link.h>
#include <string.h>

#include "base/raw.h"
#include "base/text.h"
#include "kernel/symbol.h"

static uintptr_t libc_begin, libc_end;

/* glibc 2.35's own answer, without its lock: dlfcn.h, as far as it is read here. */
struct found_object {
	unsigned long long flags;
	void *begin, *end;
	struct link_map *module;
	unsigned long long rest[12];
};
static int (*find_object)(void *address, struct found_object *found);

static int note_libc(struct dl_phdr_info *info, size_t size, void *inside)
{
	(void)size;
	if (!symbol_module_holds(info, (uintptr_t)inside))
		return 0;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *part = &info->dlpi_phdr[i];
		if (part->p_type == PT_LOAD && (part->p_flags & PF_X)) {
			libc_begin = info->dlpi_addr + part->p_vaddr;
			libc_end = libc_begin + part->p_memsz;
		}
	}
	return 1;
}

void module_start(void)
{
	/* A function that libc alone defines and nobody interposes. */
	void *inside = symbol_find("__libc_start_main");
	if (inside)
		dl_iterate_phdr(note_libc, inside);
	*(void **)&find_object = symbol_find("_dl_find_object");
}

bool module_is_libc(uintptr_t address)
{
	return address >= libc_begin && address < libc_end;
}

/* A file read a character at a time: for lines of any length on a small stack. */
struct reader {
	long fd, length, at;
	char chunk[512];
};

static int next_char(struct reader *reader)
{
	if (reader->at == reader->length) {
		reader->length = RAW3(SYS_read, reader->fd, reader->chunk, sizeof(reader->chunk));
		reader->at = 0;
		if (reader->length <= 0) {
			reader->length = 0;
			return -1;
		}
	}
	return (unsigned char)reader->chunk[reader->at++];
}

/* Reads up to and with `end`; returns the hexadecimal number before it. */
static uintptr_t read_hex(struct reader *reader, int end)
{
	uintptr_t value = 0;
	int c;
	while ((c = next_char(reader)) >= 0 && c != end)
		value = value << 4 | (uintptr_t)(c <= '9' ? c - '0' : c - 'a' + 10);
	return value;
}

static void skip_field(struct reader *reader)
{
	int c;
	while ((c = next_char(reader)) >= 0 && c != ' ')
		;
}

/* Reads the rest of a line, without leading blanks. Returns false at the file's end. */
static bool read_name(struct reader *reader, char *name, size_t size)
{
	struct text text = text_in(name, size);
	int c = next_char(reader);
	while (c == ' ')
		c = next_char(reader);
	for (; c >= 0 && c != '\n'; c = next_char(reader))
		text_char(&text, (char)c);
	text_end(&text);
	return c >= 0;
}

/* A line of /proc/self/maps (proc(5)): begin-end perms offset device inode name. The first mapping
 * of the same file is the module's base. */
static bool find_mapping(struct reader *reader, uintptr_t address, char *name, size_t size,
			 uintptr_t *base)
{
	uintptr_t begin, end, inode, before = 0;
	do {
		begin = read_hex(reader, '-');
		end = read_hex(reader, ' ');
		for (int field = 0; field < 3; field++)
			skip_field(reader);
		inode = read_hex(reader, ' '); /* decimal, but only compared */
		if (!read_name(reader, name, size))
			return false;
		if (!inode || inode != before)
			*base = begin;
		before = inode;
	} while (address < begin || address >= end);
	return name[0] == '/';
}

static void format(char *text, size_t size, const char *name, uintptr_t offset)
{
	struct text line = text_in(text, size);
	text_string(&line, name);
	text_string(&line, "+0x");
	text_hex(&line, offset);
	text_end(&line);
}

/* Without glibc's answer the kernel's list of mappings is read, which may be long. */
static bool format_by_maps(const void *address, char *text, size_t size)
{
	struct reader reader = {0};
	char name[192];
	uintptr_t base = 0;
	bool found;
	reader.fd = RAW4(SYS_openat, AT_FDCWD, "/proc/self/maps", O_RDONLY | O_CLOEXEC, 0);
	if (reader.fd < 0)
		return false;
	found = find_mapping(&reader, (uintptr_t)address, name, sizeof(name), &base);
	RAW1(SYS_close, reader.fd);
	if (found)
		format(text, size, name, (uintptr_t)address - base);
	return found;
}

bool module_format(const void *address, const char *exe, char *text, size_t size)
{
	struct found_object found;
	if (!find_object)
		return format_by_maps(address, text, size);
	if (find_object((void *)address, &found) != 0)
		return false;
	format(text, size, *found.module->l_name ? found.module->l_name : exe,
	       (uintptr_t)address - found.module->l_addr);
	return true;
}
