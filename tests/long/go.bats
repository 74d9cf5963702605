#!/usr/bin/env bats
# minutes: 2
# A real program of Go's with C code beside it (cgo). Skipped without a Go compiler.

bats_require_minimum_version 1.5.0

setup_file() {
  command -v go >/dev/null || return 0
  cd "$BATS_FILE_TMPDIR" || return
  cat >writer.go <<'END'
package main

// #include <pthread.h>
// #include <stdio.h>
// #include <unistd.h>
// static void *put(void *fd) { return (void *)write((int)(long)fd, "x", 1); }
// static void *print(void *fd) { return (void *)(long)dprintf((int)(long)fd, "x"); }
// static long in_thread(void *(*f)(void *), int fd)
// { pthread_t t; void *r; pthread_create(&t, 0, f, (void *)(long)fd); pthread_join(t, &r); return (long)r; }
// static long put_in_thread(int fd) { return in_thread(put, fd); }
// static long print_in_thread(int fd) { return in_thread(print, fd); }
import "C"
import "fmt"
import "os"

func main() {
	r, w, _ := os.Pipe()
	r.Close()
	switch os.Args[1] {
	case "write":
		fmt.Fprintln(os.Stderr, C.put_in_thread(C.int(w.Fd())))
	case "dprintf":
		fmt.Fprintln(os.Stderr, C.print_in_thread(C.int(w.Fd())))
	case "go":
		_, err := w.Write([]byte("x"))
		fmt.Fprintln(os.Stderr, err)
	case "stdout":
		_, err := os.Stdout.Write([]byte("x"))
		fmt.Fprintln(os.Stderr, err)
	}
}
END
  GO111MODULE=off GOCACHE=$PWD/cache CGO_ENABLED=1 go build -o writer writer.go
}

setup() {
  load ../programs/common.bash
  need go
  writer=$BATS_FILE_TMPDIR/writer
}

@test "C's threads live, by their own calls and by libc's" {
  for how in write dprintf; do
    : >"$log"
    run -0 guarded "$writer" $how
    [ "$output" = -1 ]
    [ "$(records epipe sigpipe kill saved true)" -eq 1 ]
  done
  run -0 guarded BPGUARD_PROTECT=calls "$writer" write
  run -141 guarded BPGUARD_PROTECT=observe "$writer" write
}

@test "Go code lives by a broken stdout, and gets EPIPE elsewhere" {
  run -0 guarded "$writer" go
  [[ $output == *'broken pipe' ]]
  mkfifo fifo
  (exec 3<fifo; eventually test -e opened) & reader=$!
  exec 4>fifo
  : >opened
  wait $reader
  : >"$log"
  run -0 --separate-stderr sh -c 'exec "$@" >&4' sh env --default-signal=PIPE LD_PRELOAD="$shim" BPGUARD_LOG="$log" "$writer" stdout
  [[ $stderr == *'connection reset by peer' ]]
  [ "$(records epipe fd 1 saved true)" -eq 1 ]
  run -141 sh -c 'exec "$@" >&4' sh env --default-signal=PIPE LD_PRELOAD="$shim" BPGUARD_PROTECT=observe "$writer" stdout
}
