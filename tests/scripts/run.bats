#!/usr/bin/env bats
# bpguard run: what the program gets, and what is refused before it starts.

setup() {
  load common
}

# refuses STATUS TEXT COMMAND...: nothing on stdout, one line on stderr that holds TEXT.
refuses() {
  local status_wanted=$1 text=$2
  shift 2
  run --separate-stderr "-$status_wanted" "$@"
  echo "status $status, stderr: $stderr"
  [ -z "$output" ]
  [ "${#stderr_lines[@]}" -eq 1 ]
  [[ $stderr == *"$text"* ]]
}

@test "the program takes bpguard's place: same pid, same streams, same status" {
  run --separate-stderr sh -c 'echo $$; exec "$0" sh -c "echo \$\$; cat; echo err >&2; exit 7"' \
    "$bpguard" <<<input
  [ "$status" -eq 7 ]
  [ "${lines[0]}" = "${lines[1]}" ]
  [ "${lines[2]}" = input ]
  [ "$stderr" = err ]
}

@test "a program that a signal ends is seen to end by it" {
  run "$bpguard" sh -c 'kill -TERM $$'
  [ "$status" -eq 143 ]
}

@test "the library is in the program, without bpguard run and with it" {
  run "$bpguard" grep -c libbpguard.so /proc/self/maps
  [ "$output" -ge 1 ]
  run "$bpguard" run grep -c libbpguard.so /proc/self/maps
  [ "$output" -ge 1 ]
}

@test "a broken pipe does not end the program" {
  run perl -e "$broken_once"
  [ "$status" -eq 141 ]
  run "$bpguard" perl -e "$broken_once"
  [ "$status" -eq 0 ]
  [ "$output" = alive ]
}

@test "what was preloaded before stays, behind ours; ours is not there twice" {
  run env LD_PRELOAD="libm.so.6 /elsewhere/libbpguard.so:$library" "$bpguard" printenv LD_PRELOAD
  [ "${lines[-1]}" = "$library:libm.so.6" ]
}

@test "what is preloaded is for the program, not for what bpguard becomes or uses on the way" {
  cat >spy.c <<'END'
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
__attribute__((constructor)) static void tell(void)
{
	FILE *file = fopen(getenv("SEEN"), "a");
	fprintf(file, "%s\n", program_invocation_short_name);
	fclose(file);
}
END
  gcc -D_GNU_SOURCE -shared -fPIC -o spy.so spy.c
  ln -s "$bpguard" link
  run -0 env SEEN="$PWD/seen" LD_PRELOAD="$PWD/spy.so" ./link printf ran
  [ "$output" = ran ]
  # Twice the shell that reads the script: by the link's name, and by its own.
  [ "$(grep -v -e '^env$' -e '^sh$' -e '^link$' -e '^dash$' seen)" = printf ]
}

@test "on the way to the program one process is started" {
  command -v strace >/dev/null || skip 'no strace'
  strace -f -o calls -e trace=clone,clone3,fork,vfork,execve true 2>/dev/null || skip 'no tracing here'
  run -0 strace -f -o calls -e trace=clone,clone3,fork,vfork,execve "$bpguard" true
  [ "$(grep -c -e clone -e fork calls)" -eq 1 ]
  [ "$(grep -c execve calls)" -eq 4 ]
}

@test "BPGUARD_ROOT is the program's pid and start time, whatever bpguard is called" {
  ln -s "$bpguard" 'b) S 1 (p'
  run './b) S 1 (p' sh -c 'echo "$BPGUARD_ROOT"; echo "$$:$(sed "s/.*) //" /proc/$$/stat | cut -d " " -f 20)"'
  [ "$status" -eq 0 ]
  [ -n "${lines[0]}" ]
  [ "${lines[0]}" = "${lines[1]}" ]
}

