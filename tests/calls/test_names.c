/* Names that somebody else chooses: of a socket's other end, abstract or a path of up to 108 bytes,
 * and of the thread. Whatever bytes they are made of, the record tells them one for one. */
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/un.h>
#include <unistd.h>

#include "channels.h"
#include "harness.h"

enum { NAMES = 150, LONGEST = sizeof((struct sockaddr_un *)0)->sun_path };

/* None that begins a character of UTF-8: from 0x80 on each byte stands for itself. */
static const char bytes[] = "\n\r\t\"\\{}[]:,@ \x01\x1b\x1f\x7f\x80\xa0\xbf\xf5\xff"
			    "abcXYZ0189%$'`<&;";

static unsigned state = 1;

static unsigned next_random(unsigned below)
{
	state = state * 1103515245 + 12345;
	return (state >> 16) % below;
}

/* The same in the victim and in the test: made from its number. */
struct name {
	char socket[LONGEST + 1], comm[16];
	unsigned length;
	bool abstract;
};

static void make_name(struct name *name, unsigned number, const char *directory)
{
	unsigned at = 0;

	memset(name, 0, sizeof *name);
	state = number + 1;
	name->abstract = number % 2;
	if (!name->abstract)
		at = (unsigned)snprintf(name->socket, LONGEST, "%s/%u", directory, number);
	else
		at = 1 +
		     (unsigned)snprintf(name->socket + 1, LONGEST - 1, "%s%u", directory, number);
	/* Each third one to the last byte. */
	name->length = number % 3 ? at + next_random(LONGEST - at) : LONGEST;
	for (; at < name->length; at++)
		name->socket[at] = name->abstract && next_random(9) == 0
				       ? 0
				       : bytes[next_random(sizeof bytes - 1)];
	for (int i = 1 + (int)next_random(15); i > 0; i--)
		name->comm[i - 1] = bytes[next_random(sizeof bytes - 1)];
}

static int victim_names(char **args)
{
	(void)args;
	for (unsigned i = 0; i < NAMES; i++) {
		struct channel channel;
		struct name name;

		make_name(&name, i, case_directory());
		prctl(PR_SET_NAME, name.comm);
		channel = open_named(UNIX_STREAM, name.socket, name.length);
		close(channel.peer);
		must(write(channel.fd, "x", 1) == -1, "EPIPE");
		close(channel.fd);
	}
	return 0;
}

/* As UTF-8, and a NUL as @. */
static void expect(char *text, const char *from, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		unsigned char byte = (unsigned char)from[i];

		if (byte >= 0x80)
			*text++ = (char)(0xc0 | byte >> 6);
		*text++ = (char)(byte >= 0x80 ? 0x80 | (byte & 0x3f) : byte ? byte : '@');
	}
	*text = 0;
}

START_TEST(each_is_told)
{
	struct outcome outcome = RUN(.mode = AUTO, .victim = "names");

	ck_lives(outcome);
	ck_count(outcome, "epipe", NAMES);
	for (unsigned i = 0; i < NAMES; i++) {
		const struct line *line = log_line(&outcome.log, "epipe", i);
		char peer[300] = "unix:", comm[40];
		struct name name;

		make_name(&name, i, case_directory());
		expect(peer + 5, name.socket, name.length);
		expect(comm, name.comm, strlen(name.comm));
		ck_assert_msg(line_is(line, "peer", peer), "name %u: not %s in\n%s", i, peer,
			      line_text(line));
		ck_assert_msg(line_is(line, "comm", comm), "name %u: not %s in\n%s", i, comm,
			      line_text(line));
	}
}
END_TEST

const struct victim victims[] = {{"names", victim_names}, {0}};

Suite *suite(void)
{
	Suite *suite = suite_create("names that others choose");
	TCase *tcase = tcase_create("names");

	tcase_set_timeout(tcase, 30);
	tcase_add_test(tcase, each_is_told);
	suite_add_tcase(suite, tcase);
	return suite;
}
