/* Where the fields of a record stand in an event of a class: looked up once, and then read as a few
 * steps. Fields that an event class does not have make no step. */
#ifndef BPGUARD_REPORT_LAYOUT_H
#define BPGUARD_REPORT_LAYOUT_H

#include <babeltrace2/babeltrace.h>

#include "read/record.h"

/* What events of a class tell. */
enum content { CONTENT_FOREIGN, CONTENT_RECORD, CONTENT_MAPPED_FILE };

/* A few fields say something in some records only: without a file of the program's; without an
 * address of the peer's; where bytes were lost; where a child had died. */
enum when { WHEN_ALWAYS, WHEN_NO_EXE, WHEN_NO_ADDRESS, WHEN_LOST, WHEN_CHILD_DIED };

enum how { HOW_STRING, HOW_SIGNED, HOW_UNSIGNED, HOW_SIGNED_NAME, HOW_UNSIGNED_NAME };

/* One of a set of names, by its number. */
struct label {
	int64_t value;
	const char *name;
};

/* The contract's sets of names are small, and LTTng's numbers for them too. */
enum { NAMES = 16 };

/* A field that is read from each event. */
struct step {
	enum when when;
	enum how how;
	uint64_t index; /* in the payload */
	size_t offset;	/* in struct record */
	const char *names[NAMES];
	struct label *labels; /* the others */
	int label_count;
};

struct layout {
	const bt_event_class *class;
	enum content content;
	enum record_event event; /* of a record */
	bool has_clock;
	int count;
	struct step step[FIELD_COUNT + 1];
	uint64_t base, size, path, is_pic; /* of a mapped file: places in the payload */
	uint64_t vpid;			   /* its place in the common context */
};

/* Holds the class until layout_free. */
struct layout *layout_make(const bt_event_class *class);
void layout_free(struct layout *layout);

#endif
