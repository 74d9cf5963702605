#include "settings.h"

#include <stdlib.h>
#include <string.h>

#include "text.h"

struct settings settings = {.rate = 100, .runaway = {RUNAWAY_WARN, 1000}};

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
	int index = strcmp(value, "/dev/stderr") == 0 ? LOG_STDERR : word_index(value, words);
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

/* A decimal number from 1 to `most` at `*at`, which it moves behind it; 0 where there is none. */
static int read_count(const char **at, int64_t most)
{
	int64_t value = text_parse(*at, at);
	return value >= 1 && value <= most ? (int)value : 0;
}

/* What a program that never looks at errors meets, and after how many failures in a row. */
static bool read_runaway(const char *value)
{
	static const char *const words[] = {
	    [RUNAWAY_WARN] = "warn:", [RUNAWAY_THROTTLE] = "throttle:", [RUNAWAY_KILL] = "kill:"};
	if (strcmp(value, "off") == 0) {
		settings.runaway.verdict = RUNAWAY_OFF;
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
		settings.runaway.verdict = (enum runaway)verdict;
		settings.runaway.failures = failures;
		return true;
	}
	return false;
}

/* IDLE[,INTERVAL[,COUNT]], within what tcp(7) takes. */
static bool read_keepalive(const char *value)
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
	settings.keepalive = read;
	return true;
}

static bool read_user_timeout(const char *value)
{
	const char *at = value;
	int read;
	if (strcmp(value, "off") == 0)
		return true;
	read = read_count(&at, INT32_MAX);
	if (!read || *at)
		return false;
	settings.user_timeout_ms = read;
	return true;
}

static char in_force[512];

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
		const char *variable, *name, *standard;
		bool (*read)(const char *value);
		const char *takes;
	} rows[SETTINGS_COUNT] = {
	    {"BPGUARD_PROTECT", "protect", "auto", read_protect, "auto, calls or observe"},
	    {"BPGUARD_CHILDREN", "children", "pipelines", read_children, "pipelines, all or none"},
	    {"BPGUARD_LOG", "log", "off", read_log,
	     "off, stderr, syslog, journal or a file's path"},
	    {"BPGUARD_LTTNG", "lttng", "auto", read_lttng, "auto, on or off"},
	    {"BPGUARD_RATE", "rate", "100", read_rate, "records a second, 0 to 1000000"},
	    {"BPGUARD_RUNAWAY", "runaway", "warn:1000", read_runaway,
	     "off, warn:N, throttle:N or kill:N, N from 1"},
	    {"BPGUARD_KEEPALIVE", "keepalive", "off", read_keepalive,
	     "off or IDLE[,INTERVAL[,COUNT]] in seconds"},
	    {"BPGUARD_USER_TIMEOUT", "user-timeout", "off", read_user_timeout,
	     "off or milliseconds"},
	};
	struct text text = text_in(in_force, sizeof(in_force));
	int count = 0;
	for (int i = 0; i < SETTINGS_COUNT; i++) {
		const char *value = secure_getenv(rows[i].variable);
		if (value && *value && !rows[i].read(value)) {
			note_bad(&bad[count++], rows[i].variable, value, rows[i].takes);
			value = NULL;
		}
		text_string(&text, i ? " " : "");
		text_string(&text, rows[i].name);
		text_char(&text, '=');
		text_string(&text, value && *value ? value : rows[i].standard);
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
