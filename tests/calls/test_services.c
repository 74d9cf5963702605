/* Services of inetd's kind: one connection is stdin and stdout. After it broke they have 5 s to
 * come to their own end. The clock that measures them is the test's own (beside/clock.c). */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "channels.h"
#include "harness.h"
#include "writers.h"

/* --- what the service is given --- */

static void give(int fd, int to)
{
	must(dup2(fd, to) == to, "dup2");
}

static void as_both(int fd)
{
	give(fd, 0);
	give(fd, 1);
}

static void as_all_three_and_5(int fd)
{
	as_both(fd);
	give(fd, 2);
	give(fd, 5);
}

/* As systemd gives a daemon the journal's socket. */
static void as_stdout(int fd)
{
	give(fd, 1);
}

static void with_listener(int fd)
{
	int listener = socket(AF_INET, SOCK_STREAM, 0);

	must(listen(listener, 1) == 0, "listen");
	as_both(fd);
}

static void with_another(int fd)
{
	give(open_channel(TCP).fd, 20);
	as_both(fd);
}

static void with_one_opened(int fd)
{
	struct channel other = open_channel(TCP);

	give(other.peer, 20);
	close(other.fd);
	as_both(fd);
}

static const struct given {
	const char *name;
	enum kind kind;
	void (*arrange)(int fd);
	int fd; /* that is written to */
	bool ends;
} given[] = {
    {"inetd", TCP, as_both, 1, true},
    {"inetd-tcp6", TCP6, as_both, 1, true},
    {"inetd-unix", UNIX_STREAM, as_both, 1, true},
    {"other-number", TCP, as_all_three_and_5, 5, true},
    {"client-besides", TCP, with_one_opened, 1, true},
    {"journal", UNIX_STREAM, as_stdout, 1, false},
    {"listener", TCP, with_listener, 1, false},
    {"another", TCP, with_another, 1, false},
};
enum { GIVEN = sizeof given / sizeof *given };

static const struct given *given_named(const char *name)
{
	for (int i = 0; i < GIVEN; i++)
		if (strcmp(given[i].name, name) == 0)
			return &given[i];
	must(false, name);
	return 0;
}

/* --- victims --- */

static void (*clock_move)(long ms);

/* As a shell has sleep(1) run. */
static void run_a_program(void)
{
	pid_t child = fork();

	if (child == 0)
		_exit(0);
	must(waitpid(child, NULL, 0) == child, "waitpid");
}

static void put(const char *writer, int fd)
{
	errno = 0;
	must(writer_named(writer)->put(fd) == -1 && errno == EPIPE, "EPIPE");
}

/* "WRITER FD MS...": fails once for each number, that long after the one before. */
static int victim_serve(char **args)
{
	char *rest = args[0], *writer = strsep(&rest, " ");
	int fd = atoi(strsep(&rest, " ")), count = 0;
	bool loops = strcmp(writer, "loops") == 0;

	*(void **)&clock_move = dlsym(RTLD_DEFAULT, "clock_move");
	must(clock_move != NULL, "the clock is not loaded");
	if (strcmp(writer, "listens") == 0)
		must(listen(socket(AF_INET, SOCK_STREAM, 0), 1) == 0, "listen");
	if (loops || strcmp(writer, "listens") == 0)
		writer = "write";
	for (char *ms; (ms = strsep(&rest, " "));) {
		clock_move(atol(ms));
		if (loops)
			run_a_program();
		say("failure %d", ++count);
		put(writer, fd);
	}
	say("ended %d", count);
	return 0;
}

/* GIVEN, what victim_serve takes but for the fd */
static int victim_inetd(char **args)
{
	const struct given *to = given_named(args[0]);
	struct channel channel = broken_channel(to->kind);
	int status = -1;
	char what[128];
	pid_t child = fork();

	snprintf(what, sizeof what, "%s %d %s", args[1], to->fd, args[2]);
	if (child == 0) {
		int away = fcntl(channel.fd, F_DUPFD_CLOEXEC, 30);

		to->arrange(away);
		become("serve", what);
	}
	must(waitpid(child, &status, 0) == child, "waitpid");
	say("status %d", status);
	return 0;
}

/* The service's own child goes on writing. */
static int victim_serve_forked(char **args)
{
	int status = -1;

	(void)args;
	*(void **)&clock_move = dlsym(RTLD_DEFAULT, "clock_move");
	put("write", 1);
	put("write", 1);
	if (fork() == 0) {
		clock_move(5000);
		put("write", 1);
		_exit(7);
	}
	wait(&status);
	say("status %d", status);
	return 0;
}

const struct victim victims[] = {
    {"serve", victim_serve},
    {"serve-forked", victim_serve_forked},
    {"inetd", victim_inetd},
    {0},
};

/* --- tests --- */

static char place[] = "/tmp/bpguard-services.XXXXXX";
static char preload[160];

