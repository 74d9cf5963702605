/* The environment, read once by the constructor; read-only from then on. What there is to set, and
 * what each setting takes: contract/settings.def. */
#ifndef BPGUARD_SETTINGS_H
#define BPGUARD_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

enum protect { PROTECT_AUTO, PROTECT_CALLS, PROTECT_OBSERVE };
enum children { CHILDREN_PIPELINES, CHILDREN_ALL, CHILDREN_NONE };
enum log_to { LOG_OFF, LOG_STDERR, LOG_SYSLOG, LOG_JOURNAL, LOG_FILE };
enum runaway { RUNAWAY_WARN, RUNAWAY_THROTTLE, RUNAWAY_KILL, RUNAWAY_OFF };
enum ignored { IGNORED_LEAVE, IGNORED_WATCH };
enum argv { ARGV_PROGRAM, ARGV_ALL, ARGV_OFF };
enum lttng { LTTNG_OFF, LTTNG_ON };

/* Seconds and probes, as tcp(7); 0: the system's. `idle` 0: off. */
struct keepalive {
	int idle, interval, count;
};

struct settings {
	enum protect protect;
	enum children children;
	enum log_to log;
	const char *log_path; /* LOG_FILE: as given */
	enum lttng lttng;
	enum argv argv;
	enum ignored ignored;
	uint32_t rate; /* text records a second; 0: no limit */
	struct {
		enum runaway verdict;
		int64_t failures; /* in a row, until it is spoken */
	} runaway;
	struct keepalive keepalive;
	int user_timeout_ms; /* 0: off */
	bool without_rwf;    /* BPGUARD_TEST_NO_RWF: as on a kernel without RWF_NOSIGNAL */
	const char *root;    /* BPGUARD_ROOT, or NULL */
};

extern struct settings settings;

enum setting {
#define SETTING(id, variable, option, standard, form, takes, meaning) SETTING_##id,
#include "contract/settings.def"
	SETTINGS_COUNT,
};

/* Whether the setting takes `value`. Changes nothing. */
bool settings_fits(enum setting setting, const char *value);

/* A value that was not understood; its default is in force. A long value is cut. */
struct bad_setting {
	const char *variable, *takes;
	char value[64];
};

/* Reads the BPGUARD_ variables; in a set-user-ID program none (secure_getenv(3)). Fills `bad` and
 * returns how many values were bad. Not async-signal-safe. */
int settings_read(struct bad_setting bad[SETTINGS_COUNT]);

/* The settings in force, as name=value pairs. */
const char *settings_text(void);

#endif
