/* Failing writes on little stack, and in handlers that interrupt malloc, another failing write, or
 * its record: at a thousand signals a second, in one thread and in sixty-four. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#include "channels.h"
#include "harness.h"
#include "writers.h"

/* What is to be told is told by the first thread: say() itself takes more stack than there is. */
static struct {
	const struct writer *writer;
	int fd;
	ssize_t result;
	int error;
} job;

static void prepare_job(const char *writer)
{
	job.writer = writer_named(writer);
	job.fd = broken_channel(PIPE).fd;
	job.result = 0;
}

static void do_job(void)
{
	errno = 0;
	job.result = job.writer->put(job.fd);
	job.error = errno;
}

static void tell_job(void)
{
	say("result %zd", job.result);
	say("errno %d", job.error);
}

/* --- little stack --- */

static void *in_thread(void *unused)
{
	do_job();
	return unused;
}

static void on_small_thread(void)
{
	pthread_attr_t small;
	pthread_t thread;

	pthread_attr_init(&small);
	must(pthread_attr_setstacksize(&small, 16384) == 0, "setstacksize");
	must(pthread_create(&thread, &small, in_thread, 0) == 0, "pthread_create");
	pthread_join(thread, 0);
}

/* With nothing mapped below. */
static char *make_stack(size_t size)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *start =
	    mmap(0, size + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	must(start != MAP_FAILED && mprotect(start, page, PROT_NONE) == 0, "mmap");
	return start + page;
}

static void on_coroutine(void)
{
	static ucontext_t here, there;

	must(getcontext(&there) == 0, "getcontext");
	there.uc_stack.ss_sp = make_stack(8192);
	there.uc_stack.ss_size = 8192;
	there.uc_link = &here;
	makecontext(&there, do_job, 0);
	swapcontext(&here, &there);
}

static void handle_job(int number)
{
	(void)number;
	do_job();
}

static void on_alternate_stack(void)
{
	struct sigaction action = {.sa_handler = handle_job, .sa_flags = SA_ONSTACK};
	stack_t stack = {.ss_sp = make_stack(16384), .ss_size = 16384};

	must(sigaltstack(&stack, 0) == 0, "sigaltstack");
	must(sigaction(SIGUSR1, &action, 0) == 0, "sigaction");
	raise(SIGUSR1);
}

static const struct {
	const char *name;
	void (*stand)(void);
} stacks[] = {
    {"16-KiB-thread", on_small_thread},
    {"8-KiB-coroutine", on_coroutine},
    {"alternate-stack", on_alternate_stack},
};
enum { STACKS = sizeof stacks / sizeof *stacks };

static int victim_small(char **args)
{
	prepare_job(args[1]);
	stacks[atoi(args[2])].stand();
	tell_job();
	_exit(0);
}

START_TEST(little_stack)
{
	static const char *const names[] = {"write",  "writev",	 "syscall", "sendfile",
					    "splice", "dprintf", "assembly"};

	for (int i = 0; i < 7 * STACKS; i++) {
		char index[4] = {(char)('0' + i / 7), 0};
		struct outcome outcome = RUN(.mode = (enum mode)_i, .victim = "small",
					     .args = {stacks[i / 7].name, names[i % 7], index});

		if (!survives(_i, names[i % 7])) {
			ck_dies(outcome);
			ck_count(outcome, "epipe", _i == OBSERVE);
			continue;
		}
		ck_lives(outcome);
		ck_heard(outcome, "result", -1);
		ck_heard(outcome, "errno", EPIPE);
		ck_count(outcome, "epipe", 1);
	}
}
END_TEST

/* --- handlers that write, a thousand times a second --- */

enum { ROUNDS = 300, THREADS = 64, THREAD_ROUNDS = 40 };

static int broken_pipe_fd, broken_socket_fd;
static int failures, wrong; /* atomic: calls that failed as they must, and others */

static void fail_both_ways(void)
{
	int saved = errno, right;

	errno = 0;
	right = write(broken_pipe_fd, "x", 1) == -1 && errno == EPIPE;
	errno = 0;
	right += send(broken_socket_fd, "x", 1, 0) == -1 && errno == EPIPE;
	__atomic_add_fetch(&failures, right, __ATOMIC_RELAXED);
	__atomic_add_fetch(&wrong, 2 - right, __ATOMIC_RELAXED);
	errno = saved;
}

static volatile sig_atomic_t signals;

static void fail_in_handler(int number)
{
	(void)number;
	signals++;
	fail_both_ways();
}

static void start_timer(int number)
{
	struct itimerspec each = {{.tv_nsec = 1000000}, {.tv_nsec = 1000000}};
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = number};
	struct sigaction action = {.sa_handler = fail_in_handler, .sa_flags = SA_RESTART};
	timer_t timer;

	broken_pipe_fd = broken_channel(PIPE).fd;
	broken_socket_fd = broken_channel(UNIX_STREAM).fd;
	must(sigaction(number, &action, 0) == 0, "sigaction");
	must(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0, "timer_create");
	must(timer_settime(timer, 0, &each, 0) == 0, "timer_settime");
}

