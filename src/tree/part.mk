# The language profiles, filters/languages/*.yaml: checked and laid out as C by a build-time tool.
LIB_GEN += $(BUILD)/gen/builtin_languages.c
LANGUAGES = $(sort $(wildcard filters/languages/*.yaml))
LANGUAGE_TOOL_SRC = filters/make_languages.c filters/generate.c src/tree/profile.c src/tree/profile_heads.c src/tree/profile_openers.c src/tree/kind.c \
	src/text/document.c src/text/literals.c src/text/pattern.c src/base/arena.c src/base/buf.c src/base/err.c src/base/hash.c src/base/hash_wide.c \
	src/base/mem.c src/base/span.c

# Plain flags: a sanitizer or coverage build needs no instrumented tool.
$(BUILD)/gen/make_languages: $(LANGUAGE_TOOL_SRC) filters/generate.h $(wildcard src/tree/*.h src/text/*.h)
	@mkdir -p $(@D)
	$(SAY) CC $<
	$(Q)$(CC) -std=c11 -D_GNU_SOURCE -DCTXCUT_BUILD -O1 $(WARN) -Isrc -Iinclude $(PKG_CFLAGS) -o $@ $(LANGUAGE_TOOL_SRC) $(PKG_LIBS)
$(BUILD)/gen/builtin_languages.c: $(BUILD)/gen/make_languages $(LANGUAGES) filters/languages
	$(SAY) GEN $@
	$(Q)$(BUILD)/gen/make_languages $(LANGUAGES) >$@.new && mv $@.new $@

# For whoever writes a profile: prints the outlines of files.
$(BUILD)/outline: tests/outline/outline.c $(BUILD)/libctxcut.a
	$(SAY) LINK $@
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $< $(BUILD)/libctxcut.a $(PKG_LIBS)
