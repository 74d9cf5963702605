/* Functions by name: the loader's own answers are the measure. */
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#include "kernel/symbol.h"
#include "state/next.h"
#include "suite.h"

/* posix_spawn has two versions in glibc, of which a program gets the newer. */
static const char *const names[] = {
#define CALL(result, name, parameters, arguments, need, number) #name,
#include "state/calls.def"
#undef CALL
    "posix_spawn", "printf", "_pthread_cleanup_push", "no_such_function", "environ",
};
enum { NAMES = sizeof(names) / sizeof(names[0]) };

START_TEST(next_as_the_loader)
{
	void *found[NAMES], *strangers[NAMES];
	symbol_find_next(names, NAMES, found, strangers);
	for (int i = 0; i < NAMES; i++) {
		void *wanted = strcmp(names[i], "environ") == 0 ? NULL : dlsym(RTLD_NEXT, names[i]);
		ck_assert_msg(found[i] == wanted, "%s: %p instead of %p", names[i], found[i],
			      wanted);
		ck_assert_msg(!strangers[i], "%s: a stranger's", names[i]);
	}
}
END_TEST

START_TEST(first_as_the_loader)
{
	ck_assert_ptr_eq(symbol_find("dlopen"), dlsym(RTLD_DEFAULT, "dlopen"));
	ck_assert_ptr_eq(symbol_find("__libc_start_main"),
			 dlsym(RTLD_DEFAULT, "__libc_start_main"));
	ck_assert_ptr_null(symbol_find("no_such_function"));
}
END_TEST

/* A module of either kind of table. */
START_TEST(either_table)
{
	static const char *const styles[] = {"gnu", "sysv"};
	char place[] = "/tmp/bpguard-symbol.XXXXXX", command[512], path[64], name[32];
	void *library;
	ck_assert_ptr_nonnull(mkdtemp(place));
	snprintf(path, sizeof(path), "%s/module.so", place);
	snprintf(name, sizeof(name), "only_by_%s", styles[_i]);
	snprintf(command, sizeof(command),
		 "echo 'int before; int %s(void) { return 7; } int after(void) { return 1; }' | "
		 "${CC:-cc} -w -shared -fPIC -Wl,--hash-style=%s -x c -o %s -",
		 name, styles[_i], path);
	ck_assert_int_eq(system(command), 0);
	library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	ck_assert_msg(library != NULL, "%s", dlerror());
	ck_assert_ptr_nonnull(symbol_find(name));
	ck_assert_ptr_eq(symbol_find(name), dlsym(library, name));
	ck_assert_ptr_null(symbol_find("before"));
	remove(path);
	remove(place);
}
END_TEST

static void add(TCase *tcase)
{
	tcase_add_test(tcase, next_as_the_loader);
	tcase_add_test(tcase, first_as_the_loader);
	tcase_add_loop_test(tcase, either_table, 0, 2);
}

int main(void)
{
	return run_suite("symbol", add);
}
