#include "read/recording.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "read/memory.h"

char *recording_says(const char *directory, const char *word)
{
	char path[PATH_MAX], line[4096], *value = NULL;
	size_t length = strlen(word);
	FILE *file;
	if (snprintf(path, sizeof(path), "%s/bpguard.recording", directory) >= PATH_MAX)
		return NULL;
	file = fopen(path, "re");
	while (file && !value && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = 0;
		if (strncmp(line, word, length) == 0 && line[length])
			value = must_copy(line + length);
	}
	if (file)
		fclose(file);
	return value;
}
