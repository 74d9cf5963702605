#!/usr/bin/env bats
# What is written by hand of the settings and of the record, against contract/*.def.

setup() {
  load common
  # shellcheck source=scripts/bpguard.bash-completion
  source "$top/scripts/bpguard.bash-completion"
}

# rows FILE MACRO...: a line for each use of one of the macros, its arguments by tabs, strings without
# their quotes. No argument holds a comma outside a string.
rows() {
  local file=$1 macro
  shift
  for macro; do printf '#define %s(...) \001 #__VA_ARGS__\n' "$macro"; done >rows.c
  printf '#include "contract/%s"\n' "$file" >>rows.c
  "${CC:-cc}" -E -P -I"$top" rows.c | perl -0777 -ne '
    for my $row (/\001\s*"((?:[^"\\]|\\.)*)"/g) {
      $row =~ s/\\(.)/$1/g;
      print join("\t", map { s/^\s+|\s+$//gr =~ s/^"(.*)"$/$1/sr } $row =~ /"[^"]*"|[^,"\s][^,"]*/g), "\n";
    }'
}

# words FORM: those that stand for themselves; of warn:N what N follows.
words() {
  tr '|' '\n' <<<"$1" | sed -n 's/^\([a-z]*:\{0,1\}\)[A-Z]*$/\1/p' | grep .
}

# block MANUAL PATTERN: the lines of an item of a manual's list, to the next one of its kind or the end
# of the list.
block() {
  perl -ne '
    BEGIN { $pattern = shift; }
    if ($in && (/^\.It (Fl|Ev|Va) / || /^\.Ss /) && !/$pattern/) { exit }
    $in ||= /$pattern/;
    print if $in && !/^\.Bl /' "$2" "$top/doc/$1"
}

# says TEXT WORD: whether it stands there as a word.
says() {
  grep -qE "(^|[^A-Za-z0-9_-])$2([^A-Za-z0-9_-]|\$)" <<<"$1" || {
    echo "no $2 in: $1"
    return 1
  }
}

# completes WORD...: the last one.
completes() {
  COMP_WORDS=(bpguard "$@")
  COMP_CWORD=$#
  COMPREPLY=()
  _bpguard
  printf '%s\n' "${COMPREPLY[@]}"
}

@test "the rows are read whole" {
  [ "$(rows settings.def SETTING | wc -l)" -eq "$(grep -c '^SETTING(' "$top/contract/settings.def")" ]
  [ "$(rows record.def FIELD | wc -l)" -eq "$(grep -c '^FIELD(' "$top/contract/record.def")" ]
  run rows settings.def SETTING
  [ "${lines[0]}" = $'protect\tBPGUARD_PROTECT\tprotect\tauto\tauto|calls|observe\tauto, calls or observe\twhat a failing write may do to the program' ]
}

@test "the completion has every option and no other, and every word" {
  rows settings.def SETTING | cut -f 3 | sed 's/^/--/' >options
  printf '%s\n' --help --version >>options
  diff <(sort options) <(completes run - | sort)
  diff <(sort options) <(completes env - | sort)
  printf '%s\n' -o --live --relay --flight >>options
  diff <(sort options) <(completes record - | sort)
  while IFS=$'\t' read -r _ _ option standard form _; do
    completes "--$option" '' >offered
    for word in $(words "$form"); do grep -q "^$word" offered; done
    # A log may go to any file: those here are offered too.
    [ "$option" = log ] || while read -r word; do
      "$bpguard" env "--$option=$word" >/dev/null
    done <offered
  done < <(rows settings.def SETTING)
}

@test "bpguard(1) has every setting's option, words, default and variable" {
  local variables
  variables=$(block bpguard.1 '^\.It Ev BPGUARD_PROTECT')
  while IFS=$'\t' read -r _ variable option standard form _; do
    item=$(block bpguard.1 "^\\.It Fl -$option ")
    [ -n "$item" ]
    for word in $(words "$form"); do says "${item%%$'\n'*}" "${word%:}"; done
    [[ ${item,,} == *default* ]]
    for word in ${standard//:/ }; do says "$item" "$word"; done
    says "$variables" "$variable"
  done < <(rows settings.def SETTING)
}

@test "libbpguard(7) has every setting's variable, words and default" {
  while IFS=$'\t' read -r _ variable _ standard form _; do
    item=$(block libbpguard.7 "^\\.It Ev $variable\$")
    [ -n "$item" ]
    for word in $(words "$form"); do says "$item" "${word%:}"; done
    [[ $item == *default* ]]
    for word in ${standard//:/ }; do says "$item" "$word"; done
  done < <(rows settings.def SETTING)
}

@test "bpguard-record(5) has every field" {
  grep '^\.It Va ' "$top/doc/bpguard-record.5" | sed 's/^\.It Va //; s/ , /\n/g' | sort >told
  rows record.def FIELD | cut -f 2 | sort >fields
  diff fields told
}

@test "bpguard-record(5) has every name that a field may hold" {
  local set field item name
  for set in EVENT:event TYPE:type ERROR:errno SIGPIPE_WOULD:sigpipe ACTION:action CAUSE:cause \
    TCP_STATE:tcp_state; do
    field=${set#*:}
    item=$(block bpguard-record.5 "^\\.It Va $field\$")
    [ -n "$item" ]
    rows record.def "${set%:*}" | cut -f 2 >names
    [ -s names ]
    while read -r name; do says "$item" "$name"; done <names
  done
}
