#!/usr/bin/env bats
# minutes: 40
# Suites that others wrote give the same verdicts with the guard as without it.

setup() {
  unset LD_PRELOAD
  suites=$BATS_TEST_DIRNAME/../programs/suites
}

compared() {
  run "$suites" "$1"
  printf '# %s\n' "${lines[@]}" >&3
  [ "$status" -eq 0 ]
  [[ $output != SKIP* ]] || skip "${lines[0]#SKIP }"
}

@test "stress-ng" { compared stress-ng; }
@test "Twisted" { compared twisted; }
@test "CPython" { compared cpython; }
