#include "outlets/lttng.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "base/directory.h"
#include "base/raw.h"
#include "contract/provider.h"
#include "kernel/module.h"
#include "kernel/symbol.h"
#include "state/next.h"
#include "state/private.h"
#include "state/program.h"
#include "state/settings.h"

static struct {
	void (*init_thread)(void);
	void (*emit)(const struct record *record);
	int (*close)(int fd, int (*close_one)(int));
} provider;

bool lttng_loaded;

/* This thread's tracer state is made: after a dlopen its storage is allocated at first touch. */
static _Thread_local bool thread_ready;

/* Where the tracer's code lies: noted once it is loaded for good (lttng_is_tracer()). */
enum { MOST_TRACER_PARTS = 32 };
struct tracer {
	struct {
		uintptr_t begin, end;
	} parts[MOST_TRACER_PARTS];
	unsigned count;
};
static struct tracer tracer;
static bool tracer_known;

static int note_module(struct dl_phdr_info *info, size_t size, void *data)
{
	struct tracer *noted = data;
	(void)size;
	if (!strstr(info->dlpi_name, "/liblttng-ust"))
		return 0;
	for (int i = 0; i < info->dlpi_phnum && noted->count < MOST_TRACER_PARTS; i++) {
		const ElfW(Phdr) *part = &info->dlpi_phdr[i];
		uintptr_t begin = info->dlpi_addr + part->p_vaddr;
		if (part->p_type != PT_LOAD || !(part->p_flags & PF_X))
			continue;
		noted->parts[noted->count].begin = begin;
		noted->parts[noted->count++].end = begin + part->p_memsz;
	}
	return 0;
}

static bool is_in(const struct tracer *noted, uintptr_t code)
{
	for (unsigned i = 0; i < noted->count; i++)
		if (code >= noted->parts[i].begin && code < noted->parts[i].end)
			return true;
	return false;
}

/* Not by dl_iterate_phdr(3): another thread may hold the loader's lock at a fork, and the tracer's
 * own threads ask here, as they start, with a lock held that the loader's holder waits for. */
bool lttng_is_tracer(const void *code)
{
	char place[256];
	if (__atomic_load_n(&tracer_known, __ATOMIC_ACQUIRE))
		return is_in(&tracer, (uintptr_t)code);
	return module_format(code, "", place, sizeof(place)) && strstr(place, "/liblttng-ust");
}

static void note_tracer(void)
{
	dl_iterate_phdr(note_module, &tracer);
	__atomic_store_n(&tracer_known, true, __ATOMIC_RELEASE);
}

int lttng_lift(int fd)
{
	int moved = private_move_above(fd);
	if (moved >= 0)
		return moved;
	/* Halved until RLIMIT_NOFILE lets it. */
	for (long lowest = 512; lowest >= 64; lowest /= 2) {
		long lifted = RAW3(SYS_fcntl, fd, F_DUPFD_CLOEXEC, lowest);
		if (lifted < 0)
			continue;
		RAW1(SYS_close, fd);
		return (int)lifted;
	}
	return fd;
}

static bool is_loaded(void *(*open_library)(const char *, int), const char *name)
{
	return open_library(name, RTLD_LAZY | RTLD_NOLOAD) != NULL;
}

/* The provider's path: beside the shim. False where that cannot be told or is too long. */
static bool find_provider(char path[PATH_MAX])
{
	static const char name[] = "libbpguard-lttng.so";
	int (*address_info)(const void *, Dl_info *);
	*(void **)&address_info = symbol_find("dladdr");
	Dl_info info;
	if (!address_info || !address_info(&lttng_loaded, &info) || !info.dli_fname)
		return false;
	const char *slash = strrchr(info.dli_fname, '/');
	size_t length = slash ? (size_t)(slash - info.dli_fname) + 1 : 0;
	if (length + sizeof(name) > PATH_MAX)
		return false;
	memcpy(path, info.dli_fname, length);
	memcpy(path + length, name, sizeof(name));
	return true;
}

/* Without liblttng-ust-fd a program that closes its fds one by one takes the tracer's along, and is
 * aborted by it. */
static struct {
	int (*close)(int fd);
#ifdef __GLIBC__
	int (*__close)(int fd);
#endif
} real;

static int close_sparing(int fd)
{
	return provider.close(fd, real.close);
}

#ifdef __GLIBC__
static int __close_sparing(int fd)
{
	return provider.close(fd, real.__close);
}
#endif

static void spare_on_close(void)
{
	real.close = next.close;
	next.close = close_sparing;
#ifdef __GLIBC__
	real.__close = next.__close;
	next.__close = __close_sparing;
#endif
}

static void *load_provider(void *(*open_library)(const char *, int))
{
	/* Static: too large for a stack that a host may have made small. Used once. */
	static char path[PATH_MAX];
	return find_provider(path) ? open_library(path, RTLD_NOW | RTLD_LOCAL) : NULL;
}

