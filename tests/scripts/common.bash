# What the tests of scripts/ share. Sourced by setup().

bats_require_minimum_version 1.5.0

top=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
bpguard=$top/scripts/bpguard
library=$top/build/libbpguard.so
tree=$top/build/bpguard-tree

# Settings of the machine that the tests run on shall not decide them.
unset BPGUARD_PROTECT BPGUARD_CHILDREN BPGUARD_LOG BPGUARD_LTTNG BPGUARD_ARGV BPGUARD_IGNORED BPGUARD_RATE BPGUARD_ROOT
unset BPGUARD_KEEPALIVE BPGUARD_USER_TIMEOUT BPGUARD_LIB BPGUARD_RECORDING LD_PRELOAD LTTNG_UST_REGISTER_TIMEOUT

cd "$BATS_TEST_TMPDIR" || exit 1

# until_true COMMAND...: tries for up to 30 s.
until_true() {
  local try
  for ((try = 0; try < 600; try++)); do
    if "$@"; then return 0; fi
    sleep 0.05
  done
  printf 'awaited in vain: %s\n' "$*"
  return 1
}

# ended PID
ended() {
  ! kill -0 "$1" 2>/dev/null
}

# elf FILE BYTES: an executable that begins as an ELF file with these bytes (printf escapes) at
# EI_CLASS, EI_DATA, … and is filled up with zeros.
elf() {
  { printf '\177ELF%b' "$2" && dd if=/dev/zero bs=1 count=100 2>/dev/null; } >"$1"
  chmod 755 "$1"
}

# Breaks a pipe of its own once, and says so if it lives.
broken_once='pipe $r, $w; close $r; syswrite $w, "x"; print "alive\n"'

# tree_at DIR: a source tree of bpguard and its commands, without any library.
tree_at() {
  mkdir -p "$1/scripts" "$1/build"
  cp "$bpguard" "$1/scripts"
  cp "$top"/build/bpguard-* "$1/build"
}

# lines FILE PATTERN: how many match.
lines() {
  grep -c -- "$2" "$1" || true
}
