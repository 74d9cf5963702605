#!/usr/bin/env bats
# bpguard record --relay, --live and --flight, and LTTng's triggers: many hosts, what can be
# followed, what is kept in memory, and what happens when a daemon goes away.

load session

# Each host is a network namespace with a name of its own, held by a process; the relay's has a
# bridge to all. They are gone with these processes.
hosts='bpg-a bpg-b bpg-c'

is_held() {
  [ "$(cat "/proc/$1/comm" 2>/dev/null)" = sleep ]
}

host_begin() {
  unshare --net --uts sh -c "hostname $1 && exec sleep 3600" 3>&- >/dev/null 2>&1 &
  declare -g "pid_${1#bpg-}=$!"
  eventually is_held $! || return 1
  nsenter -t $! -n ip link set lo up
}

# pid_of HOST: of the process that holds it.
pid_of() {
  local name=pid_${1#bpg-}
  printf '%s\n' "${!name}"
}

hosts_begin() {
  local host number=1
  host_begin bpg-relay && pid_relay=$! || return 1
  nsenter -t "$pid_relay" -n sh -c 'ip link add hub type bridge && ip link set hub up &&
    ip address add 10.231.0.1/24 dev hub' || return 1
  for host in $hosts; do
    host_begin "$host" || return 1
    number=$((number + 1))
    ip link add eth0 netns $! type veth peer name "to-$host" netns "$pid_relay" &&
      nsenter -t "$pid_relay" -n ip link set "to-$host" master hub up &&
      nsenter -t $! -n sh -c "ip address add 10.231.0.$number/24 dev eth0 && ip link set eth0 up" ||
      return 1
    mkdir "$TRACE_HOME/$host"
  done
  chown "$TRACE_UID" "$TRACE_HOME"/bpg-*
}

setup_file() {
  trace_begin
  [ -n "${TRACE_HOME-}" ] || return 0
  mkdir -p "$TRACE_HOME/tree/scripts" "$TRACE_HOME/tree/build"
  cp "$TRACE_TREE/scripts/bpguard" "$TRACE_HOME/tree/scripts"
  cp "${SHIM%/*}"/bpguard-* "${SHIM%/*}"/*.so "$TRACE_HOME/tree/build"
  cp "$TRACE_SOURCE"/*.pl "$TRACE_HOME"
  chmod -R a+rX "$TRACE_HOME/tree" "$TRACE_HOME"/*.pl # whoever the tree is for
  if hosts_begin >"$TRACE_HOME/hosts.said" 2>&1; then touch "$TRACE_HOME/hosts"; fi
  export pid_relay pid_a pid_b pid_c
}

teardown_file() {
  local pid
  for pid in ${pid_relay-} ${pid_a-} ${pid_b-} ${pid_c-}; do kill "$pid" || true; done
  trace_end
}

setup() {
  trace_ready
  dir=$TRACE_HOME/$SESSION
  as_user mkdir "$dir"
  relay='' recorders=()
}

teardown() {
  local pid
  for pid in $(cat "${dir-/none}"/*/pid 2>/dev/null) $relay "${recorders[@]}"; do
    kill -9 "$pid" 2>/dev/null || true
  done
}

need_hosts() {
  [ -e "$TRACE_HOME/hosts" ] || skip "no network namespaces can be made: $(tail -n 1 "$TRACE_HOME/hosts.said")"
}

# on HOST COMMAND...
on() {
  local host=$1
  shift
  nsenter -t "$(pid_of "$host")" -n -u setpriv "--reuid=$TRACE_UID" "--regid=$TRACE_UID" --clear-groups \
    env -i PATH="$PATH" HOME="$TRACE_HOME/$host" LTTNG_NETWORK_SOCKET_TIMEOUT=1000 "$PATIENT" "$@"
}

# has_ports PID: its three ports are open (0A).
has_ports() {
  [ "$(grep -c ':14D[EF] 00000000:0000 0A\|:14E0 00000000:0000 0A' "/proc/$1/net/tcp")" -eq 3 ]
}

