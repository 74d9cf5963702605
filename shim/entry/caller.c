#include "entry/caller.h"

#include <elf.h>
#include <link.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* DWARF's numbers of the stack pointer. On x86 alone the return address lies right below the
 * canonical frame address (the System V ABIs). */
#if defined(__x86_64__)
enum { STACK_POINTER = 7 };
#elif defined(__i386__)
enum { STACK_POINTER = 4 };
#endif

#if defined(__x86_64__) || defined(__i386__)

/* The linker's: where this library begins, and where its code ends. */
extern const char __ehdr_start[] HIDDEN, etext[] HIDDEN;

static bool is_ours(uintptr_t address)
{
	return address > (uintptr_t)__ehdr_start && address < (uintptr_t)etext;
}

static int32_t number_at(const unsigned char *at)
{
	int32_t number;
	memcpy(&number, at, sizeof(number));
	return number;
}

/* .eh_frame_hdr, with the table that linkers make: a count and pairs of where a function begins and
 * where its description lies, both relative to the header (encodings 1b 03 3b: LSB, "DWARF
 * Exception Header Encoding"). NULL where there is none. */
static const unsigned char *find_header(void)
{
	const ElfW(Ehdr) *file = (const void *)__ehdr_start;
	const ElfW(Phdr) *part = (const void *)(__ehdr_start + file->e_phoff);
	for (int i = 0; i < file->e_phnum; i++) {
		const unsigned char *header = (const unsigned char *)__ehdr_start + part[i].p_vaddr;
		if (part[i].p_type == PT_GNU_EH_FRAME && memcmp(header, "\x01\x1b\x03\x3b", 4) == 0)
			return header;
	}
	return NULL;
}

/* The description of the function that `pc` lies in: the last one that begins before. */
static const unsigned char *find_function(uintptr_t pc)
{
	enum { COUNT = 8, TABLE = 12, PAIR = 8 };
	const unsigned char *header = find_header();
	int32_t low = 0, high, distance = (int32_t)(pc - (uintptr_t)header);
	if (!header)
		return NULL;
	high = number_at(header + COUNT);
	while (high - low > 1) {
		int32_t middle = low + (high - low) / 2;
		if (number_at(header + TABLE + middle * PAIR) <= distance)
			low = middle;
		else
			high = middle;
	}
	return high > 0 ? header + number_at(header + TABLE + low * PAIR + 4) : NULL;
}

static uintptr_t read_uleb(const unsigned char **at)
{
	uintptr_t value = 0;
	unsigned shift = 0;
	do
		value |= (uintptr_t)(**at & 0x7f) << shift;
	while ((*(*at)++ & 0x80) && (shift += 7) < 32);
	return value;
}

/* How far above the stack pointer the canonical frame address is; 0 where that is not told so. */
struct rule {
	uintptr_t offset, remembered;
};

/* One instruction that is no advance; false for one that no wrapper has. DWARF 5, 6.4.2. */
static bool take_instruction(const unsigned char **at, struct rule *rule)
{
	enum {
		OFFSET = 0x80,
		REMEMBER = 0x0a,
		RESTORE = 0x0b,
		DEFINE = 0x0c,
		DEFINE_OFFSET = 0x0e
	};
	unsigned char code = *(*at)++;
	if ((code & 0xc0) == OFFSET) {
		read_uleb(at);
	} else if (code == REMEMBER) {
		rule->remembered = rule->offset;
	} else if (code == RESTORE) {
		rule->offset = rule->remembered;
	} else if (code == DEFINE) {
		bool is_stack = read_uleb(at) == STACK_POINTER;
		rule->offset = read_uleb(at);
		return is_stack;
	} else if (code == DEFINE_OFFSET) {
		rule->offset = read_uleb(at);
	} else {
		return code == 0 || (code & 0xc0) == 0xc0; /* nothing, or a register is back */
	}
	return true;
}

/* Moves `pc` on where the instruction says so. The code's alignment is 1. */
static bool advances(const unsigned char **at, uintptr_t *pc)
{
	enum { ADVANCE = 0x40, ADVANCE1 = 0x02, ADVANCE2 = 0x03 };
	unsigned char code = **at;
	if ((code & 0xc0) == ADVANCE) {
		*pc += code & 0x3f;
		*at += 1;
	} else if (code == ADVANCE1) {
		*pc += (*at)[1];
		*at += 2;
	} else if (code == ADVANCE2) {
		*pc += (uintptr_t)((*at)[1] | (*at)[2] << 8);
		*at += 3;
	} else {
		return false;
	}
	return true;
}

/* Follows the instructions between `at` and `end` to the one that is for behind `until`. */
static bool follow(const unsigned char *at, const unsigned char *end, uintptr_t pc, uintptr_t until,
		   struct rule *rule)
{
	while (at < end) {
		if (advances(&at, &pc)) {
			if (pc > until)
				return true;
		} else if (!take_instruction(&at, rule)) {
			return false;
		}
	}
	return true;
}

/* Behind a call in a function of ours at `pc`: how far above its stack pointer, as it is there, its
 * own return address has been put, or 0. The augmentations are "zR" with encoding 1b. */
static uintptr_t distance_to_return(uintptr_t pc)
{
	enum { LENGTH = 4, BEGIN = 8, FUNCTION_CODE = 17, COMMON_CODE = 17 };
	const unsigned char *function = find_function(pc - 1), *common;
	struct rule rule = {0};
	if (!function)
		return 0;
	common = function + LENGTH - number_at(function + LENGTH);
	if (!follow(common + COMMON_CODE, common + LENGTH + number_at(common), 0, 0, &rule) ||
	    !follow(function + FUNCTION_CODE, function + LENGTH + number_at(function),
		    (uintptr_t)function + BEGIN + (uintptr_t)(intptr_t)number_at(function + BEGIN),
		    pc - 1, &rule))
		return 0;
	return rule.offset;
}

void *caller_of(const struct inflight *call)
{
	enum { ARGUMENTS = 8, MOST_FRAMES = 4 };
	const uintptr_t *sp = (const uintptr_t *)call;
	/* The wrapper has its note right at its stack pointer, or arguments for the call below it.
	 */
	for (int i = 0; i < ARGUMENTS && !is_ours(sp[-1]); i++)
		sp--;
	for (int i = 0; i < MOST_FRAMES && is_ours(sp[-1]); i++) {
		uintptr_t distance = distance_to_return(sp[-1]);
		if (!distance)
			return NULL;
		sp += distance / sizeof(*sp);
	}
	return is_ours(sp[-1]) || (const void *)sp <= (const void *)call ? NULL : (void *)sp[-1];
}

#else

void *caller_of(const struct inflight *call)
{
	(void)call;
	return NULL;
}

#endif
