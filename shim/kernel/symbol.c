#include "kernel/symbol.h"

#include <elf.h>
#include <link.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "kernel/preloads.h"

/* What a module's dynamic section (elf(5)) leads to. */
struct module {
	uintptr_t base;
	const ElfW(Sym) * symbols;
	const char *names;
	const ElfW(Half) * versions; /* an entry for each symbol, or NULL */
	const uint32_t *gnu_hash;    /* NULL where there is only the other one */
	const uint32_t *hash;
};

struct search {
	const char *const *names;
	size_t count;
	void **found;
	void **strangers; /* NULL: every definition counts */
	size_t left;	  /* not found yet */
	bool begun;
};

bool symbol_module_holds(const struct dl_phdr_info *info, uintptr_t address)
{
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *part = &info->dlpi_phdr[i];
		if (part->p_type == PT_LOAD &&
		    address - info->dlpi_addr - part->p_vaddr < part->p_memsz)
			return true;
	}
	return false;
}

extern ElfW(Dyn) _DYNAMIC[] __attribute__((visibility("hidden")));

static const ElfW(Dyn) * dynamic_of(const struct dl_phdr_info *info)
{
	for (int i = 0; i < info->dlpi_phnum; i++)
		if (info->dlpi_phdr[i].p_type == PT_DYNAMIC)
			return (const ElfW(Dyn) *)(info->dlpi_addr + info->dlpi_phdr[i].p_vaddr);
	return NULL;
}

/* The loader has made addresses of most modules' offsets, not of all. */
static const void *place_of(const struct dl_phdr_info *info, uintptr_t value)
{
	return (const void *)(symbol_module_holds(info, value) ? value : info->dlpi_addr + value);
}

static struct module read_dynamic(const struct dl_phdr_info *info, const ElfW(Dyn) * entry)
{
	struct module module = {.base = info->dlpi_addr};
	for (; entry && entry->d_tag != DT_NULL; entry++) {
		uintptr_t value = entry->d_un.d_ptr;
		if (entry->d_tag == DT_SYMTAB)
			module.symbols = place_of(info, value);
		else if (entry->d_tag == DT_STRTAB)
			module.names = place_of(info, value);
		else if (entry->d_tag == DT_VERSYM)
			module.versions = place_of(info, value);
		else if (entry->d_tag == DT_GNU_HASH)
			module.gnu_hash = place_of(info, value);
		else if (entry->d_tag == DT_HASH)
			module.hash = place_of(info, value);
	}
	return module;
}

/* A function, and of several versions the one that a program would be linked to. None of those that
 * are asked for is chosen by the processor (STT_GNU_IFUNC). */
static bool is_definition(const struct module *module, uint32_t index, const char *name)
{
	enum { OLD_VERSION = 0x8000 };
	const ElfW(Sym) *symbol = &module->symbols[index];
	unsigned type = ELF64_ST_TYPE(symbol->st_info); /* the same in both */
	return symbol->st_shndx != SHN_UNDEF && (type == STT_FUNC || type == STT_NOTYPE) &&
	       !(module->versions && module->versions[index] & OLD_VERSION) &&
	       strcmp(module->names + symbol->st_name, name) == 0;
}

static uint32_t gnu_hash_of(const char *name)
{
	uint32_t hash = 5381;
	for (; *name; name++)
		hash = hash * 33 + (unsigned char)*name;
	return hash;
}

/* The table: how many buckets, the first symbol in it, how many words the filter has, a shift; the
 * filter, the buckets, and for each symbol its hash, whose lowest bit ends the bucket. */
static uint32_t find_by_gnu_hash(const struct module *module, const char *name)
{
	uint32_t count = module->gnu_hash[0], first = module->gnu_hash[1];
	size_t filter = module->gnu_hash[2] * (sizeof(ElfW(Addr)) / sizeof(uint32_t));
	const uint32_t *buckets = module->gnu_hash + 4 + filter, *hashes = buckets + count;
	uint32_t hash = gnu_hash_of(name), index = count ? buckets[hash % count] : 0;
	for (; index >= first && index; index++) {
		if ((hashes[index - first] | 1) == (hash | 1) && is_definition(module, index, name))
			return index;
		if (hashes[index - first] & 1)
			break;
	}
	return 0;
}

/* Few have no other: they are gone through. Behind the number of buckets stands that of symbols. */
static uint32_t find_by_name(const struct module *module, const char *name)
{
	for (uint32_t index = 1; module->hash && index < module->hash[1]; index++)
		if (is_definition(module, index, name))
			return index;
	return 0;
}

static void *find_in(const struct module *module, const char *name)
{
	uint32_t index =
	    module->gnu_hash ? find_by_gnu_hash(module, name) : find_by_name(module, name);
	return index ? (void *)(module->base + module->symbols[index].st_value) : NULL;
}

/* What libc defines, glibc's threads' library of before 2.34, and the sanitizers' runtimes, which
 * stand in for it. */
static bool is_libcs(const struct module *module)
{
	return find_in(module, "pthread_create") != NULL;
}

/* What a library that hooks libc's function asks for, to go on to that: a coroutine library's write
 * has libc's parameters. What a module asks for stands before the symbols that the table has. */
static bool is_hook(const struct module *module)
{
	uint32_t end = module->gnu_hash ? module->gnu_hash[1] : module->hash ? module->hash[1] : 0;
	for (uint32_t index = 1; index < end; index++) {
		const ElfW(Sym) *symbol = &module->symbols[index];
		const char *name = module->names + symbol->st_name;
		if (symbol->st_shndx == SHN_UNDEF &&
		    (strcmp(name, "dlsym") == 0 || strcmp(name, "dlvsym") == 0))
			return true;
	}
	return false;
}

static void search_name(struct search *search, size_t i, const struct module *module, bool libcs,
			const char *file)
{
	void *place = find_in(module, search->names[i]);
	if (!place)
		return;
	if (!libcs && !preloads_have(file) && !is_hook(module)) {
		if (!search->strangers[i])
			search->strangers[i] = place;
		return;
	}
	search->found[i] = place;
	search->left--;
}

static int search_module(struct dl_phdr_info *info, size_t size, void *data)
{
	struct search *search = data;
	const ElfW(Dyn) *dynamic = dynamic_of(info);
	struct module module;
	bool libcs;
	(void)size;
	if (dynamic == _DYNAMIC)
		search->begun = true;
	if (dynamic == _DYNAMIC || !search->begun)
		return 0;
	module = read_dynamic(info, dynamic);
	if (!module.symbols || !module.names)
		return 0;
	libcs = !search->strangers || is_libcs(&module);
	for (size_t i = 0; i < search->count; i++)
		if (!search->found[i])
			search_name(search, i, &module, libcs, info->dlpi_name);
	return search->left == 0;
}

void symbol_find_next(const char *const *names, size_t count, void **found, void **strangers)
{
	struct search search = {names, count, found, strangers, .left = count};
	memset(found, 0, count * sizeof(*found));
	memset(strangers, 0, count * sizeof(*strangers));
	dl_iterate_phdr(search_module, &search);
	/* Where we were loaded late, by dlopen(3), libc stands before us, and nothing is bound to
	 * us. */
	search.begun = true;
	search.strangers = NULL;
	if (search.left)
		dl_iterate_phdr(search_module, &search);
}

void *symbol_find(const char *name)
{
	void *found = NULL;
	struct search search = {&name, 1, &found, NULL, .left = 1, .begun = true};
	dl_iterate_phdr(search_module, &search);
	return found;
}
