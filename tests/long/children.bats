#!/usr/bin/env bats
# Who ends by a pipe: the whole table (tests/programs/children.bash).

setup_file() {
  cd "$BATS_FILE_TMPDIR" || return
  load ../programs/children.bash
  make_inputs
}

setup() {
  load ../programs/common.bash
  load ../programs/children.bash
  cd "$BATS_FILE_TMPDIR" || return
}

@test "started by a shell that is the guarded program" {
  rows "$programs" "$ways" bpguard
}

@test "started by a shell below a guarded one" {
  rows "$programs" "$ways" sh
}

@test "started by a shell below a guarded server" {
  rows "$programs" "$ways" server
}
