#!/usr/bin/env bats
# bpguard report on logs and traces that are made here: what it counts, says and advises.

setup() {
  load common
  report_ready
}

@test "the answer stands in the first three lines" {
  {
    record 0 attach
    broken 1 198.51.100.1:1000 ',"lost":1000'
    broken 2 198.51.100.1:1000 ',"lost":1000,"streak":2'
    broken 90 '[2001:db8::5]:2000' ',"lost":500,"suppressed":3'
    record 91 epipe ',"call":"write","fd":1,"type":"pipe","errno":"EPIPE","peer":"pipe:[77]","cause":"reader-gone","saved":false'
  } >log.jsonl
  run -0 "$report" log.jsonl
  [ "${lines[0]}" = '4 broken pipes on 2 connections and 1 pipe; 3 deaths averted.' ]
  [ "${lines[1]}" = '1.5 KiB lost: written and never acknowledged, on 2 connections.' ]
  [ "${lines[2]}" = 'From 2026-11-20T16:00:00Z to 2026-11-20T16:01:31Z (1 min 31 s); 3 records suppressed, 0 discarded.' ]
  [[ $output != *$'\033'* ]]
}

@test "what a record does not say is not counted; what was suppressed is told by whatever comes next" {
  {
    # No `saved`, as where the action is not known, and none of the fields that came later.
    printf '{"time":"2026-11-20T16:00:01Z","event":"epipe","pid":7,"comm":"x"}\n'
    record 2 epipe ',"call":"send","fd":3,"type":"tcp","peer":"198.51.100.1:1","cause":"of-tomorrow","of_tomorrow":[1]'
    record 3 detach ',"failures":9,"suppressed":7'
  } >log.jsonl
  [ "$(numbers '.summary | [.failures, .averted, .killed, .lost, .suppressed]' log.jsonl)" = '[2,0,0,0,7]' ]
  [ "$(numbers .causes log.jsonl)" = '{"unknown":2}' ]
}

@test "json: the same numbers, by cause, program, process, address, network, place and host" {
  {
    broken 1 198.51.100.1:1000 ',"caller":"/usr/sbin/server+0x1234"'
    broken 2 198.51.100.1:1001 ',"caller":"/usr/sbin/server+0x1234"'
    broken 3 198.51.100.200:1001
    broken 4 '[2001:db8::5%eth0]:2000'
    broken 5 '[2001:db8::ffff:6]:2000'
    broken 6 '[::ffff:198.51.100.1]:2000'
    record 7 reset ',"type":"unix-stream","peer":"unix:/run/x.sock","peer_comm":"client","cause":"peer-closed","saved":false,"fd":3'
  } >log.jsonl
  [ "$(numbers '.summary | [.failures, .epipe, .reset, .connections, .averted]' log.jsonl)" = '[7,6,1,7,6]' ]
  [ "$(numbers .causes log.jsonl)" = '{"peer-closed":7}' ]
  [ "$(numbers '.programs.list[0] | [.program, .failures, .processes]' log.jsonl)" = '["/usr/sbin/server",7,1]' ]
  [ "$(numbers '.processes.list[0] | [.pid, .failures]' log.jsonl)" = '[100,7]' ]
  [ "$(numbers '.addresses.list[0]' log.jsonl)" = '{"address":"198.51.100.1","failures":3,"connections":3}' ]
  [ "$(numbers '[.networks.list[].network]' log.jsonl)" = '["198.51.100.0/24","2001:db8::/64"]' ]
  [ "$(numbers '.networks.list[1] | [.addresses, .failures]' log.jsonl)" = '[2,2]' ]
  [ "$(numbers '.unix_peers.list[0].peer' log.jsonl)" = '"client"' ]
  [ "$(numbers '[.places.list[] | select(.module) | .module, .offset, .failures]' log.jsonl)" = '["/usr/sbin/server",4660,2]' ]
  [ "$(numbers '[.hosts.list[].host]' log.jsonl)" = '[null]' ]
  [ "$(numbers .complete log.jsonl)" = true ]
}

