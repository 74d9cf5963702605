#!/usr/bin/env bats
# Loops that never look at errors, where SIGPIPE would have ended them.

setup() {
  load common.bash
  unset BPGUARD_RUNAWAY
}

# A shell whose stdout is a connection that its peer has closed, in a loop for SECONDS at most, which it
# says. The limit is none where it has to end by itself.
loop() {
  /usr/bin/python3 - "$@" <<'END'
import select, socket, subprocess, sys, time
listener = socket.create_server(("127.0.0.1", 0))
client = socket.create_connection(listener.getsockname())
server = listener.accept()[0]
client.close()
server.send(b"x")
poll = select.poll()
poll.register(server, 0)
poll.poll(60000)
seconds, command = float(sys.argv[1]), sys.argv[2:]
begin = time.monotonic()
shell = subprocess.Popen(command, stdout=server, stderr=subprocess.DEVNULL, restore_signals=True)
try:
    status = shell.wait(seconds)
except subprocess.TimeoutExpired:
    shell.kill()
    status = shell.wait()
    print("ms %d" % ((time.monotonic() - begin) * 1000))
print("status %d" % status)
END
}

shell_loops() {
  run loop "$1" env LD_PRELOAD="$shim" BPGUARD_LOG="$log" BPGUARD_LTTNG=off "${@:2}" \
    sh -c 'while :; do echo; done'
  echo "$output"
  ms=$(sed -n 's/^ms //p' <<<"$output")
}

@test "unguarded it ends" {
  run loop 60 sh -c 'while :; do echo; done'
  [ "$output" = 'status -13' ]
}

@test "guarded it writes no more records than its rate lets it, and one of its streak" {
  shell_loops 3
  [[ $output == *'status -9' ]]
  [ "$(records epipe)" -ge 200 ]
  [ "$(records epipe)" -le $((200 + ms / 10 + 1)) ] # the burst, and the rate in that time
  [ "$(records runaway streak 1000)" -eq 1 ]
}

@test "with throttle it rests between two failures" {
  shell_loops 3 BPGUARD_RUNAWAY=throttle:100
  [ "$(records epipe)" -gt 100 ]
  [ "$(records epipe)" -le $((100 + 7 + ms / 100 + 1)) ] # pauses from 1 ms to 64, then of 100 ms
  [ "$(records runaway streak 100)" -eq 1 ]
}

@test "kill ends it by SIGPIPE" {
  shell_loops 60 BPGUARD_RUNAWAY=kill:100
  [ "$output" = 'status -13' ]
  [ "$(records epipe)" -eq 100 ]
  [ "$(records epipe action killed)" -eq 1 ]
  [ "$(records runaway)" -eq 1 ]
}

@test "by the wrapper" {
  run loop 60 "$top/scripts/bpguard" --lttng off --log "$log" --runaway kill:20 \
    sh -c 'while :; do echo; done'
  [ "$output" = 'status -13' ]
  [ "$(records epipe)" -eq 20 ]
}
