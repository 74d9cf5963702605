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

# A moment before the record is written the pipe is empty, and full when it is written: ppoll(2) is held
# up in between.
@test "stderr: a pipe that another writer fills in the last moment does not hold the program up" {
  command -v strace >/dev/null || skip "strace is not installed"
  run -0 timeout 20 python3 - "$bpguard" "$PWD/traced" <<'END'
import os, subprocess, sys, time
bpguard, traced = sys.argv[1:]
reading, writing = os.pipe()
program = 'pipe $r, $w; close $r; $| = 1; print "ready\n"; syswrite $w, "x"; print "alive\n"'
guarded = subprocess.Popen([bpguard, "--log", "stderr", "strace", "-f", "-o", traced, "-e", "trace=ppoll",
                            "-e", "inject=ppoll:delay_exit=300000", "perl", "-e", program],
                           env=dict(os.environ, BPGUARD_CHILDREN="all"), stdout=subprocess.PIPE, stderr=writing)
assert guarded.stdout.readline() == b"ready\n"
time.sleep(0.15)
# Its own way to the pipe: O_NONBLOCK is not to be the program's too.
other = os.open(f"/proc/self/fd/{writing}", os.O_WRONLY | os.O_NONBLOCK)
try:
    while True:
        os.write(other, b"x" * 4096)
except BlockingIOError:
    pass
print(guarded.communicate(timeout=8)[0].decode())
END
  [[ $output == *alive* ]]
}
