#!/usr/bin/env bats
# Processes that hardly live: each is recorded.

load session

setup_file() { trace_begin; }
teardown_file() { trace_end; }
setup() { trace_ready; }

@test "100 of 100 processes that fail at once and end 1 ms after" {
  session_start
  for _ in {1..100}; do guarded ./victim brief; done
  session_end
  [ "$(events epipe | wc -l)" -eq 100 ]
  [ "$(events epipe | fields pid | sort -u | wc -l)" -eq 100 ]
}

@test "100 of 100 connections of a server that executes a program for each, with their peers" {
  session_start
  guarded BPGUARD_CHILDREN=all ./victim serve 100 ./victim answer >"$SESSION.said" 3>&- &
  await "$SESSION.said" '^port [0-9]'
  run -0 as_user ./victim client "$(sed -n 's/^port //p' "$SESSION.said")" 100
  wait %1
  session_end
  [ "$(events epipe | wc -l)" -eq 100 ]
  events epipe | fields peer | tr -d '"' | sort >peers
  said client | sort | diff peers -
  [ "$(events epipe | fields call | sort -u)" = '"write"' ]
  [ "$(events epipe | fields fd | sort -u)" = 1 ]
}

@test "the same where only pipelines' ends are guarded: a connection is no pipeline" {
  session_start
  guarded ./victim serve 10 ./victim answer >"$SESSION.said" 3>&- &
  await "$SESSION.said" '^port [0-9]'
  run -0 as_user ./victim client "$(sed -n 's/^port //p' "$SESSION.said")" 10
  wait %1
  session_end
  [ "$(events epipe | wc -l)" -eq 10 ]
}

@test "python: subprocess.run between accept and EPIPE changes neither peer nor protection" {
  command -v python3 >/dev/null || skip "python3 is missing"
  session_start
  run -0 guarded python3 -c '
import os, signal, socket, subprocess, time
signal.signal(signal.SIGPIPE, signal.SIG_DFL)
listener = socket.create_server(("127.0.0.1", 0))
client = socket.create_connection(listener.getsockname())
connection, peer = listener.accept()
print("peer %s:%d" % peer)
print("pid", os.getpid())
print("child", subprocess.run(["echo", "hello"], capture_output=True, text=True).stdout.strip())
client.close()
for _ in range(6000):
    try:
        connection.send(b"x")
    except BrokenPipeError:
        print("broken")
        break
    except ConnectionResetError:
        print("reset")
    time.sleep(0.01)
print("child", subprocess.run(["echo", "again"], capture_output=True, text=True).stdout.strip())
'
  session_end
  [ "$(said child)" = $'hello\nagain' ]
  [[ $output == *$'\nbroken\n'* ]]
  line=$(events epipe)
  [ "$(events epipe | wc -l)" -eq 1 ]
  is "$line" peer "\"$(said peer)\""
  is "$line" pid "$(said pid)"
  is "$line" call '"send"'
  is "$line" action '"nosignal"'
  is "$line" saved 1
}
