# ctxcut: one Makefile. `make help` lists the targets.
#
# Sources are found by wildcard: src/**/*.c is the library, src/app/*.c the program, tests/unit/test_*.c the unit tests.
# A part that generates sources keeps its rules beside them in src/<part>/part.mk and adds to LIB_GEN (below $(BUILD)/gen);
# a kind of test of its own has tests/<kind>/part.mk, adds its target to CHECK_PARTS and leaves "PASSED FAILED" in
# $(BUILD)/results/<kind>.
BUILD ?= build
CC ?= cc
AR ?= ar
OBJCOPY ?= objcopy
PKG_CONFIG ?= pkg-config
INSTALL ?= install
CFLAGS ?= -O2 -g
JOBS ?= 2
# V=1 shows the commands.
Q = $(if $(V),,@)
SAY = @$(if $(V),:,printf "  %-5s %s\n")

PREFIX ?= /usr/local
BINDIR ?= $(PREFIX)/bin
LIBDIR ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
DATADIR ?= $(PREFIX)/share

VERSION := $(shell sed -n 's/^.define CTXCUT_VERSION "\(.*\)"/\1/p' include/ctxcut.h)
SOVERSION := $(firstword $(subst ., ,$(VERSION)))
SONAME = libctxcut.so.$(SOVERSION)

# ---- what must be there ----
PKGS = libzstd libpcre2-8 libxxhash yaml-0.1 jansson
NO_LIBRARIES = clean help uninstall fmt check-layers
ifneq ($(filter-out $(NO_LIBRARIES),$(or $(MAKECMDGOALS),all)),)
ifeq ($(shell command -v $(PKG_CONFIG)),)
$(error $(PKG_CONFIG) is not installed. `./bootstrap` installs what the build needs)
endif
MISSING := $(shell for p in $(PKGS); do $(PKG_CONFIG) --exists $$p || echo $$p; done)
ifneq ($(MISSING),)
$(error $(PKG_CONFIG) does not find: $(MISSING). `./bootstrap` installs what the build needs)
endif
PKG_CFLAGS := $(shell $(PKG_CONFIG) --cflags $(PKGS))
PKG_LIBS := $(shell $(PKG_CONFIG) --libs $(PKGS)) -lm
endif

WARN = -Wall -Wextra -Wpedantic -Wshadow -Wconversion
ALL_CFLAGS = -std=c11 -D_GNU_SOURCE -DCTXCUT_BUILD $(WARN) -fvisibility=hidden -fPIC -pthread \
	-Iinclude -Isrc -I$(BUILD)/gen $(PKG_CFLAGS) $(CPPFLAGS) $(CFLAGS) $(EXTRA)

