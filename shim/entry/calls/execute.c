/* Calls that execute another program: in this process, or in a child that they make. */
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "entry/calls/call.h"
#include "entry/execution.h"
#include "entry/unguarded.h"
#include "state/root.h"

/* Room on the stack, for whoever executes may be a signal handler, for an environment with the
 * root's mark; and that environment, or the one given where it needs none. */
#define ROOM(room, environment) char *room[root_room(environment)]
#define MARKED(room, environment) root_mark(environment, room, sizeof(room) / sizeof(*(room)))

/* Makes a call that executes; what it returns. */
#define EXECUTING(where, call)                                                                     \
	({                                                                                         \
		struct execution execution_;                                                       \
		execution_begin(&execution_, where);                                               \
		__typeof__(call) result_ = (call);                                                 \
		execution_end(&execution_);                                                        \
		result_;                                                                           \
	})

EXPORT int execve(const char *path, char *const words[], char *const environment[])
{
	ROOM(room, environment);
	unguarded_note(path, environment);
	return EXECUTING(EXECUTED_HERE, next.execve(path, words, MARKED(room, environment)));
}

EXPORT int execvpe(const char *name, char *const words[], char *const environment[])
{
	ROOM(room, environment);
	unguarded_note(name, environment);
	return EXECUTING(EXECUTED_HERE, next.execvpe(name, words, MARKED(room, environment)));
}

/* Those that take the process's own environment go on as they are where that is to stay so. */
EXPORT int execv(const char *path, char *const words[])
{
	unguarded_note(path, environ);
	if (root_room(environ) > 1)
		return execve(path, words, environ);
	return EXECUTING(EXECUTED_HERE, next.execv(path, words));
}

EXPORT int execvp(const char *name, char *const words[])
{
	unguarded_note(name, environ);
	if (root_room(environ) > 1)
		return execvpe(name, words, environ);
	return EXECUTING(EXECUTED_HERE, next.execvp(name, words));
}

EXPORT int fexecve(int fd, char *const words[], char *const environment[])
{
	ROOM(room, environment);
	unguarded_note(NULL, environment);
	return EXECUTING(EXECUTED_HERE, next.fexecve(fd, words, MARKED(room, environment)));
}

EXPORT int execveat(int directory, const char *path, char *const words[], char *const environment[],
		    int flags)
{
	ROOM(room, environment);
	unguarded_note(path, environment);
	return EXECUTING(EXECUTED_HERE,
			 next.execveat(directory, path, words, MARKED(room, environment), flags));
}

/* The words of execl and its kin become an array on the caller's stack: execl(3) is
 * async-signal-safe, so nothing is allocated. They end with a null pointer, which the first one may
 * be, whatever libc's prototype says. */
static size_t count_words(const char *first, va_list *rest)
{
	size_t count = 0;
	/* clang-tidy 14 does not follow a va_list into a function. */
	/* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized) */
	for (const char *word = first; word; word = va_arg(*rest, const char *))
		count++;
	return count;
}

/* Leaves `rest` behind the null pointer. */
static void copy_words(char **words, size_t count, const char *first, va_list *rest)
{
	words[0] = (char *)first;
	for (size_t i = 1; i <= count; i++)
		words[i] = va_arg(*rest, char *);
}

EXPORT int execl(const char *path, const char *first, ...)
{
	va_list rest;
	va_start(rest, first);
	size_t count = count_words(first, &rest);
	va_end(rest);
	char *words[count + 1];
	va_start(rest, first);
	copy_words(words, count, first, &rest);
	va_end(rest);
	return execv(path, words);
}

EXPORT int execlp(const char *name, const char *first, ...)
{
	va_list rest;
	va_start(rest, first);
	size_t count = count_words(first, &rest);
	va_end(rest);
	char *words[count + 1];
	va_start(rest, first);
	copy_words(words, count, first, &rest);
	va_end(rest);
	return execvp(name, words);
}

EXPORT int execle(const char *path, const char *first, ...)
{
	va_list rest;
	va_start(rest, first);
	size_t count = count_words(first, &rest);
	va_end(rest);
	char *words[count + 1];
	va_start(rest, first);
	copy_words(words, count, first, &rest);
	char *const *environment = va_arg(rest, char *const *);
	va_end(rest);
	return execve(path, words, environment);
}

EXPORT int posix_spawn(pid_t *restrict child, const char *restrict path,
		       const posix_spawn_file_actions_t *restrict actions,
		       const posix_spawnattr_t *restrict attributes, char *const words[restrict],
		       char *const environment[restrict])
{
	ROOM(room, environment);
	unguarded_note(path, environment);
	return EXECUTING(EXECUTED_BELOW, next.posix_spawn(child, path, actions, attributes, words,
							  MARKED(room, environment)));
}

EXPORT int posix_spawnp(pid_t *restrict child, const char *restrict name,
			const posix_spawn_file_actions_t *restrict actions,
			const posix_spawnattr_t *restrict attributes, char *const words[restrict],
			char *const environment[restrict])
{
	ROOM(room, environment);
	unguarded_note(name, environment);
	return EXECUTING(EXECUTED_BELOW, next.posix_spawnp(child, name, actions, attributes, words,
							   MARKED(room, environment)));
}

EXPORT int system(const char *command)
{
	unguarded_note("/bin/sh", environ);
	return EXECUTING(EXECUTED_BELOW, next.system(command));
}

EXPORT FILE *popen(const char *command, const char *mode)
{
	unguarded_note("/bin/sh", environ);
	return EXECUTING(EXECUTED_BELOW, next.popen(command, mode));
}

#ifdef __GLIBC__
FILE *_IO_popen(const char *command, const char *mode);
EXPORT FILE *_IO_popen(const char *command, const char *mode)
{
	unguarded_note("/bin/sh", environ);
	return EXECUTING(EXECUTED_BELOW, next._IO_popen(command, mode));
}
#endif
