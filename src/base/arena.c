#include "base/arena.h"

#include "base/mem.h"

#include <stdalign.h>
#include <stdlib.h>

enum { BLOCK_BYTES = 64 * 1024 };

struct arena_block {
	struct arena_block *before;
	size_t used, cap;
	alignas(max_align_t) char bytes[];
};

void *arena_alloc(struct arena *a, size_t size_bytes)
{
	const size_t align = alignof(max_align_t);
	size_t need = mem_add(size_bytes, align - 1) / align * align;
	if (!a->last || a->last->cap - a->last->used < need) {
		size_t cap = need > BLOCK_BYTES ? need : (size_t)BLOCK_BYTES;
		struct arena_block *b = mem_zalloc(1, mem_add(sizeof *b, cap));
		b->cap = cap;
		b->before = a->last;
		a->last = b;
	}
	void *p = a->last->bytes + a->last->used;
	a->last->used += need;
	a->total_bytes += need;
	return p;
}

struct span arena_dup(struct arena *a, struct span s)
{
	char *copy = arena_alloc(a, mem_add(s.len, 1));
	if (s.len)
		memcpy(copy, s.ptr, s.len);
	return span_of(copy, s.len);
}

void arena_release(struct arena *a)
{
	while (a->last) {
		struct arena_block *before = a->last->before;
		free(a->last);
		a->last = before;
	}
	a->total_bytes = 0;
}
