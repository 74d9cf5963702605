#!/usr/bin/env bats
# minutes: 4
# The tests of unusual hosts once more: with the tracer at work in them, and with numbers that take their
# time.

load ../trace/session

setup_file() { trace_begin; }
teardown_file() { trace_end; }

setup() {
  trace_ready
  programs=${SHIM%/*}/tests/calls
}

# traced PROGRAM [COMMAND...]: with a session that takes every event, by COMMAND.
traced() {
  session_start
  run as_user BPGUARD_LIB="$TRACE_HOME/libbpguard.so" VICTIM_LTTNG=on "${@:2}" \
    sh -c 'cd "$1" && shift && exec "$@"' sh "$TRACE_TREE" "$programs/$1"
  echo "$output"
  [ "$status" -eq 0 ]
  session_end
  [ "$(events epipe | wc -l)" -gt 0 ]
}

@test "traced: children and descriptors" { traced test_hosts_forks; }
@test "traced: stacks, and handlers that write" { traced test_hosts_stacks; }
@test "traced: what hosts give up" { traced test_hosts_confined; }

# Who gives up being root is traced by root's own daemon, which would serve the whole system: this one's
# sockets and buffers lie on file systems that nobody else sees.
@test "traced: what hosts give up that are root" {
  [ "$(id -u)" -eq 0 ] && unshare -m true || skip "no mounts may be made here"
  # Below a directory that stays: both ends of the mount go by one name.
  mkdir -p /run/lttng
  run unshare -m sh -c '
    mount -t tmpfs none /run/lttng && mount -t tmpfs none /dev/shm &&
      lttng-sessiond --daemonize --no-kernel 3>&- || exit 90
    lttng() { command lttng --no-sessiond "$@" >/dev/null; }
    lttng create root --output="$1/root" && lttng enable-event -u "bpguard:*" && lttng start
    cd "$2" && VICTIM_LTTNG=on BPGUARD_LIB=$3 "$4/test_hosts_confined"
    status=$?
    lttng destroy root
    kill "$(cat /run/lttng/lttng-sessiond.pid)"
    exit $status' sh "$TRACE_HOME" "$TRACE_TREE" "$SHIM" "$programs"
  echo "$output"
  [ "$status" -eq 0 ]
  [ "$(babeltrace2 root | grep -c bpguard:epipe)" -gt 30 ]
}

@test "traced: waiters, handlers, libraries" { traced test_hosts_waiters; }
@test "traced: rings and asynchronous writes" { traced test_hosts_rings; }
@test "traced: signals around a failure" { traced test_hosts_signals; }
@test "traced: unusual processes" { traced test_hosts_processes; }
@test "traced: the mask around a call" { traced test_mask; }

# breaks PRELOADS [COMMAND...]: a program that fails thrice, beside these, with the tracer loaded.
breaks() {
  session_start
  run as_user LD_PRELOAD="$1" BPGUARD_LTTNG=on "${@:2}" pipe socket libc
  echo "$*: status $status, $output"
  [ "$status" -eq 0 ]
  session_end
  [ "$(events epipe | wc -l)" -eq 3 ]
  SESSION=${SESSION}x
}

@test "traced: beside allocators, before us and behind us" {
  local library
  cc -o fails "$TRACE_TREE/tests/programs/companions/fails.c" -ldl
  for library in libjemalloc.so.2 libtcmalloc_minimal.so.4; do
    breaks "$library:$TRACE_HOME/libbpguard.so" ./fails
    breaks "$TRACE_HOME/libbpguard.so:$library" ./fails
  done
}

@test "traced: with sanitizers" {
  local sanitizer
  for sanitizer in address thread undefined; do
    gcc -g -fsanitize=$sanitizer -o "fails-$sanitizer" \
      "$TRACE_TREE/tests/programs/companions/fails.c" -ldl || skip "no gcc -fsanitize=$sanitizer"
    breaks "$TRACE_HOME/libbpguard.so" "./fails-$sanitizer"
  done
}

@test "traced: under valgrind" {
  command -v valgrind || skip "valgrind is not installed"
  cc -g -o fails "$TRACE_TREE/tests/programs/companions/fails.c" -ldl
  breaks "$TRACE_HOME/libbpguard.so" valgrind -q --error-exitcode=77 ./fails
}

@test "100,000 connections at once" {
  cd "$TRACE_TREE"
  HOSTS_CONNECTIONS=100000 CK_RUN_CASE=connections BPGUARD_LIB=$SHIM "$programs/test_hosts_forks"
}