# relay_begin: at its usual ports, writing into $dir/relay.
relay_begin() {
  as_user mkdir -p "$dir/relay"
  nsenter -t "$pid_relay" -n -u setpriv "--reuid=$TRACE_UID" "--regid=$TRACE_UID" --clear-groups \
    env -i PATH="$PATH" HOME="$TRACE_HOME" lttng-relayd --output="$dir/relay" >/dev/null 2>&1 3>&- &
  relay=$!
  eventually has_ports "$relay"
}

# serve HOST: a guarded server there, recorded at the relay.
serve() {
  as_user mkdir "$dir/$1"
  on "$1" "$TRACE_HOME/tree/scripts/bpguard" record -o "$dir/$1/data" --relay 10.231.0.1 \
    perl "$TRACE_HOME/server.pl" "$dir/$1" 2>"$dir/$1.said" 3>&- &
  recorders+=($!)
}

# visit HOST ping|leave N
visit() {
  on "$1" perl "$TRACE_HOME/client.pl" "$(cat "$dir/$1/port")" "$2" "$3"
}

# each_visits ping|leave N: all hosts' servers at once.
each_visits() {
  local host pid visitors=()
  for host in $hosts; do
    visit "$host" "$@" 3>&- &
    visitors+=($!)
  done
  for pid in "${visitors[@]}"; do wait "$pid"; done
}

# end_all N: the servers, and their recordings, end; each server's writes failed N times.
end_all() {
  local pid host
  cat "$dir"/*/pid | xargs kill
  for pid in "${recorders[@]}"; do wait "$pid"; done
  for host in "$dir"/*/failed; do [ "$(cat "$host")" -eq "$1" ]; done
  recorders=()
}

# holds DIR N: whether there are that many failures in it.
holds() {
  [ "$(count "$1" ' bpguard:epipe: ')" -eq "$2" ]
}

# arrived DIR N: waits until there are.
arrived() {
  eventually holds "$@"
}

# count DIR PATTERN: of the trace's lines.
count() {
  babeltrace2 "$1" 2>/dev/null | grep -c -- "$2" || true
}

@test "three hosts to one relay: all arrives, and adds up for each" {
  need_hosts
  relay_begin
  for host in $hosts; do serve "$host"; done
  for host in $hosts; do await "$dir/$host/port"; done
  each_visits leave 100
  end_all 100
  for host in $hosts; do
    [ "$(count "$dir/relay" " $host bpguard:epipe: ")" -eq 100 ]
    [ "$(count "$dir/relay/$host" " $host bpguard:detach: .*failures = 100,")" -eq 1 ]
    [ "$(count "$dir/relay/$host" ' bpguard:epipe: ')" -eq 100 ]
    grep -q "^bpguard: recorded at net://10.231.0.1, host $host, session bpguard-" "$dir/$host.said"
  done
  [ "$(count "$dir/relay" ' bpguard:epipe: ')" -eq 300 ]
  "$TRACE_TREE/scripts/bpguard" report --format json "$dir/relay" >"$dir/report.json"
  [ "$(jq -c '[.summary.failures, .complete]' "$dir/report.json")" = '[300,true]' ]
  [ "$(jq -r '.hosts.list[] | "\(.host) \(.failures)"' "$dir/report.json" | sort)" = \
    "$(for host in $hosts; do echo "$host 100"; done | sort)" ]
}

@test "the relay is killed in the middle: the servers answer on, and what it lacks is told and here" {
  need_hosts
  relay_begin
  for host in $hosts; do serve "$host"; done
  for host in $hosts; do await "$dir/$host/port"; done
  each_visits leave 20
  each_visits ping 200
  arrived "$dir/relay" 60
  kill -9 "$relay"
  each_visits leave 20
  each_visits ping 200
  end_all 40
  [ "$(count "$dir/relay" ' bpguard:epipe: ')" -eq 60 ]
  for host in $hosts; do
    [ "$(count "$dir/$host/data" " $host bpguard:epipe: ")" -eq 40 ]
    grep "^bpguard: net://10.231.0.1 went away, or LTTng here: what came last is missing there" "$dir/$host.said"
    grep "^bpguard: what this host still has, from 20.* UTC on, is in $dir/$host/data: 40 epipe" "$dir/$host.said"
  done
}

