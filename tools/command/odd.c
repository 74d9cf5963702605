/* bpguard-odd <ENVIRON
 *
 * Prints the variables in an environ file (proc(5)) whose names the shell does not take for names
 * and drops (dash, before it executes anything): `node.name`, bash's exported functions; and those
 * that the shell or the script in it assigns. In hexadecimal, each with its NUL, since a shell's
 * variable holds none. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool begins_name(int c)
{
	return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* POSIX.1-2017, XBD 3.235: letters, digits and underscores, no digit first. */
static bool is_odd(const char *variable)
{
	const char *at = variable;
	if (!begins_name((unsigned char)*at))
		return true;
	while (begins_name((unsigned char)*at) || (*at >= '0' && *at <= '9'))
		at++;
	return *at != '=';
}

/* POSIX.1-2017, XCU 2.5.3, bash's SHLVL, and the one that scripts/bpguard assigns. */
static bool is_shells(const char *variable)
{
	static const char *const names[] = {
	    "IFS=", "OPTIND=", "PPID=",	  "PS1=",   "PS2=",
	    "PS4=", "PWD=",    "OLDPWD=", "SHLVL=", "bpguard_programs="};
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (strncmp(variable, names[i], strlen(names[i])) == 0)
			return true;
	return false;
}

static void print(const char *variable)
{
	for (const char *at = variable; *at; at++)
		printf("%02x", (unsigned char)*at);
	printf("00");
}

int main(void)
{
	char *variable = NULL;
	size_t size = 0;
	while (getdelim(&variable, &size, '\0', stdin) > 0)
		if (*variable && (is_odd(variable) || is_shells(variable)))
			print(variable);
	free(variable);
	return fflush(stdout) == 0 ? 0 : 125;
}
