# The vocabulary tables: data/*.zst, turned by a build-time tool into what vocab.S embeds.
LIB_GEN += $(BUILD)/gen/vocab.o
VOCAB_TABLES = $(BUILD)/gen/o200k_base.table $(BUILD)/gen/cl100k_base.table

# Plain flags: a sanitizer or coverage build needs no instrumented tool.
$(BUILD)/gen/make_vocab: data/make_vocab.c src/text/vocab.h
	@mkdir -p $(@D)
	$(SAY) CC $<
	$(Q)$(CC) -std=c11 -O2 $(WARN) -Isrc $(PKG_CFLAGS) -o $@ $< $(PKG_LIBS)
$(BUILD)/gen/%.table: data/%.zst $(BUILD)/gen/make_vocab
	$(SAY) GEN $@
	$(Q)$(BUILD)/gen/make_vocab $< $@
$(BUILD)/gen/vocab.o: src/text/vocab.S $(VOCAB_TABLES)
	$(SAY) AS $<
	$(Q)$(CC) -Wa,-I$(BUILD)/gen -c -o $@ $<
