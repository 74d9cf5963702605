/* The names that a record's fields may hold, as C's enumerations: record.def's sets. */
#ifndef BPGUARD_CONTRACT_RECORD_H
#define BPGUARD_CONTRACT_RECORD_H

enum record_event {
#define EVENT(constant, name, meaning) EVENT_##constant,
#include "record.def"
	EVENT_COUNT,
};

enum record_type {
	TYPE_UNKNOWN,
#define TYPE(constant, name, meaning) TYPE_##constant,
#include "record.def"
	TYPE_COUNT,
};

/* What SIGPIPE would have done to the program. */
enum record_sigpipe {
	SIGPIPE_UNKNOWN,
#define SIGPIPE_WOULD(constant, name, meaning) SIGPIPE_##constant,
#include "record.def"
	SIGPIPE_COUNT,
};

/* What the guard did. */
enum record_action {
	ACTION_UNKNOWN,
#define ACTION(constant, name, meaning) ACTION_##constant,
#include "record.def"
	ACTION_COUNT,
};

enum record_cause {
	CAUSE_UNKNOWN,
#define CAUSE(constant, name, meaning) CAUSE_##constant,
#include "record.def"
	CAUSE_COUNT,
};

#endif
