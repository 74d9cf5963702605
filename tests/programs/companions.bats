#!/usr/bin/env bats
# What else is preloaded, or built into a program, beside bpguard: each keeps its effect, and a broken
# pipe does what the mode says, in whatever order the loader has them.

setup_file() {
  # Not below bats' own directory, where other users may not look.
  BUILT=$(mktemp -d /tmp/bpguard-companions.XXXXXX) && chmod 755 "$BUILT" && export BUILT
  ${CC:-cc} -O1 -g -o "$BUILT/fails" "$BATS_TEST_DIRNAME/companions/fails.c" -ldl
}

teardown_file() {
  rm -rf "$BUILT"
}

setup() {
  load common.bash
  log=$BUILT/log
  : >"$log" && chmod 666 "$log"
  as=()
}

teardown() {
  stop
}

EPIPE=32
SIGPIPE=141

# says LINE: what was run said so.
says() {
  grep -qx -- "$1" <<<"$output" || { printf 'not said: %s\n%s\n' "$1" "$output" && return 1; }
}

# in_mode MODE COMMAND...: of a program that fails by pipe, by socket and within libc.
in_mode() {
  : >"$log"
  run "${as[@]}" env --default-signal=PIPE BPGUARD_PROTECT="$1" BPGUARD_LOG="$log" BPGUARD_RATE=0 \
    BPGUARD_LTTNG=off "${@:2}"
  echo "$1: ${*:2}: status $status" && echo "$output"
  case $1 in
  auto) [ "$status" -eq 0 ] && says "pipe -1 $EPIPE" && says "socket -1 $EPIPE" && says "libc -1 $EPIPE" ;;
  calls) [ "$status" -eq $SIGPIPE ] && says "pipe -1 $EPIPE" && says "socket -1 $EPIPE" ;;
  observe) [ "$status" -eq $SIGPIPE ] && [ "$(records epipe action killed)" -eq 1 ] ;;
  unguarded) [ "$status" -eq $SIGPIPE ] ;;
  esac
  [ "$1" != auto ] || [ "$(records epipe saved true)" -eq 3 ]
  [ "$1" != calls ] || [ "$(records epipe saved true)" -eq 2 ]
}

# each_mode LIBRARY EFFECT [NAME=VALUE...]: before us, behind us, in every mode and without us. EFFECT
# is what the program says because of it.
each_mode() {
  local library=$1 effect=$2 mode order
  shift 2
  in_mode unguarded LD_PRELOAD="$library" "$@" "$BUILT/fails" pipe socket libc
  says "$effect"
  for order in "$library:$shim" "$shim:$library"; do
    for mode in auto calls observe; do
      in_mode $mode LD_PRELOAD="$order" "$@" "$BUILT/fails" pipe socket libc
      says "$effect"
    done
  done
}

# preloadable LIBRARY
preloadable() {
  [[ $(LD_PRELOAD=$1 LD_TRACE_LOADED_OBJECTS=1 /bin/true 2>&1) != *'cannot be preloaded'* ]] ||
    skip "$1 is not installed"
}

@test "jemalloc" {
  preloadable libjemalloc.so.2
  each_mode libjemalloc.so.2 'malloc .*/libjemalloc.*'
}

@test "tcmalloc" {
  preloadable libtcmalloc_minimal.so.4
  each_mode libtcmalloc_minimal.so.4 'malloc .*/libtcmalloc.*'
}

@test "libeatmydata" {
  preloadable libeatmydata.so
  each_mode libeatmydata.so 'fsync 0'
  run "$BUILT/fails"
  says 'fsync -1'
}

@test "libfaketime, for one thread and for many" {
  local library
  need faketime
  for library in libfaketime.so.1 libfaketimeMT.so.1; do
    library=$(find /usr/lib -name $library | head -n 1)
    each_mode "$library" 'year 1987' FAKETIME='@1987-06-05 04:03:02'
  done
}

@test "faketime, as a command above bpguard and below" {
  need faketime
  in_mode auto faketime '1987-06-05' "$top/scripts/bpguard" "$BUILT/fails" pipe socket libc
  says 'year 1987'
  # In what faketime executes a pipe would keep its SIGPIPE.
  in_mode auto BPGUARD_CHILDREN=all "$top/scripts/bpguard" faketime '1987-06-05' "$BUILT/fails" pipe socket libc
  says 'year 1987'
}

# For what has no effect on root.
as_nobody() {
  if [ "$(id -u)" -eq 0 ]; then as=(setpriv --reuid=65534 --regid=65534 --clear-groups); fi
}

