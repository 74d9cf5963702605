/* Records made of anything, written as lines and read back by json-c. With FUZZ_SHOW each line is
 * printed, and what it was made of, for a second opinion (judge.py). */
#include "../../shim/outlets/json.c"

#include <json-c/json.h>

#include "input.h"

enum { LINE = 4095, STRINGS = 14, NUMBERS = 22 };

struct string_field {
	const char *name;
	char value[512];
};

struct number_field {
	const char *name;
	int64_t value;
};

static struct string_field strings[STRINGS];
static struct number_field numbers[NUMBERS];

static const char *take(struct input *input, int field, const char *name, size_t size)
{
	strings[field].name = name;
	take_string(input, strings[field].value, size);
	return strings[field].value;
}

static int64_t note(int field, const char *name, int64_t value)
{
	numbers[field].name = name;
	numbers[field].value = value;
	return value;
}

#define COPY(field, member)                                                                        \
	strcpy(record->member, take(input, field, #member, sizeof(record->member)))
#define POINT(field, member) record->member = take(input, field, #member, 512)
#define NUMBER(field, member)                                                                      \
	record->member = (__typeof__(record->member))take_number(input);                           \
	note(field, #member, record->member)

static void make(struct record *record, struct input *input)
{
	record_clear(record);
	record->time_ns = take_number(input) & INT64_MAX;
	record->event = (enum record_event)(take_byte(input) % 8);
	record->type = (enum record_type)(take_byte(input) % 12);
	record->error = take_byte(input);
	record->sigpipe = (enum record_sigpipe)(take_byte(input) % 6);
	record->action = (enum record_action)(take_byte(input) % 7);
	record->cause = (enum record_cause)(take_byte(input) % 10);
	record->saved = take_byte(input) & 1;
	record->lost_at_most = take_byte(input) & 1;
	COPY(0, comm);
	COPY(1, local);
	COPY(2, peer);
	COPY(3, peer_comm);
	COPY(4, child_status);
	COPY(5, argv);
	COPY(6, causes);
	POINT(7, exe);
	POINT(8, call);
	POINT(9, version);
	POINT(10, settings);
	POINT(11, setting);
	POINT(12, value);
	POINT(13, takes);
	NUMBER(0, pid);
	NUMBER(1, tid);
	NUMBER(2, fd);
	NUMBER(3, requested);
	NUMBER(4, peer_pid);
	NUMBER(5, peer_uid);
	NUMBER(6, bytes_sent);
	NUMBER(7, bytes_acked);
	NUMBER(8, bytes_received);
	NUMBER(9, lost);
	NUMBER(10, age_ms);
	NUMBER(11, silent_ms);
	record->peer_silent_before_close_ms =
	    note(12, "peer_silent_before_close_ms", take_number(input));
	NUMBER(13, child_pid);
	NUMBER(14, fds_left);
	NUMBER(15, failures);
	NUMBER(16, averted);
	NUMBER(17, held_back);
	NUMBER(18, streak);
	record->tcp_state = (uint32_t)take_number(input);
}

/* Whether `text`, which is UTF-8, says `bytes`: each character as it stands, or as the character of
 * a byte's own number. */
static bool says(const char *text, const char *bytes)
{
	const unsigned char *t = (const unsigned char *)text, *b = (const unsigned char *)bytes;
	while (*t && *b) {
		size_t length = *t < 0x80 ? 1 : *t < 0xe0 ? 2 : *t < 0xf0 ? 3 : 4;
		if (memcmp(t, b, strnlen((const char *)b, length)) == 0 &&
		    strnlen((const char *)b, length) == length)
			b += length;
		else if (length == 2 && ((*t & 0x1f) << 6 | (t[1] & 0x3f)) == *b)
			b++;
		else
			return false;
		t += length;
	}
	return *t == *b;
}

/* A field that is left out although it is known had no room: \u00XX for each byte at most. */
static bool had_no_room(size_t length, const char *name, size_t size)
{
	return length + strlen(name) + 6 * size + 6 > LINE - 4;
}

static void check_strings(json_object *object, size_t length)
{
	for (int i = 0; i < STRINGS; i++) {
		const struct string_field *field = &strings[i];
		json_object *found = NULL;
		if (!json_object_object_get_ex(object, field->name, &found)) {
			HOLDS(!*field->value ||
			      had_no_room(length, field->name, strlen(field->value)));
			continue;
		}
		HOLDS(json_object_get_type(found) == json_type_string && *field->value);
		HOLDS(says(json_object_get_string(found), field->value));
	}
}

static void check_numbers(json_object *object, size_t length)
{
	for (int i = 0; i < NUMBERS && numbers[i].name; i++) {
		const struct number_field *field = &numbers[i];
		json_object *found = NULL;
		if (!json_object_object_get_ex(object, field->name, &found)) {
			HOLDS(field->value < 0 || had_no_room(length, field->name, 20));
			continue;
		}
		HOLDS(json_object_get_type(found) == json_type_int);
		HOLDS(json_object_get_int64(found) == field->value);
	}
}

static void show(const char *line)
{
	fputs(line, stdout);
	for (int i = 0; i < STRINGS; i++) {
		printf("%s:", strings[i].name);
		for (const char *at = strings[i].value; *at; at++)
			printf("%02x", (unsigned char)*at);
		putchar(i < STRINGS - 1 ? ' ' : '\n');
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};
	struct record record;
	char *line = malloc(LINE); /* exactly: a byte beyond is seen */
	json_tokener *reader = json_tokener_new();
	json_object *object;
	size_t length;
	make(&record, &input);
	length = json_format(&record, line, LINE);
	HOLDS(length < LINE && memchr(line, '\n', length) == line + length - 1);
	line[length] = '\0';
	json_tokener_set_flags(reader, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	object = json_tokener_parse_ex(reader, line, (int)length);
	HOLDS(json_tokener_get_error(reader) == json_tokener_success);
	HOLDS(json_object_get_type(object) == json_type_object);
	check_strings(object, length);
	check_numbers(object, length);
	if (getenv("FUZZ_SHOW"))
		show(line);
	json_object_put(object);
	json_tokener_free(reader);
	free(line);
	return 0;
}
