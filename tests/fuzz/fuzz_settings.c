/* Every variable set to anything: what is in force is always something that the shim can do, and a
 * value that is refused leaves its default. */
#include "../../shim/state/settings.c"

#include "input.h"

static const char *const variables[] = {
    "BPGUARD_PROTECT",	 "BPGUARD_CHILDREN",	 "BPGUARD_LOG",	    "BPGUARD_LTTNG",
    "BPGUARD_RATE",	 "BPGUARD_ARGV",	 "BPGUARD_IGNORED", "BPGUARD_RUNAWAY",
    "BPGUARD_KEEPALIVE", "BPGUARD_USER_TIMEOUT", "BPGUARD_ROOT",    "LISTEN_FDS",
};
enum { VARIABLES = sizeof(variables) / sizeof(*variables) };

static void set_all(struct input *input)
{
	static char value[VARIABLES][512];
	for (int i = 0; i < VARIABLES; i++) {
		take_string(input, value[i], sizeof(value[i]));
		if (*value[i] == '-') /* unset, not empty */
			unsetenv(variables[i]);
		else
			setenv(variables[i], value[i], 1);
	}
}

static bool was_refused(const struct bad_setting *bad, int count, const char *variable)
{
	for (int i = 0; i < count; i++)
		if (strcmp(bad[i].variable, variable) == 0)
			return true;
	return false;
}

static void check_values(void)
{
	HOLDS((unsigned)settings.protect <= PROTECT_OBSERVE);
	HOLDS((unsigned)settings.children <= CHILDREN_NONE);
	HOLDS((unsigned)settings.log <= LOG_FILE);
	HOLDS(settings.log != LOG_FILE || (settings.log_path && *settings.log_path));
	HOLDS((unsigned)settings.lttng <= LTTNG_ON);
	HOLDS((unsigned)settings.argv <= ARGV_OFF);
	HOLDS(settings.rate <= 1000000);
	HOLDS((unsigned)settings.runaway.verdict <= RUNAWAY_OFF);
	HOLDS(settings.runaway.verdict == RUNAWAY_OFF || settings.runaway.failures >= 1);
	HOLDS(settings.keepalive.idle >= 0 && settings.keepalive.idle <= 32767);
	HOLDS(settings.keepalive.interval >= 0 && settings.keepalive.interval <= 32767);
	HOLDS(settings.keepalive.count >= 0 && settings.keepalive.count <= 127);
	HOLDS(settings.user_timeout_ms >= 0);
}

static void check_refused(const struct settings *standard, const struct bad_setting *bad, int count)
{
	HOLDS(count >= 0 && count <= SETTINGS_COUNT);
	for (int i = 0; i < count; i++)
		HOLDS(bad[i].takes && memchr(bad[i].value, '\0', sizeof(bad[i].value)));
	if (was_refused(bad, count, "BPGUARD_RATE"))
		HOLDS(settings.rate == standard->rate);
	if (was_refused(bad, count, "BPGUARD_RUNAWAY"))
		HOLDS(settings.runaway.verdict == standard->runaway.verdict &&
		      settings.runaway.failures == standard->runaway.failures);
	if (was_refused(bad, count, "BPGUARD_KEEPALIVE"))
		HOLDS(settings.keepalive.idle == 0);
	if (was_refused(bad, count, "BPGUARD_USER_TIMEOUT"))
		HOLDS(settings.user_timeout_ms == 0);
	HOLDS(!was_refused(bad, count, "BPGUARD_LOG"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct settings standard;
	static bool begun;
	struct bad_setting bad[SETTINGS_COUNT];
	struct input input = {data, size};
	if (!begun)
		standard = settings;
	begun = true;
	settings = standard;
	set_all(&input);
	check_refused(&standard, bad, settings_read(bad));
	check_values();
	HOLDS(strlen(settings_text()) < sizeof(in_force));
	return 0;
}
