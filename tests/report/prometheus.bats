#!/usr/bin/env bats
# bpguard report --format prometheus: metrics that Prometheus takes, and no more of them than agreed.

setup() {
  load common
  report_ready
}

measure() {
  "$report" --format prometheus "$@"
}

# value METRIC [LABELS]: of one series in the file `metrics`.
value() {
  awk -v series="$1${2+"{$2}"}" 'index($0, series " ") == 1 { print substr($0, length(series) + 2) }' metrics
}

# sum METRIC: over all series.
sum() {
  awk -v name="$1{" 'index($0, name) == 1 { sum += $NF } END { print sum + 0 }' metrics
}

# sound: by promtool, where it is; and each series once.
sound() {
  [ -z "$(grep -v '^#' metrics | sed 's/ [^ ]*$//' | sort | uniq -d)" ]
  command -v promtool >/dev/null || skip 'no promtool'
  run -0 promtool check metrics <"$PWD/metrics"
  [ -z "$output" ]
}

@test "what promtool takes, with json's numbers" {
  {
    record 0 attach
    broken 1 198.51.100.1:1000 ',"lost":1000,"suppressed":3'
    broken 2 198.51.100.1:1000 ',"lost":1000'
    broken 3 198.51.100.2:1000 ',"lost":500' | sed 's/peer-closed/peer-reset/; s/nosignal/backstop/'
    record 4 epipe ',"call":"write","fd":1,"type":"pipe","action":"none","peer":"pipe:[77]","cause":"reader-gone","saved":false'
    record 5 epipe ',"type":"tcp"' | sed 's,/usr/sbin/server,/opt/b,'
    record 6 runaway ',"streak":1000'
  } >log.jsonl
  measure log.jsonl >metrics
  server='host="",program="/usr/sbin/server"'
  [ "$(value bpguard_failures_total "$server,cause=\"peer-closed\",action=\"nosignal\"")" = 2 ]
  [ "$(value bpguard_failures_total "$server,cause=\"peer-reset\",action=\"backstop\"")" = 1 ]
  [ "$(value bpguard_failures_total "$server,cause=\"reader-gone\",action=\"none\"")" = 1 ]
  [ "$(value bpguard_failures_total 'host="",program="/opt/b",cause="unknown",action="unknown"')" = 1 ]
  [ "$(sum bpguard_failures_total)" = "$(numbers .summary.failures log.jsonl)" ]
  [ "$(sum bpguard_averted_deaths_total)" = "$(numbers .summary.averted log.jsonl)" ]
  [ "$(sum bpguard_lost_bytes_total)" = "$(numbers .summary.lost log.jsonl)" ]
  [ "$(value bpguard_broken_connections_total "$server")" = 3 ]
  [ "$(value bpguard_runaways_total "$server")" = 1 ]
  [ "$(value bpguard_recorded_processes_total "$server")" = 1 ]
  [ "$(value bpguard_suppressed_records_total 'host=""')" = 3 ]
  [ "$(value bpguard_report_complete)" = 1 ]
  [ "$(value bpguard_last_record_timestamp_seconds)" = "$(date -u -d '2026-11-20 16:00:06' +%s).000" ]
  sound
}

@test "silence is a histogram, each known default within a bucket" {
  silences 50 100 101 5003 60020 60050 75003 240010 350009 600100 9999999 >log.jsonl
  measure log.jsonl >metrics
  for pair in 0.1=2 1=3 4=3 6=4 45=4 70=6 100=7 200=7 300=8 400=9 700=10 3600=10 +Inf=11; do
    [ "$(value bpguard_peer_silence_seconds_bucket "host=\"\",le=\"${pair%=*}\"")" = "${pair#*=}" ]
  done
  [ "$(value bpguard_peer_silence_seconds_count 'host=""')" = 11 ]
  [ "$(value bpguard_peer_silence_seconds_sum 'host=""')" = 11390.445 ]
  sound
}

@test "labels are bounded: the programs and hosts beyond --top are one" {
  local i
  for i in 1 2 3 4 5 6; do
    mkdir "$i"
    echo "host h$i" >"$i/bpguard.recording"
    # shellcheck disable=SC2034
    for j in $(seq "$i"); do broken "$j" "198.51.100.$i:$j" ',"peer_silent_before_close_ms":5'; done |
      sed "s,/usr/sbin/server,/bin/p$i," >"$i/bpguard.jsonl"
  done
  measure --top 2 1 2 3 4 5 6 >metrics
  [ "$(sum bpguard_failures_total)" = 21 ]
  [ "$(grep -c ^bpguard_lost_bytes_total metrics)" -eq 3 ]
  [ "$(value bpguard_broken_connections_total 'host="h6",program="/bin/p6"')" = 6 ]
  [ "$(value bpguard_broken_connections_total 'host="other",program="other"')" = 10 ]
  [ "$(value bpguard_peer_silence_seconds_count 'host="other"')" = 10 ]
  sound
  for i in $(seq 200); do broken 1 "198.51.100.1:$i" | sed "s,/usr/sbin/server,/bin/p$i,"; done >log.jsonl
  measure log.jsonl >metrics
  [ "$(grep -c ^bpguard_failures_total metrics)" -eq 51 ]
  [ "$(sum bpguard_failures_total)" = 200 ]
}

@test "names from outside stay within their quotes" {
  {
    printf '{"time":"2026-11-20T16:00:00Z","event":"epipe","pid":1,"type":"tcp","exe":"/a\\"} 1\\n# TYPE x\\\\"}\n'
    printf '{"time":"2026-11-20T16:00:00Z","event":"epipe","pid":1,"type":"tcp","exe":"other"}\n'
    printf '{"time":"2026-11-20T16:00:00Z","event":"epipe","pid":1,"type":"tcp","exe":"/\\u00ff\\u20ac"}\n'
  } >log.jsonl
  measure log.jsonl >metrics
  grep -qF 'program="/a\"} 1\n# TYPE x\\",cause=' metrics
  grep -qF 'program="/ÿ€"' metrics
  sound
}

@test "nothing, and what is partial" {
  : >empty.jsonl
  measure empty.jsonl >metrics
  [ "$(value bpguard_report_complete)" = 1 ]
  [ "$(sum bpguard_failures_total)" = 0 ]
  run -1 measure -o metrics empty.jsonl missing
  [ "$(value bpguard_report_complete)" = 0 ]
  sound
}
