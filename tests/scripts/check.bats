#!/usr/bin/env bats
# bpguard check: what it says of programs and processes.

setup() {
  load common
  sleeper=
}

teardown() {
  [ -z "$sleeper" ] || kill "$sleeper" 2>/dev/null || true
}

# sleeps [COMMAND...]: in the background, in `sleeper`; waits until it is at it.
sleeps() {
  "$@" sleep 30 3>&- &
  sleeper=$!
  until_true grep -qx sleep "/proc/$sleeper/comm"
}

@test "a program that can be guarded" {
  run -0 "$bpguard" check true
  [[ ${lines[0]} == 'can be guarded: true: dynamic, glibc (/lib'*'/ld-linux'* ]]
  [[ $output == *'SIGPIPE: default'* ]]
}

@test "a program that cannot, and why" {
  echo 'int main(void) { return 0; }' >main.c
  gcc -static -o static main.c
  run -1 "$bpguard" check ./static
  [[ ${lines[0]} == 'cannot be guarded: ./static: static'* ]]
  run -1 "$bpguard" check nosuch
  [[ ${lines[0]} == 'cannot be guarded: nosuch: not found' ]]
}

@test "a guarded process" {
  sleeps "$bpguard"
  run -0 "$bpguard" check "$sleeper"
  [ "${lines[0]}" = "$sleeper (sleep): is guarded" ]
}

@test "a process that is not, but whose program can be" {
  sleeps
  run -0 "$bpguard" check "$sleeper"
  [ "${lines[0]}" = "$sleeper (sleep): is not guarded" ]
  [[ ${lines[1]} == 'can be guarded: '*/sleep:* ]]
  [ "${lines[2]}" = 'SIGPIPE: default, a failing write kills' ]
}

@test "a process that is not and cannot be" {
  printf '#include <unistd.h>\nint main(void) { return pause(); }\n' >main.c
  gcc -static -o static main.c
  ./static 3>&- &
  sleeper=$!
  until_true grep -qx static "/proc/$sleeper/comm"
  run -1 "$bpguard" check "$sleeper"
  [[ ${lines[1]} == 'cannot be guarded: '*/static:' static'* ]]
}

@test "a program with Go's runtime: what is guarded of it, and what is not" {
  # As cmd/link writes it, or as a section alone where the notes are stripped.
  for mark in '.pushsection .note.go.buildid, \"a\", %note; .balign 4; .long 4, 8, 4; .ascii \"Go\\0\\0build-id\"; .popsection' \
    '.pushsection .go.buildinfo, \"aw\"; .quad 0; .popsection'; do
    printf '__asm__("%s");\nint main(void) { return 0; }\n' "$mark" >main.c
    gcc -o cgo main.c
    run -0 "$bpguard" check ./cgo
    [[ ${lines[0]} == 'can be guarded: ./cgo: dynamic, glibc'* ]]
    [[ $output == *"Go's runtime"*'guarded: what C code writes'*'not guarded: what Go code writes'*ECONNRESET* ]]
    gcc -static -o static main.c
    run -1 "$bpguard" check ./static
    [[ ${lines[0]} == "cannot be guarded: ./static: static, Go's, "* ]]
    sed 's/main(void)/_start(void)/' main.c >start.c
    gcc -nostdlib -Wl,--dynamic-linker="$(readelf -l cgo | sed -n 's/.*interpreter: \(.*\)\]/\1/p')" -pie -o alone start.c
    run -1 "$bpguard" check ./alone
    [[ ${lines[0]} == "cannot be guarded: ./alone: Go's, without C code: "* ]]
  done
  run -0 "$bpguard" check true
  [[ $output != *"Go's"* ]]
}

@test "what runs unguarded below a guarded process" {
  "$bpguard" sh -c 'env -i sleep 30 & sleep 30; :' 3>&- &
  shell=$!
  below() { pgrep -P "$shell" -x sleep | wc -l; }
  two_below() { [ "$(below)" -eq 2 ]; }
  until_true two_below
  run -0 "$bpguard" check "$shell"
  pkill -P "$shell" -x sleep
  [ "${lines[0]}" = "$shell (sh): is guarded" ]
  [ "$(grep -c '^below it, unguarded: [0-9]* (sleep)$' <<<"$output")" -eq 1 ]
}

@test "a process that is none" {
  run -1 "$bpguard" check 4194399
  [[ $output == *'no such process'* ]]
}

@test "where SIGPIPE is ignored it names the ancestor that began, and what nobody can see then" {
  sleeps sh -c 'trap "" PIPE; exec "$@"' -
  run "$bpguard" check "$sleeper"
  [ "${lines[2]}" = "SIGPIPE: ignored, first by process $sleeper (sleep)" ]
  [[ ${lines[3]} == *'libc (stdio)'*'without a trace'* ]]
  # Two shells in between that only inherited it.
  run sh -c 'trap "" PIPE; echo $$; sh -c "sh -c \"$0 check true; true\"; true"' "$bpguard"
  [[ $output == *"SIGPIPE: ignored, first by process ${lines[0]} (sh)"* ]]
}

@test "a process that handles or blocks SIGPIPE" {
  perl -e '$SIG{PIPE} = sub {}; open $f, ">", "ready"; sleep 30' 3>&- &
  sleeper=$!
  until_true [ -e ready ]
  run "$bpguard" check "$sleeper"
  [[ $output == *'SIGPIPE: handled'* ]]
  kill "$sleeper"
  rm ready
  perl -MPOSIX=:signal_h -e 'sigprocmask(SIG_BLOCK, POSIX::SigSet->new(SIGPIPE));
    open $f, ">", "ready"; sleep 30' 3>&- &
  sleeper=$!
  until_true [ -e ready ]
  run "$bpguard" check "$sleeper"
  [[ $output == *'SIGPIPE: blocked'* ]]
}

@test "it takes one word" {
  run -125 "$bpguard" check
  run -125 "$bpguard" check true false
}