@test "peers that close after 60 s, of many, make an idle timeout with its name" {
  # shellcheck disable=SC2046
  silences $(seq 60001 7 60200) 100 2300 7100 12500 33000 91000 >log.jsonl
  [ "$(numbers '.silence.clusters | length' log.jsonl)" = 1 ]
  [ "$(numbers '.silence.clusters[0] | [.connections, .addresses]' log.jsonl)" = '[29,29]' ]
  run -0 "$report" log.jsonl
  [[ $output == *'A tight cluster at 60.1 s: 29 connections'*'AWS Application'* ]]
  [[ $output == *'An idle timeout of 60.1 s'* ]]
  [[ $output == *'it may have been receiving all the time'* ]]
}

@test "each known timeout is named" {
  local seconds
  for seconds in 60 75 240 350 600; do
    # shellcheck disable=SC2046
    silences $(seq $((seconds * 1000 + 3)) 5 $((seconds * 1000 + 40))) >log.jsonl
    numbers '.silence.clusters[0].default_of, .silence.clusters[0].source' log.jsonl >said
    run ! grep -x null said
  done
}

@test "a cluster that no default explains is told as one" {
  silences 3001 3004 3002 3010 3003 >log.jsonl
  run -0 "$report" log.jsonl
  [[ $output == *'A tight cluster at 3.0 s: 5 connections, 3.00 to 3.01 s. No known default explains it.'* ]]
  [[ $output == *'which no known default explains'* ]]
}

# scattered SEED COUNT FACTOR: numbers of 15 bits times FACTOR, the same ones each time. bash's RANDOM is
# seeded anew in a subshell, whatever it was given. The constants are those of rand(3)'s example in C99.
scattered() {
  local state=$1 i
  for ((i = 0; i < $2; i++)); do
    state=$(((state * 1103515245 + 12345) & 0x7fffffff))
    echo $(((state >> 16) * $3))
  done
}

@test "downloads of many lengths, and few of any, make no timeout" {
  local seed
  for seed in 1 2 3 4 5 6 7 8; do
    # shellcheck disable=SC2046
    silences $(scattered "$seed" 400 20) >log.jsonl
    [ "$(numbers '[.silence.clusters[], .advice[].kind]' log.jsonl)" = '[]' ]
    # shellcheck disable=SC2046
    silences $(scattered "$((seed + 100))" 12 1) >log.jsonl
    [ "$(numbers '.silence.clusters' log.jsonl)" = '[]' ]
  done
  silences 60000 60001 >log.jsonl
  [ "$(numbers '.silence.clusters' log.jsonl)" = '[]' ]
  # At once after the last byte: no timeout either.
  silences 0 0 1 2 4 4 0 8 >log.jsonl
  [ "$(numbers '.silence.clusters' log.jsonl)" = '[]' ]
}

@test "what to do: each piece of advice with its evidence, and none without" {
  broken 1 198.51.100.1:1 >log.jsonl
  [ "$(numbers .advice log.jsonl)" = '[]' ]
  {
    record 1 epipe ',"call":"write","fd":5,"type":"tcp","local":"192.0.2.1:1","peer":"198.51.100.1:1","cause":"local-shutdown","caller":"/usr/sbin/server+0x99","streak":12'
    record 2 epipe ',"fd":1,"type":"pipe","peer":"pipe:[1]","cause":"reader-died","child_pid":7,"child_status":"killed SIGSEGV"'
    record 3 epipe ',"fd":2,"type":"pipe","peer":"pipe:[2]","cause":"reader-gone","child_pid":8,"child_status":"killed SIGABRT"'
    broken 4 198.51.100.1:2 ',"fds_left":5'
    record 5 epipe ',"fd":1,"type":"pipe","peer":"pipe:[3]","cause":"reader-gone","action":"killed"'
    record 6 setting ',"setting":"BPGUARD_RATE","value":"many","takes":"a number"'
    record 7 epipe ',"type":"tcp","cause":"never-connected"'
    broken 8 198.51.100.1:3 ',"suppressed":9'
  } >log.jsonl
  [ "$(numbers '[.advice[].kind]' log.jsonl)" = \
    '["reader-died","child-died","local-shutdown","never-connected","ignores-result","descriptors","ends-on-purpose","setting","suppressed"]' ]
  run -0 "$report" log.jsonl
  output=$(tr -s '\n ' ' ' <<<"$output")
  [[ $output == *'/usr/sbin/server shuts its own socket down and goes on writing: a bug of its own. Evidence: 1 failure of cause local-shutdown, the most at /usr/sbin/server+0x99 (write)'* ]]
  [[ $output == *'does not look at write'*'12 failures in a row on one connection or pipe at /usr/sbin/server+0x99 (write)'* ]]
  [[ $output == *'The child that read a pipe of /usr/sbin/server crashed, killed SIGSEGV'* ]]
  [[ $output == *'as few as 5 left'* ]]
}

