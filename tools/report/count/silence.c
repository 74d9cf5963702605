#include "count/silence.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { SHORTEST = 1000 }; /* ms: who closes sooner does not wait for anything */

static const int32_t steps_ms[SILENCE_STEPS] = {
    0, 100, 1000, 2000, 5000, 10000, 20000, 50000, 100000, 200000, 500000, 1000000, 10000000,
};

/* The vendors' own words, as of 2026. */
static const struct known_timeout known[] = {
    {5, "Node.js (server.keepAliveTimeout) and Apache httpd (KeepAliveTimeout)",
     "nodejs.org/api/http.html, httpd.apache.org/docs/2.4/mod/core.html"},
    {60, "AWS Application and Classic Load Balancers, and nginx as a proxy (proxy_read_timeout)",
     "docs.aws.amazon.com/elasticloadbalancing, nginx.org/en/docs/http/ngx_http_proxy_module.html"},
    {75, "nginx (keepalive_timeout)", "nginx.org/en/docs/http/ngx_http_core_module.html"},
    {240, "Azure Load Balancer (4 minutes)",
     "learn.microsoft.com/azure/load-balancer/load-balancer-tcp-idle-timeout"},
    {350, "AWS Network Load Balancer and NAT gateway",
     "docs.aws.amazon.com/elasticloadbalancing, docs.aws.amazon.com/vpc"},
    {600, "Google Cloud (load balancers' keep-alive to backends, connection tracking of VPC)",
     "cloud.google.com/load-balancing/docs/https, cloud.google.com/vpc/docs/firewalls"},
};

int32_t silence_step_ms(int step)
{
	return step < SILENCE_STEPS ? steps_ms[step] : INT32_MAX;
}

/* Timers fire late rather than early. */
static const struct known_timeout *known_at(int32_t ms)
{
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		int32_t whole = known[i].seconds * 1000;
		if (ms >= whole - whole / 100 && ms <= whole + whole / 50 + 100)
			return &known[i];
	}
	return NULL;
}

static int compare(const void *left, const void *right)
{
	const struct silence *a = left, *b = right;
	if (a->ms != b->ms)
		return a->ms < b->ms ? -1 : 1;
	return (a->peer > b->peer) - (a->peer < b->peer);
}

/* The first that is at least `ms`. */
static uint32_t first_from(const struct silence *silences, uint32_t count, int64_t ms)
{
	uint32_t low = 0, high = count;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		if (silences[middle].ms < ms)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static int64_t width_at(int32_t ms)
{
	return ms / 50 + 20;
}

/* Chernoff's bound on the chance that a Poisson variable of mean `mean` reaches `count`. */
static double chance(double mean, double count)
{
	return count <= mean ? 1 : exp(count - mean - count * log(count / mean));
}

/* How many would lie in the window if they lay there as densely as between half its time and
 * itself, or itself and twice its time. */
static double mean_at(const struct silence *silences, uint32_t count, uint32_t from, uint32_t to)
{
	int64_t ms = silences[from].ms;
	double width = (double)width_at(silences[from].ms);
	double below = from - first_from(silences, count, ms / 2) + 0.5;
	double above = first_from(silences, count, 2 * ms) - to + 0.5;
	below /= (double)ms / 2;
	above /= (double)ms;
	return (below > above ? below : above) * width;
}

/* Whether so many so close are no accident, wherever they were looked for. Of many thousands a
 * gentle slope is none either: hence the factor. */
static bool is_cluster(const struct silence *silences, uint32_t count, uint32_t from, uint32_t to)
{
	double mean = mean_at(silences, count, from, to);
	uint32_t looked_for = count - first_from(silences, count, SHORTEST);
	return to - from >= 4 * mean && chance(mean, to - from - 1) * looked_for < 0.005;
}

static bool overlaps(const struct cluster *clusters, int found, uint32_t from, uint32_t to)
{
	for (int i = 0; i < found; i++)
		if (from < clusters[i].first + clusters[i].count && to > clusters[i].first)
			return true;
	return false;
}

/* The largest that is left; its count is 0 where there is none. */
static struct cluster find_largest(const struct silence *silences, uint32_t count,
				   const struct cluster *clusters, int found)
{
	struct cluster best = {0};
	uint32_t to = 0;
	for (uint32_t from = first_from(silences, count, SHORTEST); from < count; from++) {
		if (to < from)
			to = from;
		while (to < count &&
		       silences[to].ms <= silences[from].ms + width_at(silences[from].ms))
			to++;
		if (to - from < 3 || to - from <= best.count ||
		    overlaps(clusters, found, from, to) || !is_cluster(silences, count, from, to))
			continue;
		best = (struct cluster){.first = from, .count = to - from};
	}
	return best;
}

/* What a window of a cluster's width did not hold of it is part of it. */
static void widen(struct cluster *cluster, const struct silence *silences, uint32_t count)
{
	int64_t slack = width_at(silences[cluster->first].ms) / 2;
	uint32_t end = cluster->first + cluster->count;
	int64_t least = silences[cluster->first].ms - slack, most = silences[end - 1].ms + slack;
	while (cluster->first > 0 && silences[cluster->first - 1].ms >= least)
		cluster->first--;
	while (end < count && silences[end].ms <= most)
		end++;
	cluster->count = end - cluster->first;
}

int silence_find(struct silence *silences, uint32_t count, uint64_t steps[SILENCE_STEPS],
		 struct cluster clusters[CLUSTERS])
{
	int found = 0;
	qsort(silences, count, sizeof(*silences), compare);
	for (int step = 0; step < SILENCE_STEPS; step++)
		steps[step] = first_from(silences, count, (int64_t)silence_step_ms(step + 1)) -
			      first_from(silences, count, silence_step_ms(step));
	while (found < CLUSTERS) {
		struct cluster cluster = find_largest(silences, count, clusters, found);
		if (!cluster.count)
			break;
		widen(&cluster, silences, count);
		cluster.least_ms = silences[cluster.first].ms;
		cluster.median_ms = silences[cluster.first + cluster.count / 2].ms;
		cluster.most_ms = silences[cluster.first + cluster.count - 1].ms;
		cluster.known = known_at(cluster.median_ms);
		clusters[found++] = cluster;
	}
	return found;
}
