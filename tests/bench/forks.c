/* forks COUNT [failed]: the microseconds of CPU that so many forks take, the children's ends
 * included; after a write that broke, where that is said. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static double of(int who)
{
	struct rusage usage;

	getrusage(who, &usage);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6 +
	       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

static double cpu(void)
{
	return of(RUSAGE_SELF) + of(RUSAGE_CHILDREN);
}

static void fail_once(void)
{
	int ends[2];

	signal(SIGPIPE, SIG_IGN);
	if (pipe(ends) < 0 || close(ends[0]) < 0 || write(ends[1], "x", 1) != -1 || errno != EPIPE)
		exit(2);
	close(ends[1]);
}

int main(int argc, char **argv)
{
	int count = argc > 1 ? atoi(argv[1]) : 0;
	double before;

	if (argc > 2)
		fail_once();
	before = cpu();
	for (int i = 0; i < count; i++) {
		pid_t child = fork();

		if (child == 0)
			_exit(0);
		if (child < 0 || waitpid(child, 0, 0) != child)
			return 1;
	}
	printf("%.0f\n", cpu() - before);
	return 0;
}
