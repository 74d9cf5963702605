#include "state/peers.h"

#include <netinet/in.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/clock.h"
#include "base/raw.h"
#include "base/text.h"
#include "kernel/fd.h"
#include "state/lineage.h"

/* The table grows by chunks, so that a program with few fds touches few pages. Fds beyond it are
 * not noted: fs.nr_open is 1,048,576 by default. */
enum { CHUNK = 1024, CHUNKS = 1024, INHERITED = 64 };

static struct peer *chunks[CHUNKS];

static struct peer *chunk_of(int fd, bool make)
{
	struct peer **slot = &chunks[fd / CHUNK];
	struct peer *chunk = __atomic_load_n(slot, __ATOMIC_ACQUIRE), *none = NULL;
	long fresh;
	if (chunk || !make)
		return chunk;
	fresh = RAW6(RAW_MMAP, NULL, CHUNK * sizeof(struct peer), PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (raw_is_error(fresh))
		return NULL;
	if (__atomic_compare_exchange_n(slot, &none, (struct peer *)fresh, false, __ATOMIC_ACQ_REL,
					__ATOMIC_ACQUIRE))
		return (struct peer *)fresh;
	RAW2(SYS_munmap, fresh, CHUNK * sizeof(struct peer));
	return none;
}

static struct peer *entry_of(int fd, bool make)
{
	struct peer *chunk;
	if (fd < 0 || fd >= CHUNK * CHUNKS)
		return NULL;
	chunk = chunk_of(fd, make);
	return chunk ? &chunk[fd % CHUNK] : NULL;
}

/* An entry as threads share it: copied word by word, the cookie apart. */
typedef uint64_t __attribute__((may_alias)) word;
enum { WORDS = sizeof(struct peer) / sizeof(word) };
_Static_assert(sizeof(struct peer) % sizeof(word) == 0 && offsetof(struct peer, cookie) == 0,
	       "made of words, the first of them the cookie");

/* The cookie says whether an entry is whole: it goes first and comes back last. The exchange keeps
 * the rest behind it. */
static void put(struct peer *entry, const struct peer *peer)
{
	const word *from = (const word *)peer;
	word *to = (word *)entry;
	__atomic_exchange_n(&to[0], 0, __ATOMIC_ACQ_REL);
	for (int i = 1; i < WORDS; i++)
		__atomic_store_n(&to[i], from[i], __ATOMIC_RELAXED);
	__atomic_store_n(&to[0], from[0], __ATOMIC_RELEASE);
}

static bool get(const struct peer *entry, uint64_t cookie, struct peer *peer)
{
	const word *from = (const word *)entry;
	word *to = (word *)peer;
	if (!cookie || __atomic_load_n(&from[0], __ATOMIC_ACQUIRE) != cookie)
		return false;
	to[0] = cookie;
	for (int i = 1; i < WORDS; i++)
		to[i] = __atomic_load_n(&from[i], __ATOMIC_ACQUIRE);
	return __atomic_load_n(&from[0], __ATOMIC_RELAXED) == cookie;
}

static bool is_noted(const struct peer *entry)
{
	return entry && __atomic_load_n(&entry->cookie, __ATOMIC_RELAXED);
}

/* Only internet addresses need noting: UNIX sockets still tell at EPIPE time. */
static void note_address(struct peer *peer, const struct sockaddr *address, socklen_t length)
{
	if (length > sizeof(peer->address))
		length = sizeof(peer->address);
	if (length >= sizeof(sa_family_t) &&
	    (address->sa_family == AF_INET || address->sa_family == AF_INET6))
		memcpy(peer->address, address, length);
}

static void ask_address(struct peer *peer, int fd)
{
	union {
		struct sockaddr any;
		struct sockaddr_in6 in6;
	} address;
	socklen_t length = sizeof(address);
	if (RAW3(SYS_getpeername, fd, &address, &length) == 0)
		note_address(peer, &address.any, length);
}

void peers_note(int fd, const struct sockaddr *address, socklen_t length, enum origin origin)
{
	struct peer peer = {.cookie = fd_cookie(fd),
			    .age_known = origin != ORIGIN_GIVEN,
			    .opened = origin == ORIGIN_OPENED};
	struct peer *entry = peer.cookie ? entry_of(fd, true) : NULL;
	/* A vfork child is not asked for, which would cost every accept a system call: a connection
	 * of its own can only take the note from one of its parent's, and the cookie tells. */
	if (!entry)
		return;
	peer.since_ms = clock_now_ms();
	if (address)
		note_address(&peer, address, length);
	else
		ask_address(&peer, fd);
	put(entry, &peer);
}

/* The note on `fd`, made now if there is none. */
static bool find_or_note(int fd, struct peer *peer)
{
	if (peers_find(fd, peer))
		return true;
	peers_note(fd, NULL, 0, ORIGIN_GIVEN);
	return peers_find(fd, peer);
}

/* In a vfork child too: what it found is of the same socket. */
static void put_back(int fd, const struct peer *peer)
{
	struct peer *entry = entry_of(fd, true);
	if (entry)
		put(entry, peer);
}

void peers_note_shutdown(int fd)
{
	struct peer peer;
	if (!find_or_note(fd, &peer))
		return;
	peer.shut = true;
	put_back(fd, &peer);
}

void peers_note_dissolved(int fd)
{
	struct peer peer;
	if (!find_or_note(fd, &peer))
		return;
	peer.dissolved = true;
	put_back(fd, &peer);
}

void peers_note_error(int fd, int error)
{
	struct peer peer;
	if (!find_or_note(fd, &peer) || peer.error)
		return;
	peer.error = (uint8_t)error;
	put_back(fd, &peer);
}

void peers_copy(int from, int to)
{
	struct peer peer, *entry;
	const struct peer *known = entry_of(from, false);
	if (!is_noted(known) || !lineage_claim_memory() || !peers_find(from, &peer))
		return;
	entry = entry_of(to, true);
	if (entry)
		put(entry, &peer);
}

bool peers_find(int fd, struct peer *peer)
{
	const struct peer *entry = entry_of(fd, false);
	return is_noted(entry) && get(entry, fd_cookie(fd), peer);
}

static void note_inherited(int fd)
{
	struct peer peer;
	if (!fd_cookie(fd))
		return;
	if (fd_is_listening(fd)) {
		lineage_note_server();
		return;
	}
	peers_note(fd, NULL, 0, ORIGIN_GIVEN);
	if (peers_find(fd, &peer))
		lineage_note_connection(fd);
}

/* sd_listen_fds(3): LISTEN_FDS sockets from fd 3 on. */
static int inherited_end(void)
{
	const char *count = secure_getenv("LISTEN_FDS");
	int64_t passed = count ? text_parse(count, &count) : 0;
	return passed > INHERITED - 3 && passed < CHUNK ? (int)passed + 3 : INHERITED;
}

void peers_start(void)
{
	int end = inherited_end();
	for (int fd = 0; fd < end; fd++)
		note_inherited(fd);
}
