#include "state/settings.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

struct settings settings = {.rate = 100, .runaway = {RUNAWAY_WARN, 1000}};

/* The index of `value` in `words`, or -1. */
static int word_index(const char *value, const char *const *words)
{
	for (int i = 0; words[i]; i++)
		if (strcmp(value, words[i]) == 0)
			return i;
	return -1;
}

static bool read_protect(struct settings *into, const char *value)
{
	static const char *const words[] = {"auto", "calls", "observe", NULL};
	int index = word_index(value, words);
	if (index >= 0)
		into->protect = (enum protect)index;
	return index >= 0;
}

static bool read_children(struct settings *into, const char *value)
{
	static const char *const words[] = {"pipelines", "all", "none", NULL};
	int index = word_index(value, words);
	if (index >= 0)
		into->children = (enum children)index;
	return index >= 0;
}

static bool read_log(struct settings *into, const char *value)
{
	static const char *const words[] = {"off", "stderr", "syslog", "journal", NULL};
	int index = strcmp(value, "/dev/stderr") == 0 ? LOG_STDERR : word_index(value, words);
	into->log = index >= 0 ? (enum log_to)index : LOG_FILE;
	into->log_path = value;
	return true;
}

static bool read_lttng(struct settings *into, const char *value)
{
	static const char *const words[] = {"off", "on", NULL};
	int index = word_index(value, words);
	if (index >= 0)
		into->lttng = (enum lttng)index;
	return index >= 0;
}

static bool read_argv(struct settings *into, const char *value)
{
	static const char *const words[] = {"program", "all", "off", NULL};
	int index = word_index(value, words);
	if (index >= 0)
		into->argv = (enum argv)index;
	return index >= 0;
}

static bool read_ignored(struct settings *into, const char *value)
{
	static const char *const words[] = {"leave", "watch", NULL};
	int index = word_index(value, words);
	if (index >= 0)
		into->ignored = (enum ignored)index;
	return index >= 0;
}

static bool read_rate(struct settings *into, const char *value)
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
	into->rate = rate;
	return true;
}

/* A decimal number from 1 to `most` at `*at`, which it moves behind it; 0 where there is none. */
static int read_count(const char **at, int64_t most)
{
	int64_t value = text_parse(*at, at);
	return value >= 1 && value <= most ? (int)value : 0;
}

/* What a program that never looks at errors meets, and after how many failures in a row. */
static bool read_runaway(struct settings *into, const char *value)
{
	static const char *const words[] = {
	    [RUNAWAY_WARN] = "warn:", [RUNAWAY_THROTTLE] = "throttle:", [RUNAWAY_KILL] = "kill:"};
	if (strcmp(value, "off") == 0) {
		into->runaway.verdict = RUNAWAY_OFF;
		return true;
	}
	for (int verdict = RUNAWAY_WARN; verdict <= RUNAWAY_KILL; verdict++) {
		size_t length = strlen(words[verdict]);
		const char *at = value + length;
		int failures;
		if (strncmp(value, words[verdict], length) != 0)
			continue;
		failures = read_count(&at, INT32_MAX);
		if (!failures || *at)
			return false;
		into->runaway.verdict = (enum runaway)verdict;
		into->runaway.failures = failures;
		return true;
	}
	return false;
}

/* IDLE[,INTERVAL[,COUNT]], within what tcp(7) takes. */
static bool read_keepalive(struct settings *into, const char *value)
{
	enum { MOST_SECONDS = 32767, MOST_PROBES = 127 };
	struct keepalive read = {0};
	const char *at = value;
	if (strcmp(value, "off") == 0)
		return true;
	read.idle = read_count(&at, MOST_SECONDS);
	if (!read.idle)
		return false;
	if (*at == ',' && !(at++, read.interval = read_count(&at, MOST_SECONDS)))
		return false;
	if (read.interval && *at == ',' && !(at++, read.count = read_count(&at, MOST_PROBES)))
		return false;
	if (*at)
		return false;
	into->keepalive = read;
	return true;
}

static bool read_user_timeout(struct settings *into, const char *value)
{
	const char *at = value;
	int read;
	if (strcmp(value, "off") == 0)
		return true;
	read = read_count(&at, INT32_MAX);
	if (!read || *at)
		return false;
	into->user_timeout_ms = read;
	return true;
}

static const struct {
	const char *variable, *option, *standard, *takes;
	bool (*read)(struct settings *into, const char *value);
} rows[SETTINGS_COUNT] = {
#define SETTING(id, variable, option, standard, form, takes, meaning)                              \
	[SETTING_##id] = {variable, option, standard, takes, read_##id},
#include "contract/settings.def"
};

bool settings_fits(enum setting setting, const char *value)
{
	struct settings tried;
	return rows[setting].read(&tried, value);
}

static char in_force[512];

static void note_bad(struct bad_setting *bad, enum setting setting, const char *value)
{
	struct text copy = text_in(bad->value, sizeof(bad->value));
	text_string(&copy, value);
	text_end(&copy);
	bad->variable = rows[setting].variable;
	bad->takes = rows[setting].takes;
}

static void tell_in_force(struct text *text, enum setting setting, const char *value)
{
	text_string(text, text->at == in_force ? "" : " ");
	text_string(text, rows[setting].option);
	text_char(text, '=');
	text_string(text, value ? value : rows[setting].standard);
}

/* What the variable holds; an empty one counts as none. */
static const char *value_of(enum setting setting)
{
	const char *value = secure_getenv(rows[setting].variable);
	return value && *value ? value : NULL;
}

int settings_read(struct bad_setting bad[SETTINGS_COUNT])
{
	struct text text = text_in(in_force, sizeof(in_force));
	int count = 0;
	for (enum setting setting = 0; setting < SETTINGS_COUNT; setting++) {
		const char *value = value_of(setting);
		if (value && !rows[setting].read(&settings, value)) {
			note_bad(&bad[count++], setting, value);
			value = NULL;
		}
		tell_in_force(&text, setting, value);
	}
	text_end(&text);
	settings.without_rwf = secure_getenv("BPGUARD_TEST_NO_RWF") != NULL;
	settings.root = secure_getenv("BPGUARD_ROOT");
	return count;
}

const char *settings_text(void)
{
	return in_force;
}
