/* The log's descriptor: nobody can take it away, nothing of ours gets into the application's files,
 * and where there is no log there is nothing at all. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "channels.h"
#include "harness.h"
#include "waits.h"
#include "writers.h"

/* The number under which the log is open here, or -1. */
static int log_number(void)
{
	char path[64], target[4096], log[200];
	ssize_t length;

	snprintf(log, sizeof log, "%s/log", case_directory());
	for (int fd = 0; fd < 65536; fd++) {
		snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
		length = readlink(path, target, sizeof target - 1);
		if (length < 0)
			continue;
		target[length] = 0;
		if (strcmp(target, log) == 0)
			return fd;
	}
	return -1;
}

static void fail_once(void)
{
	struct channel channel = broken_channel(PIPE);

	must(write(channel.fd, "x", 1) == -1 && errno == EPIPE, "no EPIPE");
	close(channel.fd);
}

static bool is_open(int fd)
{
	return raw_call(SYS_fcntl, fd, F_GETFD, 0) >= 0;
}

static off_t size_of(const char *path)
{
	struct stat info;

	return stat(path, &info) == 0 ? info.st_size : -1;
}

static const char *own_file(int *fd)
{
	static char path[200];

	snprintf(path, sizeof path, "%s/own", case_directory());
	*fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
	must(*fd >= 0, "own file");
	return path;
}

/* --- ways to lose it --- */

static void close_each(void)
{
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	for (int fd = 3; fd < (int)limit.rlim_cur && fd < 1 << 20; fd++)
		close(fd);
}

static void close_all_at_once(void)
{
	must(close_range(3, ~0U, 0) == 0, "close_range");
}

static void close_exact_range(void)
{
	unsigned fd = (unsigned)log_number();

	must(close_range(fd, fd, 0) == 0, "close_range");
}

static void close_from(void)
{
	closefrom(3);
}

static void close_itself(void)
{
	int fd = log_number();

	errno = 0;
	say("close %d", close(fd));
	say("errno %d", errno);
	must(close(fd) == -1 && errno == EBADF, "twice");
}

static void duplicate_onto(void)
{
	int fd, log = log_number();

	own_file(&fd);
	must(dup2(fd, log) == log, "dup2");
	must(write(log, "mine", 4) == 4, "write");
	close(fd);
}

static void duplicate3_onto(void)
{
	int fd, log = log_number();

	own_file(&fd);
	must(dup3(fd, log, O_CLOEXEC) == log, "dup3");
	must(write(log, "mine", 4) == 4, "write");
	close(fd);
}

/* Past every wrapper. */
static void close_raw(void)
{
	must(raw_call(SYS_close, log_number(), 0, 0) == 0, "close");
}

static void close_range_raw(void)
{
	must(raw_call(SYS_close_range, 3, 0x7fffffff, 0) == 0, "close_range");
}

static void close_by_syscall(void)
{
	syscall(SYS_close, log_number());
}

static void duplicate_raw_onto(void)
{
	int fd, log = log_number();

	own_file(&fd);
	must(raw_call(SYS_dup3, fd, log, 0) == log, "dup3");
	must(write(log, "mine", 4) == 4, "write");
}

static void rename_away(void)
{
	char from[200], to[200];

	snprintf(from, sizeof from, "%s/log", case_directory());
	snprintf(to, sizeof to, "%s/log.1", case_directory());
	must(rename(from, to) == 0, "rename");
	must(rename(to, from) == 0, "rename");
}

static void give_up_everything(void)
{
	if (getuid() != 0) {
		say("skip 1");
		return;
	}
	must(chroot("/usr") == 0 && chdir("/") == 0, "chroot");
	must(setgroups(0, 0) == 0 && setresgid(65534, 65534, 65534) == 0 &&
		 setresuid(65534, 65534, 65534) == 0,
	     "setresuid");
}

static void forked(void)
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		close_each();
		fail_once();
		_exit(0);
	}
	must(waitpid(child, &status, 0) == child && status == 0, "child");
}

static void few_left(void)
{
	struct rlimit limit = {64, 64};

	must(setrlimit(RLIMIT_NOFILE, &limit) == 0, "setrlimit");
}

