#include "input/lines.h"

#include "base/limits.h"

#include <assert.h>

enum { WHOLE_BYTES = LINE_JUDGED_BYTES + LINE_TAIL_BYTES }; /* a line up to this length is held whole */

void lines_init(struct lines *l) { *l = (struct lines){.next_no = 1}; }

void lines_release(struct lines *l)
{
	buf_release(&l->carry);
	buf_release(&l->tail);
	*l = (struct lines){0};
}

void lines_push(struct lines *l, struct span window)
{
	assert(l->window.len == 0);
	l->window = window;
}

/* Keeps the last bytes of an over-long line: a plain buffer of twice the size, moved down when full, so that `tail`
 * can be lent out as one span and a byte at a time still costs a constant. */
static void keep_tail(struct buf *tail, struct span bytes)
{
	if (bytes.len > LINE_TAIL_BYTES)
		bytes = span_from(bytes, bytes.len - LINE_TAIL_BYTES);
	if (tail->len + bytes.len > 2 * LINE_TAIL_BYTES) {
		size_t keep = LINE_TAIL_BYTES - bytes.len;
		memmove(tail->ptr, tail->ptr + tail->len - keep, keep);
		tail->len = keep;
	}
	buf_add_span(tail, bytes);
}

/* Adds bytes to the unfinished line. */
static void carry(struct lines *l, struct span bytes)
{
	if (l->carried_bytes == 0) { /* what is there was lent out with the line before */
		buf_clear(&l->carry);
		buf_clear(&l->tail);
	}
	l->carried_bytes += bytes.len;
	size_t room = WHOLE_BYTES - l->carry.len;
	struct span head = span_head(bytes, room), rest = span_from(bytes, room);
	buf_add_span(&l->carry, head);
	if (rest.len == 0)
		return;
	if (l->tail.len == 0)
		keep_tail(&l->tail, span_from(buf_span(&l->carry), LINE_JUDGED_BYTES));
	keep_tail(&l->tail, rest);
}

static void emit(struct lines *l, struct line *out, struct span text, struct span tail, uint64_t len_bytes,
		 bool ends_in_lf)
{
	*out = (struct line){
		.text = text,
		.tail = tail,
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
	struct span text = buf_span(&l->carry), tail = {"", 0};
	if (l->carried_bytes > WHOLE_BYTES) {
		text = span_head(text, LINE_JUDGED_BYTES);
		tail = span_from(buf_span(&l->tail), l->tail.len - LINE_TAIL_BYTES);
	}
	emit(l, out, text, tail, l->carried_bytes, ends_in_lf);
	l->carried_bytes = 0; /* carry() clears the buffers when the next line needs them, not before */
}

void lines_cut(struct lines *l, size_t len, struct line *out)
{
	struct span line = span_head(l->window, len);
	l->window = span_from(l->window, len + 1);
	if (l->carried_bytes) {
		carry(l, line);
		emit_carried(l, out, true);
	} else if (len > WHOLE_BYTES) {
		emit(l, out, span_head(line, LINE_JUDGED_BYTES), span_from(line, len - LINE_TAIL_BYTES), len, true);
	} else {
		emit(l, out, line, span_of("", 0), len, true);
	}
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
