#!/usr/bin/env bats
# bpguard top in a terminal of 80x24: a growing log, a live session, keys, sizes, names from outside.

setup() {
  load ../trace/session
  load common
  report_ready
  live=$top/build/bpguard-top
  [ -x "$live" ] || skip 'bpguard-top is not built: no ncurses headers'
  command -v tmux >/dev/null || skip 'no tmux'
  : >log.jsonl
}

teardown() {
  terminal kill-server 2>/dev/null || true
  # The daemon is the child of a shell of its own.
  [ -z "${relay-}" ] || pkill -P "$relay" || true
  trace_end
}

terminal() {
  env -u TMUX LC_ALL=C.UTF-8 tmux -S "$BATS_TEST_TMPDIR/tmux" -f /dev/null "$@"
}

# Until its server is gone: a new one at the same socket would meet the old one's end.
terminal_end() {
  local server
  server=$(terminal display -p '#{pid}')
  terminal kill-server
  until_gone "$server"
}

# until_gone PID: 10 s at most.
until_gone() {
  local try
  for ((try = 0; try < 200; try++)); do
    if ! kill -0 "$1" 2>/dev/null; then return 0; fi
    sleep 0.05
  done
  echo "$1 is still there"
  return 1
}

# start [NAME=VALUE...] WORD...: the words run in a terminal, which then says how they ended.
start() {
  {
    echo 'trap : INT'
    printf '%q ' env "$@"
    printf '\n%s\n' 'echo "status=$?"' "stty -a | grep -o ' -*echo '" 'exec sleep 100'
  } >commands
  terminal new-session -d -x 80 -y 24 sh commands 3>&-
}

screen() {
  terminal capture-pane -p
}

# shows PATTERN: 10 s at most.
shows() {
  local try
  for ((try = 0; try < 100; try++)); do
    if screen | grep -q -- "$1"; then return 0; fi
    sleep 0.1
  done
  echo "no $1 in:"
  screen
  return 1
}

press() {
  terminal send-keys "$@"
}

# The process that runs in the terminal.
running() {
  pgrep -P "$(terminal display -p '#{pane_pid}')"
}

# has_read FILE: the process in the terminal has read all that is there.
has_read() {
  local pid fd path
  pid=$(running) path=$(realpath "$1")
  for fd in /proc/"$pid"/fd/*; do
    [ "$(readlink "$fd")" = "$path" ] || continue
    [ "$(sed -n 's/^pos:[[:space:]]*//p' "/proc/$pid/fdinfo/${fd##*/}")" -ne "$(stat -c %s "$path")" ] || return 0
  done
  return 1
}

# resized ROWS COLUMNS: the terminal has this size, and the process in it was told.
resized() {
  [ "$(stty size <"$(terminal display -p '#{pane_tty}')")" = "$1 $2" ] || return 1
  # SIGWINCH is held until the process waits.
  [ $((0x$(sed -n 's/^ShdPnd:[[:space:]]*//p' "/proc/$(running)/status") & 1 << 27)) -eq 0 ]
}

# resize COLUMNS ROWS
resize() {
  terminal resize-window -x "$1" -y "$2"
  until_true resized "$2" "$1"
}

# rows: the names in the table, from the top.
rows() {
  screen | sed -n '/RATE/,/^$/p' | sed '1d; /^$/d' | sed -E 's/[ █]+$//; s/.*  //' | paste -sd ' '
}

# until_rows NAMES
until_rows() {
  local try
  for ((try = 0; try < 100; try++)); do
    [ "$(rows)" != "$1" ] || return 0
    sleep 0.1
  done
  echo "rows: $(rows)"
  return 1
}

# failures PROGRAM COUNT PEER LOST
failures() {
  local i
  for ((i = 0; i < $2; i++)); do
    broken 1 "$3:$((1000 + i))" ",\"lost\":$4" | sed "s|/usr/sbin/server|$1|"
  done
}

