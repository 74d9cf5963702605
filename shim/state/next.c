#include "state/next.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <unistd.h>

#include "base/raw.h"
#include "kernel/symbol.h"

#ifndef SYS_fstat /* by another name on i386, and not asked for there (base/raw.h) */
#define SYS_fstat -1
#endif
#ifndef SYS_close_range
#define SYS_close_range 436
#endif

enum {
	NONE = -1,
	AS_GIVEN = -2,
	AS_PWRITEV2 = -3,
	AS_CLOSEFROM = -4,
	AS_ACCEPT = -5,
	AS_DUP2 = -6,
	/* The offset takes two arguments where a long has 32 bits: not by number then. */
	/* libc's structures are the kernel's on 64-bit machines only. */
	IS_WIDE = sizeof(long) == sizeof(off64_t),
	AS_PWRITEV64V2 = sizeof(long) == sizeof(off64_t) ? AS_PWRITEV2 : NONE,
};

#define BY_WIDE(number) (IS_WIDE ? (number) : NONE)

/* Does by system call what a function would do that is not found yet, or that libc lacks. */
static long by_number(long number, long a, long b, long c, long d, long e, long f, long g)
{
	long result;
	switch (number) {
	case NONE:
		result = -ENOSYS;
		break;
	case AS_GIVEN:
		result = raw_syscall(a, b, c, d, e, f, g);
		break;
	case AS_PWRITEV2: /* pwritev2(2): the offset has two halves; 64 bits leave one unused */
		result = raw_syscall(SYS_pwritev2, a, b, c, d, d < 0 ? -1 : 0, e);
		break;
	case AS_ACCEPT:
		result = raw_syscall(SYS_accept4, a, b, c, 0, 0, 0);
		break;
	case AS_DUP2: /* dup3 refuses to copy an fd onto itself */
		result = a == b ? raw_syscall(SYS_fcntl, a, F_GETFD, 0, 0, 0, 0)
				: raw_syscall(SYS_dup3, a, b, 0, 0, 0, 0);
		result = a == b && result >= 0 ? b : result;
		break;
	case AS_CLOSEFROM:
		result = raw_syscall(SYS_close_range, a < 0 ? 0 : a, RAW_ARG(~0U), 0, 0, 0, 0);
		break;
	default:
		result = raw_syscall(number, a, b, c, d, e, f);
	}
	if (result >= 0)
		return result;
	errno = (int)-result;
	return -1;
}

#define LONGS1(a) RAW_ARG(a), 0, 0, 0, 0, 0, 0
#define LONGS2(a, b) RAW_ARG(a), RAW_ARG(b), 0, 0, 0, 0, 0
#define LONGS3(a, b, c) RAW_ARG(a), RAW_ARG(b), RAW_ARG(c), 0, 0, 0, 0
#define LONGS4(a, b, c, d) RAW_ARG(a), RAW_ARG(b), RAW_ARG(c), RAW_ARG(d), 0, 0, 0
#define LONGS5(a, b, c, d, e) RAW_ARG(a), RAW_ARG(b), RAW_ARG(c), RAW_ARG(d), RAW_ARG(e), 0, 0
#define LONGS6(a, b, c, d, e, f)                                                                   \
	RAW_ARG(a), RAW_ARG(b), RAW_ARG(c), RAW_ARG(d), RAW_ARG(e), RAW_ARG(f), 0
#define LONGS7(a, b, c, d, e, f, g) a, b, c, d, e, f, g
#define SEVENTH(a, b, c, d, e, f, g, chosen, ...) chosen
#define LONGS(...)                                                                                 \
	SEVENTH(__VA_ARGS__, LONGS7, LONGS6, LONGS5, LONGS4, LONGS3, LONGS2, LONGS1, )(__VA_ARGS__)

/* The stand-ins: what each entry of the table is until the first call. */
#define CALL(result, name, parameters, arguments, need, number)                                    \
	static result early_##name parameters                                                      \
	{                                                                                          \
		next_resolve();                                                                    \
		if (next.name != early_##name)                                                     \
			return next.name arguments;                                                \
		return (result)by_number(number, LONGS arguments);                                 \
	}
#include "state/calls.def"
#undef CALL

#define CALL(result, name, parameters, arguments, need, number) .name = early_##name,
struct next next = {
#include "state/calls.def"
};
struct next dispatch = {
#include "state/calls.def"
};
#undef CALL

int next_send_flag;

/* What is looked up: behind the calls the pair for the masked write. */
enum { CLEANUP_PUSH = CALL_COUNT, CLEANUP_POP, NAMES };
const char *const next_names[NAMES] = {
#define CALL(result, name, parameters, arguments, need, number) #name,
#include "state/calls.def"
#undef CALL
    [CLEANUP_PUSH] = "_pthread_cleanup_push",
    [CLEANUP_POP] = "_pthread_cleanup_pop",
};

void (*next_cleanup_push)(struct cleanup_buffer *, void (*)(void *), void *);
void (*next_cleanup_pop)(struct cleanup_buffer *, int);

static bool found[CALL_COUNT];
static void *strangers[NAMES];
static bool resolved;

bool next_has(enum call call)
{
	return found[call];
}

bool next_is_resolved(void)
{
	return __atomic_load_n(&resolved, __ATOMIC_ACQUIRE);
}

void *next_stranger(enum call call)
{
	return strangers[call];
}

static void resolve(enum call call, void *real)
{
	found[call] = real != NULL;
	/* The table has one pointer a row, in the order of the numbers. */
	if (!real)
		return;
	__atomic_store_n((void **)&next + call, real, __ATOMIC_RELEASE);
	__atomic_store_n((void **)&dispatch + call, real, __ATOMIC_RELEASE);
}

void next_resolve(void)
{
	static bool begun;
	void *real[NAMES];
	if (__atomic_exchange_n(&begun, true, __ATOMIC_ACQ_REL))
		return;
	symbol_find_next(next_names, NAMES, real, strangers);
	for (int call = 0; call < CALL_COUNT; call++)
		resolve((enum call)call, real[call]);
	__atomic_store_n((void **)&next_cleanup_push, real[CLEANUP_PUSH], __ATOMIC_RELAXED);
	__atomic_store_n((void **)&next_cleanup_pop, real[CLEANUP_POP], __ATOMIC_RELAXED);
	__atomic_store_n(&resolved, true, __ATOMIC_RELEASE);
}

_Static_assert(sizeof(next) == CALL_COUNT * sizeof(void *), "the table is an array of pointers");
