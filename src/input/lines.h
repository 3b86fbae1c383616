/* Lines out of a stream of byte windows, in bounded memory.
 *
 * A line ends at LF; its LF belongs to it for offsets, not for `text`. A trailing CR stays in `text`. The last line
 * may lack its LF. Of a line longer than LINE_JUDGED_BYTES + LINE_TAIL_BYTES only the first LINE_JUDGED_BYTES are held;
 * `len_bytes` is always the true length. The result does not depend on how the bytes were cut into windows. */
#ifndef CTXCUT_INPUT_LINES_H
#define CTXCUT_INPUT_LINES_H

#include <stdint.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/span.h"

struct line {
	struct span text;   /* borrowed: the whole line, or its first LINE_JUDGED_BYTES; until the next call */
	uint64_t no;        /* 1-based */
	uint64_t off;       /* 0-based offset of the first byte in the input */
	uint64_t len_bytes; /* without the LF */
	bool ends_in_lf;
};

static inline bool line_is_whole(const struct line *l) { return l->text.len == l->len_bytes; }

enum { LINE_WHOLE_BYTES = LINE_JUDGED_BYTES + LINE_TAIL_BYTES }; /* a line up to this length is held whole */

struct lines {
	struct span window;  /* borrowed: what is left of the bytes pushed last */
	struct buf carry;    /* owned: the unfinished line's head */
	uint64_t next_no, next_off, carried_bytes;
};

void lines_init(struct lines *l);
void lines_release(struct lines *l);
/* Hands over the next window; all complete lines of the window before must have been taken by then. */
void lines_push(struct lines *l, struct span window);
bool lines_next(struct lines *l, struct line *out);   /* false: push the next window, or finish */
bool lines_finish(struct lines *l, struct line *out); /* the unterminated last line, if there is one */

/* For who knows where the next lines of the window end. The text lasts as long as the window does. */

/* lines_next when the next LF stands `len` bytes on. */
void lines_cut(struct lines *l, size_t len, struct line *out);
/* The caller made the next `count` lines by itself, `bytes` bytes with their LFs: none began before the window. */
void lines_skip(struct lines *l, size_t count, size_t bytes);
/* A line that stands in the window; to be made by itself. */
static inline struct line line_of(const char *text, size_t len, uint64_t no, uint64_t off)
{
	return (struct line){span_of(text, len <= LINE_WHOLE_BYTES ? len : LINE_JUDGED_BYTES), no, off, len, true};
}

#endif
