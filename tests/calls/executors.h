/* Every way to execute another program. */
#ifndef BPGUARD_TESTS_EXECUTORS_H
#define BPGUARD_TESTS_EXECUTORS_H

#include <stdbool.h>

struct executor {
	const char *name;
	bool below; /* a child executes it, and this process goes on */
	/* Has this program run as the victim that words say, with the environment that this process
	 * has. Returns the child's wait status where it is one, else only with an error. */
	int (*execute)(char **words);
};

extern const struct executor executors[];
enum { EXECUTORS = 19 };

/* Executes this program as the victim, by the executor of that name. */
int execute_by(const char *name, const char *victim, const char *arg);

#endif
