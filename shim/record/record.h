/* What is recorded of one failure: contract/record.def's fields as a struct, and the names of their
 * values.
 *
 * A field that is not known holds its absent value. Nothing in here is ever guessed. */
#ifndef BPGUARD_RECORD_H
#define BPGUARD_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "contract/record.h"

#define RECORD_TIME(member, of) int64_t member; /* ns, CLOCK_REALTIME */
#define RECORD_EVENT(member, of) enum record_event member;
#define RECORD_NUMBER(member, of) int64_t member;
#define RECORD_FLAG(member, of) int32_t member; /* -1: not known */
#define RECORD_NAMED(member, of) int32_t member;
#define RECORD_TEXT(member, of) char member[of];
#define RECORD_STRING(member, of) const char *member;
#define RECORD_ADDRESS(member, of) void *member;

struct record {
#define FIELD(member, name, kind, of, absent, unit, events, use, meaning) RECORD_##kind(member, of)
#include "contract/record.def"
};

/* Sets every field to its absent value. Async-signal-safe. */
void record_clear(struct record *record);

/* The contract's names of values. NULL where the value is absent. Async-signal-safe. */
const char *record_event_name(int event);
const char *record_type_name(int type);
const char *record_sigpipe_name(int sigpipe);
const char *record_action_name(int action);
const char *record_cause_name(int cause);
const char *record_errno_name(int error);
const char *record_tcp_state_name(int state);

#endif
