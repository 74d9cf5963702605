#include "tools/command/library.h"

#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/command/complain.h"
#include "tools/command/program.h"
#include "tools/command/tracer.h"

/* The directory of the program that runs. */
static const char *own_directory(void)
{
	static char *directory;
	static char link[PATH_MAX];
	ssize_t length;
	if (directory)
		return directory;
	length = readlink("/proc/self/exe", link, sizeof(link) - 1);
	if (length <= 0)
		fail(STATUS_FAILED, "/proc: cannot be read; it must be mounted");
	link[length] = '\0';
	*strrchr(link, '/') = '\0';
	return directory = link;
}

const char *library_beside(const char *name)
{
	return compose("%s/%s", own_directory(), name);
}

/* PREFIX, where this program lies in PREFIX/libexec/bpguard; else its own directory, build/. */
static const char *base(void)
{
	static const char below[] = "/libexec/bpguard";
	const char *directory = own_directory();
	size_t length = strlen(directory), tail = sizeof(below) - 1;
	if (length < tail || strcmp(directory + length - tail, below) != 0)
		return directory;
	return compose("%.*s", (int)(length - tail), directory);
}

/* The first that is there; where none is, the one that ought to be. An installation may have been
 * moved, hence the Makefile's LIBDIR last. */
static const char *first_library(void)
{
	/* lib/ holds the 32-bit one where lib64/ is there. */
	const char *const files[] = {
	    compose("%s/libbpguard.so", base()), compose("%s/lib64/libbpguard.so", base()),
	    compose("%s/lib/libbpguard.so", base()), BPGUARD_LIBDIR "/libbpguard.so"};
	static const char *found;
	for (int i = 0; !found && i < 4; i++)
		if (access(files[i], F_OK) == 0)
			found = files[i];
	if (!found)
		found = compose("%s%s/libbpguard.so", base(),
				strcmp(base(), own_directory()) == 0 ? "" : "/lib");
	return found;
}

const char *library_require(void)
{
	const char *library = first_library();
	/* ld.so(8) cuts LD_PRELOAD there. */
	if (strpbrk(library, " :"))
		fail(STATUS_FAILED,
		     "%s: LD_PRELOAD cannot name a path with a blank or a colon in it", library);
	if (access(library, R_OK) < 0)
		fail(STATUS_FAILED, "%s: not there; run make, or make install", library);
	return library;
}

static bool is_for(const char *library, const struct elf *program)
{
	struct elf read;
	return access(library, R_OK) == 0 && elf_read(library, &read) &&
	       elf_same_kind(program, &read);
}

/* The libraries in the directories that ld.so's $LIB may lead to: Debian's, and others'. */
static const glob_t *by_word_size(void)
{
	static glob_t found;
	static bool searched;
	if (searched)
		return &found;
	searched = true;
	glob(compose("%s/lib/*-linux-gnu*/libbpguard.so", base()), 0, NULL, &found);
	glob(compose("%s/lib32/libbpguard.so", base()), GLOB_APPEND, NULL, &found);
	glob(compose("%s/lib64/libbpguard.so", base()), GLOB_APPEND, NULL, &found);
	return &found;
}

const char *library_for(const struct elf *program)
{
	const glob_t *more = by_word_size();
	const char *last = compose("%s/lib/libbpguard.so", base());
	if (is_for(first_library(), program))
		return first_library();
	for (size_t i = 0; i < more->gl_pathc; i++)
		if (is_for(more->gl_pathv[i], program))
			return more->gl_pathv[i];
	return is_for(last, program) ? last : NULL;
}

/* Whether `path`, with a $LIB in it, is loaded into `file`: its loader is asked and runs nothing.
 */
static bool leads_to_library(const char *path, const char *file, const char *loader)
{
	char *words[] = {(char *)loader, "--list", (char *)file, NULL};
	char *variables[] = {compose("LD_PRELOAD=%s", path), NULL};
	const char *said = tracer_ask(words, variables);
	return strstr(said, "/libbpguard.so") && !strstr(said, "cannot be preloaded");
}

/* The library for `file`: where there are those of two word sizes, by a path with $LIB in it if
 * ld.so can so choose for each program that `file` will execute. */
static const char *choose(const char *file, const char **provider)
{
	const char *library = first_library(), *executed, *both;
	struct elf elf;
	if (by_word_size()->gl_pathc && program_executed(file, &executed, &elf) &&
	    library_for(&elf))
		library = library_for(&elf);
	*provider =
	    compose("%.*s/libbpguard-lttng.so", (int)(strrchr(library, '/') - library), library);
	if (!by_word_size()->gl_pathc || !program_executed(file, &executed, &elf) || !elf.loader)
		return library;
	both = compose("%s/$LIB/libbpguard.so", base());
	return leads_to_library(both, executed, elf.loader) ? both : library;
}

static const char *name_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

/* Whether `item` is one of a list by colons. */
static bool listed(const char *list, const char *item)
{
	return strstr(compose(":%s:", list), compose(":%s:", item)) != NULL;
}

/* `ours` in front, then what was preloaded before, nothing twice. */
static char *joined(const char *ours, const char *before)
{
	char *list = compose("%s", ours), *rest = compose("%s", before), *item;
	while ((item = strsep(&rest, " :"))) {
		const char *name = name_of(item);
		if (!*name || !strcmp(name, "libbpguard.so") || listed(list, item) ||
		    listed(list, name))
			continue;
		list = compose("%s:%s", list, item);
	}
	return list;
}

const char *library_preload(const char *file, const char *before, bool *traced)
{
	const char *provider, *ours = choose(file, &provider);
	*traced = tracer_wanted(provider);
	if (*traced)
		ours = compose("%s:%s", ours, TRACER_LIBRARIES);
	return joined(ours, before);
}

const char *library_no_tracer(void)
{
	const char *provider;
	choose("/bin/sh", &provider);
	return tracer_missing(provider);
}
