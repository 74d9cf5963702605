#include "count/connections.h"

#include <string.h>

#include "count/address.h"

enum { MANY = 20000 }; /* connections, that lie in no cache */

static bool begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

static uint32_t local_peer_of(struct tally *tally, const struct record *record)
{
	const char *who = *record->peer_comm ? record->peer_comm : record->peer;
	if (!begins(record->type, "unix") || !*who)
		return NOBODY;
	return table_put_text(&tally->local_peers, who);
}

static bool is_inet(const char *peer)
{
	return *peer == '[' || (*peer >= '0' && *peer <= '9');
}

bool connection_is_pipe(const struct record *record)
{
	return strcmp(record->type, "pipe") == 0 || strcmp(record->type, "fifo") == 0;
}

/* A pipe's inode, or a socket's cookie, says which it is, in whatever process and under whatever
 * number, until the system starts anew: then its two ends tell a socket from another one with that
 * cookie. Without these, TCP's ends and a pipe's number say it, and what has no such name is known
 * by process and number. Of a million connections two have the same hash by a chance of one in
 * forty million. */
uint64_t connection_hash(uint32_t host, const struct record *record)
{
	struct {
		uint64_t peer, local;
		int64_t host, pid, fd, peer_pid, connection, pipe;
	} key = {.host = host, .connection = record->connection};
	bool is_named = record->connection >= 0;
	key.pipe = connection_is_pipe(record) ? *record->type : 0; /* a FIFO's inode is another's */
	if (!is_named || !key.pipe) {
		key.peer = table_hash(record->peer, strlen(record->peer));
		key.local = table_hash(record->local, strlen(record->local));
	}
	if (!is_named && !is_inet(record->peer) && !begins(record->peer, "pipe:")) {
		key.pid = record->pid;
		key.fd = record->fd;
		key.peer_pid = record->peer_pid;
	}
	return table_hash(&key, sizeof(key));
}

static uint32_t address_of(struct tally *tally, const struct record *record)
{
	unsigned char bytes[16];
	size_t length = is_inet(record->peer) ? address_parse(record->peer, bytes) : 0;
	return length ? table_put(&tally->addresses, bytes, length, NULL) : NOBODY;
}

/* The sums grow with what a connection lost more than was known. */
static void note_lost(struct tally *tally, struct connection *connection,
		      const struct record *record)
{
	struct program *program;
	uint64_t more;
	if (record->lost <= connection->lost)
		return;
	program = table_value(&tally->programs, connection->program);
	more = (uint64_t)(record->lost - (connection->lost > 0 ? connection->lost : 0));
	connection->lost = record->lost;
	tally->lost += more;
	tally->lost_at_most |= record->lost_at_most > 0;
	program->lost += more;
	if (connection->peer != NOBODY)
		((struct peer_counts *)table_value(&tally->addresses, connection->peer))->lost +=
		    more;
}

uint32_t connection_meet(struct tally *tally, uint64_t hash, uint32_t program,
			 const struct record *record)
{
	bool fresh;
	uint32_t id = table_put(&tally->connections, &hash, sizeof(hash), &fresh);
	if (fresh)
		*(struct connection *)table_value(&tally->connections, id) =
		    (struct connection){.lost = -1,
					.silent_ms = -1,
					.peer = address_of(tally, record),
					.program = program,
					.is_pipe = connection_is_pipe(record),
					.local_peer = NOBODY};
	return id;
}

/* Several writes fail on one connection, and each tells of the whole of it: a figure that changed
 * in between, since acknowledgements still came, counts by its highest. */
static void note_failure(struct tally *tally, struct connection *connection,
			 enum record_cause cause, const struct record *record)
{
	connection->failures++;
	connection->causes |= (uint16_t)(1 << cause);
	note_lost(tally, connection, record);
	if (record->lost_at_most > 0)
		connection->lost_at_most = true;
	if (record->peer_silent_before_close_ms > connection->silent_ms)
		connection->silent_ms = record->peer_silent_before_close_ms < INT32_MAX
					    ? (int32_t)record->peer_silent_before_close_ms
					    : INT32_MAX;
}

static void count_peer(struct peer_counts *peer, bool fresh)
{
	peer->failures++;
	peer->connections += fresh;
}

uint32_t connection_count(struct tally *tally, uint64_t hash, uint32_t program,
			  enum record_cause cause, const struct record *record)
{
	uint32_t id = connection_meet(tally, hash, program, record);
	struct connection *connection = table_value(&tally->connections, id);
	bool fresh = connection->failures == 0;
	uint32_t address = connection->peer;
	uint32_t local = address == NOBODY ? local_peer_of(tally, record) : NOBODY;
	note_failure(tally, connection, cause, record);
	if (address != NOBODY)
		count_peer(table_value(&tally->addresses, address), fresh);
	else if (local != NOBODY)
		count_peer(table_value(&tally->local_peers, local), fresh);
	if (connection->local_peer == NOBODY)
		connection->local_peer = local;
	if (!*record->peer)
		tally->unknown_peers++;
	return id;
}

static void prefetch_peer(const struct tally *tally, uint32_t hash, int stage)
{
	const struct connection *connection =
	    table_prefetch(&tally->connections, hash, TABLE_STAGES);
	if (connection && connection->peer != NOBODY)
		table_prefetch_id(&tally->addresses, connection->peer, stage);
}

void connections_prefetch(const struct tally *tally, const struct sighting *sightings, int count)
{
	uint32_t hashes[TALLY_MOST];
	if (tally->connections.count < MANY)
		return;
	for (int i = 0; i < count; i++)
		hashes[i] = (uint32_t)table_hash(&sightings[i].connection, sizeof(uint64_t));
	for (int stage = 0; stage < TABLE_STAGES; stage++)
		for (int i = 0; i < count; i++)
			table_prefetch(&tally->connections, hashes[i], stage);
	for (int stage = 0; stage < 2; stage++)
		for (int i = 0; i < count; i++)
			prefetch_peer(tally, hashes[i], stage);
}
