/* JSON as it is printed, a member or an element a line. */
#ifndef BPGUARD_REPORT_JSON_WRITER_H
#define BPGUARD_REPORT_JSON_WRITER_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct json {
	FILE *out;
	int depth;
	bool began; /* something stands at this depth */
};

/* An object or an array, by its bracket. Of what stands in an array the name is null. */
void json_open(struct json *json, const char *name, char bracket);
void json_close(struct json *json, char bracket);

/* A string from outside may be any bytes: those that are not UTF-8 become the characters of their
 * numbers, as in a log. */
void json_string(struct json *json, const char *name, const char *value);
void json_number(struct json *json, const char *name, uint64_t value);
void json_truth(struct json *json, const char *name, bool value);
void json_moment(struct json *json, const char *name, int64_t ns);

/* The same with null where the value is not known: null or "", or negative. */
void json_known_string(struct json *json, const char *name, const char *value);
void json_known_number(struct json *json, const char *name, int64_t value);

#endif
