#!/usr/bin/env bats
# What the tracer must not do to its host, and what the host may do to the tracer.

load session

setup_file() {
  trace_begin
  [ -z "${TRACE_HOME-}" ] || copy_tree
}
teardown_file() { trace_end; }
setup() { trace_ready; }

# bpguard where the daemon's user may read it.
copy_tree() {
  mkdir -p "$TRACE_HOME"/tree/{scripts,build}
  cp "$TRACE_TREE/scripts/bpguard" "$TRACE_HOME/tree/scripts"
  cp "${SHIM%/*}"/{bpguard-odd,bpguard-run,bpguard-env,libbpguard.so,libbpguard-lttng.so} "$TRACE_HOME/tree/build"
  chmod -R a+rX "$TRACE_HOME/tree"
}

closes_all() {
  session_start
  run -0 guarded ./victim close "$1"
  session_end
  [ "$(said left)" = 0 ]
  [ "$(said result)" = -1 ]
  [ "$(events epipe | wc -l)" -eq 1 ]
  is "$(events epipe)" fd "$(said fd)"
}

@test "a program that closes all it has by close() goes on, and is traced" { closes_all close; }
@test "the same by closefrom()" { closes_all closefrom; }
@test "the same by close_range()" { closes_all close_range; }
@test "the same by close_range() in two parts" { closes_all halves; }

@test "on: the same without lttng's helpers" {
  session_start
  for how in close closefrom close_range halves; do
    run -0 alone BPGUARD_LTTNG=on ./victim close $how
    [ "$(said left)" = 0 ]
    [ "$(said result)" = -1 ]
  done
  session_end
  [ "$(events epipe | wc -l)" -eq 4 ]
}

@test "the tracer's fds lie above the application's, and read none of its data" {
  session_start
  guarded ./victim takeover "$TRACE_HOME/stop" >"$SESSION.said" 3>&- &
  await "$SESSION.said" ready
  other=$SESSION
  SESSION=${SESSION}other
  session_start
  goes_on "$other.said" '^round' 5
  session_end
  SESSION=$other
  : >stop
  wait %1
  session_end
  output=$(cat "$SESSION.said")
  [ "$(said foreign)" = 0 ]
  [ "$(events epipe | wc -l)" -eq 1 ]
}

@test "with few fds allowed the tracer's lie as high as there is room" {
  session_start
  run -0 guarded sh -c 'ulimit -n 100; exec ls -l /proc/self/fd'
  session_end
  grep -E 'socket:' <<<"$output"
  run ! grep -E ' ([3-9]|[1-5][0-9]) -> (socket|/dev/shm)' <<<"$output"
}

@test "where the hard limit leaves room they lie beyond the soft one, which stays as it was" {
  session_start
  run -0 guarded sh -c 'ulimit -S -n 100; exec sh -c "ulimit -S -n; exec ls -l /proc/self/fd"'
  session_end
  [ "${lines[0]}" = 100 ]
  grep -E ' 1[0-9]{3} -> socket:' <<<"$output"
  run ! grep -E ' ([3-9]|[1-9][0-9]{1,2}) -> (socket|/dev/shm)' <<<"$output"
}

@test "a program that puts itself under a seccomp filter goes on, untraced" {
  session_start
  run -0 guarded ./victim confined
  session_end
  [ "$(events epipe | wc -l)" -eq 1 ]
}

@test "what exit() writes last is traced, once" {
  session_start
  run -0 guarded BPGUARD_LOG="$TRACE_HOME/$SESSION.log" ./victim exit
  session_end
  [ "$(events epipe | wc -l)" -eq 1 ]
  is "$(events epipe)" pid "$(said pid)"
  is "$(events epipe)" call '"libc"'
  is "$(events epipe)" requested 6
  [ "$(grep -c '"event":"epipe"' "$SESSION.log")" -eq 1 ]
}

@test "close_range() of nothing, and backwards, answer as ever" {
  session_start
  run -0 guarded ./victim empty
  session_end
  [ "$(said empty)" = 0 ]
  [ "$(said backwards)" = '-1 1' ]
  [ "$(said standard)" = 3 ]
  [ "$(events epipe | wc -l)" -eq 1 ]
}

@test "a daemon's child is traced" {
  session_start
  run -0 guarded ./victim daemon "$TRACE_HOME/$SESSION.said"
  await "$SESSION.said" '^done'
  session_end
  output=$(cat "$SESSION.said")
  [ "$(said result)" = -1 ]
  [ "$(events epipe | wc -l)" -eq 1 ]
  is "$(events epipe)" pid "$(said pid)"
  [ "$(context "$(events epipe)" vpid)" = "$(said pid)" ]
}

@test "each generation of forked children is traced under its own pid" {
  session_start
  run -0 guarded ./victim fork 5
  session_end
  [ "$(events epipe | wc -l)" -eq 5 ]
  events epipe | while read -r line; do context "$line" vpid; done | sort >vpids
  [ "$(said pid | sort)" = "$(cat vpids)" ]
  events epipe | fields pid | sort | diff - vpids
}

@test "each thread is traced under its own tid" {
  session_start
  run -0 guarded ./victim threads 16
  session_end
  [ "$(events epipe | wc -l)" -eq 16 ]
  events epipe | fields tid | sort | diff - <(said tid | sort)
}

