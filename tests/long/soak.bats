#!/usr/bin/env bats
# minutes: 11
# A guarded threaded server accepts and loses 200,000 loopback connections in 10 minutes: it holds no
# more fds, mappings and memory at the end than after the first tenth, and each EPIPE is in the log
# with its peer. SOAK_SECONDS, SOAK_CONNECTIONS: other numbers.

bats_require_minimum_version 1.5.0
unset BPGUARD_PROTECT BPGUARD_CHILDREN BPGUARD_ROOT BPGUARD_KEEPALIVE BPGUARD_USER_TIMEOUT LD_PRELOAD

setup() {
  top=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
  shim=${BPGUARD_LIB:-$top/build/libbpguard.so}
  cd "$BATS_TEST_TMPDIR"
}

teardown() { rm -f log addresses; }

# Batch by batch.
said() {
  sed -n "s/^$1 //p" said
}

# stays KEY SLACK: what is held at the end is at most that much more than after the first batch.
stays() {
  local first last
  first=$(said "$1" | head -n 1)
  last=$(said "$1" | tail -n 1)
  echo "# $1, batch by batch: $(said "$1" | tr '\n' ' ')" >&3
  [ "$last" -le $((first + $2)) ]
}

# Prints how many records of EPIPE and of resets there are; fails where the peers are not the clients.
compare_peers() {
  /usr/bin/python3 - <<'END'
import collections, json
events, peers = collections.Counter(), collections.Counter()
for line in open("log", "rb"):
    record = json.loads(line)
    events[record["event"]] += 1
    if record["event"] == "epipe":
        peers[record.get("peer")] += 1
clients = collections.Counter(open("addresses").read().split())
print(events["epipe"], events["reset"])
for strange in [*(peers - clients), *(clients - peers)][:20]:
    print("not as it should be:", strange, peers[strange], "records of", clients[strange], "clients")
exit(peers != clients)
END
}

@test "a server that loses 200,000 connections" {
  grep -q . /proc/net/if_inet6 || skip "there is no IPv6"
  connections=${SOAK_CONNECTIONS:-200000}
  LD_PRELOAD=$shim BPGUARD_LTTNG=off BPGUARD_RATE=0 BPGUARD_LOG=$PWD/log \
    "$top/build/tests/long/soak" "${SOAK_SECONDS:-600}" "$connections" >said 2>addresses
  [ "$(wc -l <addresses)" -eq "$connections" ]
  [ "$(said epipes)" -eq "$connections" ]
  stays fds 0
  # Stacks that libc keeps for more threads at a time, and what they have touched.
  stays mappings 64
  stays mapped_kib 65536
  stays dirty_kib 1024
  run compare_peers
  echo "# EPIPEs $(said epipes), resets $(said resets); records of them: $output" >&3
  [ "$status" -eq 0 ]
  [ "$output" = "$(said epipes) $(said resets)" ]
}
