# bpguard. `make` needs a C compiler only; `make check` what scripts/bootstrap installs.
#
# To be set on the command line or, CC, CPPFLAGS, CFLAGS and LDFLAGS, in the environment:
#   PREFIX DESTDIR BINDIR LIBDIR LIBEXECDIR MANDIR COMPLETIONDIR PLUGINDIR   where things are installed
#   WERROR=1                                 a warning ends the build, as in CI
#   WITH_LTTNG WITH_REPORT WITH_TOP          auto: where the libraries are there; yes: or it fails; no
VERSION = 0.2.0

PREFIX = /usr/local
DESTDIR =
BUILD = build
BINDIR = $(PREFIX)/bin
LIBDIR = $(PREFIX)/lib
LIBEXECDIR = $(PREFIX)/libexec
MANDIR = $(PREFIX)/share/man
COMPLETIONDIR = $(PREFIX)/share/bash-completion/completions
PLUGINDIR = $(LIBDIR)/babeltrace2/plugins

WITH_LTTNG = auto
WITH_REPORT = auto
WITH_TOP = auto

CFLAGS ?= -O2 -g
WERROR ?=
WARNINGS = -Wall -Wextra -Wshadow -Wconversion $(if $(filter-out 0,$(WERROR)),-Werror) -Wframe-larger-than=1024
COMMON = -std=gnu11 -D_GNU_SOURCE -D_LARGEFILE64_SOURCE -DBPGUARD_VERSION='"$(VERSION)"' $(WARNINGS) -MMD -MP $(CPPFLAGS)
# -fno-plt and hidden names: what runs on a call that succeeds is a handful of instructions.
SHIM_FLAGS = -fPIC -fvisibility=hidden -fno-plt -fno-semantic-interposition \
	-fno-stack-protector -ftls-model=initial-exec

