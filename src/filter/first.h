/* With which bytes a line can begin that a pattern matches: the cheapest question of all.
 *
 * Worked out for patterns of which every alternative is tied to the line's begin. Whatever is not understood for certain lets
 * every byte pass. */
#ifndef CTXCUT_FILTER_FIRST_H
#define CTXCUT_FILTER_FIRST_H

#include <stdint.h>

#include "base/arena.h"

struct first_bytes {
	uint64_t bits[4];
};

/* An empty line always passes. */
static inline bool first_bytes_pass(const struct first_bytes *f, struct span line)
{
	return !line.len || f->bits[(unsigned char)line.ptr[0] >> 6] >> ((unsigned char)line.ptr[0] & 63) & 1;
}

struct first_bytes first_bytes_of(struct span pattern);

/* The same for more bytes: each line that matches begins with this text, once both are written with 0 for every digit. May be
 * empty. */
struct span head_of(struct arena *arena, struct span pattern);

#endif
