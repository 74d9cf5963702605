#include "find/networks.h"

#include <stdlib.h>
#include <string.h>

#include "count/address.h"
#include "count/first.h"
#include "find/order.h"
#include "read/memory.h"

/* An address by the network it lies in. */
struct resident {
	uint64_t prefix;
	uint32_t length, id;
};

static int compare_residents(const void *left, const void *right)
{
	const struct resident *a = left, *b = right;
	if (a->length != b->length)
		return a->length < b->length ? -1 : 1;
	return (a->prefix > b->prefix) - (a->prefix < b->prefix);
}

static int compare_networks(const void *left, const void *right, void *context)
{
	const struct network *a = left, *b = right;
	(void)context;
	if (a->failures != b->failures)
		return order_by_count(a->failures, b->failures);
	if (a->length != b->length)
		return a->length < b->length ? -1 : 1;
	return memcmp(a->bytes, b->bytes, sizeof(a->bytes));
}

static struct resident *make_residents(const struct table *addresses)
{
	struct resident *residents = must_clear(addresses->count, sizeof(*residents));
	for (uint32_t i = 0; i < addresses->count; i++) {
		size_t length;
		const char *bytes = table_key(addresses, i, &length);
		memcpy(&residents[i].prefix, bytes, address_network(length));
		residents[i].length = (uint32_t)length;
		residents[i].id = i;
	}
	qsort(residents, addresses->count, sizeof(*residents), compare_residents);
	return residents;
}

/* Those of one network lie side by side. Returns how many. */
static uint32_t count_network(const struct table *addresses, const struct resident *residents,
			      uint32_t count, struct network *network)
{
	uint32_t i = 0;
	*network = (struct network){.length = residents->length};
	memcpy(network->bytes, &residents->prefix, address_network(residents->length));
	for (; i < count && compare_residents(residents, &residents[i]) == 0; i++) {
		const struct peer_counts *peer = table_value(addresses, residents[i].id);
		network->addresses++;
		network->connections += peer->connections;
		network->failures += peer->failures;
	}
	return i;
}

struct networks networks_make(const struct table *addresses, uint32_t top)
{
	struct resident *residents = make_residents(addresses);
	struct networks networks = {.network = must_grow(NULL, top * sizeof(struct network))};
	for (uint32_t i = 0; i < addresses->count;) {
		struct network network;
		i += count_network(addresses, &residents[i], addresses->count - i, &network);
		networks.total++;
		networks.count = first_insert(networks.network, networks.count, top, &network,
					      sizeof(network), compare_networks, NULL);
	}
	free(residents);
	return networks;
}
