#include "find/deaths.h"

#include <stdlib.h>
#include <string.h>

#include "find/order.h"
#include "read/memory.h"

/* By program, status, and whether it was the reader. */
static struct dead *find(struct table *dead, const struct death *death)
{
	uint32_t key[] = {death->program, death->status, death->was_reader};
	struct dead *found = table_value(dead, table_put(dead, key, sizeof(key), NULL));
	found->program = death->program;
	found->status = death->status;
	found->was_reader = death->was_reader;
	return found;
}

/* A pipe's failures count beside each child that died there. */
static void add_failures(struct table *dead, const struct tally *tally)
{
	for (uint32_t i = 0; i < tally->fates.count; i++) {
		const struct fate *fate = table_value(&tally->fates, i);
		const struct connection *connection =
		    table_value(&tally->connections, fate->connection);
		find(dead, table_value(&tally->deaths, fate->death))->failures +=
		    connection->failures;
	}
}

static int compare(const void *left, const void *right, void *names)
{
	const struct dead *a = left, *b = right;
	if (a->was_reader != b->was_reader)
		return a->was_reader ? -1 : 1;
	if (a->children != b->children)
		return order_by_count(a->children, b->children);
	return strcmp(table_text(names, a->status), table_text(names, b->status));
}

struct deaths deaths_make(const struct tally *tally)
{
	struct table dead = table_of(sizeof(struct dead));
	struct deaths deaths = {0};
	for (uint32_t i = 0; i < tally->deaths.count; i++)
		find(&dead, table_value(&tally->deaths, i))->children++;
	add_failures(&dead, tally);
	deaths.dead = must_clear(dead.count, sizeof(*deaths.dead));
	for (; deaths.count < dead.count; deaths.count++)
		deaths.dead[deaths.count] = *(struct dead *)table_value(&dead, deaths.count);
	qsort_r(deaths.dead, deaths.count, sizeof(*deaths.dead), compare, (void *)&tally->names);
	table_free(&dead);
	return deaths;
}

void deaths_free(struct deaths *deaths)
{
	free(deaths->dead);
}