@test "a thread's first event may come from a signal handler, with the tracer loaded late" {
  session_start
  run -0 alone BPGUARD_LTTNG=on ./victim handler
  session_end
  [ "$(events epipe | wc -l)" -eq 1 ]
  is "$(events epipe)" tid "$(said tid)"
}

@test "where the library is there and no daemon, a program does not wait for one" {
  daemon_stop
  eventually starts_within 400 guarded ./victim pipe >"$SESSION.said"
  daemon_start
  output=$(cat "$SESSION.said")
  [ "$(said result | sort -u)" = -1 ]
}

@test "that a daemon listens is no reason: nothing of the tracer is loaded where nobody says on" {
  run -0 alone cat /proc/self/maps
  [[ $output == *libbpguard.so* ]]
  [[ $output != *lttng* ]]
  # Its libraries may be there for the program's own sake.
  run -0 alone LD_PRELOAD="$TRACE_HOME/libbpguard.so:liblttng-ust-fd.so.1:liblttng-ust-fork.so.1" cat /proc/self/maps
  [[ $output != *libbpguard-lttng.so* ]]
  run -0 alone LD_PRELOAD= tree/scripts/bpguard cat /proc/self/maps
  [[ $output == *libbpguard.so* ]]
  [[ $output != *lttng* ]]
}

@test "bpguard env says the same with a daemon and without one" {
  run -0 alone LD_PRELOAD= tree/scripts/bpguard env
  with=$output
  daemon_stop
  run -0 alone LD_PRELOAD= tree/scripts/bpguard env
  daemon_start
  [ "$output" = "$with" ]
  [[ $output == *BPGUARD_LTTNG=off* ]]
}

@test "off: nothing is loaded, nothing is traced" {
  session_start
  run -0 guarded BPGUARD_LTTNG=off cat /proc/self/maps
  [[ $output != *libbpguard-lttng.so* ]]
  run -0 guarded BPGUARD_LTTNG=off ./victim pipe
  session_end
  [ "$(said result)" = -1 ]
  [ "$(wc -l <"$SESSION.txt")" -eq 0 ]
}

@test "on: the waiting time is not left in the environment" {
  run -0 alone BPGUARD_LTTNG=on env
  [[ $output != *LTTNG_UST_REGISTER_TIMEOUT* ]]
  run -0 alone BPGUARD_LTTNG=on LTTNG_UST_REGISTER_TIMEOUT=1000 env
  [[ $output == *LTTNG_UST_REGISTER_TIMEOUT=1000* ]]
}

@test "on: a daemon that accepts and says nothing delays the start by half a second" {
  daemon_stop
  rm -f "$TRACE_HOME/.lttng/lttng-ust-sock-8"
  as_user python3 -c 'import socket, sys, time
s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen(9); print("ready", flush=True)
time.sleep(600)' "$TRACE_HOME/.lttng/lttng-ust-sock-8" >mute 3>&- &
  mute=$!
  await mute ready
  # Half a second, and not the three that liblttng-ust waits by itself.
  ! starts_within 450 alone BPGUARD_LTTNG=on ./victim pipe || waits=no
  eventually starts_within 2900 alone BPGUARD_LTTNG=on ./victim pipe >"$SESSION.said"
  kill "$mute"
  rm -f "$TRACE_HOME/.lttng/lttng-ust-sock-8"
  daemon_start
  output=$(cat "$SESSION.said")
  [ "$(said result | sort -u)" = -1 ]
  [ "${waits-}" != no ]
}

@test "on: a session that begins and ends in the middle, twice" {
  soon
  guarded BPGUARD_LTTNG=on ./victim until "$TRACE_HOME/stop" >"$SESSION.said" 3>&- &
  await "$SESSION.said" ready
  session_start
  eventually traced 10
  session_end
  first=$(events epipe | wc -l)
  SESSION=${SESSION}again
  goes_on "t$BATS_TEST_NUMBER.said" '^round' 5
  session_start
  eventually traced 10
  session_end
  second=$(events epipe | wc -l)
  : >stop
  wait %1
  output=$(cat "t$BATS_TEST_NUMBER.said")
  printf '%s of %s, then %s\n' "$first" "$(said failures)" "$second"
  [ "$first" -gt 5 ]
  [ "$second" -gt 5 ]
  [ "$((first + second))" -lt "$(said failures)" ]
}

@test "on: a daemon that starts after the program" {
  soon
  daemon_stop
  guarded BPGUARD_LTTNG=on ./victim until "$TRACE_HOME/stop" >"$SESSION.said" 3>&- &
  await "$SESSION.said" ready
  daemon_start
  session_start
  eventually traced 10
  session_end
  : >stop
  wait %1
  [ "$(events epipe | wc -l)" -gt 5 ]
}

@test "a daemon that ends does not disturb the program, and makes no record" {
  guarded BPGUARD_LOG="$TRACE_HOME/$SESSION.log" ./victim until "$TRACE_HOME/stop" >"$SESSION.said" 3>&- &
  await "$SESSION.said" ready
  daemon_stop
  goes_on "$SESSION.said" '^round' 20
  daemon_start
  : >stop
  wait %1
  [ "$(grep -c . "$SESSION.log")" -gt 0 ]
  run ! grep -v '"comm":"victim"' "$SESSION.log"
}
