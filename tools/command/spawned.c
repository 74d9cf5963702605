#include "tools/command/spawned.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tools/command/complain.h"

static sigset_t mask_at_start;
static struct sigaction child_action_at_start;

void spawned_begin(void)
{
	struct sigaction standard = {.sa_handler = SIG_DFL};
	sigprocmask(SIG_SETMASK, NULL, &mask_at_start);
	/* With SIGCHLD ignored the kernel would reap, and nobody learn how a program ended. */
	sigaction(SIGCHLD, &standard, &child_action_at_start);
}

void spawned_end(void)
{
	sigaction(SIGCHLD, &child_action_at_start, NULL);
	sigprocmask(SIG_SETMASK, &mask_at_start, NULL);
}

const char *spawned_find(const char *name)
{
	const char *path = getenv("PATH");
	char *rest = compose("%s:/usr/sbin:/sbin", path ? path : "/usr/bin:/bin"), *directory;
	while ((directory = strsep(&rest, ":"))) {
		const char *file = compose("%s/%s", *directory ? directory : ".", name);
		if (access(file, X_OK) == 0)
			return file;
	}
	return NULL;
}

/* The environment, and in it what LTTng's programs cannot do without: a HOME, and a bound, in ms,
 * on what a relay that is gone may hold them up. */
static char **variables(void)
{
	size_t count = 0;
	char **copy;
	while (environ[count])
		count++;
	copy = calloc(count + 3, sizeof(*copy));
	if (!copy)
		fail(STATUS_FAILED, "not enough memory");
	memcpy(copy, environ, count * sizeof(*copy));
	if (!getenv("HOME"))
		copy[count++] = compose("HOME=/");
	if (!getenv("LTTNG_NETWORK_SOCKET_TIMEOUT"))
		copy[count++] = compose("LTTNG_NETWORK_SOCKET_TIMEOUT=5000");
	return copy;
}

/* A daemon stays behind: it may keep none of our descriptors. */
static void close_others(posix_spawn_file_actions_t *actions)
{
	DIR *open_ones = opendir("/proc/self/fd");
	struct dirent *entry;
	if (!open_ones)
		return;
	while ((entry = readdir(open_ones))) {
		int fd = (int)strtol(entry->d_name, NULL, 10);
		if (fd > STDERR_FILENO && fd != dirfd(open_ones))
			posix_spawn_file_actions_addclose(actions, fd);
	}
	closedir(open_ones);
}

/* Starts a program whose standard output goes to `out`, its messages too where `both`; -1 is
 * /dev/null. Returns 0 or an error number. */
static int start(char *const words[], int out, bool both, pid_t *pid)
{
	const char *file = spawned_find(words[0]);
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	char **environment;
	int error;
	if (!file)
		return ENOENT;
	environment = variables();
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
	posix_spawnattr_setsigmask(&attributes, &mask_at_start);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	for (int stream = 1; stream <= 2; stream++) {
		if (out >= 0 && (stream == 1 || both))
			posix_spawn_file_actions_adddup2(&actions, out, stream);
		else
			posix_spawn_file_actions_addopen(&actions, stream, "/dev/null", O_WRONLY,
							 0);
	}
	close_others(&actions);
	error = posix_spawn(pid, file, &actions, &attributes, words, environment);
	free(environment);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attributes);
	return error;
}

/* A pipe whose ends are none of the three streams, even where those are closed. */
static bool make_pipe(int ends[2])
{
	if (pipe2(ends, O_CLOEXEC) < 0)
		return false;
	for (int i = 0; i < 2; i++) {
		int end = ends[i] > STDERR_FILENO ? ends[i] : fcntl(ends[i], F_DUPFD_CLOEXEC, 3);
		if (end != ends[i])
			close(ends[i]);
		ends[i] = end;
	}
	return ends[0] >= 0 && ends[1] >= 0;
}

static long now(void)
{
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000L + time.tv_nsec / 1000000L;
}

static char *enlarged(char *text, size_t room)
{
	char *larger = realloc(text, room);
	if (!larger)
		fail(STATUS_FAILED, "not enough memory");
	return larger;
}

/* Reads until the end, or until `end` in ms; false: it is past. */
static bool read_all(int fd, long end, char **said)
{
	size_t size = 0, room = 4096;
	char *text = enlarged(NULL, room);
	ssize_t got = -1;
	bool in_time;
	struct pollfd wait = {.fd = fd, .events = POLLIN};
	while ((in_time = now() < end)) {
		if (poll(&wait, 1, (int)(end - now())) <= 0)
			continue;
		got = read(fd, text + size, room - 1 - size);
		if (got <= 0)
			break;
		size += (size_t)got;
		if (size == room - 1)
			text = enlarged(text, room *= 2);
	}
	text[size] = '\0';
	*said = text;
	return in_time;
}

static int status_of(pid_t pid)
{
	int status = 0;
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Waits until a program has ended, or until `end` in ms. */
static bool ends_until(pid_t pid, long end)
{
	siginfo_t info;
	for (;;) {
		info.si_pid = 0;
		if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || info.si_pid)
			return true;
		if (now() >= end)
			return false;
		spawned_pause();
	}
}

/* Without `said` nothing is read: a daemon may hold the pipe open. */
int spawned_run(char *const words[], int seconds, char **said)
{
	int ends[2] = {-1, -1}, error, status;
	const long end = now() + seconds * 1000L;
	bool in_time;
	pid_t pid;
	error = said && !make_pipe(ends) ? errno : start(words, ends[1], true, &pid);
	if (ends[1] >= 0)
		close(ends[1]);
	if (error) {
		if (said)
			*said = compose("%s: %s", words[0], strerror(error));
		if (ends[0] >= 0)
			close(ends[0]);
		return SPAWNED_NOT;
	}
	in_time = (!said || read_all(ends[0], end, said)) && ends_until(pid, end);
	if (said)
		close(ends[0]);
	if (!in_time)
		kill(pid, SIGKILL);
	status = status_of(pid);
	if (!in_time && said)
		*said = compose("%s does not answer within %d s", words[0], seconds);
	return in_time ? status : SPAWNED_LATE;
}

bool spawned_lines(char *const words[], bool (*take)(char *line, void *into), void *into)
{
	char *line = NULL;
	size_t room = 0;
	ssize_t size;
	int ends[2];
	pid_t pid;
	FILE *from;
	bool started = make_pipe(ends) && start(words, ends[1], false, &pid) == 0;
	close(ends[1]);
	from = started ? fdopen(ends[0], "r") : NULL;
	while (from && (size = getline(&line, &room, from)) > 0) {
		line[size - (line[size - 1] == '\n')] = '\0';
		if (!take(line, into))
			break;
	}
	free(line);
	if (from)
		fclose(from);
	else
		close(ends[0]);
	if (started)
		status_of(pid);
	return started;
}

bool spawned_is(pid_t pid, const char *name)
{
	char comm[32] = "";
	FILE *file = fopen(compose("/proc/%d/comm", (int)pid), "re");
	bool is = file && fgets(comm, sizeof(comm), file) &&
		  strncmp(comm, name, strlen(name)) == 0 && comm[strlen(name)] == '\n';
	if (file)
		fclose(file);
	return is;
}

void spawned_stop(pid_t pid, const char *name)
{
	if (!spawned_is(pid, name))
		return;
	kill(pid, SIGTERM);
	for (int tries = 0; spawned_is(pid, name) && tries < 50; tries++)
		spawned_pause();
}

void spawned_pause(void)
{
	nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
}
