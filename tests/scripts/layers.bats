#!/usr/bin/env bats
# tests/layers: rooms use those before them only. On what is built, and on crippled trees of a few objects.

setup() {
  load common
  layers=$top/tests/layers
  command -v python3 >/dev/null || skip 'no python3'
}

# object FILE C: compiles a line of C to FILE.o.
object() {
  mkdir -p "$(dirname "objects/$1")"
  echo "$2" | cc -x c -c -o "objects/$1.o" -
}

# sound: two rooms, the second of which uses the first, and a file in none.
sound() {
  object base/text 'int text_put(void) { return 1; } int text_count = 2;'
  object outlets/log 'int text_put(void); int log_open(void) { return text_put(); } int log_state = 1;'
  object main 'int log_open(void); int main(void) { return log_open(); }'
}

@test "the programs as they are built have no arrow upward and no circle" {
  [ -d "$top/build/tools/report/read" ] || skip 'the report is not built'
  run -0 "$layers"
  [[ $output == *' 0 of them wrong'* ]]
}

@test "a sound tree passes, one without objects does not" {
  sound
  run -0 "$layers" objects - base outlets
  [ "$output" = 'objects: 3 objects, 2 arrows, 0 of them wrong' ]
  run -2 "$layers" nothing - base outlets
  # In another order of the rooms the same tree is wrong.
  run -1 "$layers" objects - outlets base
  [ "${lines[0]}" = 'outlets/log.o uses base/text.o: text_put' ]
}

@test "an arrow upward is told: a call, data, and one to what stands above the rooms" {
  sound
  object base/text 'int log_open(void); int text_put(void) { return log_open(); }'
  run -1 "$layers" objects - base outlets
  [ "${lines[0]}" = 'base/text.o uses outlets/log.o: log_open' ]
  sound
  object base/address 'extern int log_state; int address(void) { return log_state; }'
  run -1 "$layers" objects - base outlets
  [ "${lines[0]}" = 'base/address.o uses outlets/log.o: log_state' ]
  rm objects/base/address.o
  object outlets/file/open 'int main(void); int file_open(void) { return main(); }'
  run -1 "$layers" objects - base outlets
  [ "${lines[0]}" = 'outlets/file/open.o uses main.o: main' ]
}

@test "a circle in one room is told with its arrows" {
  sound
  object base/a 'int b(void); int a(void) { return b(); }'
  object base/b 'int c(void); int b(void) { return c(); }'
  object base/c 'int a(void); int c(void) { return a(); }'
  run -1 "$layers" objects - base outlets
  [ "${lines[0]}" = 'a circle: base/a.o uses base/b.o: b, base/b.o uses base/c.o: c, base/c.o uses base/a.o: a' ]
}

@test "what headers include stands in the same order; an object without a source is passed by" {
  sound
  mkdir -p sources/base sources/outlets
  touch sources/base/text.h sources/main.c
  echo '#include "outlets/log.h"' >sources/base/text.c
  printf '#include "base/text.h"\n' >sources/outlets/log.h
  echo '#include "log.h"' >sources/outlets/log.c
  run -1 "$layers" objects sources base outlets
  [ "${lines[0]}" = 'base/text.c includes outlets/log.h' ]
  echo >sources/base/text.c
  # Built before it was deleted.
  object base/gone 'int log_open(void); int gone(void) { return log_open(); }'
  run -0 "$layers" objects sources base outlets
  echo '#include "outlets/log.h"' >sources/base/text.h
  run -1 "$layers" objects sources base outlets
  [ "${lines[0]}" = 'base/text.h includes outlets/log.h' ]
  [ "${lines[1]}" = 'a circle: base/text.h includes outlets/log.h, outlets/log.h includes base/text.h' ]
}
