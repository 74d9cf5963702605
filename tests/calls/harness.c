#include "harness.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { CLOSE_ON_EXEC = 4 }; /* close_range's flag, which old headers lack */

const char *const mode_names[MODES] = {"unguarded", "auto", "calls", "calls by mask", "observe"};

static char root[64];	     /* of all cases' directories */
static char directory[80];   /* of this case; "" outside of one */
static char program[4096];   /* this one, wherever a victim may have gone */
static char label[256];	     /* of the last run */
static const char *emulator; /* of the victims' machine, or NULL */

bool machine_has(const char *word)
{
	const char *lacking = getenv("BPGUARD_LACKING");
	char padded[64];

	snprintf(padded, sizeof padded, " %s ", word);
	return !lacking || !strstr(lacking, padded);
}

const char *case_label(void)
{
	return label;
}

const char *or_absent(const char *value)
{
	return value ? value : "absent";
}

const char *case_directory(void)
{
	const char *given = getenv("VICTIM_DIRECTORY");

	if (given)
		return given;
	if (!*directory) {
		snprintf(directory, sizeof directory, "%s/XXXXXX", root);
		ck_assert_ptr_nonnull(mkdtemp(directory));
		ck_assert_int_eq(chmod(directory, 0777), 0);
	}
	return directory;
}

static char *in_case(const char *name)
{
	char *path;

	ck_assert_int_ge(asprintf(&path, "%s/%s", case_directory(), name), 0);
	return path;
}

/* --- the victim's side --- */

void say(const char *format, ...)
{
	char text[4096], path[160];
	va_list values;
	int length, fd, saved = errno;

	va_start(values, format);
	length = vsnprintf(text, sizeof text - 1, format, values);
	va_end(values);
	text[length++] = '\n';
	snprintf(path, sizeof path, "%s/said", case_directory());
	fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
	if (fd < 0 || write(fd, text, (size_t)length) != length)
		_exit(99);
	close(fd);
	errno = saved;
}

__attribute__((noreturn)) static void execute_victim(const char *victim, const char *arg,
						     char **env)
{
	char *args[] = {"victim", "victim", (char *)(uintptr_t)victim, (char *)(uintptr_t)arg, 0};

	execve("/proc/self/exe", args, env);
	_exit(98);
}

void become(const char *victim, const char *arg)
{
	execute_victim(victim, arg, environ);
}

void become_unguarded(const char *victim, const char *arg)
{
	char place[160];
	char *env[] = {place, 0};

	snprintf(place, sizeof place, "VICTIM_DIRECTORY=%s", case_directory());
	execute_victim(victim, arg, env);
}

static int be_victim(char **args)
{
	for (const struct victim *victim = victims; victim->name; victim++)
		if (strcmp(victim->name, args[0]) == 0)
			return victim->run(args + 1);
	fprintf(stderr, "no victim %s\n", args[0]);
	return 97;
}

/* --- the test's side --- */

struct environment {
	char *pairs[32];
	size_t count;
};

static void set(struct environment *env, const char *key, const char *value)
{
	size_t length = strlen(key);
	char *pair;

	if (asprintf(&pair, "%s=%s", key, value) < 0)
		_exit(96);
	for (size_t i = 0; i < env->count; i++)
		if (strncmp(env->pairs[i], pair, length + 1) == 0) {
			env->pairs[i] = pair;
			return;
		}
	env->pairs[env->count++] = pair;
}

/* VICTIM_LTTNG: the tracer's setting, beside whose session daemon these tests run then. */
static void set_tracer(struct environment *env)
{
	const char *tracer = getenv("VICTIM_LTTNG"), *home = getenv("HOME");

	set(env, "BPGUARD_LTTNG", tracer ? tracer : "off");
	if (tracer && home)
		set(env, "HOME", home);
}

/* An emulator's own loader is not to see it. */
static void set_preload(struct environment *env, const char *library)
{
	char *assignment;

	if (!emulator) {
		set(env, "LD_PRELOAD", library);
		return;
	}
	if (asprintf(&assignment, "LD_PRELOAD=%s", library) < 0)
		_exit(96);
	set(env, "QEMU_SET_ENV", assignment);
}

static void set_mode(struct environment *env, const struct run *run)
{
	static const char *const protect[MODES] = {0, "auto", "calls", "calls", "observe"};

	if (run->mode == UNGUARDED)
		return;
	set_preload(env, run->preload ? run->preload : getenv("BPGUARD_LIB"));
	set(env, "BPGUARD_PROTECT", protect[run->mode]);
	set(env, "BPGUARD_LOG", in_case("log"));
	set(env, "BPGUARD_RATE", "0");
	/* Else a victim that fails thousands of times would log a record of that as well. */
	set(env, "BPGUARD_RUNAWAY", "off");
	set_tracer(env);
	if (run->mode == CALLS_MASKED)
		set(env, "BPGUARD_TEST_NO_RWF", "1");
}

static char **environment(const struct run *run)
{
	static struct environment env;

	env.count = 0;
	set(&env, "PATH", getenv("PATH"));
	set(&env, "LC_ALL", "C.UTF-8");
	set(&env, "VICTIM_DIRECTORY", case_directory());
	if (emulator)
		set(&env, "QEMU_LD_PREFIX", getenv("QEMU_LD_PREFIX"));
	set_mode(&env, run);
	for (size_t i = 0; i < 8 && run->env[i]; i++) {
		char *key = strdup(run->env[i]), *value = strchr(key, '=');

		*value = 0;
		set(&env, key, value + 1);
	}
	env.pairs[env.count] = 0;
	return env.pairs;
}

