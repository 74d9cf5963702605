#include "tally.h"

#include <string.h>

#include "address.h"

enum { MANY = 20000 };

/* A key put together from parts. What is longer than any path is cut. */
struct key {
	size_t length;
	char bytes[8192];
};

static void key_add(struct key *key, const void *part, size_t length)
{
	if (length > sizeof(key->bytes) - key->length)
		length = sizeof(key->bytes) - key->length;
	memcpy(key->bytes + key->length, part, length);
	key->length += length;
}

static void key_number(struct key *key, int64_t number)
{
	key_add(key, &number, sizeof(number));
}

static void key_text(struct key *key, const char *text)
{
	key_add(key, text, strlen(text) + 1);
}

static uint32_t key_put(struct table *table, const struct key *key, bool *fresh)
{
	return table_put(table, key->bytes, key->length, fresh);
}

void tally_init(struct tally *tally)
{
	*tally = (struct tally){
	    .names = table_of(0),
	    .hosts = table_of(sizeof(struct host)),
	    .programs = table_of(sizeof(struct program)),
	    .processes = table_of(sizeof(struct process)),
	    .connections = table_of(sizeof(struct connection)),
	    .addresses = table_of(sizeof(struct peer)),
	    .local_peers = table_of(sizeof(struct peer)),
	    .places = table_of(sizeof(struct place)),
	    .modules = table_of(sizeof(struct module)),
	    .deaths = table_of(sizeof(struct death)),
	    .misfits = table_of(sizeof(struct misfit)),
	    .problems = table_of(0),
	};
}

void tally_free(struct tally *tally)
{
	struct table *tables[] = {
	    &tally->names,	 &tally->hosts,	    &tally->programs,	 &tally->processes,
	    &tally->connections, &tally->addresses, &tally->local_peers, &tally->places,
	    &tally->modules,	 &tally->deaths,    &tally->misfits,	 &tally->problems,
	};
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		table_free(tables[i]);
}

uint32_t tally_host(struct tally *tally, const char *name)
{
	return table_put_text(&tally->hosts, name);
}

static uint32_t name(struct tally *tally, const char *text)
{
	return table_put_text(&tally->names, text);
}

/* By its file; comm is a thread's name, and serves where the file is not known. */
static const char *file_of(const struct record *record)
{
	return *record->exe ? record->exe : record->comm;
}

static uint32_t find_program(struct tally *tally, uint32_t host, const struct record *record)
{
	const char *file = file_of(record);
	struct key key;
	struct program *program;
	uint32_t id;
	bool fresh;
	key.length = 0;
	key_number(&key, host);
	key_text(&key, file);
	id = key_put(&tally->programs, &key, &fresh);
	program = table_value(&tally->programs, id);
	if (fresh) {
		program->host = host;
		program->name = name(tally, file);
		program->argv = NOBODY;
		program->fds_left = -1;
	}
	return id;
}

/* A process that executes is one of each program. */
static uint32_t find_process(struct tally *tally, uint32_t host, uint32_t program,
			     const struct record *record)
{
	struct key key;
	uint32_t id;
	bool fresh;
	key.length = 0;
	key_number(&key, host);
	key_number(&key, program);
	key_number(&key, record->pid);
	id = key_put(&tally->processes, &key, &fresh);
	if (fresh) {
		struct program *whose = table_value(&tally->programs, program);
		struct process *process = table_value(&tally->processes, id);
		whose->processes++;
		process->program = program;
		process->pid = (int32_t)record->pid;
	}
	return id;
}

static bool is_writer(const struct tally *tally, const struct writer *writer, uint32_t host,
		      const struct record *record)
{
	const struct program *program;
	const struct process *process;
	if (!writer->known || writer->host != host)
		return false;
	program = table_value(&tally->programs, writer->program);
	process = table_value(&tally->processes, writer->process);
	return process->pid == record->pid &&
	       strcmp(file_of(record), table_text(&tally->names, program->name)) == 0;
}

static struct writer find_writer(struct tally *tally, uint32_t host, const struct record *record)
{
	struct writer *writer = &tally->writers[(uint64_t)record->pid % WRITERS];
	if (!is_writer(tally, writer, host, record)) {
		uint32_t program = find_program(tally, host, record);
		*writer = (struct writer){true, host, program,
					  find_process(tally, host, program, record)};
	}
	return *writer;
}

