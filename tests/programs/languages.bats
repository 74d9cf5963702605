#!/usr/bin/env bats
# Programs in languages that take SIGPIPE into their own hands: each goes on to see the exception that
# it always saw, and the record of what broke says all that is known, field by field.

setup() {
  load common.bash
  cp "$programs"/languages/* .
}

teardown() {
  stop
}

# guardable PROGRAM: one that the loader would leave unguarded could show nothing.
guardable() {
  need "$1"
  local said
  said=$("$top/scripts/bpguard" check "$1" 2>&1) || skip "$1 cannot be guarded: $said"
  exe=$(realpath "$1")
}

escaped() {
  # shellcheck disable=SC2001
  sed 's/[][\.*^$+?(){}|]/\\&/g' <<<"$1"
}

# record EVENT INDEX [FIELD=PATTERN]...
record() {
  /usr/bin/python3 fields.py "$log" "$1" "$2" 'time=.*Z' "event=$1" "pid=$pid" 'tid=\d+' \
    "comm=$comm" "exe=$(escaped "$exe")" "${@:3}"
}

# failed INDEX [FIELD=PATTERN]...: the INDEXth failure; of none was anything to be taken back. The
# first one names the script.
failed() {
  local first=()
  [ "$1" -ne 0 ] || first=("argv=$(escaped "$command")")
  record epipe "$1" 'errno=EPIPE' 'action=none' 'saved=false' 'fd=\d+' 'connection=\d+' \
    'requested=[1-9]\d*' 'streak=[1-9]\d*' \
    "${first[@]}" "${@:2}"
}

# What every failure to a client must say; the test adds call, syscall, sigpipe, caller.
connection() {
  printf '%s\n' 'type=tcp' "local=127\.0\.0\.1:$port" "peer=$(escaped "$peer")" \
    'cause=peer-(reset|closed)' 'tcp_state=CLOSE' 'bytes_sent=[1-9]\d*' 'bytes_acked=[1-9]\d*' \
    'bytes_received=35' 'lost=[1-9]\d*' 'lost_at_most?=true' 'silent_ms=\d+' \
    'peer_silent_before_close_ms=\d+' 'age_ms=\d+'
}

# framed COUNT [FIELD=PATTERN]: the program told when it began and ended, and how often it failed; with
# the field if it came to ignore SIGPIPE.
framed() {
  record attach 0 'sigpipe=kill' "argv=$(escaped "$command")" 'version=.+' \
    'settings=protect=auto children=pipelines .*'
  record detach 0 "failures=$1" "causes=(peer-reset|peer-closed|reader-died)=$1" 'averted=0' 'held_back=0' "${@:2}"
  [ "$(records attach)" -eq 1 ]
  [ "$(records epipe)" -eq "$1" ]
  [ "$(records detach)" -eq 1 ]
}

# serve HOW COMMAND...: until it ends of a client that leaves while it is sent the answer.
serve() {
  rm -f port
  start "$@"
  pid=$server
  wait_for_port port
  break_it / --slow
  await_end
}

# breaks_alike COMMAND...: what the program says and how it ends is as unguarded.
breaks_alike() {
  command="$1 $2"
  serve usual "$@"
  [ "$ended" = 3 ]
  mv error unguarded
  [ -s unguarded ]
  serve guarded "$@"
  [ "$ended" = 3 ]
  diff unguarded error
  mapfile -t connection < <(connection)
}

# python_server WAY COUNT: by its socket module, which calls send.
python_server() {
  guardable /usr/bin/python3
  comm=python3
  breaks_alike /usr/bin/python3 server.py "$1" port
  for ((i = 0; i < $2; i++)); do
    failed "$i" "${connection[@]}" 'call=send' 'syscall=sendto' 'sigpipe=ignored' \
      "caller=($(escaped "$exe")|.*/lib-dynload/_socket\..*\.so)\+0x[0-9a-f]+"
  done
  framed "$2" 'unseen=libc raw'
}

@test "python's socket" {
  python_server socket 1
  grep -qx 'BrokenPipeError: \[Errno 32\] Broken pipe' error
}

# The write, the flush by finish(), and the flush by the buffer's own end: the same connection.
@test "python's socketserver, whose finish() flushes into the same broken connection" {
  python_server socketserver 3
  grep -qx 'BrokenPipeError: \[Errno 32\] Broken pipe' error
}

