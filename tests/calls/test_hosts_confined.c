/* Hosts that give things up: rights, namespaces, memory, signals that may wait, a file system that
 * may be written to. Whatever is missing then, the failing call is as harmless as before. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "channels.h"
#include "harness.h"
#include "writers.h"

static void limit(int what, rlim_t most)
{
	struct rlimit to = {most, most};

	must(setrlimit(what, &to) == 0, "setrlimit");
}

/* --- given up by the program itself --- */

static bool change_root(void)
{
	return chroot("/usr") == 0 && chdir("/") == 0;
}

static bool become_nobody(void)
{
	return setgroups(0, 0) == 0 && setresgid(65534, 65534, 65534) == 0 &&
	       setresuid(65534, 65534, 65534) == 0;
}

/* Nothing of one's own in /proc may be looked into then. */
static bool hide(void)
{
	return become_nobody() && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0;
}

static bool want_no_more(void)
{
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
}

static bool leave_network(void)
{
	return unshare(CLONE_NEWNET) == 0;
}

static bool leave_mounts(void)
{
	return unshare(CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC) == 0 &&
	       mount("none", "/", 0, MS_REC | MS_PRIVATE, 0) == 0 &&
	       mount("none", "/proc", "tmpfs", 0, 0) == 0;
}

/* What is refused to a process with a second thread. */
static bool leave_users(void)
{
	return unshare(CLONE_NEWUSER) == 0;
}

static bool leave_table(void)
{
	return unshare(CLONE_FILES | CLONE_FS) == 0;
}

static bool enter_network(void)
{
	int there = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);

	return there >= 0 && setns(there, CLONE_NEWNET) == 0;
}

static bool freeze_files(void)
{
	return unshare(CLONE_NEWNS) == 0 && mount("none", "/", 0, MS_REC | MS_PRIVATE, 0) == 0 &&
	       mount("/tmp", "/tmp", 0, MS_BIND, 0) == 0 &&
	       mount("/tmp", "/tmp", 0, MS_BIND | MS_REMOUNT | MS_RDONLY, 0) == 0;
}

static bool let_no_signal_wait(void)
{
	limit(RLIMIT_SIGPENDING, 0);
	return true;
}

static bool start_nobody(void)
{
	limit(RLIMIT_NPROC, 0);
	return true;
}

static bool grow_no_stack(void)
{
	limit(RLIMIT_STACK, 64 * 1024);
	return true;
}

static const struct {
	const char *name;
	bool (*give_up)(void);
} losses[] = {
    {"chroot", change_root},
    {"nobody", become_nobody},
    {"not-dumpable", hide},
    {"no-new-privileges", want_no_more},
    {"network", leave_network},
    {"mounts", leave_mounts},
    {"users", leave_users},
    {"descriptor-table", leave_table},
    {"setns", enter_network},
    {"read-only", freeze_files},
    {"no-signals", let_no_signal_wait},
    {"no-processes", start_nobody},
    {"no-stack", grow_no_stack},
};
enum { LOSSES = sizeof losses / sizeof *losses };

static int victim_gives_up(char **args)
{
	const char *second = args[2];
	int fd = broken_channel(PIPE).fd, other = broken_channel(UNIX_STREAM).fd;

	/* Where it succeeds, there may be nowhere left to say it. */
	if (!losses[atoi(args[1])].give_up())
		say("refused %d", errno);
	if (!fails_by("write", fd) || !fails_by("send", other) || !fails_by(second, fd))
		_exit(90);
	_exit(0);
}

START_TEST(what_is_given_up)
{
	for (int i = 0; i < LOSSES; i++) {
		char index[4];
		struct outcome outcome;
		bool lives = survives(_i, "write");

		snprintf(index, sizeof index, "%d", i);
		outcome = RUN(.mode = (enum mode)_i, .victim = "gives-up",
			      .args = {losses[i].name, index, _i == AUTO ? "dprintf" : "writev"});
		if (*heard(&outcome, "refused"))
			printf("SKIP %s: refused here\n", case_label());
		if (!lives)
			ck_dies(outcome);
		else
			ck_lives(outcome);
		ck_count(outcome, "epipe", (size_t)(_i == UNGUARDED ? 0 : lives ? 3 : 1));
	}
}
END_TEST

/* --- no room for the log --- */

static int victim_fails(char **args)
{
	(void)args;
	_exit(fails_by("write", broken_channel(PIPE).fd) ? 0 : 90);
}

