#!/usr/bin/env bats
# bpguard-tree: PROGRAM as a child, its signals, its tree, its end.

setup() {
  load common
  started=
}

teardown() {
  [ -z "$started" ] || kill -9 "$started" 2>/dev/null || true
}

# status_is STATUS: how the process in the background ended.
status_is() {
  local status=0
  wait "$started" || status=$?
  started=
  [ "$status" -eq "$1" ]
}

need_terminals() {
  python3 -c 'import os; os.openpty()' 2>/dev/null || skip 'no terminals here: /dev/pts is not mounted'
}

# has_child_named PID NAME: whether a child of PID has come to execute NAME.
has_child_named() {
  local child
  local -a children
  read -ra children <"/proc/$1/task/$1/children" || true
  for child in "${children[@]}"; do
    if grep -qsx "$2" "/proc/$child/comm"; then return 0; fi
  done
  return 1
}

@test "it ends as the program ends: by status" {
  run -7 "$tree" echo finished -- sh -c 'echo ran; exit 7'
  [ "$output" = $'ran\nfinished' ]
}

# python3 tells an end by signal from a status of 128 and more.
@test "it ends as the program ends: by the same signal" {
  local signal
  for signal in 1 2 3 6 9 11 13 15 31 40; do
    run -0 python3 -c '
import subprocess, sys
print(subprocess.run(sys.argv[1:]).returncode)' "$tree" echo finished -- \
      perl -e 'kill shift, $$; sleep 10' "$signal"
    [ "$output" = $'finished\n'"-$signal" ]
  done
}

@test "it leaves no core of its own" {
  ulimit -c unlimited || skip 'no cores here'
  [[ $(cat /proc/sys/kernel/core_pattern) != [\|/]* ]] || skip 'cores go elsewhere'
  "$tree" true -- sh -c 'ulimit -c 0; kill -SEGV $$' || true
  run ls
  [ -z "$output" ]
}

@test "a program that cannot be executed" {
  run -127 "$tree" echo finished -- ./nosuch
  [[ $output == *'./nosuch: No such file'*finished ]]
  run -126 "$tree" echo finished -- /
  [[ $output == *'/: '*finished ]]
}

@test "called wrongly" {
  run -125 "$tree"
  run -125 "$tree" true
  run -125 "$tree" true --
  run -125 "$tree" -- true
}

@test "it hands HUP INT QUIT TERM USR1 USR2 WINCH on, once each" {
  local signal
  cat >catcher <<'END'
use strict; use warnings;
$| = 1;
my @names = qw(HUP INT QUIT TERM USR1 USR2 WINCH);
for my $name (@names) { $SIG{$name} = sub { open my $out, ">>", "caught"; print $out "$name\n" } }
open my $out, ">", "ready"; close $out;
until (-e "enough") { select undef, undef, undef, 0.05 }
exit 9;
END
  # A job of a shell without job control would start with INT and QUIT ignored.
  perl -e '$SIG{INT} = $SIG{QUIT} = "DEFAULT"; exec @ARGV' "$tree" true -- perl catcher 3>&- &
  started=$!
  until_true [ -e ready ]
  for signal in HUP INT QUIT TERM USR1 USR2 WINCH; do
    kill -s "$signal" "$started"
    until_true grep -qsx "$signal" caught
  done
  : >enough
  status_is 9
  [ "$(tr '\n' ' ' <caught)" = 'HUP INT QUIT TERM USR1 USR2 WINCH ' ]
}

@test "the program starts with the mask and the dispositions that it would have had" {
  local without
  cat >signals <<'END'
use POSIX ":signal_h";
$SIG{HUP} = $SIG{CHLD} = $SIG{USR2} = "IGNORE";
sigprocmask(SIG_BLOCK, POSIX::SigSet->new(SIGTERM, SIGCHLD, SIGALRM));
exec @ARGV;
END
  without=$(perl signals grep '^Sig[BIC]' /proc/self/status)
  run timeout -s KILL 20 perl signals "$tree" true -- grep '^Sig[BIC]' /proc/self/status
  [ "$output" = "$without" ]
}

@test "where SIGCHLD is ignored it still learns how the program ended" {
  # So does what it runs at the end.
  run -3 timeout -s KILL 20 perl -e '$SIG{CHLD} = "IGNORE"; exec @ARGV' "$tree" \
    grep '^SigIgn' /proc/self/status -- sh -c 'exit 3'
  [ "$output" = "$(grep '^SigIgn' /proc/self/status)" ]
}