@test "a growing log: numbers rise, panes and orders by key" {
  { failures /bin/few 2 198.51.100.1 1000 && failures /bin/many 5 198.51.100.2 10; } >log.jsonl
  start LC_ALL=C.UTF-8 "$live" -d 0.25 log.jsonl
  shows '^Broken pipes 7 '
  [ "$(screen | wc -l)" -eq 24 ]
  shows '^Deaths averted 7   lost 2.0KiB'
  shows '^Causes   peer-closed 100 %'
  shows '^From 2026-11-20T16:00:01Z'
  until_rows '/bin/many /bin/few'
  press l
  until_rows '/bin/few /bin/many'
  press t
  until_rows '/bin/many /bin/few'
  press n
  until_rows '/bin/few /bin/many'
  # What was there before is no rate; what comes now is one.
  screen | grep -q 'now 0/s   1 min 0/s'
  press r
  failures /bin/few 3 198.51.100.3 0 >>log.jsonl
  shows '^Broken pipes 10   now [0-9.]*[1-9][0-9.]*/s   1 min [0-9.]*[1-9]'
  until_rows '/bin/few /bin/many'
  shows '^ *[1-9.]* .* 5  .* /bin/few *█'
  press 2
  shows 'PEER'
  until_rows '198.51.100.3 198.51.100.2 198.51.100.1'
  press Tab
  shows '\[3 Causes 1\]'
  until_rows peer-closed
  press h
  shows 'any key goes back'
  press x
  shows SHARE
  press q
  shows '^status=0'
}

@test "pause: the figures stand still, the counting goes on" {
  start "$live" -d 0.25 log.jsonl
  shows '^Broken pipes 0'
  press p
  shows PAUSED
  failures /bin/a 4 198.51.100.1 0 >>log.jsonl
  until_true has_read log.jsonl
  # A key shows the screen anew.
  press 2
  shows '\[2 Peers 0\]'
  screen | grep -q '^Broken pipes 0'
  press p
  shows '^Broken pipes 4 '
  run ! grep PAUSED <(screen)
}

@test "each size has its place, from one column to 200" {
  failures /bin/a 4 198.51.100.1 0 >log.jsonl
  start "$live" -d 0.25 log.jsonl
  shows '^Broken pipes 4'
  local size
  for size in '40 10' '20 6' '10 3' '1 1' '200 50' '80 24'; do
    # shellcheck disable=SC2086
    resize $size
    press Down PgDn Tab 1
  done
  shows '^Broken pipes 4'
  shows '^Tab/1-3 view'
  shows ' 4 .*/bin/a'
  resize 40 10
  shows 'RATE/s     TOTAL  PROGRAM$'
  resize 24 7
  shows '^     TOTAL  PROGRAM$'
  shows '^         4  /bin/a$'
}

@test "more rows than the screen has: arrows and pages" {
  local i
  for i in $(seq 100 140); do failures "/bin/p$i" 1 198.51.100.1 0; done >log.jsonl
  start "$live" -d 0.25 log.jsonl
  press n
  shows '/bin/p100'
  run ! grep p130 <(screen)
  press PgDn
  shows '/bin/p130'
  press PgDn PgDn PgDn
  shows '/bin/p140'
  press Home Down
  shows 'from row 2'
  run ! grep p100 <(screen)
}

@test "names from outside do not break the screen" {
  {
    failures '/bin/\\u001b[2J\\u001b[31m\\u009bx\\n\\u202ey' 1 198.51.100.1 0
    failures '/bin/漢字漢字漢字漢字漢字漢字漢字漢字漢字' 2 198.51.100.1 0
    failures '/bin/e\\u0301\\u00ff' 3 198.51.100.1 0
    failures "/$(printf 'long/%.0s' $(seq 300))end" 4 198.51.100.1 0
    failures '' 5 198.51.100.1 0
  } | sed 's/"comm":"server"/"comm":""/' >log.jsonl
  start LC_ALL=C.UTF-8 "$live" -d 0.25 log.jsonl
  press t
  shows '(not known)'
  screen | grep -q ' <[long/]*/long/end'
  screen | grep -q '/bin/e?ÿ'
  screen | grep -q ' <.*漢字漢字漢字'
  screen | grep -qF '/bin/?[2J?[31m?x??y'
  screen | sed -n 1p | grep -q '^bpguard top .*Z$'
  screen | sed -n 24p | grep -q '^Tab/1-3 view'
  [ "$(screen | grep -c '[^ ]')" -eq 13 ]
  press q
  shows '^status=0'
  terminal_end
  start LC_ALL=C "$live" -d 0.25 log.jsonl
  press t
  shows '/bin/e??'
  screen | grep -q ' <[long/]*/long/end'
  run ! grep 漢 <(screen)
}

