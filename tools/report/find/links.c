#include "find/links.h"

#include <stdlib.h>

#include "find/order.h"
#include "read/memory.h"

static void add(struct link *link, const struct connection *connection)
{
	link->failures += connection->failures;
	link->connections++;
	if (connection->lost > 0) {
		link->lost += (uint64_t)connection->lost;
		link->lost_at_most |= connection->lost_at_most;
	}
	if (connection->silent_ms > link->silent_ms)
		link->silent_ms = connection->silent_ms;
}

static struct link *find(struct table *links, const struct connection *connection)
{
	uint32_t key[] = {connection->program, connection->peer, connection->local_peer,
			  connection->causes, connection->is_pipe};
	bool fresh;
	struct link *link = table_value(links, table_put(links, key, sizeof(key), &fresh));
	if (fresh)
		*link = (struct link){.program = connection->program,
				      .peer = connection->peer,
				      .local_peer = connection->local_peer,
				      .causes = connection->causes,
				      .is_pipe = connection->is_pipe,
				      .silent_ms = -1};
	return link;
}

/* An address's bytes, a local peer's name, or nothing. */
static const char *peer_of(const struct tally *tally, const struct link *link, size_t *length)
{
	if (link->peer != NOBODY)
		return table_key(&tally->addresses, link->peer, length);
	if (link->local_peer != NOBODY)
		return table_key(&tally->local_peers, link->local_peer, length);
	*length = 0;
	return "";
}

static int compare_peers(const struct tally *tally, const struct link *a, const struct link *b)
{
	size_t a_length, b_length;
	const char *a_key = peer_of(tally, a, &a_length);
	const char *b_key = peer_of(tally, b, &b_length);
	return order_by_bytes(a_key, a_length, b_key, b_length);
}

static int compare(const void *left, const void *right, void *context)
{
	const struct link *a = left, *b = right;
	int order;
	if (a->failures != b->failures)
		return order_by_count(a->failures, b->failures);
	if ((order = order_by_program(context, a->program, b->program)) != 0 ||
	    (order = compare_peers(context, a, b)) != 0)
		return order;
	if (a->causes != b->causes)
		return a->causes < b->causes ? -1 : 1;
	return a->is_pipe - b->is_pipe;
}

struct links links_make(const struct tally *tally, uint32_t top)
{
	struct table found = table_of(sizeof(struct link));
	struct links links;
	for (uint32_t i = 0; i < tally->connections.count; i++) {
		const struct connection *connection = table_value(&tally->connections, i);
		if (connection->failures) /* else only a child of its writer is told */
			add(find(&found, connection), connection);
	}
	links.total = found.count;
	links.count = links.total < top ? links.total : top;
	links.link = must_grow(NULL, links.total * sizeof(*links.link));
	for (uint32_t i = 0; i < links.total; i++)
		links.link[i] = *(struct link *)table_value(&found, i);
	table_free(&found);
	qsort_r(links.link, links.total, sizeof(*links.link), compare, (void *)tally);
	return links;
}

void links_free(struct links *links)
{
	free(links->link);
}
