#include "outlets/log_place.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/raw.h"
#include "kernel/fd.h"
#include "outlets/log.h"
#include "outlets/log_path.h"
#include "signal/mask.h"
#include "state/lineage.h"
#include "state/private.h"
#include "state/program.h"
#include "state/settings.h"

int log_fd = -1;
int log_source = -1;
bool log_wanted;

static struct {
	struct identity file; /* what lies at log_fd */
	mode_t kind;	      /* of it: S_IFMT's bits */
	/* One thread opens at a time. */
	bool busy;
	int64_t looked_ms; /* when the path was last looked at */
	bool lost;	   /* it could not be opened when that was last tried */
} place;

struct log_end log_end;

static bool is_same(const struct identity *known, const struct stat64 *file)
{
	return __atomic_load_n(&known->device, __ATOMIC_RELAXED) == file->st_dev &&
	       __atomic_load_n(&known->inode, __ATOMIC_RELAXED) == file->st_ino;
}

static void note(struct identity *known, const struct stat64 *file)
{
	__atomic_store_n(&known->device, file->st_dev, __ATOMIC_RELAXED);
	__atomic_store_n(&known->inode, file->st_ino, __ATOMIC_RELAXED);
}

/* Its identity goes first: what lies at an fd is compared with it. */
static void note_place(const struct stat64 *file)
{
	note(&place.file, file);
	__atomic_store_n(&place.kind, file->st_mode & S_IFMT, __ATOMIC_RELAXED);
	__atomic_store_n(&log_end.sound, 0, __ATOMIC_RELAXED);
	__atomic_store_n(&log_end.torn, false, __ATOMIC_RELAXED);
	__atomic_store_n(&log_end.shared, false, __ATOMIC_RELAXED);
}

static bool adopt(int fd)
{
	struct stat64 file;
	if (!fd_file(fd, &file))
		return false;
	fd = private_move(fd);
	if (fd <= STDERR_FILENO) { /* the only free one: what the program prints would come there */
		RAW1(SYS_close, fd);
		return false;
	}
	note_place(&file);
	__atomic_store_n(&log_fd, fd, __ATOMIC_RELAXED);
	return true;
}

/* Puts `fd` where the log was, in one step: another thread may be about to write to that number.
 * One beyond the application's cannot be given again, nor can anybody else get it. A file gives way
 * to a file only, whatever somebody has put at its path, and to one of its file system: in another
 * mount namespace the path is another place's. */
static bool exchange(int fd)
{
	struct stat64 file;
	int old = log_own_fd();
	bool fits = fd_file(fd, &file) && (file.st_mode & S_IFMT) == place.kind &&
		    file.st_dev == place.file.device;
	if (fits && RAW3(SYS_dup3, fd, old, O_CLOEXEC) < 0) {
		adopt(fd);
		RAW1(SYS_close, old);
		return true;
	}
	if (fits)
		note_place(&file);
	if (fd >= 0)
		RAW1(SYS_close, fd);
	return fits;
}

void log_start(void)
{
	log_wanted = settings.log != LOG_OFF && !program_may_open_little() && log_path_start();
	log_source = log_wanted && settings.log == LOG_STDERR ? STDERR_FILENO : -1;
}

void log_try(void)
{
	int fd = log_wanted ? log_path_open() : 0;
	if (fd < 0 && fd != -ENXIO) /* a FIFO's reader may come later */
		log_path_complain(-fd);
	else if (fd >= 0 && log_wanted)
		adopt(fd);
}

void log_rest(void)
{
	struct stat64 file;
	int fd = log_own_fd();
	if (fd < 0 || !log_is_ours(&file))
		return;
	__atomic_store_n(&log_fd, -1, __ATOMIC_RELAXED);
	RAW1(SYS_close, fd);
}

void log_keep(void)
{
	struct stat64 file;
	uint64_t mask;
	if (!log_is_to_be_opened() || !lineage_claim_memory())
		return;
	mask = mask_block_all();
	log_find(&file);
	mask_restore(mask);
}

