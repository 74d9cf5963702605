#include "top/signals.h"

#include <stddef.h>

static volatile sig_atomic_t ended_by;

static void note_signal(int number)
{
	ended_by = number;
}

static const int ending[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

void signals_hold(sigset_t *open)
{
	struct sigaction action = {.sa_handler = note_signal};
	sigset_t held;
	sigemptyset(&held);
	sigaddset(&held, SIGWINCH);
	for (size_t i = 0; i < sizeof(ending) / sizeof(ending[0]); i++) {
		struct sigaction old;
		/* What nohup set stays. */
		if (sigaction(ending[i], NULL, &old) == 0 && old.sa_handler == SIG_IGN)
			continue;
		sigaction(ending[i], &action, NULL);
		sigaddset(&held, ending[i]);
	}
	sigprocmask(SIG_BLOCK, &held, open);
	sigdelset(open, SIGWINCH);
	for (size_t i = 0; i < sizeof(ending) / sizeof(ending[0]); i++)
		sigdelset(open, ending[i]);
}

int signals_ended_by(void)
{
	return ended_by;
}

void signals_end_by(int number)
{
	sigset_t one;
	signal(number, SIG_DFL);
	sigemptyset(&one);
	sigaddset(&one, number);
	raise(number);
	sigprocmask(SIG_UNBLOCK, &one, NULL);
}
