#!/usr/bin/env bats
# Programs that give what they start an environment of its own: it runs unguarded, and a record says so.

setup() {
  load common.bash
}

teardown() {
  stop
}

# told PROGRAM: one record says that it was executed without the guard.
told() {
  cat "$log"
  [ "$(records setting setting LD_PRELOAD value "$1")" -eq 1 ]
}

@test "by exec" {
  run -0 wrapped env -i /bin/true
  told /bin/true
}

@test "in a forked child, which attaches for nothing else" {
  run -0 wrapped sh -c 'env -i /bin/true; env -i /bin/true; :'
  [ "$(records setting setting LD_PRELOAD value /bin/true)" -eq 2 ]
  [ "$(records attach)" -eq 1 ]
}

@test "in a vfork child, by posix_spawn, and by system without the variable: told by the parent" {
  cat >starter.c <<'END'
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
int main(int count, char **words)
{
  char *none[] = {0}, *program[] = {"true", 0};
  pid_t child;
  if (words[1][0] == 's')
    return unsetenv("LD_PRELOAD") || system("exit 0");
  if (words[1][0] == 'p' && posix_spawn(&child, "/bin/true", 0, 0, program, none))
    return 1;
  if (words[1][0] == 'v' && (child = vfork()) == 0) {
    execve("/bin/true", program, count > 2 ? 0 : none);
    _exit(1);
  }
  waitpid(child, 0, 0);
  return 0;
}
END
  ${CC:-cc} -o starter starter.c
  for how in vfork posix_spawn; do
    : >"$log"
    run -0 guarded ./starter $how
    told /bin/true
    [ "$(records setting pid "$(sed -n 's/.*"event":"attach","pid":\([0-9]*\).*/\1/p' "$log")")" -eq 1 ]
  done
  : >"$log"
  run -0 guarded ./starter vfork null
  told /bin/true
  : >"$log"
  run -0 guarded ./starter system
  told /bin/sh
}

@test "nothing is told where they are guarded, or are not to be" {
  run -0 wrapped env sh -c '/bin/true; :'
  run -0 guarded BPGUARD_CHILDREN=none env -i /bin/true
  [ "$(records setting)" -eq 0 ]
}