@test "programs whose failures are not all seen are told, once each" {
  {
    record 0 attach ',"settings":"protect=auto ignored=leave","sigpipe":"ignored","unseen":"libc raw"'
    record 1 detach ',"unseen":"libc raw","failures":0'
    broken 2 198.51.100.1:1
  } >log.jsonl
  [ "$(numbers '[.advice[].kind]' log.jsonl)" = '["unseen"]' ]
  # Where the mode is not to see them, there is nothing to be advised.
  sed 's|protect=auto|protect=calls|' log.jsonl >calls.jsonl
  [ "$(numbers '[.advice[].kind]' calls.jsonl)" = '[]' ]
  sed 's|/usr/sbin/server|/usr/sbin/another|' log.jsonl >other.jsonl
  run -0 "$report" other.jsonl log.jsonl
  output=$(tr -s '\n ' ' ' <<<"$output")
  [[ $output == *"2 programs ignore SIGPIPE: libc's own writes were not seen; --ignored watch. Evidence: told by /usr/sbin/another and others"* ]]
}

@test "what no library reaches is told with the program that said so" {
  record 0 setting ',"setting":"LD_PRELOAD","value":"/usr/sbin/other","takes":"executed without it"' >log.jsonl
  [ "$(numbers '[.advice[].kind]' log.jsonl)" = '["unguarded"]' ]
  run -0 "$report" log.jsonl
  output=$(tr -s '\n ' ' ' <<<"$output")
  [[ $output == *'Not guarded: /usr/sbin/other: executed without it. Evidence: told by /usr/sbin/server'* ]]
}

@test "a child that is found later stands beside its pipe's failures, whatever comes first" {
  {
    record 1 epipe ',"fd":1,"type":"pipe","peer":"pipe:[1]","connection":1,"cause":"reader-gone"'
    record 2 epipe ',"fd":1,"type":"pipe","peer":"pipe:[1]","connection":1,"cause":"reader-gone"'
    record 3 child ',"type":"pipe","peer":"pipe:[1]","connection":1,"cause":"reader-died","child_pid":7,"child_status":"exited 3"'
    record 4 epipe ',"fd":1,"type":"pipe","peer":"pipe:[2]","connection":2,"cause":"reader-gone"'
    # Another pipe of the same child's, and a pipe whose failures are in no record.
    record 5 epipe ',"fd":5,"type":"fifo","peer":"fifo:/run/x","connection":1,"cause":"reader-gone"'
    record 6 child ',"type":"fifo","connection":1,"child_pid":7,"child_status":"exited 3"'
    record 7 child ',"type":"pipe","peer":"pipe:[9]","connection":9,"child_pid":8,"child_status":"exited 0"'
  } >log.jsonl
  [ "$(numbers '.dead_children.list[] | [.status, .was_reader, .children, .failures]' log.jsonl)" = \
    $'["exited 3",true,1,3]\n["exited 0",false,1,0]' ]
  [ "$(numbers '.summary | [.failures, .child, .pipes]' log.jsonl)" = '[4,3,3]' ]
  run -0 "$report" log.jsonl
  [[ $output == *'Children that had died, and failures on their pipes'*'           3           1  exited 3  /usr/sbin/server'* ]]
  output=$(tr -s '\n ' ' ' <<<"$output")
  [[ $output == *'The child that read a pipe of /usr/sbin/server ended, exited 3'*'1 such child, the only one of its parent each time; 3 failures on its pipe'* ]]
  "$report" --format json log.jsonl >forwards.json
  tac log.jsonl >reversed.jsonl
  "$report" --format json reversed.jsonl | diff forwards.json -
}

@test "what names a connection for good tells it from others with its number and name" {
  {
    record 1 epipe ',"fd":5,"type":"unix-stream","peer":"unix:/run/x","connection":1,"cause":"peer-closed"'
    record 2 epipe ',"fd":5,"type":"unix-stream","peer":"unix:/run/x","connection":2,"cause":"peer-closed"'
    record 3 epipe ',"fd":6,"type":"unix-stream","peer":"unix:/run/x","connection":2,"cause":"peer-closed"'
  } >log.jsonl
  [ "$(numbers .summary.connections log.jsonl)" = 2 ]
}