/* The first by alphabet of the command lines is the example. */
static void note_argv(struct tally *tally, uint32_t id, const char *argv)
{
	struct program *program = table_value(&tally->programs, id);
	if (*argv &&
	    (program->argv == NOBODY || strcmp(argv, table_text(&tally->names, program->argv)) < 0))
		program->argv = name(tally, argv);
}

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

/* TCP's two ends and a pipe's number say which it is, in whatever process and under whatever
 * number; what has no such name is told by process and number. Of a million connections two have
 * the same hash by a chance of one in forty million. */
static uint64_t connection_hash(uint32_t host, const struct record *record)
{
	struct {
		uint64_t peer, local;
		int64_t host, pid, fd, peer_pid;
	} key = {.host = host};
	key.peer = table_hash(record->peer, strlen(record->peer));
	key.local = table_hash(record->local, strlen(record->local));
	if (!is_inet(record->peer) && !begins(record->peer, "pipe:")) {
		key.pid = record->pid;
		key.fd = record->fd;
		key.peer_pid = record->peer_pid;
	}
	return table_hash(&key, sizeof(key));
}

static bool is_pipe(const struct record *record)
{
	return strcmp(record->type, "pipe") == 0 || strcmp(record->type, "fifo") == 0;
}

static uint32_t address_of(struct tally *tally, const struct record *record)
{
	unsigned char bytes[16];
	size_t length = is_inet(record->peer) ? address_parse(record->peer, bytes) : 0;
	return length ? table_put(&tally->addresses, bytes, length, NULL) : NOBODY;
}

/* One connection's failures often come in a row. */
static struct connection *find_connection(struct tally *tally, uint64_t hash, bool *fresh)
{
	*fresh = false;
	if (tally->last_hash != hash || !tally->connections.count) {
		tally->last_connection = table_put(&tally->connections, &hash, sizeof(hash), fresh);
		tally->last_hash = hash;
	}
	return table_value(&tally->connections, tally->last_connection);
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
		((struct peer *)table_value(&tally->addresses, connection->peer))->lost += more;
}

/* Several writes fail on one connection, and each tells of the whole of it: a figure that changed
 * in between, since acknowledgements still came, counts by its highest. */
static struct connection *note_connection(struct tally *tally, uint64_t hash, uint32_t program,
					  enum cause cause, const struct record *record,
					  bool *fresh)
{
	struct connection *connection = find_connection(tally, hash, fresh);
	if (*fresh)
		*connection = (struct connection){.lost = -1,
						  .silent_ms = -1,
						  .peer = address_of(tally, record),
						  .program = program,
						  .is_pipe = is_pipe(record),
						  .local_peer = NOBODY};
	connection->failures++;
	connection->causes |= (uint16_t)(1 << cause);
	note_lost(tally, connection, record);
	if (record->lost_at_most > 0)
		connection->lost_at_most = true;
	if (record->peer_silent_ms > connection->silent_ms)
		connection->silent_ms = record->peer_silent_ms < INT32_MAX
					    ? (int32_t)record->peer_silent_ms
					    : INT32_MAX;
	return connection;
}

static void count_peer(struct peer *peer, bool fresh)
{
	peer->failures++;
	peer->connections += fresh;
}

static void note_peer(struct tally *tally, uint64_t hash, uint32_t program, enum cause cause,
		      const struct record *record)
{
	bool fresh;
	struct connection *connection =
	    note_connection(tally, hash, program, cause, record, &fresh);
	uint32_t address = connection->peer;
	uint32_t local = address == NOBODY ? local_peer_of(tally, record) : NOBODY;
	if (address != NOBODY)
		count_peer(table_value(&tally->addresses, address), fresh);
	else if (local != NOBODY)
		count_peer(table_value(&tally->local_peers, local), fresh);
	if (connection->local_peer == NOBODY)
		connection->local_peer = local;
	if (!*record->peer)
		tally->unknown_peers++;
}

