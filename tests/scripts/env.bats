#!/usr/bin/env bats
# bpguard env: what it prints guards.

setup() {
  load common
}

@test "it prints every setting, and nothing of this process" {
  run "$bpguard" env
  [ "$status" -eq 0 ]
  [ "$output" = "LD_PRELOAD=$library
BPGUARD_PROTECT=auto
BPGUARD_CHILDREN=pipelines
BPGUARD_LOG=off
BPGUARD_LTTNG=off
BPGUARD_ARGV=program
BPGUARD_IGNORED=leave
BPGUARD_RATE=100
BPGUARD_RUNAWAY=warn:1000
BPGUARD_KEEPALIVE=off
BPGUARD_USER_TIMEOUT=off" ]
}

@test "options, the environment and older preloads are in it" {
  BPGUARD_RATE=5 LD_PRELOAD=libm.so.6 run "$bpguard" env --protect=calls --log "$PWD/a log"
  [[ $output == *"LD_PRELOAD=$library:libm.so.6"* ]]
  [[ $output == *$'\nBPGUARD_PROTECT=calls\n'* ]]
  [[ $output == *$'\nBPGUARD_LOG='"$PWD/a log"$'\n'* ]]
  [[ $output == *$'\nBPGUARD_RATE=5\n'* ]]
}

@test "a program started with it survives, and its log is written" {
  local -a variables
  mapfile -t variables < <("$bpguard" env --log "$PWD/log")
  run env "${variables[@]}" perl -e "$broken_once"
  [ "$status" -eq 0 ]
  [ "$output" = alive ]
  [ "$(lines log '"event":"epipe"')" -eq 1 ]
}

@test "what it could not print on a line is refused" {
  run --separate-stderr -125 "$bpguard" env --log $'a\nb'
  [ -z "$output" ]
  [[ $stderr == *'--log:'* ]]
  run --separate-stderr -125 "$bpguard" env perl
  [ -z "$output" ]
  [[ $stderr == *"not 'perl'"* ]]
}

@test "--lttng on names the tracer's libraries and the wait" {
  [ -e "$top/build/libbpguard-lttng.so" ] || skip 'built without LTTng'
  run "$bpguard" env --lttng on
  [ "${lines[0]}" = "LD_PRELOAD=$library:liblttng-ust-fd.so.1:liblttng-ust-fork.so.1" ]
  [ "${lines[-1]}" = LTTNG_UST_REGISTER_TIMEOUT=500 ]
}
