/* A record's absent values, and the names of what its fields hold. Nothing in it is ever guessed. */
#ifndef BPGUARD_RECORD_H
#define BPGUARD_RECORD_H

#include "contract/layout.h"

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
