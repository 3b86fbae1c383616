#include "api/printed.h"

#include "api/reduction.h"
#include "base/limits.h"
#include "text/clean.h"

static const struct {
	size_t below_budget;
	struct width width;
} widths[] = {{400, {110, 40}}, {1500, {165, 45}}, {SIZE_MAX, {LINE_PRINT_HEAD_CHARS, LINE_PRINT_TAIL_CHARS}}};

static const struct width narrower[] = {{60, 20}, {30, 8}, {12, 0}};

struct excerpt_options excerpt_of(const struct settings *settings, struct width width, enum line_class class)
{
	return (struct excerpt_options){.head_chars = width.head_chars, .tail_chars = width.tail_chars, .class = class,
	                                .ci = settings->ci, .query = settings->query_pattern};
}

bool width_for(size_t budget_tokens, unsigned step, struct width *out)
{
	if (step > sizeof narrower / sizeof *narrower)
		return false;
	size_t i = 0;
	while (budget_tokens >= widths[i].below_budget)
		i++;
	*out = step ? narrower[step - 1] : widths[i].width;
	return true;
}

void printed_release(struct printed *p)
{
	buf_release(&p->raw);
	buf_release(&p->text);
	buf_release(&p->masked);
}

/* A line too long to be held: of what stands in the middle only the length is known, and of a line of 4 GiB and more not the
 * end. */
static enum err_code huge_line(struct printed *p, struct held *held, uint64_t off, uint32_t len, const struct excerpt_options *how,
                               struct err *err)
{
	bool endless = len == UINT32_MAX;
	/* A secret that reaches into the end is found only where it begins. */
	size_t tail_bytes = endless ? 0 : p->rules ? LINE_JUDGED_BYTES : LINE_TAIL_BYTES;
	struct buf first = {0}, last = {0};
	buf_reserve(&p->raw, LINE_JUDGED_BYTES);
	enum err_code code = held_read(held, off, p->raw.ptr, LINE_JUDGED_BYTES, err);
	if (code != ERR_OK)
		return code;
	clean_line(&first, span_of(p->raw.ptr, LINE_JUDGED_BYTES));
	p->secrets += masking_apply(p->rules, &first, &p->masked);
	code = held_read(held, off + len - tail_bytes, p->raw.ptr, tail_bytes, err);
	if (code == ERR_OK) {
		clean_line(&last, span_of(p->raw.ptr, tail_bytes));
		p->secrets += masking_apply(p->rules, &last, &p->masked);
		p->cut_count = excerpt_ends(&p->text, buf_span(&first), buf_span(&last), endless ? 0 : len, how, p->cuts);
	}
	buf_release(&first);
	buf_release(&last);
	return code;
}

enum err_code printed_line(struct printed *p, struct held *held, uint64_t off, uint32_t len, const struct excerpt_options *how,
                           struct err *err)
{
	buf_clear(&p->text);
	buf_clear(&p->raw);
	p->cut_count = 0;
	p->secrets = 0;
	if (len > LINE_JUDGED_BYTES + LINE_TAIL_BYTES)
		return huge_line(p, held, off, len, how, err);
	buf_reserve(&p->raw, len);
	enum err_code code = held_read(held, off, p->raw.ptr, len, err);
	if (code != ERR_OK)
		return code;
	struct buf cleaned = {0};
	clean_line(&cleaned, span_of(p->raw.ptr, len));
	p->secrets = masking_apply(p->rules, &cleaned, &p->masked);
	p->cut_count = excerpt_line(&p->text, buf_span(&cleaned), how, p->cuts);
	buf_release(&cleaned);
	return ERR_OK;
}
