#!/usr/bin/env bats
# scripts/bpguard.bash-completion

setup() {
  load common
  # shellcheck source=scripts/bpguard.bash-completion
  source "$top/scripts/bpguard.bash-completion"
}

# completes WORD...: the last one; bash has cut the line into these.
completes() {
  COMP_WORDS=(bpguard "$@")
  COMP_CWORD=$#
  COMPREPLY=()
  _bpguard
  printf '%s ' "${COMPREPLY[@]}"
}

@test "commands and options" {
  [[ " $(completes re)" == *' record '* ]]
  [[ " $(completes re)" == *' report '* ]]
  [ "$(completes help ch)" = 'check ' ]
  [[ " $(completes hel)" == *' help '* ]]
  [ "$(completes report --f)" = '--format ' ]
  [ "$(completes report --format '')" = 'text json html prometheus ' ]
  [ "$(completes top -)" = '-d -n --help ' ]
  [ "$(completes top net)" = 'net:// ' ]
  [ "$(completes --pro)" = '--protect ' ]
  [ "$(completes record --l)" = '--live --log --lttng ' ]
  [ "$(completes record --live --f)" = '--flight ' ]
  [ "$(completes run --rate 5 --c)" = '--children ' ]
  [[ $(completes record -) == '-o '* ]]
  [[ $(completes run -) != *-o* ]]
}

@test "an option's values, in both spellings" {
  [ "$(completes --protect '')" = 'auto calls observe ' ]
  [ "$(completes --protect = o)" = 'observe ' ]
  [ "$(completes record --children p)" = 'pipelines ' ]
  [ "$(completes --lttng =)" = 'off on ' ]
  [ "$(completes --log jour)" = 'journal ' ]
  : >fine
  [ "$(completes --log fin)" = 'fine ' ]
  mkdir dir
  [ "$(completes record -o di)" = 'dir ' ]
}

@test "the program, and after it files, not our options" {
  : >--protected
  [[ " $(completes run bas)" == *' bash '* ]]
  [ "$(completes --rate = 5 cat --prot)" = '--protected ' ]
  [ "$(completes -- cat --prot)" = '--protected ' ]
}
