/* Tables of ways to break a connection, a row each: what the victim does, and every field of every
 * record that must come of it. */
#ifndef BPGUARD_TESTS_ROWS_H
#define BPGUARD_TESTS_ROWS_H

#include "harness.h"

struct row {
	const char *name;
	void (*play)(void); /* in the victim; ends it where it does not go as meant */
	/* The records of failures in their order, each as "field: value, …". A value that begins
	 * with $ is what the victim said of that name, * any. A field that rows.c knows and the row
	 * does not name must be absent. */
	const char *records[4];
};

/* The victim of a table: args[0] is the row's name. */
int row_play(const struct row *rows, size_t count, char **args);

/* Runs the victim "row" and compares. */
void row_check(const struct row *row);

/* The same with all rows at once: for those that mostly wait. */
void rows_check_together(const struct row *rows, size_t count);

#endif