@test "bpguard within bpguard is a root of its own" {
  run "$bpguard" sh -c 'echo "$BPGUARD_ROOT"; "$0" sh -c "echo \$BPGUARD_ROOT; echo \$\$"' "$bpguard"
  [ "${lines[0]}" != "${lines[1]}" ]
  [ "${lines[1]%:*}" = "${lines[2]}" ]
}

@test "options become variables, in both spellings; the last counts" {
  run "$bpguard" --protect calls --children=all --log off --log "$PWD/a log" --lttng=off --rate 7 \
    sh -c 'env | grep ^BPGUARD_ | grep -v ROOT | sort'
  [ "$status" -eq 0 ]
  [ "$output" = "BPGUARD_CHILDREN=all
BPGUARD_LOG=$PWD/a log
BPGUARD_LTTNG=off
BPGUARD_PROTECT=calls
BPGUARD_RATE=7" ]
}

@test "without options none is set" {
  run "$bpguard" sh -c 'env | grep ^BPGUARD_ | grep -v ROOT'
  [ -z "$output" ]
}

@test "options end at the program, and at --" {
  run "$bpguard" echo --protect foo
  [ "$output" = '--protect foo' ]
  printf '#!/bin/sh\necho "mine $*"\n' >check
  chmod 755 check
  PATH=$PWD:$PATH run "$bpguard" -- check 1
  [ "$output" = 'mine 1' ]
  cp check ./--help
  PATH=$PWD:$PATH run "$bpguard" -- --help 2
  [ "$output" = 'mine 2' ]
}

@test "a value that an option does not take is refused, by option and values" {
  refuses 125 '--protect: takes auto, calls or observe' "$bpguard" --protect maybe echo started
  refuses 125 '--children: takes pipelines, all or none' "$bpguard" --children=some echo started
  refuses 125 '--log: takes off, stderr, syslog, journal or a file' "$bpguard" --log= echo started
  refuses 125 '--lttng: takes off or on' "$bpguard" --lttng '' echo started
  refuses 125 '--lttng: takes off or on' "$bpguard" --lttng auto echo started
  refuses 125 '--rate: takes a number' "$bpguard" --rate -1 echo started
  refuses 125 '--rate: takes a number' "$bpguard" --rate 1000001 echo started
  refuses 125 '--rate: takes a number' "$bpguard" --rate
  refuses 125 '--rate: takes a number' "$bpguard" --rate $'1\n2' echo started
  for value in warn kill: throttle:0 warn:-1 warn:1x stop:3 kill:2147483648; do
    refuses 125 '--runaway: takes off, warn:N' "$bpguard" --runaway "$value" echo started
  done
}

@test "an option that is none is refused" {
  refuses 125 '--portect: no such option' "$bpguard" --portect calls echo started
  refuses 125 '-p: no such option' "$bpguard" -p echo started
  refuses 125 '-o: an option of bpguard record' "$bpguard" -o dir echo started
  refuses 125 'run: takes a program' "$bpguard" run --rate 3
}

@test "a bad value from the environment is refused, an empty one is none" {
  BPGUARD_PROTECT=maybe refuses 125 'BPGUARD_PROTECT: takes auto, calls or observe' "$bpguard" echo
  BPGUARD_RATE=x refuses 125 'BPGUARD_RATE: takes a number' "$bpguard" echo
  BPGUARD_CHILDREN=x refuses 125 'BPGUARD_CHILDREN: takes' "$bpguard" echo
  BPGUARD_LTTNG=x refuses 125 'BPGUARD_LTTNG: takes' "$bpguard" echo
  BPGUARD_LTTNG='' run "$bpguard" sh -c 'echo "${BPGUARD_LTTNG-unset}"'
  [ "$output" = unset ]
  BPGUARD_PROTECT=maybe run "$bpguard" --protect calls echo started
  [ "$output" = started ]
}

@test "a slip of the pen in a command or an option is answered with what it may have meant" {
  refuses 127 'recrod: not found; did you mean `bpguard record`?' "$bpguard" recrod -o data true
  refuses 127 'chek: not found; did you mean `bpguard check`?' "$bpguard" chek true
  refuses 127 'hlep: not found; did you mean `bpguard help`?' "$bpguard" hlep
  refuses 125 '--protekt: no such option; did you mean --protect?' "$bpguard" --protekt calls true
  refuses 125 '--user-timeuot: no such option; did you mean --user-timeout?' "$bpguard" --user-timeuot=3 true
  refuses 125 '--nothing-like: no such option; see bpguard --help' "$bpguard" --nothing-like true
  # Neither where it is a program, nor where it is far from any, nor after `run`.
  printf '#!/bin/sh\necho mine\n' >recrod
  chmod 755 recrod
  PATH=$PWD:$PATH run -0 "$bpguard" recrod
  [ "$output" = mine ]
  run -127 --separate-stderr "$bpguard" xyzzy
  [ "$stderr" = 'bpguard: xyzzy: not found' ]
  run -127 --separate-stderr "$bpguard" run chek
  [ "$stderr" = 'bpguard: chek: not found' ]
}

@test "help shows all commands; of one, what it takes, with a line for each option" {
  local command
  run -0 "$bpguard" --help
  local all=$output
  for call in -h help 'help nosuch'; do
    # shellcheck disable=SC2086
    run -0 "$bpguard" $call
    [ "$output" = "$all" ]
  done
  for command in run env; do
    run -0 "$bpguard" "$command" --help
    [[ ${lines[0]} == "usage: bpguard "*"$command"* ]]
    [ "$(grep -c '^  --protect auto|calls|observe .*(auto)$' <<<"$output")" -eq 1 ]
    [ "$(grep -c '^  --user-timeout off|MS .*(off)$' <<<"$output")" -eq 1 ]
    [[ $output != *--live* ]]
    local own=$output
    run -0 "$bpguard" help "$command"
    [ "$output" = "$own" ]
  done
  run -0 "$bpguard" check -h
  [[ ${lines[0]} == 'usage: bpguard check PROGRAM|PID' ]]
  [[ $output != *--protect* ]]
}

@test "where the program may open too few descriptors for a log, that is told, and it runs" {
  run -3 --separate-stderr sh -c 'ulimit -n 15; exec "$0" --log log sh -c "exit 3"' "$bpguard"
  [ "$stderr" = 'bpguard: ulimit -n 15: with so few descriptors nothing is recorded; it takes 16' ]
  [ ! -s log ]
  run -3 --separate-stderr sh -c 'ulimit -n 15; exec "$0" sh -c "exit 3"' "$bpguard"
  [ -z "$stderr" ]
  run -3 --separate-stderr sh -c 'ulimit -n 16; exec "$0" --log log sh -c "exit 3"' "$bpguard"
  [ -z "$stderr" ]
  [ -s log ]
}

@test "called without anything it shows how, and fails; --help and --version do not fail" {
  run --separate-stderr "$bpguard"
  [ "$status" -eq 125 ]
  [[ $stderr == usage:* ]]
  run --separate-stderr "$bpguard" --help
  [ "$status" -eq 0 ]
  [[ $output == usage:* ]]
  run "$bpguard" --version
  [ "$output" = "bpguard $(sed -n 's/^VERSION = //p' "$top/Makefile")" ]
}

# environment COMMAND...: what PROGRAM gets from bpguard is what it was given, odd names included.
environment() {
  local -a wanted=(BPGUARD_LTTNG=off file=1 name=2 value=3 status=4 index=5 line=6 list=7 class=8 IGNORED=9 count=10
    bpguard_programs=11 IFS=: OPTIND=3 'node.name=it'\''s "one"' $'BASH_FUNC_x%%=() {  echo\n}' PATH="$PATH" PWD="$PWD")
  env -i "${wanted[@]}" "$@" perl -e 'print map { "$_=$ENV{$_}\n" } sort keys %ENV' |
    grep -v -e ^LD_PRELOAD= -e ^BPGUARD_ROOT= -e ^_= -e ^SHLVL= -e ^OLDPWD= >seen
  env -i "${wanted[@]}" perl -e 'print map { "$_=$ENV{$_}\n" } sort keys %ENV' | grep -v -e ^_= -e ^OLDPWD= >wanted
  diff wanted seen
}

@test "the program's environment is otherwise as it was, odd names included" {
  environment "$bpguard"
  ln -s "$bpguard" linked
  environment ./linked
}

@test "odd names reach the program under every shell that is here" {
  local shell tried=0
  for shell in dash bash 'busybox sh'; do
    command -v "${shell%% *}" >/dev/null || continue
    # shellcheck disable=SC2086
    run -0 env node.name=x 'BASH_FUNC_x%%=() {  echo
}' $shell "$bpguard" perl -e 'print join("|", @ENV{"node.name", "BASH_FUNC_x%%"}), "|"'
    [ "$output" = $'x|() {  echo\n}|' ]
    tried=$((tried + 1))
  done
  [ "$tried" -ge 2 ]
}

@test "it finds itself where a shell is told to read it, here and on PATH" {
  cd "$top/scripts"
  run -0 sh bpguard printenv LD_PRELOAD
  [ "$output" = "$library" ]
  cd /
  PATH=$top/scripts:$PATH run -0 bash bpguard printenv LD_PRELOAD
  [ "$output" = "$library" ]
}

@test "bpguard finds its library through relative links" {
  mkdir -p a/b
  ln -s "$(realpath --relative-to=a "$bpguard")" a/first
  ln -s ../first a/b/second
  cd a
  run b/second printenv LD_PRELOAD
  [ "$output" = "$library" ]
  PATH=$PWD/b:$PATH run second printenv LD_PRELOAD
  [ "$output" = "$library" ]
}

@test "it runs under every shell that is here" {
  local shell
  for shell in dash bash 'bash --posix' 'busybox sh'; do
    command -v "${shell%% *}" || continue
    # shellcheck disable=SC2086
    run $shell "$bpguard" --rate 3 sh -c 'echo "$LD_PRELOAD $BPGUARD_RATE"; exit 3'
    [ "$status" -eq 3 ]
    [ "$output" = "$library 3" ]
  done
}

@test "installed, it finds its files below the prefix" {
  make -s -o all -C "$top" install TWIN= PREFIX="$PWD/prefix" >/dev/null
  run prefix/bin/bpguard printenv LD_PRELOAD
  [ "$output" = "$PWD/prefix/lib/libbpguard.so" ]
  run prefix/bin/bpguard record --lttng off -o data sh -c 'exit 3'
  [ "$status" -eq 3 ]
  make -s -C "$top" uninstall PREFIX="$PWD/prefix" >/dev/null
  run find prefix -type f
  [ -z "$output" ]
}

@test "a library that LD_PRELOAD cannot name, or that is not there, is refused" {
  tree_at 'a b'
  cp "$library" 'a b/build'
  refuses 125 'with a blank or a colon' 'a b/scripts/bpguard' echo started
  tree_at c
  refuses 125 "$PWD/c/build/libbpguard.so: not there; run make" c/scripts/bpguard echo started
  rm c/build/bpguard-run
  refuses 125 'c/scripts/../build/bpguard-run: not there; run make' c/scripts/bpguard echo started
}

@test "refused: not found" {
  refuses 127 'nosuch: not found' "$bpguard" nosuch
  refuses 127 './nosuch: not found' "$bpguard" ./nosuch
  refuses 127 ': not found' "$bpguard" ''
  ln -s nowhere dangling
  refuses 127 './dangling: not found' "$bpguard" ./dangling
}

@test "the last element of PATH is looked at" {
  mkdir bin
  cp /bin/true bin/mine
  PATH=$PATH:$PWD/bin run -0 "$bpguard" mine
}

@test "an empty element of PATH is the current directory, at the end too" {
  cp /bin/true mine
  PATH=$PATH: run -0 "$bpguard" mine
  PATH=:$PATH run -0 "$bpguard" mine
}

@test "refused: what cannot be executed" {
  refuses 126 '/: is a directory' "$bpguard" /
  echo text >text
  refuses 126 './text: not executable' "$bpguard" ./text
  PATH=$PWD:$PATH refuses 126 'text: not executable' "$bpguard" text
  chmod 755 text
  refuses 126 './text: not an executable format' "$bpguard" ./text
  : >empty
  chmod 755 empty
  refuses 126 './empty: not an executable format' "$bpguard" ./empty
}

@test "refused: static programs, position-independent ones too" {
  echo 'int main(void) { return 0; }' >main.c
  gcc -static -o static main.c
  refuses 125 './static: static' "$bpguard" ./static
  gcc -static-pie -o static-pie main.c
  refuses 125 './static-pie: static' "$bpguard" ./static-pie
}

@test "refused: other word size, other byte order, other machine" {
  local ours
  ours=$(od -An -tu1 -j4 -N1 "$library" | tr -d ' ')
  elf other-class "\\00$((3 - ours))\\001\\001"
  refuses 125 './other-class: other word size' "$bpguard" ./other-class
  # 0x1234 is no machine.
  elf other-machine "\\00$ours\\001\\001\\0\\0\\0\\0\\0\\0\\0\\0\\0\\002\\0\\064\\022"
  refuses 125 './other-machine: built for another machine' "$bpguard" ./other-machine
  elf other-order "\\00$ours\\002\\001"
  refuses 125 './other-order: built for another machine' "$bpguard" ./other-order
}

@test "refused: another libc, and a loader that is not there" {
  sed 's,/lib64/ld-linux-x86-64,/lib64/ld-musl__x86-64,; s,ld-musl__,ld-musl-_,' "$(readlink -f /bin/true)" >musl
  cmp -s musl /bin/true && skip 'no such loader here'
  chmod 755 musl
  refuses 125 './musl: linked to musl' "$bpguard" ./musl
  sed 's,/lib64/ld-linux,/libXX/ld-linux,' "$(readlink -f /bin/true)" >lost
  chmod 755 lost
  refuses 127 'its loader /libXX/ld-linux-x86-64.so.2: not found' "$bpguard" ./lost
}

@test "refused: set-user-ID and set-group-ID of somebody else; one's own is guarded" {
  [ "$(id -u)" -eq 0 ] || skip 'makes files of other users: needs root'
  cp /bin/true ./their
  chown 1:1 their
  chmod 4755 their
  refuses 125 './their: set-user-ID' "$bpguard" ./their
  chmod 2755 their
  refuses 125 './their: set-group-ID' "$bpguard" ./their
  # Without the right to execute for the group the bit means something else.
  chmod 2745 their
  run "$bpguard" ./their
  [ "$status" -eq 0 ]
  cp /bin/true ./own
  chmod 6755 own
  run "$bpguard" ./own
  [ "$status" -eq 0 ]
  chown 1:1 their
  chmod 4755 their
  run setpriv --no-new-privs "$bpguard" ./their
  [ "$status" -eq 0 ]
}

@test "refused: file capabilities, for those who do not have them" {
  [ "$(id -u)" -eq 0 ] || skip 'sets file capabilities: needs root'
  command -v setcap >/dev/null || skip 'no setcap'
  cp /bin/true capable
  setcap cap_net_raw+ep capable || skip 'no file capabilities here'
  chmod 755 .
  run "$bpguard" ./capable
  [ "$status" -eq 0 ]
  local dir=$PWD
  chmod o+x / "$dir" "$dir"/.. "$dir"/../.. 2>/dev/null || true
  setpriv --reuid 65534 --regid 65534 --clear-groups test -x "$dir/capable" || skip 'out of reach'
  # That user may not be let into where this tree lies.
  tree_at tree
  cp "$library" tree/build
  chmod -R a+rX tree
  refuses 125 'file capabilities' setpriv --reuid 65534 --regid 65534 --clear-groups \
    "$dir/tree/scripts/bpguard" "$dir/capable"
}

@test "a script is judged by its interpreter" {
  echo 'int main(void) { return 0; }' >main.c
  gcc -static -o static main.c
  printf '#!%s/static\n' "$PWD" >script
  printf '#! /usr/bin/env -S A=1 nosuch -x\n' >by-env
  printf '#!/no/such/shell\n' >lost
  printf '#!\n' >blank
  printf '#!%s/script\n' "$PWD" >nested
  printf '#!/usr/bin/env perl\nprint "ran @ARGV\\n"' >fine
  chmod 755 script by-env lost blank nested fine
  refuses 125 "./script: its interpreter $PWD/static: static" "$bpguard" ./script
  refuses 127 './by-env: its interpreter nosuch: not found' "$bpguard" ./by-env
  refuses 127 './lost: its interpreter /no/such/shell: not found' "$bpguard" ./lost
  refuses 126 './blank: its #! line names nothing' "$bpguard" ./blank
  refuses 125 "interpreter $PWD/static: static" "$bpguard" ./nested
  run "$bpguard" ./fine 1 2
  [ "$output" = 'ran 1 2' ]
}

@test "the refusal is one line, whatever the program is called" {
  refuses 127 'no?such: not found' "$bpguard" $'no\nsuch'
}

@test "--lttng on preloads the tracer's libraries behind ours and bounds the wait" {
  [ -e "$top/build/libbpguard-lttng.so" ] || skip 'built without LTTng'
  run env LD_PRELOAD=libm.so.6 "$bpguard" --lttng on \
    sh -c 'echo "$LD_PRELOAD $LTTNG_UST_REGISTER_TIMEOUT $BPGUARD_LTTNG"'
  [ "$output" = "$library:liblttng-ust-fd.so.1:liblttng-ust-fork.so.1:libm.so.6 500 on" ]
  LTTNG_UST_REGISTER_TIMEOUT=70 run "$bpguard" --lttng on printenv LTTNG_UST_REGISTER_TIMEOUT
  [ "$output" = 70 ]
}

@test "--lttng on is refused where the provider is not built" {
  tree_at tree
  cp "$library" tree/build
  refuses 125 '--lttng on: ' tree/scripts/bpguard --lttng on echo started
}

@test "they are preloaded on request only" {
  run "$bpguard" printenv LD_PRELOAD
  [ "$output" = "$library" ]
}

# told WORD...: what the first record of a program with these words tells of them.
told() {
  rm -f log
  "$bpguard" --log "$PWD/log" "$@" >/dev/null
  sed -n 's/.*"event":"attach".*"argv":"\([^"]*\)".*/\1/p' log
}

# Of an interpreter's words what comes after the script is left out; code on the line is no script.
@test "records tell the program's and the script's name, and no other argument" {
  local script=$PWD/script
  printf '#!/bin/sh\n:\n' >"$script"
  chmod +x "$script"
  [ "$(told /bin/sh "$script" secret)" = "/bin/sh $script" ]
  [ "$(told /bin/sh -u "$script" secret)" = "/bin/sh $script" ]
  [ "$(told "$script" secret)" = "/bin/sh $script" ]
  [ "$(told perl -we 'exit; "secret"' "$script")" = perl ]
  [ "$(told cat "$script" "$script")" = cat ]
  [ "$(told --argv all cat "$script" "$script")" = "cat $script $script" ]
  [ -z "$(told --argv off cat "$script")" ]
  [ -s log ]
}
