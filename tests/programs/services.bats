#!/usr/bin/env bats
# Services of inetd's kind, by those who start them: one that would run on for ever ends with its client.
# What comes to its own end is in servers.bats.

setup() {
  load common.bash
  # Its pid, so that its end can be awaited; a line each time round.
  loop='echo $$ >>pids; while :; do echo tick; sleep 0.05; done'
}

teardown() {
  stop
}

# Reads a little, and leaves.
visit() {
  /usr/bin/python3 -c 'import socket, sys
with socket.create_connection(("127.0.0.1", int(sys.argv[1])), timeout=60) as client: client.recv(9)' "$port"
}

# client_ends: a client has come and gone, and so has its service.
client_ends() {
  : >pids
  visit
  eventually has pids .
  eventually has_ended "$(cat pids)"
}

@test "a shell's loop under tcpserver" {
  need tcpserver
  start wrapped tcpserver -1 -R -H -l localhost 127.0.0.1 0 sh -c "$loop"
  wait_for_port out
  client_ends
  recorded type tcp action killed saved false
  [ "$(records epipe action backstop)" -ge 3 ]
}

@test "the same, guarded itself" {
  need tcpserver
  start usual tcpserver -1 -R -H -l localhost 127.0.0.1 0 \
    "$top/scripts/bpguard" --log "$log" --lttng off -- sh -c "$loop"
  wait_for_port out
  client_ends
  recorded type tcp action killed saved false
}

# By a pair, and by two pipes.
@test "a shell's loop under socat" {
  need socat
  for how in '' ,pipes; do
    pick_port
    start wrapped socat "TCP-LISTEN:$port,bind=127.0.0.1,reuseaddr" "EXEC:sh loop.sh$how"
    printf '%s\n' "$loop" >loop.sh
    eventually listens
    client_ends
    stop
  done
}

# For those who cannot be told to take any.
pick_port() {
  port=$(/usr/bin/python3 -c 'import socket
with socket.create_server(("127.0.0.1", 0)) as free: print(free.getsockname()[1])')
}

listens() {
  grep -q ":$(printf %04X "$port") 00000000:0000 0A" /proc/net/tcp
}

@test "a shell's loop under ncat" {
  need ncat
  pick_port
  printf '%s\n' "$loop" >loop.sh
  start wrapped ncat -lk 127.0.0.1 "$port" --exec "/bin/sh $PWD/loop.sh"
  eventually listens
  client_ends
  recorded action killed
}
