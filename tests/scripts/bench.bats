#!/usr/bin/env bats
# tests/bench/run, by its quick runs: that it measures, tells and judges, not how fast anything is.

setup() {
  load common
  export BPGUARD_BENCH=$PWD/bench
}

bench() {
  python3 "$top/tests/bench/run" --quick "$@"
}

# goals TEXT: whether each goal of that name holds.
goals() {
  jq -c "[.figures[] | select(.goal) | select(.goal | contains(\"$1\")) | .holds]" bench.json
}

@test "a quick run prints Markdown and writes it, the figures as JSON, and a plot" {
  run --separate-stderr bench failing # where gnuplot is not, stderr says so
  [ "$output" = "$(cat bench.md)" ]
  grep -qx '## Calls that fail' bench.md
  grep -q '^| guarded, JSON to a file | [0-9.]*, +[0-9.]* (' bench.md
  jq -e '.quick and .machine.processors >= 1' bench.json
  jq -e '[.figures[] | select(.part == "failing" and .unit == "µs")] |
    length >= 20 and all(0 < .low and .low <= .value and .value <= .high and .runs == 2)' bench.json
  # One in the log, one in the trace where there is LTTng.
  [[ $(goals 'every failure is in') =~ ^\[true(,true)?\]$ ]]
  ! command -v gnuplot || grep -q 'guarded, JSON to a file' bench.svg
}

@test "it ends with 0 if every goal holds, else with 1" {
  run bench failing
  [ "$status" -eq "$(jq 'if all(.figures[]; .holds != false) then 0 else 1 end' bench.json)" ]
  [ "$(lines bench.md 'does not hold')" -eq "$(jq '[.figures[] | select(.holds == false)] | length' bench.json)" ]
}

# Counted, not timed: the same in every run.
@test "a write that succeeds makes 16 instructions more at most, and so does a send" {
  [ "$(uname -m)" = x86_64 ] || skip 'the goal is for x86-64'
  command -v valgrind || skip 'no valgrind'
  run -0 python3 - "$top/tests/bench" "$PWD" <<'END'
import sys
sys.path.insert(0, sys.argv[1])
import calls, measure
them = calls.Calls(measure.Bench(sys.argv[2]))
for cell in "write/pipe", "send/unix":
    print(cell, round(them.instructions(cell, "auto") - them.instructions(cell, "unguarded")))
END
  echo "$output"
  [[ ${lines[0]} =~ ^write/pipe\ ([0-9]+)$ ]] && [ "${BASH_REMATCH[1]}" -le 16 ] && [ "${BASH_REMATCH[1]}" -gt 0 ]
  [[ ${lines[1]} =~ ^send/unix\ ([0-9]+)$ ]] && [ "${BASH_REMATCH[1]}" -le 16 ] && [ "${BASH_REMATCH[1]}" -gt 0 ]
}

@test "a guard that records nothing misses a goal" {
  printf '#include <signal.h>\n__attribute__((constructor)) static void f(void) { signal(SIGPIPE, SIG_IGN); }\n' |
    cc -shared -fPIC -x c -o silent.so -
  BPGUARD_LIB=$PWD/silent.so run -1 bench failing
  [[ $output == *'every failure is in the log, 10500 in all: 0, **does not hold**'* ]]
  [ "$(goals 'in the log')" = '[false]' ]
}

@test "what cannot be run ends it with 2 and one line" {
  printf 'int unused;\n' | cc -shared -fPIC -x c -o harmful.so -
  BPGUARD_LIB=$PWD/harmful.so run -2 --separate-stderr bench failing
  [[ $stderr == 'bench: '*'failing pipe write 1050: status -13:'* ]]
  [ ! -e bench.json ]
  BPGUARD_LIB=$PWD/none.so run -2 --separate-stderr bench failing
  [ "$stderr" = "bench: no $PWD/none.so: run make first" ]
}

@test "a program that is missing is a SKIP line" {
  python3=$(python3 -c 'import sys; print(sys.executable)')
  mkdir bin
  run -0 env PATH="$PWD/bin" "$python3" "$top/tests/bench/run" --quick report
  [[ $output == *'SKIP: babeltrace2 is not installed'* ]]
  jq -e '.figures == []' bench.json
}

@test "a part, or a quick run, is not published" {
  run -2 --separate-stderr bench --publish
  [[ $stderr == *'only a whole run is published'* ]]
  run -2 --separate-stderr python3 "$top/tests/bench/run" --publish start
  [[ $stderr == *'only a whole run is published'* ]]
  [ ! -e bench.json ]
}

@test "an unknown part is refused with the list" {
  run -2 --separate-stderr bench failing nonsense
  [[ $stderr == *'no part nonsense: they are calls, failing, servers, '*report ]]
  [ -z "$output" ]
  [ ! -e bench.json ]
}
