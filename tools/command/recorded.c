#include "tools/command/recorded.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/command/complain.h"
#include "tools/command/spawned.h"

enum { MOST_NAMES = 64, LETTERS = 24 };

struct count {
	char name[LETTERS];
	unsigned long times;
};

struct counts {
	struct count rows[MOST_NAMES];
	int used;
};

/* Of a name of small letters at `text`, which `end` follows, counts one more. */
static void count(struct counts *counts, const char *text, char end)
{
	size_t size = strspn(text, "abcdefghijklmnopqrstuvwxyz");
	int row = 0;
	if (!size || size >= LETTERS || text[size] != end)
		return;
	while (row < counts->used && (strncmp(counts->rows[row].name, text, size) != 0 ||
				      counts->rows[row].name[size] != '\0'))
		row++;
	if (row == MOST_NAMES)
		return;
	if (row == counts->used) {
		memcpy(counts->rows[row].name, text, size);
		counts->used++;
	}
	counts->rows[row].times++;
}

/* A line is "[TIME] HOST bpguard:NAME: ...", without HOST where the trace does not tell it. What
 * strings within hold comes later in the line. */
static bool count_event(char *line, void *into)
{
	const char *at = *line == '[' ? strstr(line, "] ") : NULL, *blank;
	if (!at)
		return true;
	at += 2;
	blank = strchr(at, ' ');
	if (strncmp(at, "bpguard:", 8) != 0 && blank)
		at = blank + 1;
	if (strncmp(at, "bpguard:", 8) == 0)
		count(into, at + 8, ':');
	return true;
}

static int by_times(const void *a, const void *b)
{
	const struct count *one = a, *other = b;
	if (one->times != other->times)
		return one->times < other->times ? 1 : -1;
	return strcmp(one->name, other->name);
}

static const char *text_of(struct counts *counts)
{
	const char *text = counts->used ? "" : "no events";
	qsort(counts->rows, (size_t)counts->used, sizeof(counts->rows[0]), by_times);
	for (int i = 0; i < counts->used; i++)
		text = compose("%s%s%lu %s", text, i ? ", " : "", counts->rows[i].times,
			       counts->rows[i].name);
	return text;
}

static void read_trace(const char *directory, bool (*take)(char *, void *), void *into)
{
	char *words[] = {"babeltrace2", "--clock-date",	   "--clock-gmt",
			 "--no-delta",	(char *)directory, NULL};
	spawned_lines(words, take, into);
}

const char *recorded_in_trace(const char *directory)
{
	struct counts counts = {.used = 0};
	read_trace(directory, count_event, &counts);
	return text_of(&counts);
}

const char *recorded_in_lines(const char *file)
{
	static const char key[] = "\"event\":\"";
	struct counts counts = {.used = 0};
	FILE *lines = fopen(file, "re");
	char *line = NULL;
	size_t room = 0;
	while (lines && getline(&line, &room, lines) > 0) {
		/* Within a string its quotes would have a backslash before them. */
		const char *at = strstr(line, key);
		if (at)
			count(&counts, at + strlen(key), '"');
	}
	free(line);
	if (lines)
		fclose(lines);
	return text_of(&counts);
}

bool recorded_failure(const char *directory)
{
	static const char *const broken[] = {"epipe", "reset", "timeout", "runaway"};
	struct counts counts = {.used = 0};
	read_trace(directory, count_event, &counts);
	for (int i = 0; i < counts.used; i++)
		for (size_t kind = 0; kind < sizeof(broken) / sizeof(broken[0]); kind++)
			if (strcmp(counts.rows[i].name, broken[kind]) == 0)
				return true;
	return false;
}

/* The first line's time, to the second. */
static bool take_time(char *line, void *into)
{
	if (*line == '[')
		*(const char **)into = compose("%.*s UTC", (int)strcspn(line + 1, ".]"), line + 1);
	return false;
}

const char *recorded_since(const char *directory)
{
	const char *time = "";
	read_trace(directory, take_time, &time);
	return time;
}

struct lines {
	char **at;
	size_t used, room;
};

static bool keep_line(char *line, void *into)
{
	struct lines *lines = into;
	if (lines->used == lines->room) {
		lines->room = lines->room ? 2 * lines->room : 1024;
		lines->at = realloc(lines->at, lines->room * sizeof(*lines->at));
		if (!lines->at)
			fail(STATUS_FAILED, "not enough memory to compare what was written out");
	}
	lines->at[lines->used++] = compose("%s", line);
	return true;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

bool recorded_covers(const char *whole, const char *part)
{
	struct lines all = {.used = 0}, some = {.used = 0};
	bool covers = true;
	read_trace(whole, keep_line, &all);
	read_trace(part, keep_line, &some);
	if (all.used)
		qsort(all.at, all.used, sizeof(*all.at), by_text);
	for (size_t i = 0; covers && i < some.used; i++)
		covers =
		    all.used && bsearch(&some.at[i], all.at, all.used, sizeof(*all.at), by_text);
	return covers;
}

bool recorded_readable(void)
{
	return spawned_find("babeltrace2") != NULL;
}