@test "a listening socket that is written to is no forgotten connect" {
  record 1 epipe ',"fd":5,"type":"tcp","local":"192.0.2.1:80","tcp_state":"LISTEN"' >log.jsonl
  [ "$(numbers '[.advice[].kind]' log.jsonl)" = '["listening"]' ]
  run -0 "$report" log.jsonl
  [[ $output == *'writes to a socket that listens'*'1 failure of tcp_state LISTEN'* ]]
}

@test "deaths of programs that were only observed are told as deaths" {
  {
    record 0 attach ',"settings":"protect=observe children=all"'
    record 5 epipe ',"fd":1,"type":"pipe","peer":"pipe:[3]","cause":"reader-gone","action":"killed"'
  } >log.jsonl
  [ "$(numbers '[.advice[].kind]' log.jsonl)" = '["killed"]' ]
}

@test "a runaway record counts no failure twice" {
  {
    broken 1 198.51.100.1:1 ',"streak":1000'
    record 1 runaway ',"type":"tcp","peer":"198.51.100.1:1","local":"192.0.2.1:443","streak":1000'
  } >log.jsonl
  [ "$(numbers '.summary | [.failures, .runaway]' log.jsonl)" = '[1,1]' ]
  [ "$(numbers '.advice[0].kind' log.jsonl)" = '"ignores-result"' ]
}

@test "nothing, only attach records, one record" {
  : >empty.jsonl
  run -0 "$report" empty.jsonl
  [ "$output" = 'Nothing was recorded.' ]
  mkdir data && : >data/bpguard.recording
  run -0 "$report" data
  [ "$output" = 'Nothing was recorded.' ]
  { record 1 attach && record 2 detach ',"failures":0'; } >attach.jsonl
  run -0 "$report" attach.jsonl
  [ "${lines[0]}" = 'No broken pipe was recorded of 1 guarded process.' ]
  [ "$(numbers '.summary | [.failures, .attach]' attach.jsonl)" = '[0,1]' ]
  broken 1 198.51.100.1:1000 >one.jsonl
  run -0 "$report" one.jsonl
  [ "${lines[0]}" = '1 broken pipe on 1 connection; 1 death averted.' ]
}

@test "a last line that is cut: the rest is reported, and said to be partial" {
  { broken 1 198.51.100.1:1 && broken 2 198.51.100.2:1 | head -c 200; } >log.jsonl
  run -1 --separate-stderr "$report" log.jsonl
  [ "$stderr" = 'bpguard report: log.jsonl: the last line is cut; 1 records before it were read' ]
  [ "${lines[0]}" = '1 broken pipe on 1 connection; 1 death averted.' ]
  [[ $output == *'PARTIAL: log.jsonl: the last line is cut'* ]]
  run -1 --separate-stderr "$report" --format json log.jsonl
  [ "$(jq -c .complete <<<"$output")" = false ]
  # A whole line without its end is one.
  broken 1 198.51.100.1:1 | tr -d '\n' >log.jsonl
  run -0 "$report" log.jsonl
}

@test "foreign and broken files: one line each, exit 1, and the others are reported" {
  broken 1 198.51.100.1:1 >log.jsonl
  printf 'GET / HTTP/1.0\n' >access.log
  { cat log.jsonl && echo '{"time":"now"}'; } >half.jsonl
  mkdir nothing broken
  echo 'no metadata' >broken/metadata
  run -1 --separate-stderr "$report" access.log half.jsonl nothing broken missing log.jsonl
  [ "${lines[0]}" = '2 broken pipes on 1 connection; 2 deaths averted.' ]
  [ "${#stderr_lines[@]}" -eq 5 ]
  grep -qF "access.log: not a log of bpguard's" <<<"$stderr"
  grep -qF 'half.jsonl: 1 of 2 lines are no records' <<<"$stderr"
  grep -qF 'nothing: no recording, trace or log in it' <<<"$stderr"
  grep -qF 'bpguard report: broken: ' <<<"$stderr"
  grep -qF 'missing: No such file or directory' <<<"$stderr"
}

