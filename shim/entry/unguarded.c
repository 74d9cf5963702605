#include "entry/unguarded.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/raw.h"
#include "base/text.h"
#include "outlets/emit.h"
#include "state/lineage.h"
#include "state/root.h"
#include "state/settings.h"

static const char library[] = "libbpguard.so";
static bool by_variable;
static bool noted, waiting;
static char program[128];

void unguarded_start(void)
{
	const char *list = getenv("LD_PRELOAD");
	by_variable = list && strstr(list, library) && settings.children != CHILDREN_NONE;
}

/* One that cannot be read executes nothing. */
static bool is_guarding(char *const *environment)
{
	static const char preload[] = "LD_PRELOAD=";
	if (environment && !root_can_read(environment))
		return true;
	for (; environment && *environment; environment++)
		if (strncmp(*environment, preload, sizeof(preload) - 1) == 0 &&
		    strstr(*environment, library))
			return true;
	return false;
}

/* A pointer that leads nowhere is for the kernel to refuse. */
static void keep_name(const char *path)
{
	struct text text = text_in(program, sizeof(program));
	text_string(&text, path && raw_is_readable(path) ? path : "a program");
	text_end(&text);
}

/* A shell goes through PATH by trying: what is not there is not executed. */
static bool is_missing(const char *path)
{
	struct stat64 file;
	return path && raw_is_readable(path) && strchr(path, '/') &&
	       raw_stat(path, &file, 0) == -ENOENT;
}

void unguarded_note(const char *path, char *const *environment)
{
	if (!by_variable || is_guarding(environment) || is_missing(path) ||
	    __atomic_exchange_n(&noted, true, __ATOMIC_ACQ_REL))
		return;
	keep_name(path);
	__atomic_store_n(&waiting, true, __ATOMIC_RELEASE);
	unguarded_tell();
}

static void describe(struct record *record, const void *nothing)
{
	(void)nothing;
	record->setting = "LD_PRELOAD";
	record->value = program;
	record->takes =
	    "executed with an environment without LD_PRELOAD: it runs unguarded, and so does what "
	    "it starts";
}

void unguarded_tell(void)
{
	int error;
	if (!__atomic_load_n(&waiting, __ATOMIC_ACQUIRE) || !emit_is_on() || raw_filtered ||
	    !lineage_claim_memory())
		return;
	error = errno;
	if (__atomic_exchange_n(&waiting, false, __ATOMIC_ACQ_REL))
		emit_event(EVENT_SETTING, describe, NULL);
	errno = error;
}
