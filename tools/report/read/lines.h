/* A log's lines as records, in the order of their time. */
#ifndef BPGUARD_REPORT_LINES_H
#define BPGUARD_REPORT_LINES_H

#include <stdbool.h>
#include <stddef.h>

#include "read/record.h"

struct lines;

/* Whether a file begins with a record. */
bool lines_are_ours(const char *path);

/* Null with errno set where the file cannot be read. A pipe is read to its end at once. */
struct lines *lines_open(const char *path);
void lines_close(struct lines *lines);

/* Back to the first. */
void lines_rewind(struct lines *lines);

/* Fills in the next record; its strings last until the next call. Lines that are no records are
 * passed over. Returns false at the end. */
bool lines_next(struct lines *lines, struct record *record);

/* A reader of lines that come from elsewhere: for lines_parse and lines_close only. */
struct lines *lines_alone(void);

/* Fills in a record from one line, as lines_next does. Returns false where it is no record. */
bool lines_parse(struct lines *lines, const char *line, size_t length, struct record *record);

/* Says in a few words what was passed over; returns false where nothing was. */
bool lines_problem(const struct lines *lines, char *text, size_t size);

#endif