@test "a trace that is cut: what could be read is reported" {
  "$trace" whole 20000 100
  "$trace" cut 20000 100
  cp cut/stream cut/other
  truncate -s -1500000 cut/stream
  echo 'no packets' >cut/foreign
  mkdir tmp
  TMPDIR=$PWD/tmp run -1 --separate-stderr "$report" --format json cut whole
  [ "${stderr_lines[0]}" = 'bpguard report: cut/foreign: no stream of packets that could be read' ]
  [[ ${stderr_lines[1]} == 'bpguard report: cut/stream: the last packet is cut; '*' bytes are left out' ]]
  [ "${#stderr_lines[@]}" -eq 2 ]
  failures=$(jq .summary.failures <<<"$output")
  [ "$failures" -gt 40000 ]
  [ "$failures" -lt 60000 ]
  [ "$(jq .complete <<<"$output")" = false ]
  run ls -A tmp
  [ -z "$output" ]
}

@test "a directory that may not be read" {
  place=$(mktemp -d /tmp/bpguard-report.XXXXXX)
  mkdir -p "$place/closed/ust"
  broken 1 198.51.100.1:1 >"$place/log.jsonl"
  cp "$report" "$plugins/babeltrace-plugin-bpguard.so" "$place"
  chmod -R go+rX "$place"
  chmod 000 "$place/closed/ust"
  drop=()
  [ "$(id -u)" -ne 0 ] || drop=(setpriv --reuid=65534 --regid=65534 --clear-groups)
  cd "$place"
  run --separate-stderr "${drop[@]}" ./bpguard-report closed log.jsonl
  cd "$BATS_TEST_TMPDIR"
  rm -rf "$place"
  [ "$status" -eq 1 ]
  [ "$stderr" = 'bpguard report: closed/ust: Permission denied' ]
  [ "${lines[0]}" = '1 broken pipe on 1 connection; 1 death averted.' ]
}

@test "hosts whose clocks are a minute apart are counted apart" {
  mkdir a b
  echo 'host alpha' >a/bpguard.recording
  echo 'host beta' >b/bpguard.recording
  { broken 100 198.51.100.1:1 && broken 110 198.51.100.1:1; } >a/bpguard.jsonl
  broken 40 198.51.100.1:1 >b/bpguard.jsonl
  [ "$(numbers '[.hosts.list[] | .host, .failures]' a b)" = '["alpha",2,"beta",1]' ]
  [ "$(numbers '.hosts.list[1].time.begin' a b)" = '"2026-11-20T16:00:40.000Z"' ]
  # The same ends on two hosts are two connections.
  [ "$(numbers .summary.connections a b)" = 2 ]
  [ "$(numbers .programs.total a b)" = 2 ]
  run -0 "$report" b a
  [[ $output == *alpha*beta* ]]
}

@test "a log whose clock was set back is read in the order of time, and in full" {
  { broken 100 198.51.100.1:1 && broken 3 198.51.100.2:1 && broken 50 198.51.100.3:1; } >log.jsonl
  [ "$(numbers '[.summary.failures, .complete, .time.begin]' log.jsonl)" = '[3,true,"2026-11-20T16:00:03.000Z"]' ]
  [ "$(numbers .summary.failures <(cat log.jsonl))" = 3 ]
  babeltrace2 --plugin-path="$plugins" --clock-seconds log.jsonl | cut -d ' ' -f 1 >when
  sort -c when
  [ "$(wc -l <when)" -eq 3 ]
}

@test "the counts do not depend on the order of files or records" {
  { broken 1 198.51.100.1:1 && broken 2 198.51.100.2:1 ',"argv":"b"'; } >a.jsonl
  { broken 3 198.51.100.3:1 ',"argv":"a"' && broken 4 '[2001:db8::1]:1'; } >b.jsonl
  "$report" --format json a.jsonl b.jsonl >ab
  "$report" --format json b.jsonl a.jsonl >ba
  cat b.jsonl a.jsonl >c.jsonl
  "$report" --format json c.jsonl >c
  cmp ab ba
  cmp ab c
}

