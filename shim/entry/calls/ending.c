/* Calls by which a program ends or becomes another: the totals are told before. */
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include "entry/calls/call.h"
#include "entry/presence.h"
#include "signal/mask.h"

EXPORT _Noreturn void _exit(int status)
{
	presence_end();
	for (;;)
		next._exit(status);
}

EXPORT _Noreturn void _Exit(int status)
{
	presence_end();
	for (;;)
		next._Exit(status);
}

/* Returns what failed_exec() is to take back. */
static bool before_exec(void)
{
	presence_end();
	return mask_before_exec();
}

static int failed_exec(bool unblocked, int result)
{
	mask_after_exec(unblocked);
	return result;
}

EXPORT int execve(const char *path, char *const words[], char *const environment[])
{
	bool unblocked = before_exec();
	return failed_exec(unblocked, next.execve(path, words, environment));
}

EXPORT int execv(const char *path, char *const words[])
{
	bool unblocked = before_exec();
	return failed_exec(unblocked, next.execv(path, words));
}

EXPORT int execvp(const char *name, char *const words[])
{
	bool unblocked = before_exec();
	return failed_exec(unblocked, next.execvp(name, words));
}

EXPORT int execvpe(const char *name, char *const words[], char *const environment[])
{
	bool unblocked = before_exec();
	return failed_exec(unblocked, next.execvpe(name, words, environment));
}

EXPORT int fexecve(int fd, char *const words[], char *const environment[])
{
	bool unblocked = before_exec();
	return failed_exec(unblocked, next.fexecve(fd, words, environment));
}

EXPORT int execveat(int directory, const char *path, char *const words[], char *const environment[],
		    int flags)
{
	bool unblocked = before_exec();
	return failed_exec(unblocked, next.execveat(directory, path, words, environment, flags));
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
