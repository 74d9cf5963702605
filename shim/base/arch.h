/* The registers of an interrupted system call, as a signal handler finds them in its context.
 * All async-signal-safe.
 *
 * Each machine's file defines
 *
 *   ARCH_FIRST_TOLD      the first argument that is still there: the result may have taken a place
 *   arch_pc, arch_sp     where the call was made (right behind it), the stack pointer
 *   arch_result          -errno, or what the call returned; arch_set_result sets what it returns
 *   arch_is_after_syscall  whether the context stands right behind a system call
 *   arch_number          the system call's number, -1 where that is not told. `is_libc`: whether
 *                        libc's code, which can be read, is at an address
 *   arch_arguments       the arguments, as they were passed
 *   arch_hides_fd        whether arguments of an unknown system call can mean something else
 *   arch_thread_pointer  where this thread's data is, 0 where that is not told
 *   arch_context_below   where another signal was delivered at the same return, its frame was built
 *                        first and this context is its handler's entry: the context below it, the
 *                        interrupted one. NULL where this is no handler's entry. Only its
 *                        uc_mcontext may be looked at. */
#ifndef BPGUARD_ARCH_H
#define BPGUARD_ARCH_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <ucontext.h>

#include "base/raw.h"

enum { ARCH_PAGE = 4096 };

/* Whether the `size` bytes before `pc` can be read: on the same page they can, since it runs. */
static inline bool arch_code_is_there(uintptr_t pc, uintptr_t size)
{
	return (pc & (ARCH_PAGE - 1)) >= size || raw_is_readable((const void *)(pc - size));
}

typedef bool arch_text(uintptr_t address);

#if defined(__x86_64__)
#include "base/arch-x86_64.h"
#elif defined(__i386__)
#include "base/arch-i386.h"
#elif defined(__aarch64__)
#include "base/arch-aarch64.h"
#endif

/* Whether this thread's data has been set up: both libcs' begins with a pointer, to itself or, on
 * aarch64, to the table of modules' data. False too where that cannot be asked. */
static inline bool arch_has_thread_data(void)
{
	const void *const *data = (const void *const *)arch_thread_pointer();
	return data && raw_is_readable(data) && *data;
}

#endif
