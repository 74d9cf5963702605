/* Programs that are executed without the guard: a starter gave them an environment of its own
 * (sudo, su, cron, systemd-socket-activate). One record of event `setting` says so, the first time
 * that a process does it. */
#ifndef BPGUARD_UNGUARDED_H
#define BPGUARD_UNGUARDED_H

/* Finds out at start whether it is by LD_PRELOAD that this program is guarded, and what it executes
 * too. Not async-signal-safe (getenv). */
void unguarded_start(void);

/* `path` is about to be executed with `environment`, NULL: an empty one. Told at once, or in a
 * child that shares its parent's memory noted for that to tell. Keeps errno. Async-signal-safe. */
void unguarded_note(const char *path, char *const *environment);

/* Tells what such a child has noted. Keeps errno. Async-signal-safe. */
void unguarded_tell(void);

#endif
