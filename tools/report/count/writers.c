#include "count/writers.h"

#include "count/key.h"

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
		program->name = tally_name(tally, file);
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

struct writer writer_find(struct tally *tally, uint32_t host, const struct record *record)
{
	uint32_t program = find_program(tally, host, record);
	return (struct writer){host, program, find_process(tally, host, program, record)};
}
