#include "signal/pending.h"

#include <errno.h>
#include <stddef.h>
#include <time.h>

#include "base/raw.h"
#include "signal/mask.h"
#include "state/lineage.h"

static void queue_to_self(const siginfo_t *info)
{
	raw_syscall(SYS_rt_tgsigqueueinfo, raw_syscall(SYS_getpid, 0, 0, 0, 0, 0, 0),
		    raw_syscall(SYS_gettid, 0, 0, 0, 0, 0, 0), SIGPIPE, RAW_ARG(info), 0, 0);
}

/* As the kernel's own SIGPIPE looks: SEND_SIG_NOINFO, kernel/signal.c. */
static siginfo_t kernels_own(void)
{
	siginfo_t info = {.si_signo = SIGPIPE, .si_code = SI_USER};
	info.si_pid = (pid_t)raw_syscall(SYS_getpid, 0, 0, 0, 0, 0, 0);
	info.si_uid = (uid_t)raw_syscall(SYS_getuid, 0, 0, 0, 0, 0, 0);
	return info;
}

enum pending_from pending_from(const siginfo_t *info)
{
	int32_t pid = lineage_pid();
	if (info->si_code != SI_USER || (info->si_pid != pid && pid >= 0))
		return PENDING_SOMEBODYS;
	return info->si_errno == EPIPE ? PENDING_MARKED : PENDING_OWN;
}

bool pending_is_there(void)
{
	uint64_t pending = 0;
	RAW2(SYS_rt_sigpending, &pending, sizeof(pending));
	return pending & SIGPIPE_BIT;
}

/* The thread's own signals come before the process's (kernel/signal.c, dequeue_signal). */
bool pending_take(void)
{
	uint64_t only = SIGPIPE_BIT;
	struct timespec none = {0};
	siginfo_t info;
	if (RAW4(SYS_rt_sigtimedwait, &only, &info, &none, sizeof(only)) != SIGPIPE)
		return false;
	if (pending_from(&info) != PENDING_SOMEBODYS)
		return true;
	queue_to_self(&info);
	return false;
}

void pending_make(void)
{
	siginfo_t info = kernels_own();
	info.si_errno = EPIPE;
	queue_to_self(&info);
}

void pending_mark(void)
{
	if (pending_take())
		pending_make();
}

void pending_send(const siginfo_t *info)
{
	uint64_t only = SIGPIPE_BIT;
	siginfo_t own;
	if (!info) {
		own = kernels_own();
		info = &own;
	}
	queue_to_self(info);
	raw_syscall(SYS_rt_sigprocmask, SIG_UNBLOCK, RAW_ARG(&only), 0, sizeof(only), 0, 0);
}
