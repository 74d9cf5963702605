/* Calls by which a program ends or becomes another: the totals are told before. */
#include <alloca.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include "call.h"
#include "presence.h"

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

EXPORT int execve(const char *path, char *const words[], char *const environment[])
{
	presence_end();
	return next.execve(path, words, environment);
}

EXPORT int execv(const char *path, char *const words[])
{
	presence_end();
	return next.execv(path, words);
}

EXPORT int execvp(const char *name, char *const words[])
{
	presence_end();
	return next.execvp(name, words);
}

EXPORT int execvpe(const char *name, char *const words[], char *const environment[])
{
	presence_end();
	return next.execvpe(name, words, environment);
}

EXPORT int fexecve(int fd, char *const words[], char *const environment[])
{
	presence_end();
	return next.fexecve(fd, words, environment);
}

EXPORT int execveat(int directory, const char *path, char *const words[], char *const environment[],
		    int flags)
{
	presence_end();
	return next.execveat(directory, path, words, environment, flags);
}

/* The words of execl and its kin, as an array on the caller's stack; they end with a null pointer,
 * which the first one may be, whatever libc's prototype says. execl(3) is async-signal-safe, so
 * nothing is allocated. */
#define WORDS(first, list)                                                                         \
	({                                                                                         \
		va_list ahead_;                                                                    \
		size_t count_ = 0;                                                                 \
		const char *word_ = (first);                                                       \
		__asm__("" : "+r"(word_));                                                         \
		va_copy(ahead_, list);                                                             \
		for (const char *at_ = word_; at_; at_ = va_arg(ahead_, const char *))             \
			count_++;                                                                  \
		va_end(ahead_);                                                                    \
		char **words_ = alloca((count_ + 1) * sizeof(char *));                             \
		words_[0] = (char *)word_;                                                         \
		for (size_t i_ = 1; i_ <= count_; i_++)                                            \
			words_[i_] = va_arg(list, char *);                                         \
		words_;                                                                            \
	})

EXPORT int execl(const char *path, const char *first, ...)
{
	va_list list;
	va_start(list, first);
	char **words = WORDS(first, list);
	va_end(list);
	return execv(path, words);
}

EXPORT int execlp(const char *name, const char *first, ...)
{
	va_list list;
	va_start(list, first);
	char **words = WORDS(first, list);
	va_end(list);
	return execvp(name, words);
}

EXPORT int execle(const char *path, const char *first, ...)
{
	va_list list;
	va_start(list, first);
	char **words = WORDS(first, list);
	char *const *environment = va_arg(list, char *const *);
	va_end(list);
	return execve(path, words, environment);
}
