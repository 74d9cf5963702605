#include "tools/command/usage.h"

#include <stdlib.h>
#include <string.h>

enum { COLUMN = 42 };

static const struct {
	const char *name, *words, *does;
} rows[] = {
    {"run", "[run] [OPTIONS] [--] PROGRAM [ARG...]",
     "runs PROGRAM so that a broken pipe does not end it: same pid, same streams"},
    {"record", "record [-o DIR] [--live] [--relay HOST] [--flight] [OPTIONS] [--] PROGRAM [ARG...]",
     "runs PROGRAM as a child and records what broke into DIR (bpguard.data)"},
    {"report", "report [-o FILE] [--format text|json|html|prometheus] [DIR|FILE...]",
     "says what recordings, traces and logs tell; see bpguard report --help"},
    {"top", "top [net://HOST|DIR|FILE...]",
     "shows what breaks while it is recorded, full screen; see bpguard top --help"},
    {"env", "env [OPTIONS]", "prints the environment that guards, as KEY=VALUE lines"},
    {"check", "check PROGRAM|PID", "says whether PROGRAM can be guarded, or PID is"},
    {"help", "help [COMMAND]", "shows this, or what COMMAND takes"},
};

enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

/* The rows of the commands that are ours. */
static const int row_of[] = {
    [COMMAND_RUN] = 0, [COMMAND_RECORD] = 1, [COMMAND_ENV] = 4, [COMMAND_CHECK] = 5};

static void option(FILE *into, const char *name, const char *form, const char *meaning)
{
	int width = fprintf(into, "  %s%s%s", name, *form ? " " : "", form);
	fprintf(into, "%*s%s", width < COLUMN ? COLUMN - width : 2, "", meaning);
}

static void settings_options(FILE *into)
{
#define SETTING(id, variable, name, standard, form, takes, meaning)                                \
	option(into, "--" name, form, meaning " (" standard ")\n");
#include "contract/settings.def"
}

static void record_options(FILE *into)
{
	option(into, "-o", "DIR", "where to record (bpguard.data)\n");
	option(into, "--live", "", "the recording can be followed while it runs\n");
	option(into, "--relay", "HOST[:PORT[:PORT]]", "records to the lttng-relayd there\n");
	option(into, "--flight", "", "into memory, written at the first failure\n");
}

static void common_options(FILE *into)
{
	option(into, "-h, --help", "", "shows this\n");
	option(into, "--version", "", "shows the version\n");
}

static const char statuses[] =
    "\nExit status: PROGRAM's; 125 bpguard itself failed, 126 PROGRAM cannot be executed, 127 not "
    "found.\n";

void usage_of_all(FILE *into)
{
	for (int i = 0; i < ROWS; i++)
		fprintf(into, "%s bpguard %s\n", i ? "      " : "usage:", rows[i].words);
	fputc('\n', into);
	for (int i = 0; i < ROWS; i++)
		fprintf(into, "  %-7s %s\n", rows[i].name, rows[i].does);
	fputs("\nOptions of run, record and env, each with its default:\n", into);
	settings_options(into);
	fputs("\nOptions of record:\n", into);
	record_options(into);
	fputs("\nOf all:\n", into);
	common_options(into);
	fputs(statuses, into);
}

void usage_of(enum command command, FILE *into)
{
	const int row = row_of[command];
	fprintf(into, "usage: bpguard %s\n\n%s\n\n", rows[row].words, rows[row].does);
	if (command == COMMAND_RECORD)
		record_options(into);
	if (command != COMMAND_CHECK)
		settings_options(into);
	common_options(into);
	if (command == COMMAND_CHECK)
		fputs("\nExit status: 0 can be guarded, or is; 1 not.\n", into);
	else if (command == COMMAND_ENV)
		fputs("\nExit status: 0; 125 bpguard failed.\n", into);
	else
		fputs(statuses, into);
}

const char *usage_command_name(int index)
{
	return index < ROWS ? rows[index].name : NULL;
}

static int least(int a, int b)
{
	return a < b ? a : b;
}

enum { LONGEST = 32 };

/* How many letters must be left out, added, replaced or changed round with the next (optimal string
 * alignment). Both are at most LONGEST long. */
static int distance(const char *a, const char *b)
{
	int between[LONGEST + 1][LONGEST + 1];
	const int rows_needed = (int)strlen(a), columns = (int)strlen(b);
	for (int i = 0; i <= rows_needed; i++) {
		for (int j = 0; j <= columns; j++) {
			int *here = &between[i][j];
			*here = i ? i : j;
			if (!i || !j)
				continue;
			*here = least(between[i - 1][j - 1] + (a[i - 1] != b[j - 1]),
				      1 + least(between[i - 1][j], between[i][j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				*here = least(*here, between[i - 2][j - 2] + 1);
		}
	}
	return between[rows_needed][columns];
}

const char *usage_nearest(const char *word, const char *const *words, int count)
{
	const size_t length = strlen(word);
	const char *nearest = NULL;
	int nearest_distance = length > 5 ? 3 : 2;
	if (length < 2 || length > LONGEST)
		return NULL;
	for (int i = 0; i < count; i++) {
		int away = strlen(words[i]) <= LONGEST ? distance(word, words[i]) : LONGEST;
		if (away < nearest_distance) {
			nearest = words[i];
			nearest_distance = away;
		}
	}
	return nearest;
}
