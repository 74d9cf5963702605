#!/usr/bin/env bats
# A program whose own library has functions with names of ours, and other parameters: they get what they were
# given and return what they return, on the stack and in registers of either kind, before main too.

setup_file() {
  STRANGERS=$(mktemp -d /tmp/bpguard-strangers.XXXXXX) && export STRANGERS
  cd "$STRANGERS" || return
  { echo '#include <features.h>' && cat "$BATS_TEST_DIRNAME/../../shim/state/calls.def"; } | ${CC:-cc} -E -P -x c - |
    sed -n 's/^CALL([^,]*, \([A-Za-z0-9_]*\), .*/NAME(\1)/p' >names
  cat >parameters.h <<'END'
struct large { double a; long b[4]; };
#define PARAMETERS double a, long b, float c, const char *d, long e, long f, long g, struct large h, long i, long j, double k
#define ARGUMENTS n + .5, -1L, 2.5f, "text", 1L << 40, n, 6L, (struct large){7., {8, 9, 10, n}}, 11L, -12L, 1e3
#define SUM(n) ((struct large){n + .5 + 2.5 + 1e3, {n - 1, *"text", (1L << 40) + 17 + n, 11 - 12}})
END
  cat >library.c <<'END'
#include "parameters.h"
#define NAME(name) struct large name(PARAMETERS) \
  { return (struct large){a + c + k, {b + f, *d, e + g + i + h.b[3], i + j}}; }
#include "names"
END
  cat >program.c <<'END'
#include "parameters.h"
int printf(const char *, ...);
#define NAME(name) struct large name(PARAMETERS);
#include "names"
#undef NAME
static int same(struct large x, struct large y)
{
  return x.a == y.a && x.b[0] == y.b[0] && x.b[1] == y.b[1] && x.b[2] == y.b[2] && x.b[3] == y.b[3];
}
static int checked, wrong;
static void check(void)
{
  long n = 3;
#define NAME(name) checked++, wrong += !same(name(ARGUMENTS), SUM(n)), n++;
#include "names"
#undef NAME
}
#ifdef EARLY
__attribute__((constructor)) static void construct(void) { check(); if (wrong) __builtin_trap(); }
#endif
int main(void)
{
  check();
  printf("%d wrong of %d\n", wrong, checked);
  return wrong;
}
END
  ${CC:-cc} -w -fno-builtin -shared -fPIC -o libown.so library.c
  ${CC:-cc} -w -fno-builtin -o all program.c -L. -lown -Wl,-rpath,"$STRANGERS"
  ${CC:-cc} -w -fno-builtin -DEARLY -shared -fPIC -o libearly.so program.c -L. -lown -Wl,-rpath,"$STRANGERS"
  echo 'int main(void) { return 0; }' | ${CC:-cc} -xc -o early - -Wl,--no-as-needed -L. -learly -lown -Wl,-rpath,"$STRANGERS"
}

teardown_file() {
  rm -rf "$STRANGERS"
}

setup() {
  load common.bash
}

each_mode() {
  local mode
  for mode in auto calls observe; do
    run -0 guarded BPGUARD_PROTECT=$mode BPGUARD_LOG=off "$@"
    echo "$output"
  done
}

@test "each name that is ours may be a stranger's" {
  run -0 "$STRANGERS/all"
  each_mode "$STRANGERS/all"
  [ "$output" = "0 wrong of $(wc -l <"$STRANGERS/names")" ]
}

@test "and is called before we are there" {
  run -0 "$STRANGERS/early"
  each_mode "$STRANGERS/early"
}

@test "what is not a stranger's is guarded as ever" {
  echo 'long long accept(void *parser, long long token) { return token + (parser != 0); }' |
    ${CC:-cc} -w -fno-builtin -shared -fPIC -x c -o libparser.so -
  cat >parser.c <<'END'
#include <unistd.h>
long long accept(void *, long long);
int main(void)
{
  int ends[2];
  if (pipe(ends) < 0 || accept("", 5000000000LL) != 5000000001LL)
    return 2;
  close(ends[0]);
  return write(ends[1], "x", 1) == -1 ? 0 : 1;
}
END
  ${CC:-cc} -w -fno-builtin -o parser parser.c -L. -lparser -Wl,-rpath,"$PWD"
  run -0 guarded ./parser
  [ "$(records epipe call write)" -eq 1 ]
}

# hook: libhook.so, whose write goes on to the next, and ./writer, whose write fails and which is linked to it.
hook() {
  echo '#define _GNU_SOURCE
#include <dlfcn.h>
#include <unistd.h>
ssize_t write(int fd, const void *data, size_t size)
{
  return ((ssize_t (*)(int, const void *, size_t))dlsym(RTLD_NEXT, "write"))(fd, data, size);
}' | ${CC:-cc} -w -shared -fPIC -x c -o libhook.so -
  echo '#include <unistd.h>
int main(void) { int ends[2]; pipe(ends); close(ends[0]); return write(ends[1], "x", 1) == -1 ? 0 : 1; }' |
    ${CC:-cc} -w -x c -o writer - "$@"
}

@test "a preloaded library's function is no stranger's, listed by a path or by its name" {
  hook
  for hook in "$PWD/libhook.so" libhook.so; do
    : >"$log"
    run -0 guarded LD_LIBRARY_PATH="$PWD" LD_PRELOAD="$shim:$hook" BPGUARD_PROTECT=calls ./writer
    [ "$(records epipe call write)" -eq 1 ]
  done
}

@test "nor is that of a library that goes on to libc's" {
  hook -Wl,--no-as-needed -L. -lhook -Wl,-rpath,"$PWD"
  run -0 guarded BPGUARD_PROTECT=calls ./writer
  [ "$(records epipe call write)" -eq 1 ]
}
