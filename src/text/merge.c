#include "text/merge.h"

#include <stdlib.h>

#include "base/mem.h"

enum {
	/* Up to here a scan for the lowest rank beats a heap; nearly every piece of real text is shorter. */
	SCAN_MAX = 96,
	/* Up to here the heap's memory is on the stack (14 KB). */
	STACK_MAX = 512,
};

uint32_t vocab_rank_lengthy(const struct vocab *v, const unsigned char *p, size_t len)
{
	struct vocab_long entry;

	if (len > v->max_len_bytes)
		return VOCAB_NO_RANK;
	uint32_t slot = vocab_slot_of(v, &v->lengthy, vocab_hash_long(p, len));
	memcpy(&entry, (const char *)v + v->lengthy.keys_at + sizeof entry * (size_t)slot, sizeof entry);
	if (entry.len != len || memcmp((const char *)v + v->bytes_at + entry.at, p, len) != 0)
		return VOCAB_NO_RANK;
	return vocab_rank_at(v, &v->lengthy, slot);
}

/* start[i] is where part i begins, rank[i] the rank of parts i and i + 1 joined. */
static size_t count_by_scan(const struct vocab *v, const unsigned char *piece, size_t len, const unsigned char *end)
{
	uint8_t start[SCAN_MAX + 2];
	uint32_t rank[SCAN_MAX];
	size_t parts = len;

	for (size_t i = 0; i <= len; i++)
		start[i] = (uint8_t)i;
	for (size_t i = 0; i + 1 < len; i++)
		rank[i] = vocab_rank(v, piece + i, 2, end);
	rank[len - 1] = VOCAB_NO_RANK;
	while (parts > 1) {
		size_t best = 0;
		for (size_t i = 1; i + 1 < parts; i++)
			if (rank[i] < rank[best])
				best = i;
		if (rank[best] == VOCAB_NO_RANK)
			break;
		parts--;
		memmove(start + best + 1, start + best + 2, parts - best);
		memmove(rank + best, rank + best + 1, (parts - best) * sizeof *rank);
		if (best + 1 < parts)
			rank[best] = vocab_rank(v, piece + start[best], (size_t)(start[best + 2] - start[best]), end);
		if (best > 0)
			rank[best - 1] = vocab_rank(v, piece + start[best - 1],
						    (size_t)(start[best + 1] - start[best - 1]), end);
	}
	return parts;
}

/* For long pieces: parts as a doubly linked list over the bytes, candidates in a heap. An entry whose rank is no longer
 * that of its part is stale and skipped. */
struct part {
	uint32_t next, previous; /* where the neighbours begin */
	uint32_t rank;           /* of this part and the next joined */
};

struct heap {
	uint64_t *entry; /* rank in the high half, position in the low: lowest rank first, then leftmost */
	size_t len;
};

static void heap_push(struct heap *h, uint64_t e)
{
	size_t i = h->len++;
	while (i > 0 && h->entry[(i - 1) / 2] > e) {
		h->entry[i] = h->entry[(i - 1) / 2];
		i = (i - 1) / 2;
	}
	h->entry[i] = e;
}

static uint64_t heap_pop(struct heap *h)
{
	uint64_t top = h->entry[0], last = h->entry[--h->len];
	size_t i = 0, child;
	while ((child = 2 * i + 1) < h->len) {
		if (child + 1 < h->len && h->entry[child + 1] < h->entry[child])
			child++;
		if (h->entry[child] >= last)
			break;
		h->entry[i] = h->entry[child];
		i = child;
	}
	h->entry[i] = last;
	return top;
}

static void rank_part(const struct vocab *v, const unsigned char *piece, size_t len, const unsigned char *end,
		      struct part *parts, struct heap *h, uint32_t at)
{
	uint32_t next = parts[at].next;
	parts[at].rank = VOCAB_NO_RANK;
	if (next >= len)
		return;
	uint32_t rank = vocab_rank(v, piece + at, parts[next].next - at, end);
	parts[at].rank = rank;
	if (rank != VOCAB_NO_RANK)
		heap_push(h, (uint64_t)rank << 32 | at);
}

static size_t count_by_heap(const struct vocab *v, const unsigned char *piece, size_t len, const unsigned char *end,
			    struct part *parts, uint64_t *entries)
{
	struct heap h = {entries, 0};
	size_t count = len;

	for (size_t i = 0; i < len; i++)
		parts[i] = (struct part){(uint32_t)(i + 1), (uint32_t)(i - 1), VOCAB_NO_RANK};
	for (size_t i = 0; i + 1 < len; i++)
		rank_part(v, piece, len, end, parts, &h, (uint32_t)i);
	/* A joining takes one entry and adds at most two, so the heap holds at most two entries a byte. */
	while (h.len > 0) {
		uint64_t e = heap_pop(&h);
		uint32_t at = (uint32_t)e;
		if (parts[at].rank != (uint32_t)(e >> 32))
			continue;
		uint32_t gone = parts[at].next, next = parts[gone].next;
		parts[gone].rank = VOCAB_NO_RANK;
		parts[at].next = next;
		if (next < len)
			parts[next].previous = at;
		count--;
		rank_part(v, piece, len, end, parts, &h, at);
		if (at > 0)
			rank_part(v, piece, len, end, parts, &h, parts[at].previous);
	}
	return count;
}

size_t merge_count(const struct vocab *v, const unsigned char *piece, size_t len, const unsigned char *end)
{
	if (len <= SCAN_MAX)
		return count_by_scan(v, piece, len, end);
	if (len <= STACK_MAX) {
		struct part parts[STACK_MAX];
		uint64_t entries[2 * STACK_MAX];
		return count_by_heap(v, piece, len, end, parts, entries);
	}
	struct part *parts = mem_alloc(mem_mul(len, sizeof *parts));
	uint64_t *entries = mem_alloc(mem_mul(len, 2 * sizeof *entries));
	size_t count = count_by_heap(v, piece, len, end, parts, entries);
	free(parts);
	free(entries);
	return count;
}
