/* The manifest for a reader with a budget: what is chosen, and how it is written. */
#include "render/manifest_lines.h"

#include "base/mem.h"

#include <stdlib.h>

#define FILE_ITSELF UINT32_MAX

enum {
	TOKENS_OF_A_LINE_LEAST = 5, /* so no more lines than a fifth of the budget can be chosen */
	BRIEF_BELOW_TOKENS = 400,
	LEFT_SHARE = 8,             /* of the budget is for counting what is left out … */
	LEFT_MOST_TOKENS = 400,     /* … but not more than this */
	LEFT_LEAST_TOKENS = 40,
	REFILL_LEAST_TOKENS = 24,
	REFILL_SPARED_TOKENS = 6,   /* the counts may take a digit more */
};

/* What a line is worth: of a file's definitions each next one a little less, so that one file does not eat the budget. */
static const double NEXT_IN_FILE = 0.12, FILE_LINE_VALUE = 0.8, BYTES_PER_TOKEN = 3.5,
                    LINE_TOKENS = 20; /* more than the range costs: else short heads, which say little, win over all */

struct candidate {
	float density; /* value for each token that it costs, about */
	uint32_t file, symbol;
};

/* The best so many of a stream of candidates: twice as many are gathered, then the worse half goes. */
struct pool {
	struct candidate *at; /* owned */
	size_t count, cap, most;
};

/* A file of which something is shown. */
struct shown {
	uint32_t file;
	struct shown_symbol {
		uint32_t symbol;
	} *symbols; /* owned; in the order chosen */
	size_t count, cap;
};

struct page {
	const struct manifest *m;
	struct pool pool;
	struct shown *shown; /* owned; in the order chosen */
	size_t count, cap;
	uint32_t *slot_of;   /* owned: by file, its place in `shown` and 1, or 0 */
	struct index_cursor cursor;
	size_t cursor_file;  /* whose outline is in the cursor, or SIZE_MAX */
	struct candidate *order; /* owned: what was chosen, in order, so that the last can be taken back */
	size_t order_count, order_cap;
	struct buf scratch;
};

static int by_density(const void *left, const void *right)
{
	const struct candidate *a = left, *b = right;
	if (a->density < b->density || a->density > b->density)
		return a->density < b->density ? 1 : -1;
	if (a->file != b->file)
		return a->file < b->file ? -1 : 1;
	/* The file itself, FILE_ITSELF, before its symbols. */
	uint32_t one = a->symbol + 1, other = b->symbol + 1;
	return one < other ? -1 : one > other;
}

static void pool_trim(struct pool *p)
{
	if (p->count)
		qsort(p->at, p->count, sizeof *p->at, by_density);
	if (p->count > p->most)
		p->count = p->most;
}

static void pool_add(struct pool *p, struct candidate c)
{
	if (p->most < SIZE_MAX / 2 && p->count >= 2 * p->most)
		pool_trim(p);
	MEM_GROW(p->at, p->cap, p->count + 1);
	p->at[p->count++] = c;
}

static const struct outline *outline_at(struct page *p, size_t file)
{
	if (p->cursor_file != file)
		tree_index_outline(p->m->index, file, &p->cursor);
	p->cursor_file = file;
	return &p->cursor.facts.outline;
}

struct scored {
	double score;
	uint32_t symbol;
};

static int by_score(const void *left, const void *right)
{
	const struct scored *a = left, *b = right;
	if (a->score < b->score || a->score > b->score)
		return a->score < b->score ? 1 : -1;
	return a->symbol < b->symbol ? -1 : a->symbol > b->symbol;
}

static void gather(struct page *p)
{
	const struct manifest *m = p->m;
	struct scored *scored = NULL;
	size_t scored_cap = 0;
	for (size_t i = 0; i < tree_index_count(m->index); i++) {
		const struct index_file *f = tree_index_file(m->index, i);
		double score = importance_of_file(m->importance, i);
		if (score <= 0)
			continue;
		double cost = (double)f->path.len / BYTES_PER_TOKEN + LINE_TOKENS;
		pool_add(&p->pool, (struct candidate){(float)(score * FILE_LINE_VALUE / cost), (uint32_t)i, FILE_ITSELF});
		if (!f->symbol_count)
			continue;
		const struct outline *o = outline_at(p, i);
		MEM_GROW(scored, scored_cap, o->count);
		for (size_t k = 0; k < o->count; k++)
			scored[k] = (struct scored){importance_of_symbol(m->importance, i, o, k), (uint32_t)k};
		if (o->count)
			qsort(scored, o->count, sizeof *scored, by_score);
		for (size_t k = 0; k < o->count; k++) {
			double length = o->symbols[scored[k].symbol].signature_len / BYTES_PER_TOKEN + LINE_TOKENS;
			double value = scored[k].score / (1 + NEXT_IN_FILE * (double)k);
			pool_add(&p->pool, (struct candidate){(float)(value / length), (uint32_t)i, scored[k].symbol});
		}
	}
	free(scored);
	pool_trim(&p->pool);
}

