#!/usr/bin/env bats
# minutes: 31
# libFuzzer on everything that parses or prints what somebody else chose, five minutes each. What it
# finds lies in build/fuzz/found; put it among tests/fuzz/seeds, which make check runs. FUZZ_SECONDS:
# another time.

bats_require_minimum_version 1.5.0

setup_file() {
  cd "$BATS_TEST_DIRNAME/../.."
  clang -fsanitize=fuzzer -x c -o "$BATS_FILE_TMPDIR/one" - <<<'int LLVMFuzzerTestOneInput(const unsigned char *d, unsigned long s) { return d && s > 99; }' 2>"$BATS_FILE_TMPDIR/said" || return 0
  make libfuzzer >&2
}

setup() {
  top=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
  cd "$top/build"
  [ -x "$BATS_FILE_TMPDIR/one" ] || skip "clang has no libFuzzer: $(tail -n 1 "$BATS_FILE_TMPDIR/said")"
}

# fuzzes NAME: nothing is found.
fuzzes() {
  mkdir -p "fuzz/corpus/$1" fuzz/found
  "fuzz/tests/fuzz/fuzz_$1" -max_total_time="${FUZZ_SECONDS:-300}" -print_final_stats=1 \
    -artifact_prefix="fuzz/found/$1-" "fuzz/corpus/$1" "$top/tests/fuzz/seeds/$1" >said 2>&1 ||
    { tail -n 40 said && return 1; }
  echo "# $1: $(sed -n 's/^stat::number_of_executed_units: *//p' said) inputs" >&3
}

@test "records as JSON" { fuzzes json; }
@test "settings" { fuzzes settings; }
@test "socket addresses" { fuzzes address; }
@test "the list of mappings" { fuzzes module; }
@test "the kernel's list of connections" { fuzzes listeners; }
@test "a process's name, the tree's root" { fuzzes root; }