void log_forked(void)
{
	place.busy = false;
}

/* Whether a line can be written by nothing but write(2): without asking for room, without a signal.
 */
static bool is_plain(void)
{
	struct rlimit64 limit;
	return place.kind == S_IFREG && RAW4(SYS_prlimit64, 0, RLIMIT_FSIZE, NULL, &limit) == 0 &&
	       limit.rlim_cur == RLIM_INFINITY;
}

/* As log_wanted was before the filter. */
static bool wanted_before;

void log_filtered(void)
{
	struct stat64 file;
	wanted_before = log_wanted;
	if (log_wanted)
		log_find(&file);
	log_wanted = log_wanted && log_is_at(log_fd) && is_plain();
}

void log_release(void)
{
	log_wanted = wanted_before;
}

bool log_is_ours(struct stat64 *file)
{
	if (!raw_filtered)
		return log_own_fd() >= 0 && raw_fstat(log_own_fd(), file) == 0 &&
		       is_same(&place.file, file);
	*file = (struct stat64){.st_mode = place.kind};
	return log_own_fd() >= 0;
}

bool log_is_at(int fd)
{
	struct stat64 file;
	return fd == log_own_fd() && log_is_ours(&file);
}

void log_make_room(void)
{
	struct stat64 file;
	int old = log_own_fd();
	long moved;
	if (!log_is_ours(&file))
		return;
	moved = RAW3(SYS_fcntl, old, F_DUPFD_CLOEXEC, 3);
	if (moved < 0 && raw_filtered) {
		log_wanted = false;
		__atomic_store_n(&log_fd, -1, __ATOMIC_RELAXED);
	}
	if (moved < 0)
		return;
	__atomic_store_n(&log_fd, private_move((int)moved), __ATOMIC_RELAXED);
	RAW1(SYS_close, old);
}

bool log_is_due(void)
{
	int64_t now_ms = clock_now_ms();
	return __atomic_exchange_n(&place.looked_ms, now_ms, __ATOMIC_RELAXED) != now_ms;
}

/* Bounded: who opens does not wait for us, but may never be scheduled again. */
static bool wait_for_turn(void)
{
	enum { MOST = 1000 };
	for (int tries = 0; tries < MOST; tries++) {
		if (!__atomic_exchange_n(&place.busy, true, __ATOMIC_ACQUIRE))
			return true;
		RAW0(SYS_sched_yield);
	}
	return false;
}

/* Opens what is not open, or is lost, unless another thread just did. */
static bool reopen(struct stat64 *file)
{
	bool found;
	if (!wait_for_turn())
		return false;
	found = log_is_ours(file);
	if (!found) {
		__atomic_store_n(&log_fd, -1, __ATOMIC_RELAXED);
		found =
		    log_path_is_valid() && adopt(private_open(log_path_open)) && log_is_ours(file);
		__atomic_store_n(&place.lost, !found, __ATOMIC_RELAXED);
	}
	__atomic_store_n(&place.busy, false, __ATOMIC_RELEASE);
	return found;
}

bool log_follow(struct stat64 *file)
{
	bool followed = false;
	if (__atomic_exchange_n(&place.busy, true, __ATOMIC_ACQUIRE))
		return false;
	if (log_is_ours(file) && log_path_is_valid())
		followed = exchange(private_open(log_path_open)) && log_is_ours(file);
	__atomic_store_n(&place.busy, false, __ATOMIC_RELEASE);
	return followed;
}

bool log_find(struct stat64 *file)
{
	bool removed;
	if (raw_filtered)
		return log_is_ours(file);
	if (!log_is_ours(file))
		return (!__atomic_load_n(&place.lost, __ATOMIC_RELAXED) || log_is_due()) &&
		       reopen(file);
	removed = file->st_nlink == 0;
	if (settings.log != LOG_FILE || !S_ISREG(file->st_mode) || (!removed && !log_is_due()) ||
	    log_path_holds(file))
		return true;
	return log_follow(file) || !removed;
}
