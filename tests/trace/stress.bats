#!/usr/bin/env bats
# The tracer under stress: its daemons killed, its buffers full. The host runs on, and what was
# traced, logged, held back and discarded adds up to what failed.

load session

setup_file() { trace_begin; }
teardown_file() { trace_end; }
setup() {
  trace_ready
  SAID=$SESSION.said LOG=$TRACE_HOME/$SESSION.log
}

# runs BATCH [NAME=VALUE...]: the victim, in the background, until the file `stop` is there.
runs() {
  local batch=$1
  shift
  guarded BPGUARD_LOG="$LOG" "$@" ./victim steady "$TRACE_HOME/stop" "$batch" >"$SAID" 3>&- &
  await "$SAID" round
}

# ends: and its output is said() from.
ends() {
  : >stop
  wait %1
  output=$(cat "$SAID")
}

# gets_on COUNT: until it has gone that many times further, 40 batches each.
gets_on() {
  goes_on "$SAID" '^round' "$1"
}

# logged: records of failures in the log, and those that it says were held back.
logged() {
  python3 - "$LOG" <<'END'
import json, sys
records = [json.loads(line) for line in open(sys.argv[1], "rb")]
told = sum(record["event"] in ("epipe", "reset", "timeout") for record in records)
print(told + sum(record.get("suppressed", 0) for record in records))
END
}

# kill_hard PID: and waits until it is gone, or a zombie that nobody reaps.
kill_hard() {
  kill -KILL "$1"
  eventually has_ended "$1"
}

session_daemon() {
  cat "$TRACE_HOME/.lttng/lttng-sessiond.pid"
}

consumer_daemon() {
  pgrep -P "$(session_daemon)" -x lttng-consumerd
}

@test "the session daemon is killed, and started again" {
  soon
  session_start
  runs 20
  gets_on 2
  consumer=$(consumer_daemon)
  kill_hard "$(session_daemon)"
  gets_on 4
  daemon_start
  SESSION=${SESSION}again
  session_start
  # liblttng-ust waits 5 s before it registers anew (ust_listener_thread, lttng-ust-comm.c).
  eventually traced 40
  session_end
  ends
  ! kill -0 "$consumer" 2>/dev/null || kill_hard "$consumer"
  [ "$(logged)" -eq "$(said failures)" ]
  [ "$(events epipe | wc -l)" -gt 20 ]
}

@test "the consumer daemon is killed" {
  session_start
  runs 20
  gets_on 2
  kill_hard "$(consumer_daemon)"
  # What the buffers hold nobody takes away any more: soon they are full.
  gets_on 8
  ends
  [ "$(logged)" -eq "$(said failures)" ]
  # What a session daemon without it still does differs by version.
  kill_hard "$(session_daemon)"
  daemon_start
}

# small_session: with room for a few events, and a consumer that cannot keep up.
small_session() {
  {
    as_user lttng --no-sessiond create "$SESSION" --output="$TRACE_HOME/$SESSION"
    as_user lttng --no-sessiond enable-channel -s "$SESSION" -u --discard --subbuf-size=8192 --num-subbuf=2 small
    as_user lttng --no-sessiond enable-event -s "$SESSION" -u -c small 'bpguard:epipe'
    as_user lttng --no-sessiond start "$SESSION"
  } >/dev/null
}

# discarded: what the tracer says it had no room for.
discarded() {
  as_user lttng --no-sessiond list "$SESSION" | sed -n 's/.*Discarded events: //p'
}

@test "the buffers are full: traced and discarded add up" {
  small_session
  runs 500 BPGUARD_LOG=off
  gets_on 2
  ends
  as_user lttng --no-sessiond stop "$SESSION" >/dev/null
  lost=$(discarded)
  session_end 2>warnings
  [ "$lost" -gt 100 ]
  [ "$(events epipe | wc -l)" -gt 100 ]
  [ $(($(events epipe | wc -l) + lost)) -eq "$(said failures)" ]
  # The reader of the trace says so too, packet by packet.
  [ "$(sed -n 's/.*Tracer discarded \([0-9]*\) event.*/\1/p' warnings | awk '{ n += $1 } END { print n }')" -eq "$lost" ]
}

@test "the buffers are full: the host goes on" {
  runs 500 BPGUARD_LOG=off BPGUARD_LTTNG=on
  gets_on 2
  small_session
  gets_on 4
  ends
  [ "$(discarded)" -gt 100 ]
  as_user lttng --no-sessiond destroy "$SESSION" >/dev/null
}
