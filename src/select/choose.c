#include "select/choose.h"

#include "base/mem.h"
#include "select/weights.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MISSES_MAX = 400, BRIDGE_LINES = 40 };

struct entry {
	float priority;
	uint32_t i;
};

struct heap {
	struct entry *entries;
	size_t count;
};

static bool before(struct entry a, struct entry b) { return a.priority > b.priority || (a.priority == b.priority && a.i < b.i); }

static void sift_down(struct heap *h, size_t at)
{
	struct entry e = h->entries[at];
	for (;;) {
		size_t child = 2 * at + 1;
		if (child >= h->count)
			break;
		if (child + 1 < h->count && before(h->entries[child + 1], h->entries[child]))
			child++;
		if (!before(h->entries[child], e))
			break;
		h->entries[at] = h->entries[child];
		at = child;
	}
	h->entries[at] = e;
}

static struct entry heap_pop(struct heap *h)
{
	struct entry top = h->entries[0];
	h->entries[0] = h->entries[--h->count];
	if (h->count)
		sift_down(h, 0);
	return top;
}

static void heap_push_top(struct heap *h, struct entry e)
{
	size_t at = h->count++;
	while (at && before(e, h->entries[(at - 1) / 2])) {
		h->entries[at] = h->entries[(at - 1) / 2];
		at = (at - 1) / 2;
	}
	h->entries[at] = e;
}

static bool adjacent(const struct choice_set *s, size_t a, size_t b)
{
	return s->inputs[a] == s->inputs[b] && s->line_nos[a] + 1 == s->line_nos[b];
}

/* Extent of lines to add with candidate i: it and the bridge to a picked line near enough. */
struct bridge {
	size_t first, last;
	size_t cost;
	bool joins_before, joins_after;
};

static struct bridge bridge_of(const struct choice_set *s, const bool *picked, size_t i)
{
	struct bridge b = {i, i, s->cost(s->user, i), false, false};
	size_t cost = 0;
	for (size_t j = i, steps = 0; steps <= BRIDGE_LINES; steps++) {
		if (j == 0 || !adjacent(s, j - 1, j))
			break;
		j--;
		if (picked[j]) {
			b.first = j + 1;
			b.cost += cost;
			b.joins_before = true;
			break;
		}
		cost += s->cost(s->user, j);
		if (cost > W_BRIDGE_TOKENS)
			break;
	}
	cost = 0;
	for (size_t j = i, steps = 0; steps <= BRIDGE_LINES; steps++) {
		if (j + 1 >= s->count || !adjacent(s, j, j + 1))
			break;
		j++;
		if (picked[j]) {
			b.last = j - 1;
			b.cost += cost;
			b.joins_after = true;
			break;
		}
		cost += s->cost(s->user, j);
		if (cost > W_BRIDGE_TOKENS)
			break;
	}
	return b;
}

/* Of two lines of one value the cheaper explains more per token. Only for what an anchor brings along, and only gently. */
static float thrift(const struct choice_set *s, size_t i)
{
	if (s->service[s->inputs[i]])
		return powf((float)s->cost(s->user, i) / W_THRIFT_TOKENS, -W_SERVICE_THRIFT);
	return s->anchors[i] == i ? 1.0f : powf((float)s->cost(s->user, i) / W_THRIFT_TOKENS, -W_THRIFT);
}

size_t choose(const struct choice_set *s, size_t budget_tokens, bool *picked)
{
	memset(picked, 0, s->count * sizeof *picked);
	uint32_t kinds = 0;
	struct heap heap = {mem_zalloc(s->count + 1, sizeof *heap.entries), 0};
	for (size_t i = 0; i < s->count; i++) {
		if (s->kinds[i] >= kinds)
			kinds = s->kinds[i] + 1;
		if (s->values[i] > W_LEAST)
			heap.entries[heap.count++] = (struct entry){s->values[i] * W_THRIFT_MOST, (uint32_t)i};
	}
	for (size_t at = heap.count / 2; at-- > 0;)
		sift_down(&heap, at);
	uint16_t *taken = mem_zalloc(kinds, sizeof *taken);
	bool *opened = mem_zalloc(s->count, sizeof *opened);

	size_t spent = 0;
	unsigned misses = 0;
	while (heap.count && misses < MISSES_MAX) {
		struct entry e = heap_pop(&heap);
		size_t i = e.i;
		if (picked[i])
			continue;
		/* What an anchor brings along is repeated with it: the repeat is counted once per anchor, not per line. */
		size_t anchor = s->anchors[i];
		float repeat = s->service[s->inputs[i]] ? W_SERVICE_REPEAT : W_REPEAT;
		if (s->asked[i])
			repeat = W_ASKED_REPEAT;
		float priority = s->values[i] * thrift(s, i) * (opened[anchor] ? 1.0f : powf(repeat, taken[s->kinds[anchor]]));
		if (priority < W_LEAST && !s->asked[i])
			continue;
		if (priority < e.priority) { /* out of date: back it goes with what it is worth now */
			heap_push_top(&heap, (struct entry){priority, (uint32_t)i});
			continue;
		}
		if (!picked[anchor] && anchor != i && s->values[anchor] >= s->values[i])
			i = anchor;
		struct bridge b = bridge_of(s, picked, i);
		size_t gap = s->gap_cost(s->user, i);
		size_t add = b.cost + (b.joins_before || b.joins_after ? 0 : gap);
		size_t refund = b.joins_before && b.joins_after ? gap : 0;
		if (spent + add > budget_tokens + refund) {
			misses++;
			continue;
		}
		spent += add;
		spent -= refund < spent ? refund : spent;
		for (size_t j = b.first; j <= b.last; j++) {
			picked[j] = true;
			size_t opens = s->anchors[j];
			if (!opened[opens] && taken[s->kinds[opens]] < UINT16_MAX)
				taken[s->kinds[opens]]++;
			opened[opens] = true;
		}
		if (i != e.i) /* the line whose turn it was comes again */
			heap_push_top(&heap, (struct entry){priority, e.i});
	}
	free(taken);
	free(opened);
	free(heap.entries);
	return spent;
}
