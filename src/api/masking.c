#include "api/masking.h"

#include "filter/builtin.h"

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
