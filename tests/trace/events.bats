#!/usr/bin/env bats
# A failing write as the trace tells it: one event, each field as the program knows it.

load session

setup_file() { trace_begin; }
teardown_file() { trace_end; }
setup() { trace_ready; }

# fails_once KIND...: runs the victim in a session; sets $output and $line.
fails_once() {
  session_start
  run -0 guarded ./victim "$@"
  session_end
  [ "$(said result)" = -1 ]
  [ "$(said errno)" = 32 ]
  [ "$(events epipe | wc -l)" -eq 1 ]
  line=$(events epipe)
  is "$line" pid "$(said pid)"
  is "$line" tid "$(said tid)"
  is "$line" fd "$(said fd)"
  is "$line" comm '"victim"'
  is "$line" exe "\"$TRACE_HOME/victim\""
  is "$line" call '"write"'
  is "$line" syscall '"write"'
  is "$line" errno '"EPIPE"'
  is "$line" requested 1234
  is "$line" sigpipe '"kill"'
  is "$line" action '"backstop"'
  is "$line" saved 1
  is "$line" suppressed 0
}

@test "a TCP connection" {
  fails_once tcp
  is "$line" type '"tcp"'
  is "$line" local "\"$(said local)\""
  is "$line" peer "\"$(said peer)\""
  age=$(field "$line" age_ms)
  [ "$age" -ge 0 ]
  [ "$age" -lt 10000 ]
}

@test "a pipe" {
  fails_once pipe
  is "$line" type '"pipe"'
  is "$line" cause '"reader-gone"'
  [[ $(field "$line" peer)$(field "$line" local) == *'pipe:['* ]]
}

@test "a UNIX socket" {
  fails_once unix
  is "$line" type '"unix-stream"'
  is "$line" peer "\"$(said peer)\""
  is "$line" peer_pid "$(said pid)"
  is "$line" peer_uid "$TRACE_UID"
  is "$line" peer_comm '"victim"'
}

@test "the ip context and field name the code that called, not ours" {
  fails_once pipe
  caller=$(said caller)
  ip=$(context "$line" ip)
  [ "$((ip - caller))" -gt 0 ]
  [ "$((ip - caller))" -lt 100 ]
  [ "$(($(field "$line" ip)))" -eq "$ip" ]
  [ "$(context "$line" procname)" = '"victim"' ]
}

@test "the first event of a process tells its program's name" {
  fails_once pipe
  is "$line" argv '"./victim"'
}

@test "a bad value of a setting is one event" {
  session_start
  run -0 guarded BPGUARD_PROTECT=maybe ./victim pipe
  session_end
  [ "$(events setting | wc -l)" -eq 1 ]
  is "$(events setting)" setting '"BPGUARD_PROTECT"'
  is "$(events setting)" value '"maybe"'
  [ "$(events epipe | wc -l)" -eq 1 ]
}

@test "a session that wants other events gets none of ours" {
  as_user lttng --no-sessiond create "$SESSION" --output="$TRACE_HOME/$SESSION" >/dev/null
  as_user lttng --no-sessiond enable-event -s "$SESSION" -u 'bpguard:reset' >/dev/null
  as_user lttng --no-sessiond start "$SESSION" >/dev/null
  run -0 guarded ./victim pipe
  session_end
  [ "$(wc -l <"$SESSION.txt")" -eq 0 ]
}

@test "a filter on an enumeration's number" {
  as_user lttng --no-sessiond create "$SESSION" --output="$TRACE_HOME/$SESSION" >/dev/null
  as_user lttng --no-sessiond enable-event -s "$SESSION" -u bpguard:epipe --filter 'errno == 32 && fd > 2 && peer_uid == -1' >/dev/null
  as_user lttng --no-sessiond start "$SESSION" >/dev/null
  run -0 guarded ./victim pipe
  run -0 guarded ./victim unix
  session_end
  [ "$(events epipe | wc -l)" -eq 1 ]
  is "$(events epipe)" type '"pipe"'
}
