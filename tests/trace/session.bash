# A session daemon of the tests' own, with the programs that they trace.
#
# A daemon that runs as root serves the whole system, so the tests give up being root for a user of
# their own, by number. Everything lies in one directory that this user can read.

bats_require_minimum_version 1.5.0
export LC_ALL=C # what is traced is bytes

TRACE_SOURCE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
TRACE_TREE=$(cd "$TRACE_SOURCE/../.." && pwd)
# shellcheck source=tests/wait.bash
source "$TRACE_SOURCE/../wait.bash"
SHIM=${BPGUARD_LIB:-$TRACE_TREE/build/libbpguard.so}

# as_user COMMAND...: as the daemon's user, with its environment only.
as_user() {
  local -a drop=()
  if [ "$(id -u)" -eq 0 ]; then
    drop=(setpriv "--reuid=$TRACE_UID" "--regid=$TRACE_UID" --clear-groups)
  fi
  "${drop[@]}" env -i PATH="$PATH" LTTNG_HOME="$TRACE_HOME" HOME="$TRACE_HOME" "$@"
}

# A program goes on untraced where a busy daemon takes longer than this (ms), by the shim half a second.
PATIENT=LTTNG_UST_REGISTER_TIMEOUT=60000

# guarded [NAME=VALUE...] COMMAND...: preloaded as `bpguard --lttng on` does it.
guarded() {
  as_user "$PATIENT" BPGUARD_LTTNG=on LD_PRELOAD="$TRACE_HOME/libbpguard.so:liblttng-ust-fd.so.1:liblttng-ust-fork.so.1" "$@"
}

# alone [NAME=VALUE...] COMMAND...: preloaded by hand, without lttng's helpers.
alone() {
  as_user LD_PRELOAD="$TRACE_HOME/libbpguard.so" "$@"
}

trace_missing() {
  local tool
  for tool in lttng-sessiond lttng babeltrace2 cc; do
    command -v "$tool" >/dev/null || { printf '%s\n' "$tool" && return; }
  done
  [ -e "${SHIM%/*}/libbpguard-lttng.so" ] || printf 'libbpguard-lttng.so\n'
}

# For setup_file. Makes the directory, builds the programs, starts the daemon.
trace_begin() {
  [ -z "$(trace_missing)" ] || return 0
  TRACE_HOME=$(mktemp -d /tmp/bpguard-trace.XXXXXX)
  TRACE_UID=$(id -u)
  [ "$TRACE_UID" -ne 0 ] || TRACE_UID=$((100000 + $$ % 100000))
  export TRACE_HOME TRACE_UID
  cp "$SHIM" "${SHIM%/*}/libbpguard-lttng.so" "$TRACE_HOME"
  cc -O1 -D_GNU_SOURCE -o "$TRACE_HOME/victim" "$TRACE_SOURCE/victim.c" -lpthread
  cc -D_GNU_SOURCE -I"$TRACE_TREE/shim" -I"$TRACE_TREE" -o "$TRACE_HOME/values" "$TRACE_SOURCE/values.c" \
    "$TRACE_TREE/shim/record/record.c" -ldl
  chown -R "$TRACE_UID" "$TRACE_HOME"
  daemon_start
}

# For teardown_file.
trace_end() {
  [ -n "${TRACE_HOME-}" ] || return 0
  daemon_stop
  rm -rf "$TRACE_HOME" "/dev/shm/lttng-ust-wait-8-$TRACE_UID"
}

daemon_start() {
  as_user lttng-sessiond --daemonize --no-kernel 3>&-
}

daemon_stop() {
  local pid
  pid=$(cat "$TRACE_HOME/.lttng/lttng-sessiond.pid" 2>/dev/null) || return 0
  kill "$pid" || return 0
  eventually has_ended "$pid"
}

# For setup.
trace_ready() {
  local missing
  missing=$(trace_missing)
  [ -z "$missing" ] || skip "$missing is missing"
  SESSION=t$BATS_TEST_NUMBER
  cd "$TRACE_HOME"
  rm -f stop
}

# CHANNEL: options of `lttng enable-channel`, if any.
session_start() {
  {
    as_user lttng --no-sessiond create "$SESSION" --output="$TRACE_HOME/$SESSION"
    [ -z "${CHANNEL-}" ] || as_user lttng --no-sessiond enable-channel -s "$SESSION" -u channel0 "${CHANNEL[@]}"
    as_user lttng --no-sessiond enable-event -s "$SESSION" -u 'bpguard:*' ${CHANNEL:+-c channel0}
    as_user lttng --no-sessiond add-context -s "$SESSION" -u -t ip -t vpid -t procname
    as_user lttng --no-sessiond start "$SESSION"
  } >/dev/null
}

# Ends the session and leaves its events, a line each, in the file $SESSION.txt.
session_end() {
  as_user lttng --no-sessiond destroy "$SESSION" >/dev/null
  # An empty session leaves no trace that babeltrace2 would find.
  : >"$SESSION.txt"
  [ -z "$(find "$SESSION" -name metadata 2>/dev/null)" ] || babeltrace2 "$SESSION" >"$SESSION.txt"
}

# events NAME: the lines of event bpguard:NAME.
events() {
  grep "bpguard:$1:" "$TRACE_HOME/$SESSION.txt" || :
}

# fields NAME: of each event that comes in, the field as babeltrace2 shows it; of an enumeration the name.
fields() {
  sed -E -n "s/.*\}, \{ (.*, )?$1 = (\( )?(\"([^\"\\]|\\\\.)*\"|[^,} ]+).*/\3/p"
}

# field LINE NAME: of one.
field() {
  fields "$2" <<<"$1"
}

# context LINE NAME: likewise, from the event's context.
context() {
  sed -E -n "s/.*\}, \{ (.*, )?$2 = (\"[^\"]*\"|[^,} ]+).* \}, \{.*/\2/p" <<<"$1"
}

# is LINE NAME VALUE
is() {
  local value
  value=$(field "$1" "$2")
  [ "$value" = "$3" ] || { printf '%s = %s, not %s, in\n%s\n' "$2" "$value" "$3" "$1" && return 1; }
}

# said KEY: what the victim said, from bats' $output.
said() {
  sed -n "s/^$1 //p" <<<"$output"
}

# await FILE [PATTERN]: until the file is there, and has it.
await() {
  eventually has "$@"
}

# For CHANNEL: what is traced is in the files soon, and not only when the session ends.
soon() {
  CHANNEL=(--switch-timer=100000)
}

# traced PAGES: whether that much is in the session's files. Packets are whole pages, and none is without
# an event; the metadata, for babeltrace2 to count those, comes last of all.
traced() {
  local sizes
  sizes=$(find "$TRACE_HOME/$SESSION" -name 'channel0_*' ! -name '*.idx' -printf '%s+')
  [ $(((${sizes}0) / 4096)) -ge "$1" ]
}
