#include "api/pool.h"

#include "base/mem.h"
#include "select/weights.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* How many times more lines are kept than could be printed: repeats and costs, which the order here does not know exactly,
 * move a line's turn by a small factor. */
enum { KEEP_FACTOR = 4, KEEP_LEAST = 1024 };
/* Between two lines that are kept, what might be taken along to bridge the gap stays too. */
enum { BRIDGE_LINES = 40, BYTES_PER_TOKEN_MOST = 16 };

void pool_init(struct pool *p, size_t limit, size_t budget_tokens)
{
	*p = (struct pool){.limit = limit, .budget_tokens = budget_tokens};
}

void pool_release(struct pool *p)
{
	for (size_t n = 0; n < p->input_count; n++)
		runs_release(&p->inputs[n].runs);
	free(p->inputs);
	free(p->at);
	*p = (struct pool){0};
}

size_t pool_begin(const struct pool *p, size_t n)
{
	size_t low = 0, high = p->count;
	while (low < high) {
		size_t mid = (low + high) / 2;
		if (p->at[mid].input < n)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* ---- what can be reached ------------------------------------------------------------------------------------------ */

struct anchor {
	uint32_t kind, i;
	float value;
};

static int by_kind_then_value(const void *a, const void *b)
{
	const struct anchor *x = a, *y = b;
	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	if (x->value != y->value)
		return x->value > y->value ? -1 : 1;
	return x->i < y->i ? -1 : x->i > y->i;
}

/* The worth of each line at its turn: its value, less what the better ones of its anchor's kind take from it. */
static void worth_of(const struct pool *p, float *worth)
{
	size_t count = 0, rank = 0;
	struct anchor *anchors = mem_alloc(mem_mul(p->count + 1, sizeof *anchors));
	for (size_t i = 0; i < p->count; i++)
		if (p->at[i].anchor == i)
			anchors[count++] = (struct anchor){p->at[i].kind, (uint32_t)i, p->at[i].value};
	qsort(anchors, count, sizeof *anchors, by_kind_then_value);
	for (size_t k = 0; k < count; k++) {
		rank = k && anchors[k - 1].kind == anchors[k].kind ? rank + 1 : 0;
		bool service = p->inputs[p->at[anchors[k].i].input].service;
		worth[anchors[k].i] = powf(service ? W_SERVICE_REPEAT : W_REPEAT, (float)rank);
	}
	free(anchors);
	/* So far the factor stands at the anchors; backwards or forwards, an anchor's own comes last. */
	for (size_t i = 0; i < p->count; i++)
		if (p->at[i].anchor != i)
			worth[i] = p->at[i].value * worth[p->at[i].anchor];
	for (size_t i = 0; i < p->count; i++)
		if (p->at[i].anchor == i)
			worth[i] *= p->at[i].value;
}

static int descending(const void *a, const void *b)
{
	const float x = *(const float *)a, y = *(const float *)b;
	return x > y ? -1 : x < y;
}

static size_t keep_most_worth(const struct pool *p, const float *worth, size_t most, bool *keep)
{
	float *sorted = mem_alloc(mem_mul(p->count, sizeof *sorted));
	memcpy(sorted, worth, p->count * sizeof *sorted);
	qsort(sorted, p->count, sizeof *sorted, descending);
	float least = sorted[most - 1];
	free(sorted);
	size_t kept = 0;
	for (size_t i = 0; i < p->count; i++)
		kept += keep[i] = worth[i] > least;
	for (size_t i = 0; i < p->count && kept < most; i++)
		if (worth[i] == least && least > 0) {
			keep[i] = true;
			kept++;
		}
	return kept;
}

/* A strong failure form before a count of failures or an exit, which say less; then the one worth most. */
size_t pool_best_failure(const struct pool *p)
{
	size_t best = SIZE_MAX;
	for (size_t i = 0; i < p->count; i++) {
		const struct candidate *l = &p->at[i];
		if (l->class < CLASS_ERROR || l->role & RECORD_EXCLUDED)
			continue;
		if (best == SIZE_MAX || l->class > p->at[best].class || (l->class == p->at[best].class && l->value > p->at[best].value))
			best = i;
	}
	return best;
}

/* Candidates [from,to) stand between kept ones, or a kept one and an end of the input. */
static bool can_be_bridged(const struct pool *p, size_t from, size_t to)
{
	size_t tokens = 0;
	if (to - from > BRIDGE_LINES)
		return false;
	for (size_t i = from; i < to && tokens <= W_BRIDGE_TOKENS; i++) {
		if (i > from && p->at[i].no != p->at[i - 1].no + 1)
			return false;
		tokens += 1 + p->at[i].len / BYTES_PER_TOKEN_MOST;
	}
	return tokens <= W_BRIDGE_TOKENS;
}

static void keep_bridges(const struct pool *p, bool *keep, size_t kept, size_t most)
{
	for (size_t i = 0; i < p->count && kept < most;) {
		size_t from = i;
		while (i < p->count && !keep[i] && p->at[i].input == p->at[from].input)
			i++;
		if (i > from && can_be_bridged(p, from, i))
			for (size_t k = from; k < i; k++, kept++)
				keep[k] = true;
		if (i == from)
			i++;
	}
}

/* ---- dropping ----------------------------------------------------------------------------------------------------- */

static struct run run_of(const struct candidate *c)
{
	struct run r = {.first = c->no, .last = c->no, .errors = c->class >= CLASS_ERROR, .warnings = c->class == CLASS_WARNING};
	run_set(r.kinds, c->bit);
	return r;
}

/* Drops what is not kept into the runs of its input. */
static void drop(struct pool *p, const bool *keep)
{
	uint32_t *moved = mem_alloc(mem_mul(p->count, sizeof *moved));
	size_t out = 0, i = 0;
	for (size_t n = 0; n < p->input_count; n++) {
		struct runs old = p->inputs[n].runs, merged = {0};
		size_t o = 0;
		for (; i < p->count && p->at[i].input == n; i++) {
			const struct candidate *c = &p->at[i];
			while (o < old.count && old.at[o].first < c->no)
				runs_add(&merged, &old.at[o++]);
			moved[i] = keep[i] ? (uint32_t)out : UINT32_MAX;
			if (keep[i]) {
				p->at[out++] = *c;
			} else {
				struct run r = run_of(c);
				runs_add(&merged, &r);
			}
		}
		while (o < old.count)
			runs_add(&merged, &old.at[o++]);
		runs_release(&old);
		merged.at = mem_realloc(merged.at, merged.count, sizeof *merged.at);
		merged.cap = merged.count;
		p->inputs[n].runs = merged;
	}
	p->count = out;
	uint32_t *number = mem_zalloc(p->kind_count, sizeof *number); /* 1 + the new one */
	p->kind_count = 0;
	for (i = 0; i < out; i++) {
		struct candidate *c = &p->at[i];
		c->anchor = moved[c->anchor] == UINT32_MAX ? (uint32_t)i : moved[c->anchor];
		if (!number[c->kind])
			number[c->kind] = (uint32_t)++p->kind_count;
		c->kind = number[c->kind] - 1;
	}
	free(number);
	free(moved);
}

static void prune(struct pool *p)
{
	size_t most = p->limit / 4;
	if (p->budget_tokens < most / KEEP_FACTOR)
		most = p->budget_tokens * KEEP_FACTOR;
	if (most < KEEP_LEAST)
		most = KEEP_LEAST;
	if (p->count <= most)
		return;
	float *worth = mem_zalloc(p->count, sizeof *worth);
	bool *keep = mem_zalloc(p->count, sizeof *keep);
	worth_of(p, worth);
	size_t kept = keep_most_worth(p, worth, most, keep);
	size_t best = pool_best_failure(p);
	if (best != SIZE_MAX)
		keep[best] = true;
	keep_bridges(p, keep, kept, 2 * most);
	drop(p, keep);
	free(worth);
	free(keep);
}

/* ---- adding ------------------------------------------------------------------------------------------------------- */

void pool_add(struct pool *p, struct scan *scan, const struct scored *scored, const uint32_t *tokens)
{
	uint32_t *number = mem_zalloc(scored->kind_count, sizeof *number); /* 1 + the pool's number */
	size_t begin = p->count, n = p->input_count;
	MEM_GROW(p->inputs, p->input_cap, n + 1);
	p->inputs[p->input_count++] = (struct pooled){.runs = scan->runs, .lines = scan->lines, .service = scored->service};
	if (p->cap < begin + scan->count) {
		p->cap = begin + scan->count;
		p->at = mem_realloc(p->at, p->cap, sizeof *p->at);
	}
	for (size_t i = 0; i < scan->count; i++) {
		const struct record *r = &scan->records[i];
		uint32_t kind = scored->kinds[i];
		if (!number[kind])
			number[kind] = (uint32_t)++p->kind_count;
		p->at[p->count++] = (struct candidate){
			.no = r->no, .off = r->off, .value = scored->values[i], .len = r->len, .input = (uint32_t)n, .kind = number[kind] - 1,
			.anchor = (uint32_t)begin + scored->anchors[i], .tokens = tokens[i], .flags = r->flags, .class = r->class,
			/* Runs of the scan were counted by shape: what joins them must be too. */
			.role = r->role, .bit = run_bit(scan->runs.count ? r->shape : kind),
		};
	}
	scan->runs = (struct runs){0};
	free(number);
	if (p->count > p->limit)
		prune(p);
}
