/* What was lost, to the byte: connections broken at random moments, each measured at both ends. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "flows.h"
#include "harness.h"
#include "writers.h"

enum { CONNECTIONS = 200, AT_ONCE = 8, LARGEST = 300000 /* bytes a write */ };

/* PAUSED: the client reads a while and stops; when nothing moves any more it resets. MOVING: it
 * shuts down while data comes in, so that its kernel answers with a RST and its socket still tells
 * how much it got. */
enum manner { PAUSED, MOVING };

struct break_up {
	struct channel flow;
	enum manner manner;
	unsigned seed;
	size_t accepted; /* by write, on our side */
	size_t received; /* by the client's kernel */
};

static size_t random_below(unsigned *seed, size_t end)
{
	return ((size_t)rand_r(seed) << 16 ^ (size_t)rand_r(seed)) % end;
}

static void rest_us(long us)
{
	nanosleep(&(struct timespec){0, us * 1000}, 0);
}

/* --- our side: writes until it fails --- */

static ssize_t write_some(int fd, unsigned *seed)
{
	static const char bytes[LARGEST];

	return write(fd, bytes, 1 + random_below(seed, LARGEST));
}

static void *write_all(void *argument)
{
	struct break_up *this = argument;
	unsigned seed = this->seed ^ 1;
	ssize_t size;

	while ((size = write_some(this->flow.fd, &seed)) > 0) {
		this->accepted += (size_t)size;
		rest_us((long)random_below(&seed, 300));
	}
	must(errno == ECONNRESET || errno == EPIPE, "the write that is to fail");
	return 0;
}

/* --- the client --- */

static void read_some(struct break_up *this, size_t size)
{
	static char bytes[65536]; /* nobody looks at them */

	while (size) {
		ssize_t part =
		    recv(this->flow.peer, bytes, size < sizeof bytes ? size : sizeof bytes, 0);

		must(part > 0, "the client's read");
		size -= (size_t)part;
	}
}

/* More waits for the window to open, and it was so a moment ago. What a full client dropped may
 * stay unacknowledged for good, and what it took for the time that an acknowledgement may be
 * delayed: then a longer moment must do. */
static void await_standstill(struct break_up *this)
{
	enum { MOMENT = 3, LONGER = 100 };
	struct tcp_info now, before = {0};
	socklen_t size = sizeof now;

	for (int still = 0; still < (before.tcpi_unacked ? LONGER : MOMENT); still++) {
		memset(&now, 0, sizeof now);
		must(getsockopt(this->flow.fd, IPPROTO_TCP, TCP_INFO, &now, &size) == 0, "info");
		if (!now.tcpi_notsent_bytes || now.tcpi_bytes_acked != before.tcpi_bytes_acked)
			still = 0;
		before = now;
		rest_us(500);
	}
}

static void leave_standing(struct break_up *this)
{
	read_some(this, random_below(&this->seed, 4 * LARGEST));
	await_standstill(this);
	this->received = received(this->flow.peer);
	reset(this->flow.peer);
}

/* A window that is closed would keep the data away that a RST is to answer. */
static void open_window(struct break_up *this)
{
	static char bytes[65536];

	while (recv(this->flow.peer, bytes, sizeof bytes, MSG_DONTWAIT) > 0)
		;
}

static void leave_moving(struct break_up *this, pthread_t writer)
{
	read_some(this, random_below(&this->seed, 4 * LARGEST));
	rest_us((long)random_below(&this->seed, 1000));
	must(shutdown(this->flow.peer, SHUT_RDWR) == 0, "shutdown");
	open_window(this);
	pthread_join(writer, 0);
	this->received = received(this->flow.peer);
	close(this->flow.peer);
}

static void break_one(struct break_up *this)
{
	pthread_t writer;

	this->flow = open_channel(TCP);
	must(setsockopt(this->flow.peer, SOL_SOCKET, SO_RCVBUF, &(int){1 << 20}, sizeof(int)) == 0,
	     "SO_RCVBUF");
	must(pthread_create(&writer, 0, write_all, this) == 0, "pthread_create");
	if (this->manner == PAUSED) {
		leave_standing(this);
		pthread_join(writer, 0);
	} else {
		leave_moving(this, writer);
	}
	close(this->flow.fd);
}

