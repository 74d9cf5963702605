#include "state/arguments.h"

#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#include "base/raw.h"
#include "base/text.h"
#include "state/settings.h"

static char names[ARGUMENTS_MOST];

/* proc(5): the words, each with its null byte. Returns the length, 0 where they cannot be read. */
static size_t read_words(char *words, size_t size)
{
	long file = RAW4(SYS_openat, AT_FDCWD, "/proc/self/cmdline", O_RDONLY | O_CLOEXEC, 0);
	long length;
	if (file < 0)
		return 0;
	length = RAW3(SYS_read, file, words, size);
	RAW1(SYS_close, file);
	return length > 0 ? (size_t)length : 0;
}

/* Whether an executable's name is an interpreter's, with a version behind it or none: python3.11.
 */
static bool is_interpreter(const char *exe)
{
	static const char *const known[] = {"ash",    "bash",  "dash", "ksh",  "lua",	 "node",
					    "nodejs", "perl",  "php",  "pypy", "python", "ruby",
					    "sh",     "tclsh", "wish", "zsh"};
	const char *slash = strrchr(exe, '/'), *name = slash ? slash + 1 : exe;
	size_t length = strcspn(name, "0123456789.-");
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strlen(known[i]) == length && strncmp(known[i], name, length) == 0)
			return true;
	return false;
}

static bool is_file(const char *path)
{
	struct stat64 file;
	return raw_stat(path, &file, 0) == 0 && S_ISREG(file.st_mode);
}

/* The script: the first word that is no option, where it names a file. What -c or -e is given is
 * code, and names none. NULL where there is none among the first words. */
static const char *find_script(const char *words, const char *end)
{
	const char *word = words + strlen(words) + 1;
	while (word < end && *word == '-')
		word += strlen(word) + 1;
	return word < end && is_file(word) ? word : NULL;
}

void arguments_start(const char *exe)
{
	static char words[1024]; /* ended by a null byte of its own */
	struct text text = text_in(names, sizeof(names));
	const char *script;
	size_t length;
	if (settings.argv != ARGV_PROGRAM)
		return;
	length = read_words(words, sizeof(words) - 1);
	text_string(&text, words);
	script = is_interpreter(exe) ? find_script(words, words + length) : NULL;
	if (script) {
		text_char(&text, ' ');
		text_string(&text, script);
	}
	text_end(&text);
}

void arguments_tell(char told[ARGUMENTS_MOST])
{
	size_t length;
	if (settings.argv != ARGV_ALL) {
		memcpy(told, names, sizeof(names));
		return;
	}
	length = read_words(told, ARGUMENTS_MOST - 1);
	while (length && !told[length - 1])
		length--;
	told[length] = '\0';
	for (size_t i = 0; i < length; i++)
		if (!told[i])
			told[i] = ' ';
}
