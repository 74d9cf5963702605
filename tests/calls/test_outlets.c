/* Outlets under stress: the log rotated or removed under its writer, the disk full, writers killed
 * in the middle of a line, nobody there who reads. The host runs on, and what it is told
 * adds up: the records and what they say was held back are the failures that there were. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "channels.h"
#include "harness.h"
#include "waits.h"
#include "writers.h"

/* The log, in a directory of its own. */
static const char *outlet(void)
{
	return getenv("OUTLET");
}

static const char *beside(const char *name)
{
	static char path[300];

	snprintf(path, sizeof path, "%.*s%s", (int)(strrchr(outlet(), '/') + 1 - outlet()),
		 outlet(), name);
	return path;
}

/* --- the victim's side --- */

static int broken = -1;

static void fail_times(int times)
{
	if (broken < 0)
		broken = broken_channel(PIPE).fd;
	for (int i = 0; i < times; i++)
		must(write(broken, "x", 1) == -1 && errno == EPIPE, "EPIPE");
}

/* A socket whose name makes a line long: that is what gets cut. */
static int broken_at_length(void)
{
	struct channel channel;
	char name[107];

	memset(name, 1, sizeof name);
	snprintf(name, sizeof name, "%c%d", 0, (int)getpid());
	channel = open_named(UNIX_STREAM, name, sizeof name);
	close(channel.peer);
	return channel.fd;
}

/* The log's path is looked at once a tick of the coarse clock. */
static void let_time_pass(void)
{
	await_tick();
}

enum { MANY = 1000 };

/* --- the test's side --- */

static char setting[300], place[300];

/* The victim's environment: the outlet, and where its files are. */
static const char *log_setting(void)
{
	snprintf(setting, sizeof setting, "BPGUARD_LOG=%s", outlet());
	return setting;
}

static const char *place_setting(void)
{
	snprintf(place, sizeof place, "OUTLET=%s", outlet());
	return place;
}

/* Not named as a log that lines.py would read: what is in it may be damaged. */
static void make_place(void)
{
	char path[200];

	snprintf(path, sizeof path, "%s/place", case_directory());
	ck_assert_int_eq(mkdir(path, 0755), 0);
	strcat(path, "/outlet");
	setenv("OUTLET", path, 1);
}

static struct outcome run_there(const char *victim, const char *arg)
{
	return RUN(.mode = AUTO, .victim = victim, .args = {arg},
		   .env = {log_setting(), place_setting()});
}

static long long told(const struct log *log)
{
	long long sum = 0;

	for (size_t i = 0; i < log->count; i++) {
		const struct line *line = &log->lines[i];

		sum += line_is(line, "event", "epipe");
		if (line_value(line, "suppressed"))
			sum += line_number(line, "suppressed");
	}
	return sum;
}

static void check_sum(const struct log *log, long long failures)
{
	ck_assert_msg(told(log) == failures,
		      "%s: told of %lld failures, not %lld; %zu torn, %zu empty\n%.2000s",
		      case_label(), told(log), failures, log->torn, log->empty, log->text);
}

static bool is_root(void)
{
	if (getuid() != 0)
		printf("SKIP: needs root\n");
	return getuid() == 0;
}

/* --- rotated, removed, replaced --- */

static void rename_away(void)
{
	must(rename(outlet(), beside("old")) == 0, "rename");
}

static void rename_and_create(void)
{
	int fd;

	rename_away();
	fd = open(outlet(), O_WRONLY | O_CREAT | O_EXCL, 0640);
	must(fd >= 0, "create");
	close(fd);
}

static void rename_and_link(void)
{
	rename_away();
	must(symlink("elsewhere", outlet()) == 0, "symlink");
}

static void rename_and_fifo(void)
{
	rename_away();
	must(mkfifo(outlet(), 0600) == 0, "mkfifo");
	must(open(outlet(), O_RDONLY | O_NONBLOCK) >= 0, "reader");
}

static void truncate_it(void)
{
	must(truncate(outlet(), 0) == 0, "truncate");
}

static void remove_it(void)
{
	must(unlink(outlet()) == 0, "unlink");
}

