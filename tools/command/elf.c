#include "tools/command/elf.h"

#include <elf.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* A file in memory. Offsets beyond its end read as 0. */
struct image {
	const unsigned char *bytes;
	size_t size;
	int class, order;
};

static bool map_file(const char *file, struct image *image)
{
	struct stat status;
	void *bytes = MAP_FAILED;
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return false;
	if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0)
		bytes = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	if (bytes == MAP_FAILED)
		return false;
	*image = (struct image){.bytes = bytes, .size = (size_t)status.st_size};
	return true;
}

static uint64_t number(const struct image *image, uint64_t offset, size_t width)
{
	uint64_t value = 0;
	if (offset > image->size || width > image->size - offset)
		return 0;
	for (size_t i = 0; i < width; i++) {
		size_t at = image->order == ELFDATA2MSB ? i : width - 1 - i;
		value = value << 8 | image->bytes[offset + at];
	}
	return value;
}

/* FIELD(image, offset, Ehdr, e_machine): a member of the struct of the file's class at `offset`. */
#define FIELD(image, offset, type, member)                                                         \
	((image)->class == ELFCLASS32 ? number(image, (offset) + offsetof(Elf32_##type, member),   \
					       sizeof(((Elf32_##type *)0)->member))                \
				      : number(image, (offset) + offsetof(Elf64_##type, member),   \
					       sizeof(((Elf64_##type *)0)->member)))

/* The offset of the next program header of `type`, from number `*index` on, which it moves behind
 * it; 0: there is none. */
static uint64_t next_header(const struct image *image, uint64_t type, uint64_t *index)
{
	uint64_t table = FIELD(image, 0, Ehdr, e_phoff);
	uint64_t size = FIELD(image, 0, Ehdr, e_phentsize);
	uint64_t count = FIELD(image, 0, Ehdr, e_phnum);
	while (*index < count) {
		uint64_t header = table + size * (*index)++;
		if (header < image->size && FIELD(image, header, Phdr, p_type) == type)
			return header;
	}
	return 0;
}

/* The bytes of a part of the file that end with a NUL within it, or NULL. */
static const char *string_at(const struct image *image, uint64_t offset, uint64_t size)
{
	if (offset >= image->size || size > image->size - offset || size == 0)
		return NULL;
	return memchr(image->bytes + offset, 0, (size_t)size) ? (const char *)image->bytes + offset
							      : NULL;
}

static const char *loader_of(const struct image *image)
{
	uint64_t index = 0, header = next_header(image, PT_INTERP, &index);
	return header ? string_at(image, FIELD(image, header, Phdr, p_offset),
				  FIELD(image, header, Phdr, p_filesz))
		      : NULL;
}

/* Where in the file lies what is loaded to `address`; 0: nowhere. */
static uint64_t offset_of(const struct image *image, uint64_t address)
{
	uint64_t header, index = 0;
	while ((header = next_header(image, PT_LOAD, &index))) {
		uint64_t start = FIELD(image, header, Phdr, p_vaddr);
		if (address >= start && address - start < FIELD(image, header, Phdr, p_filesz))
			return FIELD(image, header, Phdr, p_offset) + (address - start);
	}
	return 0;
}

/* The value of a tag in the dynamic section; 0: it has none. */
static uint64_t dynamic_value(const struct image *image, uint64_t tag)
{
	uint64_t index = 0, header = next_header(image, PT_DYNAMIC, &index);
	uint64_t entry = header ? FIELD(image, header, Phdr, p_offset) : image->size;
	uint64_t size = image->class == ELFCLASS32 ? sizeof(Elf32_Dyn) : sizeof(Elf64_Dyn);
	for (; entry < image->size; entry += size) {
		uint64_t read = FIELD(image, entry, Dyn, d_tag);
		if (read == tag)
			return FIELD(image, entry, Dyn, d_un.d_val);
		if (read == DT_NULL)
			break;
	}
	return 0;
}

/* Whether a part of the file holds the note that Go's linker writes: each is the sizes of name and
 * text, a type (4: the build id), and both of these filled up to words. */
static bool has_go_note(const struct image *image, uint64_t at, uint64_t size)
{
	enum { HEAD = 12, BUILD_ID = 4 };
	const uint64_t end = size <= image->size ? at + size : 0;
	while (at + HEAD < end && end <= image->size) {
		uint64_t name = number(image, at, 4), text = number(image, at + 4, 4);
		if (number(image, at + 8, 4) == BUILD_ID && name == sizeof("Go\0") &&
		    at + HEAD + name <= end &&
		    memcmp(image->bytes + at + HEAD, "Go\0", sizeof("Go\0")) == 0)
			return true;
		at += HEAD + ((name + 3) & ~UINT64_C(3)) + ((text + 3) & ~UINT64_C(3));
	}
	return false;
}

static bool has_go_notes(const struct image *image)
{
	uint64_t header, index = 0;
	while ((header = next_header(image, PT_NOTE, &index)))
		if (has_go_note(image, FIELD(image, header, Phdr, p_offset),
				FIELD(image, header, Phdr, p_filesz)))
			return true;
	return false;
}

/* The header of section `index`. */
static uint64_t section(const struct image *image, uint64_t index)
{
	return FIELD(image, 0, Ehdr, e_shoff) + index * FIELD(image, 0, Ehdr, e_shentsize);
}

static bool has_section(const struct image *image, const char *name)
{
	uint64_t count = FIELD(image, 0, Ehdr, e_shnum);
	uint64_t names = section(image, FIELD(image, 0, Ehdr, e_shstrndx));
	uint64_t begin = FIELD(image, names, Shdr, sh_offset);
	uint64_t size = FIELD(image, names, Shdr, sh_size);
	for (uint64_t index = 1; index < count; index++) {
		uint64_t at = FIELD(image, section(image, index), Shdr, sh_name);
		const char *own = at < size ? string_at(image, begin + at, size - at) : NULL;
		if (own && strcmp(own, name) == 0)
			return true;
	}
	return false;
}

static void read_names(const struct image *image, struct elf *elf)
{
	uint64_t offset = offset_of(image, dynamic_value(image, DT_STRTAB));
	uint64_t size = dynamic_value(image, DT_STRSZ);
	if (!offset || offset > image->size || size > image->size - offset)
		return;
	elf->names = (const char *)image->bytes + offset;
	elf->names_size = (size_t)size;
}

bool elf_read(const char *file, struct elf *elf)
{
	struct image image;
	if (!map_file(file, &image))
		return false;
	if (image.size < 20 || memcmp(image.bytes, ELFMAG, SELFMAG) != 0) {
		munmap((void *)image.bytes, image.size);
		return false;
	}
	image.class = image.bytes[EI_CLASS];
	image.order = image.bytes[EI_DATA];
	*elf = (struct elf){.class = image.class, .order = image.order};
	elf->machine = (int)FIELD(&image, 0, Ehdr, e_machine);
	elf->loader = loader_of(&image);
	elf->is_go = has_go_notes(&image) || has_section(&image, ".go.buildinfo") ||
		     has_section(&image, ".gopclntab");
	elf->needs_libraries = dynamic_value(&image, DT_NEEDED) != 0;
	read_names(&image, elf);
	return true;
}

bool elf_same_kind(const struct elf *program, const struct elf *library)
{
	return program->class == library->class && program->order == library->order &&
	       program->machine == library->machine;
}

static bool starts_with(const char *text, const char *start)
{
	return strncmp(text, start, strlen(start)) == 0;
}

const char *elf_libc_of_loader(const char *loader)
{
	const char *slash = strrchr(loader, '/'), *name = slash ? slash + 1 : loader;
	if (starts_with(name, "ld-musl-"))
		return "musl";
	if ((starts_with(name, "ld-linux") && strstr(name, ".so.")) || !strcmp(name, "ld.so.1") ||
	    !strcmp(name, "ld64.so.1") || !strcmp(name, "ld64.so.2"))
		return "glibc";
	return "another libc";
}

const char *elf_libc_of_library(const struct elf *library)
{
	/* musl's is called libc.so, or libc.musl-MACHINE.so.1. */
	return elf_names_hold(library, "libc.so.6") ? "glibc" : "musl";
}

bool elf_names_hold(const struct elf *elf, const char *text)
{
	return elf->names_size && memmem(elf->names, elf->names_size, text, strlen(text));
}

bool elf_has_asan(const struct elf *elf)
{
	return elf_names_hold(elf, "libasan.so") || elf_names_hold(elf, "libclang_rt.asan");
}
