/* Memory that lives as long as the run: allocated piecewise, released at once. */
#ifndef CTXCUT_BASE_ARENA_H
#define CTXCUT_BASE_ARENA_H

#include "base/span.h"

struct arena_block;
struct arena {
	struct arena_block *last; /* owned chain */
	size_t total_bytes;       /* handed out so far; callers bound themselves by it */
};

void *arena_alloc(struct arena *a, size_t size_bytes); /* aligned for any type, zeroed */
struct span arena_dup(struct arena *a, struct span s); /* copy with a NUL behind it */
void arena_release(struct arena *a);                   /* safe on a zeroed struct */

#endif
