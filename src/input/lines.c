#include "input/lines.h"

#include <assert.h>

void lines_init(struct lines *l) { *l = (struct lines){.next_no = 1}; }

void lines_release(struct lines *l)
{
	buf_release(&l->carry);
	*l = (struct lines){0};
}

void lines_push(struct lines *l, struct span window)
{
	assert(l->window.len == 0);
	l->window = window;
}

/* Adds bytes to the unfinished line; of one that is too long the first are enough. */
static void carry(struct lines *l, struct span bytes)
{
	if (l->carried_bytes == 0) /* what is there was lent out with the line before */
		buf_clear(&l->carry);
	l->carried_bytes += bytes.len;
	buf_add_span(&l->carry, span_head(bytes, LINE_WHOLE_BYTES - l->carry.len));
}

static void emit(struct lines *l, struct line *out, struct span text, uint64_t len_bytes, bool ends_in_lf)
{
	*out = (struct line){
		.text = len_bytes > LINE_WHOLE_BYTES ? span_head(text, LINE_JUDGED_BYTES) : text,
		.no = l->next_no,
		.off = l->next_off,
		.len_bytes = len_bytes,
		.ends_in_lf = ends_in_lf,
	};
	l->next_no++;
	l->next_off += len_bytes + (ends_in_lf ? 1 : 0);
}

static void emit_carried(struct lines *l, struct line *out, bool ends_in_lf)
{
	emit(l, out, buf_span(&l->carry), l->carried_bytes, ends_in_lf);
	l->carried_bytes = 0; /* carry() clears the buffer when the next line needs it, not before */
}

void lines_cut(struct lines *l, size_t len, struct line *out)
{
	struct span line = span_head(l->window, len);
	l->window = span_from(l->window, len + 1);
	if (l->carried_bytes) {
		carry(l, line);
		emit_carried(l, out, true);
	} else {
		emit(l, out, line, len, true);
	}
}

void lines_skip(struct lines *l, size_t count, size_t bytes)
{
	assert(l->carried_bytes == 0 && bytes <= l->window.len);
	l->window = span_from(l->window, bytes);
	l->next_no += count;
	l->next_off += bytes;
}

bool lines_next(struct lines *l, struct line *out)
{
	if (l->window.len == 0)
		return false;
	const char *lf = memchr(l->window.ptr, '\n', l->window.len);
	if (!lf) {
		carry(l, l->window);
		l->window = span_from(l->window, l->window.len);
		return false;
	}
	lines_cut(l, (size_t)(lf - l->window.ptr), out);
	return true;
}

bool lines_finish(struct lines *l, struct line *out)
{
	assert(l->window.len == 0);
	if (l->carried_bytes == 0)
		return false;
	emit_carried(l, out, false);
	return true;
}