static void rename_unprivileged(void)
{
	rename_away();
	must(setgroups(0, 0) == 0 && setresgid(65534, 65534, 65534) == 0 &&
		 setresuid(65534, 65534, 65534) == 0,
	     "setresuid");
}

/* The path leads to another place then, and there is one. */
static void rename_and_chroot(void)
{
	char inside[400];

	rename_away();
	snprintf(inside, sizeof inside, "%s%s", case_directory(), outlet());
	for (char *at = inside + 1; (at = strchr(at, '/')); at++) {
		*at = 0;
		must(mkdir(inside, 0777) == 0 || errno == EEXIST, "mkdir");
		*at = '/';
	}
	must(chroot(case_directory()) == 0, "chroot");
}

static const struct change {
	const char *name;
	void (*make)(void);
	bool privileged;
	unsigned old, new; /* records in the file of before, under its new name, and at the path */
} changes[] = {
    {"rename", rename_away, false, 3, 4},
    {"create", rename_and_create, false, 3, 4},
    {"copytruncate", truncate_it, false, 0, 4},
    {"remove", remove_it, false, 0, 4},
    {"link", rename_and_link, false, 7, 0},
    {"fifo", rename_and_fifo, false, 7, 0},
    {"unprivileged", rename_unprivileged, true, 7, 0},
    {"chroot", rename_and_chroot, true, 7, 0},
};
enum { CHANGES = sizeof changes / sizeof *changes };

static int victim_change(char **args)
{
	int i = 0;

	while (i < CHANGES - 1 && strcmp(changes[i].name, args[0]) != 0)
		i++;
	fail_times(3);
	changes[i].make();
	let_time_pass();
	fail_times(4);
	return 0;
}

/* Then the log's number is one that the program cannot have, nor be given again (state/private.h).
 */
