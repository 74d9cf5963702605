#!/usr/bin/env bats
# Servers that die by a client that leaves, from packages and in a few lines: each is shown dying,
# then answering the next client.

setup() {
  load common.bash
}

teardown() {
  stop
}

# dies COMMAND...: one process for all clients, which writes its port to the file "port".
dies() {
  rm -f port
  start usual "$@"
  wait_for_port port
  [ "$(ask)" -ge "$size" ]
  break_it
  await_end
  [ "$ended" = 141 ]
}

# lives HOW COMMAND...: and answers the next client, and has told of the one that left.
lives() {
  rm -f port
  start "$@"
  wait_for_port port
  break_it
  recorded type tcp errno EPIPE sigpipe kill saved true peer "$peer"
  [ "$(ask)" -ge "$size" ]
  break_it
  recorded peer "$peer"
  [ "$(ask)" -ge "$size" ]
}

# per_client COMMAND...: by tcpserver, which starts one for each client and tells how it ended.
per_client() {
  start "$1" tcpserver -v -1 -R -H -l localhost 127.0.0.1 0 "${@:2}"
  wait_for_port out
}

ends() {
  eventually has error "tcpserver: end [0-9]* status"
  sed -n 's/^tcpserver: end [0-9]* status //p' error | head -n 1
}

# --slow: a client that has left before its server was there has no name any more.
@test "micro-httpd under tcpserver" {
  need tcpserver micro-httpd
  serve_file
  per_client usual micro-httpd "$served"
  break_it /large --slow
  [ "$(ends)" -eq 13 ]
  stop

  per_client guarded micro-httpd "$served"
  break_it /large --slow
  recorded type tcp saved true call libc action backstop peer "$peer" comm micro-httpd
  [ "$(ends)" -ne 13 ]
  [ "$(ask /large)" -gt "$size" ]
}

@test "micro-httpd under tcpserver under bpguard" {
  need tcpserver micro-httpd
  serve_file
  per_client wrapped micro-httpd "$served"
  break_it /large --slow
  recorded saved true call libc peer "$peer" comm micro-httpd
  [ "$(ends)" -ne 13 ]
  [ "$(ask /large)" -gt "$size" ]
}

@test "perl's HTTP::Daemon" {
  perl -MHTTP::Daemon -e 1 2>/dev/null || skip "libhttp-daemon-perl is not installed"
  dies perl "$programs/daemon.pl" port
  lives guarded perl "$programs/daemon.pl" port
  [ "$(records epipe call write)" -ge 1 ]
}

@test "perl's HTTP::Daemon under bpguard" {
  perl -MHTTP::Daemon -e 1 2>/dev/null || skip "libhttp-daemon-perl is not installed"
  lives wrapped perl "$programs/daemon.pl" port
}

@test "perl with send" {
  dies perl "$programs/send.pl" port
  lives guarded perl "$programs/send.pl" port
  recorded call 'send|sendto' action nosignal
}

# python WAY CALL
python() {
  serve_file
  export SERVED=$served/large
  dies /usr/bin/python3 "$programs/pipe.py" "$1" port
  lives guarded /usr/bin/python3 "$programs/pipe.py" "$1" port
  recorded call "$2" sigpipe kill
  grep -q 'Broken pipe' error
}

@test "python with send" {
  python send send
}

@test "python with sendmsg" {
  python sendmsg sendmsg
}

@test "python with writev" {
  python writev writev
}

@test "python with sendfile" {
  # Which of the two names python calls depends on how it was built.
  python sendfile 'sendfile|sendfile64'
}

@test "python with subprocess.run between accept and EPIPE" {
  python subprocess send
}

@test "python under bpguard" {
  lives wrapped /usr/bin/python3 "$programs/pipe.py" send port
}

shout='while read -r line && ((${#line} > 1)); do :; done; printf -v line "%0999d" 0
  for ((i = 0; i < 20000; i++)); do echo "$line" || exit 3; done'

@test "bash's echo under tcpserver" {
  need tcpserver
  per_client usual bash -c "$shout"
  break_it / --slow
  [ "$(ends)" -eq 13 ]
  stop

  per_client guarded bash -c "$shout"
  break_it / --slow
  recorded type tcp saved true call libc peer "$peer" comm bash
  [ "$(ends)" -eq 768 ]
  [ "$(ask)" -eq $((20000 * 1000)) ]
}

# The port of a client that bash is: the server leaves, and the script goes on.
@test "bash's echo on /dev/tcp" {
  need tcpserver
  start usual tcpserver -1 -R -H -l localhost 127.0.0.1 0 true
  wait_for_port out
  # Read until its FIN; the first line is answered by a RST.
  script="exec 5<>/dev/tcp/127.0.0.1/$port; read -r <&5; for ((i = 0; i < 100000; i++)); do
    echo x >&5 || break; done; echo alive"
  run -141 usual bash -c "$script"
  run -0 guarded bash -c "$script"
  [[ $output == *alive ]]
  recorded type tcp saved true call libc peer "127.0.0.1:$port"
}