static struct break_up all[CONNECTIONS];
static int taken;
static pthread_mutex_t saying = PTHREAD_MUTEX_INITIALIZER;

static void *break_many(void *unused)
{
	int i;

	while ((i = __atomic_fetch_add(&taken, 1, __ATOMIC_RELAXED)) < CONNECTIONS) {
		struct break_up *this = &all[i];

		break_one(this);
		pthread_mutex_lock(&saying);
		say("%s-%s %d %zu %zu", this->flow.local_name, this->flow.peer_name, this->manner,
		    this->accepted, this->received);
		pthread_mutex_unlock(&saying);
	}
	return unused;
}

/* args[0]: the seed */
static int victim_break(char **args)
{
	pthread_t threads[AT_ONCE];
	unsigned seed = (unsigned)strtoul(args[0], 0, 10);

	for (int i = 0; i < CONNECTIONS; i++) {
		all[i].manner = rand_r(&seed) % 2 ? PAUSED : MOVING;
		all[i].seed = (unsigned)rand_r(&seed);
	}
	for (int i = 0; i < AT_ONCE; i++)
		must(pthread_create(&threads[i], 0, break_many, 0) == 0, "pthread_create");
	for (int i = 0; i < AT_ONCE; i++)
		pthread_join(threads[i], 0);
	return 0;
}

const struct victim victims[] = {{"break", victim_break}, {0}};

/* --- tests --- */

struct tally {
	int exact, bounded;
};

static void compare(const struct outcome *outcome, const struct line *line, struct tally *tally)
{
	char ends[160];
	long long lost = line_number(line, "lost"), accepted, received;
	bool at_most = line_is(line, "lost_at_most", "true");
	int manner;

	/* One alone may come again: each connection has a listener of its own. */
	snprintf(ends, sizeof ends, "%s-%s", or_absent(line_value(line, "local")),
		 or_absent(line_value(line, "peer")));
	ck_assert_msg(sscanf(heard(outcome, ends), "%d %lld %lld", &manner, &accepted, &received) ==
			  3,
		      "whose is\n%s", line_text(line));
	ck_assert_msg(at_most ? lost + received >= accepted : lost + received == accepted,
		      "%s: lost %lld, received %lld, accepted %lld, a difference of %lld in\n%s",
		      case_label(), lost, received, accepted, lost + received - accepted,
		      line_text(line));
	/* There the RST answers data of ours. */
	ck_assert_msg(at_most || manner == PAUSED, "%s: no bound in\n%s", case_label(),
		      line_text(line));
	++*(at_most ? &tally->bounded : &tally->exact);
}

START_TEST(broken_at_random)
{
	const char *given = getenv("LOST_SEED");
	struct tally tally = {0, 0};
	char seed[16];

	snprintf(seed, sizeof seed, "%s", given ? given : "");
	if (!given)
		snprintf(seed, sizeof seed, "%u", (unsigned)time(0));
	printf("LOST_SEED=%s\n", seed);
	struct outcome outcome = RUN(.mode = AUTO, .victim = "break", .args = {seed});
	ck_lives(outcome);
	for (size_t i = 0; i < outcome.log.count; i++)
		if (line_value(&outcome.log.lines[i], "lost"))
			compare(&outcome, &outcome.log.lines[i], &tally);
	printf("%d to the byte, %d bounded\n", tally.exact, tally.bounded);
	ck_assert_int_eq(tally.exact + tally.bounded, CONNECTIONS);
	ck_assert_int_ge(tally.exact, CONNECTIONS / 4);
	ck_assert_int_ge(tally.bounded, CONNECTIONS / 4);
}
END_TEST

Suite *suite(void)
{
	Suite *suite = suite_create("lost");
	TCase *tcase = tcase_create("lost");

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, broken_at_random);
	suite_add_tcase(suite, tcase);
	return suite;
}