static void build(void)
{
	const char *cc = getenv("CC");
	char command[512];

	ck_assert_ptr_nonnull(mkdtemp(place));
	snprintf(command, sizeof command,
		 "%s -shared -fPIC -o %s/clock.so tests/calls/beside/clock.c", cc ? cc : "cc",
		 place);
	ck_assert_int_eq(system(command), 0);
	snprintf(preload, sizeof preload, "%s %s/clock.so", getenv("BPGUARD_LIB"), place);
}

static void tidy(void)
{
	char command[128];

	snprintf(command, sizeof command, "rm -rf %s", place);
	if (system(command) != 0)
		perror(place);
}

static struct outcome serve(const char *what, const char *writer, const char *times,
			    const char *children)
{
	struct outcome outcome = RUN(.mode = AUTO, .victim = "inetd", .args = {what, writer, times},
				     .preload = preload, .env = {children});

	ck_lives(outcome);
	return outcome;
}

static void check_end(struct outcome outcome, size_t failures, bool ends)
{
	ck_heard(outcome, "status", ends ? SIGPIPE : 0);
	ck_heard(outcome, "ended", ends ? -12345 : (long)failures);
	ck_count(outcome, "epipe", failures);
	ck_field(outcome, log_line(&outcome.log, "epipe", failures - 1), "saved",
		 ends ? "false" : "true");
	if (ends)
		ck_field(outcome, log_line(&outcome.log, "epipe", failures - 1), "action",
			 "killed");
}

/* Who is one, and who is not. */
START_TEST(services_end)
{
	if (!kind_available(given[_i].kind))
		return;
	check_end(serve(given[_i].name, "write", "0 1 60000", 0), 3, given[_i].ends);
}
END_TEST

/* 5 s, and at least three failures. */
START_TEST(they_have_their_time)
{
	static const struct {
		const char *times;
		size_t failures;
		bool ends;
	} rows[] = {
	    {"0 0 4999", 3, false}, {"0 0 5000", 3, true},     {"0 60000", 2, false},
	    {"0 60000 0", 3, true}, {"0 0 0 0 0 0", 6, false}, {"0 2500 2499 1", 4, true},
	};

	if (_i < (int)(sizeof rows / sizeof *rows))
		check_end(serve("inetd", "write", rows[_i].times, 0), rows[_i].failures,
			  rows[_i].ends);
}
END_TEST

/* A second, where other programs run in between. */
START_TEST(loops_of_programs_have_less)
{
	check_end(serve("inetd", "loops", "0 0 999", 0), 3, false);
	check_end(serve("inetd", "loops", "0 0 1000", 0), 3, true);
	check_end(serve("inetd", "loops", "0 60000", 0), 2, false);
}
END_TEST

START_TEST(whatever_writes)
{
	static const char *const ways[] = {"writev",  "send",	  "sendmsg",
					   "fprintf", "assembly", "syscall"};

	check_end(serve("inetd", ways[_i], "0 0 5000", 0), 3, true);
}
END_TEST

START_TEST(who_listens_later_is_a_server)
{
	check_end(serve("inetd", "listens", "0 0 60000", 0), 3, false);
}
END_TEST

START_TEST(all_guards_them_for_good)
{
	check_end(serve("inetd", "write", "0 0 60000", "BPGUARD_CHILDREN=all"), 3, false);
}
END_TEST

/* As a unit of systemd's with Accept=yes: the program is the first guarded one. Its child has what
 * was left of the time. */
static struct outcome run_root(const char *victim, const char *what, const char *children)
{
	struct channel channel = broken_channel(TCP);
	struct outcome outcome =
	    RUN(.mode = AUTO, .victim = victim, .args = {what}, .env = {children},
		.preload = preload, .in = channel.fd, .out = channel.fd);

	close(channel.fd);
	return outcome;
}

START_TEST(root_ends_too)
{
	struct outcome outcome = run_root("serve", "write 1 0 0 4999", 0);

	ck_lives(outcome);
	outcome = run_root("serve", "write 1 0 0 5000", 0);
	ck_dies(outcome);
	outcome = run_root("serve", "write 1 0 0 5000", "BPGUARD_CHILDREN=all");
	ck_lives(outcome);
	outcome = run_root("serve-forked", 0, 0);
	ck_lives(outcome);
	ck_heard(outcome, "status", SIGPIPE);
}
END_TEST

Suite *suite(void)
{
	Suite *suite = suite_create("services of inetd's kind");
	TCase *tcase = tcase_create("services");

	signal(SIGPIPE, SIG_IGN); /* the test breaks connections of its own */
	tcase_set_timeout(tcase, 20);
	tcase_add_unchecked_fixture(tcase, build, tidy);
	tcase_add_loop_test(tcase, services_end, 0, GIVEN);
	tcase_add_loop_test(tcase, they_have_their_time, 0, 6);
	tcase_add_test(tcase, loops_of_programs_have_less);
	tcase_add_loop_test(tcase, whatever_writes, 0, 6);
	tcase_add_test(tcase, who_listens_later_is_a_server);
	tcase_add_test(tcase, all_guards_them_for_good);
	tcase_add_test(tcase, root_ends_too);
	suite_add_tcase(suite, tcase);
	return suite;
}
