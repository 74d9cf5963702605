/* A record as one struct: as the shim fills it in and hands it to libbpguard-lttng.so. A field that
 * is not known holds its absent value. */
#ifndef BPGUARD_CONTRACT_LAYOUT_H
#define BPGUARD_CONTRACT_LAYOUT_H

#include <stdint.h>

#include "record.h"

#define LAYOUT_TIME(member, of) int64_t member; /* ns, CLOCK_REALTIME */
#define LAYOUT_EVENT(member, of) enum record_event member;
#define LAYOUT_NUMBER(member, of) int64_t member;
#define LAYOUT_FLAG(member, of) int32_t member; /* -1: not known */
#define LAYOUT_NAMED(member, of) uint32_t member;
#define LAYOUT_TEXT(member, of) char member[of];
#define LAYOUT_STRING(member, of) const char *member;
#define LAYOUT_ADDRESS(member, of) void *member;

struct record {
#define FIELD(member, name, kind, of, absent, unit, events, use, meaning) LAYOUT_##kind(member, of)
#include "record.def"
};

#endif
