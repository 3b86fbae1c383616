#include "log/miner_fields.h"

#include "base/buf.h"
#include "base/mem.h"
#include "log/tuning.h"

#include <stdlib.h>

/* Tokens [begin, end) of an entry: what stands between quotes, or a list. */
struct range {
	size_t begin, end;
};

/* One line of a chain: lines that are equal when their ranges are masked. */
struct member {
	uint32_t entry, next;
	struct range range;
};

struct chains {
	struct table heads;
	struct member *members;
	size_t count, cap;
	uint32_t *firsts; /* of each chain, its last member so far */
	size_t chain_count, chain_cap;
};

static void chains_release(struct chains *c)
{
	table_release(&c->heads);
	free(c->members);
	free(c->firsts);
	*c = (struct chains){0};
}

static uint64_t masked_hash(const struct merge *g, const struct entry *e, struct range r)
{
	uint64_t hash = e->len - (r.end - r.begin) + 1 + merge_mix(TOKEN_MASK, r.begin);
	for (size_t p = 0; p < r.begin; p++)
		hash += merge_mix(g->tokens[e->at + p], p);
	for (size_t p = r.end; p < e->len; p++)
		hash += merge_mix(g->tokens[e->at + p], p - r.end + r.begin + 1);
	return hash;
}

static void chains_add(struct chains *c, const struct merge *g, uint32_t entry, struct range r)
{
	uint64_t hash = masked_hash(g, &g->entries[entry], r);
	uint32_t chain = table_find(&c->heads, hash);
	MEM_GROW(c->members, c->cap, c->count + 1);
	if (chain == UINT32_MAX) {
		MEM_GROW(c->firsts, c->chain_cap, c->chain_count + 1);
		chain = (uint32_t)c->chain_count++;
		c->firsts[chain] = UINT32_MAX;
		table_add(&c->heads, hash, chain);
	}
	c->members[c->count] = (struct member){entry, c->firsts[chain], r};
	c->firsts[chain] = (uint32_t)c->count++;
}

static bool is_masked(const struct merge *g, const struct member *m)
{
	return m->range.end - m->range.begin == 1 && g->tokens[g->entries[m->entry].at + m->range.begin] == TOKEN_MASK;
}

static void mask_range(struct merge *g, struct entry *e, struct range r)
{
	struct buf text = {0};
	struct span token;
	bool space;
	size_t at = 0;
	for (size_t p = 0; mask_next(e->text, &at, &token, &space); p++) {
		if (p > r.begin && p < r.end)
			continue;
		if (space && text.len)
			buf_add_char(&text, ' ');
		if (p == r.begin || (p < e->len && g->tokens[e->at + p] == TOKEN_MASK))
			buf_add_char(&text, MASK_BYTE);
		else
			buf_add_span(&text, token);
	}
	e->text = arena_dup(&g->arena, buf_span(&text));
	buf_release(&text);
	if (!merge_tokenize(g, e))
		e->fixed = true;
	e->hash = merge_hash(g, e);
}

/* The first line of the chain stands for all. A line is in as many chains as it has ranges: once it was joined or
 * masked, its other chains no longer hold for it. */
static void join_chain(struct merge *g, const struct chains *c, uint32_t first, bool *touched)
{
	uint32_t root = UINT32_MAX;
	for (uint32_t i = first; i != UINT32_MAX; i = c->members[i].next)
		if (!touched[c->members[i].entry])
			root = i;
	if (root == UINT32_MAX)
		return;
	uint32_t into = c->members[root].entry;
	for (uint32_t i = first; i != UINT32_MAX; i = c->members[i].next) {
		uint32_t e = c->members[i].entry;
		if (touched[e] || e == into)
			continue;
		merge_join(g, e, into);
		touched[e] = true;
	}
	touched[into] = true;
	if (!is_masked(g, &c->members[root]))
		mask_range(g, &g->entries[into], c->members[root].range);
}

static bool is_message(const struct merge *g, const struct entry *e, size_t quote)
{
	const uint32_t *token = g->tokens + e->at;
	if (quote < 2 || (token[quote - 1] != TOKEN_EQUALS && token[quote - 1] != TOKEN_COLON))
		return false;
	size_t key = quote - 2 - (token[quote - 2] == TOKEN_QUOTE && quote >= 3);
	return g->flags[token[key]] & WORD_MESSAGE;
}

void join_quotes(struct merge *g)
{
	struct chains c = {0};
	bool *touched = mem_zalloc(g->entry_count, sizeof *touched);
	for (uint32_t id = 0; id < g->entry_count; id++) {
		const struct entry *e = &g->entries[id];
		if (!merge_is_alive(g, id))
			continue;
		size_t open = SIZE_MAX, found = 0;
		for (size_t p = 0; p < e->len && found < MERGE_QUOTES; p++) {
			if (g->tokens[e->at + p] != TOKEN_QUOTE)
				continue;
			if (open == SIZE_MAX) {
				open = p;
				continue;
			}
			bool key = p + 1 < e->len && g->tokens[e->at + p + 1] == TOKEN_COLON;
			if (p > open + 1 && !key && !is_message(g, e, open)) {
				chains_add(&c, g, id, (struct range){open + 1, p});
				found++;
			}
			open = SIZE_MAX;
		}
	}
	for (size_t chain = 0; chain < c.chain_count; chain++) {
		size_t count = 0, masked = 0;
		for (uint32_t i = c.firsts[chain]; i != UINT32_MAX; i = c.members[i].next) {
			if (touched[c.members[i].entry])
				continue;
			count++;
			masked += is_masked(g, &c.members[i]);
		}
		if (count >= MERGE_ELSEWHERE || (masked > 0 && count > 1))
			join_chain(g, &c, c.firsts[chain], touched);
	}
	free(touched);
	chains_release(&c);
}