/* ---- choosing ----------------------------------------------------------------------------------------------------- */

static size_t cost_of(struct page *p, size_t file, uint32_t symbol)
{
	buf_clear(&p->scratch);
	if (symbol == FILE_ITSELF)
		line_add_file(&p->scratch, p->m, file, tree_index_file(p->m->index, file)->symbol_count);
	else
		line_add_symbol(&p->scratch, p->m, outline_at(p, file), symbol);
	return tokens_count(p->m->encoding, buf_span(&p->scratch));
}

static bool has_symbol(const struct shown *s, uint32_t symbol)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->symbols[i].symbol == symbol)
			return true;
	return false;
}

static void take(struct page *p, uint32_t file, uint32_t symbol)
{
	if (!p->slot_of[file]) {
		MEM_GROW(p->shown, p->cap, p->count + 1);
		p->shown[p->count++] = (struct shown){.file = file};
		p->slot_of[file] = (uint32_t)p->count;
	}
	if (symbol != FILE_ITSELF) {
		struct shown *s = &p->shown[p->slot_of[file] - 1];
		MEM_GROW(s->symbols, s->cap, s->count + 1);
		s->symbols[s->count++].symbol = symbol;
	}
	MEM_GROW(p->order, p->order_cap, p->order_count + 1);
	p->order[p->order_count++] = (struct candidate){0, file, symbol};
}

/* The last choice goes again. */
static void take_back(struct page *p)
{
	struct candidate c = p->order[--p->order_count];
	struct shown *s = &p->shown[p->slot_of[c.file] - 1];
	if (c.symbol != FILE_ITSELF) {
		s->count--;
	} else {
		/* A file's line is chosen before its symbols and files are opened in order: it is the last one. */
		free(s->symbols);
		p->slot_of[c.file] = 0;
		p->count--;
	}
}

/* A candidate and what must stand with it: its file's line, and the symbols that enclose it. False: it costs too much. */
static bool choose(struct page *p, const struct candidate *c, size_t *left)
{
	uint32_t chain[64];
	size_t length = 0, cost = 0;
	bool is_open = p->slot_of[c->file] != 0;
	if (is_open && c->symbol == FILE_ITSELF)
		return true;
	if (!is_open)
		cost += cost_of(p, c->file, FILE_ITSELF);
	if (cost > *left)
		return false;
	if (c->symbol != FILE_ITSELF) {
		const struct outline *o = outline_at(p, c->file);
		for (uint32_t s = c->symbol; s != SYMBOL_NO_PARENT && length < sizeof chain / sizeof *chain; s = o->symbols[s].parent) {
			if (is_open && has_symbol(&p->shown[p->slot_of[c->file] - 1], s))
				break;
			chain[length++] = s;
			cost += cost_of(p, c->file, s);
			if (cost > *left)
				return false;
		}
	}
	if (!is_open)
		take(p, c->file, FILE_ITSELF);
	while (length)
		take(p, c->file, chain[--length]);
	*left -= cost;
	return true;
}

static void forget(struct page *p)
{
	while (p->order_count)
		take_back(p);
}

/* False: something was left out. */
static bool fill(struct page *p, size_t budget)
{
	bool all = true;
	for (size_t i = 0; i < p->pool.count; i++) {
		if (budget < TOKENS_OF_A_LINE_LEAST)
			return false;
		all &= choose(p, &p->pool.at[i], &budget);
	}
	return all;
}

/* ---- writing ------------------------------------------------------------------------------------------------------ */

static int by_symbol(const void *left, const void *right)
{
	const struct shown_symbol *a = left, *b = right;
	return a->symbol < b->symbol ? -1 : a->symbol > b->symbol;
}

struct place {
	double score;
	size_t shown;
	uint32_t file;
};

static int by_place(const void *left, const void *right)
{
	const struct place *a = left, *b = right;
	if (a->score < b->score || a->score > b->score)
		return a->score < b->score ? 1 : -1;
	return a->file < b->file ? -1 : a->file > b->file;
}

