/* The directory of a recording. The file bpguard.recording in it marks it as one of ours: what has
 * no such file is never moved or removed. */
#ifndef BPGUARD_ROOM_H
#define BPGUARD_ROOM_H

#include <stdbool.h>

/* Makes `directory`, and those above it; an old recording there becomes DIRECTORY.old, in the place
 * of an older one. Writes the mark, which tells the version, the time, the host and `program`, its
 * words. Ends the program with 125 where that cannot be. */
void room_make(const char *directory, char *const *program);

/* Makes an empty file in it. Ends the program with 125 where that cannot be. */
void room_add_file(const char *directory, const char *name);

/* Adds a line to the mark. Ends the program with 125 where that cannot be. */
void room_add_line(const char *directory, const char *line);

/* Removes a file or a whole directory; false, with errno, where it cannot be. Symbolic links are
 * not followed. */
bool room_remove(const char *path);

/* Tells if so little is free where `directory` is that records may be missing. */
void room_tell_full(const char *directory);

/* What in `directory` has a name that begins so, as a path; NULL: nothing. */
const char *room_find(const char *directory, const char *beginning);

#endif
