#include "read/salvage.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool join(char path[PATH_MAX], const char *directory, const char *name)
{
	return snprintf(path, PATH_MAX, "%s/%s", directory, name) < PATH_MAX;
}

static bool link_file(const char *trace, const char *name, const char *directory)
{
	char from[PATH_MAX], whole[PATH_MAX], to[PATH_MAX];
	return join(from, trace, name) && realpath(from, whole) && join(to, directory, name) &&
	       symlink(whole, to) == 0;
}

/* A new directory under `place` with the trace's metadata in it. */
static bool make_directory(char directory[PATH_MAX], const char *trace, const char *place)
{
	return join(directory, place, "XXXXXX") && mkdtemp(directory) &&
	       link_file(trace, "metadata", directory);
}

/* --- a stream that is cut --- */

/* The header of a packet as lttng-ust lays it out: magic, the trace's UUID, the stream's two
 * numbers; the context: two timestamps, the sizes of content and packet in bits. */
struct packet {
	uint32_t magic;
	unsigned char uuid[16];
	uint32_t stream;
	uint64_t instance, begin, end, content, size;
};

static bool read_packet(int fd, off_t at, struct packet *packet)
{
	return pread(fd, packet, sizeof(*packet), at) == sizeof(*packet) &&
	       packet->magic == 0xc1fc1fc1 && packet->size / 8 >= sizeof(*packet) &&
	       packet->content <= packet->size;
}

/* How many bytes at the beginning are whole packets. */
static off_t whole_packets(int fd, off_t size)
{
	struct packet packet;
	off_t at = 0;
	while (read_packet(fd, at, &packet) && (uint64_t)(size - at) >= packet.size / 8)
		at += (off_t)(packet.size / 8);
	return at;
}

static bool copy(int from, int to, off_t size)
{
	static char bytes[1 << 16];
	off_t done = 0;
	while (done < size) {
		size_t most =
		    size - done < (off_t)sizeof(bytes) ? (size_t)(size - done) : sizeof(bytes);
		ssize_t got = pread(from, bytes, most, done);
		if (got <= 0 || write(to, bytes, (size_t)got) != got)
			return false;
		done += got;
	}
	return true;
}

/* Puts the whole packets of a stream in place of the link to it. Returns how many bytes are not
 * among them, or -1. */
static off_t cut_short(const char *directory, const char *name)
{
	char path[PATH_MAX];
	struct stat status;
	off_t whole, rest = -1;
	int from, to;
	if (!join(path, directory, name) || (from = open(path, O_RDONLY | O_CLOEXEC)) < 0)
		return -1;
	if (fstat(from, &status) == 0 && (whole = whole_packets(from, status.st_size)) > 0 &&
	    unlink(path) == 0 &&
	    (to = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)) >= 0) {
		if (copy(from, to, whole))
			rest = status.st_size - whole;
		close(to);
	}
	close(from);
	return rest;
}

/* --- streams --- */

static void salvage_stream(const char *trace, const char *name, const char *place,
			   const struct salvage *salvage)
{
	char directory[PATH_MAX], path[PATH_MAX], why[128];
	off_t rest;
	if (!join(path, trace, name))
		return;
	if (!make_directory(directory, trace, place) || !link_file(trace, name, directory)) {
		salvage->report(salvage->context, path, strerror(errno));
		return;
	}
	if (salvage->add(salvage->context, directory))
		return;
	rest = cut_short(directory, name);
	if (rest < 0 || !salvage->add(salvage->context, directory)) {
		salvage->report(salvage->context, path, "no stream of packets that could be read");
		return;
	}
	snprintf(why, sizeof(why), "the last packet is cut; %lld bytes are left out",
		 (long long)rest);
	salvage->report(salvage->context, path, why);
}

static int is_stream(const struct dirent *entry)
{
	return entry->d_name[0] != '.' && strcmp(entry->d_name, "metadata") != 0 &&
	       entry->d_type != DT_DIR;
}

bool salvage_streams(const char *trace, const char *place, const struct salvage *salvage)
{
	char directory[PATH_MAX];
	struct dirent **entries;
	int count;
	if (!make_directory(directory, trace, place) || !salvage->add(salvage->context, directory))
		return false;
	count = scandir(trace, &entries, is_stream, alphasort);
	for (int i = 0; i < count; i++) {
		salvage_stream(trace, entries[i]->d_name, place, salvage);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
	return count >= 0;
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *where)
{
	(void)status, (void)kind, (void)where;
	return remove(path);
}

void salvage_remove(const char *place)
{
	nftw(place, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}