@test "the net to the relay is cut: the server answers on, and the recording ends" {
  need_hosts
  relay_begin
  serve bpg-a
  await "$dir/bpg-a/port"
  visit bpg-a leave 20
  visit bpg-a ping 200
  arrived "$dir/relay" 20
  nsenter -t "$pid_a" -n ip link set eth0 down
  visit bpg-a leave 20
  visit bpg-a ping 200
  end_all 40
  nsenter -t "$pid_a" -n ip link set eth0 up
  grep "^bpguard: net://10.231.0.1 went away" "$dir/bpg-a.said"
  [ "$(count "$dir/bpg-a/data" ' bpguard:epipe: ')" -eq 40 ]
}

# bpguard_here ARG...: as the daemon's user, by that daemon.
bpguard_here() {
  as_user "$PATIENT" "$TRACE_HOME/tree/scripts/bpguard" "$@"
}

@test "--live: it can be followed while it runs, and is in the directory afterwards" {
  as_user mkdir "$dir/here"
  bpguard_here record -o "$dir/data" --live perl server.pl "$dir/here" 2>"$dir/said" 3>&- &
  recorders+=($!)
  await "$dir/here/port"
  address=$(sed -n 's/^bpguard: live at //p' "$dir/said")
  timeout 300 babeltrace2 --input-format=lttng-live "$address" \
    --params='session-not-found-action="end"' >"$dir/followed" 2>&1 3>&- &
  follower=$!
  perl client.pl "$(cat "$dir/here/port")" leave 5
  eventually has "$dir/followed" bpguard:epipe 5 || { cat "$dir/followed" && return 1; }
  kill -0 "$(cat "$dir/here/pid")"
  end_all 5
  wait "$follower"
  [ "$(grep -c 'bpguard:detach' "$dir/followed")" -eq 1 ]
  [ "$(count "$dir/data" ' bpguard:epipe: ')" -eq 5 ]
  grep "^bpguard: recorded in $dir/data .*: 5 epipe, 1 attach, 1 detach" "$dir/said"
  printf '%s\n' "--output=$dir/data" >"$dir/pattern"
  run ! grep -lzxFf "$dir/pattern" /proc/[0-9]*/cmdline
}

@test "--live: bpguard top follows the directory" {
  as_user mkdir "$dir/here"
  bpguard_here record -o "$dir/data" --live perl server.pl "$dir/here" 2>"$dir/said" 3>&- &
  recorders+=($!)
  await "$dir/here/port"
  bpguard_here top -d 1 -n 600 "$dir/data" >"$dir/seen" 2>&1 3>&- &
  follower=$!
  await "$dir/seen" '^Broken pipes '
  perl client.pl "$(cat "$dir/here/port")" leave 5
  eventually has "$dir/seen" '^Broken pipes 5 ' || { cat "$dir/seen" && return 1; }
  kill "$follower"
  end_all 5
}

@test "--flight: written at the first failure, with what came before, and at the end" {
  as_user mkdir "$dir/here"
  bpguard_here record -o "$dir/data" --flight perl server.pl "$dir/here" 2>"$dir/said" 3>&- &
  recorders+=($!)
  await "$dir/here/port"
  perl client.pl "$(cat "$dir/here/port")" ping 5
  [ -z "$(find "$dir/data" -name metadata)" ]
  perl client.pl "$(cat "$dir/here/port")" leave 1
  arrived "$dir/data" 1
  [ "$(count "$dir"/data/first-* ' bpguard:attach: ')" -eq 1 ]
  perl client.pl "$(cat "$dir/here/port")" leave 3
  end_all 4
  [ "$(count "$dir"/data ' bpguard:epipe: ')" -eq 4 ]
  [ "$(count "$dir"/data/last-* ' bpguard:detach: ')" -eq 1 ]
  grep "^bpguard: recorded in $dir/data .*: 4 epipe, 1 attach, 1 detach" "$dir/said"
  [[ $(as_user lttng list-triggers) != *bpguard-* ]]
}

