#!/usr/bin/env bats
# scripts/bootstrap, with dpkg-query, apt-get, sudo, id and make that only note how they were called.

setup() {
  load common
  mkdir bin
  export POLICY_RC_D=$PWD/policy-rc.d NOTES=$PWD/notes
  : >notes
  fake id 'echo "${FAKE_UID-0}"'
  # shellcheck disable=SC2016
  fake dpkg-query 'case " ${FAKE_MISSING-} " in *" $4 "*) exit 1 ;; esac; echo "install ok installed"'
  fake apt-get 'if [ "$1" = install ] && [ -e "$POLICY_RC_D" ]; then "$POLICY_RC_D"; echo "policy $?" >>"$NOTES"; fi
    echo "apt-get $* ($DEBIAN_FRONTEND)" >>"$NOTES"; exit "${FAKE_APT-0}"'
  fake sudo '[ "${FAKE_SUDO-no}" = yes ] || exit 1; shift; exec env FAKE_UID=0 "$@"'
  fake make 'echo "make $* in $PWD" >>"$NOTES"; exit "${FAKE_MAKE-0}"'
}

# fake NAME BODY
fake() {
  printf '#!/bin/sh\n%s\n' "$2" >"bin/$1"
  chmod 755 "bin/$1"
}

bootstrap() {
  PATH=$BATS_TEST_TMPDIR/bin:$PATH sh "$top/scripts/bootstrap" "$@"
}

@test "where nothing is missing it only runs make, from the tree's top" {
  run -0 bootstrap check
  [ "$(cat notes)" = "make check in $top" ]
}

@test "its status is that of make" {
  FAKE_MAKE=2 run -2 bootstrap demo
  [ "$(cat notes)" = "make demo in $top" ]
}

@test "as root it installs what is missing, and only that, without questions" {
  FAKE_MISSING='gcc make' run -0 bootstrap
  [ "$(cat notes)" = "apt-get update (noninteractive)
policy 101
apt-get install -y --no-install-recommends gcc make (noninteractive)
make all in $top" ]
}

@test "no service is started meanwhile; a policy that is there is left alone" {
  FAKE_MISSING=nginx run -0 bootstrap check
  grep -qx 'policy 101' notes
  [ ! -e policy-rc.d ]
  printf '#!/bin/sh\nexit 42\n' >policy-rc.d
  chmod 755 policy-rc.d
  FAKE_MISSING=nginx run -0 bootstrap check
  grep -qx 'policy 42' notes
  [ -e policy-rc.d ]
}

@test "what a target does not need is not asked for" {
  FAKE_MISSING='nginx micro-httpd' run -0 bootstrap all
  [ "$(cat notes)" = "make all in $top" ]
  FAKE_MISSING='nginx micro-httpd' run -0 bootstrap demo
  grep -q 'install -y --no-install-recommends micro-httpd (' notes
}

@test "with sudo that asks nothing it installs through that" {
  FAKE_UID=1000 FAKE_SUDO=yes FAKE_MISSING=gcc run -0 bootstrap
  grep -qx 'apt-get install -y --no-install-recommends gcc (noninteractive)' notes
  grep -qx "make all in $top" notes
}

@test "where it may not install it prints the command, and fails" {
  FAKE_UID=1000 FAKE_MISSING='gcc make' run -1 bootstrap
  [[ $output == *$'\n  apt-get update && apt-get install -y --no-install-recommends gcc make' ]]
  [ ! -s notes ]
}

@test "where installing fails nothing is made" {
  FAKE_APT=100 FAKE_MISSING=gcc run -1 bootstrap
  [ "$(lines notes '^make')" -eq 0 ]
  [ ! -e policy-rc.d ]
}
