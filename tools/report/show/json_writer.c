#include "show/json_writer.h"

#include <inttypes.h>

#include "show/shown.h"

static void put_string(FILE *out, const char *text)
{
	fputc('"', out);
	while (*text) {
		unsigned char c = (unsigned char)*text;
		size_t length = shown_sequence(text);
		if (c == '"' || c == '\\')
			fprintf(out, "\\%c", c);
		else if (c < 0x20 || c == 0x7f)
			fprintf(out, "\\u%04x", c);
		else if (length == 0) /* as a log has it: the character of the byte's number */
			fprintf(out, "%c%c", 0xc0 | c >> 6, 0x80 | (c & 0x3f));
		else
			fwrite(text, 1, length, out);
		text += length ? length : 1;
	}
	fputc('"', out);
}

/* A new line, and the member's name where it is in an object. */
static void json_item(struct json *json, const char *name)
{
	if (json->began)
		fputc(',', json->out);
	if (json->depth)
		fprintf(json->out, "\n%*s", json->depth * 2, "");
	json->began = true;
	if (name) {
		put_string(json->out, name);
		fputs(": ", json->out);
	}
}

void json_open(struct json *json, const char *name, char bracket)
{
	json_item(json, name);
	fputc(bracket, json->out);
	json->depth++;
	json->began = false;
}

void json_close(struct json *json, char bracket)
{
	json->depth--;
	if (json->began)
		fprintf(json->out, "\n%*s", json->depth * 2, "");
	fputc(bracket, json->out);
	json->began = true;
}

void json_string(struct json *json, const char *name, const char *value)
{
	json_item(json, name);
	put_string(json->out, value);
}

/* What is not known is null. */
void json_known_string(struct json *json, const char *name, const char *value)
{
	if (value && *value) {
		json_string(json, name, value);
		return;
	}
	json_item(json, name);
	fputs("null", json->out);
}

void json_number(struct json *json, const char *name, uint64_t value)
{
	json_item(json, name);
	fprintf(json->out, "%" PRIu64, value);
}

void json_known_number(struct json *json, const char *name, int64_t value)
{
	json_item(json, name);
	if (value < 0)
		fputs("null", json->out);
	else
		fprintf(json->out, "%" PRId64, value);
}

void json_truth(struct json *json, const char *name, bool value)
{
	json_item(json, name);
	fputs(value ? "true" : "false", json->out);
}

void json_moment(struct json *json, const char *name, int64_t ns)
{
	char text[SHOWN_TIME];
	shown_time(ns, 1, text);
	json_string(json, name, text);
}
