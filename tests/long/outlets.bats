#!/usr/bin/env bats
# minutes: 1
# Writers of one log are killed in the middle of their lines, again and again: in make check too few
# are to hit one for sure.

bats_require_minimum_version 1.5.0

@test "3000 writers killed: of the one that goes on each record is a line" {
  cd "$BATS_TEST_DIRNAME/../.."
  export BPGUARD_LIB=${BPGUARD_LIB:-$PWD/build/libbpguard.so} OUTLETS_KILLS=3000 OUTLETS_SHOW=1
  make build/tests/calls/test_outlets
  run -0 build/tests/calls/test_outlets
  torn=$(sed -n 's/^3000 killed: \([0-9]*\) lines torn.*/\1/p' <<<"$output")
  echo "# $torn lines were torn" >&3
  [ "$torn" -gt 0 ]
}
