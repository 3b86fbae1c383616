#include "base/buf.h"

#include "base/mem.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void buf_release(struct buf *b)
{
	free(b->ptr);
	*b = (struct buf){0};
}

void buf_reserve(struct buf *b, size_t extra_bytes)
{
	size_t need = mem_add(mem_add(b->len, extra_bytes), 1);
	MEM_GROW(b->ptr, b->cap, need);
}

void buf_add(struct buf *b, const void *bytes, size_t len)
{
	buf_reserve(b, len);
	if (len)
		memcpy(b->ptr + b->len, bytes, len);
	b->len += len;
	b->ptr[b->len] = '\0';
}

void buf_add_span(struct buf *b, struct span s) { buf_add(b, s.ptr, s.len); }
void buf_add_str(struct buf *b, const char *s) { buf_add(b, s, strlen(s)); }
void buf_add_char(struct buf *b, char c) { buf_add(b, &c, 1); }

void buf_addf(struct buf *b, const char *fmt, ...)
{
	va_list args, again;
	va_start(args, fmt);
	va_copy(again, args);
	int need = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	if (need > 0) {
		buf_reserve(b, (size_t)need);
		vsnprintf(b->ptr + b->len, (size_t)need + 1, fmt, again);
		b->len += (size_t)need;
	}
	va_end(again);
}

bool buf_read(struct buf *b, int fd, size_t most)
{
	enum { PIECE_BYTES = 64 * 1024 };
	while (b->len <= most) {
		buf_reserve(b, PIECE_BYTES);
		ssize_t n = read(fd, b->ptr + b->len, PIECE_BYTES);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n == 0;
		b->len += (size_t)n;
		b->ptr[b->len] = '\0';
	}
	return true;
}
