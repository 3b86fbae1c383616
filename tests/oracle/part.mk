# Our side of tests/oracle/outline/README.md; not a part of `make check`.
$(BUILD)/outline_dump: tests/oracle/outline/outline_dump.c $(BUILD)/libctxcut.a $(BUILD)/flags
	@mkdir -p $(@D)
	$(SAY) LINK $@
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP $(LDFLAGS) -o $@ $< $(BUILD)/libctxcut.a $(PKG_LIBS)
