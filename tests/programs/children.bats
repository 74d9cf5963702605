#!/usr/bin/env bats
# Who ends by a pipe: the core of the table. All of it is tests/long/children.bats.

setup_file() {
  cd "$BATS_FILE_TMPDIR" || return
  load children.bash
  make_inputs
}

setup() {
  load common.bash
  load children.bash
  cd "$BATS_FILE_TMPDIR" || return
}

@test "whatever a guarded shell's pipe is" {
  rows 'tee shell' "$ways" bpguard
}

@test "whichever program writes" {
  rows 'seq xargs dd' fd7 bpguard
  rows 'perl mawk' 'fd7 popen' bpguard
  rows python popen bpguard
}

@test "whoever started it" {
  rows yes 'stdout substitution' 'sh server'
}

# The guarded program itself is told of the error.
@test "bpguard's own program lives on" {
  for program in yes seq; do
    : >"$log"
    bash -c "{ $(started_itself "$program"); echo \$? >status; } 2>error | $reader"
    [ "$(cat status)" = 1 ]
    grep -q 'Broken pipe' error
    recorded action backstop saved true comm "$program"
  done
}
