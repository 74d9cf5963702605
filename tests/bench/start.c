/* What make bench starts programs with: COUNT -- WAY -- WAY ..., each way [NAME=VALUE ...] PROGRAM
 * [ARGUMENT ...]. Starts each COUNT times, in turn; prints a line a round: for each way the
 * microseconds until it has ended, those that a processor was at work, and the page faults. */
#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MOST_WAYS = 16, MOST_VARIABLES = 1024 };

struct way {
	char *environment[MOST_VARIABLES];
	char **arguments;
};

struct cost {
	double elapsed, busy; /* microseconds */
	long faults;
};

static void fail(const char *what, const char *why)
{
	fprintf(stderr, "start: %s: %s\n", what, why);
	exit(1);
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static double microseconds(const struct timeval *time)
{
	return (double)time->tv_sec * 1e6 + (double)time->tv_usec;
}

/* A way's own variables go before what is inherited. Returns where the program's name stands. */
static char **read_environment(struct way *way, char **word)
{
	int count = 0;

	for (; *word && strchr(*word, '=') && count < MOST_VARIABLES - 1; word++)
		way->environment[count++] = *word;
	for (char **inherited = environ; *inherited && count < MOST_VARIABLES - 1; inherited++)
		way->environment[count++] = *inherited;
	return word;
}

/* Cuts the words at each "--". Returns how many ways there are. */
static int read_ways(struct way *ways, char **word)
{
	int count = 0;

	while (*word && strcmp(*word, "--") == 0 && count < MOST_WAYS) {
		*word++ = NULL;
		ways[count].arguments = word = read_environment(&ways[count], word);
		count++;
		while (*word && strcmp(*word, "--") != 0)
			word++;
	}
	if (*word)
		fail(*word, "not a way, or one too many");
	return count;
}

static struct cost start(const struct way *way)
{
	struct rusage usage;
	struct cost cost;
	pid_t pid;
	int error, status;
	double begin = now();

	error = posix_spawn(&pid, way->arguments[0], NULL, NULL, way->arguments, way->environment);
	if (error)
		fail(way->arguments[0], strerror(error));
	while (wait4(pid, &status, 0, &usage) < 0)
		if (errno != EINTR)
			fail("wait4", strerror(errno));
	cost = (struct cost){now() - begin,
			     microseconds(&usage.ru_utime) + microseconds(&usage.ru_stime),
			     usage.ru_minflt};
	if (status)
		fail(way->arguments[0], "did not end with status 0");
	return cost;
}

static void print(const struct cost *costs, int count)
{
	for (int i = 0; i < count; i++)
		printf("%.1f %.0f %ld%c", costs[i].elapsed, costs[i].busy, costs[i].faults,
		       i < count - 1 ? ' ' : '\n');
}

int main(int argc, char **argv)
{
	static struct way ways[MOST_WAYS];
	struct cost costs[MOST_WAYS];
	long rounds;
	int count;

	if (argc < 4 || (rounds = strtol(argv[1], NULL, 10)) < 1)
		fail("usage", "COUNT -- [NAME=VALUE ...] PROGRAM [ARGUMENT ...] ...");
	count = read_ways(ways, argv + 2);
	for (long round = 0; round < rounds; round++) {
		for (int turn = 0; turn < count; turn++) {
			int i = (int)((turn + round) % count);
			costs[i] = start(&ways[i]);
		}
		print(costs, count);
	}
	return 0;
}
