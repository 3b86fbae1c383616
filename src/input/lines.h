/* Lines out of a stream of byte windows, in bounded memory.
 *
 * A line ends at LF; its LF belongs to it for offsets, not for `text`. A trailing CR stays in `text`. The last line
 * may lack its LF. Of a line longer than LINE_JUDGED_BYTES + LINE_TAIL_BYTES only the first LINE_JUDGED_BYTES and the
 * last LINE_TAIL_BYTES are held; `len_bytes` is always the true length. The result does not depend on how the bytes
 * were cut into windows. */
#ifndef CTXCUT_INPUT_LINES_H
#define CTXCUT_INPUT_LINES_H

#include <stdint.h>

#include "base/buf.h"
#include "base/span.h"

struct line {
	struct span text;   /* borrowed until the next call: the whole line, or its first LINE_JUDGED_BYTES */
	struct span tail;   /* borrowed: the last LINE_TAIL_BYTES of an over-long line, else empty */
	uint64_t no;        /* 1-based */
	uint64_t off;       /* 0-based offset of the first byte in the input */
	uint64_t len_bytes; /* without the LF */
	bool ends_in_lf;
};

struct lines {
	struct span window;  /* borrowed: what is left of the bytes pushed last */
	struct buf carry;    /* owned: the unfinished line's head */
	struct buf tail;     /* owned: the end of an over-long line */
	uint64_t next_no, next_off, carried_bytes;
};

void lines_init(struct lines *l);
void lines_release(struct lines *l);
/* Hands over the next window; all complete lines of the window before must have been taken by then. */
void lines_push(struct lines *l, struct span window);
bool lines_next(struct lines *l, struct line *out);   /* false: push the next window, or finish */
/* The same for who knows that the next LF stands `len` bytes on in what is left of the window. */
void lines_cut(struct lines *l, size_t len, struct line *out);
bool lines_finish(struct lines *l, struct line *out); /* the unterminated last line, if there is one */

#endif
