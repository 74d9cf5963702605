#!/usr/bin/env bats
# Loops that never look at errors, where SIGPIPE would have ended them.

setup() {
  load common.bash
  unset BPGUARD_RUNAWAY
}

# A shell whose stdout is a connection that its peer has closed, in a loop for SECONDS at most; what
# it used of a processor, in hundredths of that time, goes to the file "share".
loop() {
  /usr/bin/python3 - "$@" <<'END'
import os, socket, subprocess, sys, time
listener = socket.create_server(("127.0.0.1", 0))
client = socket.create_connection(listener.getsockname())
server = listener.accept()[0]
client.close()
server.send(b"x")
time.sleep(0.05)
seconds, command = float(sys.argv[1]), sys.argv[2:]
begin = time.monotonic()
shell = subprocess.Popen(command, stdout=server, stderr=subprocess.DEVNULL, restore_signals=True)
try:
    status = shell.wait(seconds)
except subprocess.TimeoutExpired:
    ticks = open("/proc/%d/stat" % shell.pid).read().rpartition(")")[2].split()[11:13]
    share = sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK") / (time.monotonic() - begin)
    print("share %d" % (share * 100))
    shell.kill()
    status = shell.wait()
print("status %d" % status)
END
}

shell_loops() {
  run loop "$1" env LD_PRELOAD="$shim" BPGUARD_LOG="$log" BPGUARD_LTTNG=off "${@:2}" \
    sh -c 'while :; do echo; done'
  echo "$output"
}

@test "unguarded it ends" {
  run loop 5 sh -c 'while :; do echo; done'
  [ "$output" = 'status -13' ]
}

@test "guarded it writes no more records than its rate lets it, and one of its streak" {
  shell_loops 3
  [[ $output == *'status -9' ]]
  [ "$(records epipe)" -ge 200 ]
  [ "$(records epipe)" -le 520 ] # the burst, three seconds of the rate, and what the start took
  [ "$(records runaway streak 1000)" -eq 1 ]
}

@test "with throttle it uses next to nothing" {
  shell_loops 3 BPGUARD_RUNAWAY=throttle:100
  [[ $output =~ share\ ([0-9]+) ]]
  [ "${BASH_REMATCH[1]}" -lt 5 ]
  [ "$(records runaway streak 100)" -eq 1 ]
}

@test "kill ends it by SIGPIPE" {
  shell_loops 10 BPGUARD_RUNAWAY=kill:100
  [ "$output" = 'status -13' ]
  [ "$(records epipe)" -eq 100 ]
  [ "$(records epipe action killed)" -eq 1 ]
  [ "$(records runaway)" -eq 1 ]
}

@test "by the wrapper" {
  run loop 10 "$top/scripts/bpguard" --lttng off --log "$log" --runaway kill:20 \
    sh -c 'while :; do echo; done'
  [ "$output" = 'status -13' ]
  [ "$(records epipe)" -eq 20 ]
}