static uint32_t find_place(struct tally *tally, const struct writer *writer,
			   const struct record *record)
{
	bool has_address = !*record->caller && record->ip, fresh;
	struct key key;
	struct place *place;
	uint32_t id;
	key.length = 0;
	key_number(&key, writer->program);
	key_number(&key, has_address ? record->pid : -1);
	key_number(&key, has_address ? (int64_t)record->ip : 0);
	key_text(&key, record->call);
	key_text(&key, record->caller);
	id = key_put(&tally->places, &key, &fresh);
	place = table_value(&tally->places, id);
	if (fresh) {
		place->program = writer->program;
		place->call = name(tally, record->call);
		place->caller = *record->caller ? name(tally, record->caller) : NOBODY;
		place->host = writer->host;
		place->pid = record->pid;
		place->ip = has_address ? record->ip : 0;
	}
	return id;
}

static bool is_place(const struct tally *tally, uint32_t id, const struct writer *writer,
		     const struct record *record)
{
	const struct place *place = table_value(&tally->places, id);
	return place->ip == record->ip && place->program == writer->program &&
	       place->pid == record->pid && place->caller == NOBODY && !*record->caller &&
	       strcmp(table_text(&tally->names, place->call), record->call) == 0;
}

static void note_place(struct tally *tally, const struct writer *writer, enum cause cause,
		       const struct record *record)
{
	uint32_t *last = &tally->spots[(record->ip ^ (uint64_t)record->pid) % SPOTS];
	struct place *place;
	if (!*last || !is_place(tally, *last - 1, writer, record))
		*last = find_place(tally, writer, record) + 1;
	place = table_value(&tally->places, *last - 1);
	place->failures++;
	place->by_cause[cause]++;
	if (record->streak > place->longest_streak)
		place->longest_streak = record->streak;
}

/* The kernel shows the same dead child at every failure until it is reaped. */
static void note_death(struct tally *tally, uint32_t host, uint32_t program, enum cause cause,
		       const struct record *record)
{
	struct key key;
	struct death *death;
	key.length = 0;
	key_number(&key, host);
	key_number(&key, record->pid);
	key_number(&key, record->child_pid);
	key_text(&key, record->child_status);
	death = table_value(&tally->deaths, key_put(&tally->deaths, &key, NULL));
	death->program = program;
	death->status = name(tally, record->child_status);
	if (cause == CAUSE_READER_DIED)
		death->was_reader = true;
}

static void note_streak(struct program *program, const struct record *record)
{
	if (record->streak > program->longest_streak)
		program->longest_streak = record->streak;
	if (record->event == EVENT_RUNAWAY)
		program->runaways++;
}

static void count_for_program(struct program *program, enum cause cause,
			      const struct record *record)
{
	program->failures++;
	program->by_cause[cause]++;
	program->by_action[cause][action_by_name(record->action)]++;
	program->averted += record->saved > 0;
	if (strcmp(record->action, "killed") == 0) {
		program->killed++;
		program->killed_on_pipes += is_pipe(record);
	}
	if (record->fds_left >= 0 &&
	    (program->fds_left < 0 || record->fds_left < program->fds_left))
		program->fds_left = record->fds_left;
}

static void count_for_all(struct tally *tally, uint32_t host_id, enum cause cause,
			  const struct record *record)
{
	struct host *host = table_value(&tally->hosts, host_id);
	host->failures++;
	host->averted += record->saved > 0;
	tally->failures++;
	tally->by_cause[cause]++;
	tally->averted += record->saved > 0;
	tally->killed += strcmp(record->action, "killed") == 0;
	timeline_add(&tally->timelines[cause], record->time_ns);
}

static void add_failure(struct tally *tally, const struct writer *writer, uint64_t connection,
			const struct record *record)
{
	enum cause cause = cause_by_name(record->cause);
	uint32_t host = writer->host, program = writer->program;
	struct process *process = table_value(&tally->processes, writer->process);
	process->failures++;
	process->averted += record->saved > 0;
	count_for_all(tally, host, cause, record);
	count_for_program(table_value(&tally->programs, program), cause, record);
	note_peer(tally, connection, program, cause, record);
	note_place(tally, writer, cause, record);
	if (*record->child_status)
		note_death(tally, host, program, cause, record);
}

static void add_attach(struct tally *tally, uint32_t program, const struct record *record)
{
	struct program *whose = table_value(&tally->programs, program);
	if (strstr(record->settings, "protect=observe"))
		whose->observed = true;
}

