#!/usr/bin/env bats
# bpguard record: what is recorded, when the recording ends, and that it is complete.

setup_file() {
  if lttng --no-sessiond list >/dev/null 2>&1; then export DAEMON_BEFORE=yes; fi
}

setup() {
  load common
  started=
}

teardown() {
  [ -z "$started" ] || kill -9 "$started" 2>/dev/null || true
  [ -z "${place-}" ] || rm -rf "$place"
}

need_lttng() {
  [ -e "$top/build/libbpguard-lttng.so" ] || skip 'built without LTTng'
  command -v lttng babeltrace2 >/dev/null || skip 'no lttng-tools, no babeltrace2'
}

# Ends with 4, and leaves a daemon that breaks a pipe once this program is gone.
daemon_broken='use POSIX; $program = $$; if (fork) { exit 4 } setsid; exit if fork; close STDOUT; close STDERR;
  for (1 .. 1500) { last unless kill 0, $program; select undef, undef, undef, 0.02 }
  pipe $r, $w; close $r; syswrite $w, "x"'

# status_is STATUS: how the process in the background ended.
status_is() {
  local status=0
  wait "$started" || status=$?
  started=
  [ "$status" -eq "$1" ]
}

# Whether no session of `bpguard record` is left.
no_session() {
  ! lttng --no-sessiond list 2>/dev/null | grep "bpguard-$1-"
}

# events DIR NAME COMM: how many events NAME of programs COMM are in an LTTng recording.
events() {
  babeltrace2 "$1" 2>/dev/null | grep " bpguard:$2: " | grep -c "comm = \"$3\"" || true
}

@test "without LTTng it records JSON lines, tells where and how many, and ends as the program" {
  run --separate-stderr -3 "$bpguard" record --lttng off perl -e "$broken_once; exit 3"
  [ "$output" = alive ]
  [ "$(lines bpguard.data/bpguard.jsonl '"event":"epipe"')" -eq 1 ]
  [[ $stderr == "bpguard: recorded in $PWD/bpguard.data/bpguard.jsonl: "*'1 epipe'* ]]
}

@test "where SIGPIPE is ignored libc's own writes are recorded too, unless the user chose otherwise" {
  local ignoring='trap "" PIPE; exec 5> >(:); wait $!; printf x >&5; exit 0'
  run -0 "$bpguard" record --lttng off bash -c "$ignoring"
  [ "$(lines bpguard.data/bpguard.jsonl '"call":"libc".*"sigpipe":"ignored"')" -eq 1 ]
  run -0 "$bpguard" record --lttng off --ignored leave bash -c "$ignoring"
  [ "$(lines bpguard.data/bpguard.jsonl '"event":"epipe"')" -eq 0 ]
  [ "$(lines bpguard.data/bpguard.jsonl '"event":"detach".*"unseen":"libc raw"')" -eq 1 ]
}

@test "a program that makes no record" {
  run --separate-stderr -0 "$bpguard" record --lttng off -o data true
  [[ $stderr == *'/data/bpguard.jsonl: '* ]]
  [[ $stderr != *epipe* ]]
}

@test "it ends by the program's signal, and what came before is recorded" {
  run -137 "$bpguard" record --lttng off -o data perl -e "$broken_once; kill 9, \$\$"
  [ "$(lines data/bpguard.jsonl '"event":"epipe"')" -eq 1 ]
}

@test "where the program goes does not move the recording" {
  run -0 "$bpguard" record --lttng off -o data sh -c 'cd / && exec perl -e "$0"' "$broken_once"
  [ "$(lines data/bpguard.jsonl '"event":"epipe"')" -eq 1 ]
}

@test "--log keeps its meaning" {
  run -0 "$bpguard" record --lttng off --log "$PWD/log" -o data perl -e "$broken_once"
  [ "$(lines log '"event":"epipe"')" -eq 1 ]
  [ ! -s data/bpguard.jsonl ]
}

@test "an old recording is kept once; what is no recording is not touched" {
  local n
  for n in 1 2 3; do "$bpguard" record --lttng off -o data sh -c "exit $n" || true; done
  grep -qx 'command sh -c exit 3' data/bpguard.recording
  grep -qx 'command sh -c exit 2' data.old/bpguard.recording
  mkdir precious empty
  echo work >precious/work
  run --separate-stderr -125 "$bpguard" record --lttng off -o precious echo started
  [ -z "$output" ]
  [[ $stderr == *'/precious: is there, and no recording' ]]
  [ "$(cat precious/work)" = work ]
  rm -r data.old && cp -r precious data.old
  run -125 "$bpguard" record --lttng off -o data echo started
  [ -e data.old/work ]
  run -0 "$bpguard" record --lttng off -o empty true
}

