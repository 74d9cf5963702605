/* A relay daemon's live sessions, by babeltrace2's source.ctf.lttng-live: a graph for each session,
 * all of one relay daemon's run in turn by its feed's thread.
 *
 * The daemon gives a session to one reader at a time. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "count/intake.h"
#include "read/error.h"
#include "read/memory.h"
#include "top/feed.h"
#include "top/refuse.h"

enum {
	SESSIONS_MS = 1000, /* how often the daemon is asked for sessions */
	RETRY_MS = 3000,    /* after a session could not be had */
	IDLE_MS = 50,
	TURN = 64, /* how many batches a session may give before it is another's turn */
};

struct session {
	struct feed *feed;
	char *url;
	bt_graph *graph; /* null while it is not read */
	struct intake intake;
	int64_t retry_ms;
	bool is_listed, ended;
	char error[256]; /* why it cannot be read now */
};

struct relay {
	char *base;	   /* net://HOST[:PORT] */
	char *host, *name; /* of the one session that is wanted, or null */
	const bt_component_class_source *class;
	struct session **sessions;
	size_t count;
	int64_t asked_ms;
	char error[256]; /* why the daemon does not answer now */
};

static int64_t now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* --- a session --- */

static bt_graph_simple_sink_component_consume_func_status consume(bt_message_iterator *iterator,
								  void *data)
{
	struct session *session = data;
	bt_message_array_const messages;
	uint64_t got = 0;
	switch (bt_message_iterator_next(iterator, &messages, &got)) {
	case BT_MESSAGE_ITERATOR_NEXT_STATUS_OK:
		break;
	case BT_MESSAGE_ITERATOR_NEXT_STATUS_AGAIN:
		return BT_GRAPH_SIMPLE_SINK_COMPONENT_CONSUME_FUNC_STATUS_AGAIN;
	case BT_MESSAGE_ITERATOR_NEXT_STATUS_END:
		return BT_GRAPH_SIMPLE_SINK_COMPONENT_CONSUME_FUNC_STATUS_END;
	default:
		return BT_GRAPH_SIMPLE_SINK_COMPONENT_CONSUME_FUNC_STATUS_ERROR;
	}
	pthread_mutex_lock(&session->feed->counts->lock);
	intake_take(&session->intake, messages, got);
	pthread_mutex_unlock(&session->feed->counts->lock);
	for (uint64_t i = 0; i < got; i++)
		bt_message_put_ref(messages[i]);
	return BT_GRAPH_SIMPLE_SINK_COMPONENT_CONSUME_FUNC_STATUS_OK;
}

static bt_value *params_for(const char *url)
{
	bt_value *params = bt_value_map_create(), *inputs;
	bt_value_map_insert_empty_array_entry(params, "inputs", &inputs);
	bt_value_array_append_string_element(inputs, url);
	bt_value_map_insert_string_entry(params, "session-not-found-action", "end");
	return params;
}

static bool connect_graph(struct session *session, const bt_value *params)
{
	const bt_component_source *source;
	const bt_component_sink *sink;
	return bt_graph_add_source_component(session->graph, session->feed->relay->class, "session",
					     params, BT_LOGGING_LEVEL_NONE,
					     &source) == BT_GRAPH_ADD_COMPONENT_STATUS_OK &&
	       bt_graph_add_simple_sink_component(session->graph, "counts", NULL, consume, NULL,
						  session,
						  &sink) == BT_GRAPH_ADD_COMPONENT_STATUS_OK &&
	       bt_graph_connect_ports(
		   session->graph, bt_component_source_borrow_output_port_by_index_const(source, 0),
		   bt_component_sink_borrow_input_port_by_index_const(sink, 0),
		   NULL) == BT_GRAPH_CONNECT_PORTS_STATUS_OK;
}

static void leave(struct session *session)
{
	intake_free(&session->intake);
	bt_graph_put_ref(session->graph);
	session->graph = NULL;
}

static void give_up_for_now(struct session *session)
{
	error_take(session->error, sizeof(session->error), "the session cannot be read");
	leave(session);
	session->retry_ms = now_ms() + RETRY_MS;
}

static void attach(struct session *session)
{
	bt_value *params = params_for(session->url);
	session->graph = bt_graph_create(0);
	if (!connect_graph(session, params))
		give_up_for_now(session);
	bt_value_put_ref(params);
}

/* Reads what there is, for one turn. Returns false where there is nothing. */
static bool read_session(struct session *session)
{
	for (int i = 0; i < TURN; i++) {
		switch (bt_graph_run_once(session->graph)) {
		case BT_GRAPH_RUN_ONCE_STATUS_OK:
			break;
		case BT_GRAPH_RUN_ONCE_STATUS_AGAIN:
			*session->error = 0;
			return i > 0;
		case BT_GRAPH_RUN_ONCE_STATUS_END:
			leave(session);
			session->ended = true;
			return true;
		default:
			give_up_for_now(session);
			return true;
		}
	}
	return true;
}

/* --- the daemon's sessions --- */

static const char *text_of(const bt_value *map, const char *name)
{
	const bt_value *value = bt_value_map_borrow_entry_value_const(map, name);
	return value && bt_value_is_string(value) ? bt_value_string_get(value) : "";
}

static bool is_live(const bt_value *map)
{
	const bt_value *timer = bt_value_map_borrow_entry_value_const(map, "timer-us");
	return timer && bt_value_is_unsigned_integer(timer) &&
	       bt_value_integer_unsigned_get(timer) > 0;
}