# tree_for_others: prints where a tree is that whoever runs bpguard can read.
tree_for_others() {
  local tree=$BUILT/tree
  mkdir -p "$tree/scripts" "$tree/build"
  cp "$top/scripts/bpguard" "$tree/scripts"
  cp "$top"/build/bpguard-* "$top"/build/*.so "$tree/build"
  chmod -R a+rX "$tree"
  printf '%s\n' "$tree"
}

@test "fakeroot, as a command above bpguard and below" {
  local mode bpguard
  need fakeroot setpriv
  as_nobody
  bpguard=$(tree_for_others)/scripts/bpguard
  "${as[@]}" fakeroot -- "$BUILT/fails" | grep -qx 'uid 0' || skip "fakeroot does not run here"
  for mode in auto calls observe; do
    in_mode $mode fakeroot -- "$bpguard" "$BUILT/fails" pipe socket libc
    says 'uid 0'
    # It executes the program: a pipe of that would be a pipeline's.
    in_mode $mode BPGUARD_CHILDREN=all "$bpguard" fakeroot -- "$BUILT/fails" pipe socket libc
    says 'uid 0'
  done
}

# A proxy as torsocks wants one (SOCKS5, RFC 1928): says a byte to whoever connects, and leaves.
start_proxy() {
  rm -f port
  start /usr/bin/python3 -c '
import socket
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], file=open("port.new", "w"), flush=True)
__import__("os").rename("port.new", "port")
while True:
    client = listener.accept()[0]
    client.recv(300); client.sendall(b"\5\0")
    client.recv(300); client.sendall(b"\5\0\0\1\0\0\0\0\0\0x")
    client.close()'
  wait_for_port port
}

@test "torsocks" {
  local order torsocks mode
  need torsocks
  torsocks=$(find /usr/lib -name libtorsocks.so | head -n 1)
  start_proxy
  for order in "$torsocks" "$torsocks:$shim" "$shim:$torsocks"; do
    for mode in auto calls observe; do
      : >"$log"
      run env --default-signal=PIPE LD_PRELOAD="$order" TORSOCKS_TOR_PORT="$port" BPGUARD_PROTECT=$mode \
        BPGUARD_LOG="$log" BPGUARD_LTTNG=off "$BUILT/fails" tcp 192.0.2.1 80
      echo "$mode, $order: status $status" && echo "$output"
      if [ "$order" = "$torsocks" ] || [ $mode = observe ]; then
        [ "$status" -eq $SIGPIPE ]
      else
        [ "$status" -eq 0 ] && says "tcp -1 $EPIPE"
      fi
      case $order in
      "$torsocks") ;;
      # It looks for its calls in libc itself: we do not see it connect.
      "$torsocks:"*) recorded call write type tcp peer none ;;
      *) recorded call write type tcp peer 192.0.2.1:80 ;;
    esac
    done
  done
}

# --- what a compiler builds in -------------------------------------------------------------------

# sanitized COMPILER NAME OPTION...: makes $BUILT/NAME; skips where that is not there.
sanitized() {
  need "$1"
  "$1" -g -O1 "${@:3}" -o "$BUILT/$2" "$BATS_TEST_DIRNAME/companions/fails.c" -ldl 2>errors ||
    skip "$1 ${*:3}: $(head -n 1 errors)"
  run env "$BUILT/$2"
  [ "$status" -eq 0 ] || skip "$1 ${*:3} does not run here: ${lines[0]}"
}

# lives_sanitized NAME: by hand, by the wrapper, and as a child of another program.
lives_sanitized() {
  local mode
  for mode in auto calls observe; do
    in_mode $mode LD_PRELOAD="$shim" "$BUILT/$1" pipe socket libc
    in_mode $mode "$top/scripts/bpguard" "$BUILT/$1" pipe socket libc
  done
  in_mode auto BPGUARD_CHILDREN=all "$top/scripts/bpguard" sh -c '"$@"; exit $?' sh "$BUILT/$1" pipe socket libc
}

@test "AddressSanitizer" {
  sanitized gcc asan -fsanitize=address
  readelf -d "$BUILT/asan" | grep -q 'NEEDED.*libasan'
  lives_sanitized asan
  run -0 "$top/scripts/bpguard" check "$BUILT/asan"
  says 'AddressSanitizer: its demand to be loaded first is waived'
  run -0 "$top/scripts/bpguard" check "$BUILT/fails"
  [[ $output != *AddressSanitizer* ]]
}

@test "AddressSanitizer linked in, by gcc and by clang" {
  sanitized gcc asan-static -fsanitize=address -static-libasan
  lives_sanitized asan-static
  sanitized clang asan-clang -fsanitize=address
  lives_sanitized asan-clang
}

@test "AddressSanitizer with options of the program's own" {
  printf '%s\n' 'const char *__asan_default_options(void) { return "detect_leaks=0"; }' >own.c
  sanitized gcc asan-own -fsanitize=address own.c
  in_mode auto "$top/scripts/bpguard" "$BUILT/asan-own" pipe socket libc
  in_mode auto ASAN_OPTIONS=exitcode=3 "$top/scripts/bpguard" "$BUILT/asan-own" pipe socket libc
}

@test "ThreadSanitizer" {
  sanitized gcc tsan -fsanitize=thread
  lives_sanitized tsan
}

@test "ThreadSanitizer linked in, by gcc and by clang" {
  sanitized gcc tsan-static -fsanitize=thread -static-libtsan
  lives_sanitized tsan-static
  sanitized clang tsan-clang -fsanitize=thread
  lives_sanitized tsan-clang
}

@test "LeakSanitizer, UndefinedBehaviorSanitizer, MemorySanitizer" {
  sanitized gcc lsan -fsanitize=leak
  lives_sanitized lsan
  sanitized gcc ubsan -fsanitize=undefined
  lives_sanitized ubsan
  sanitized clang msan -fsanitize=memory
  lives_sanitized msan
}

# sees TEXT COMMAND...: a race shows nearly always, not always.
sees() {
  local try
  for try in 1 2 3 4 5; do
    run "${@:2}"
    [[ $output != *"$1"* ]] || return 0
  done
  printf 'no %s in:\n%s\n' "$1" "$output"
  return 1
}

# finds SANITIZER OPTION PROGRAM_TEXT: what it reports unguarded it reports under us, in each mode.
finds() {
  local mode
  printf '%s\n' "$3" >fault.c
  gcc -g -O1 -w "$2" -o fault fault.c -lpthread || skip "no gcc $2"
  sees "$1" ./fault
  for mode in auto calls observe; do
    sees "$1" env LD_PRELOAD="$shim" BPGUARD_LTTNG=off BPGUARD_PROTECT=$mode ./fault
  done
}

@test "AddressSanitizer still sees what is given to write(2)" {
  finds 'AddressSanitizer: heap-buffer-overflow' -fsanitize=address '
#include <stdlib.h>
#include <unistd.h>
int main(void) { volatile size_t size = 9; char *data = malloc(8); write(2, data, size); return 0; }'
}

@test "ThreadSanitizer still sees a race, and that a pipe orders" {
  finds 'ThreadSanitizer: data race' -fsanitize=thread '
#include <pthread.h>
int shared; void *add(void *unused) { shared++; return 0; }
int main(void) { pthread_t thread; pthread_create(&thread, 0, add, 0); shared++; pthread_join(thread, 0); }'
  cat >ordered.c <<'END'
#include <pthread.h>
#include <unistd.h>
int shared, ends[2];
void *add(void *unused) { shared++; write(ends[1], "x", 1); return 0; }
int main(void) { pthread_t thread; char byte; pipe(ends); pthread_create(&thread, 0, add, 0);
  read(ends[0], &byte, 1); shared++; pthread_join(thread, 0); return shared - 2; }
END
  gcc -g -O1 -w -fsanitize=thread -o ordered ordered.c -lpthread
  for mode in auto calls; do
    run -0 env LD_PRELOAD="$shim" BPGUARD_LTTNG=off BPGUARD_PROTECT=$mode ./ordered
    [ -z "$output" ]
  done
}

@test "valgrind, above bpguard and below" {
  local mode
  need valgrind
  ask_valgrind=(valgrind -q --error-exitcode=77 --trace-children=no)
  for mode in auto calls observe; do
    in_mode $mode "$top/scripts/bpguard" "${ask_valgrind[@]}" "$BUILT/fails" pipe socket libc
  done
  in_mode auto LD_PRELOAD="$shim" "${ask_valgrind[@]}" "$BUILT/fails" pipe socket libc
  in_mode auto valgrind -q --error-exitcode=77 --trace-children=yes \
    --trace-children-skip='/bin/*,/usr/bin/*' env LD_PRELOAD="$shim" "$BUILT/fails" pipe socket libc
}

# --- more rights than its caller has -------------------------------------------------------------

# The loader preloads into such a program only what /etc/ld.so.preload names, by root's will.
@test "a set-user-ID program that root preloads us into: guarded, and it reads none of our variables" {
  need setpriv unshare
  [ "$(id -u)" -eq 0 ] && unshare -m true || skip "no mounts may be made here"
  cp "$BUILT/fails" "$BUILT/setuid" && chmod 4755 "$BUILT/setuid"
  cp "$shim" "$BUILT/root.so" && chmod 644 "$BUILT/root.so"
  run unshare -m sh -c '
    mkdir etc && cp -a /etc/. etc && echo "$1" >etc/ld.so.preload && mount --bind etc /etc &&
    exec setpriv --reuid=65534 --regid=65534 --clear-groups \
      env BPGUARD_LOG="$2" BPGUARD_PROTECT=observe BPGUARD_RUNAWAY=kill:1 "$3" pipe socket libc' \
    sh "$BUILT/root.so" "$BUILT/secret" "$BUILT/setuid"
  echo "status $status" && echo "$output"
  [ "$status" -eq 0 ]
  says "pipe -1 $EPIPE"
  says "libc -1 $EPIPE"
  [ ! -e "$BUILT/secret" ]
}