@test "it waits for a daemon that the program left, and for that one's children" {
  # Each goes on once the one before it is gone.
  run -4 "$tree" sh -c 'cat done; echo finished' -- \
    perl -e 'sub gone { for (1 .. 1500) { return unless kill 0, $_[0]; select undef, undef, undef, 0.02 }
        die "$_[0] awaited in vain" }
      $program = $$;
      if (!fork) { setpgrp; if (!fork) { gone $program; $daemon = $$; if (!fork) { gone $daemon;
      open $f, ">", "done"; print $f "done\n"; exit } exit } exit } exit 4'
  [ "$output" = $'done\nfinished' ]
}

# waits_unbounded PID: whether it is in rt_sigtimedwait(2), its third argument, the timeout, NULL.
waits_unbounded() {
  local call
  read -ra call <"/proc/$1/syscall" && [ "${call[0]}" = "$waiting" ] && [ "${call[3]}" = 0x0 ]
}

@test "it does not poll: it waits for a signal, without a timeout" {
  local waiting
  waiting=$(printf '#include <sys/syscall.h>\nSYS_rt_sigtimedwait\n' | cc -E -P - | tail -n 1)
  [ -r /proc/self/syscall ] || skip 'the kernel does not tell in what call a process is'
  "$tree" true -- sleep 30 3>&- &
  started=$!
  until_true has_child_named "$started" sleep
  until_true waits_unbounded "$started"
  kill "$started"
  status_is 143
}

@test "after the program's end signals go to the daemon that it left" {
  "$tree" touch finished -- perl -e 'use POSIX; if (!fork) { setsid; $SIG{TERM} = sub { open $f, ">", "caught"; exit };
    open $f, ">", "ready"; sleep 30 }
    open $f, ">", "program"; print $f $$; exit 8' 3>&- &
  started=$!
  until_true [ -e ready ]
  until_true [ -s program ]
  until_true ended "$(cat program)"
  kill "$started"
  status_is 8
  [ -e caught ]
  [ -e finished ]
}

# in_terminal PROGRAM: one in python3, which makes the terminal by its module `pty`.
in_terminal() {
  timeout -s KILL 30 python3 "$@"
}

@test "what the terminal sends to the whole group arrives once" {
  need_terminals
  cat >in-terminal.py <<'END'
import os, pty, signal, sys, time
pid, terminal = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], sys.argv[1:])
def until(path, text=""):
    for _ in range(200):
        if os.path.exists(path) and text in open(path).read(): return
        time.sleep(0.05)
    sys.exit("no " + path)
until("ready")
os.write(terminal, b"\x03")
until("caught", "INT")
os.write(terminal, b"\x1c")
until("caught", "QUIT")
# What would still be on its way arrives before this one, which has a higher number.
os.kill(pid, signal.SIGUSR1)
until("caught", "USR1")
open("enough", "w")
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
END
  cat >catcher <<'END'
for my $name (qw(INT QUIT USR1)) { $SIG{$name} = sub { open my $o, ">>", "caught"; print $o "$name\n" } }
open $o, ">", "ready";
until (-e "enough") { select undef, undef, undef, 0.05 }
exit 5;
END
  run -5 in_terminal in-terminal.py "$tree" true -- "$(command -v perl)" catcher
  [ "$(tr '\n' ' ' <caught)" = 'INT QUIT USR1 ' ]
}

@test "a program that stops in the foreground stops it too, and both go on" {
  need_terminals
  cat >stop.py <<'END'
import os, pty, signal, sys, time
def stopped(pid):
    for _ in range(200):
        done, status = os.waitpid(pid, os.WNOHANG | os.WUNTRACED)
        if done: return os.WIFSTOPPED(status)
        time.sleep(0.05)
    return False
shell, terminal = pty.fork()
if shell == 0:
    # A shell with job control: the job is a process group of its own, in the foreground.
    job = os.fork()
    if job == 0:
        os.setpgid(0, 0)
        signal.signal(signal.SIGTTOU, signal.SIG_IGN)
        os.tcsetpgrp(0, os.getpid())
        signal.signal(signal.SIGTTOU, signal.SIG_DFL)
        os.execv(sys.argv[1], sys.argv[1:])
    if not stopped(job): os._exit(100)
    os.kill(job, signal.SIGCONT)
    os._exit(os.waitstatus_to_exitcode(os.waitpid(job, 0)[1]))
sys.exit(os.waitstatus_to_exitcode(os.waitpid(shell, 0)[1]))
END
  run -6 in_terminal stop.py "$tree" true -- "$(command -v sh)" -c 'kill -STOP $$; exit 6'
}