static const struct {
	const char *name;
	void (*lose)(void);
	unsigned records;
	bool writes_own; /* writes "mine" to a file of its own under that number */
} losses[] = {
    {"close-each", close_each, 2, 0},
    {"close_range", close_all_at_once, 2, 0},
    {"close_range-exact", close_exact_range, 2, 0},
    {"closefrom", close_from, 2, 0},
    {"close", close_itself, 2, 0},
    {"dup2-onto", duplicate_onto, 2, 1},
    {"dup3-onto", duplicate3_onto, 2, 1},
    {"raw-close", close_raw, 2, 0},
    {"raw-close_range", close_range_raw, 2, 0},
    {"syscall-close", close_by_syscall, 2, 0},
    {"raw-dup3-onto", duplicate_raw_onto, 2, 1},
    {"rename", rename_away, 2, 0},
    {"chroot-setresuid", give_up_everything, 2, 0},
    {"fork-close-each", forked, 3, 0},
    {"rlimit", few_left, 2, 0},
};
enum { LOSSES = sizeof losses / sizeof *losses };

static int victim_lose(char **args)
{
	fail_once();
	losses[atoi(args[1])].lose();
	fail_once();
	_exit(0);
}

START_TEST(log_goes_on)
{
	char index[4], own[200];
	struct outcome outcome;

	snprintf(index, sizeof index, "%d", _i);
	outcome = RUN(.mode = AUTO, .victim = "lose", .args = {losses[_i].name, index});
	ck_lives(outcome);
	ck_count(outcome, "epipe", losses[_i].records);
	if (losses[_i].lose == close_itself) {
		ck_heard(outcome, "close", -1);
		ck_heard(outcome, "errno", EBADF);
	}
	snprintf(own, sizeof own, "%s/own", case_directory());
	if (losses[_i].writes_own)
		ck_assert_msg(size_of(own) == 4, "%s: the application's own file holds %ld bytes",
			      case_label(), (long)size_of(own));
}
END_TEST

/* --- a way to it that is given up before anything has failed --- */

static void change_root(void)
{
	must(chroot("/usr") == 0 && chdir("/") == 0, "chroot");
}

static void change_root_by_number(void)
{
	must(syscall(SYS_chroot, "/usr") == 0, "chroot");
}

static void lock_the_door(void)
{
	char log[200];

	snprintf(log, sizeof log, "%s/log", case_directory());
	must(chmod(log, 0600) == 0, "chmod");
}

static void change_user(void)
{
	lock_the_door();
	must(setgroups(0, 0) == 0 && setgid(65534) == 0 && setuid(65534) == 0, "setuid");
}

static void change_effective_user(void)
{
	lock_the_door();
	must(seteuid(65534) == 0, "seteuid");
}

static void change_namespace(void)
{
	must(unshare(CLONE_NEWNS) == 0 && mount("none", "/", 0, MS_REC | MS_PRIVATE, 0) == 0 &&
		 mount("none", case_directory(), "tmpfs", 0, 0) == 0,
	     "unshare");
}

static const struct {
	const char *name;
	void (*leave)(void);
} leaves[] = {
    {"chroot", change_root},	   {"chroot-by-number", change_root_by_number},
    {"setuid", change_user},	   {"seteuid", change_effective_user},
    {"unshare", change_namespace},
};
enum { LEAVES = sizeof leaves / sizeof *leaves };

static int victim_leave(char **args)
{
	leaves[atoi(args[1])].leave();
	fail_once();
	_exit(0);
}

START_TEST(log_is_kept)
{
	char index[4];
	struct outcome outcome;

	if (getuid() != 0 || (_i == LEAVES - 1 && system("unshare -m true") != 0)) {
		printf("SKIP log_is_kept %s: not allowed\n", leaves[_i].name);
		return;
	}
	snprintf(index, sizeof index, "%d", _i);
	outcome = RUN(.mode = AUTO, .victim = "leave", .args = {leaves[_i].name, index});
	ck_lives(outcome);
	ck_count(outcome, "epipe", 1);
}
END_TEST

/* --- its nature --- */