comma = ,
# The shim's rooms, each of which may use those before it (tests/layers).
ROOMS = base kernel state signal policy record outlets entry
LOGIC = $(patsubst shim/%.c,$(BUILD)/shim/%.o,$(foreach room,$(ROOMS),$(wildcard shim/$(room)/*.c)))
CALLS = $(patsubst shim/%.c,$(BUILD)/shim/%.o,$(wildcard shim/entry/calls/*.c))
# glibc before 2.34 has dlopen, which a tracer is loaded by, in a library of its own.
LIBDL := $(if $(shell printf '\043include <features.h>\n\043if defined __GLIBC__ \046\046 !__GLIBC_PREREQ(2, 34)\nyes\n\043endif\n' | $(CC) -E -P - 2>/dev/null),-Wl$(comma)--no-as-needed -l:libdl.so.2)
# $(call links,HEADERS,LIBRARIES): `yes` where a library can be made of these, for the machine of CC.
links = $(shell { $(foreach header,$(1),printf '\043include <%s>\n' '$(header)' &&) :; } | \
	$(CC) $(CPPFLAGS) -fPIC -x c -shared -o /dev/null - $(LDFLAGS) $(2) 2>/dev/null && echo yes)
# $(call wanted,WITH,HEADERS,LIBRARIES): whether what needs these is built.
wanted = $(if $(filter no,$(1)),,$(call links,$(2),$(3)))
HAVE_UST := $(call wanted,$(WITH_LTTNG),lttng/tracepoint.h,-llttng-ust -llttng-ust-common -ldl)
HAVE_BT2 := $(call wanted,$(WITH_REPORT),babeltrace2/babeltrace.h json-c/json.h,-lbabeltrace2 -ljson-c)
HAVE_CURSES := $(if $(HAVE_BT2),$(call wanted,$(WITH_TOP),curses.h term.h,-lncursesw -ltinfo))

# $(call demand,WITH,HAVE,NAME,PACKAGES): ends make where NAME was asked for and cannot be built.
demand = $(if $(filter-out auto yes no,$(1)),$(error $(3): takes auto, yes or no, not $(1)))$(if \
	$(filter yes,$(1)),$(if $(2),,$(error $(3): cannot be built for $(CC); it needs $(4))))
$(call demand,$(WITH_LTTNG),$(HAVE_UST),WITH_LTTNG,liblttng-ust-dev)
$(call demand,$(WITH_REPORT),$(HAVE_BT2),WITH_REPORT,libbabeltrace2-dev and libjson-c-dev)
$(call demand,$(WITH_TOP),$(HAVE_CURSES),WITH_TOP,what the report needs and libncurses-dev)

REPORT_PRODUCTS = $(BUILD)/babeltrace-plugin-bpguard.so $(BUILD)/bpguard-report
# What scripts/bpguard becomes; each is a file of tools/command, over what they share.
COMMANDS = $(patsubst %,$(BUILD)/bpguard-%,run record env check)
COMMAND_LOGIC = $(patsubst %,$(BUILD)/tools/command/%.o,complain elf guardable library options program tracer trylog usage) \
	$(BUILD)/shim/state/settings.o $(BUILD)/shim/base/text.o
PRODUCTS = $(BUILD)/libbpguard.so $(COMMANDS) $(BUILD)/bpguard-tree $(BUILD)/bpguard-odd $(if $(HAVE_UST),$(BUILD)/libbpguard-lttng.so) \
	$(if $(HAVE_BT2),$(REPORT_PRODUCTS)) $(if $(HAVE_CURSES),$(BUILD)/bpguard-top)
SHIM_PRODUCTS = $(filter $(BUILD)/libbpguard%.so,$(PRODUCTS))

all: $(PRODUCTS)
	@$(MAKE) --no-print-directory -s summary

# $(call built,WITH,HAVE,PACKAGES): whether, and if not why.
built = $(if $(2),yes,no: $(if $(filter no,$(1)),not wanted,needs $(3)))
summary:
	@echo 'bpguard $(VERSION) for $(shell $(CC) -dumpmachine 2>/dev/null), in $(BUILD):'
	@echo '  guard    yes'
	@echo '  LTTng    $(call built,$(WITH_LTTNG),$(HAVE_UST),liblttng-ust-dev)'
	@echo '  report   $(call built,$(WITH_REPORT),$(HAVE_BT2),libbabeltrace2-dev and libjson-c-dev)'
	@echo '  top      $(call built,$(WITH_TOP),$(HAVE_CURSES),$(if $(HAVE_BT2),,the report and )libncurses-dev)'

$(BUILD)/libbpguard.so: $(LOGIC) $(CALLS) $(BUILD)/shim/shim.map
	$(CC) -shared -Wl,--version-script=$(BUILD)/shim/shim.map -Wl,-soname,libbpguard.so \
		-Wl,-z,now -Wl,-z,nodelete -Wl,-z,relro -Wl,-z,defs -o $@ $(LOGIC) $(CALLS) $(LDFLAGS) $(LIBDL)

$(BUILD)/shim/%.o: shim/%.c
	@mkdir -p $(@D)
	$(CC) $(COMMON) $(CFLAGS) $(SHIM_FLAGS) -Ishim -I. -c -o $@ $<

$(BUILD)/shim/shim.map: shim/shim.map shim/state/calls.def
	@mkdir -p $(@D)
	$(CC) -E -P -x c -Ishim -I. -o $@ shim/shim.map

$(BUILD)/collect/tracepoints.h: tools/collect/tracepoints.in contract/record.def
	@mkdir -p $(@D)
	$(CC) -E -P -x c -I. -o $@ $<

$(BUILD)/libbpguard-lttng.so: tools/collect/provider.c tools/collect/events.h $(wildcard contract/*) \
		$(BUILD)/collect/tracepoints.h
	@mkdir -p $(@D)
	$(CC) $(COMMON) $(CFLAGS) -fPIC -fvisibility=hidden -I. -Itools/collect -I$(BUILD)/collect -shared \
		-Wl,-soname,libbpguard-lttng.so -o $@ tools/collect/provider.c \
		-Wl,-z,defs $(LDFLAGS) -llttng-ust -llttng-ust-common -ldl

# What is compiled in, so that a make with other words compiles it anew.
$(BUILD)/words: FORCE
	@mkdir -p $(@D)
	@echo '$(VERSION) $(LIBDIR) $(PLUGINDIR)' | cmp -s - $@ || echo '$(VERSION) $(LIBDIR) $(PLUGINDIR)' >$@

$(BUILD)/tools/command/library.o $(BUILD)/tools/command/options.o $(BUILD)/tools/report/graph.o: $(BUILD)/words

$(BUILD)/tools/command/%.o: tools/command/%.c
	@mkdir -p $(@D)
	$(CC) $(COMMON) -DBPGUARD_LIBDIR='"$(LIBDIR)"' -Wframe-larger-than=65536 $(CFLAGS) -Ishim -I. -c -o $@ $<

$(COMMANDS): $(BUILD)/bpguard-%: $(BUILD)/tools/command/%.o $(COMMAND_LOGIC)
	$(CC) -o $@ $^ $(LDFLAGS)

# Recording is more than a file.
RECORD_LOGIC = $(patsubst %,$(BUILD)/tools/command/%.o,daemon finish lttng recorded relay room session spawned)
$(BUILD)/bpguard-record: $(RECORD_LOGIC)

$(BUILD)/bpguard-tree $(BUILD)/bpguard-odd: $(BUILD)/bpguard-%: $(BUILD)/tools/command/%.o
	$(CC) -o $@ $^ $(LDFLAGS)

# The report's rooms as one archive, of which each program takes what it uses.
REPORT_FLAGS = -D_FILE_OFFSET_BITS=64 -DBPGUARD_PLUGINDIR='"$(PLUGINDIR)"' -Wframe-larger-than=65536 -Itools/report -I.
REPORT_OBJECTS = $(patsubst %.c,$(BUILD)/%.o,$(foreach room,read count find show,$(wildcard tools/report/$(room)/*.c))) \
	$(BUILD)/tools/report/show/page.o
REPORT_ROOMS = $(BUILD)/tools/report/rooms.a

$(BUILD)/tools/report/%.o: tools/report/%.c
	@mkdir -p $(@D)
	$(CC) $(COMMON) $(REPORT_FLAGS) $(CFLAGS) -fPIC -fvisibility=hidden -fno-plt -c -o $@ $<

# The page's style and script, as C: $(call page,NAME,FILE).
page = printf 'const char page_%s[] = {\n' $(1) && od -An -v -to1 $(2) | sed "s/ \(...\)/'\\\\\1',/g" && \
	echo '0};' && printf 'const char page_%s_hash[] = "%s";\n' $(1) \
	"$$(env printf "$$(sha256sum <$(2) | cut -c -64 | sed 's/../\\x&/g')" | base64)"

$(BUILD)/tools/report/show/page.c: tools/report/show/page.css tools/report/show/page.js Makefile
	@mkdir -p $(@D)
	{ echo '#include "show/page.h"' && $(call page,css,tools/report/show/page.css) && \
		$(call page,js,tools/report/show/page.js); } >$@

$(BUILD)/tools/report/show/page.o: $(BUILD)/tools/report/show/page.c
	$(CC) $(COMMON) $(REPORT_FLAGS) $(CFLAGS) -fPIC -fvisibility=hidden -c -o $@ $<

$(REPORT_ROOMS): $(REPORT_OBJECTS)
	rm -f $@ && $(AR) rcs $@ $^

$(BUILD)/babeltrace-plugin-bpguard.so: $(patsubst %,$(BUILD)/tools/report/%.o,plugin sink) $(REPORT_ROOMS)
	$(CC) -shared -Wl,-z,defs -o $@ $^ $(LDFLAGS) -lbabeltrace2 -ljson-c -lm

$(BUILD)/bpguard-report: $(patsubst %,$(BUILD)/tools/report/%.o,main options inputs graph fail) $(REPORT_ROOMS)
	$(CC) -o $@ $^ $(LDFLAGS) -lbabeltrace2

$(BUILD)/bpguard-top: $(patsubst %.c,$(BUILD)/%.o,$(wildcard tools/report/top/*.c)) $(REPORT_ROOMS)
	$(CC) -o $@ $^ $(LDFLAGS) -lbabeltrace2 -ljson-c -lncursesw -ltinfo -lm -lpthread

# The same for another machine, in a directory of its own. By hand: make CC="gcc -m32" BUILD=build/i386
MACHINES = i386 aarch64 musl
$(MACHINES):
	cc=$$(sh scripts/cc-for $@) && $(MAKE) CC="$$cc" BUILD=$(BUILD)/$@ all

# The directories that ld.so's $LIB means (ld.so(8)), for 64- and for 32-bit programs: Debian's by
# machine, and lib32 where only its libc6-i386 is there; others' by word size.
MULTIARCH := $(shell $(CC) -print-multiarch 2>/dev/null)
LIB64 = $(if $(MULTIARCH),lib/$(MULTIARCH),lib64)
LIB32 = $(if $(MULTIARCH),lib/i386-linux-gnu lib32,lib)
# Libraries of two word sizes are installed by $LIB once `make i386` has made the second.
TWIN = $(wildcard $(BUILD)/i386/libbpguard.so)

# The same in the tree: links, which scripts/bpguard finds.
pair: all i386
	for dir in $(LIB64); do mkdir -p $(BUILD)/$$dir && \
		ln -sf $(abspath $(SHIM_PRODUCTS)) $(BUILD)/$$dir/; done
	for dir in $(LIB32); do mkdir -p $(BUILD)/$$dir && \
		ln -sf $(abspath $(BUILD))/i386/libbpguard*.so $(BUILD)/$$dir/; done

# tests/unit against the logic without its exported calls; tests/calls against the shim itself.
UNIT_TESTS = $(patsubst tests/unit/%.c,$(BUILD)/tests/unit/%,$(wildcard tests/unit/test_*.c))
CALL_TESTS = $(patsubst tests/calls/%.c,$(BUILD)/tests/calls/%,$(wildcard tests/calls/test_*.c))
REPORT_TESTS = $(if $(HAVE_BT2),$(patsubst tests/report/%.c,$(BUILD)/tests/report/%,$(wildcard tests/report/*.c)))
CALL_HELPERS = $(filter-out $(wildcard tests/calls/test_*.c),$(wildcard tests/calls/*.c))

# Without the constructor: a test starts what it tests.
UNIT_LOGIC = $(filter-out $(BUILD)/shim/entry/start.o,$(LOGIC))

$(BUILD)/tests/unit/%: tests/unit/%.c $(UNIT_LOGIC)
	@mkdir -p $(@D)
	$(CC) $(COMMON) -Wframe-larger-than=65536 $(CFLAGS) -Ishim -I. -o $@ $< $(UNIT_LOGIC) $(LDFLAGS) -lcheck -lsubunit -lm -lrt -lpthread -ldl

unit-tests: $(UNIT_TESTS)

# Each target holds the room that it is named after, the functions within too. libFuzzer brings a main
# of its own: REPLAY is empty there.
FUZZ_TARGETS = $(patsubst tests/fuzz/%.c,$(BUILD)/tests/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))
REPLAY = tests/fuzz/replay.c

$(BUILD)/tests/fuzz/fuzz_%: tests/fuzz/fuzz_%.c tests/fuzz/input.h $(REPLAY) $(UNIT_LOGIC)
	@mkdir -p $(@D)
	$(CC) $(COMMON) -Wframe-larger-than=65536 $(CFLAGS) -Ishim -I. -o $@ $< $(REPLAY) \
		$(filter-out %/$*.o,$(UNIT_LOGIC)) $(LDFLAGS) -ljson-c -lpthread -ldl

fuzz-targets: $(FUZZ_TARGETS)

libfuzzer:
	$(MAKE) BUILD=$(BUILD)/fuzz CC=clang REPLAY= \
		CFLAGS='-O1 -g -Wno-frame-larger-than $(SANITIZE_asan),fuzzer-no-link' \
		LDFLAGS='$(SANITIZE_asan),fuzzer' fuzz-targets

# The same again under sanitizers. A thread sanitizer does not know fences: what is shared here is
# ordered by atomic loads and stores, which it does know.
SANITIZE_asan = -fno-sanitize-recover=all -fsanitize=address,undefined
SANITIZE_tsan = -fsanitize=thread
asan tsan:
	$(MAKE) BUILD=$(BUILD)/$@ CFLAGS='-O1 -g -Wno-frame-larger-than $(SANITIZE_$@)' \
		LDFLAGS='$(SANITIZE_$@)' unit-tests $(if $(findstring asan,$@),fuzz-targets)

$(BUILD)/tests/calls/%: tests/calls/%.c $(CALL_HELPERS) $(wildcard tests/calls/*.h)
	@mkdir -p $(@D)
	$(CC) $(COMMON) -Wframe-larger-than=1048576 $(CFLAGS) -Ishim -I. -o $@ $< $(CALL_HELPERS) $(LDFLAGS) \
		-lcheck -lsubunit -lm -lrt -lpthread -ldl $(LDLIBS)

$(BUILD)/tests/calls/test_hosts_rings: LDLIBS += -luring

$(BUILD)/tests/report/%: tests/report/%.c $(REPORT_ROOMS)
	@mkdir -p $(@D)
	$(CC) $(COMMON) -Wframe-larger-than=1048576 $(CFLAGS) -Itools/report -I. -o $@ $< $(LDLIBS) $(REPORT_ROOMS) \
		$(LDFLAGS) -lbabeltrace2 -ljson-c -lcheck -lsubunit -lm -lrt -lpthread

TOP_TESTED = $(patsubst %,$(BUILD)/tools/report/top/%.o,meter view)
$(BUILD)/tests/report/test_top: $(TOP_TESTED)
$(BUILD)/tests/report/test_top: LDLIBS += $(TOP_TESTED)

# The same for a machine that has no Check: only what the tests run there (tests/machines).
VICTIM_HELPERS = $(patsubst tests/calls/%.c,$(BUILD)/victims/%.o,$(CALL_HELPERS))

$(BUILD)/victims/%.o: tests/calls/%.c
	@mkdir -p $(@D)
	$(CC) $(COMMON) -Wno-conversion -Wframe-larger-than=1048576 -g -Itests/machines -include tests/machines/lacking.h -Ishim -I. -c -o $@ $<

$(BUILD)/victims/%: $(BUILD)/victims/%.o $(VICTIM_HELPERS)
	$(CC) $(CFLAGS) -o $@ $^ $(LDFLAGS) -lpthread -ldl

.PRECIOUS: $(BUILD)/victims/%.o

# For every machine that there is a compiler for.
VICTIMS = test_matrix test_short test_signals test_disposition test_children test_storm test_outlets
# glibc's alone, for tests/long/trixie.bats.
VICTIMS_i386 = test_libc
VICTIMS_OF = $(MACHINES:%=victims-of-%)
victims: $(VICTIMS_OF)

$(VICTIMS_OF): victims-of-%:
	cc=$$(sh scripts/cc-for $*) || exit 0; \
	$(MAKE) CC="$$cc" BUILD=$(BUILD)/$* $(BUILD)/$*/libbpguard.so \
		$(patsubst %,$(BUILD)/$*/victims/%,$(VICTIMS) $(VICTIMS_$*))

# Programs of the long tests' own: a file each.
LONG_PROGRAMS = $(patsubst tests/long/%.c,$(BUILD)/tests/long/%,$(wildcard tests/long/*.c))

$(BUILD)/tests/long/%: tests/long/%.c
	@mkdir -p $(@D)
	$(CC) $(COMMON) -Wframe-larger-than=1048576 $(CFLAGS) -Ishim -I. -o $@ $< $(LDFLAGS) -lpthread

# What the suites need to have been built; for one program of them, that one.
SUITES = unit asan tsan fuzz symbols layers calls machines scripts trace programs report
NEEDS_unit = $(UNIT_TESTS)
NEEDS_asan = asan
NEEDS_tsan = tsan
NEEDS_fuzz = asan
NEEDS_machines = victims $(patsubst %,$(BUILD)/tests/calls/%,$(VICTIMS))
NEEDS_calls = all $(CALL_TESTS)
NEEDS_report = all $(REPORT_TESTS)
NEEDS_long = all $(CALL_TESTS) $(LONG_PROGRAMS)
NEEDS_mutants = all $(CALL_TESTS)
NEEDS = all
suite_of = $(if $(findstring /,$(1)),$(word 2,$(subst /, ,$(1))),$(1))
needs_of = $(if $(filter tests/%,$(filter-out %.bats,$(1))),$(BUILD)/$(basename $(1)) $(BUILD)/libbpguard.so,\
	$(or $(NEEDS_$(call suite_of,$(1))),$(NEEDS)))

# ONLY=tests/calls/test_mask, ONLY=tests/trace/brief.bats, ONLY="unit calls" for some of it.
check: $(sort $(foreach what,$(or $(ONLY),$(SUITES)),$(call needs_of,$(what))))
	sh tests/run $(or $(ONLY),$(SUITES))

# A root of another release: where none can be made, its test says why.
trixie: $(filter victims-of-i386,$(VICTIMS_OF))
	-@sh tests/machines/trixie make

# ONLY=tests/long/NAME.bats for one of them.
check-long: all $(CALL_TESTS) $(LONG_PROGRAMS) $(if $(filter long tests/long/trixie.bats,$(or $(ONLY),long)),trixie)
	sh tests/run $(or $(ONLY),mutants long)

# ONLY="calls start" for some of its parts; PUBLISH=--publish for doc/measured.md.
bench: all $(REPORT_TESTS)
	python3 tests/bench/run $(PUBLISH) $(ONLY)

demo: all
	sh scripts/demo

# The README's pictures.
docs: all
	sh scripts/docs

lint:
	sh tests/lint

# The front finds its programs from where it lies itself where both lie in PREFIX, else it is told.
FROM_BINDIR = $(if $(filter $(PREFIX)/bin:$(PREFIX)/libexec,$(BINDIR):$(LIBEXECDIR)),,$(LIBEXECDIR)/bpguard)

install: all
	install -d $(DESTDIR)$(BINDIR) $(DESTDIR)$(LIBDIR) $(DESTDIR)$(LIBEXECDIR)/bpguard \
		$(DESTDIR)$(MANDIR)/man1 $(DESTDIR)$(MANDIR)/man5 $(DESTDIR)$(MANDIR)/man7 $(DESTDIR)$(COMPLETIONDIR)
	install -m 755 scripts/bpguard $(DESTDIR)$(BINDIR)/bpguard
	[ -z '$(FROM_BINDIR)' ] || sed -i -e 's|^bpguard_programs=[$$]0$$|bpguard_programs=$(FROM_BINDIR)|' \
		-e '/^case [$$]0 in/,/^fi$$/d' $(DESTDIR)$(BINDIR)/bpguard
	install -m 755 $(filter $(BUILD)/bpguard-%,$(PRODUCTS)) $(DESTDIR)$(LIBEXECDIR)/bpguard/
	install -m 644 $(SHIM_PRODUCTS) $(DESTDIR)$(LIBDIR)/
	for dir in $(if $(TWIN),$(LIB64)); do install -d $(DESTDIR)$(PREFIX)/$$dir && \
		install -m 644 $(SHIM_PRODUCTS) $(DESTDIR)$(PREFIX)/$$dir/; done
	for dir in $(if $(TWIN),$(LIB32)); do install -d $(DESTDIR)$(PREFIX)/$$dir && \
		install -m 644 $(BUILD)/i386/libbpguard*.so $(DESTDIR)$(PREFIX)/$$dir/; done
ifneq ($(HAVE_BT2),)
	install -d $(DESTDIR)$(PLUGINDIR)
	install -m 644 $(BUILD)/babeltrace-plugin-bpguard.so $(DESTDIR)$(PLUGINDIR)/
endif
	install -m 644 doc/bpguard.1 $(DESTDIR)$(MANDIR)/man1/
	install -m 644 doc/bpguard-record.5 doc/bpguard-report.5 $(DESTDIR)$(MANDIR)/man5/
	install -m 644 doc/libbpguard.7 $(DESTDIR)$(MANDIR)/man7/
	install -m 644 scripts/bpguard.bash-completion $(DESTDIR)$(COMPLETIONDIR)/bpguard

uninstall:
	rm -f $(DESTDIR)$(BINDIR)/bpguard $(DESTDIR)$(LIBEXECDIR)/bpguard/bpguard-* \
		$(DESTDIR)$(PLUGINDIR)/babeltrace-plugin-bpguard.so \
		$(foreach dir,$(LIBDIR) $(addprefix $(PREFIX)/,$(LIB64) $(LIB32)),$(DESTDIR)$(dir)/libbpguard.so \
		$(DESTDIR)$(dir)/libbpguard-lttng.so) \
		$(DESTDIR)$(MANDIR)/man1/bpguard.1 \
		$(DESTDIR)$(MANDIR)/man5/bpguard-record.5 $(DESTDIR)$(MANDIR)/man5/bpguard-report.5 \
		$(DESTDIR)$(MANDIR)/man7/libbpguard.7 $(DESTDIR)$(COMPLETIONDIR)/bpguard
	-rmdir $(DESTDIR)$(LIBEXECDIR)/bpguard

clean:
	rm -rf $(BUILD)

.PHONY: FORCE all summary $(MACHINES) pair victims $(VICTIMS_OF) unit-tests asan tsan fuzz-targets libfuzzer check check-long trixie bench demo docs lint install uninstall clean
.DELETE_ON_ERROR:

# Not in trixie, a root with directories of such names.
-include $(shell find $(BUILD) -name 'trixie*' -prune -o -name '*.d' -print 2>/dev/null)
