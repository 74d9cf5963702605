#include "find/places.h"
#include "read/memory.h"

#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

/* --- modules of a process, by address --- */

struct index {
	const struct tally *tally;
	uint32_t *id; /* of tally's mappings, by host and process */
};

static int compare_numbers(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

static int compare_owner(const struct mapping *mapping, uint32_t host, int64_t pid)
{
	int order = compare_numbers(mapping->host, host);
	return order ? order : compare_numbers(mapping->pid, pid);
}

static int compare_mappings(const void *left, const void *right, void *tally)
{
	const struct table *mappings = &((const struct tally *)tally)->mappings;
	const struct mapping *a = table_value(mappings, *(const uint32_t *)left);
	const struct mapping *b = table_value(mappings, *(const uint32_t *)right);
	int order = compare_owner(a, b->host, b->pid);
	return order ? order : compare_numbers((int64_t)a->base, (int64_t)b->base);
}

static struct index make_index(const struct tally *tally)
{
	struct index index = {tally, must_grow(NULL, tally->mappings.count * sizeof(uint32_t))};
	for (uint32_t i = 0; i < tally->mappings.count; i++)
		index.id[i] = i;
	qsort_r(index.id, tally->mappings.count, sizeof(*index.id), compare_mappings,
		(void *)tally);
	return index;
}

static const struct mapping *mapping_at(const struct index *index, uint32_t at)
{
	return table_value(&index->tally->mappings, index->id[at]);
}

static uint32_t first_of_owner(const struct index *index, uint32_t host, int64_t pid)
{
	uint32_t low = 0, high = index->tally->mappings.count;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		if (compare_owner(mapping_at(index, middle), host, pid) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* A process that executed another program had modules of both. Where two hold the address, the one
 * that the record's own program file is decides; else nothing does. */
static const struct mapping *find_mapping(const struct index *index, const struct place *place,
					  uint32_t exe)
{
	const struct mapping *found = NULL;
	uint32_t count = index->tally->mappings.count;
	bool several = false;
	for (uint32_t at = first_of_owner(index, place->host, place->pid); at < count; at++) {
		const struct mapping *mapping = mapping_at(index, at);
		if (compare_owner(mapping, place->host, place->pid) != 0)
			break;
		if (place->ip - mapping->base >= mapping->size)
			continue;
		if (mapping->path == exe)
			return mapping;
		several = found && found->path != mapping->path;
		found = mapping;
	}
	return several ? NULL : found;
}

/* --- spots --- */

static bool is_this_machine(const struct tally *tally, uint32_t host)
{
	struct utsname name;
	const char *its = table_text(&tally->hosts, host);
	return !*its || (uname(&name) == 0 && strcmp(its, name.nodename) == 0);
}

/* The loader knows a library by the name it was asked for, the tracer by its file's. */
static uint32_t module_id(struct places *places, const char *path, bool is_local)
{
	char file[PATH_MAX];
	if (is_local && *path == '/' && realpath(path, file))
		path = file;
	return table_put_text(&places->modules, path);
}

/* module+0xoffset. */
static void split(struct places *places, const char *caller, struct spot *spot)
{
	char module[PATH_MAX];
	const char *plus = strrchr(caller, '+');
	if (!plus || strncmp(plus, "+0x", 3) != 0)
		return;
	snprintf(module, sizeof(module), "%.*s", (int)(plus - caller), caller);
	spot->module_id = module_id(places, module, spot->is_local);
	spot->offset = strtoull(plus + 1, NULL, 16);
}

static void locate(struct places *places, const struct index *index, const struct place *place,
		   struct spot *spot)
{
	const struct tally *tally = index->tally;
	const struct program *program = table_value(&tally->programs, place->program);
	const struct mapping *mapping;
	if (place->caller != NOBODY) {
		split(places, table_text(&tally->names, place->caller), spot);
		return;
	}
	mapping = place->ip ? find_mapping(index, place, program->name) : NULL;
	if (!mapping)
		return;
	spot->module_id =
	    module_id(places, table_text(&tally->names, mapping->path), spot->is_local);
	spot->offset = mapping->is_fixed ? place->ip : place->ip - mapping->base;
}

static void add(struct spot *to, const struct place *place)
{
	to->failures += place->failures;
	for (int i = 0; i < CAUSE_COUNT; i++)
		to->by_cause[i] += place->by_cause[i];
	if (place->longest_streak > to->longest_streak)
		to->longest_streak = place->longest_streak;
}

static void add_place(struct places *places, const struct index *index, const struct place *place)
{
	struct {
		uint64_t program, call, module, offset;
	} key;
	struct spot spot = {.program = place->program}, *stored;
	bool fresh;
	spot.is_local = is_this_machine(index->tally, place->host);
	spot.call = table_text(&index->tally->names, place->call);
	locate(places, index, place, &spot);
	key.program = place->program, key.call = place->call;
	key.module = spot.module_id, key.offset = spot.offset;
	stored = table_value(&places->spots, table_put(&places->spots, &key, sizeof(key), &fresh));
	if (fresh)
		*stored = spot;
	add(stored, place);
}

void places_make(struct places *places, const struct tally *tally)
{
	struct index index = make_index(tally);
	places->modules = table_of(0);
	places->spots = table_of(sizeof(struct spot));
	table_put_text(&places->modules, ""); /* 0: not known */
	for (uint32_t i = 0; i < tally->places.count; i++)
		add_place(places, &index, table_value(&tally->places, i));
	for (uint32_t i = 0; i < places->spots.count; i++) {
		struct spot *spot = table_value(&places->spots, i);
		spot->module = table_text(&places->modules, spot->module_id);
	}
	free(index.id);
}

void places_free(struct places *places)
{
	for (uint32_t i = 0; i < places->spots.count; i++) {
		struct spot *spot = table_value(&places->spots, i);
		free(spot->function);
		free(spot->source);
	}
	table_free(&places->spots);
	table_free(&places->modules);
}

/* --- function and source line --- */

/* Without a shell, whatever the module's name; without debuginfod, which would ask the network. */
static FILE *run_addr2line(const char *module, const char *offset, pid_t *pid)
{
	char *const args[] = {
	    "addr2line", "-f", "-C", "-e", (char *)(uintptr_t)module, (char *)(uintptr_t)offset,
	    NULL};
	char *const environment[] = {"LC_ALL=C", NULL};
	posix_spawn_file_actions_t actions;
	int ends[2], failed;
	if (pipe2(ends, O_CLOEXEC) != 0)
		return NULL;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
	posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	failed = posix_spawnp(pid, args[0], &actions, NULL, args, environment);
	posix_spawn_file_actions_destroy(&actions);
	close(ends[1]);
	if (!failed)
		return fdopen(ends[0], "r");
	close(ends[0]);
	return NULL;
}

/* A line without its end, or null for one that begins with "?". */
static char *read_answer(FILE *from)
{
	char line[2048];
	if (!fgets(line, sizeof(line), from))
		return NULL;
	line[strcspn(line, "\n")] = 0;
	return *line == '?' || !*line ? NULL : strdup(line);
}

static bool is_unchanged(const char *module, int64_t since_ns)
{
	struct stat status;
	return *module == '/' && stat(module, &status) == 0 && S_ISREG(status.st_mode) &&
	       status.st_mtim.tv_sec <= since_ns / 1000000000;
}

void places_name(struct spot *spot, const struct tally *tally)
{
	/* A call returns to what is behind it. */
	uint64_t address = spot->offset - (strcmp(spot->call, "raw") != 0);
	char offset[32];
	FILE *answer;
	pid_t pid;
	if (!spot->is_local || !is_unchanged(spot->module, tally->last_ns))
		return;
	snprintf(offset, sizeof(offset), "0x%llx", (unsigned long long)address);
	answer = run_addr2line(spot->module, offset, &pid);
	if (!answer)
		return;
	spot->function = read_answer(answer);
	spot->source = read_answer(answer);
	fclose(answer);
	waitpid(pid, NULL, 0);
}