/* liblttng-ust waits in its constructor until the daemon has set it up, by default for up to 3 s.
 * It reads the variable once and keeps the pointer, for its children by fork as well: hence the
 * static string. Programs that this one executes shall not inherit it. */
static void *load_provider_in_time(void *(*open_library)(const char *, int))
{
	static const char variable[] = "LTTNG_UST_REGISTER_TIMEOUT";
	static char half_a_second[] = "LTTNG_UST_REGISTER_TIMEOUT=500";
	if (getenv(variable) || is_loaded(open_library, "liblttng-ust.so.1"))
		return load_provider(open_library);
	putenv(half_a_second);
	void *handle = load_provider(open_library);
	unsetenv(variable);
	return handle;
}

/* Loads the provider for good: it is never closed, the tracer keeps pointers into it. */
static void start(void *(*open_library)(const char *, int),
		  void *(*find_symbol)(void *, const char *))
{
	void *handle = load_provider_in_time(open_library);
	if (!handle)
		return;
	*(void **)&provider.init_thread = find_symbol(handle, "bpguard_lttng_init_thread");
	*(void **)&provider.emit = find_symbol(handle, "bpguard_lttng_emit");
	*(void **)&provider.close = find_symbol(handle, "bpguard_lttng_close");
	if (!provider.init_thread || !provider.emit || !provider.close)
		return;
	provider.init_thread();
	thread_ready = true;
	if (!is_loaded(open_library, "liblttng-ust-fd.so.1"))
		spare_on_close();
	lttng_loaded = true;
}

void lttng_start(void)
{
	if (settings.lttng == LTTNG_OFF || program_may_open_little()) {
		note_tracer();
		return;
	}
	/* By name, as they moved from libdl to libc, and versions, in glibc 2.34. */
	void *(*open_library)(const char *, int);
	void *(*find_symbol)(void *, const char *);
	char *(*last_error)(void);
	*(void **)&open_library = symbol_find("dlopen");
	*(void **)&find_symbol = symbol_find("dlsym");
	*(void **)&last_error = symbol_find("dlerror");
	if (!open_library || !find_symbol || !last_error)
		return;
	int error = errno;
	start(open_library, find_symbol);
	note_tracer();
	last_error(); /* or the application would take ours for its own */
	errno = error;
}

/* A thread's first event allocates its storage, and where there is no memory for that libc and the
 * tracer end the process ("cannot allocate memory for thread-local data"): asked before. */
static bool has_memory(void)
{
	enum { ENOUGH = 1 << 20 };
	long room = RAW6(RAW_MMAP, NULL, ENOUGH, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (raw_is_error(room))
		return false;
	RAW2(SYS_munmap, room, ENOUGH);
	return true;
}

void lttng_emit(const struct record *record)
{
	if (!lttng_loaded || (!thread_ready && !has_memory()))
		return;
	int error = errno;
	if (!thread_ready) {
		thread_ready = true;
		provider.init_thread();
	}
	provider.emit(record);
	errno = error;
}

/* Closes the fd if it is open and not the tracer's. As close_range(2), tells no error. */
static void close_unless_traced(unsigned int fd, int (*close_one)(int))
{
	if (RAW2(SYS_fcntl, fd, F_GETFD) >= 0)
		provider.close((int)fd, close_one);
}

/* Without /proc, as after chroot(2). An fd from before the limit was lowered is left out. */
static void close_counting(unsigned int first, unsigned int last, int (*close_one)(int))
{
	struct rlimit64 limit;
	if (RAW4(SYS_prlimit64, 0, RLIMIT_NOFILE, NULL, &limit) < 0)
		return;
	for (unsigned int fd = first; fd <= last && fd < limit.rlim_cur && fd <= INT_MAX; fd++)
		close_unless_traced(fd, close_one);
}

/* The number that a /proc/self/fd entry is named after; UINT_MAX for "." and "..". */
static unsigned int fd_of(const char *name)
{
	unsigned int fd = 0;
	if (*name == '.')
		return UINT_MAX;
	for (; *name; name++)
		fd = fd * 10 + (unsigned int)(*name - '0');
	return fd;
}

struct closing {
	unsigned int first, last;
	int (*close_one)(int);
};

/* The listing goes on behind the last number that it gave: closing on the way leaves none out. */
static bool close_listed(const char *name, long list, void *argument)
{
	const struct closing *closing = argument;
	unsigned int fd = fd_of(name);
	if (fd >= closing->first && fd <= closing->last && fd != (unsigned int)list &&
	    fd != UINT_MAX)
		close_unless_traced(fd, closing->close_one);
	return true;
}

int lttng_close_range(unsigned int first, unsigned int last, int (*close_one)(int))
{
	if (first > last) {
		errno = EINVAL;
		return -1;
	}
	int error = errno;
	struct closing closing = {first, last, close_one};
	/* thread-self: a thread may have left the others' table (unshare(CLONE_FILES)). */
	if (!directory_each("/proc/thread-self/fd", close_listed, &closing))
		close_counting(first, last, close_one);
	errno = error;
	return 0;
}