/* Whether any of our calls, and the right error, says that the number is open. */
static bool is_found(int fd)
{
	struct stat info;
	bool found = false;

	errno = 0;
	found |= dup(fd) >= 0 || errno != EBADF;
	errno = 0;
	found |= dup2(fd, 100) >= 0 || errno != EBADF;
	errno = 0;
	found |= dup3(fd, 100, O_CLOEXEC) >= 0 || errno != EBADF;
	errno = 0;
	found |= fcntl(fd, F_DUPFD, 100) >= 0 || errno != EBADF;
	errno = 0;
	found |= fcntl(fd, F_GETFD) >= 0 || errno != EBADF;
	errno = 0;
	found |= fstat(fd, &info) >= 0 || errno != EBADF;
	return found;
}

/* args: the hard limit of fds that the program is started under. */
static int victim_nature(char **args)
{
	const struct rlimit wanted = {300, (rlim_t)atol(args[0])};
	int log, highest = -1;
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	if (limit.rlim_cur != wanted.rlim_cur || limit.rlim_max != wanted.rlim_max) {
		must(setrlimit(RLIMIT_NOFILE, &wanted) == 0, "setrlimit");
		become("nature", args[0]);
	}
	say("quiet %d", log_number());
	fail_once();
	log = log_number();
	for (int fd = 3; fd < (int)limit.rlim_cur; fd++)
		if (is_open(fd))
			highest = fd;
	say("log %d", log);
	say("cloexec %d", (int)raw_call(SYS_fcntl, log, F_GETFD, 0) & FD_CLOEXEC);
	say("append %d", !!(raw_call(SYS_fcntl, log, F_GETFL, 0) & O_APPEND));
	say("highest %d", highest == log);
	say("found %d", is_found(log));
	say("first %d", open("/dev/null", O_RDONLY));
	return 0;
}

START_TEST(log_is_out_of_the_way)
{
	struct outcome outcome = RUN(.mode = AUTO, .victim = "nature", .args = {"300"});

	ck_lives(outcome);
	ck_heard(outcome, "quiet", -1);
	ck_heard(outcome, "log", 299);
	ck_heard(outcome, "found", 0);
	ck_heard(outcome, "cloexec", FD_CLOEXEC);
	ck_heard(outcome, "append", 1);
	ck_heard(outcome, "highest", 1);
	ck_heard(outcome, "first", 3);
}
END_TEST

/* Where the hard limit leaves room: no number that the application can have, and its limit is what
 * it was. */
START_TEST(log_is_beyond_the_limit)
{
	struct outcome outcome = RUN(.mode = AUTO, .victim = "nature", .args = {"4000"});

	ck_lives(outcome);
	ck_heard(outcome, "quiet", -1);
	ck_assert_int_gt(heard_number(&outcome, "log"), 1024);
	ck_heard(outcome, "found", 0);
	ck_heard(outcome, "cloexec", FD_CLOEXEC);
	ck_heard(outcome, "append", 1);
	ck_heard(outcome, "highest", 0);
	ck_heard(outcome, "first", 3);
}
END_TEST

/* A copy of 2: what the application does with its own 2 is its own affair. */
static int victim_stderr(char **args)
{
	int fd;

	if (strcmp(args[0], "daemon") == 0) {
		must(daemon(1, 0) == 0, "daemon");
		fail_once();
		fail_once();
		say("failed 2");
		return 0;
	}
	if (strncmp(args[0], "quiet", 5) != 0)
		fail_once();
	if (strstr(args[0], "closed"))
		close(2);
	own_file(&fd);
	must(dup2(fd, 2) == 2, "dup2");
	fail_once();
	must(write(2, "mine", 4) == 4, "write");
	return 0;
}

START_TEST(log_to_stderr)
{
	static const struct {
		const char *way;
		unsigned records;
	} ways[] = {{"closed", 2},
		    {"replaced", 2},
		    {"quiet-closed", 1},
		    {"quiet-replaced", 1},
		    {"daemon", 2}};

	for (int i = 0; i < 5; i++) {
		char path[200];
		struct outcome outcome = RUN(.mode = AUTO, .victim = "stderr",
					     .args = {ways[i].way}, .env = {"BPGUARD_LOG=stderr"});
		struct log log;

		ck_lives(outcome);
		if (i == 4)
			await_said("failed");
		snprintf(path, sizeof path, "%s/error", case_directory());
		log = log_read(path);
		ck_assert_msg(!log.fault, "%s: %s", log.fault, log.text);
		ck_assert_uint_eq(log_count(&log, "epipe"), ways[i].records);
		if (i == 4)
			continue;
		snprintf(path, sizeof path, "%s/own", case_directory());
		ck_assert_int_eq(size_of(path), 4);
	}
}
END_TEST