@test "a log that is moved away, replaced, cut, or broken" {
  failures /bin/a 2 198.51.100.1 0 >log.jsonl
  start "$live" -d 0.25 log.jsonl
  shows '^Broken pipes 2'
  # Its writer goes on for a while.
  mv log.jsonl log.jsonl.1
  failures /bin/a 1 198.51.100.1 0 >>log.jsonl.1
  shows '^Broken pipes 3'
  shows 'the file is gone'
  failures /bin/b 4 198.51.100.1 0 >log.jsonl
  shows '^Broken pipes 7'
  # copytruncate
  : >log.jsonl
  until_true has_read log.jsonl
  failures /bin/b 1 198.51.100.1 0 >>log.jsonl
  shows '^Broken pipes 8'
  # A line that comes in two.
  failures /bin/b 1 198.51.100.1 0 >line
  head -c 100 line >>log.jsonl
  until_true has_read log.jsonl
  tail -c +101 line >>log.jsonl
  shows '^Broken pipes 9'
  echo 'no record' >>log.jsonl
  shows 'log.jsonl: 1 lines are no records'
}

@test "the terminal is given back: q, signals, a crash" {
  local end
  for end in q INT TERM HUP ABRT SEGV; do
    start "$live" -d 0.25 log.jsonl
    shows '^Broken pipes 0'
    [ "$(terminal display -p '#{alternate_on} #{cursor_flag}')" = '1 0' ]
    pid=$(running)
    case $end in
    q) press q ;;
    *) kill "-$end" "$pid" ;;
    esac
    shows '^status='
    shows '^ echo'
    [ "$(terminal display -p '#{alternate_on} #{cursor_flag}')" = '0 1' ]
    case $end in
    q) screen | grep -q '^status=0' ;;
    *) screen | grep -q "^status=$((128 + $(kill -l "$end")))" ;;
    esac
    terminal_end
  done
  # By the key too.
  start "$live" -d 0.25 log.jsonl
  shows '^Broken pipes 0'
  press C-c
  shows '^status=130'
}

@test "colours only where they are wanted; no screen on a terminal that has none" {
  failures /bin/a 2 198.51.100.1 0 >log.jsonl
  start TERM=tmux-256color "$live" -d 0.25 log.jsonl
  shows '^Broken pipes 2'
  failures /bin/a 20 198.51.100.1 0 >>log.jsonl
  shows '█'
  terminal capture-pane -pe | grep -q $'\033\[36m'
  terminal_end
  start TERM=tmux-256color NO_COLOR=1 "$live" -d 0.25 log.jsonl
  shows '^Broken pipes 22'
  failures /bin/a 20 198.51.100.1 0 >>log.jsonl
  shows '█'
  run ! grep $'\033\[3[0-7]m' <(terminal capture-pane -pe)
  terminal_end
  start TERM=dumb "$live" log.jsonl
  shows "^bpguard top: dumb: this terminal's cursor cannot be moved"
  shows '^status=125'
}

@test "without a terminal: plain text, as often as asked for" {
  failures /bin/a 3 198.51.100.1 7 >log.jsonl
  run -0 "$live" -n 1 log.jsonl
  [[ ${lines[0]} == 'bpguard top  log.jsonl'*Z ]]
  [ "${lines[1]}" = 'Broken pipes 3   now 0/s   1 min 0/s' ]
  [ "${lines[2]}" = 'Deaths averted 3   lost 21' ]
  [[ $output == *PROGRAM*/bin/a*PEER*198.51.100.1*CAUSE*peer-closed* ]]
  [[ $output != *$'\033'* ]]
  run -0 "$live" -n 2 -d 0.1 log.jsonl
  [ "$(grep -c '^bpguard top' <<<"$output")" -eq 2 ]
  # A recording by its directory; the default is bpguard.data.
  mkdir bpguard.data
  echo 'host web1' >bpguard.data/bpguard.recording
  mv log.jsonl bpguard.data/bpguard.jsonl
  run -0 "$bpguard" top -n 1
  [[ ${lines[0]} == 'bpguard top  bpguard.data  on web1 '* ]]
  [ "${lines[1]%% now*}" = 'Broken pipes 3  ' ]
}