START_TEST(log_that_cannot_be)
{
	static const char *const logs[] = {"BPGUARD_LOG=/proc/version", "BPGUARD_LOG=/proc/no/log",
					   "BPGUARD_LOG=/dev/full", "BPGUARD_LOG=/"};

	for (int i = 0; i < 4; i++) {
		struct outcome outcome =
		    RUN(.mode = (enum mode)_i, .victim = "fails", .env = {logs[i]});

		if (survives(_i, "write"))
			ck_lives(outcome);
		else
			ck_dies(outcome);
	}
}
END_TEST

/* --- little memory, and none --- */

static int victim_little_memory(char **args)
{
	limit(RLIMIT_AS, 64 << 20);
	limit(RLIMIT_STACK, 1 << 20);
	become("in-little-memory", args[0]);
}

static int victim_in_little_memory(char **args)
{
	struct channel channel = broken_channel(TCP);

	(void)args;
	say("started 1");
	_exit(fails_by("write", channel.fd) && fails_by("send", channel.fd) ? 0 : 90);
}

START_TEST(little_memory)
{
	struct outcome outcome = RUN(.mode = (enum mode)_i, .victim = "little-memory");

	ck_heard(outcome, "started", 1);
	if (!survives(_i, "write")) {
		ck_dies(outcome);
		ck_count(outcome, "epipe", _i == OBSERVE);
		return;
	}
	ck_lives(outcome);
	ck_count(outcome, "epipe", 2);
}
END_TEST

enum { THREADS = 8, FAILURES = 400 };

static int broken_fd;
static pthread_barrier_t all_there;

static void *fail_often(void *unused)
{
	long right = 0;

	(void)unused;
	pthread_barrier_wait(&all_there);
	for (int i = 0; i < FAILURES; i++)
		right += fails_by(i % 2 ? "write" : "writev", broken_fd);
	return (void *)right;
}

/* Whoever finds no room for a record goes on without: it is counted, and told later. */
static int victim_no_memory(char **args)
{
	struct channel last[2];
	pthread_t threads[THREADS];
	long right = 0;
	void *each;

	(void)args;
	broken_fd = broken_channel(PIPE).fd;
	last[0] = broken_channel(PIPE);
	last[1] = broken_channel(UNIX_STREAM);
	pthread_barrier_init(&all_there, 0, THREADS + 1);
	for (int i = 0; i < THREADS; i++)
		must(pthread_create(&threads[i], 0, fail_often, 0) == 0, "pthread_create");
	limit(RLIMIT_AS, 4096);
	must(mmap(0, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED, "mmap");
	pthread_barrier_wait(&all_there);
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], &each);
		right += (long)each;
	}
	/* A number that has no note yet: the table of peers cannot grow. */
	right += fails_by("write", dup2(last[0].fd, 900));
	right += fails_by("send", fcntl(last[1].fd, F_DUPFD, 1000));
	say("right %ld", right);
	_exit(0);
}

START_TEST(no_memory)
{
	struct outcome outcome = RUN(.mode = (enum mode)_i, .victim = "no-memory");
	long told;

	if (!survives(_i, "write")) {
		ck_dies(outcome);
		return;
	}
	ck_lives(outcome);
	ck_heard(outcome, "right", THREADS * FAILURES + 2);
	told = (long)log_count(&outcome.log, "epipe");
	for (size_t i = 0; i < outcome.log.count; i++)
		if (line_is(&outcome.log.lines[i], "event", "epipe") &&
		    line_value(&outcome.log.lines[i], "suppressed"))
			told += line_number(&outcome.log.lines[i], "suppressed");
	ck_assert_int_eq(told, THREADS * FAILURES + 2);
}
END_TEST

const struct victim victims[] = {
    {"gives-up", victim_gives_up},	     {"fails", victim_fails},
    {"little-memory", victim_little_memory}, {"in-little-memory", victim_in_little_memory},
    {"no-memory", victim_no_memory},	     {0},
};

Suite *suite(void)
{
	Suite *suite = suite_create("what hosts give up");
	TCase *tcase = tcase_create("hosts");

	tcase_set_timeout(tcase, 30);
	tcase_add_loop_test(tcase, what_is_given_up, 0, MODES);
	tcase_add_loop_test(tcase, log_that_cannot_be, 0, MODES);
	tcase_add_loop_test(tcase, little_memory, 0, MODES);
	tcase_add_loop_test(tcase, no_memory, 0, MODES);
	suite_add_tcase(suite, tcase);
	return suite;
}
