#include "settings.h"

#include <stdlib.h>
#include <string.h>

#include "text.h"

struct settings settings = {.rate = 100};

/* The index of `value` in `words`, or -1. */
static int word_index(const char *value, const char *const *words)
{
	for (int i = 0; words[i]; i++)
		if (strcmp(value, words[i]) == 0)
			return i;
	return -1;
}

static bool read_protect(const char *value)
{
	static const char *const words[] = {"auto", "calls", "observe", NULL};
	int index = word_index(value, words);
	if (index >= 0)
		settings.protect = (enum protect)index;
	return index >= 0;
}

static bool read_children(const char *value)
{
	static const char *const words[] = {"pipelines", "all", "none", NULL};
	int index = word_index(value, words);
	if (index >= 0)
		settings.children = (enum children)index;
	return index >= 0;
}

static bool read_log(const char *value)
{
	static const char *const words[] = {"off", "stderr", "syslog", "journal", NULL};
	int index = word_index(value, words);
	settings.log = index >= 0 ? (enum log_to)index : LOG_FILE;
	settings.log_path = value;
	return true;
}

static bool read_lttng(const char *value)
{
	static const char *const words[] = {"auto", "on", "off", NULL};
	int index = word_index(value, words);
	if (index >= 0)
		settings.lttng = (enum lttng)index;
	return index >= 0;
}

static bool read_rate(const char *value)
{
	enum { MOST = 1000000 };
	uint32_t rate = 0;
	for (const char *digit = value; *digit; digit++) {
		if (*digit < '0' || *digit > '9' || rate > MOST)
			return false;
		rate = rate * 10 + (uint32_t)(*digit - '0');
	}
	if (rate > MOST)
		return false;
	settings.rate = rate;
	return true;
}

static void note_bad(struct bad_setting *bad, const char *variable, const char *value,
		     const char *takes)
{
	struct text copy = text_in(bad->value, sizeof(bad->value));
	text_string(&copy, value);
	text_end(&copy);
	bad->variable = variable;
	bad->takes = takes;
}

int settings_read(struct bad_setting bad[SETTINGS_COUNT])
{
	static const struct {
		const char *variable;
		bool (*read)(const char *value);
		const char *takes;
	} rows[SETTINGS_COUNT] = {
	    {"BPGUARD_PROTECT", read_protect, "auto, calls or observe"},
	    {"BPGUARD_CHILDREN", read_children, "pipelines, all or none"},
	    {"BPGUARD_LOG", read_log, "off, stderr, syslog, journal or a file's path"},
	    {"BPGUARD_LTTNG", read_lttng, "auto, on or off"},
	    {"BPGUARD_RATE", read_rate, "records a second, 0 to 1000000"},
	};
	int count = 0;
	for (int i = 0; i < SETTINGS_COUNT; i++) {
		const char *value = secure_getenv(rows[i].variable);
		if (value && *value && !rows[i].read(value))
			note_bad(&bad[count++], rows[i].variable, value, rows[i].takes);
	}
	settings.without_rwf = secure_getenv("BPGUARD_TEST_NO_RWF") != NULL;
	settings.root = secure_getenv("BPGUARD_ROOT");
	return count;
}