@test "what cannot be followed is told in one line, with status 125" {
  run -125 "$live" missing
  [ "$output" = 'bpguard top: missing: No such file or directory' ]
  mkdir nothing traced
  run -125 "$live" nothing
  [ "$output" = 'bpguard top: nothing: no recording' ]
  : >traced/bpguard.recording
  run -125 "$live" traced
  [[ $output == *'its LTTng session is not live; record with --live'* ]]
  run -125 "$live" net://127.0.0.1:1
  [ "$output" = 'bpguard top: net://127.0.0.1:1: Connection failed: Connection refused' ]
  run -125 "$live" net://127.0.0.1:1/nonsense
  [[ $output == *'takes net://HOST[:PORT]'* ]]
  run -125 "$live" -d 0
  [ "$output" = "bpguard top: -d: takes a number, 0.1 to 3600, not '0'" ]
  run -125 "$live" -n many
  [ "$output" = "bpguard top: -n: takes a number, 1 to 1000000000, not 'many'" ]
  run -125 "$live" -x
  [ "${lines[1]}" = 'bpguard top: see bpguard top --help' ]
  run -0 "$live" --help
  for option in -d -n --help; do grep -q "^  .*$option" <<<"$output"; done
  mkdir bin && cp "$bpguard" bin
  run -125 bin/bpguard top
  [[ $output == *libncurses-dev* ]]
}

# The last of a relay daemon's three ports is the one that viewers connect to.
relay_listens_or_ended() {
  [ -n "$(ss -Hltn "sport = :$((port + 2))")" ] || ended "$relay"
}

# Sets relay and port.
relay_start() {
  local try
  for try in 1 2 3 4 5; do
    port=$((20000 + RANDOM % 12000))
    as_user lttng-relayd -o "$TRACE_HOME/relay" -C "tcp://127.0.0.1:$port" \
      -D "tcp://127.0.0.1:$((port + 1))" -L "tcp://127.0.0.1:$((port + 2))" \
      >/dev/null 2>&1 3>&- &
    relay=$!
    until_true relay_listens_or_ended || return 1
    if ! ended "$relay"; then return 0; fi
  done
  relay=
  return 1
}

# session NAME
session() {
  local lttng='as_user lttng --no-sessiond'
  $lttng create "$1" --live=500000 -C "tcp://127.0.0.1:$port" -D "tcp://127.0.0.1:$((port + 1))"
  $lttng enable-event -s "$1" -u 'bpguard:*'
  $lttng start "$1"
} >/dev/null

# session_gone NAME
session_gone() {
  as_user timeout 20 lttng --no-sessiond destroy "$1" >/dev/null
}

# last_page_follows FILE: what plain text shows last waits for nothing.
last_page_follows() {
  local page
  page=$(tac "$1" | sed '/^bpguard top/q')
  [[ $page == *'bpguard top  '"$url"* && $page != *waiting* && $page != *reading* ]]
}

following() {
  ! screen | grep -q 'waiting'
}

victims() {
  local i
  for ((i = 0; i < $1; i++)); do guarded "$TRACE_HOME/victim" tcp >/dev/null; done
}

@test "live: a relay daemon's sessions, one that begins later, and the end" {
  [ -z "$(trace_missing)" ] || skip "$(trace_missing) is missing"
  command -v lttng-relayd >/dev/null || skip 'no lttng-relayd'
  trace_begin
  relay_start
  start "$live" -d 0.25 "net://127.0.0.1:$((port + 2))"
  shows 'waiting for a session'
  session bpguard-1-1
  until_true following
  victims 3
  shows '^Broken pipes 3 '
  shows 'now [0-9.]*[1-9][0-9.]*/s'
  shows "  on $(uname -n)"
  shows ' 3 .*victim'
  # A session has one reader: whoever comes second is told so.
  run timeout 20 "$live" -n 3 -d 0.5 "net://127.0.0.1:$((port + 2))"
  [[ $output == *'already a viewer attached'* ]]
  session_gone bpguard-1-1
  shows 'the recording has ended; waiting for others'
  # One that is called otherwise is followed by its address only, and without a terminal to its end.
  session other
  url=net://127.0.0.1:$((port + 2))/host/$(uname -n)/other
  # A recording's directory tells its address.
  mkdir recording && echo "live $url" >recording/bpguard.recording
  "$live" -d 0.2 recording >named 3>&- &
  named=$!
  until_true last_page_follows named
  victims 2
  until_true grep -q '^Broken pipes 2 ' named
  screen | grep -q '^Broken pipes 3 '
  session_gone other
  until_true ended "$named"
  wait "$named"
  tail -n 20 named | grep -q 'the recording has ended'
  # And one that begins later.
  session bpguard-2-2
  until_true following
  victims 1
  shows '^Broken pipes 4 '
  press q
  shows '^status=0'
}
