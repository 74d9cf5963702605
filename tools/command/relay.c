#include "tools/command/relay.h"

#include <dirent.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>

#include "tools/command/complain.h"
#include "tools/command/spawned.h"

const char *relay_host(const char *url)
{
	const char *host = strstr(url, "://"), *end;
	host = host ? host + 3 : url;
	end = *host == '[' ? strchr(host, ']') : NULL;
	return compose("%.*s", (int)(end ? (size_t)(end + 1 - host) : strcspn(host, ":/")), host);
}

void relay_require_host(const char *url)
{
	const char *host = relay_host(url);
	struct addrinfo *found;
	int error;
	if (*host == '[')
		host = compose("%.*s", (int)strlen(host) - 2, host + 1);
	error = getaddrinfo(host, NULL, &(struct addrinfo){.ai_socktype = SOCK_STREAM}, &found);
	if (error)
		fail(STATUS_FAILED, "--relay: %s: %s", host, gai_strerror(error));
	freeaddrinfo(found);
}

/* Whether a process was called with the word `word`. */
static bool has_word(const char *pid, const char *word)
{
	FILE *words = fopen(compose("/proc/%s/cmdline", pid), "re");
	char *line = NULL;
	size_t room = 0;
	bool has = false;
	while (words && !has && getdelim(&line, &room, '\0', words) > 0)
		has = strcmp(line, word) == 0;
	free(line);
	if (words)
		fclose(words);
	return has;
}

/* The relay daemon that writes into `directory`, or 0: it does not tell its process when it goes
 * into the background. */
static pid_t process_of(const char *directory)
{
	const char *word = compose("--output=%s", directory);
	DIR *processes = opendir("/proc");
	struct dirent *entry;
	pid_t found = 0;
	while (processes && !found && (entry = readdir(processes))) {
		pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);
		if (pid > 0 && spawned_is(pid, "lttng-relayd") && has_word(entry->d_name, word))
			found = pid;
	}
	if (processes)
		closedir(processes);
	return found;
}

/* Tries three ports in a row, and `live_port` for the third where it is not 0. */
static bool start_at(struct recording *recording, int port, int live_port)
{
	char *words[] = {
	    "lttng-relayd",
	    "--daemonize",
	    compose("--output=%s", recording->directory),
	    compose("--control-port=tcp://127.0.0.1:%d", port),
	    compose("--data-port=tcp://127.0.0.1:%d", port + 1),
	    compose("--live-port=tcp://127.0.0.1:%d", live_port ? live_port : port + 2),
	    NULL};
	if (spawned_run(words, 30, NULL) != 0)
		return false;
	recording->relay = compose("net://127.0.0.1:%d:%d", port, port + 1);
	recording->live_port = live_port ? live_port : port + 2;
	recording->relay_process = process_of(recording->directory);
	return true;
}

void relay_start(struct recording *recording)
{
	if (!spawned_find("lttng-relayd"))
		fail(STATUS_FAILED, "--live: lttng-relayd is not installed");
	for (int tries = 0; tries < 5; tries++) {
		unsigned short number = 0;
		getrandom(&number, sizeof(number), 0);
		if (start_at(recording, 20000 + number % 12000, tries ? 0 : RELAY_LIVE_PORT))
			return;
	}
	fail(STATUS_FAILED,
	     "--live: lttng-relayd does not start; called by hand it says why: lttng-relayd -vv");
}

/* Whether somebody follows at a port of this host: there is a connection (state 01 in
 * /proc/net/tcp). */
static bool is_followed(int port)
{
	char *line = NULL;
	size_t room = 0;
	bool is = false;
	const char *local = compose(" 0100007F:%04X ", (unsigned)port);
	FILE *connections = fopen("/proc/net/tcp", "re");
	while (connections && !is && getline(&line, &room, connections) > 0) {
		const char *at = strstr(line, local);
		/* After the local address come the peer's, 13 characters, and the state. */
		is = at && strncmp(at + strlen(local) + 13, " 01 ", 4) == 0;
	}
	free(line);
	if (connections)
		fclose(connections);
	return is;
}

void relay_end(const struct recording *recording)
{
	if (!recording->relay_process || !spawned_is(recording->relay_process, "lttng-relayd"))
		return;
	for (int tries = 0; is_followed(recording->live_port) && tries < 20; tries++)
		spawned_pause();
	spawned_stop(recording->relay_process, "lttng-relayd");
}
