#include "api/printed.h"

#include "base/limits.h"
#include "text/clean.h"

static const struct {
	size_t below_budget;
	struct width width;
} widths[] = {{400, {110, 40}}, {1500, {165, 45}}, {SIZE_MAX, {LINE_PRINT_HEAD_CHARS, LINE_PRINT_TAIL_CHARS}}};

static const struct width narrower[] = {{60, 20}, {30, 8}, {12, 0}};

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

static bool starts_char(char c) { return ((unsigned char)c & 0xc0) != 0x80; }

/* The first `count` characters of `s`. */
static struct span chars_head(struct span s, size_t count)
{
	size_t i = 0;
	for (; i < s.len; i++)
		if (starts_char(s.ptr[i]) && count-- == 0)
			break;
	return span_head(s, i);
}

static struct span chars_tail(struct span s, size_t count)
{
	size_t i = s.len;
	for (size_t at = s.len; count && at--;)
		if (starts_char(s.ptr[at])) {
			i = at;
			count--;
		}
	return span_from(s, i);
}

/* A line too long to be held: its first and last characters with a mark between. Of a line of 4 GiB and more the end is not
 * known. */
static enum err_code huge_line(struct printed *p, struct held *held, uint64_t off, uint32_t len, struct width width, struct err *err)
{
	bool endless = len == UINT32_MAX;
	/* A secret that reaches into the end is found only where it begins. */
	size_t tail_bytes = endless ? 0 : p->rules ? LINE_JUDGED_BYTES : LINE_TAIL_BYTES;
	struct buf cleaned = {0};
	buf_reserve(&p->raw, LINE_JUDGED_BYTES);
	enum err_code code = held_read(held, off, p->raw.ptr, LINE_JUDGED_BYTES, err);
	if (code != ERR_OK)
		return code;
	clean_line(&cleaned, span_of(p->raw.ptr, LINE_JUDGED_BYTES));
	p->secrets += masking_apply(p->rules, &cleaned, &p->masked);
	struct span head = chars_head(buf_span(&cleaned), width.head_chars);
	buf_add_span(&p->text, head);
	size_t head_bytes = head.len;
	buf_clear(&cleaned);
	code = held_read(held, off + len - tail_bytes, p->raw.ptr, tail_bytes, err);
	if (code == ERR_OK) {
		clean_line(&cleaned, span_of(p->raw.ptr, tail_bytes));
		p->secrets += masking_apply(p->rules, &cleaned, &p->masked);
		struct span tail = chars_tail(buf_span(&cleaned), width.tail_chars);
		if (endless)
			buf_add_str(&p->text, " …[more than 4 GiB cut]…");
		else
			buf_addf(&p->text, " …[%llu bytes cut]… ", (unsigned long long)(len - head_bytes - tail.len));
		buf_add_span(&p->text, tail);
		p->clipped = true;
	}
	buf_release(&cleaned);
	return code;
}

enum err_code printed_line(struct printed *p, struct held *held, uint64_t off, uint32_t len, struct width width, struct err *err)
{
	buf_clear(&p->text);
	buf_clear(&p->raw);
	p->clipped = false;
	p->secrets = 0;
	if (len > LINE_JUDGED_BYTES + LINE_TAIL_BYTES)
		return huge_line(p, held, off, len, width, err);
	buf_reserve(&p->raw, len);
	enum err_code code = held_read(held, off, p->raw.ptr, len, err);
	if (code != ERR_OK)
		return code;
	struct buf cleaned = {0};
	clean_line(&cleaned, span_of(p->raw.ptr, len));
	p->secrets = masking_apply(p->rules, &cleaned, &p->masked);
	p->clipped = clean_clip(&p->text, buf_span(&cleaned), width.head_chars, width.tail_chars);
	buf_release(&cleaned);
	return ERR_OK;
}
