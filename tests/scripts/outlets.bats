#!/usr/bin/env bats
# --log syslog and --log journal: what arrives at a socket in the daemons' place.

setup() {
  load common
}

# arrives WHERE PATH: guards a program that fails once, and prints what is sent to PATH.
arrives() {
  [ ! -e "$2" ] || skip "$2 belongs to a daemon of this machine"
  python3 - "$bpguard" "$1" "$2" "$broken_once" <<'END'
import os, socket, subprocess, sys
bpguard, where, path, program = sys.argv[1:]
os.makedirs(os.path.dirname(path), exist_ok=True)
daemon = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
daemon.bind(path)
daemon.settimeout(5)
try:
    subprocess.run([bpguard, "--log", where, "perl", "-e", program], check=True)
    for _ in range(3):
        print(daemon.recv(9000).decode())
finally:
    os.unlink(path)
END
}

@test "syslog: a datagram each record, with its priority" {
  run -0 arrives syslog /dev/log
  [ "$(grep -c '^<28>bpguard: {"time":.*}$' <<<"$output")" -eq 3 ]
  [[ $output == *'"event":"epipe"'* ]]
}

@test "the journal: its native fields" {
  run -0 arrives journal /run/systemd/journal/socket
  [ "$(grep -c '^MESSAGE={"time":.*}$' <<<"$output")" -eq 3 ]
  [ "$(grep -c '^PRIORITY=4$' <<<"$output")" -eq 3 ]
}

@test "without a daemon there the program runs on" {
  [ ! -e /dev/log ] || skip "there is a syslog daemon"
  run -0 "$bpguard" --log syslog perl -e "$broken_once"
  [ "$output" = alive ]
}
