#include "api/masking.h"

#include "ctxcut.h"
#include "filter/builtin.h"

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
