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

@test "preloaded by hand, the program runs on without a daemon there, and says so once" {
  [ ! -e /dev/log ] || skip "there is a syslog daemon"
  run -0 --separate-stderr env LD_PRELOAD="$library" BPGUARD_LOG=syslog BPGUARD_CHILDREN=all \
    sh -c 'perl -e "$1" && perl -e "$1"' - "$broken_once"
  [ "$output" = $'alive\nalive' ]
  [ "$stderr" = 'bpguard: BPGUARD_LOG: syslog: No such file or directory' ]
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
                            "-e", "inject=ppoll:delay_exit=1000000", "perl", "-e", program],
                           env=dict(os.environ, BPGUARD_CHILDREN="all"), stdout=subprocess.PIPE, stderr=writing)
assert guarded.stdout.readline() == b"ready\n"
for _ in range(1000):
    if "ppoll(" in open(traced).read():
        break
    time.sleep(0.005)
else:
    sys.exit("ppoll awaited in vain in " + traced)
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

# A daemon that ends, that is started again, and that reads nothing: what it was not told of is told
# later.
@test "syslog: a daemon that is restarted, and one that reads nothing" {
  [ ! -e /dev/log ] || skip "/dev/log belongs to a daemon of this machine"
  run -0 python3 - "$bpguard" <<'END'
import json, os, socket, subprocess, sys

PATH = "/dev/log"
PROGRAM = """$| = 1; pipe $r, $w; close $r;
while (<STDIN>) { syswrite $w, "x" for 1 .. $_; print "done\n" }"""
records = []


def start():
    daemon = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    daemon.bind(PATH)
    daemon.settimeout(0.5)
    return daemon


def stop(daemon):
    daemon.close()
    os.unlink(PATH)


def read(daemon):
    while True:
        try:
            records.append(json.loads(daemon.recv(9000).split(b": ", 1)[1]))
        except TimeoutError:
            return


def fail(times):
    guarded.stdin.write(b"%d\n" % times)
    guarded.stdin.flush()
    assert guarded.stdout.readline() == b"done\n"


daemon = start()
guarded = subprocess.Popen([sys.argv[1], "--log", "syslog", "--rate", "0", "perl", "-e", PROGRAM],
                           stdin=subprocess.PIPE, stdout=subprocess.PIPE)
try:
    fail(3)
    read(daemon)
    stop(daemon)
    fail(20)
    daemon = start()
    fail(2)
    read(daemon)
    fail(5000)
    read(daemon)
    fail(1)
    read(daemon)
    guarded.stdin.close()
    guarded.wait(10)
    read(daemon)
finally:
    guarded.kill()
    stop(daemon)
told = sum(record["event"] == "epipe" for record in records)
held = sum(record.get("suppressed", 0) for record in records)
print("told", told, "held", held, "of", 3 + 20 + 2 + 5000 + 1)
assert records[-1]["event"] == "detach" and told > 10 and held > 20
assert told + held == 3 + 20 + 2 + 5000 + 1
END
}

# refuses REASON WORD...: exit 125, and one line with the reason.
refuses() {
  run -125 --separate-stderr "$bpguard" --log "${@:2}" echo started
  [ -z "$output" ]
  [ "${#stderr_lines[@]}" -eq 1 ]
  [[ $stderr == "bpguard: --log "*"$1"* ]]
}

@test "a log that cannot be opened is refused before anything is executed" {
  refuses 'No such file' "$PWD/none/log"
  refuses 'Is a directory' "$PWD"
  [ -e /dev/log ] || refuses 'No such file' syslog
  [ -e /run/systemd/journal/socket ] || refuses 'No such file' journal
  ! BPGUARD_LOG=$PWD/none/log "$bpguard" record -o recording --lttng off true
  [ ! -e recording ]
  run -0 "$bpguard" --log "$PWD/log" true
  [ -s log ]
}

@test "a FIFO may have its reader later" {
  mkfifo fifo
  run -0 "$bpguard" --log "$PWD/fifo" echo started
  [ "$output" = started ]
}

@test "stderr is refused where it is a socket: its other end would read the records" {
  run -0 python3 - "$bpguard" <<'END'
import socket, subprocess, sys
ours, theirs = socket.socketpair()
run = subprocess.run([sys.argv[1], "--log", "stderr", "echo", "started"], stderr=theirs, stdout=subprocess.PIPE)
theirs.close()
print(run.returncode, run.stdout, ours.recv(4000))
END
  [[ $output == "125 b'' b'bpguard: --log stderr: is a socket"* ]]
}
