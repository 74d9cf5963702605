# Waiting for a state instead of a while. Sourced by what the suites share.

# eventually COMMAND...: until it succeeds. What has not come within a minute never will: then it says
# what was awaited, and fails.
eventually() {
  local end=$((SECONDS + 60))
  until "$@"; do
    [ "$SECONDS" -lt "$end" ] || { printf 'awaited in vain, for 60 s: %s\n' "$*" && return 1; }
    sleep 0.02
  done
}

# has FILE [PATTERN [COUNT]]: at least COUNT lines that match, or one.
has() {
  [ -e "$1" ] && [ "$(grep -c -- "${2-}" "$1")" -ge "${3-1}" ]
}

# goes_on FILE PATTERN COUNT: until it has that many more such lines than now.
goes_on() {
  eventually has "$1" "$2" $(($(grep -c -- "$2" "$1") + $3))
}

# has_ended PID: it is gone, or a zombie that nobody has reaped.
has_ended() {
  case $(sed 's/.*) //; s/ .*//' "/proc/$1/stat" 2>/dev/null) in '' | Z) true ;; *) false ;; esac
}

# starts_within MS COMMAND...: whether one run takes no longer. For eventually: where something is waited
# for, no run is as short, on whatever machine.
starts_within() {
  local begin
  begin=$(date +%s%N)
  "${@:2}" || return
  [ $((($(date +%s%N) - begin) / 1000000)) -lt "$1" ]
}