/* No more of them from here on. */
static void tell_storm(int number)
{
	sigset_t mask, pending;

	signal(number, SIG_IGN);
	sigprocmask(SIG_SETMASK, 0, &mask);
	sigpending(&pending);
	say("signals %d", signals);
	say("failures %d", failures);
	say("wrong %d", wrong);
	say("blocked %d", sigismember(&mask, SIGPIPE));
	say("pending %d", sigismember(&pending, SIGPIPE));
}

static void use_malloc(void)
{
	void *held[64] = {0};

	for (unsigned i = 0; i < 4096; i++) {
		free(held[i % 64]);
		held[i % 64] = malloc(16 + i * 37 % 5000);
	}
	for (int i = 0; i < 64; i++)
		free(held[i]);
}

static const int numbers[] = {SIGUSR1, SIGALRM};

static int victim_storm(char **args)
{
	int number = numbers[atoi(args[1])];

	start_timer(number);
	while (signals < ROUNDS)
		if (strcmp(args[0], "malloc") == 0)
			use_malloc();
		else
			fail_both_ways(), usleep(20);
	tell_storm(number);
	_exit(0);
}

static int blocked_at_last, ended;

static void *fail_in_thread(void *number)
{
	sigset_t set, last;

	sigemptyset(&set);
	sigaddset(&set, *(int *)number);
	pthread_sigmask(SIG_UNBLOCK, &set, 0);
	for (int i = 0; i < THREAD_ROUNDS; i++) {
		fail_both_ways();
		usleep(1000);
	}
	pthread_sigmask(SIG_BLOCK, &set, &last);
	__atomic_add_fetch(&blocked_at_last, sigismember(&last, SIGPIPE), __ATOMIC_RELAXED);
	__atomic_add_fetch(&ended, 1, __ATOMIC_RELAXED);
	return 0;
}

/* What is sent to a thread is delivered at the same return as its SIGPIPE, and below it; a timer's
 * signal is the process's. */
static void send_to_each(const pthread_t *threads, int number)
{
	while (__atomic_load_n(&ended, __ATOMIC_RELAXED) < THREADS) {
		for (int i = 0; i < THREADS; i++)
			pthread_kill(threads[i], number);
		usleep(1000);
	}
}

/* The first thread takes none of the signals. */
static int victim_threads(char **args)
{
	int number = numbers[atoi(args[1])];
	pthread_t threads[THREADS];
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, number);
	sigprocmask(SIG_BLOCK, &set, 0);
	start_timer(number);
	for (int i = 0; i < THREADS; i++)
		must(pthread_create(&threads[i], 0, fail_in_thread, &number) == 0,
		     "pthread_create");
	if (number == SIGUSR1)
		send_to_each(threads, number);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], 0);
	tell_storm(number);
	say("threads-blocked %d", blocked_at_last);
	_exit(0);
}

static void check_storm(int mode, const char *victim, const char *what, long least)
{
	for (int i = 0; i < 2; i++) {
		struct outcome outcome =
		    RUN(.mode = (enum mode)mode, .victim = victim, .args = {what, i ? "1" : "0"});

		if (!survives(mode, "write")) {
			ck_dies(outcome);
			continue;
		}
		ck_lives(outcome);
		ck_heard(outcome, "wrong", 0);
		ck_heard(outcome, "blocked", 0);
		ck_heard(outcome, "pending", 0);
		ck_assert_int_ge(heard_number(&outcome, "failures"), least);
		ck_count(outcome, "epipe", (size_t)heard_number(&outcome, "failures"));
		if (strcmp(victim, "threads") == 0)
			ck_heard(outcome, "threads-blocked", 0);
	}
}

START_TEST(writes_in_the_midst_of_malloc)
{
	check_storm(_i, "storm", "malloc", 2 * ROUNDS);
}
END_TEST

START_TEST(writes_in_the_midst_of_a_record)
{
	check_storm(_i, "storm", "record", 2 * ROUNDS);
}
END_TEST

START_TEST(writes_in_many_threads)
{
	check_storm(_i, "threads", "64", 2 * THREADS * THREAD_ROUNDS);
}
END_TEST

const struct victim victims[] = {
    {"small", victim_small},
    {"storm", victim_storm},
    {"threads", victim_threads},
    {0},
};

Suite *suite(void)
{
	Suite *suite = suite_create("stacks, and handlers that write");
	TCase *tcase = tcase_create("hosts");

	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, little_stack, 0, MODES);
	tcase_add_loop_test(tcase, writes_in_the_midst_of_malloc, 0, MODES);
	tcase_add_loop_test(tcase, writes_in_the_midst_of_a_record, 0, MODES);
	tcase_add_loop_test(tcase, writes_in_many_threads, 0, MODES);
	suite_add_tcase(suite, tcase);
	return suite;
}