static void add_misfit(struct tally *tally, uint32_t program, const struct record *record)
{
	struct key key;
	struct misfit *misfit;
	key.length = 0;
	key_number(&key, program);
	key_text(&key, record->setting);
	key_text(&key, record->value);
	misfit = table_value(&tally->misfits, key_put(&tally->misfits, &key, NULL));
	*misfit = (struct misfit){program, name(tally, record->setting), name(tally, record->value),
				  name(tally, record->takes)};
}

static void note_time(int64_t *first, int64_t *last, bool is_first, int64_t time_ns)
{
	if (is_first || time_ns < *first)
		*first = time_ns;
	if (is_first || time_ns > *last)
		*last = time_ns;
}

static void note_times(struct tally *tally, uint32_t host_id, const struct record *record)
{
	struct host *host = table_value(&tally->hosts, host_id);
	note_time(&host->first_ns, &host->last_ns, host->records == 0, record->time_ns);
	note_time(&tally->first_ns, &tally->last_ns, tally->records == 0, record->time_ns);
	host->records++;
	tally->records++;
	if (record->suppressed > 0) {
		host->suppressed += (uint64_t)record->suppressed;
		tally->suppressed += (uint64_t)record->suppressed;
	}
}

static void add(struct tally *tally, uint32_t host, uint64_t connection,
		const struct record *record)
{
	struct writer writer = find_writer(tally, host, record);
	uint32_t program = writer.program;
	note_argv(tally, program, record->argv);
	note_times(tally, host, record);
	tally->by_event[record->event]++;
	note_streak(table_value(&tally->programs, program), record);
	switch (record->event) {
	case EVENT_EPIPE:
	case EVENT_RESET:
	case EVENT_TIMEOUT:
		add_failure(tally, &writer, connection, record);
		break;
	case EVENT_ATTACH:
		add_attach(tally, program, record);
		break;
	case EVENT_SETTING:
		add_misfit(tally, program, record);
		break;
	default:
		break;
	}
}

/* What is known of many connections and their peers lies in no cache. */
static void look_ahead(const struct tally *tally, const uint64_t *connections, int count)
{
	uint32_t hashes[TALLY_MOST];
	for (int i = 0; i < count; i++)
		hashes[i] = (uint32_t)table_hash(&connections[i], sizeof(connections[i]));
	for (int stage = 0; stage < TABLE_STAGES; stage++)
		for (int i = 0; i < count; i++)
			table_look_ahead(&tally->connections, hashes[i], stage);
	for (int stage = 0; stage < 2; stage++)
		for (int i = 0; i < count; i++) {
			const struct connection *connection =
			    table_look_ahead(&tally->connections, hashes[i], TABLE_STAGES);
			if (connection && connection->peer != NOBODY)
				table_look_at(&tally->addresses, connection->peer, stage);
		}
}

void tally_add(struct tally *tally, const struct sighting *sightings, int count)
{
	uint64_t connections[TALLY_MOST], others[TALLY_MOST];
	int other = 0;
	for (int i = 0; i < count; i++) {
		connections[i] = connection_hash(sightings[i].host, &sightings[i].record);
		if (connections[i] != (i ? connections[i - 1] : tally->last_hash))
			others[other++] = connections[i];
	}
	if (tally->connections.count > MANY)
		look_ahead(tally, others, other);
	for (int i = 0; i < count; i++)
		add(tally, sightings[i].host, connections[i], &sightings[i].record);
}

void tally_discarded(struct tally *tally, uint32_t host_id, int64_t count)
{
	struct host *host = table_value(&tally->hosts, host_id);
	if (count < 0) {
		tally->discarded_unknown = true;
		return;
	}
	host->discarded += (uint64_t)count;
	tally->discarded += (uint64_t)count;
}

void tally_module(struct tally *tally, const struct module *module, const char *path)
{
	struct key key;
	struct module *stored;
	key.length = 0;
	key_number(&key, module->host);
	key_number(&key, module->pid);
	key_number(&key, (int64_t)module->base);
	key_text(&key, path);
	stored = table_value(&tally->modules, key_put(&tally->modules, &key, NULL));
	*stored = *module;
	stored->path = name(tally, path);
}

void tally_problem(struct tally *tally, const char *what)
{
	table_put_text(&tally->problems, what);
}
