# The table of who ends by a pipe: a program × how its output is a pipe × who starts it. Sourced by
# setup(), after common.bash.
#
# Each row is one script of bash, which prints the program's status. Guarded it says the same as
# unguarded, on either stream.

# What reads one line, and leaves.
reader='head -n 1 >/dev/null'

programs='yes seq tee perl mawk gawk python ruby php sort git xargs find dd tail shell'
ways='stdout stderr fd7 substitution coprocess popen fifo'

# What the programs read: more than a pipe holds.
make_inputs() {
  seq 1 100000 >numbers
  git init -q repo
  git -C repo -c user.name=a -c user.email=a@example commit -q --allow-empty -F - <numbers
}

# say TEXT: with its backslashes.
say() {
  printf '%s\n' "$1"
}

# endless PROGRAM FD: it writes to that fd for longer than anybody reads, by that number where it can be
# told one.
endless() {
  case $1$2 in
  tee1) say 'tee <numbers' ;;
  sort1) say 'sort numbers' ;;
  git1) say 'git -C repo --no-pager log' ;;
  dd1) say 'dd if=numbers' ;;
  yes*) say "yes >&$2" ;;
  seq*) say "seq 1 100000 >&$2" ;;
  tee*) say "tee /dev/fd/$2 <numbers" ;;
  perl*) say "perl -e 'open F, q(>&=), $2; print F qq(y\\n) x 99 while 1'" ;;
  mawk*) say "mawk 'BEGIN { for (;;) print 1 > \"/dev/fd/$2\" }'" ;;
  gawk*) say "gawk 'BEGIN { for (;;) print 1 > \"/dev/fd/$2\" }'" ;;
  python*) say "/usr/bin/python3 -c 'import os, signal; signal.signal(13, signal.SIG_DFL)
while 1: os.write($2, b\"y\\n\" * 99)'" ;;
  ruby*) say "ruby -e 'trap(:PIPE, %q(SYSTEM_DEFAULT)); f = IO.for_fd($2); loop { f.syswrite(%Q(y\\n) * 99) }'" ;;
  php*) say "php -r '\$f = fopen(\"php://fd/$2\", \"w\"); while (true) fwrite(\$f, \"y\\n\");'" ;;
  sort*) say "sort -o /dev/fd/$2 numbers" ;;
  git*) say "git -C repo --no-pager log --output=/dev/fd/$2" ;;
  xargs*) say "xargs -n 1 echo <numbers >&$2" ;;
  find*) say "find /usr -fprintf /dev/fd/$2 '%p%p%p%p\\n'" ;;
  dd*) say "dd if=numbers of=/dev/fd/$2" ;;
  tail*) say "tail -n +1 -f numbers >&$2" ;;
  shell*) say "(while :; do echo y; done) >&$2" ;;
  esac
}

# popens PROGRAM: it writes to what it has popened; one that popens nothing is popened itself.
popens() {
  case $1 in
  perl) say "perl -e 'open P, q(|$reader); print P qq(y\\n) x 99 while 1'" ;;
  mawk) say "mawk 'BEGIN { for (;;) print 1 | \"$reader\" }'" ;;
  gawk) say "gawk 'BEGIN { for (;;) print 1 | \"$reader\" }'" ;;
  python) say "/usr/bin/python3 -c 'import os, signal; signal.signal(13, signal.SIG_DFL)
p = os.popen(\"$reader\", \"w\")
while 1: p.write(\"y\\n\" * 99)'" ;;
  ruby) say "ruby -e 'trap(:PIPE, %q(SYSTEM_DEFAULT)); p = IO.popen(%q($reader), %q(w)); loop { p.syswrite(%Q(y\\n)) }'" ;;
  php) say "php -r '\$p = popen(\"$reader\", \"w\"); while (true) fwrite(\$p, \"y\\n\");'" ;;
  *) say "perl -e 'open P, q(-|), \$ARGV[0]; read P, \$_, 1; close P; exit(\$? & 127 || \$? >> 8)' \
    $(printf %q "$([ "$1" = shell ] || echo exec) $(endless "$1" 1)")" ;;
  esac
}

# script PROGRAM WAY
script() {
  case $2 in
  stdout) say "$(endless "$1" 1) | $reader; echo \${PIPESTATUS[0]}" ;;
  stderr) say "{ $(endless "$1" 2); } 2>&1 >/dev/null | $reader; echo \${PIPESTATUS[0]}" ;;
  fd7) say "{ $(endless "$1" 7); } 7>&1 >/dev/null | $reader; echo \${PIPESTATUS[0]}" ;;
  substitution) say "($(endless "$1" 7)) 7> >($reader) >/dev/null; echo \$?" ;;
  coprocess) say "coproc $reader; { $(endless "$1" 1); } >&\${COPROC[1]}; echo \$?" ;;
  popen) say "($(popens "$1")); echo \$?" ;;
  fifo) say "rm -f fifo; mkfifo fifo; $reader <fifo & ($(endless "$1" 1)) >fifo; echo \$?; wait" ;;
  esac
}

# started STARTER SCRIPT: by bash that bpguard has started, by one below a guarded sh, by one below a
# server, each of which is the root.
started() {
  case $1 in
  none) usual timeout 60 bash -c "$2" ;;
  bpguard) within_reason bash -c "$2" ;;
  sh) within_reason sh -c 'bash -c "$0"; exit $?' "$2" ;;
  server) within_reason perl -MIO::Socket -e '$l = IO::Socket::INET->new(Listen => 1) or die;
    exit(system("bash", "-c", $ARGV[0]) >> 8)' "$2" ;;
  esac
}

# The program is the root itself.
started_itself() {
  printf '%q ' env --default-signal=PIPE timeout -k 1 60 "$top/scripts/bpguard" --log "$log" --lttng off --
  endless "$1" 1
}

# What has not ended by then never would.
within_reason() {
  usual timeout -k 1 60 "$top/scripts/bpguard" --log "$log" --rate 0 --lttng off --runaway off -- "$@"
}

is_there() {
  case $1 in
  shell) true ;;
  python) [ -x /usr/bin/python3 ] ;;
  *) command -v "$1" >/dev/null ;;
  esac
}

# Whether a row is the program's own affair: it sees the error, or looks for it, and ends itself.
ends_itself() {
  case $1 in gawk | git | sort | tail) true ;; *) false ;; esac
}

# rows "PROGRAM..." "WAY..." "STARTER...": each says the same guarded as unguarded, and is recorded.
rows() {
  local program way starter text wanted
  for program in $1; do
    is_there "$program" || continue
    for way in $2; do
      text=$(script "$program" "$way")
      wanted=$(started none "$text" 2>wanted.error)
      for starter in $3; do
        : >"$log"
        same "$program $way $starter" || return
      done
    done
  done
}

# same NAME: of what rows has.
same() {
  local said
  said=$(started "$starter" "$text" 2>error)
  if [ "$said" != "$wanted" ] || ! cmp wanted.error error; then
    printf '%s: unguarded %s, guarded %s\n%s\n' "$1" "$wanted" "$said" "$text"
    return 1
  fi
  ends_itself "$program" || grep -q '"action":"killed","saved":false' "$log" || {
    printf '%s: %s, and no record says killed\n' "$1" "$said"
    return 1
  }
}