/* --- nothing more than unguarded --- */

static void list(const char *directory)
{
	DIR *dir = opendir(directory);
	char path[320], target[256];
	struct dirent *entry;
	ssize_t length;

	while ((entry = readdir(dir))) {
		if (*entry->d_name == '.')
			continue;
		snprintf(path, sizeof path, "%s/%s", directory, entry->d_name);
		length = readlink(path, target, sizeof target - 1);
		target[length > 0 ? length : 0] = 0;
		/* Every case has another directory, and the list is read by a descriptor too. */
		if (atoi(entry->d_name) == dirfd(dir))
			continue;
		if (strstr(target, case_directory()))
			say("%s own%s", entry->d_name, target + strlen(case_directory()));
		else
			say("%s %s", entry->d_name, length > 0 ? target : "thread");
	}
	closedir(dir);
}

static void tell_status(void)
{
	FILE *file = fopen("/proc/self/status", "re");
	char line[256];

	while (fgets(line, sizeof line, file))
		if (strncmp(line, "SigBlk", 6) == 0 || strncmp(line, "SigIgn", 6) == 0 ||
		    strncmp(line, "Threads", 7) == 0 || strncmp(line, "ShdPnd", 6) == 0 ||
		    strncmp(line, "SigPnd", 6) == 0)
			say("%s", line);
	fclose(file);
}

static int count_entries(const char *directory)
{
	DIR *dir = opendir(directory);
	int count = 0;

	while (readdir(dir))
		count++;
	closedir(dir);
	return count - 2;
}

static int victim_footprint(char **args)
{
	if (strcmp(args[0], "after") == 0)
		fail_once();
	list("/proc/self/fd");
	say("threads %d", count_entries("/proc/self/task"));
	tell_status();
	return 0;
}

START_TEST(no_footprint)
{
	struct outcome unguarded =
	    RUN(.mode = UNGUARDED, .victim = "footprint", .args = {"before"});
	struct outcome outcome = RUN(.mode = (enum mode)_i, .victim = "footprint",
				     .args = {"before"}, .env = {"BPGUARD_LOG=off"});

	ck_lives(outcome);
	ck_heard(outcome, "threads", 1);
	ck_assert_str_eq(unguarded.said, outcome.said);
	if (_i == OBSERVE)
		return;
	/* Nor with a log, as long as nothing fails. */
	outcome = RUN(.mode = (enum mode)_i, .victim = "footprint", .args = {"before"});
	ck_assert_str_eq(unguarded.said, outcome.said);
	outcome = RUN(.mode = (enum mode)_i, .victim = "footprint", .args = {"after"},
		      .env = {"BPGUARD_LOG=off"});
	ck_lives(outcome);
	ck_assert_str_eq(unguarded.said, outcome.said);
}
END_TEST

const struct victim victims[] = {
    {"lose", victim_lose},     {"leave", victim_leave},		{"nature", victim_nature},
    {"stderr", victim_stderr}, {"footprint", victim_footprint}, {0},
};

Suite *suite(void)
{
	Suite *suite = suite_create("descriptors");
	TCase *tcase = tcase_create("descriptors");

	tcase_set_timeout(tcase, 30);
	tcase_add_loop_test(tcase, log_goes_on, 0, LOSSES);
	tcase_add_loop_test(tcase, log_is_kept, 0, LEAVES);
	tcase_add_test(tcase, log_is_out_of_the_way);
	tcase_add_test(tcase, log_is_beyond_the_limit);
	tcase_add_test(tcase, log_to_stderr);
	tcase_add_loop_test(tcase, no_footprint, AUTO, MODES);
	suite_add_tcase(suite, tcase);
	return suite;
}