static void write_shown(struct page *p, struct buf *out)
{
	struct place *places = mem_alloc(mem_mul(p->count ? p->count : 1, sizeof *places));
	struct shown_symbol *symbols = NULL;
	size_t cap = 0;
	for (size_t i = 0; i < p->count; i++)
		places[i] = (struct place){importance_of_file(p->m->importance, p->shown[i].file), i, p->shown[i].file};
	qsort(places, p->count, sizeof *places, by_place);
	for (size_t i = 0; i < p->count; i++) {
		const struct shown *s = &p->shown[places[i].shown];
		line_add_file(out, p->m, s->file, tree_index_file(p->m->index, s->file)->symbol_count - s->count);
		/* A copy is sorted: the order of choice is still needed to take choices back. */
		MEM_GROW(symbols, cap, s->count);
		if (s->count) {
			memcpy(symbols, s->symbols, s->count * sizeof *symbols);
			qsort(symbols, s->count, sizeof *symbols, by_symbol);
		}
		for (size_t k = 0; k < s->count; k++)
			line_add_symbol(out, p->m, outline_at(p, s->file), symbols[k].symbol);
	}
	free(symbols);
	free(places);
}

static void write_page(struct page *p, const struct shown_totals *all, bool brief, size_t left_budget, struct buf *out)
{
	const struct manifest *m = p->m;
	size_t count = tree_index_count(m->index);
	bool *is_left = mem_zalloc(count, sizeof *is_left);
	for (size_t i = 0; i < count; i++) {
		const struct index_file *f = tree_index_file(m->index, i);
		is_left[i] = f->kind == WALK_FILE && (f->code == ERR_OK || f->code == ERR_CHANGED) && !p->slot_of[i];
	}
	line_add_header(out, m, all, brief);
	write_shown(p, out);
	folders_add(out, m, is_left, left_budget);
	free(is_left);
}

void manifest_text(const struct manifest *m, struct buf *out)
{
	struct page p = {.m = m, .cursor_file = SIZE_MAX};
	struct shown_totals all = totals_of(m);
	size_t budget = m->budget_tokens, begin = out->len;
	bool has_budget = budget != SIZE_MAX, brief = budget < BRIEF_BELOW_TOKENS;
	p.slot_of = mem_zalloc(tree_index_count(m->index), sizeof *p.slot_of);
	p.pool.most = has_budget ? budget / TOKENS_OF_A_LINE_LEAST + 16 : SIZE_MAX / 2;
	gather(&p);
	line_add_header(&p.scratch, m, &all, brief);
	size_t header = tokens_count(m->encoding, buf_span(&p.scratch));
	size_t room = has_budget ? budget > header ? budget - header : 0 : SIZE_MAX;
	size_t left_budget = room;
	if (has_budget && (!fill(&p, room) || p.pool.count >= p.pool.most)) {
		size_t share = budget / LEFT_SHARE;
		share = share > LEFT_MOST_TOKENS ? (size_t)LEFT_MOST_TOKENS : share < LEFT_LEAST_TOKENS ? (size_t)LEFT_LEAST_TOKENS : share;
		left_budget = share < room ? share : room;
		forget(&p);
		fill(&p, room - left_budget);
	} else if (!has_budget) {
		fill(&p, SIZE_MAX);
	}
	write_page(&p, &all, brief, left_budget, out);
	/* What the counting did not need is for more lines. */
	size_t used = has_budget ? tokens_count(m->encoding, span_from(buf_span(out), begin)) : 0;
	if (has_budget && used + REFILL_LEAST_TOKENS <= budget) {
		fill(&p, budget - used - REFILL_SPARED_TOKENS);
		out->len = begin;
		write_page(&p, &all, brief, left_budget, out);
	}
	/* Sums of lines are those of the whole nearly always; the count of all bytes decides. */
	while (has_budget && tokens_count(m->encoding, span_from(buf_span(out), begin)) > budget) {
		out->len = begin;
		if (p.order_count)
			take_back(&p);
		else if (left_budget)
			left_budget /= 2;
		else
			brief = true;
		write_page(&p, &all, brief, left_budget, out);
		if (!p.order_count && !left_budget && brief)
			break;
	}
	for (size_t i = 0; i < p.count; i++)
		free(p.shown[i].symbols);
	free(p.shown);
	free(p.slot_of);
	free(p.pool.at);
	free(p.order);
	index_cursor_release(&p.cursor);
	buf_release(&p.scratch);
}
