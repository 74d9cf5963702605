#include "tools/command/options.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/command/complain.h"
#include "tools/command/usage.h"

static const struct {
	const char *variable, *option, *standard, *takes;
} rows[SETTINGS_COUNT] = {
#define SETTING(id, variable, option, standard, form, takes, meaning)                              \
	[SETTING_##id] = {variable, "--" option, standard, takes},
#include "contract/settings.def"
};

static const char *const others[] = {"--live", "--relay", "--flight", "--help", "--version"};

enum { OTHERS = sizeof(others) / sizeof(others[0]) };

/* A line that is read: where it is, and what is known of it. */
struct line {
	enum command command;
	char **at;
	struct options options;
};

/* `name` is the option or variable as the user wrote it. */
static void require_fit(const char *name, enum setting setting, const char *value)
{
	if (!*value || !settings_fits(setting, value))
		fail(STATUS_FAILED, "%s: takes %s, not '%s'", name, rows[setting].takes, value);
}

static _Noreturn void refuse(const char *name)
{
	const char *names[SETTINGS_COUNT + OTHERS], *nearest;
	for (int i = 0; i < SETTINGS_COUNT; i++)
		names[i] = rows[i].option;
	memcpy(names + SETTINGS_COUNT, others, sizeof(others));
	nearest = usage_nearest(name, names, SETTINGS_COUNT + OTHERS);
	if (nearest)
		fail(STATUS_FAILED, "%s: no such option; did you mean %s?", name, nearest);
	fail(STATUS_FAILED, "%s: no such option; see bpguard --help", name);
}

static void only_record(const struct line *line, const char *name)
{
	if (line->command != COMMAND_RECORD)
		fail(STATUS_FAILED, "%s: an option of bpguard record", name);
}

static void set_setting(struct line *line, const char *name, const char *value)
{
	for (enum setting setting = 0; setting < SETTINGS_COUNT; setting++) {
		if (strcmp(name, rows[setting].option) != 0)
			continue;
		require_fit(name, setting, value);
		if (setenv(rows[setting].variable, value, 1) < 0)
			fail(STATUS_FAILED, "not enough memory");
		line->options.log_given |= setting == SETTING_log;
		return;
	}
	refuse(name);
}

/* A relay is HOST[:CTRLPORT[:DATAPORT]], or a URL as lttng-create(1) has it. */
static const char *relay_url(const char *value)
{
	bool blank = false;
	for (const char *at = value; *at; at++)
		blank |= isspace((unsigned char)*at) != 0;
	if (!blank && ((!strncmp(value, "net://", 6) && value[6]) ||
		       (!strncmp(value, "net6://", 7) && value[7])))
		return value;
	if (blank || !*value || *value == '-' || strstr(value, "://"))
		fail(STATUS_FAILED,
		     "--relay: takes HOST[:CTRLPORT[:DATAPORT]] or a net:// URL, not '%s'", value);
	return compose("%s://%s", *value == '[' ? "net6" : "net", value);
}

static void show_version(void)
{
	puts("bpguard " BPGUARD_VERSION);
	exit(fflush(stdout) == 0 ? 0 : STATUS_FAILED);
}

static void show_help(const struct line *line)
{
	if (line->options.named)
		usage_of(line->command, stdout);
	else
		usage_of_all(stdout);
	exit(fflush(stdout) == 0 ? 0 : STATUS_FAILED);
}

/* An option that takes no value; false where `name` is none. */
static bool set_flag(struct line *line, const char *name, const char *value)
{
	const bool is_live = !strcmp(name, "--live"), is_flight = !strcmp(name, "--flight");
	const bool is_help = !strcmp(name, "--help") || !strcmp(name, "-h");
	const bool is_version = !strcmp(name, "--version");
	if (!is_live && !is_flight && !is_help && !is_version)
		return false;
	if (is_live || is_flight)
		only_record(line, name);
	if (value)
		fail(STATUS_FAILED, "%s: takes no value", name);
	if (is_help)
		show_help(line);
	if (is_version)
		show_version();
	line->options.live |= is_live;
	line->options.flight |= is_flight;
	return true;
}

static void set_value(struct line *line, const char *name, const char *value)
{
	if (!strcmp(name, "--relay")) {
		only_record(line, name);
		line->options.relay = relay_url(value);
	} else if (!strcmp(name, "-o")) {
		only_record(line, name);
		if (!*value)
			fail(STATUS_FAILED, "-o: takes a directory");
		line->options.output = value;
	} else if (!strncmp(name, "--", 2)) {
		set_setting(line, name, value);
	} else {
		refuse(name);
	}
}

/* Takes an option and its value from the line; false where the options end. */
static bool take_option(struct line *line)
{
	const char *word = *line->at, *equals, *name;
	if (!word || *word != '-' || !word[1])
		return false;
	line->at++;
	if (!strcmp(word, "--"))
		return false;
	equals = !strncmp(word, "--", 2) ? strchr(word, '=') : NULL;
	name = equals ? compose("%.*s", (int)(equals - word), word) : word;
	if (set_flag(line, name, equals ? equals + 1 : NULL))
		return true;
	if (equals)
		set_value(line, name, equals + 1);
	else
		set_value(line, name, *line->at ? *line->at++ : "");
	return true;
}

/* Settings may come from outside; an empty one is none. */
static void check_environment(void)
{
	for (enum setting setting = 0; setting < SETTINGS_COUNT; setting++) {
		const char *value = getenv(rows[setting].variable);
		if (value && *value)
			require_fit(rows[setting].variable, setting, value);
		else
			unsetenv(rows[setting].variable);
	}
}

/* Puts the variables back that bpguard-odd has printed. The words of argv stay, and so does this.
 */
static void restore_odd(char *hex)
{
	char *variable = hex, *to = hex;
	for (; hex[0] && hex[1]; hex += 2) {
		const char digits[] = {hex[0], hex[1], '\0'};
		*to++ = (char)strtoul(digits, NULL, 16);
		if (to[-1])
			continue;
		if (strchr(variable, '='))
			putenv(variable);
		variable = to;
	}
}

struct options options_read(enum command command, char **argv)
{
	struct line line = {.command = command};
	if (!argv[0] || !argv[1] || !argv[2] || !argv[3])
		fail(STATUS_FAILED, "this program is started by bpguard; see bpguard --help");
	restore_odd(argv[1]);
	line.options.preload = argv[2];
	line.options.named = *argv[3] != '\0';
	line.at = argv + 4;
	if (!line.options.named && !*line.at) {
		usage_of_all(stderr);
		exit(STATUS_FAILED);
	}
	while (take_option(&line))
		;
	check_environment();
	line.options.program = line.at;
	return line.options;
}

const char *options_value(enum setting setting)
{
	const char *value = getenv(rows[setting].variable);
	return value && *value ? value : rows[setting].standard;
}
