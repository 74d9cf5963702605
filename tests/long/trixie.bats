#!/usr/bin/env bats
# minutes: 8
# Debian 13's glibc 2.41 makes its calls through one stub: what a record tells of them, in a root of that
# release (tests/machines/trixie), and with its 32-bit libc, which qemu-user runs.

setup() {
  cd "$BATS_TEST_DIRNAME/../.." || return
  export BPGUARD_LIB=${BPGUARD_LIB:-$PWD/build/libbpguard.so} CK_TIMEOUT_MULTIPLIER=10
  [ -d build/trixie ] || skip "no root of Debian 13: $(tail -n 1 build/trixie.log)"
}

in_trixie() {
  sh tests/machines/trixie "build/tests/calls/$1"
}

# Its seccomp(2) is none, and what else qemu-user lacks (tests/machines/run).
by_emulator() {
  [ -x build/i386/victims/test_libc ] || skip 'no compiler for i386'
  BPGUARD_EMULATOR=$(command -v qemu-i386) || skip 'no qemu-i386'
  export BPGUARD_EMULATOR QEMU_LD_PREFIX=$PWD/build/trixie
  export BPGUARD_LIB=$PWD/build/i386/libbpguard.so BPGUARD_VICTIMS=$PWD/build/i386/victims
  export BPGUARD_LACKING=' seccomp raw-number cookies pwritev2 pwritev64v2 tcp6 unix-seqpacket fifo '
  CK_RUN_CASE=$2 "build/tests/calls/$1"
}

@test "it is glibc 2.41 or later" {
  run sh tests/machines/trixie /lib64/ld-linux-x86-64.so.2 --version
  [[ $output =~ release\ version\ 2\.(4[1-9]|[5-9]) ]]
}

@test "libc's own writes" { in_trixie test_libc; }
@test "every call" { in_trixie test_matrix; }
@test "short writes" { in_trixie test_short; }
@test "under a filter of its own" { in_trixie test_confined; }
@test "cancelled and left by a jump" { in_trixie test_mask; }
@test "signals" { in_trixie test_signals; }
@test "under a storm of signals" { in_trixie test_storm; }

@test "i386: libc's own writes" { by_emulator test_libc recorded; }
@test "i386: every call" { by_emulator test_matrix auto; }
@test "i386: every call, observed" { by_emulator test_matrix observe; }