@test "what cannot be guarded is refused before anything is made" {
  run --separate-stderr -127 "$bpguard" record nosuch
  [[ $stderr == 'bpguard: nosuch: not found' ]]
  run -126 "$bpguard" record /
  run -125 "$bpguard" record
  run -125 "$bpguard" record -o
  run -125 "$bpguard" record --rate many true
  [ ! -e bpguard.data ]
}

@test "it waits for a daemon, and what that one meets is recorded" {
  run -4 "$bpguard" record --lttng off -o data perl -e "$daemon_broken"
  [ "$(lines data/bpguard.jsonl '"event":"epipe"')" -eq 1 ]
  [[ $output == *'1 epipe'* ]]
}

@test "signals are handed on" {
  "$bpguard" record --lttng off -o data perl -e '
    $SIG{TERM} = sub { exit 6 }; open $f, ">", "ready"; sleep 30' 3>&- &
  started=$!
  until_true [ -e ready ]
  kill "$started"
  status_is 6
}

@test "under a guarded shell with a preload of its own, the program keeps that" {
  LD_PRELOAD=libm.so.6 run -0 "$bpguard" record --lttng off -o data printenv LD_PRELOAD
  [ "${lines[0]}" = "$library:libm.so.6" ]
}

@test "variables with odd names reach the program where the shell hands them on, as bash does" {
  command -v bash || skip 'no bash'
  run -0 env 'node.name=a b' bash "$bpguard" record --lttng off -o data sh -c 'tr "\0" "\n" </proc/$$/environ'
  [[ $output == *$'\nnode.name=a b\n'* || $output == 'node.name=a b'$'\n'* ]]
}

@test "the options of a recording, and what they refuse" {
  local option
  for option in --live --flight '--relay host'; do
    # shellcheck disable=SC2086
    run -125 "$bpguard" run $option true
    [[ $output == "bpguard: ${option%% *}: an option of bpguard record" ]]
    # shellcheck disable=SC2086
    run -125 "$bpguard" record --lttng off -o data $option true
    [[ $output == "bpguard: ${option%% *}: LTTng is off" ]]
  done
  for option in '' -x 'a b' file:///tmp http://host; do
    run -125 "$bpguard" record --relay "$option" true
    [[ $output == 'bpguard: --relay: takes HOST'* ]]
  done
  run -125 "$bpguard" record --live=1 true
  [ "$output" = 'bpguard: --live: takes no value' ]
  for option in --live --relay=host; do
    run -125 "$bpguard" record --flight "$option" true
    [[ $output == 'bpguard: --flight: is kept in memory here'* ]]
  done
  [ ! -e bpguard.data ] && [ ! -e data ]
}

