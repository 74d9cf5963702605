#include "waits.h"

#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "channels.h"
#include "harness.h"

long awaited_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void awaited_more(long since, const char *format, ...)
{
	va_list values;

	if (awaited_now() - since < PATIENCE_MS) {
		nanosleep(&(struct timespec){0, 1000000}, 0);
		return;
	}
	va_start(values, format);
	fprintf(stderr, "awaited in vain, for %d s: ", PATIENCE_MS / 1000);
	vfprintf(stderr, format, values);
	fputc('\n', stderr);
	_exit(90);
}

/* The file's beginning as text, "" where it cannot be read. */
static void read_text(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? 0 : read(fd, text, size - 1);

	text[length < 0 ? 0 : length] = 0;
	if (fd >= 0)
		close(fd);
}

/* A letter of proc(5); X where there is no such process. */
static char state_of(pid_t tid)
{
	char path[64], text[512];
	const char *end;

	snprintf(path, sizeof path, "/proc/%d/stat", (int)tid);
	read_text(path, text, sizeof text);
	end = strrchr(text, ')');
	return end ? end[2] : 'X';
}

/* "0 0x3 0x7f...": the number and the arguments; "running" or "-1 ..." where it is in none. */
static bool is_in_call_on(pid_t tid, int fd)
{
	char path[64], text[512], *arguments;
	long number;

	snprintf(path, sizeof path, "/proc/%d/syscall", (int)tid);
	read_text(path, text, sizeof text);
	if (!*text)
		return true;
	number = strtol(text, &arguments, 10);
	return arguments != text && number >= 0 && (fd < 0 || (int)strtoul(arguments, 0, 16) == fd);
}

bool is_asleep(pid_t tid, int fd)
{
	return state_of(tid) == 'S' && is_in_call_on(tid, fd);
}

void await_asleep(pid_t tid, int fd)
{
	AWAIT(is_asleep(tid, fd), "thread %d asleep in a call on fd %d", (int)tid, fd);
}

bool has_ended(pid_t pid)
{
	return strchr("XZ", state_of(pid));
}

void interrupt_when_asleep(int number)
{
	pid_t sleeper = getpid(), child = fork();

	must(child >= 0, "fork");
	if (child > 0)
		return;
	await_asleep(sleeper, -1);
	kill(sleeper, number);
	_exit(0);
}

static bool has_said(const char *beginning)
{
	char path[200], text[8192] = "\n";

	snprintf(path, sizeof path, "%s/said", case_directory());
	read_text(path, text + 1, sizeof text - 1);
	for (const char *at = strstr(text, beginning); at; at = strstr(at + 1, beginning))
		if (at[-1] == '\n' && strchr(at, '\n'))
			return true;
	return false;
}

void await_said(const char *beginning)
{
	AWAIT(has_said(beginning), "a victim saying \"%s\"", beginning);
}

static bool is_later(const struct timespec *then)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return now.tv_sec != then->tv_sec || now.tv_nsec != then->tv_nsec;
}

void await_tick(void)
{
	struct timespec then;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &then);
	AWAIT(is_later(&then), "a tick of the coarse clock");
}