@test "python's http.server" {
  python_server http 1
  grep -qx 'BrokenPipeError: \[Errno 32\] Broken pipe' error
}

@test "python's asyncio" {
  python_server asyncio 1
  grep -qx 'BrokenPipeError: \[Errno 32\] Broken pipe' error
}

@test "python's Twisted" {
  /usr/bin/python3 -c 'import twisted' 2>/dev/null || skip "python3-twisted is not installed"
  python_server twisted 1
  grep -q '^ConnectionLost: ' error
}

# parent WAY STATUS [FIELD=PATTERN]...: of the broken channel.
parent() {
  guardable /usr/bin/python3
  comm='(python3|QueueFeeder.*)'
  command='/usr/bin/python3 parent.py'
  start usual /usr/bin/python3 parent.py "$1"
  await_end
  [ "$ended" = 3 ]
  mv error unguarded
  start guarded /usr/bin/python3 parent.py "$1"
  pid=$server
  await_end
  [ "$ended" = 3 ]
  diff unguarded error
  grep -qx 'BrokenPipeError: \[Errno 32\] Broken pipe' error
  failed 0 'call=write' 'syscall=write' 'sigpipe=ignored' 'cause=reader-died' \
    "child_pid=$(cat out)" "child_status=$2" "caller=$(escaped "$exe")\+0x[0-9a-f]+" "${@:3}"
  framed 1 'unseen=libc raw'
}

@test "python's multiprocessing.Queue, whose child ended after one item" {
  parent queue 'exited 0' 'type=pipe' 'peer=pipe:\[\d+\]'
}

@test "python's multiprocessing.Pipe, whose child was killed by SIGSEGV" {
  parent crash 'killed SIGSEGV' 'type=unix-stream'
}

@test "python's multiprocessing.Pipe of one direction, whose child called sys.exit(3)" {
  parent leave 'exited 3' 'type=pipe' 'peer=pipe:\[\d+\]'
}

@test "perl, which ignores SIGPIPE where the program says so" {
  guardable /usr/bin/perl
  comm=perl
  breaks_alike /usr/bin/perl server.pl port IGNORE
  grep -qx 'print: Broken pipe' error
  failed 0 "${connection[@]}" 'call=write' 'syscall=write' 'sigpipe=ignored' \
    "caller=($(escaped "$exe")|.*/libperl\.so[.0-9]*)\+0x[0-9a-f]+"
  framed 1 'unseen=libc raw'
}

@test "perl, which dies of SIGPIPE where it says nothing" {
  guardable /usr/bin/perl
  comm=perl
  command='/usr/bin/perl server.pl'
  serve usual /usr/bin/perl server.pl port
  [ "$ended" = 141 ]
  serve guarded /usr/bin/perl server.pl port
  [ "$ended" = 3 ]
  grep -qx 'print: Broken pipe' error
  mapfile -t connection < <(connection)
  record epipe 0 "${connection[@]}" "argv=$(escaped "$command")" 'errno=EPIPE' 'action=backstop' 'saved=true' 'fd=\d+' 'connection=\d+' 'streak=1' \
    'requested=[1-9]\d*' 'call=write' 'syscall=write' 'sigpipe=kill' \
    "caller=($(escaped "$exe")|.*/libperl\.so[.0-9]*)\+0x[0-9a-f]+"
}

# It has a handler, which does nothing.
@test "ruby" {
  guardable /usr/bin/ruby
  comm=ruby
  breaks_alike /usr/bin/ruby server.rb port
  grep -qx 'Errno::EPIPE: Broken pipe' error
  failed 0 "${connection[@]}" 'call=writev?' 'syscall=writev?' 'sigpipe=handled' \
    "caller=($(escaped "$exe")|.*/libruby.*\.so[.0-9]*)\+0x[0-9a-f]+"
  framed 1
}

@test "node" {
  guardable /usr/bin/node
  comm=node
  breaks_alike /usr/bin/node server.js port
  grep -qx 'write EPIPE' error
  failed 0 "${connection[@]}" 'call=writev?' 'syscall=writev?' 'sigpipe=ignored' \
    "caller=($(escaped "$exe")|.*/lib(node|uv)\.so[.0-9]*)\+0x[0-9a-f]+"
  framed 1 'unseen=libc raw'
}
