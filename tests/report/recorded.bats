#!/usr/bin/env bats
# bpguard report on what bpguard recorded of real failures: a log and a trace say the same; a timeout
# is found, and none where there is none.

setup() {
  load common
  report_ready
  failures=$top/build/tests/report/failures
}

need_lttng() {
  [ -e "$top/build/libbpguard-lttng.so" ] || skip 'built without LTTng'
  command -v lttng >/dev/null || skip 'no lttng-tools'
}

@test "the same failures as trace and as log make the same report, but for times" {
  need_lttng
  run -0 "$bpguard" record -o trace --rate 0 --log "$PWD/log.jsonl" "$failures" mixed
  mkdir log
  cp trace/bpguard.recording log
  mv log.jsonl log/bpguard.jsonl
  for kind in trace log; do
    "$report" --format json $kind >$kind.json
    jq 'walk(if type == "object" then del(.time) else . end)' $kind.json >$kind.timeless
  done
  cmp trace.timeless log.timeless
  [ "$(jq .summary.failures trace.json)" -ge 40 ]
  [ "$(jq .processes.total trace.json)" -eq 2 ]
  [ "$(jq '[.places.list[] | select(.function == "write_often")] | length' trace.json)" -ge 1 ]
  [ "$(jq -c '[.advice[].kind]' trace.json)" = '["reader-died","local-shutdown","ignores-result"]' ]
  [ "$(jq -r '.hosts.list[].host' trace.json)" = "$(uname -n)" ]
}

@test "peers behind a timeout of 3 s are found to be" {
  run -0 "$bpguard" record -o data --lttng off --rate 0 "$failures" idle 40 3000
  run -0 "$report" data
  [[ $output =~ 'A tight cluster at 3.'[01]' s: '[0-9]+' connections' ]]
  [[ $output == *'No known default explains it.'* ]]
  [[ $output == *'An idle timeout of 3.'* ]]
  [ "$(numbers '.silence.clusters | length' data)" = 1 ]
  [ "$(numbers '.silence.clusters[0].connections' data)" -ge 30 ]
}

@test "peers that stay for times of many lengths have none" {
  run -0 "$bpguard" record -o data --lttng off --rate 0 "$failures" scatter 60 4000
  [ "$(numbers .silence.connections data)" -ge 50 ]
  [ "$(numbers '.silence.clusters' data)" = '[]' ]
  [ "$(numbers '[.advice[] | select(.kind == "idle-timeout")]' data)" = '[]' ]
}

@test "a recording of a program without failures" {
  need_lttng
  run -0 "$bpguard" record -o data true
  run -0 "$report" data
  [ "${lines[0]}" = 'No broken pipe was recorded of 1 guarded process.' ]
}
