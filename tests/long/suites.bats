#!/usr/bin/env bats
# minutes: 40
# Suites that others wrote give the same verdicts with the guard as without it.

setup() {
  unset LD_PRELOAD
  suites=$BATS_TEST_DIRNAME/../programs/suites
}

# Shown while it goes on.
compared() {
  "$suites" "$1" 2>&1 | tee "$BATS_TEST_TMPDIR/output" | sed -u 's/^/# /' >&3
  [ "${PIPESTATUS[0]}" -eq 0 ]
  ! grep "^SKIP $1" "$BATS_TEST_TMPDIR/output" || skip 'it is not installed'
}

@test "stress-ng" { compared stress-ng; }
@test "Twisted" { compared twisted; }
@test "CPython" { compared cpython; }