/* `bpguard record` calls its sessions bpguard-PID-TIME. */
static bool is_wanted(const struct relay *relay, const bt_value *map)
{
	const char *name = text_of(map, "session-name");
	if (!is_live(map))
		return false;
	if (!relay->name)
		return strncmp(name, "bpguard-", 8) == 0;
	return strcmp(name, relay->name) == 0 &&
	       strcmp(text_of(map, "target-hostname"), relay->host) == 0;
}

static struct session *session_of(struct feed *feed, const char *url)
{
	struct relay *relay = feed->relay;
	struct session *session;
	for (size_t i = 0; i < relay->count; i++)
		if (strcmp(relay->sessions[i]->url, url) == 0)
			return relay->sessions[i];
	session = must_clear(1, sizeof(*session));
	session->feed = feed;
	session->intake.tally = &feed->counts->tally;
	session->url = must_copy(url);
	relay->sessions = must_grow(relay->sessions, (relay->count + 1) * sizeof(struct session *));
	return relay->sessions[relay->count++] = session;
}

/* The daemon's list, or null with the reason in relay->error. */
static const bt_value *ask(struct relay *relay)
{
	bt_value *params = bt_value_map_create();
	const bt_value *list = NULL;
	bt_query_executor *executor;
	bt_value_map_insert_string_entry(params, "url", relay->base);
	executor = bt_query_executor_create(
	    bt_component_class_source_as_component_class_const(relay->class), "sessions", params);
	if (bt_query_executor_query(executor, &list) != BT_QUERY_EXECUTOR_QUERY_STATUS_OK)
		error_take(relay->error, sizeof(relay->error), "no relay daemon answers");
	bt_query_executor_put_ref(executor);
	bt_value_put_ref(params);
	return list;
}

static void find_sessions(struct feed *feed)
{
	struct relay *relay = feed->relay;
	const bt_value *list;
	int64_t now = now_ms();
	if (relay->asked_ms && now - relay->asked_ms < SESSIONS_MS)
		return;
	list = ask(relay);
	relay->asked_ms = now_ms();
	if (!list)
		return;
	*relay->error = 0;
	for (size_t i = 0; i < relay->count; i++)
		relay->sessions[i]->is_listed = false;
	for (uint64_t i = 0; i < bt_value_array_get_length(list); i++) {
		const bt_value *map = bt_value_array_borrow_element_by_index_const(list, i);
		struct session *session;
		if (!is_wanted(relay, map))
			continue;
		session = session_of(feed, text_of(map, "url"));
		session->is_listed = true;
		if (!session->graph && !session->ended && now >= session->retry_ms)
			attach(session);
	}
	bt_value_put_ref(list);
}

/* A daemon that only one recording had ends with it. */
static const char *error_of(const struct relay *relay, bool may_be_gone)
{
	if (*relay->error && !may_be_gone)
		return relay->error;
	for (size_t i = 0; i < relay->count; i++)
		if (relay->sessions[i]->is_listed && *relay->sessions[i]->error)
			return relay->sessions[i]->error;
	return "";
}

static void run(struct feed *feed)
{
	struct relay *relay = feed->relay;
	for (;;) {
		size_t attached = 0, ended = 0;
		bool busy = false;
		find_sessions(feed);
		for (size_t i = 0; i < relay->count; i++) {
			struct session *session = relay->sessions[i];
			if (session->graph)
				busy |= read_session(session);
			attached += session->graph != NULL;
			ended += session->ended;
		}
		if (relay->name && ended) {
			feed_report(feed, ENDED, "");
			return;
		}
		feed_report(feed,
			    attached ? FOLLOWS
			    : ended  ? WAITS_FOR_MORE
				     : WAITS,
			    error_of(relay, ended > 0));
		if (!busy)
			nanosleep(&(struct timespec){.tv_nsec = IDLE_MS * 1000000L}, NULL);
	}
}

/* Each feed has a plugin of its own, since objects of babeltrace2's belong to one thread. */
static const bt_component_class_source *find_class(void)
{
	const bt_plugin *plugin = NULL;
	const bt_component_class_source *class = NULL;
	if (bt_plugin_find("ctf", BT_TRUE, BT_TRUE, BT_TRUE, BT_TRUE, BT_FALSE, &plugin) ==
	    BT_PLUGIN_FIND_STATUS_OK)
		class = bt_plugin_borrow_source_component_class_by_name_const(plugin, "lttng-live");
	if (!class)
		refuse("babeltrace2", "its component class ctf.lttng-live is not there");
	return class;
}

/* net://HOST[:PORT][/host/NAME/SESSION] */
static void read_url(struct relay *relay, const char *url)
{
	const char *at = strstr(url, "://"), *path, *name, *session;
	path = at ? at + 3 + strcspn(at + 3, "/") : NULL;
	if (!path || path == at + 3)
		refuse(url, "takes net://HOST[:PORT] or net://HOST[:PORT]/host/NAME/SESSION");
	relay->base = strndup(url, (size_t)(path - url));
	if (!*path || strcmp(path, "/") == 0)
		return;
	name = strncmp(path, "/host/", 6) == 0 ? path + 6 : NULL;
	session = name ? strchr(name, '/') : NULL;
	if (!session || session == name || !session[1])
		refuse(url, "takes net://HOST[:PORT] or net://HOST[:PORT]/host/NAME/SESSION");
	relay->host = strndup(name, (size_t)(session - name));
	relay->name = must_copy(session + 1);
}

void live_open(struct feed *feed, const char *url)
{
	struct relay *relay = must_clear(1, sizeof(*relay));
	const bt_value *list;
	read_url(relay, url);
	relay->class = find_class();
	list = ask(relay);
	if (!list)
		refuse(url, relay->error);
	bt_value_put_ref(list);
	feed->relay = relay;
	feed->state = WAITS;
	feed->run = run;
}
