#!/usr/bin/env bats
# scripts/demo: what it shows holds, and it tidies up.

setup() {
  load common
  for program in micro-httpd tcpserver; do
    PATH=$PATH:/usr/sbin command -v "$program" >/dev/null || skip "no $program"
  done
  perl -MHTTP::Daemon -e 1 2>/dev/null || skip 'no HTTP::Daemon'
  [ -x "$top/build/bpguard-report" ] || skip 'bpguard-report is not built'
}

@test "two servers die unguarded, and live and tell under bpguard record" {
  mkdir tmp
  TMPDIR=$PWD/tmp run -0 timeout 120 sh "$top/scripts/demo" "$PWD/page.html"
  [ "$(grep -c 'wait status 141 = 128 + 13' <<<"$output")" -eq 2 ]
  [ "$(grep -c 'the next client gets: 200 O[Kk]: Still here.' <<<"$output")" -eq 2 ]
  grep -qE 'bpguard:epipe  micro-httpd: libc\(\) on fd 1, peer 127\.0\.0\.1:[0-9]+' <<<"$output"
  grep -qE 'bpguard:epipe  perl: write\(\) on fd [0-9]+, peer 127\.0\.0\.1:[0-9]+' <<<"$output"
  grep -qE '^   [0-9,]+ broken pipes on 2 connections; [0-9,]+ deaths averted' <<<"$output"
  grep -q '^   What to do' <<<"$output"
  [[ $output == *"page, for a browser: $PWD/page.html"* ]]
  grep -q ' broken pipes on 2 connections; ' page.html
  [[ $output == *'All as expected.' ]]
  run ls -A tmp
  [ -z "$output" ]
}
