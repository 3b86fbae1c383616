# The built-in filters, filters/logs/*.yaml, and what secrets look like, filters/redact.yaml: checked and laid out as C by a
# build-time tool.
LIB_GEN += $(BUILD)/gen/builtin_filters.c
FILTERS = $(sort $(wildcard filters/logs/*.yaml))
FILTER_TOOL_SRC = filters/make_filters.c filters/generate.c src/filter/definition.c src/text/document.c src/text/literals.c src/filter/alike.c src/filter/first.c src/filter/spots.c src/filter/pack.c src/text/pattern.c src/filter/redact.c \
	src/base/arena.c src/base/buf.c src/base/err.c src/base/mem.c src/base/span.c

# Plain flags: a sanitizer or coverage build needs no instrumented tool.
$(BUILD)/gen/make_filters: $(FILTER_TOOL_SRC) filters/generate.h $(wildcard src/filter/*.h src/text/*.h)
	@mkdir -p $(@D)
	$(SAY) CC $<
	$(Q)$(CC) -std=c11 -D_GNU_SOURCE -DCTXCUT_BUILD -O1 $(WARN) -Isrc -Iinclude $(PKG_CFLAGS) -o $@ $(FILTER_TOOL_SRC) $(PKG_LIBS)
$(BUILD)/gen/builtin_filters.c: $(BUILD)/gen/make_filters filters/redact.yaml $(FILTERS) filters/logs
	$(SAY) GEN $@
	$(Q)$(BUILD)/gen/make_filters filters/redact.yaml $(FILTERS) >$@.new && mv $@.new $@
