#!/usr/bin/env bats
# Servers that ignore SIGPIPE by themselves: nothing changes for them, and what broke is on record.

setup() {
  load common.bash
  serve_file
}

teardown() {
  stop
}

# A port that is free now: these servers do not tell the one that the kernel would choose.
free_port() {
  /usr/bin/python3 -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

answers() {
  [ "$(ask /large)" -ge "$size" ]
}

# broken_and_alive BREAK HOW COMMAND...
broken_and_alive() {
  start "${@:2}"
  answers
  for _ in 1 2 3; do
    "$1"
    answers
  done
  kill -0 "$server"
}

# unchanged BREAK COMMAND...: with the port in $port.
unchanged() {
  broken_and_alive "$1" usual "${@:2}"
  stop
  broken_and_alive "$1" guarded "${@:2}"
  recorded sigpipe ignored action none saved false type tcp peer "$peer"
  [ "$(records epipe action 'nosignal|backstop|masked|killed')" -eq 0 ]
  [ "$(records epipe saved true)" -eq 0 ]
}

leave_midway() {
  break_it /large --slow
}

# The client is gone when the server comes to look, which is stopped meanwhile: one that waits for
# events would see the FIN and not even try to write.
leave_unseen() {
  local worker
  worker=$(tr -d ' ' <"/proc/$server/task/$server/children")
  kill -STOP "$worker"
  break_it /large
  kill -CONT "$worker"
}

@test "lighttpd" {
  need lighttpd
  port=$(free_port)
  cat >conf <<END
server.document-root = "$served"
server.bind = "127.0.0.1"
server.port = $port
server.errorlog = "$BATS_TEST_TMPDIR/errors"
END
  unchanged leave_midway lighttpd -D -f conf
}

@test "nginx" {
  need nginx
  port=$(free_port)
  cat >conf <<END
daemon off;
user $(id -un);
pid $BATS_TEST_TMPDIR/pid;
error_log $BATS_TEST_TMPDIR/errors info;
worker_processes 1;
events { }
http {
  access_log off;
  client_body_temp_path $BATS_TEST_TMPDIR/t1;
  proxy_temp_path $BATS_TEST_TMPDIR/t2;
  fastcgi_temp_path $BATS_TEST_TMPDIR/t3;
  uwsgi_temp_path $BATS_TEST_TMPDIR/t4;
  scgi_temp_path $BATS_TEST_TMPDIR/t5;
  server { listen 127.0.0.1:$port; root $served; sendfile on; }
}
END
  unchanged leave_unseen nginx -c "$PWD/conf"
  recorded call writev comm nginx
}

@test "python's socketserver" {
  start usual /usr/bin/python3 "$programs/ignoring.py" port
  wait_for_port port
  [ "$(ask)" -eq "$size" ]
  break_it
  [ "$(ask)" -eq "$size" ]
  stop

  start guarded /usr/bin/python3 "$programs/ignoring.py" port
  wait_for_port port
  break_it
  recorded sigpipe ignored action none saved false type tcp peer "$peer" call 'send|sendto'
  [ "$(ask)" -eq "$size" ]
  grep -q BrokenPipeError error
  [ "$(records epipe saved true)" -eq 0 ]
}
