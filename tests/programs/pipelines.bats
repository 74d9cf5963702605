#!/usr/bin/env bats
# Pipelines inside of a guarded program end as ever, and programs that end themselves by SIGPIPE do.

setup() {
  load common.bash
}

# within SECONDS COMMAND...: what takes longer is told by status 124.
within() {
  usual timeout "$@"
}

# By env inside of timeout: the program itself is to be the root of the guarded tree.
guarded_within() {
  usual timeout "$1" env LD_PRELOAD="$shim" BPGUARD_LOG="$log" BPGUARD_RATE=0 BPGUARD_LTTNG=off \
    "${@:2}"
}

wrapped_within() {
  usual timeout "$1" "$top/scripts/bpguard" --log "$log" --rate 0 --lttng off -- "${@:2}"
}

# The first line of an endless pipeline, and nothing beside it.
same() {
  [ "$status" -eq 0 ]
  [ "$output" = "$1" ]
  [ "$stderr" = "" ]
}

@test "system(\"yes | head -n 1\")" {
  for how in within guarded_within wrapped_within; do
    run --separate-stderr "$how" 60 perl -e 'exit system("yes | head -n 1") != 0'
    same y
    run --separate-stderr "$how" 60 /usr/bin/python3 -c \
      'import subprocess; subprocess.run("yes | head -n 1", shell=True, check=True)'
    same y
  done
}

@test "seq | head in bash keeps status 141" {
  for how in within guarded_within wrapped_within; do
    run --separate-stderr "$how" 60 bash -c 'seq 1 1000000 | head -n 1; echo "${PIPESTATUS[*]}"'
    same $'1\n141 0'
  done
}

@test "the same inside of a program that a guarded one executes" {
  for how in guarded_within wrapped_within; do
    run --separate-stderr "$how" 60 perl -e \
      'exec "bash", "-c", "seq 1 1000000 | head -n 1; echo \${PIPESTATUS[0]}"'
    same $'1\n141'
    run --separate-stderr "$how" 60 sh -c \
      'bash -c "yes | head -n 1; echo \${PIPESTATUS[0]}"; true'
    same $'y\n141'
  done
}

@test "an endless echo loop ends" {
  for shell in sh bash; do
    for how in within wrapped_within guarded_within; do
      run --separate-stderr "$how" 60 "$shell" -c 'while :; do echo y; done | head -n 1'
      same y
    done
  done
}

@test "a shell function, a subshell and a substitution" {
  script='shout() { while :; do printf "%s\n" y; done; }
    shout | head -n 1; (while :; do echo y; done) | head -n 1; x=$(while :; do echo y; done | head -n 1)
    echo "$x"'
  for shell in sh bash; do
    for how in within wrapped_within guarded_within; do
      run --separate-stderr "$how" 60 "$shell" -c "$script"
      same $'y\ny\ny'
    done
  done
}

# ends_itself HOW COMMAND: as the root of its tree, with a pipe to head as its own stdout.
ends_itself() {
  local how=$1 statuses
  export -f usual within guarded_within wrapped_within
  export shim log top
  statuses=$({ bash -c '("$@"); echo $? >&2' bash "$how" 60 "${@:2}" | head -n 1 >/dev/null; } 2>&1)
  [ "$(tail -n 1 <<<"$statuses")" -eq 141 ]
}

@test "gawk ends itself" {
  need gawk
  for how in within guarded_within wrapped_within; do
    ends_itself "$how" gawk 'BEGIN { for (;;) print "y" }'
  done
}

@test "git ends itself" {
  need git
  git init -q repo
  seq 1 200000 |
    git -C repo -c user.name=a -c user.email=a@example commit -q --allow-empty -F -
  for how in within guarded_within wrapped_within; do
    ends_itself "$how" git -C repo --no-pager log
  done
}

@test "tail -f ends itself" {
  seq 1 20 >growing
  for how in within guarded_within wrapped_within; do
    ends_itself "$how" tail -n +1 -f growing
  done
}

# What no exit status tells: that a guarded root itself lives on.
@test "the guarded program itself lives on a broken stdout" {
  for how in guarded_within wrapped_within; do
    export -f usual within guarded_within wrapped_within
    export shim log top
    bash -c '"$@" | head -n 1' bash "$how" 60 perl -e \
      '$| = 1; for (1 .. 5) { print "y\n"; select undef, undef, undef, 0.05 } print STDERR "alive\n"' \
      2>error
    grep -q '^alive$' error
    recorded type pipe saved true comm perl
    : >"$log"
  done
}