static void redirect(int given, const char *path, int to)
{
	int fd = given ? given : open(path, O_RDWR | O_CREAT | O_APPEND, 0666);

	if (fd < 0 || (fd != to ? dup2(fd, to) : fcntl(fd, F_SETFD, 0)) < 0)
		_exit(95);
	if (!given && fd != to)
		close(fd);
}

/* Whoever started the tests may ignore or block SIGPIPE; that must not reach the victim. */
static void usual_signals(void)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, 0);
	signal(SIGPIPE, SIG_DFL);
}

static void execute(const struct run *run)
{
	char *all[13] = {(char *)(uintptr_t)emulator, "victim", "victim",
			 (char *)(uintptr_t)run->victim};
	char **args = emulator ? all : all + 1, **env = environment(run);

	if (emulator)
		all[1] = program;
	for (size_t i = 0; i < 8 && run->args[i]; i++)
		all[4 + i] = (char *)(uintptr_t)run->args[i];
	usual_signals();
	syscall(SYS_close_range, 3U, ~0U, CLOSE_ON_EXEC);
	redirect(run->in, "/dev/null", 0);
	redirect(run->out, in_case("out"), 1);
	redirect(run->error, in_case("error"), 2);
	if (run->other)
		redirect(run->other, 0, 5);
	execve(emulator ? emulator : program, args, env);
	_exit(94);
}

static char *text_of(const char *name)
{
	FILE *file = fopen(in_case(name), "re");
	char *text = calloc(1, 1);
	size_t size = 0;

	if (file && getdelim(&text, &size, 0, file) < 0)
		text = calloc(1, 1);
	if (file)
		fclose(file);
	return text;
}

static void set_label(const struct run *run)
{
	size_t used =
	    (size_t)snprintf(label, sizeof label, "%s: %s", mode_names[run->mode], run->victim);

	for (size_t i = 0; i < 8 && run->args[i] && used < sizeof label; i++)
		used += (size_t)snprintf(label + used, sizeof label - used, " %s", run->args[i]);
}

struct outcome run(const struct run *run)
{
	struct outcome outcome = {0};

	set_label(run);
	*directory = 0; /* each run has its own */
	case_directory();
	outcome.pid = fork();
	ck_assert_int_ge(outcome.pid, 0);
	if (outcome.pid == 0)
		execute(run);
	while (waitpid(outcome.pid, &outcome.status, 0) < 0)
		ck_assert_int_eq(errno, EINTR);
	outcome.said = text_of("said");
	outcome.out = text_of("out");
	outcome.error = text_of("error");
	outcome.log = log_read(in_case("log"));
	ck_assert_msg(!outcome.log.fault, "the log holds %s:\n%s", outcome.log.fault,
		      outcome.log.text);
	return outcome;
}

const char *heard(const struct outcome *outcome, const char *key)
{
	static char value[4096];
	size_t length = strlen(key);

	for (const char *at = outcome->said; at && *at; at = strchr(at, '\n') + 1)
		if (strncmp(at, key, length) == 0 && at[length] == ' ') {
			snprintf(value, sizeof value, "%.*s", (int)strcspn(at + length + 1, "\n"),
				 at + length + 1);
			return value;
		}
	return "";
}

long heard_number(const struct outcome *outcome, const char *key)
{
	const char *value = heard(outcome, key);

	return *value ? strtol(value, 0, 0) : -12345;
}

/* --- the program --- */

static int remove_one(const char *path, const struct stat *info, int type, struct FTW *at)
{
	(void)info, (void)type, (void)at;
	return remove(path);
}

/* A second opinion on every line that was logged, from a parser that is not ours. */
static int judge_lines(void)
{
	char *command;
	int status;

	if (asprintf(&command, "/usr/bin/python3 tests/calls/lines.py %s/*/log*", root) < 0)
		return 1;
	status = system(command);
	free(command);
	return status != 0;
}

/* The victims are this program's own, or those of its build for another machine. */
static bool find_program(void)
{
	const char *victims_of = getenv("BPGUARD_VICTIMS");
	char own[4096];

	if (readlink("/proc/self/exe", program, sizeof program - 1) < 0)
		return false;
	if (!victims_of)
		return true;
	emulator = getenv("BPGUARD_EMULATOR");
	strcpy(own, program);
	snprintf(program, sizeof program, "%s%s", victims_of, strrchr(own, '/'));
	return access(program, X_OK) == 0;
}

int main(int argc, char **argv)
{
	const char *shim = getenv("BPGUARD_LIB");
	SRunner *runner;
	int failed;

	if (argc > 2 && strcmp(argv[1], "victim") == 0)
		return be_victim(argv + 2);
	/* The dynamic linker only warns where a preload is missing: nothing would be guarded. */
	if (!shim || access(shim, R_OK) != 0) {
		fprintf(stderr, "BPGUARD_LIB names no readable library: %s\n", shim ? shim : "");
		return 2;
	}
	snprintf(root, sizeof root, "/tmp/bpguard-calls.XXXXXX");
	if (!mkdtemp(root) || chmod(root, 0777) != 0 || !find_program()) {
		perror("harness");
		return 2;
	}
	/* A test's limit is there to end a deadlock, however busy the machine is. */
	setenv("CK_TIMEOUT_MULTIPLIER", "10", 0);
	runner = srunner_create(suite());
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	failed += judge_lines();
	if (getenv("KEEP"))
		printf("kept: %s\n", root);
	else
		nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	return failed != 0;
}