# ---- sources ----
LIB_GEN :=
LIB_SRC := $(shell find src -name '*.c' ! -path 'src/app/*' | LC_ALL=C sort)
APP_SRC := $(sort $(wildcard src/app/*.c))
# UNIT="test_a test_b" picks some.
UNIT_SRC := $(if $(UNIT),$(UNIT:%=tests/unit/%.c),$(sort $(wildcard tests/unit/test_*.c)))
PROPERTY_SRC := $(sort $(wildcard tests/property/test_*.c))
TOOL_SRC := $(sort $(wildcard tests/tools/*.c))

all: ctxcut
CHECK_PARTS = check-layers check-neon unit cli property check-install
include $(sort $(wildcard src/*/part.mk tests/*/part.mk))

LIB_OBJ = $(LIB_SRC:%.c=$(BUILD)/%.o) $(LIB_GEN:%.c=%.o)
APP_OBJ = $(APP_SRC:%.c=$(BUILD)/%.o)
UNIT_BIN = $(UNIT_SRC:tests/unit/%.c=$(BUILD)/unit/%)
PROPERTY_BIN = $(PROPERTY_SRC:tests/property/%.c=$(BUILD)/property/%)
TOOL_BIN = $(TOOL_SRC:tests/tools/%.c=$(BUILD)/tools/%)
LIBS = $(BUILD)/libctxcut.so $(BUILD)/lib/libctxcut.a
DOCS = $(addprefix $(BUILD)/doc/,ctxcut.1 ctxcut.bash _ctxcut ctxcut.fish)

# ---- building ----
ctxcut: $(BUILD)/ctxcut
	@cp $< $@
# Other flags mean other objects.
$(BUILD)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(subst ','\'',$(CC) $(ALL_CFLAGS) $(LDFLAGS))' | cmp -s - $@ || echo '$(subst ','\'',$(CC) $(ALL_CFLAGS) $(LDFLAGS))' >$@
$(BUILD)/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(SAY) CC $<
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<
$(BUILD)/gen/%.o: $(BUILD)/gen/%.c $(BUILD)/flags
	$(SAY) CC $<
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<
# For the program and the unit tests, which look inside.
$(BUILD)/libctxcut.a: $(LIB_OBJ)
	$(Q)rm -f $@ && $(AR) rcs $@ $(LIB_OBJ)
$(BUILD)/ctxcut: $(APP_OBJ) $(BUILD)/libctxcut.a
	$(SAY) LINK $@
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $(APP_OBJ) $(BUILD)/libctxcut.a $(PKG_LIBS)
# For others: one object in which only ctxcut_* is left to link with.
$(BUILD)/lib/libctxcut.a: $(LIB_OBJ)
	@mkdir -p $(@D)
	$(SAY) LINK $@
	$(Q)$(CC) -r -nostdlib -o $(@D)/ctxcut.o $(LIB_OBJ)
	$(Q)$(OBJCOPY) --localize-hidden $(@D)/ctxcut.o
	$(Q)rm -f $@ && $(AR) rcs $@ $(@D)/ctxcut.o
$(BUILD)/libctxcut.so: $(LIB_OBJ)
	$(SAY) LINK $@
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -shared -Wl,-soname,$(SONAME) -Wl,--no-undefined -o $(BUILD)/libctxcut.so.$(VERSION) $(LIB_OBJ) $(PKG_LIBS)
	$(Q)ln -sf libctxcut.so.$(VERSION) $(BUILD)/$(SONAME)
	$(Q)ln -sf $(SONAME) $@
$(BUILD)/ctxcut.pc: Makefile include/ctxcut.h FORCE
	@printf '%s\n' 'prefix=$(PREFIX)' 'libdir=$(LIBDIR)' 'includedir=$(INCLUDEDIR)' '' 'Name: ctxcut' \
		'Description: Cut huge logs down to the few lines that matter, with references to the rest' \
		'Version: $(VERSION)' 'Requires.private: $(PKGS)' 'Libs: -L$${libdir} -lctxcut' \
		'Libs.private: -lm -pthread' 'Cflags: -I$${includedir}' >$@
$(BUILD)/doc/ctxcut.1: $(BUILD)/ctxcut
	@mkdir -p $(@D)
	$(Q)$(BUILD)/ctxcut --generate man >$@
$(BUILD)/doc/ctxcut.bash: $(BUILD)/ctxcut
	@mkdir -p $(@D)
	$(Q)$(BUILD)/ctxcut --generate bash >$@
$(BUILD)/doc/_ctxcut: $(BUILD)/ctxcut
	@mkdir -p $(@D)
	$(Q)$(BUILD)/ctxcut --generate zsh >$@
$(BUILD)/doc/ctxcut.fish: $(BUILD)/ctxcut
	@mkdir -p $(@D)
	$(Q)$(BUILD)/ctxcut --generate fish >$@
docs: $(DOCS)

# ---- testing ----
$(BUILD)/unit/%: tests/unit/%.c $(BUILD)/libctxcut.a $(BUILD)/flags
	@mkdir -p $(@D)
	@$(PKG_CONFIG) --exists cmocka || { echo 'cmocka is not installed. `./bootstrap check` installs it' >&2; exit 1; }
	$(SAY) LINK $@
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP $(LDFLAGS) -o $@ $< $(BUILD)/libctxcut.a $(PKG_LIBS) -lcmocka
$(BUILD)/property/%: tests/property/%.c $(BUILD)/libctxcut.a $(BUILD)/flags
	@mkdir -p $(@D)
	$(SAY) LINK $@
	$(Q)$(CC) $(ALL_CFLAGS) -Itests/property -MMD -MP $(LDFLAGS) -o $@ $< $(BUILD)/libctxcut.a $(PKG_LIBS) -lcmocka
$(BUILD)/tools/%: tests/tools/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(SAY) LINK $@
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP $(LDFLAGS) -o $@ $<
unit: $(UNIT_BIN)
	@tests/run_unit $(BUILD)/results/unit $(UNIT_BIN)
cli: $(BUILD)/ctxcut $(TOOL_BIN)
	@tests/cli/run -j $(JOBS) -r $(BUILD)/results/cli $(BUILD) $(CASES)
test-update: $(BUILD)/ctxcut $(TOOL_BIN)
	@tests/cli/run -u -j $(JOBS) $(BUILD) $(CASES)
property: $(PROPERTY_BIN)
	@tests/run_unit $(BUILD)/results/property $(PROPERTY_BIN)
test: unit cli property
check-layers:
	@tests/check_layers
check-neon:
	@tests/check_neon $(BUILD)
check-install: all $(LIBS) $(DOCS)
	@MAKE='$(MAKE)' CC='$(CC)' PKG_CONFIG='$(PKG_CONFIG)' tests/check_install $(BUILD)
# Every part runs even when one before it failed; the last line sums up.
check: all $(UNIT_BIN) $(PROPERTY_BIN) $(TOOL_BIN)
	@rm -rf $(BUILD)/results; status=0; \
	for part in $(CHECK_PARTS); do \
		$(MAKE) --no-print-directory $$part || { status=1; echo "FAILED: make $$part"; }; \
	done; \
	tests/tally $(BUILD)/results || status=1; exit $$status

SANITIZE = -O1 -g -fno-omit-frame-pointer -fno-sanitize-recover=all
ASAN = $(SANITIZE) -fsanitize=address,undefined
TSAN = $(SANITIZE) -fsanitize=thread
# What runs threads, or reads while others write; the command line's cases run it all.
TSAN_UNIT = test_source test_original test_store test_store_sharing test_show test_ahead test_manifest test_feed
# Without the property tests, which take minutes under a sanitizer; the fuzz replay covers their ground.
asan:
	$(MAKE) BUILD=$(BUILD)-asan CFLAGS='$(ASAN)' unit cli
tsan:
	$(MAKE) BUILD=$(BUILD)-tsan CFLAGS='$(TSAN)' UNIT='$(TSAN_UNIT)' unit cli

# ---- fuzzing: the committed corpus as a test, or libFuzzer for FUZZ_SECONDS ----
FUZZ_SECONDS ?= 60
FUZZ_CORPUS := $(sort $(wildcard tests/fuzz/corpus/*))
$(BUILD)/fuzz-replay: tests/fuzz/fuzz.c $(BUILD)/libctxcut.a
	$(SAY) LINK $@
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -DFUZZ_REPLAY -o $@ $< $(BUILD)/libctxcut.a $(PKG_LIBS)
fuzz-replay:
	@$(MAKE) --no-print-directory BUILD=$(BUILD)-asan CFLAGS='$(ASAN)' $(BUILD)-asan/fuzz-replay
	$(BUILD)-asan/fuzz-replay $(FUZZ_CORPUS)
$(BUILD)/fuzz: tests/fuzz/fuzz.c $(BUILD)/libctxcut.a
	$(SAY) LINK $@
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -fsanitize=fuzzer -o $@ $< $(BUILD)/libctxcut.a $(PKG_LIBS)
# New finds go to the build folder; what is worth keeping is copied to tests/fuzz/corpus by hand.
fuzz:
	@$(MAKE) --no-print-directory BUILD=$(BUILD)-fuzz CC=clang CFLAGS='$(ASAN) -fsanitize=fuzzer-no-link' $(BUILD)-fuzz/fuzz
	@mkdir -p $(BUILD)-fuzz/found
	cd $(BUILD)-fuzz && ./fuzz -max_total_time=$(FUZZ_SECONDS) -max_len=65536 -rss_limit_mb=1024 found $(CURDIR)/tests/fuzz/corpus

# ---- a program made for speed: what a training run passes often is laid out for it, all files are compiled as one (gcc) ----
PGO = -O2 -g -flto=auto
PGO_PROFILE = $(CURDIR)/$(BUILD)-pgo/profile
pgo:
	@rm -rf $(BUILD)-pgo/profile
	@$(MAKE) --no-print-directory BUILD=$(BUILD)-pgo AR=gcc-ar CFLAGS='$(PGO) -fprofile-generate=$(PGO_PROFILE) -fprofile-update=atomic' $(BUILD)-pgo/ctxcut
	bench/train $(BUILD)-pgo
	@$(MAKE) --no-print-directory BUILD=$(BUILD)-pgo AR=gcc-ar CFLAGS='$(PGO) -fprofile-use=$(PGO_PROFILE) -fprofile-correction -Wno-missing-profile -Wno-maybe-uninitialized' $(BUILD)-pgo/ctxcut

# ---- the rest ----
bench: all
	@bench/run
lint:
	shellcheck bootstrap .ci/run tests/check_layers tests/check_install tests/run_unit tests/tally tests/demo tests/cli/run tests/readme/run
	clang-tidy --quiet $(LIB_SRC) $(APP_SRC) -- -std=c11 -D_GNU_SOURCE -DCTXCUT_BUILD -Iinclude -Isrc -I$(BUILD)/gen $(PKG_CFLAGS)
fmt:
	clang-format -i $(shell find include src tests/tools tests/examples tests/fuzz -name '*.[ch]')

install: all $(LIBS) $(DOCS) $(BUILD)/ctxcut.pc
	$(INSTALL) -d $(DESTDIR)$(BINDIR) $(DESTDIR)$(LIBDIR)/pkgconfig $(DESTDIR)$(INCLUDEDIR) $(DESTDIR)$(DATADIR)/man/man1 $(DESTDIR)$(DATADIR)/man/man5 \
		$(DESTDIR)$(DATADIR)/bash-completion/completions $(DESTDIR)$(DATADIR)/zsh/site-functions \
		$(DESTDIR)$(DATADIR)/fish/vendor_completions.d $(DESTDIR)$(DATADIR)/doc/ctxcut $(DESTDIR)$(DATADIR)/ctxcut
	$(INSTALL) -m 755 $(BUILD)/ctxcut $(DESTDIR)$(BINDIR)/ctxcut
	$(INSTALL) -m 644 include/ctxcut.h $(DESTDIR)$(INCLUDEDIR)/ctxcut.h
	$(INSTALL) -m 644 $(BUILD)/lib/libctxcut.a $(DESTDIR)$(LIBDIR)/libctxcut.a
	$(INSTALL) -m 755 $(BUILD)/libctxcut.so.$(VERSION) $(DESTDIR)$(LIBDIR)/libctxcut.so.$(VERSION)
	ln -sf libctxcut.so.$(VERSION) $(DESTDIR)$(LIBDIR)/$(SONAME)
	ln -sf $(SONAME) $(DESTDIR)$(LIBDIR)/libctxcut.so
	$(INSTALL) -m 644 $(BUILD)/ctxcut.pc $(DESTDIR)$(LIBDIR)/pkgconfig/ctxcut.pc
	$(INSTALL) -m 644 $(BUILD)/doc/ctxcut.1 $(DESTDIR)$(DATADIR)/man/man1/ctxcut.1
	$(INSTALL) -m 644 filters/ctxcut-filter.5 $(DESTDIR)$(DATADIR)/man/man5/ctxcut-filter.5
	$(INSTALL) -m 644 $(BUILD)/doc/ctxcut.bash $(DESTDIR)$(DATADIR)/bash-completion/completions/ctxcut
	$(INSTALL) -m 644 $(BUILD)/doc/_ctxcut $(DESTDIR)$(DATADIR)/zsh/site-functions/_ctxcut
	$(INSTALL) -m 644 $(BUILD)/doc/ctxcut.fish $(DESTDIR)$(DATADIR)/fish/vendor_completions.d/ctxcut.fish
	$(INSTALL) -m 644 src/render/ctxcut.schema.json $(DESTDIR)$(DATADIR)/ctxcut/ctxcut.schema.json
	$(INSTALL) -m 644 src/render/slices.schema.json $(DESTDIR)$(DATADIR)/ctxcut/slices.schema.json
	$(INSTALL) -m 644 src/render/manifest.schema.json $(DESTDIR)$(DATADIR)/ctxcut/manifest.schema.json
	$(INSTALL) -m 644 filters/filter.schema.json $(DESTDIR)$(DATADIR)/ctxcut/filter.schema.json
	$(INSTALL) -m 644 LICENSE NOTICE data/LICENSE.tiktoken $(DESTDIR)$(DATADIR)/doc/ctxcut/
uninstall:
	rm -f $(DESTDIR)$(BINDIR)/ctxcut $(DESTDIR)$(INCLUDEDIR)/ctxcut.h $(DESTDIR)$(LIBDIR)/libctxcut.a \
		$(DESTDIR)$(LIBDIR)/libctxcut.so $(DESTDIR)$(LIBDIR)/$(SONAME) $(DESTDIR)$(LIBDIR)/libctxcut.so.$(VERSION) \
		$(DESTDIR)$(LIBDIR)/pkgconfig/ctxcut.pc $(DESTDIR)$(DATADIR)/man/man1/ctxcut.1 \
		$(DESTDIR)$(DATADIR)/man/man5/ctxcut-filter.5 $(DESTDIR)$(DATADIR)/bash-completion/completions/ctxcut $(DESTDIR)$(DATADIR)/zsh/site-functions/_ctxcut \
		$(DESTDIR)$(DATADIR)/fish/vendor_completions.d/ctxcut.fish
	rm -rf $(DESTDIR)$(DATADIR)/doc/ctxcut $(DESTDIR)$(DATADIR)/ctxcut
clean:
	rm -rf $(BUILD) $(BUILD)-asan $(BUILD)-tsan $(BUILD)-fuzz $(BUILD)-pgo ctxcut
help:
	@printf '%s\n' \
		'all            ./ctxcut (the default)' \
		'check          everything below that tests; the last line sums up' \
		'test           unit tests and command-line cases' \
		'unit, cli      one of them; CASES="area/case ..." and UNIT="test_x ..." pick' \
		'property       the promises, over many inputs; PROPERTY_ROUNDS=N for more of them' \
		'test-update    write what the cases print now as what they shall print' \
		'check-layers   who includes what' \
		'check-neon     the kernels for AArch64, run by qemu where there is one' \
		'check-install  make install into a scratch folder, and programs that use it' \
		'asan, tsan     the tests under sanitizers, in $(BUILD)-asan and $(BUILD)-tsan' \
		'fuzz-replay    the fuzz targets over the committed corpus' \
		'fuzz           libFuzzer (clang) for FUZZ_SECONDS, from that corpus on' \
		'readme         execute the examples of README.md; readme-update writes what they print now' \
		'pgo            $(BUILD)-pgo/ctxcut, laid out by a training run and compiled as one (gcc)' \
		'bench          measure; bench/README.md and bench/run --help say how and what' \
		'install        to DESTDIR and PREFIX ($(PREFIX)); uninstall undoes it' \
		'lint, fmt      clang-tidy, clang-format' \
		'clean          remove what was built' \
		'' 'Variables: BUILD CC CFLAGS LDFLAGS PREFIX DESTDIR JOBS CASES UNIT V'

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
FORCE:
.PHONY: FORCE all docs unit cli property test test-update check check-layers check-neon check-install asan tsan fuzz-replay fuzz pgo bench lint fmt \
	install uninstall clean help
