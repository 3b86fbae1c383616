# The README is executed.
CHECK_PARTS += readme
readme: all $(LIBS) $(DOCS)
	@MAKE='$(MAKE)' tests/readme/run -r $(BUILD)/results/readme $(BUILD)
readme-update: all $(LIBS) $(DOCS)
	@MAKE='$(MAKE)' tests/readme/run -u $(BUILD)
.PHONY: readme readme-update
