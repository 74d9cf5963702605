# What the tests of programs share. Sourced by setup().
#
# Servers listen on the loopback only, on a port of the kernel's choice, and end by their pid.

bats_require_minimum_version 1.5.0

top=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
programs=$top/tests/programs
# shellcheck source=tests/wait.bash
source "$top/tests/wait.bash"
shim=${BPGUARD_LIB:-$top/build/libbpguard.so}
log=$BATS_TEST_TMPDIR/log
served=$BATS_TEST_TMPDIR/served
size=$((20 << 20))
server=

# Settings of the machine that the tests run on shall not decide them.
unset BPGUARD_PROTECT BPGUARD_CHILDREN BPGUARD_LTTNG BPGUARD_ARGV BPGUARD_IGNORED BPGUARD_RATE BPGUARD_ROOT BPGUARD_LOG LD_PRELOAD

cd "$BATS_TEST_TMPDIR" || exit 1
: >"$log"

need() {
  local program
  for program; do
    command -v "$program" >/dev/null || skip "$program is not installed"
  done
}

# These three become the program, so that the pid of what is started in the background is its own.

# The usual SIGPIPE, whatever the tests were started with.
usual() {
  exec env --default-signal=PIPE "$@"
}

guarded() {
  usual LD_PRELOAD="$shim" BPGUARD_LOG="$log" BPGUARD_RATE=0 BPGUARD_LTTNG=off "$@"
}

# The same by the wrapper.
wrapped() {
  usual "$top/scripts/bpguard" --log "$log" --rate 0 --lttng off -- "$@"
}

# start HOW COMMAND...: in the background, where bats does not wait for its streams.
start() {
  "$@" >out 2>error 3>&- &
  server=$!
}

has_port() {
  port=$(head -n 1 "$1" 2>/dev/null) && [[ $port =~ ^[0-9]+$ ]]
}

# A file with the port in it, or tcpserver's first line.
wait_for_port() {
  eventually has_port "$1" || { cat error && return 1; }
}

stop() {
  [[ -z $server ]] && return 0
  kill "$server" 2>/dev/null || true
  wait "$server" 2>/dev/null || true
  server=
  rm -f port
}

# Puts the exit status of the server, which ends by itself, into $ended. (A subshell could not wait for
# it.)
await_end() {
  eventually has_ended "$server"
  ended=0
  wait "$server" || ended=$?
  server=
}

break_it() {
  peer=127.0.0.1:$("$programs/client" break "$port" "$@")
}

ask() {
  "$programs/client" ask "$port" "$@"
}

# records EVENT [KEY VALUE]...: how many there are with these values ("a|b" is one of them), by a
# parser that is not ours.
records() {
  /usr/bin/python3 - "$log" "$@" <<'END'
import json, sys
lines = [json.loads(line) for line in open(sys.argv[1], "rb")]
wanted = dict([("event", sys.argv[2])] + list(zip(sys.argv[3::2], sys.argv[4::2])))
print(sum(all(str(line.get(key)).lower() in value.lower().split("|") for key, value in wanted.items())
          for line in lines))
END
}

is_recorded() {
  [[ $(records epipe "$@") -gt 0 ]]
}

# recorded [KEY VALUE]...: waits until there is one.
recorded() {
  eventually is_recorded "$@" || { cat "$log" && return 1; }
}

serve_file() {
  mkdir -p "$served" && truncate -s "$size" "$served/large"
}
