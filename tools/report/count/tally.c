#include "count/tally.h"

#include <string.h>

#include "count/callers.h"
#include "count/connections.h"
#include "count/key.h"
#include "count/writers.h"

void tally_init(struct tally *tally)
{
	*tally = (struct tally){
	    .names = table_of(0),
	    .hosts = table_of(sizeof(struct host)),
	    .programs = table_of(sizeof(struct program)),
	    .processes = table_of(sizeof(struct process)),
	    .connections = table_of(sizeof(struct connection)),
	    .addresses = table_of(sizeof(struct peer_counts)),
	    .local_peers = table_of(sizeof(struct peer_counts)),
	    .places = table_of(sizeof(struct place)),
	    .mappings = table_of(sizeof(struct mapping)),
	    .deaths = table_of(sizeof(struct death)),
	    .fates = table_of(sizeof(struct fate)),
	    .invalid_settings = table_of(sizeof(struct invalid_setting)),
	    .problems = table_of(0),
	};
}

void tally_free(struct tally *tally)
{
	struct table *tables[] = {
	    &tally->names,	 &tally->hosts,	    &tally->programs,	      &tally->processes,
	    &tally->connections, &tally->addresses, &tally->local_peers,      &tally->places,
	    &tally->mappings,	 &tally->deaths,    &tally->invalid_settings, &tally->problems,
	    &tally->fates,
	};
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		table_free(tables[i]);
}

uint32_t tally_host(struct tally *tally, const char *name)
{
	return table_put_text(&tally->hosts, name);
}

/* The first by alphabet of the command lines is the example. */
static void note_argv(struct tally *tally, uint32_t id, const char *argv)
{
	struct program *program = table_value(&tally->programs, id);
	if (*argv &&
	    (program->argv == NOBODY || strcmp(argv, table_text(&tally->names, program->argv)) < 0))
		program->argv = tally_name(tally, argv);
}

static void note_fate(struct tally *tally, uint32_t death, uint32_t connection)
{
	struct fate fate = {death, connection};
	*(struct fate *)table_value(&tally->fates,
				    table_put(&tally->fates, &fate, sizeof(fate), NULL)) = fate;
}

/* The kernel shows the same dead child at every failure until it is reaped. */
static void note_death(struct tally *tally, const struct writer *writer, uint32_t connection,
		       const struct record *record)
{
	uint32_t host = writer->host, id;
	struct key key;
	struct death *death;
	key.length = 0;
	key_number(&key, host);
	key_number(&key, record->pid);
	key_number(&key, record->child_pid);
	key_text(&key, record->child_status);
	id = key_put(&tally->deaths, &key, NULL);
	death = table_value(&tally->deaths, id);
	death->program = writer->program;
	death->status = tally_name(tally, record->child_status);
	if (cause_by_name(record->cause) == CAUSE_READER_DIED)
		death->was_reader = true;
	note_fate(tally, id, connection);
}

static void note_streak(struct program *program, const struct record *record)
{
	if (record->streak > program->longest_streak)
		program->longest_streak = record->streak;
	if (record->event == EVENT_RUNAWAY)
		program->runaways++;
}

static void count_for_program(struct program *program, enum record_cause cause,
			      const struct record *record)
{
	program->failures++;
	program->by_cause[cause]++;
	program->by_action[cause][action_by_name(record->action)]++;
	program->averted += record->saved > 0;
	if (strcmp(record->action, "killed") == 0) {
		program->killed++;
		program->killed_on_pipes += connection_is_pipe(record);
	}
	program->listening += strcmp(record->tcp_state, "LISTEN") == 0;
	if (record->fds_left >= 0 &&
	    (program->fds_left < 0 || record->fds_left < program->fds_left))
		program->fds_left = record->fds_left;
}

static void count_for_all(struct tally *tally, uint32_t host_id, enum record_cause cause,
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
	enum record_cause cause = cause_by_name(record->cause);
	uint32_t host = writer->host, program = writer->program, broken;
	struct process *process = table_value(&tally->processes, writer->process);
	process->failures++;
	process->averted += record->saved > 0;
	count_for_all(tally, host, cause, record);
	count_for_program(table_value(&tally->programs, program), cause, record);
	broken = connection_count(tally, connection, program, cause, record);
	callers_count(tally, writer, cause, record);
	if (*record->child_status)
		note_death(tally, writer, broken, record);
}

/* The child that failures on this pipe lacked: their records may come later, or never. */
static void add_child(struct tally *tally, const struct writer *writer, uint64_t connection,
		      const struct record *record)
{
	if (*record->child_status)
		note_death(tally, writer,
			   connection_meet(tally, connection, writer->program, record), record);
}

static void add_attach(struct tally *tally, uint32_t program, const struct record *record)
{
	struct program *whose = table_value(&tally->programs, program);
	if (strstr(record->settings, "protect=observe"))
		whose->observed = true;
	if (strstr(record->settings, "protect=calls"))
		whose->calls = true;
}

/* At its start, or at its end: it may have ignored SIGPIPE later on. */
static void note_unseen(struct tally *tally, uint32_t program, const struct record *record)
{
	if (*record->unseen)
		((struct program *)table_value(&tally->programs, program))->unseen = true;
}

static void add_invalid_setting(struct tally *tally, uint32_t program, const struct record *record)
{
	struct key key;
	struct invalid_setting *invalid;
	key.length = 0;
	key_number(&key, program);
	key_text(&key, record->setting);
	key_text(&key, record->value);
	invalid =
	    table_value(&tally->invalid_settings, key_put(&tally->invalid_settings, &key, NULL));
	*invalid = (struct invalid_setting){program, tally_name(tally, record->setting),
					    tally_name(tally, record->value),
					    tally_name(tally, record->takes)};
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
	struct writer writer = writer_find(tally, host, record);
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
	case EVENT_CHILD:
		add_child(tally, &writer, connection, record);
		break;
	case EVENT_ATTACH:
		add_attach(tally, program, record);
		note_unseen(tally, program, record);
		break;
	case EVENT_DETACH:
		note_unseen(tally, program, record);
		break;
	case EVENT_SETTING:
		add_invalid_setting(tally, program, record);
		break;
	default:
		break;
	}
}

void tally_add(struct tally *tally, struct sighting *sightings, int count)
{
	for (int i = 0; i < count; i++)
		sightings[i].connection = connection_hash(sightings[i].host, &sightings[i].record);
	connections_prefetch(tally, sightings, count);
	for (int i = 0; i < count; i++)
		add(tally, sightings[i].host, sightings[i].connection, &sightings[i].record);
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

void tally_mapping(struct tally *tally, uint32_t host, const struct mapped_file *file)
{
	struct key key;
	key.length = 0;
	key_number(&key, host);
	key_number(&key, file->pid);
	key_number(&key, (int64_t)file->base);
	key_text(&key, file->path);
	*(struct mapping *)table_value(&tally->mappings, key_put(&tally->mappings, &key, NULL)) =
	    (struct mapping){.host = host,
			     .path = tally_name(tally, file->path),
			     .pid = file->pid,
			     .base = file->base,
			     .size = file->size,
			     .is_fixed = file->is_fixed};
}

void tally_problem(struct tally *tally, const char *what)
{
	table_put_text(&tally->problems, what);
}
