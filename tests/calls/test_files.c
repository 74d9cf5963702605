/* Files whose driver, or whose daemon behind FUSE, answers a write as a broken connection would. No
 * signal comes of that. The file is a mount point of its own, in a mount namespace of the victim's.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "channels.h"
#include "harness.h"

static char path[256];

static void answer(int fuse, uint64_t unique, int error, const void *data, size_t size)
{
	struct {
		struct fuse_out_header head;
		char data[256];
	} out = {
	    .head = {.len = (uint32_t)(sizeof out.head + size), .error = -error, .unique = unique}};

	memcpy(out.data, data, size);
	must(write(fuse, &out, out.head.len) == (ssize_t)out.head.len, "an answer");
}

/* The root of this file system is a file, each write to which fails. */
static void serve(int fuse, int error)
{
	static char request[FUSE_MIN_READ_BUFFER + (1 << 16)];
	const struct fuse_in_header *in = (const void *)request;
	const struct fuse_init_out init = {
	    .major = FUSE_KERNEL_VERSION, .minor = 31, .max_write = 4096};
	const struct fuse_open_out opened = {.open_flags = FOPEN_DIRECT_IO};
	const struct fuse_attr_out attributes = {
	    .attr = {.ino = 1, .mode = S_IFREG | 0666, .nlink = 1}};

	while (read(fuse, request, sizeof request) > 0)
		switch (in->opcode) {
		case FUSE_INIT:
			answer(fuse, in->unique, 0, &init, sizeof init);
			break;
		case FUSE_OPEN:
			answer(fuse, in->unique, 0, &opened, sizeof opened);
			break;
		case FUSE_GETATTR:
			answer(fuse, in->unique, 0, &attributes, sizeof attributes);
			break;
		case FUSE_WRITE:
			answer(fuse, in->unique, error, "", 0);
			break;
		case FUSE_FORGET:
			break;
		default:
			answer(fuse, in->unique, ENOSYS, "", 0);
		}
	_exit(0);
}

/* Returns whether there may be such a file here. */
static bool make_file(int error)
{
	int fuse = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	char options[96];

	if (fuse < 0 || unshare(CLONE_NEWNS) != 0)
		return false;
	snprintf(path, sizeof path, "%s/file", case_directory());
	must(close(open(path, O_CREAT | O_WRONLY, 0666)) == 0, "create");
	snprintf(options, sizeof options, "fd=%d,rootmode=100666,user_id=0,group_id=0", fuse);
	if (mount("none", "/", 0, MS_REC | MS_PRIVATE, 0) != 0 ||
	    mount("fuse", path, "fuse", 0, options) != 0)
		return false;
	if (fork() == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		serve(fuse, error);
	}
	close(fuse);
	return true;
}

static int victim_file(char **args)
{
	int error = atoi(args[0]), fd;

	if (!make_file(error))
		return 77;
	fd = open(path, O_WRONLY);
	must(fd >= 0, "open");
	if (args[1])
		sigprocmask(SIG_BLOCK, &(sigset_t){{1UL << (SIGPIPE - 1)}}, 0);
	must(write(fd, "x", 1) == -1 && errno == error, "write");
	say("path %s", path);
	if (args[1]) {
		sigset_t pending;

		sigpending(&pending);
		say("pending %d", sigismember(&pending, SIGPIPE));
	}
	return 0;
}

const struct victim victims[] = {{"file", victim_file}, {0}};

static const struct {
	int error;
	const char *event, *name;
} errors[] = {
    {EPIPE, "epipe", "EPIPE"},
    {ECONNRESET, "reset", "ECONNRESET"},
    {ETIMEDOUT, "timeout", "ETIMEDOUT"},
};
enum { ERRORS = sizeof errors / sizeof *errors, CASES = ERRORS * (MODES - AUTO) };

static bool is_skipped(const struct outcome *outcome)
{
	if (!WIFEXITED(outcome->status) || WEXITSTATUS(outcome->status) != 77)
		return false;
	printf("UNABLE files: no FUSE may be mounted here\n");
	return true;
}

START_TEST(nothing_is_averted)
{
	int i = _i % ERRORS;
	char error[8];
	struct outcome outcome;
	const struct line *line;

	snprintf(error, sizeof error, "%d", errors[i].error);
	outcome = RUN(.mode = AUTO + (enum mode)(_i / ERRORS), .victim = "file", .args = {error});
	if (is_skipped(&outcome))
		return;
	line = log_line(&outcome.log, errors[i].event, 0);
	ck_lives(outcome);
	ck_count(outcome, errors[i].event, 1);
	ck_field(outcome, line, "errno", errors[i].name);
	ck_field(outcome, line, "type", "other");
	ck_field(outcome, line, "peer", heard(&outcome, "path"));
	ck_field(outcome, line, "action", "none");
	ck_field(outcome, line, "saved", "false");
	ck_field(outcome, line, "cause", 0);
	ck_field(outcome, line, "connection", 0);
}
END_TEST

/* Nor is a signal made that never was. */
START_TEST(nothing_is_pending)
{
	struct outcome outcome =
	    RUN(.mode = AUTO + (enum mode)_i, .victim = "file", .args = {"32", "blocked"});

	if (is_skipped(&outcome))
		return;
	ck_lives(outcome);
	ck_heard(outcome, "pending", 0);
}
END_TEST

Suite *suite(void)
{
	Suite *suite = suite_create("files");
	TCase *tcase = tcase_create("files");

	tcase_set_timeout(tcase, 20);
	tcase_add_loop_test(tcase, nothing_is_averted, 0, CASES);
	tcase_add_loop_test(tcase, nothing_is_pending, 0, MODES - AUTO);
	suite_add_tcase(suite, tcase);
	return suite;
}