@test "--begin and --end, --top, -o, --colour" {
  { broken 10 198.51.100.1:1 && broken 20 198.51.100.2:1 && broken 30 198.51.100.3:1; } >log.jsonl
  begin=$(TZ=UTC date -d '2026-11-20 16:00:15 UTC' +%s) end=$(date -d '2026-11-20 16:00:25 UTC' +%s)
  [ "$(numbers .summary.failures --begin "$begin" log.jsonl)" = 2 ]
  [ "$(numbers .summary.failures --begin "$begin" --end "$end" log.jsonl)" = 1 ]
  [ "$(numbers '.addresses | [.total, (.list | length)]' --top 2 log.jsonl)" = '[3,2]' ]
  run -0 "$report" -o out --format json log.jsonl
  [ -z "$output" ]
  [ "$(jq .summary.failures out)" = 3 ]
  run -0 "$report" --colour always log.jsonl
  [[ $output == *$'\033[1m'* ]]
  run -125 "$report" --format xml log.jsonl
  [ "$output" = "bpguard report: --format: takes text, json, html or prometheus as format, not 'xml'" ]
  run -125 "$report" --colour blue log.jsonl
  [ "$output" = "bpguard report: --colour: takes auto, always or never, not 'blue'" ]
  run -125 "$report" --top 0 log.jsonl
  [ "$output" = "bpguard report: --top: takes a number, 1 to 1000000, not '0'" ]
  run -125 "$report" --bogus
  [ "${lines[1]}" = 'bpguard report: see bpguard report --help' ]
  run -1 "$report" -o /nonexistent/out log.jsonl
  run -125 "$report" --begin nonsense log.jsonl
}

@test "--help has a line for each option" {
  run -0 "$report" --help
  for option in --output --format --begin --end --top --colour --help; do
    grep -q "^  .*$option" <<<"$output"
  done
}

@test "on a terminal: colour, bars, and a line of progress where reading takes its time" {
  command -v script >/dev/null || skip 'no script(1)'
  "$trace" large 300000 1000
  unset NO_COLOR
  # However fast the machine is, reading takes more than a second: it is held most of the time.
  echo '"$1" large & while kill -STOP $! && ! grep -q "State:.Z" /proc/$!/status; do
    sleep 0.2; kill -CONT $!; sleep 0.05; done 2>/dev/null; wait $!' >slowly
  TERM=xterm LC_ALL=C.UTF-8 run -0 script -qec "sh slowly '$report'" /dev/null
  [[ $output == *$'\r'*'bpguard report: '*' events read'*$'\r\033[K'* ]]
  [[ $output == *$'\033[1mCauses'*█* ]]
  TERM=xterm NO_COLOR=1 run -0 script -qec "'$report' large" /dev/null
  [[ $output != *$'\033[1m'* ]]
  run -0 --separate-stderr "$report" large
  [ -z "$stderr" ]
}

@test "names from outside reach no terminal as they are" {
  printf '{"time":"2026-11-20T16:00:00Z","event":"epipe","pid":1,"exe":"/x\\u001b[31m\\u009b\\ny","type":"tcp","call":"\\u001b"}\n' >log.jsonl
  run -0 "$report" log.jsonl
  [[ $output != *$'\033'* ]]
  [[ $output == *'/x?[31m??y'* ]]
  run -0 "$report" --format json log.jsonl
  jq . <<<"$output"
}

@test "a log becomes a trace, and the same report" {
  {
    record 0 attach ',"argv":"server -x","settings":"protect=auto"'
    broken 1 198.51.100.1:1 ',"lost":10,"peer_silent_before_close_ms":5,"caller":"/usr/sbin/server+0x10"'
    record 3 epipe ',"fd":1,"type":"pipe","peer":"pipe:[77]","cause":"reader-gone"'
    record 4 detach ',"failures":2'
  } >log.jsonl
  babeltrace2 --plugin-path="$plugins" log.jsonl --component=sink.ctf.fs \
    --params='path="ctf",assume-single-trace=true'
  "$report" --format json log.jsonl >a
  "$report" --format json ctf >b
  diff a b
  babeltrace2 --plugin-path="$plugins" ctf log.jsonl --component=sink.bpguard.report >text
  grep -q '^4 broken pipes on 1 connection and 1 pipe' text
}

@test "bpguard report is the command, and says where it is not built" {
  broken 1 198.51.100.1:1 >log.jsonl
  run -0 "$bpguard" report log.jsonl
  [ "${lines[0]}" = '1 broken pipe on 1 connection; 1 death averted.' ]
  mkdir bpguard.data && : >bpguard.data/bpguard.recording && mv log.jsonl bpguard.data
  run -0 "$bpguard" report
  [ "${lines[0]}" = '1 broken pipe on 1 connection; 1 death averted.' ]
  mkdir bin && cp "$bpguard" bin
  run -125 bin/bpguard report
  [[ $output == *libbabeltrace2-dev* ]]
}
