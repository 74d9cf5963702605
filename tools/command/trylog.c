#include "tools/command/trylog.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "state/settings.h"
#include "tools/command/complain.h"
#include "tools/command/options.h"

/* A FIFO whose reader is still to come is none. */
static const char *trouble_of_file(const char *path)
{
	int flags = O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
	int fd = open(path, flags, 0640);
	if (fd >= 0) {
		close(fd);
		return NULL;
	}
	return errno == ENXIO ? NULL : strerror(errno);
}

static const char *trouble_of_daemon(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	const char *trouble = NULL;
	strcpy(address.sun_path, path);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0)
		trouble = strerror(errno);
	if (fd >= 0)
		close(fd);
	return trouble;
}

/* A socket's other end would read the records. */
static const char *trouble_of_stderr(void)
{
	struct stat file;
	if (fstat(STDERR_FILENO, &file) != 0)
		return strerror(errno);
	return S_ISSOCK(file.st_mode) ? "is a socket, whose other end would read the records"
				      : NULL;
}

static const char *trouble_of(const char *value)
{
	switch (settings_log_of(value)) {
	case LOG_FILE:
		return trouble_of_file(value);
	case LOG_SYSLOG:
		return trouble_of_daemon("/dev/log");
	case LOG_JOURNAL:
		return trouble_of_daemon("/run/systemd/journal/socket");
	case LOG_STDERR:
		return trouble_of_stderr();
	case LOG_OFF:
		break;
	}
	return NULL;
}

void trylog_require(void)
{
	const char *value = options_value(SETTING_log), *trouble = trouble_of(value);
	if (trouble)
		fail(STATUS_FAILED, "--log %s: %s", value, trouble);
}
