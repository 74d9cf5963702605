#!/usr/bin/env bats
# Libraries of two word sizes, installed by ld.so's $LIB: one setting serves 64- and 32-bit programs.

# Why the tests cannot run here, or nothing.
missing() {
  if [ "$(uname -m)" != x86_64 ]; then
    echo 'not an x86-64 machine'
  elif [ ! -e "$BATS_TEST_DIRNAME/../../build/i386/libbpguard.so" ]; then
    echo 'no i386 library: make i386'
  fi
}

setup_file() {
  local top
  top=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
  [ -z "$(missing)" ] || return 0
  export PREFIX=$BATS_FILE_TMPDIR/prefix
  make -s -o all -C "$top" install PREFIX="$PREFIX" >/dev/null
  cat >"$BATS_FILE_TMPDIR/narrow.c" <<'END'
#include <stdio.h>
#include <unistd.h>
int main(void)
{
	int ends[2];
	if (pipe(ends) || close(ends[0]))
		return 1;
	if (write(ends[1], "x", 1) < 0)
		puts("alive");
	return 3;
}
END
  $(sh "$top/scripts/cc-for" i386) -o "$BATS_FILE_TMPDIR/narrow" "$BATS_FILE_TMPDIR/narrow.c"
}

setup() {
  load common
  [ -z "$(missing)" ] || skip "$(missing)"
  bpguard=$PREFIX/bin/bpguard narrow=$BATS_FILE_TMPDIR/narrow
}

# Not every kernel runs 32-bit programs, which no package mends: fails there, and says so.
runs_narrow() {
  local status=0
  "$narrow" || status=$?
  [ "$status" -eq 126 ] || return 0
  echo "UNABLE: this kernel runs no 32-bit programs" >&3
  return 1
}

@test "a 32-bit program is guarded" {
  runs_narrow || return 0
  run -141 "$narrow"
  run -3 "$bpguard" --log log "$narrow"
  [ "$output" = alive ]
  [ "$(lines log '"event":"epipe".*"call":"write"')" -eq 1 ]
}

@test "of a 32-bit program it is known that it can be guarded" {
  [ -e /lib/ld-linux.so.2 ] || skip 'no 32-bit loader'
  run -0 "$bpguard" check "$narrow"
  [[ ${lines[0]} == "can be guarded: $narrow: dynamic, glibc (/lib/ld-linux.so.2)" ]]
}

@test "and so is one that a 64-bit program executes, and the other way round" {
  runs_narrow || return 0
  run -3 "$bpguard" --log log sh -c 'perl -e "$1"; "$0"' "$narrow" "$broken_once"
  [ "$output" = $'alive\nalive' ]
  [ "$(lines log '"event":"epipe"')" -eq 2 ]
  [[ $output != *ld.so* ]]
}

@test "without the 32-bit library it is refused" {
  cp -R "$PREFIX" one
  rm -r one/lib/*-linux-gnu one/lib32
  run -125 one/bin/bpguard "$narrow"
  [[ $output == *'other word size than libbpguard.so' ]]
  run -0 one/bin/bpguard printenv LD_PRELOAD
  [ "$output" = "$PWD/one/lib/libbpguard.so" ]
}

@test "where ld.so finds nothing by \$LIB, the program still gets its library" {
  cp -R "$PREFIX" some
  rm -r some/lib/x86_64-linux-gnu
  run -0 some/bin/bpguard printenv LD_PRELOAD
  [ "$output" = "$PWD/some/lib/libbpguard.so" ]
}