static void lower_soft_limit(void)
{
	struct rlimit limit;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = 256;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

START_TEST(follows)
{
	const struct change *change = &changes[_i % CHANGES];
	struct outcome outcome;
	struct log old, new;
	struct stat info;

	if (change->privileged && !is_root())
		return;
	if (_i >= CHANGES)
		lower_soft_limit();
	make_place();
	outcome = run_there("change", change->name);
	ck_lives(outcome);
	old = log_read_damaged(beside("old"));
	new = change->new ? log_read_damaged(outlet()) : (struct log){.text = ""};
	ck_assert_msg(log_count(&old, "epipe") == change->old &&
			  log_count(&new, "epipe") == change->new,
		      "%s: %zu records in the old file, %zu in the new one\n%s\n%s", change->name,
		      log_count(&old, "epipe"), log_count(&new, "epipe"), old.text, new.text);
	ck_assert_uint_eq(old.empty + old.torn + new.empty + new.torn, 0);
	ck_assert_uint_eq(log_count(&old, "detach") + log_count(&new, "detach"), 1);
	if (change->new && change->make != rename_and_create) {
		ck_assert_int_eq(stat(outlet(), &info), 0);
		ck_assert_int_eq(info.st_mode & 07777, 0640);
	}
}
END_TEST

static int victim_fail(char **args)
{
	fail_times(atoi(args[0]));
	return 0;
}

/* Somebody was there first: nothing is made or written where the link leads. */
START_TEST(no_link_is_followed)
{
	struct outcome outcome;
	struct stat info;

	make_place();
	ck_assert_int_eq(symlink(_i ? "file" : "none", outlet()), 0);
	close(open(beside("file"), O_WRONLY | O_CREAT, 0666));
	outcome = run_there("fail", "3");
	ck_lives(outcome);
	ck_assert_int_eq(stat(beside("none"), &info), -1);
	ck_assert_int_eq(stat(beside("file"), &info), 0);
	ck_assert_int_eq(info.st_size, 0);
}
END_TEST

/* Larger than what a 32-bit program opens by itself. */
START_TEST(file_beyond_2_gib)
{
	const off64_t large = INT64_C(3) << 30;
	struct outcome outcome;
	struct stat64 info;

	make_place();
	close(open(outlet(), O_WRONLY | O_CREAT, 0666));
	ck_assert_int_eq(truncate64(outlet(), large), 0);
	outcome = run_there("fail", "3");
	ck_lives(outcome);
	ck_assert_int_eq(stat64(outlet(), &info), 0);
	ck_assert_int_eq(unlink(outlet()), 0);
	ck_assert_int_gt(info.st_size, large);
}
END_TEST

/* Removed, and nothing can be made at its path: what nobody could read counts as held back. */
static int victim_removed(char **args)
{
	(void)args;
	fail_times(3);
	remove_it();
	must(mkdir(outlet(), 0700) == 0, "mkdir");
	fail_times(5);
	must(rmdir(outlet()) == 0, "rmdir");
	fail_times(1);
	return 0;
}

START_TEST(tells_what_nobody_could_read)
{
	struct outcome outcome;
	struct log log;

	make_place();
	outcome = run_there("removed", 0);
	log = log_read_damaged(outlet());
	ck_lives(outcome);
	ck_assert_uint_eq(log_count(&log, "epipe"), 1);
	ck_field(outcome, log_line(&log, "epipe", 0), "suppressed", "5");
}
END_TEST

/* Several threads and processes write while the log is rotated again and again. */
enum { ROTATIONS = 20, WRITERS = 3, EACH = 2000 };

static bool have_ended(const pid_t children[WRITERS])
{
	for (int i = 0; i < WRITERS; i++)
		if (!has_ended(children[i]))
			return false;
	return true;
}

static int victim_rotated(char **args)
{
	pid_t children[WRITERS];
	char name[16];

	(void)args;
	for (int i = 0; i < WRITERS; i++) {
		children[i] = fork();
		if (children[i] == 0) {
			fail_times(EACH);
			_exit(0);
		}
	}
	for (int i = 0; i < ROTATIONS; i++) {
		snprintf(name, sizeof name, "old.%d", i);
		if (rename(outlet(), beside(name)) == 0)
			say("old %d", i);
		AWAIT(access(outlet(), F_OK) == 0 || have_ended(children), "a new log");
	}
	while (wait(0) > 0)
		;
	return 0;
}

START_TEST(rotated_often)
{
	struct outcome outcome;
	long long sum = 0;

	make_place();
	outcome = run_there("rotated", 0);
	ck_lives(outcome);
	for (int i = -1; i < ROTATIONS; i++) {
		char name[16];
		struct log log;

		snprintf(name, sizeof name, "old.%d", i);
		log = log_read_damaged(i < 0 ? outlet() : beside(name));
		ck_assert_uint_eq(log.torn + log.empty, 0);
		sum += told(&log);
	}
	ck_assert_int_eq(sum, WRITERS * EACH);
}
END_TEST

/* --- the disk full --- */

/* A disk of a few pages, seen by this test's process and its victims only, and a file that can be
 * removed to make room. */
static bool make_disk(void)
{
	static const char page[4096];
	char path[200];
	int fd;

	snprintf(path, sizeof path, "%s", beside(""));
	if (unshare(CLONE_NEWNS) != 0 || mount(0, "/", 0, MS_REC | MS_PRIVATE, 0) != 0 ||
	    mount("bpguard", path, "tmpfs", 0, "size=32k") != 0) {
		printf("SKIP: no file system of one's own: %s\n", strerror(errno));
		return false;
	}
	fd = open(beside("filler"), O_WRONLY | O_CREAT, 0600);
	for (int i = 0; i < 6; i++)
		ck_assert_int_eq(write(fd, page, sizeof page), sizeof page);
	close(fd);
	return true;
}

static int victim_full(char **args)
{
	(void)args;
	fail_times(MANY);
	truncate_it();
	fail_times(100 + MANY);
	must(unlink(beside("filler")) == 0, "unlink");
	fail_times(3);
	return 0;
}

/* Two pages are full in the middle of a line: what is written after it stands on its own. */
START_TEST(disk_is_full)
{
	struct outcome outcome;
	struct log log;

	make_place();
	if (!make_disk())
		return;
	outcome = run_there("full", 0);
	log = log_read_damaged(outlet());
	ck_lives(outcome);
	/* None where a line ends with its page. */
	ck_assert_uint_le(log.torn, 1);
	ck_assert_uint_eq(log.empty, 0);
	ck_assert_uint_ge(log_count(&log, "epipe"), 10);
	/* All that was before is gone with the truncation, suppressed counts among it. */
	ck_assert_int_ge(told(&log), MANY + 100);
	ck_assert_int_lt(told(&log), 2 * MANY + 103);
	ck_assert_uint_eq(log_count(&log, "detach"), 1);
}
END_TEST

/* Several processes find it full in the middle of their lines; all of them have a last one. */
static int victim_full_for_many(char **args)
{
	pid_t children[WRITERS];
	int status;

	(void)args;
	for (int i = 0; i < WRITERS; i++) {
		children[i] = fork();
		if (children[i] == 0) {
			fail_times(51);
			raise(SIGSTOP);
			fail_times(1);
			_exit(0);
		}
	}
	for (int i = 0; i < WRITERS; i++)
		must(waitpid(children[i], &status, WUNTRACED) > 0 && WIFSTOPPED(status), "stopped");
	must(unlink(beside("filler")) == 0, "unlink");
	for (int i = 0; i < WRITERS; i++)
		kill(children[i], SIGCONT);
	while (wait(0) > 0)
		;
	return 0;
}

START_TEST(disk_is_full_for_many)
{
	struct outcome outcome;
	struct log log;

	make_place();
	if (!make_disk())
		return;
	outcome = run_there("full-for-many", 0);
	log = log_read_damaged(outlet());
	ck_lives(outcome);
	/* A line each at most; two that begin with a newline, as after a rest, leave one empty. */
	ck_assert_uint_le(log.torn, WRITERS);
	ck_assert_uint_le(log.empty, WRITERS);
	check_sum(&log, WRITERS * 52);
}
END_TEST

static void limit_files(rlim_t size)
{
	struct rlimit limit;

	must(getrlimit(RLIMIT_FSIZE, &limit) == 0, "getrlimit");
	limit.rlim_cur = size;
	must(setrlimit(RLIMIT_FSIZE, &limit) == 0, "setrlimit");
}

static int victim_limited(char **args)
{
	(void)args;
	fail_times(1);
	limit_files(3000);
	fail_times(20);
	limit_files(RLIM_INFINITY);
	fail_times(2);
	return 0;
}

START_TEST(file_is_limited)
{
	struct outcome outcome;
	struct log log;

	make_place();
	outcome = run_there("limited", 0);
	log = log_read_damaged(outlet());
	ck_lives(outcome);
	ck_assert_uint_le(log.torn, 1);
	ck_assert_uint_eq(log.empty, 0);
	check_sum(&log, 23);
}
END_TEST

/* --- killed in the middle of a line --- */

static void cut_a_line(void)
{
	int fd = open(outlet(), O_WRONLY | O_APPEND | O_CREAT, 0640);

	must(fd >= 0 && write(fd, "{\"time\":\"20", 11) == 11, "cut");
	close(fd);
}

static int victim_after_cuts(char **args)
{
	bool privileged = strcmp(args[0], "privileged") != 0;

	fail_times(2);
	cut_a_line();
	if (!privileged) {
		must(setgroups(0, 0) == 0 && setresgid(65534, 65534, 65534) == 0 &&
			 setresuid(65534, 65534, 65534) == 0,
		     "setresuid");
	}
	fail_times(2);
	return 0;
}

/* By another process, before this one opened the log and while it has it open. */
START_TEST(cut_lines_of_others)
{
	struct outcome outcome;
	struct log log;

	if (_i && !is_root())
		return;
	make_place();
	cut_a_line();
	outcome = run_there("after-cuts", _i ? "unprivileged" : "privileged");
	log = log_read_damaged(outlet());
	ck_lives(outcome);
	ck_assert_uint_eq(log.torn, 2);
	ck_assert_uint_eq(log.empty, 0);
	check_sum(&log, 4);
	ck_assert_uint_eq(log_count(&log, "attach") + log_count(&log, "detach"), 2);
}
END_TEST

/* SIGKILL for one writer after another, while one goes on: what lines are cut are theirs. */
enum { LASTING = 40 }; /* records that it makes in the life of one of them */

static int kills(void)
{
	const char *given = getenv("OUTLETS_KILLS");

	return given ? atoi(given) : 60;
}

static void last(int records)
{
	broken = broken_at_length();
	for (int i = 0; i < records; i++) {
		fail_times(1);
		if (i % 10 == 0)
			sched_yield();
	}
}

static int victim_killed(char **args)
{
	int count = atoi(args[0]);
	pid_t lasting = fork();

	if (lasting == 0) {
		last(count * LASTING);
		_exit(0);
	}
	say("lasting %d", (int)lasting);
	for (int i = 0; i < count; i++) {
		pid_t killed = fork();

		if (killed == 0) {
			broken = broken_at_length();
			for (;;)
				fail_times(1);
		}
		usleep(300 + (useconds_t)(i * 37 % 700));
		kill(killed, SIGKILL);
		waitpid(killed, 0, 0);
	}
	waitpid(lasting, 0, 0);
	return 0;
}

START_TEST(killed_writers)
{
	struct outcome outcome;
	struct log log;
	size_t lines = 0, all = (size_t)kills() * LASTING;
	char pid[16], count[16];

	make_place();
	snprintf(count, sizeof count, "%d", kills());
	outcome = run_there("killed", count);
	log = log_read_damaged(outlet());
	ck_lives(outcome);
	snprintf(pid, sizeof pid, "%s", heard(&outcome, "lasting"));
	for (size_t i = 0; i < log.count; i++)
		lines +=
		    line_is(&log.lines[i], "event", "epipe") && line_is(&log.lines[i], "pid", pid);
	ck_assert_uint_eq(lines, all);
	ck_assert_uint_le(log.torn, (size_t)kills());
	if (getenv("OUTLETS_SHOW"))
		printf("%d killed: %zu lines torn, %zu empty\n", kills(), log.torn, log.empty);
}
END_TEST

/* --- nobody reads --- */

/* A FIFO: no reader, one that reads nothing until it is full, one that reads again. */
static int victim_fifo(char **args)
{
	char bytes[65536];
	long long got = 0;
	ssize_t size;
	int reader, copy = open(beside("copy"), O_WRONLY | O_CREAT, 0600);

	(void)args;
	fail_times(5);
	reader = open(outlet(), O_RDONLY | O_NONBLOCK);
	must(reader >= 0, "reader");
	let_time_pass();
	fail_times(1);
	fail_times(2 * MANY);
	for (int i = 0; i < 3; i++) {
		while ((size = read(reader, bytes, sizeof bytes)) > 0) {
			must(write(copy, bytes, (size_t)size) == size, "copy");
			got += size;
		}
		fail_times(1);
	}
	must(got > 65536 / 2, "the FIFO was full");
	close(reader);
	fail_times(7);
	reader = open(outlet(), O_RDONLY | O_NONBLOCK);
	fail_times(1);
	while ((size = read(reader, bytes, sizeof bytes)) > 0)
		must(write(copy, bytes, (size_t)size) == size, "copy");
	say("failures %d", 5 + 1 + 2 * MANY + 3 + 7 + 1);
	return 0;
}

START_TEST(fifo_without_reader)
{
	struct outcome outcome;
	struct log log;

	make_place();
	ck_assert_int_eq(mkfifo(outlet(), 0600), 0);
	outcome = run_there("fifo", 0);
	log = log_read_damaged(beside("copy"));
	ck_lives(outcome);
	ck_assert_uint_eq(log.torn + log.empty, 0);
	check_sum(&log, heard_number(&outcome, "failures"));
}
END_TEST

/* What stderr can be, none of it ever read until the end. */
static const char *const streams[] = {"terminal", "pipe", "unix", "tcp"};
enum { STREAMS = sizeof streams / sizeof *streams };

static void open_terminal(int *writer, int *reader)
{
	struct termios mode = {0};

	*reader = posix_openpt(O_RDWR | O_NOCTTY);
	ck_assert(*reader >= 0 && grantpt(*reader) == 0 && unlockpt(*reader) == 0);
	*writer = open(ptsname(*reader), O_RDWR | O_NOCTTY);
	ck_assert_int_eq(tcgetattr(*writer, &mode), 0);
	/* As a terminal mostly is: then it takes a part of a line where it has no room for all. */
	mode.c_oflag = OPOST;
	ck_assert_int_eq(tcsetattr(*writer, TCSANOW, &mode), 0);
}

enum { SOCKETS = 2 }; /* the first of the streams that is one */

static void open_stream(int which, int *writer, int *reader)
{
	static const enum kind kinds[] = {PIPE, PIPE, UNIX_STREAM, TCP};
	static const int least = 1;
	struct channel channel;

	if (which == 0) {
		open_terminal(writer, reader);
		return;
	}
	channel = open_channel(kinds[which]);
	*writer = channel.fd;
	*reader = channel.peer;
	setsockopt(*writer, SOL_SOCKET, SO_SNDBUF, &least, sizeof least);
	setsockopt(*reader, SOL_SOCKET, SO_RCVBUF, &least, sizeof least);
}

static bool is_ready(int fd, short events)
{
	struct pollfd ready = {.fd = fd, .events = events};

	return poll(&ready, 1, 20) == 1 && (ready.revents & events);
}

/* What a socket or terminal has taken and its other end not got: TCP's with a window that is nearly
 * always shut. 0 for a pipe, which has nothing of that kind. */
static int on_its_way(int writer)
{
	int bytes;

	return ioctl(writer, TIOCOUTQ, &bytes) == 0 ? bytes : 0;
}

/* Reads all that was written, what is still on its way too: then there is room again. */
static void drain(int reader, int copy, int writer)
{
	char bytes[65536];

	for (int i = 0; i < 1000; i++) {
		while (is_ready(reader, POLLIN)) {
			ssize_t size = read(reader, bytes, sizeof bytes);

			must(size > 0 && write(copy, bytes, (size_t)size) == size, "copy");
		}
		if (!on_its_way(writer) && !is_ready(reader, POLLIN))
			return;
	}
	must(0, "drain");
}

/* The reading end is fd 5. */
static int victim_stderr(char **args)
{
	int flags = fcntl(2, F_GETFL), copy = open(beside("copy"), O_WRONLY | O_CREAT, 0600);

	(void)args;
	broken = broken_at_length();
	fail_times(3 * MANY);
	drain(5, copy, 2);
	fail_times(1);
	drain(5, copy, 2);
	say("flags %d", fcntl(2, F_GETFL) == flags);
	return 0;
}

START_TEST(stderr_that_nobody_reads)
{
	struct outcome outcome;
	struct log log;
	int writer, reader;

	make_place();
	open_stream(_i, &writer, &reader);
	outcome =
	    RUN(.mode = AUTO, .victim = "stderr", .args = {streams[_i]},
		.env = {"BPGUARD_LOG=stderr", place_setting()}, .error = writer, .other = reader);
	ck_lives(outcome);
	log = log_read_damaged(beside("copy"));
	ck_heard(outcome, "flags", 1);
	/* A stream takes what it has room for, and the line's rest is lost: then it is held back.
	 * A socket's other end is sent nothing. */
	check_sum(&log, _i < SOCKETS ? 3 * MANY + 1 : 0);
}
END_TEST

const struct victim victims[] = {
    {"change", victim_change},	 {"fail", victim_fail},
    {"removed", victim_removed}, {"rotated", victim_rotated},
    {"full", victim_full},	 {"full-for-many", victim_full_for_many},
    {"limited", victim_limited}, {"after-cuts", victim_after_cuts},
    {"killed", victim_killed},	 {"fifo", victim_fifo},
    {"stderr", victim_stderr},	 {0},
};

Suite *suite(void)
{
	Suite *suite = suite_create("outlets under stress");
	TCase *tcase = tcase_create("outlets");

	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, follows, 0, 2 * CHANGES);
	tcase_add_loop_test(tcase, no_link_is_followed, 0, 2);
	tcase_add_test(tcase, file_beyond_2_gib);
	tcase_add_test(tcase, tells_what_nobody_could_read);
	tcase_add_test(tcase, rotated_often);
	tcase_add_test(tcase, disk_is_full);
	tcase_add_test(tcase, disk_is_full_for_many);
	tcase_add_test(tcase, file_is_limited);
	tcase_add_loop_test(tcase, cut_lines_of_others, 0, 2);
	tcase_add_test(tcase, killed_writers);
	tcase_add_test(tcase, fifo_without_reader);
	tcase_add_loop_test(tcase, stderr_that_nobody_reads, 0, STREAMS);
	suite_add_tcase(suite, tcase);
	return suite;
}
