#include "show/plot.h"

#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "read/memory.h"
#include "show/markup.h"
#include "show/words.h"

enum { WIDTH = 560, HEIGHT = 300, PATIENCE_MS = 10000, LARGEST = 4 << 20 };

/* --- the script --- */

void plot_begin(struct plot *plot, const char *id, const char *title)
{
	*plot = (struct plot){.id = id, .title = title};
	plot->script = open_memstream(&plot->text, &plot->size);
	if (!plot->script)
		abort();
	fprintf(
	    plot->script,
	    "set terminal svg size %d,%d dynamic noenhanced font \"sans-serif,14\" name \"%s\"\n"
	    "unset key\n"
	    "set border 1 lc " PLOT_COLOUR "\n"
	    "set tics nomirror scale 0.4 textcolor " PLOT_COLOUR "\n"
	    "set style fill solid 1 noborder\n"
	    "set rmargin 3\nset tmargin 1\n",
	    WIDTH, HEIGHT, id, PLOT_AXIS, PLOT_TEXT);
}

/* 1, 2 or 5 times a power of ten: what makes about five steps. */
static uint64_t round_step(uint64_t most)
{
	static const int factors[] = {1, 2, 5};
	for (uint64_t ten = 1;; ten *= 10)
		for (int i = 0; i < 3; i++)
			if (ten * (uint64_t)factors[i] * 5 >= most || ten >= UINT64_MAX / 100)
				return ten * (uint64_t)factors[i];
}

void plot_counts(struct plot *plot, const char *axis, const char *what, uint64_t most)
{
	uint64_t step = round_step(most);
	const char *before = "";
	char widest[WORDS_NUMBER];
	if (*axis == 'y')
		fprintf(plot->script, "set lmargin %zu\n", strlen(words_number(most, widest)) + 6);
	fprintf(plot->script, "set %srange [0:%.1f]\nset %stics (", axis,
		(double)most * 1.04 > 0.9 ? (double)most * 1.04 : 1, axis);
	for (uint64_t at = 0; at <= most; at += step, before = ", ") {
		char number[WORDS_NUMBER];
		fprintf(plot->script, "%s\"%s\" %" PRIu64, before, words_number(at, number), at);
	}
	fprintf(plot->script,
		")\nset grid %stics lt 1 lc " PLOT_COLOUR
		"\nset %slabel \"%s\" textcolor " PLOT_COLOUR "\n",
		axis, PLOT_GRID, axis, what, PLOT_TEXT);
}

/* --- gnuplot --- */

static int spawn(int script, int answer, pid_t *pid)
{
	char *const args[] = {"gnuplot", "-d", NULL}; /* -d: no settings of the user's */
	char *const environment[] = {"LC_ALL=C", "TZ=UTC", NULL};
	posix_spawn_file_actions_t actions;
	int failed;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, script, STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, answer, STDOUT_FILENO);
	posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	failed = posix_spawnp(pid, args[0], &actions, NULL, args, environment);
	posix_spawn_file_actions_destroy(&actions);
	return failed;
}

/* One that hangs is not waited for again. */
static bool hung;

static bool await(pid_t pid)
{
	int status;
	for (int waited = 0; waited < PATIENCE_MS; waited += 2) {
		if (waitpid(pid, &status, WNOHANG) == pid)
			return WIFEXITED(status) && WEXITSTATUS(status) == 0;
		nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
	}
	hung = true;
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	return false;
}

static char *read_whole(int fd)
{
	struct stat status;
	char *text;
	ssize_t length;
	if (fstat(fd, &status) != 0 || status.st_size > LARGEST)
		return NULL;
	text = must_clear(1, (size_t)status.st_size + 1);
	length = pread(fd, text, (size_t)status.st_size, 0);
	if (length == status.st_size)
		return text;
	free(text);
	return NULL;
}

static bool fill(int fd, const char *text, size_t size)
{
	return write(fd, text, size) == (ssize_t)size && lseek(fd, 0, SEEK_SET) == 0;
}

/* By files in memory instead of pipes, none of which could be full. */
static char *ask_gnuplot(const char *script, size_t size)
{
	int from = memfd_create("script", MFD_CLOEXEC), to = memfd_create("plot", MFD_CLOEXEC);
	char *answer = NULL;
	pid_t pid;
	if (from >= 0 && to >= 0 && fill(from, script, size) && spawn(from, to, &pid) == 0 &&
	    await(pid))
		answer = read_whole(to);
	close(from);
	close(to);
	return answer;
}

/* --- its SVG --- */

/* "rgb(  1,   1,  19)" is role 19. Returns what follows, or null. */
static const char *put_role(FILE *out, const char *at)
{
	long parts[3];
	char *end;
	at += strlen("rgb(");
	for (int i = 0; i < 3; i++) {
		parts[i] = strtol(at, &end, 10);
		if (end == at || *end != (i < 2 ? ',' : ')'))
			return NULL;
		at = end + 1;
	}
	if (parts[0] != 1 || parts[1] != 1)
		return NULL;
	fprintf(out, "var(--plot-%ld)", parts[2]);
	return at;
}

static const char *put_label(FILE *out, const struct plot *plot, const char *at)
{
	char *end;
	long number = strtol(at + 1, &end, 10);
	if (end == at + 1 || *end != '@' || number < 0 || number >= PLOT_LABELS ||
	    !plot->labels[number])
		return NULL;
	markup_text(out, plot->labels[number], PLOT_LABEL);
	return end + 1;
}

static void put_body(FILE *out, const struct plot *plot, const char *at, const char *end)
{
	while (at < end) {
		const char *next = NULL;
		if (*at == 'r' && strncmp(at, "rgb(", 4) == 0)
			next = put_role(out, at);
		else if (*at == '@')
			next = put_label(out, plot, at);
		if (!next)
			fputc(*at, out);
		at = next ? next : at + 1;
	}
}

/* Its own head is left out: the declaration, a title, and shapes whose ids every plot would have.
 */
static char *make_svg(const struct plot *plot, const char *answer)
{
	const char *begin = strstr(answer, "</defs>"), *end = strstr(answer, "</svg>");
	char *svg;
	size_t size;
	FILE *out;
	if (!begin || !end || end < begin)
		return NULL;
	out = open_memstream(&svg, &size);
	if (!out)
		abort();
	fprintf(out,
		"<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-labelledby=\"%s-title\">\n"
		"<title id=\"%s-title\">%s</title>\n<g>",
		WIDTH, HEIGHT, plot->id, plot->id, plot->title);
	put_body(out, plot, begin + strlen("</defs>"), end);
	fputs("</svg>\n", out);
	fclose(out);
	return svg;
}

char *plot_end(struct plot *plot)
{
	char *answer, *svg = NULL;
	fclose(plot->script);
	answer = hung ? NULL : ask_gnuplot(plot->text, plot->size);
	if (answer)
		svg = make_svg(plot, answer);
	free(answer);
	free(plot->text);
	return svg;
}