@test "--relay, --live and --flight are refused without lttng-tools" {
  [ -e "$top/build/libbpguard-lttng.so" ] || skip 'built without LTTng'
  mkdir bin
  ln -s /usr/bin/* bin && rm bin/lttng*
  local option
  for option in --live --flight --relay=host; do
    PATH=$PWD/bin run -125 "$bpguard" record -o data "$option" true
    [ "$output" = "bpguard: ${option%=*}: lttng-tools is not installed" ]
  done
  [ ! -e data ]
}

@test "LTTng: a relay that is not there is told before the program starts" {
  need_lttng
  run -125 "$bpguard" record -o data --relay 127.0.0.1:1:2 echo started
  [[ $output == 'bpguard: --relay: no LTTng session: '*'onnect to lttng-relayd'* ]]
}

@test "LTTng: a session of its own, complete, gone afterwards" {
  need_lttng
  run --separate-stderr -3 "$bpguard" record -o data perl -e "$broken_once; exit 3"
  [ "$output" = alive ]
  [ "$(events data epipe perl)" -eq 1 ]
  [[ $stderr == *"recorded in $PWD/data (read it with "*"): "*epipe* ]]
  no_session ''
}

@test "LTTng: complete when the program is killed" {
  need_lttng
  run -137 "$bpguard" record -o data perl -e "$broken_once; kill 9, \$\$"
  [ "$(events data epipe perl)" -eq 1 ]
}

@test "LTTng: complete when the program is killed from outside, midway" {
  need_lttng
  "$bpguard" record -o data perl -e "$broken_once"'; open $f, ">", "pid"; print $f $$; close $f; sleep 30' 3>&- &
  started=$!
  until_true [ -s pid ]
  kill -9 "$(cat pid)"
  status_is 137
  [ "$(events data epipe perl)" -eq 1 ]
}

@test "LTTng: a daemon is waited for, and recorded" {
  need_lttng
  run -4 "$bpguard" record -o data perl -e "$daemon_broken"
  [ "$(events data epipe perl)" -eq 1 ]
}

@test "LTTng: two recordings at once, from no daemon to none" {
  need_lttng
  [ -z "${DAEMON_BEFORE-}" ] || skip 'a session daemon was here before'
  "$bpguard" record -o one perl -e "$broken_once"';
    for (1 .. 1500) { last if -e "enough"; select undef, undef, undef, 0.02 }' 3>&- &
  started=$!
  run -0 "$bpguard" record -o two perl -e "$broken_once"
  : >enough
  status_is 0
  [ "$(events one epipe perl)" -eq 1 ]
  [ "$(events two epipe perl)" -eq 1 ]
  run ! lttng --no-sessiond list
}

@test "LTTng: a recording within a recording is in both" {
  need_lttng
  run -0 "$bpguard" record -o outer "$bpguard" record -o inner perl -e "$broken_once"
  [ "$(events inner epipe perl)" -eq 1 ]
  [ "$(events outer epipe perl)" -eq 1 ]
}

@test "LTTng: events have the caller's address, and a source line can be found from it" {
  need_lttng
  run -0 "$bpguard" record -o data perl -e "$broken_once"
  babeltrace2 data | grep ' bpguard:epipe: ' | grep -E '\bip = (0x)?[1-9A-F]'
  babeltrace2 data | grep -q 'lttng_ust_statedump:'
}

@test "--lttng on is refused where there is no provider, and nothing is made" {
  mkdir -p tree/scripts tree/build
  cp "$bpguard" tree/scripts
  cp "$library" "$top"/build/bpguard-* tree/build
  run -125 tree/scripts/bpguard record --lttng on -o data true
  [[ $output == 'bpguard: --lttng on: '* ]]
  [ ! -e data ]
  run -0 tree/scripts/bpguard record -o data perl -e "$broken_once"
  [ "$(lines data/bpguard.jsonl '"event":"epipe"')" -eq 1 ]
}

# own_place: a directory that a user without rights can reach, and owns; gone after the test.
own_place() {
  place=$(mktemp -d) && chown 65534 "$place"
  # That user may not be let into where this tree lies.
  tree_at "$place/tree"
  cp "$top"/build/*.so "$place/tree/build"
  chmod -R a+rX "$place/tree"
  bpguard=$place/tree/scripts/bpguard
}

# with_mounts COMMAND...: with mounts of its own. In a chroot the root is no mount whose propagation
# could be changed.
with_mounts() {
  local own=(unshare -m)
  "${own[@]}" true 2>/dev/null || own+=(--propagation unchanged)
  "${own[@]}" "$@"
}

# plain COMMAND...: as that user.
plain() {
  setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
}

need_root() {
  [ "$(id -u)" = 0 ] || skip 'needs to be root to become another user, or to mount'
}

@test "a directory that cannot be made is told with its cause" {
  need_root
  own_place
  mkdir "$place/closed"
  run -125 plain "$bpguard" record --lttng off -o "$place/closed/data" echo started
  [ "$output" = "bpguard: $place/closed/data: cannot be made: Permission denied" ]
  : >file
  run -125 "$bpguard" record --lttng off -o file/data echo started
  [ "$output" = "bpguard: $PWD/file/data: cannot be made: Not a directory" ]
}

@test "a full disk is told before the program starts, and after it" {
  need_root
  mkdir small
  with_mounts sh -c 'mount -t tmpfs -o size=256k none small && exec "$@"' sh \
    "$bpguard" record --lttng off -o small/data true 2>said
  grep "^bpguard: $PWD/small/data: the disk is full (2.. KiB are free): records may be missing" said
  run -125 with_mounts sh -c 'mount -t tmpfs -o size=64k none small && dd if=/dev/zero of=small/all bs=4k 2>dd.said;
    exec "$@"' sh "$bpguard" record --lttng off -o small/data echo started
  [[ $output == "bpguard: $PWD/small/data"*"No space left on device" ]]
}

@test "LTTng: a user without HOME, a host that nobody knows, too few files" {
  need_lttng
  need_root
  own_place
  run -125 plain env -u HOME -u LTTNG_HOME "$bpguard" record -o "$place/data" echo started
  [ "$output" = 'bpguard: no LTTng session (use --lttng off for JSON lines): HOME is not set, and LTTng keeps a user'\''s session daemon there' ]
  run -125 "$bpguard" record -o data --relay nosuch.invalid echo started
  [[ $output == 'bpguard: --relay: nosuch.invalid: '* ]]
  [ ! -e data ]
  run -125 plain env HOME="$place" sh -c 'ulimit -n 12; exec "$@"' sh "$bpguard" record -o "$place/data" echo started
  [[ $output == *': lttng-sessiond does not start: it may open 12 files only (ulimit -n), and needs some 64' ]]
}
