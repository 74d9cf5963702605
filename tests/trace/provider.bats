#!/usr/bin/env bats
# The tracepoint provider by itself, without the shim.

load session

setup_file() { trace_begin; }
teardown_file() { trace_end; }
setup() { trace_ready; }

@test "each value of each enumeration has the record's name" {
  session_start
  run -0 as_user ./values "$TRACE_HOME/libbpguard-lttng.so"
  session_end
  paste -d '\n' <(printf '%s\n' "$output") "$SESSION.txt" | while read -r name value && read -r line; do
    case $name in
    event) [[ $line == *" bpguard:$value: "* ]] || { printf '%s: %s\n' "$value" "$line" && exit 1; } ;;
    requested) is "$line" "$name" "$value" || exit 1 ;;
    *) is "$line" "$name" "\"$value\"" || exit 1 ;;
    esac
  done
  [ "$(wc -l <"$SESSION.txt")" -eq "$(wc -l <<<"$output")" ]
}

@test "what is not known is empty or -1" {
  session_start
  as_user ./values "$TRACE_HOME/libbpguard-lttng.so" >/dev/null
  session_end
  line=$(events epipe | head -n 1)
  for name in pid tid fd requested peer_pid peer_uid age_ms fds_left streak; do is "$line" $name -1; done
  for name in comm exe call syscall type errno sigpipe action local peer peer_comm cause argv; do
    is "$line" $name '""'
  done
  is "$line" saved -1
  is "$line" ip 0x0
  is "$line" suppressed 0
}

@test "text of any length and any bytes goes through" {
  session_start
  as_user ./values "$TRACE_HOME/libbpguard-lttng.so" >/dev/null
  session_end
  line=$(grep -a 9223372036854775807 "$SESSION.txt")
  [[ $line == *" peer = \"$(printf 'p%.0s' {1..191})\","* ]]
  [[ $line == *" argv = \"$(printf 'a%.0s' {1..128})\","* ]]
  [[ $line == *' comm = "\"x\\\n\x01'* ]]
  is "$line" peer_uid 4294967294
  is "$line" suppressed 12
}

@test "log levels: a broken pipe is a warning, a runaway an error" {
  session_start
  as_user ./values "$TRACE_HOME/libbpguard-lttng.so" >/dev/null
  session_end
  metadata=$(babeltrace2 --output-format=ctf-metadata "$(dirname "$(find "$SESSION" -name metadata)")")
  level() { grep -A 4 "name = \"bpguard:$1\"" <<<"$metadata" | sed -n 's/.*loglevel = \(.*\);/\1/p'; }
  [ "$(level epipe)" = 4 ]
  [ "$(level reset)" = 5 ]
  [ "$(level timeout)" = 5 ]
  [ "$(level runaway)" = 3 ]
  [ "$(level setting)" = 3 ]
  [ "$(level attach)" = 6 ]
}

@test "attach, detach and setting have their own fields" {
  session_start
  as_user ./values "$TRACE_HOME/libbpguard-lttng.so" >/dev/null
  session_end
  is "$(events attach)" argv '"program argument"'
  is "$(events detach)" argv '"program argument"'
  is "$(events setting)" setting '"BPGUARD_PROTECT"'
  is "$(events setting)" value '"maybe"'
  is "$(events setting)" takes '"auto, calls or observe"'
}