/* The longest "a, b, c" of single words and masks. */
static struct range longest_list(const struct merge *g, const struct entry *e)
{
	const uint32_t *token = g->tokens + e->at;
	struct range best = {0, 0};
	for (size_t p = 0; p < e->len; p++) {
		size_t end = p;
		while (end < e->len && (token[end] == TOKEN_MASK || g->flags[token[end]] & WORD_TEXT)) {
			end++;
			if (end + 1 >= e->len || token[end] != TOKEN_COMMA)
				break;
			end++;
		}
		if (end > p && token[end - 1] == TOKEN_COMMA)
			end--;
		if (end - p > best.end - best.begin)
			best = (struct range){p, end};
		if (end > p)
			p = end - 1;
	}
	return best.end - best.begin >= 3 ? best : (struct range){0, 0};
}

void join_lists(struct merge *g)
{
	struct chains c = {0};
	bool *touched = mem_zalloc(g->entry_count, sizeof *touched);
	for (uint32_t id = 0; id < g->entry_count; id++) {
		const struct entry *e = &g->entries[id];
		if (!merge_is_alive(g, id))
			continue;
		struct range list = longest_list(g, e);
		if (list.end > 0 && list.begin > 0)
			chains_add(&c, g, id, list);
	}
	for (size_t chain = 0; chain < c.chain_count; chain++) {
		size_t count = 0;
		bool lengths_differ = false;
		for (uint32_t i = c.firsts[chain]; i != UINT32_MAX; i = c.members[i].next, count++)
			lengths_differ = lengths_differ || g->entries[c.members[i].entry].len !=
								   g->entries[c.members[c.firsts[chain]].entry].len;
		if (count >= MERGE_LIST && lengths_differ)
			join_chain(g, &c, c.firsts[chain], touched);
	}
	free(touched);
	chains_release(&c);
}

/* ---- several words at once --------------------------------------------------------------------------------------- */

/* Lines are of one class when they are equal but for the words that a test picks. Where such a class is large, the
 * places with many words are variable, and those with few still tell its lines apart. */
typedef bool pick_word(const struct merge *g, const struct entry *e, size_t p);

static bool is_value(const struct merge *g, const struct entry *e, size_t p)
{
	return p > 0 && g->tokens[e->at + p - 1] == TOKEN_EQUALS && g->flags[g->tokens[e->at + p]] & WORD_TEXT;
}

static bool is_name(const struct merge *g, const struct entry *e, size_t p)
{
	return g->flags[g->tokens[e->at + p]] & WORD_IDENTIFIER;
}

static uint64_t class_hash(const struct merge *g, const struct entry *e, pick_word *pick)
{
	uint64_t hash = e->len;
	for (size_t p = 0; p < e->len; p++)
		hash += merge_mix(pick(g, e, p) ? TOKEN_MASK : g->tokens[e->at + p], p);
	return hash;
}

/* Counts by hash: lines by class, different words by class and place. */
struct census {
	struct table words, keys;
	uint32_t *counts;
	size_t count, cap;
};

static uint64_t place_hash(uint64_t class, size_t p) { return class ^ merge_mix(TOKEN_EQUALS, p); }

static void count_one(struct census *c, uint64_t key)
{
	uint32_t id = table_find(&c->keys, key);
	if (id == UINT32_MAX) {
		MEM_GROW(c->counts, c->cap, c->count + 1);
		id = (uint32_t)c->count++;
		c->counts[id] = 0;
		table_add(&c->keys, key, id);
	}
	c->counts[id]++;
}

static uint32_t count_of(const struct census *c, uint64_t key)
{
	uint32_t id = table_find(&c->keys, key);
	return id == UINT32_MAX ? 0 : c->counts[id];
}

static void census_add(struct census *c, const struct merge *g, const struct entry *e, pick_word *pick)
{
	uint64_t class = class_hash(g, e, pick);
	count_one(c, class);
	for (size_t p = 0; p < e->len; p++) {
		if (!pick(g, e, p))
			continue;
		uint64_t word = place_hash(class, p) + merge_mix(g->tokens[e->at + p], p);
		if (table_find(&c->words, word) != UINT32_MAX)
			continue;
		table_add(&c->words, word, 0);
		count_one(c, place_hash(class, p));
	}
}

static void join_classes(struct merge *g, pick_word *pick, uint32_t min_lines, uint32_t min_words)
{
	struct census c = {0};
	for (uint32_t id = 0; id < g->entry_count; id++)
		if (merge_is_alive(g, id))
			census_add(&c, g, &g->entries[id], pick);
	for (uint32_t id = 0; id < g->entry_count; id++) {
		struct entry *e = &g->entries[id];
		uint64_t class = merge_is_alive(g, id) ? class_hash(g, e, pick) : 0;
		if (!merge_is_alive(g, id) || count_of(&c, class) < min_lines)
			continue;
		for (size_t p = 0; p < e->len; p++)
			if (pick(g, e, p) && count_of(&c, place_hash(class, p)) >= min_words)
				merge_mask(g, e, p);
	}
	merge_equals(g);
	table_release(&c.words);
	table_release(&c.keys);
	free(c.counts);
}

void join_values(struct merge *g) { join_classes(g, is_value, 0, MERGE_AFTER_OPENER); }
void join_identifiers(struct merge *g) { join_classes(g, is_name, MERGE_CLASS_KINDS, MERGE_ELSEWHERE); }
