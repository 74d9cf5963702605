# What the tests of report/ share. Sourced by setup().

load ../scripts/common

report=$top/build/bpguard-report
plugins=$top/build
trace=$top/build/tests/report/trace
unset NO_COLOR

# report_ready: skips where the report is not built.
report_ready() {
  [ -x "$report" ] || skip 'bpguard-report is not built: no babeltrace2 or json-c headers'
  command -v jq >/dev/null || skip 'no jq'
}

# record SECONDS EVENT FIELDS: a JSON line; FIELDS begin with a comma, or are nothing.
record() {
  printf '{"time":"2026-11-20T16:%02d:%02d.%09dZ","event":"%s","pid":100,"tid":100,"comm":"server","exe":"/usr/sbin/server"%s}\n' \
    $(($1 / 60 % 60)) $(($1 % 60)) 5 "$2" "${3-}"
}

# broken SECONDS PEER [FIELDS]: a failed send to PEER.
broken() {
  record "$1" epipe ',"call":"send","fd":7,"type":"tcp","errno":"EPIPE","sigpipe":"kill","action":"nosignal","saved":true,"local":"192.0.2.1:443","peer":"'"$2"'","cause":"peer-closed"'"${3-}"
}

# silences MS...: a connection each, from as many addresses, that was silent for so long.
silences() {
  local i=0 ms
  for ms; do
    i=$((i + 1))
    broken $((i % 600)) "198.51.$((i / 250)).$((i % 250)):$((20000 + i))" ",\"peer_silent_before_close_ms\":$ms"
  done
}

# numbers JQ FILE...: what jq finds in the json report.
numbers() {
  local what=$1
  shift
  "$report" --format json "$@" | jq -c "$what"
}

# page ARG...: the html report.
page() {
  "$report" --format html "$@"
}

# browser ARG...: what browser.py prints; it fails where the page complains or asks for anything.
browser() {
  python3 "$top/tests/report/browser.py" "$@"
}

browser_ready() {
  command -v chromium >/dev/null || skip 'no chromium'
  command -v python3 >/dev/null || skip 'no python3'
}
