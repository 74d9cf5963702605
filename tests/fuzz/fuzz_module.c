/* /proc/self/maps as it might look: names that hold anything, lines that end anywhere. */
#include "../../shim/kernel/module.c"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "input.h"

static int file_of(const uint8_t *data, size_t size)
{
	static int fd = -1;
	if (fd < 0)
		fd = memfd_create("maps", MFD_CLOEXEC);
	HOLDS(ftruncate(fd, 0) == 0 && pwrite(fd, data, size, 0) == (ssize_t)size);
	lseek(fd, 0, SEEK_SET);
	return fd;
}

/* The name at libc's own reading of the first line that holds the address. */
static bool find_by_scanning(const char *text, uintptr_t address, char name[192])
{
	const char *line = text, *end;
	for (; (end = strchr(line, '\n')); line = end + 1) {
		unsigned long begin, past, inode;
		int at = 0;
		if (sscanf(line, "%lx-%lx %*4[rwxps-] %*x %*[0-9a-f:] %lu %n", &begin, &past,
			   &inode, &at) < 3 ||
		    !at || line + at > end)
			return false;
		if (address < begin || address >= past)
			continue;
		snprintf(name, 192, "%.*s", (int)(end - line - at), line + at);
		return true;
	}
	return false;
}

/* A well-formed list, whose names are the input's. */
static void check_well_formed(struct input *input)
{
	char text[8192], name[512], found[192], expected[192];
	size_t used = 0;
	uintptr_t base, address = 0x1000u * (1 + take_byte(input) % 8) + take_byte(input);
	for (unsigned i = 1; i <= 8; i++) {
		take_string(input, name, sizeof(name));
		for (char *at = name; *at; at++) /* as the kernel writes it (proc(5)) */
			*at = *at == '\n' || (*at == ' ' && at == name) ? '_' : *at;
		used += (size_t)snprintf(text + used, sizeof(text) - used,
					 "%x-%x r-xp 00000000 08:01 %u %s%s\n", 0x1000 * i,
					 0x1000 * i + 0x800, i, "  /", name);
	}
	struct reader reader = {.fd = file_of((uint8_t *)text, used)};
	bool is_found = find_mapping(&reader, address, found, sizeof(found), &base);
	HOLDS(is_found == find_by_scanning(text, address, expected));
	HOLDS(!is_found || (strcmp(found, expected) == 0 && base <= address));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};
	struct reader reader = {.fd = file_of(data, size)};
	char name[192], line[256];
	uintptr_t base = 0;
	if (find_mapping(&reader, 0x7f0000001234, name, sizeof(name), &base)) {
		HOLDS(strlen(name) < sizeof(name));
		format(line, sizeof(line), name, base);
		HOLDS(strlen(line) < sizeof(line));
	}
	check_well_formed(&input);
	return 0;
}
