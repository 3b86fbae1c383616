/* An owned, growing byte buffer. Always NUL-terminated once something was added, so that
 * text buffers can be handed to C functions; the NUL is not counted in `len`. */
#ifndef CTXCUT_BASE_BUF_H
#define CTXCUT_BASE_BUF_H

#include "base/span.h"

struct buf {
	char *ptr;   /* owned */
	size_t len;  /* bytes in use */
	size_t cap;
};

void buf_release(struct buf *b);                       /* safe on a zeroed struct; zeroes it again */
static inline void buf_clear(struct buf *b) { b->len = 0; }
void buf_reserve(struct buf *b, size_t extra_bytes);   /* room for `extra_bytes` more */
void buf_add(struct buf *b, const void *bytes, size_t len);
void buf_add_span(struct buf *b, struct span s);
void buf_add_str(struct buf *b, const char *s);
void buf_add_char(struct buf *b, char c);
void buf_addf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Adds what fd gives up to its end, or until more than `most` bytes are in use. False: errno says why it stopped. */
bool buf_read(struct buf *b, int fd, size_t most);
static inline struct span buf_span(const struct buf *b) { return span_of(b->ptr ? b->ptr : "", b->len); }

#endif
