/* What is counted, apart from how it is shown: see findings.h for what follows from it.
 *
 * The memory is bounded by the number of different keys (programs, processes, connections, peers,
 * places), not of records. No figure depends on the order of the records, so streams need not be
 * merged by time. */
#ifndef BPGUARD_REPORT_TALLY_H
#define BPGUARD_REPORT_TALLY_H

#include <stdbool.h>
#include <stdint.h>

#include "count/timeline.h"
#include "read/events.h"
#include "read/record.h"
#include "read/table.h"

#define NOBODY UINT32_MAX /* no such id */

struct host {
	uint64_t records, failures, averted, discarded, suppressed;
	int64_t first_ns, last_ns; /* of its records */
};

struct program {
	uint32_t host, name; /* names */
	uint32_t argv;	     /* names, or NOBODY: the first by alphabet, as an example */
	uint32_t processes;
	uint64_t failures, averted;
	uint64_t by_cause[CAUSE_COUNT];
	uint64_t by_action[CAUSE_COUNT][ACTION_COUNT];
	uint64_t killed, killed_on_pipes; /* the signal took its course */
	uint64_t runaways;
	uint64_t listening; /* failures on listening sockets */
	uint64_t lost;	    /* bytes, of its connections */
	bool observed;	    /* it was not guarded: --protect observe */
	bool calls;	    /* --protect calls: libc's own writes are not seen in any case */
	bool unseen;	    /* it ignores SIGPIPE, and libc's own writes fail without a record */
	int64_t longest_streak; /* 0 unknown */
	int64_t fds_left;	/* the fewest seen, or -1 */
};

struct process {
	uint32_t program;
	int32_t pid;
	uint64_t failures, averted;
};

/* A connection, a pipe, or a FIFO that one process has open. */
struct connection {
	int64_t lost;	   /* bytes, or -1: the most that a record of it says */
	int32_t silent_ms; /* how long the peer had been silent, or -1 */
	uint32_t peer;	   /* addresses, or NOBODY */
	uint32_t program;
	bool is_pipe, lost_at_most;
	uint16_t causes; /* a bit each */
	uint32_t failures;
	uint32_t local_peer; /* local_peers, or NOBODY */
};

struct peer_counts {
	uint64_t failures, connections;
	uint64_t lost; /* bytes; of addresses only */
};

/* A place in the code, as far as it is known while reading. */
struct place {
	uint32_t program, call; /* names */
	uint32_t caller;	/* names, or NOBODY */
	uint32_t host;
	int64_t pid;
	uint64_t ip; /* in the address space of `pid`, where `caller` is not known; 0 unknown */
	uint64_t failures;
	uint64_t by_cause[CAUSE_COUNT];
	int64_t longest_streak;
};

/* Where a process had mapped a file: what turns an address into module and offset. */
struct mapping {
	uint32_t host, path; /* names */
	int64_t pid;
	uint64_t base, size;
	bool is_fixed; /* linked for its address: offsets are addresses */
};

/* A child that had died, beside a failure. */
struct death {
	uint32_t program, status; /* names */
	bool was_reader;	  /* it is known to be the one that read the pipe */
};

/* Such a child, and a connection or pipe that it is told beside. */
struct fate {
	uint32_t death, connection; /* ids */
};

struct invalid_setting {
	uint32_t program, setting, value, takes; /* names */
};

/* Whose record it is. */
struct writer {
	uint32_t host, program, process; /* ids */
};

struct tally {
	uint64_t records; /* of bpguard's events; others do not count */
	uint64_t by_event[EVENT_COUNT];
	uint64_t failures; /* epipe, reset and timeout */
	uint64_t by_cause[CAUSE_COUNT];
	uint64_t averted, killed;
	uint64_t lost;		   /* bytes, of all connections */
	bool lost_at_most;	   /* of one of them it is only known at most */
	uint64_t suppressed;	   /* records that the writers held back, as far as they said */
	uint64_t discarded;	   /* events that the tracer dropped */
	bool discarded_unknown;	   /* it dropped some more and does not know how many */
	uint64_t unknown_peers;	   /* failures without one */
	int64_t first_ns, last_ns; /* of all records */
	struct timeline timelines[CAUSE_COUNT]; /* of the failures, by cause */
	struct table names;			/* strings that others refer to */
	struct table hosts;			/* struct host, by name; "" where it is not known */
	struct table programs;			/* struct program, by host and file */
	struct table processes;			/* struct process, by host and pid */
	struct table connections; /* struct connection, by a hash of what it is known by */
	struct table addresses;	  /* struct peer_counts, by 4 or 16 bytes of IP address */
	struct table local_peers; /* struct peer_counts, by a UNIX peer's comm, or its path */
	struct table places;	  /* struct place */
	struct table mappings;	  /* struct mapping */
	struct table deaths;	  /* struct death, one of each child */
	struct table fates;	  /* struct fate, one of each pair */
	struct table
	    invalid_settings;  /* struct invalid_setting: settings that were not understood */
	struct table problems; /* what could not be read: a line each */
};

void tally_init(struct tally *tally);
void tally_free(struct tally *tally);

/* The id of a string that others refer to. */
static inline uint32_t tally_name(struct tally *tally, const char *text)
{
	return table_put_text(&tally->names, text);
}

/* The id of a host by name, "" for one that is not known. */
uint32_t tally_host(struct tally *tally, const char *name);

/* A record, and whose host it is. */
struct sighting {
	uint32_t host;
	uint64_t connection; /* what it is known by: for tally_add's own use */
	struct record record;
};

enum { TALLY_MOST = 16 };

/* Counts up to TALLY_MOST records: several at once, so that memory is waited for once. */
void tally_add(struct tally *tally, struct sighting *sightings, int count);

/* `count` events that the tracer of a host dropped, or -1 where it does not know how many. */
void tally_discarded(struct tally *tally, uint32_t host, int64_t count);

/* A file that a process has mapped. */
void tally_mapping(struct tally *tally, uint32_t host, const struct mapped_file *file);

/* Something that could not be read: the report is partial. */
void tally_problem(struct tally *tally, const char *what);

#endif
