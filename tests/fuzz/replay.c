/* Runs a target without libFuzzer: on the seeds in the directories that are named, and with -N on N
 * inputs made up from a fixed seed. */
#include <dirent.h>

#include "input.h"

enum { LARGEST = 1 << 16 };

static uint64_t state = 88172645463325252u;

/* Marsaglia's xorshift64. */
static uint64_t next_random(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	return state ^= state << 17;
}

/* A third of it stands for what parsers look for. */
static uint8_t next_byte(void)
{
	static const char telling[] =
	    "\n\"\\{}[]:,=/. -+@%09afxFX\t\r\x01\x1f\x7f\x80\xbf\xc0\xc3\xe2\xed\xf0\xf4\xff";
	uint64_t random = next_random();
	return random % 3 ? (uint8_t)(random >> 8)
			  : (uint8_t)telling[(random >> 8) % sizeof(telling)];
}

static void run_random(int count)
{
	static uint8_t data[4096];
	for (int i = 0; i < count; i++) {
		size_t size = next_random() % (i % 8 ? 256 : sizeof(data));
		for (size_t at = 0; at < size; at++)
			data[at] = next_byte();
		LLVMFuzzerTestOneInput(data, size);
	}
}

static void run_file(const char *directory, const char *name)
{
	static uint8_t data[LARGEST];
	char path[4096];
	FILE *file;
	snprintf(path, sizeof(path), "%s/%s", directory, name);
	file = fopen(path, "rb");
	HOLDS(file != NULL);
	fprintf(stderr, "%s\n", path);
	LLVMFuzzerTestOneInput(data, fread(data, 1, sizeof(data), file));
	fclose(file);
}

static int run_seeds(const char *path)
{
	DIR *directory = opendir(path);
	const struct dirent *entry;
	int count = 0;
	while (directory && (entry = readdir(directory)))
		if (entry->d_name[0] != '.') {
			run_file(path, entry->d_name);
			count++;
		}
	if (directory)
		closedir(directory);
	return count;
}

int main(int count, char **args)
{
	int seeds = 0, random = 0;
	for (int i = 1; i < count; i++)
		if (args[i][0] == '-')
			run_random(random = atoi(args[i] + 1));
		else
			seeds += run_seeds(args[i]);
	fprintf(stderr, "%d seeds, %d random inputs\n", seeds, random);
	return seeds == 0;
}
