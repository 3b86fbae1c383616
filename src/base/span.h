/* Borrowed slices of bytes. A span owns nothing and need not end in NUL. */
#ifndef CTXCUT_BASE_SPAN_H
#define CTXCUT_BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct span {
	const char *ptr;
	size_t len;
};

#define SPAN(literal) ((struct span){(literal), sizeof(literal) - 1})

static inline struct span span_of(const char *ptr, size_t len) { return (struct span){ptr, len}; }
static inline struct span span_of_str(const char *s) { return (struct span){s, s ? strlen(s) : 0}; }

static inline bool span_eq(struct span a, struct span b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static inline bool span_starts(struct span s, struct span prefix)
{
	return s.len >= prefix.len && (prefix.len == 0 || memcmp(s.ptr, prefix.ptr, prefix.len) == 0);
}

static inline bool span_ends(struct span s, struct span suffix)
{
	return s.len >= suffix.len &&
	       (suffix.len == 0 || memcmp(s.ptr + (s.len - suffix.len), suffix.ptr, suffix.len) == 0);
}

/* The rest of `s` from byte `from` on; empty when `from` is past the end. */
static inline struct span span_from(struct span s, size_t from)
{
	return from >= s.len ? span_of(s.ptr + s.len, 0) : span_of(s.ptr + from, s.len - from);
}

static inline struct span span_head(struct span s, size_t len) { return span_of(s.ptr, len < s.len ? len : s.len); }

/* Offset of the first `needle` in `s`, or SIZE_MAX. An empty needle is found at 0. */
size_t span_find(struct span s, struct span needle);

/* Without leading and trailing blanks (space, tab, CR, LF, VT, FF). */
struct span span_trim(struct span s);

#endif
