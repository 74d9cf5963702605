/* Calls by which a program gives up its way to the log: its root directory, its user and groups,
 * its namespaces, its stderr. The log is opened before. */
#include <grp.h>
#include <sched.h>
#include <unistd.h>

#include "entry/calls/call.h"
#include "outlets/log.h"

#define LEAVING(call)                                                                              \
	({                                                                                         \
		if (RARELY(log_is_to_be_opened()))                                                 \
			log_keep();                                                                \
		(call);                                                                            \
	})

EXPORT int chroot(const char *path)
{
	return LEAVING(next.chroot(path));
}

EXPORT int setuid(uid_t user)
{
	return LEAVING(next.setuid(user));
}

EXPORT int setgid(gid_t group)
{
	return LEAVING(next.setgid(group));
}

EXPORT int seteuid(uid_t user)
{
	return LEAVING(next.seteuid(user));
}

EXPORT int setegid(gid_t group)
{
	return LEAVING(next.setegid(group));
}

EXPORT int setreuid(uid_t real, uid_t effective)
{
	return LEAVING(next.setreuid(real, effective));
}

EXPORT int setregid(gid_t real, gid_t effective)
{
	return LEAVING(next.setregid(real, effective));
}

EXPORT int setresuid(uid_t real, uid_t effective, uid_t saved)
{
	return LEAVING(next.setresuid(real, effective, saved));
}

EXPORT int setresgid(gid_t real, gid_t effective, gid_t saved)
{
	return LEAVING(next.setresgid(real, effective, saved));
}

EXPORT int setgroups(size_t count, const gid_t *groups)
{
	return LEAVING(next.setgroups(count, groups));
}

EXPORT int initgroups(const char *user, gid_t group)
{
	return LEAVING(next.initgroups(user, group));
}

EXPORT int unshare(int flags)
{
	return LEAVING(next.unshare(flags));
}

EXPORT int setns(int fd, int type)
{
	return LEAVING(next.setns(fd, type));
}

/* libc puts /dev/null at stderr by itself. */
EXPORT int daemon(int here, int streams)
{
	if (RARELY(log_source >= 0 && log_is_to_be_opened()))
		log_keep();
	return next.daemon(here, streams);
}
