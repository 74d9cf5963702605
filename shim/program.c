#include "program.h"

#include <fcntl.h>
#include <stdbool.h>
#include <string.h>

#include "raw.h"
#include "record.h"
#include "text.h"

static char exe[512];
static char words[BPGUARD_ARGV_SIZE];
static bool told;

static void copy_arguments(int count, char *const *arguments)
{
	struct text text = text_in(words, sizeof(words));
	for (int i = 0; i < count && arguments[i] && !text.cut; i++) {
		if (i)
			text_char(&text, ' ');
		text_string(&text, arguments[i]);
	}
	text_end(&text);
}

void program_start(int count, char *const *arguments)
{
	long length = RAW4(SYS_readlinkat, AT_FDCWD, "/proc/self/exe", exe, sizeof(exe) - 1);
	exe[length > 0 ? length : 0] = '\0';
	copy_arguments(count, arguments);
}

const char *program_exe(void)
{
	return exe;
}

void program_tell_arguments(char *text, size_t size)
{
	struct text copy = text_in(text, size);
	if (!__atomic_exchange_n(&told, true, __ATOMIC_RELAXED))
		text_string(&copy, words);
	text_end(&copy);
}

void program_forked(void)
{
	told = false;
}