@test "--flight: what was overwritten since the first failure is kept from it" {
  # On one processor, as each has a buffer of its own.
  local processor
  processor=$(sed -n 's/^Cpus_allowed_list:[^0-9]*\([0-9]*\).*/\1/p' /proc/self/status)
  taskset -cp "$processor" $BASHPID >/dev/null
  run -0 bpguard_here record -o "$dir/data" --flight perl -e '
    sub fail { pipe $r, $w; close $r; syswrite $w, "x" }
    # The metadata comes last.
    fail; for (1 .. 600) { last if grep { -s } glob "$ARGV[0]/first-*/*/*/*/*/metadata"; select undef, undef, undef, .1 }
    fail for 1 .. 12000' "$dir/data"
  [ "$(count "$dir"/data/first-* ' bpguard:epipe: ')" -eq 1 ]
  last=$(count "$dir"/data/last-* ' bpguard:epipe: ')
  [ "$last" -gt 100 ]
  [ "$last" -lt 12000 ]
}

@test "--flight: nothing broke, nothing is written" {
  run -0 bpguard_here record -o "$dir/data" --flight true
  [ "$output" = 'bpguard: nothing broke, so nothing is written' ]
  [ "$(ls "$dir/data")" = bpguard.recording ]
}

# has_written DIR: there is a trace in it.
has_written() {
  [ -n "$(find "$1" -name metadata -size +0 2>/dev/null)" ]
}

# The commands of README's "Alerts".
@test "a trigger acts on the first failure that it is set to, and on no other" {
  {
    as_user lttng create watch --snapshot --output="$dir/alerts"
    as_user lttng enable-event --session=watch --userspace 'bpguard:*'
    as_user lttng start watch
    as_user lttng add-trigger --name=broken --condition=event-rule-matches \
      --type=user --name='bpguard:epipe' --filter='saved == 1 && comm == "perl"' \
      --action=snapshot-session watch --rate-policy=once-after:1 --action=notify
  } >/dev/null
  # Once only: were this one's failure what it acts on, it would not act on perl's.
  bpguard_here --lttng on "$TRACE_HOME/victim" brief
  bpguard_here --lttng on perl -e 'pipe $r, $w; close $r; syswrite $w, "x" for 1 .. 3'
  eventually has_written "$dir/alerts"
  run -0 as_user lttng list-triggers
  [[ $output == *'name: broken'* ]]
  as_user lttng remove-trigger broken >/dev/null
  as_user lttng destroy watch >/dev/null
  [ "$(find "$dir/alerts" -name metadata | wc -l)" -eq 1 ]
  [ "$(count "$dir/alerts" 'bpguard:epipe: .*comm = "perl"')" -ge 1 ]
}

@test "the session daemon is killed while a trigger is set: the programs run on" {
  as_user mkdir "$dir/home"
  {
    as_user LTTNG_HOME="$dir/home" lttng-sessiond --daemonize --no-kernel 3>&-
    as_user LTTNG_HOME="$dir/home" lttng add-trigger --condition=event-rule-matches \
      --type=user --name='bpguard:epipe' --action=notify
  } >/dev/null
  for mode in auto calls observe; do
    as_user "$PATIENT" LTTNG_HOME="$dir/home" BPGUARD_PROTECT=$mode "$TRACE_HOME/tree/scripts/bpguard" --lttng on perl -e '
      $SIG{PIPE} = "IGNORE" if $ENV{BPGUARD_PROTECT} eq "observe";
      pipe $r, $w; close $r; $| = 1;
      $end = time + 600;
      until (-e "$ARGV[0]/stop" || time > $end) { syswrite $w, "x" for 1 .. 100; print "round\n" }
    ' "$dir/home" >"$dir/$mode.said" 3>&- &
    recorders+=($!)
  done
  for mode in auto calls observe; do eventually has "$dir/$mode.said" round 5; done
  kill -9 "$(cat "$dir/home/.lttng/lttng-sessiond.pid")"
  for mode in auto calls observe; do goes_on "$dir/$mode.said" round 5; done
  as_user touch "$dir/home/stop"
  for pid in "${recorders[@]}"; do wait "$pid"; done
  recorders=()
}
