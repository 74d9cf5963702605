#include "tools/command/room.h"

#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "tools/command/complain.h"

/* Bytes: the size of one sub-buffer, which LTTng writes at once. */
enum { LITTLE_ROOM = 512 * 1024 };

static const char *mark_of(const char *directory)
{
	return compose("%s/bpguard.recording", directory);
}

static void require_recording(const char *directory)
{
	struct stat mark;
	if (stat(mark_of(directory), &mark) < 0 || !S_ISREG(mark.st_mode))
		fail(STATUS_FAILED, "%s: is there, and no recording", directory);
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *walk)
{
	(void)status, (void)type, (void)walk;
	return remove(path);
}

bool room_remove(const char *path)
{
	return nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS) == 0;
}

static void move_away(const char *directory)
{
	const char *old = compose("%s.old", directory);
	struct stat status;
	require_recording(directory);
	if (lstat(old, &status) == 0) {
		require_recording(old);
		if (!room_remove(old))
			fail(STATUS_FAILED, "%s: cannot be removed: %s", old, strerror(errno));
	}
	if (rename(directory, old) < 0)
		fail(STATUS_FAILED, "%s: cannot be moved to %s: %s", directory, old,
		     strerror(errno));
}

/* Makes a directory and those above it. */
static void make_all(const char *directory)
{
	char *path = compose("%s", directory);
	struct stat status;
	for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(path, 0777) < 0 && stat(path, &status) < 0)
			fail(STATUS_FAILED, "%s: cannot be made: %s: %s", directory, path,
			     strerror(errno));
		*slash = '/';
	}
	if (mkdir(path, 0777) < 0)
		fail(STATUS_FAILED, "%s: cannot be made: %s", directory, strerror(errno));
}

static void close_written(FILE *file, const char *path)
{
	bool failed = ferror(file) != 0;
	if (fclose(file) != 0 || failed)
		fail(STATUS_FAILED, "%s: cannot be written: %s", path, strerror(errno));
}

static FILE *open_for(const char *path, const char *mode)
{
	FILE *file = fopen(path, mode);
	if (!file)
		fail(STATUS_FAILED, "%s: cannot be written: %s", path, strerror(errno));
	return file;
}

static void describe(const char *directory, char *const *program)
{
	const char *path = mark_of(directory);
	FILE *file = open_for(path, "we");
	struct utsname host;
	time_t now = time(NULL);
	char started[32] = "";
	struct tm utc;
	uname(&host);
	strftime(started, sizeof(started), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
	fprintf(file, "bpguard %s\nstarted %s\nhost %s\ncommand", BPGUARD_VERSION, started,
		host.nodename);
	for (; *program; program++)
		fprintf(file, " %s", *program);
	fputc('\n', file);
	close_written(file, path);
}

void room_make(const char *directory, char *const *program)
{
	struct stat status;
	/* What is empty is nobody's. */
	if (rmdir(directory) < 0 && lstat(directory, &status) == 0)
		move_away(directory);
	make_all(directory);
	describe(directory, program);
}

void room_add_file(const char *directory, const char *name)
{
	const char *path = compose("%s/%s", directory, name);
	close_written(open_for(path, "we"), path);
}

void room_add_line(const char *directory, const char *line)
{
	const char *path = mark_of(directory);
	FILE *file = open_for(path, "ae");
	fprintf(file, "%s\n", line);
	close_written(file, path);
}

void room_tell_full(const char *directory)
{
	struct statvfs disk;
	unsigned long long room;
	if (statvfs(directory, &disk) < 0)
		return;
	room = (unsigned long long)disk.f_bavail * disk.f_frsize;
	if (room < LITTLE_ROOM)
		complain("%s: the disk is full (%llu KiB are free): records may be missing",
			 directory, room / 1024);
}

const char *room_find(const char *directory, const char *beginning)
{
	DIR *entries = opendir(directory);
	struct dirent *entry;
	const char *found = NULL;
	while (entries && !found && (entry = readdir(entries)))
		if (strncmp(entry->d_name, beginning, strlen(beginning)) == 0)
			found = compose("%s/%s", directory, entry->d_name);
	if (entries)
		closedir(entries);
	return found;
}
