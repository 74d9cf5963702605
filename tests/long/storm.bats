#!/usr/bin/env bats
# minutes: 5
# 64 threads write to 1,000 broken pipes and sockets, 10 million times, with LTTng on: nothing crashes
# or hangs, memory stays as it was, and what was recorded and what was counted as lost add up.
# STORM_WRITES: another number.

load ../trace/session

WRITES=${STORM_WRITES:-10000000}
FDS=1000
# On each fd the 1,000th failure in a row is told as runaway.
RUNAWAYS=$((WRITES / FDS >= 1000 ? FDS : 0))
# An event takes up to this much of a disk.
EVENT_BYTES=400

setup_file() {
  trace_begin
  [ -z "${TRACE_HOME-}" ] || cp "$TRACE_TREE/build/tests/long/storm" "$TRACE_HOME"
}
teardown_file() { trace_end; }

setup() {
  trace_ready
  local free
  free=$(df --output=avail -B 1 "$TRACE_HOME" | tail -n 1)
  [ "$free" -gt $((WRITES * EVENT_BYTES)) ] || skip "$((WRITES * EVENT_BYTES / 1000000)) MB of disk are not free"
}

teardown() { rm -rf "${TRACE_HOME:?}/${SESSION:?}" "$TRACE_HOME/$SESSION.log"; }

# What is shown with the verdict.
show() {
  printf '# %s\n' "$*" >&3
}

storm() {
  run guarded "$@" ./storm "$WRITES"
  [ "$status" -eq 0 ]
  [ "$(said failed)" -eq "$WRITES" ]
  [ "$(said wrong)" -eq 0 ]
}

# Once each thread has been at work and the tracer's buffers are full: no more than 1 MiB.
memory_stays() {
  local first last
  show "resident KiB, at each tenth: $(said resident_kib | tr '\n' ' ')"
  first=$(said resident_kib | sed -n 2p)
  last=$(said resident_kib | tail -n 1)
  [ "$last" -le $((first + 1024)) ]
}

# Ends the session. Each failure is an event or was counted as discarded; beside attach and detach.
trace_adds_up() {
  local discarded events
  as_user lttng --no-sessiond stop "$SESSION" >/dev/null
  discarded=$(as_user lttng --no-sessiond list "$SESSION" | sed -n 's/.*Discarded events: //p')
  # Where a buffer's count is read later than its successor's, LTTng takes it for an overflow at 2^63.
  discarded=$((discarded & 0x7fffffffffffffff))
  as_user lttng --no-sessiond destroy "$SESSION" >/dev/null
  show "trace: $(du -sm "$SESSION" | cut -f 1) MB"
  events=$(babeltrace2 "$SESSION" --component=sink.utils.counter -p step=+0 | sed -n 's/^ *\([0-9]*\) Event messages.*/\1/p')
  show "events $events + discarded $discarded = failures $WRITES + runaways $RUNAWAYS + 2"
  [ "$((events + discarded))" -eq $((WRITES + RUNAWAYS + 2)) ]
  # A trace that is nearly empty would prove nothing.
  [ "$events" -gt $((WRITES / 20)) ]
}

@test "with LTTng on" {
  session_start
  storm
  memory_stays
  trace_adds_up
}

# number KEY: the sum of this number over the log's lines.
number() {
  grep -o "\"$1\":[0-9]*" "$SESSION.log" | awk -F : '{ sum += $2 } END { printf "%d\n", sum }'
}

@test "with LTTng and the log on, at the usual rate, and buffers that cannot hold it all" {
  CHANNEL=(--subbuf-size=4k --num-subbuf=2)
  session_start
  storm BPGUARD_LOG="$TRACE_HOME/$SESSION.log"
  memory_stays
  trace_adds_up
  records=$(grep -c '"event":"epipe"' "$SESSION.log")
  show "records $records + suppressed $(number suppressed) = failures $WRITES"
  [ "$((records + $(number suppressed)))" -eq "$WRITES" ]
  [ "$(grep -c '"event":"runaway"' "$SESSION.log")" -eq "$RUNAWAYS" ]
  [ "$(number failures)" -eq "$WRITES" ]
  [ "$(number held_back)" -eq $((WRITES - records)) ]
}
