#include "executors.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "channels.h"

static const char self[] = "/proc/self/exe";

static int by_execve(char **words)
{
	return execve(self, words, environ);
}

static int by_execv(char **words)
{
	return execv(self, words);
}

static int by_execvp(char **words)
{
	return execvp(self, words);
}

static int by_execvpe(char **words)
{
	return execvpe(self, words, environ);
}

static int by_execl(char **words)
{
	return execl(self, words[0], words[1], words[2], words[3], (char *)0);
}

static int by_execlp(char **words)
{
	return execlp(self, words[0], words[1], words[2], words[3], (char *)0);
}

static int by_execle(char **words)
{
	return execle(self, words[0], words[1], words[2], words[3], (char *)0, environ);
}

static int by_fexecve(char **words)
{
	return fexecve(open(self, O_RDONLY | O_CLOEXEC), words, environ);
}

static int by_execveat(char **words)
{
	return execveat(AT_FDCWD, self, words, environ, 0);
}

/* By its number. */
static int by_syscall(char **words)
{
	return (int)syscall(SYS_execve, self, words, environ);
}

/* The first execution fails. */
static int by_second(char **words)
{
	must(execv("/nonexistent", words) == -1 && errno == ENOENT, "execv");
	return execv(self, words);
}

static int status_of(pid_t child)
{
	int status = -1;

	must(waitpid(child, &status, 0) == child, "waitpid");
	return status;
}

static int by_fork(char **words)
{
	pid_t child = fork();

	if (child == 0) {
		execv(self, words);
		_exit(98);
	}
	return status_of(child);
}

static int by_vfork(char **words)
{
	pid_t child = vfork();

	if (child == 0) {
		execv("/nonexistent", words);
		execve(self, words, environ);
		_exit(98);
	}
	return status_of(child);
}

static int by_spawn(char **words)
{
	pid_t child;

	must(posix_spawn(&child, self, 0, 0, words, environ) == 0, "posix_spawn");
	return status_of(child);
}

static int by_spawnp(char **words)
{
	pid_t child;

	must(posix_spawnp(&child, self, 0, 0, words, environ) == 0, "posix_spawnp");
	return status_of(child);
}

static void *spawn_in_thread(void *words)
{
	static int status;

	status = by_spawn(words);
	return &status;
}

static int by_thread(char **words)
{
	pthread_t thread;
	void *status = 0;

	must(pthread_create(&thread, 0, spawn_in_thread, words) == 0, "pthread_create");
	must(pthread_join(thread, &status) == 0, "pthread_join");
	return *(int *)status;
}

/* The words as a shell's command: those of the tests need no quotes. */
static const char *command_of(char **words)
{
	static char command[4096];
	char path[1024] = "";

	must(readlink(self, path, sizeof path - 1) > 0, "readlink");
	snprintf(command, sizeof command, "'%s' %s %s %s", path, words[1], words[2],
		 words[3] ? words[3] : "");
	return command;
}

static int by_system(char **words)
{
	return system(command_of(words));
}

static int by_popen(char **words)
{
	FILE *pipe = popen(command_of(words), "re");

	must(pipe != 0, "popen");
	while (fgetc(pipe) != EOF)
		;
	return pclose(pipe);
}

static int by_shell(char **words)
{
	char command[4200], *shell[] = {"sh", "-c", command, 0};
	pid_t child;

	snprintf(command, sizeof command, "exec %s", command_of(words));
	must(posix_spawn(&child, "/bin/sh", 0, 0, shell, environ) == 0, "posix_spawn");
	return status_of(child);
}

const struct executor executors[EXECUTORS] = {
    {"execve", 0, by_execve},	{"execv", 0, by_execv},	      {"execvp", 0, by_execvp},
    {"execvpe", 0, by_execvpe}, {"execl", 0, by_execl},	      {"execlp", 0, by_execlp},
    {"execle", 0, by_execle},	{"fexecve", 0, by_fexecve},   {"execveat", 0, by_execveat},
    {"syscall", 0, by_syscall}, {"second", 0, by_second},     {"fork", 1, by_fork},
    {"vfork", 1, by_vfork},	{"posix_spawn", 1, by_spawn}, {"posix_spawnp", 1, by_spawnp},
    {"thread", 1, by_thread},	{"system", 1, by_system},     {"popen", 1, by_popen},
    {"shell", 1, by_shell},
};

int execute_by(const char *name, const char *victim, const char *arg)
{
	char *words[] = {"victim", "victim", (char *)(unsigned long)victim,
			 (char *)(unsigned long)arg, 0};

	for (int i = 0; i < EXECUTORS; i++)
		if (strcmp(executors[i].name, name) == 0)
			return executors[i].execute(words);
	must(0, name);
	return -1;
}
