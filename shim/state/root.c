#include "state/root.h"

#include <fcntl.h>
#include <stdint.h>
#include <string.h>

#include "base/raw.h"
#include "base/text.h"
#include "state/settings.h"

static const char variable[] = "BPGUARD_ROOT=";

/* Of this tree, as an assignment; empty before root_start(). */
static char mark[64];

/* What /proc says of this process; -1 where it does not. */
struct origin {
	int64_t parent, begun; /* pid; start time in clock ticks after boot */
};

static long open_file(const char *path)
{
	return RAW4(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
}

/* The field that many blanks behind the name. */
static int64_t field_of(const char *at, int blanks)
{
	while (at && blanks--)
		at = strchr(at + 1, ' ');
	return at ? text_parse(at + 1, &at) : -1;
}

/* proc(5): fields 4 and 22 of stat; the second, the name in parentheses, may itself hold both
 * blanks and parentheses. The parent's pid is as whoever mounted /proc counts, as is /proc's own
 * names. */
static struct origin read_origin(void)
{
	enum { PARENT = 2, BEGUN = 20 };
	char stat[512];
	const char *name_end;
	long file = open_file("/proc/self/stat"), length;
	if (file < 0)
		return (struct origin){-1, -1};
	length = RAW3(SYS_read, file, stat, sizeof(stat) - 1);
	RAW1(SYS_close, file);
	stat[length > 0 ? length : 0] = '\0';
	name_end = strrchr(stat, ')');
	return (struct origin){field_of(name_end, PARENT), field_of(name_end, BEGUN)};
}

/* Whether BPGUARD_ROOT, pid:start time, names this process. */
static bool is_named(const struct origin *origin)
{
	const char *at = settings.root;
	int64_t pid = text_parse(at, &at);
	return pid == RAW0(SYS_getpid) && *at == ':' && text_parse(at + 1, &at) == origin->begun;
}

/* Whether a process's maps (proc(5)) name the shim. A name may lie across two reads. */
static bool is_shim_in(long maps)
{
	static const char name[] = "/libbpguard.so";
	enum { KEPT = sizeof(name) - 2, MOST_READS = 256 };
	static char part[KEPT + 4096]; /* too large for a stack; used once, at start */
	long length;
	memset(part, 0, KEPT);
	for (int i = 0; i < MOST_READS; i++) {
		length = RAW3(SYS_read, maps, part + KEPT, sizeof(part) - KEPT);
		if (length <= 0)
			return false;
		if (memmem(part, KEPT + (size_t)length, name, sizeof(name) - 1))
			return true;
		memmove(part, part + length, KEPT);
	}
	return false;
}

static bool is_parent_guarded(const struct origin *origin)
{
	char path[32];
	struct text text = text_in(path, sizeof(path));
	bool found;
	long maps;
	if (origin->parent <= 0)
		return false;
	text_string(&text, "/proc/");
	text_number(&text, origin->parent);
	text_string(&text, "/maps");
	text_end(&text);
	maps = open_file(path);
	if (maps < 0)
		return false;
	found = is_shim_in(maps);
	RAW1(SYS_close, maps);
	return found;
}

/* Below a parent that is guarded the root is not known: nobody's name will do. */
static void make_mark(const struct origin *origin, bool is_root)
{
	struct text text = text_in(mark, sizeof(mark));
	text_string(&text, variable);
	if (settings.root) {
		text_string(&text, settings.root);
	} else {
		text_number(&text, is_root ? RAW0(SYS_getpid) : 0);
		text_char(&text, ':');
		text_number(&text, is_root ? origin->begun : 0);
	}
	text_end(&text);
}

bool root_start(void)
{
	struct origin origin = read_origin();
	bool is_root = settings.root ? is_named(&origin) : !is_parent_guarded(&origin);
	make_mark(&origin, is_root);
	return is_root;
}

static bool begins(const char *string, const char *with, size_t length)
{
	return strncmp(string, with, length) == 0;
}

bool root_can_read(char *const *environment)
{
	for (; raw_is_readable(environment); environment++) {
		if (!*environment)
			return true;
		if (!raw_is_readable(*environment))
			break;
	}
	return false;
}

size_t root_room(char *const *environment)
{
	static const char preload[] = "LD_PRELOAD=";
	enum { MOST = 250 }; /* 2 KiB of the caller's stack */
	bool is_guarded = false;
	size_t count = 0;
	if (!environment || !mark[0] || !root_can_read(environment))
		return 1;
	for (; environment[count]; count++) {
		if (count == MOST || begins(environment[count], variable, sizeof(variable) - 1))
			return 1;
		is_guarded |= begins(environment[count], preload, sizeof(preload) - 1);
	}
	return is_guarded ? count + 2 : 1;
}

char *const *root_mark(char *const *environment, char **room, size_t size)
{
	size_t count = 0;
	if (size < 2)
		return environment;
	for (; environment[count]; count++) {
		if (count + 2 >= size)
			return environment;
		room[count] = environment[count];
	}
	room[count] = mark;
	room[count + 1] = NULL;
	return room;
}
