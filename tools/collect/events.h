/* The tracepoints: bpguard:<event>, the contract's fields over struct record. LTTng reads this file
 * many times over, each time with other definitions of its macros; what they are given is made from
 * the contract's rows beforehand (tracepoints.in).
 *
 * An event's layout is fixed, so a field that is not known is there: "" as text, -1 as a number.
 * `recordings` is there for filters, and is not written. */
#undef LTTNG_UST_TRACEPOINT_PROVIDER
#define LTTNG_UST_TRACEPOINT_PROVIDER bpguard

#undef LTTNG_UST_TRACEPOINT_INCLUDE
#define LTTNG_UST_TRACEPOINT_INCLUDE "events.h"

#if !defined(BPGUARD_TRACE_EVENTS_H) || defined(LTTNG_UST_TRACEPOINT_HEADER_MULTI_READ)
#define BPGUARD_TRACE_EVENTS_H

#include <lttng/tracepoint.h>

#include "tracepoints.h"

#endif

#include <lttng/tracepoint-event.h>
