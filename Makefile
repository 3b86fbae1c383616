# ctxcut: one Makefile. `make help` lists the targets.
BUILD ?= build
CC ?= cc
PKGS = libzstd libpcre2-8 libxxhash yaml-0.1 jansson
CFLAGS ?= -O2 -g
WARN = -Wall -Wextra -Wpedantic -Wshadow -Wconversion
PKG_CFLAGS := $(shell pkg-config --cflags $(PKGS))
PKG_LIBS := $(shell pkg-config --libs $(PKGS))
ALL_CFLAGS = -std=c11 -D_GNU_SOURCE -DCTXCUT_BUILD $(WARN) -fvisibility=hidden -fPIC -pthread -Iinclude -Isrc -I$(BUILD)/gen $(PKG_CFLAGS) $(CFLAGS) $(EXTRA)
LIB_SRC := $(shell find src -name '*.c' ! -path 'src/app/*')
APP_SRC := $(wildcard src/app/*.c)
LIB_OBJ = $(LIB_SRC:%.c=$(BUILD)/%.o)
APP_OBJ = $(APP_SRC:%.c=$(BUILD)/%.o)
UNIT_SRC := $(wildcard tests/unit/test_*.c)
UNIT_BIN = $(UNIT_SRC:tests/unit/%.c=$(BUILD)/unit/%)

all: ctxcut
ctxcut: $(BUILD)/ctxcut
	cp $< $@
$(BUILD)/libctxcut.a: $(LIB_OBJ)
	rm -f $@ && ar rcs $@ $^
$(BUILD)/ctxcut: $(APP_OBJ) $(BUILD)/libctxcut.a
	$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $(APP_OBJ) $(BUILD)/libctxcut.a $(PKG_LIBS)
$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<
$(BUILD)/unit/%: tests/unit/%.c $(BUILD)/libctxcut.a
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -MMD -MP $(LDFLAGS) -o $@ $< $(BUILD)/libctxcut.a $(PKG_LIBS) -lcmocka
unit: $(UNIT_BIN)
	@set -e; for t in $(UNIT_BIN); do echo "# $$t"; $$t; done
clean:
	rm -rf $(BUILD) ctxcut
-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
.PHONY: all unit clean
