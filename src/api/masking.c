#include "api/masking.h"

#include "ctxcut.h"
#include "filter/builtin.h"

#include <stdint.h>
#include <stdio.h>

struct redact *masking_new(void)
{
	struct redact *rules = NULL;
	redact_new(&rules, span_of(builtin_redact, builtin_redact_bytes), "filters/redact.yaml", NULL);
	return rules;
}

size_t masking_apply(struct redact *rules, struct buf *text, struct buf *scratch)
{
	size_t count = 0;
	if (!rules)
		return 0;
	buf_clear(scratch);
	redact_line(rules, scratch, buf_span(text), &count);
	if (count) {
		buf_clear(text);
		buf_add_span(text, buf_span(scratch));
	}
	return count;
}

void masking_apply_lines(struct redact *rules, struct buf *out, struct span lines)
{
	struct key_blocks keys = {0};
	size_t count = 0;
	for (int pass = 0; pass < 2; pass++) {
		uint64_t no = 0;
		for (struct span rest = lines; rest.len;) {
			size_t end = span_find(rest, SPAN("\n"));
			struct span line = span_head(rest, end == SIZE_MAX ? rest.len : end);
			rest = span_from(rest, end == SIZE_MAX ? rest.len : end + 1);
			no++;
			if (pass == 0)
				key_blocks_line(&keys, no, line);
			else if (key_blocks_find(&keys, no) != SIZE_MAX)
				buf_add_span(out, KEY_LINE_MASK);
			else
				redact_line(rules, out, line, &count);
			if (pass)
				buf_add_str(out, end == SIZE_MAX ? "" : "\n");
		}
		key_blocks_finish(&keys);
	}
	key_blocks_release(&keys);
}

size_t ctxcut_mask(char *out, size_t size, const char *text)
{
	struct redact *rules = masking_new();
	struct buf masked = {0};
	size_t count = 0;
	redact_line(rules, &masked, span_of_str(text), &count);
	snprintf(out, size, "%s", masked.len ? masked.ptr : "");
	buf_release(&masked);
	redact_free(rules);
	return count;
}
