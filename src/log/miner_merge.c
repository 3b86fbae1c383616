/* Works on distinct kinds at the end of the stream: hundreds to thousands, for millions of lines. Naming templates
 * online instead, as lines come, is known to group worse: the first lines decide before there is anything to compare
 * with.
 *
 * Steps, in this order: header columns off; kinds equal then are one. (E) kinds that differ only in identifiers, if
 * many, become one. (B) a position where many words stand, all else equal, is variable. (C) so is one with few words
 * if all of them were found variable in the same context. (D) a pattern absorbs rarer lines that fit it. */
#include "log/miner_merge.h"

#include "base/buf.h"
#include "base/hash.h"
#include "base/mem.h"
#include "log/mask_bytes.h"
#include "log/miner_absorb.h"
#include "log/miner_head.h"
#include "log/miner_fields.h"
#include "log/tuning.h"

#include <stdlib.h>

/* ---- words ------------------------------------------------------------------------------------------------------- */

static uint8_t word_flags(struct span word)
{
	uint8_t flags = 0;
	flags |= mask_is_opener(word) ? WORD_OPENER : 0;
	flags |= mask_is_identifier(word) ? WORD_IDENTIFIER : 0;
	flags |= mask_is_message_key(word) ? WORD_MESSAGE : 0;
	flags |= mask_is_boolean(word) ? WORD_BOOLEAN : 0;
	flags |= span_eq(word, SPAN("-")) ? WORD_NOTHING : 0;
	for (size_t i = 0; i < word.len; i++)
		flags |= is_letter(word.ptr[i]) || is_high(word.ptr[i]) ? WORD_TEXT : 0;
	return flags;
}

static uint32_t intern(struct merge *g, struct span word)
{
	uint64_t hash = hash64(word.ptr, word.len);
	uint32_t id = table_find(&g->words, hash);
	if (id != UINT32_MAX)
		return id;
	MEM_GROW(g->flags, g->flag_cap, g->word_count + 1);
	id = (uint32_t)g->word_count++;
	g->flags[id] = word_flags(word);
	table_add(&g->words, hash, id);
	return id;
}

/* ---- entries ----------------------------------------------------------------------------------------------------- */

uint64_t merge_mix(uint32_t token, size_t position)
{
	uint64_t x = ((uint64_t)token << 32 | (uint32_t)position) * 0x9E3779B97F4A7C15u;
	x ^= x >> 29;
	x *= 0xBF58476D1CE4E5B9u;
	return x ^ x >> 32;
}

/* A sum, so that one position can be taken out of it. */
uint64_t merge_hash(const struct merge *g, const struct entry *e)
{
	uint64_t hash = e->len;
	for (size_t p = 0; p < e->len; p++)
		hash += merge_mix(g->tokens[e->at + p], p);
	return hash;
}

/* Tokens of the entry's text. False when there is no more room. */
bool merge_tokenize(struct merge *g, struct entry *e)
{
	size_t at = 0, begin = g->token_count;
	struct span token;
	bool space;
	e->at = (uint32_t)begin;
	e->len = 0;
	e->masks = 0;
	e->words = 0;
	if (begin + MERGE_TOKENS > MERGE_TOTAL_TOKENS || g->word_count + MERGE_TOKENS > MERGE_TOTAL_WORDS)
		return false;
	MEM_GROW(g->tokens, g->token_cap, begin + MERGE_TOKENS);
	while (mask_next(e->text, &at, &token, &space)) {
		if (e->len + 1u == MERGE_TOKENS) {
			size_t from = (size_t)(token.ptr - e->text.ptr);
			g->tokens[begin + e->len++] = intern(g, span_from(e->text, from));
			break;
		}
		uint32_t id = intern(g, token);
		e->masks = (uint16_t)(e->masks + (id == TOKEN_MASK));
		e->words = (uint16_t)(e->words + ((g->flags[id] & WORD_TEXT) != 0));
		g->tokens[begin + e->len++] = id;
	}
	g->token_count = begin + e->len;
	return true;
}

uint32_t merge_root(const struct merge *g, uint32_t e)
{
	while (g->entries[e].into != e)
		e = g->entries[e].into;
	return e;
}

void merge_join(struct merge *g, uint32_t from, uint32_t into)
{
	g->entries[from].into = into;
	g->entries[into].count += g->entries[from].count;
}

/* The entry that a text belongs to: an equal one, or itself. */
static void settle_entry(struct merge *g, struct table *seen, uint32_t id)
{
	struct entry *e = &g->entries[id];
	e->hash = merge_hash(g, e);
	uint32_t same = table_find(seen, e->hash);
	if (same == UINT32_MAX)
		table_add(seen, e->hash, id);
	else
		merge_join(g, id, same);
}

bool merge_is_alive(const struct merge *g, uint32_t e) { return g->entries[e].into == e && !g->entries[e].fixed; }

void merge_equals(struct merge *g)
{
	struct table seen = {0};
	for (uint32_t e = 0; e < g->entry_count; e++) {
		if (!merge_is_alive(g, e))
			continue;
		uint32_t same = table_find(&seen, g->entries[e].hash);
		if (same == UINT32_MAX)
			table_add(&seen, g->entries[e].hash, e);
		else
			merge_join(g, e, same);
	}
	table_release(&seen);
}

/* The hash that the entry would have if a mask stood in each place where nothing stands: in "()", in "[]", behind
 * "key=". */
static uint64_t filled_hash(const struct merge *g, const struct entry *e)
{
	struct span token;
	bool space;
	char before = '\0';
	size_t at = 0, p = 0;
	uint64_t hash = 0;
	for (size_t i = 0; i < e->len; i++) {
		mask_next(e->text, &at, &token, &space);
		char c = token.ptr[0];
		bool empty = (before == '(' && c == ')') || (before == '[' && c == ']') ||
			     (before == '=' && (space || c == ','));
		if (empty)
			hash += merge_mix(TOKEN_MASK, p++);
		hash += merge_mix(g->tokens[e->at + i], p++);
		before = c;
	}
	if (before == '=')
		hash += merge_mix(TOKEN_MASK, p++);
	return hash + p;
}

static void make_entries(struct merge *g, const struct miner *m)
{
	struct table seen = {0};
	g->entries = mem_zalloc(m->kind_count, sizeof *g->entries);
	g->entry_count = m->kind_count;
	for (uint32_t k = 0; k < m->kind_count; k++)
		g->entries[k].into = k;
	for (size_t s = 0; s < m->shape_count; s++)
		g->entries[m->shapes[s].kind].count += m->shapes[s].count;
	for (uint32_t k = 0; k < m->kind_count; k++) {
		const struct kind *kind = &m->kinds[k];
		struct entry *e = &g->entries[k];
		e->text = span_from(kind->text, kind->head);
		/* What is cut off, and what has no text of its own, is compared by key. */
		if (kind->cut || kind->tier > TIER_EXACT || !merge_tokenize(g, e))
			e->fixed = true;
		else
			settle_entry(g, &seen, k);
	}
	for (uint32_t k = 0; k < m->kind_count; k++) {
		if (!merge_is_alive(g, k))
			continue;
		uint64_t filled = filled_hash(g, &g->entries[k]);
		uint32_t same = filled == g->entries[k].hash ? UINT32_MAX : table_find(&seen, filled);
		if (same != UINT32_MAX)
			merge_join(g, k, merge_root(g, same));
	}
	table_release(&seen);
}

void merge_mask(struct merge *g, struct entry *e, size_t p)
{
	uint32_t *token = &g->tokens[e->at + p];
	if (*token == TOKEN_MASK)
		return;
	e->hash = e->hash - merge_mix(*token, p) + merge_mix(TOKEN_MASK, p);
	e->words = (uint16_t)(e->words - ((g->flags[*token] & WORD_TEXT) != 0));
	*token = TOKEN_MASK;
	e->masks++;
}

/* ---- (E) classes
 * --------------------------------------------------------------------------------------------------- */

/* ---- (B) and (C) variable words
 * ------------------------------------------------------------------------------------ */

/* What stands before a position: the token, and of punctuation also the one before it. */
static uint64_t context_of(const struct merge *g, const struct entry *e, size_t p)
{
	uint32_t before = g->tokens[e->at + p - 1];
	uint64_t context = before;
	if (!(g->flags[before] & WORD_TEXT) && p >= 2)
		context |= (uint64_t)g->tokens[e->at + p - 2] << 32;
	return context * 0x9E3779B97F4A7C15u;
}

static uint64_t value_hash(const struct merge *g, const struct entry *e, size_t p)
{
	return context_of(g, e, p) ^ merge_mix(g->tokens[e->at + p], SIZE_MAX);
}

static bool follows_key(const struct merge *g, const struct entry *e, size_t p)
{
	uint32_t before = g->tokens[e->at + p - 1];
	return before == TOKEN_EQUALS || (before == TOKEN_COLON && p >= 2 && g->tokens[e->at + p - 2] == TOKEN_QUOTE);
}

/* The entries of one chain are equal but for position p. Decides whether it is variable. */
static bool is_variable(const struct merge *g, uint32_t chain, const uint32_t *next, size_t p)
{
	size_t words = 0, known = 0, identifiers = 0, booleans = 0, masks = 0, others = 0;
	const struct entry *first = &g->entries[chain];
	for (uint32_t e = chain; e != UINT32_MAX; e = next[e]) {
		uint32_t token = g->tokens[g->entries[e].at + p];
		if (token == TOKEN_MASK) {
			masks++;
		} else if (g->flags[token] & WORD_TEXT) {
			words++;
			identifiers += (g->flags[token] & WORD_IDENTIFIER) != 0;
			known += p > 0 && table_find(&g->variable, value_hash(g, &g->entries[e], p)) != UINT32_MAX;
		} else if (!(g->flags[token] & WORD_NOTHING)) {
			others++;
		}
		booleans += (g->flags[token] & WORD_BOOLEAN) != 0;
	}
	if (others > 0 || words == 0)
		return false;
	size_t constants = first->words - (size_t)((g->flags[g->tokens[first->at + p]] & WORD_TEXT) != 0);
	if (constants == 0)
		return false;
	if (p == 0)
		return words >= MERGE_ELSEWHERE && (constants >= MERGE_FIRST_CONSTANTS || identifiers == words);
	/* (C) All of them, or two or more and at least half. */
	if ((known == words || (known >= 2 && 2 * known >= words)) && constants > 1)
		return true;
	/* key=value: a value that is a number or a path in other lines is variable. */
	if (masks > 0 && g->tokens[first->at + p - 1] == TOKEN_EQUALS)
		return true;
	/* So is one that is yes or no: in key=value and in JSON; elsewhere it can be what a message says. */
	if (booleans == words && words > 1 && follows_key(g, first, p))
		return true;
	bool opener = identifiers == words || g->flags[g->tokens[first->at + p - 1]] & WORD_OPENER;
	size_t enough = opener ? MERGE_AFTER_OPENER : MERGE_ELSEWHERE;
	return words >= (constants > 1 ? enough : enough * MERGE_LONE_FACTOR);
}

static bool join_chain(struct merge *g, uint32_t chain, const uint32_t *next, size_t p)
{
	uint32_t root = chain;
	for (uint32_t e = chain; e != UINT32_MAX; e = next[e]) {
		const struct entry *entry = &g->entries[e];
		uint32_t token = g->tokens[entry->at + p];
		if (p > 0 && token != TOKEN_MASK && table_find(&g->variable, value_hash(g, entry, p)) == UINT32_MAX)
			table_add(&g->variable, value_hash(g, entry, p), 0);
		root = e < root ? e : root;
	}
	bool changed = g->tokens[g->entries[root].at + p] != TOKEN_MASK || next[chain] != UINT32_MAX;
	merge_mask(g, &g->entries[root], p);
	for (uint32_t e = chain; e != UINT32_MAX; e = next[e])
		if (e != root)
			merge_join(g, e, root);
	return changed;
}

/* One position of all entries of one length. `ids` are `count` of them; chains are built in `heads` and `next`. */
static bool join_at(struct merge *g, const uint32_t *ids, size_t count, size_t p, uint32_t *next)
{
	struct table chains = {0};
	bool changed = false;
	uint32_t *heads = mem_alloc(mem_mul(count, sizeof *heads));
	size_t head_count = 0;
	for (size_t i = 0; i < count; i++) {
		uint32_t e = ids[i];
		if (!merge_is_alive(g, e))
			continue;
		uint64_t key = g->entries[e].hash - merge_mix(g->tokens[g->entries[e].at + p], p);
		uint32_t chain = table_find(&chains, key);
		if (chain == UINT32_MAX) {
			table_add(&chains, key, (uint32_t)head_count);
			heads[head_count++] = e;
			next[e] = UINT32_MAX;
		} else {
			next[e] = heads[chain];
			heads[chain] = e;
		}
	}
	for (size_t i = 0; i < head_count; i++)
		if (is_variable(g, heads[i], next, p))
			changed = join_chain(g, heads[i], next, p) || changed;
	free(heads);
	table_release(&chains);
	return changed;
}

static bool join_words(struct merge *g)
{
	uint32_t *ids = mem_alloc(mem_mul(g->entry_count, sizeof *ids));
	uint32_t *next = mem_alloc(mem_mul(g->entry_count, sizeof *next));
	size_t begin_of[MERGE_TOKENS + 2] = {0};
	bool changed = false;
	for (uint32_t e = 0; e < g->entry_count; e++)
		if (merge_is_alive(g, e))
			begin_of[g->entries[e].len + 1]++;
	for (size_t len = 1; len < MERGE_TOKENS + 2; len++)
		begin_of[len] += begin_of[len - 1];
	size_t fill[MERGE_TOKENS + 1];
	memcpy(fill, begin_of, sizeof fill);
	for (uint32_t e = 0; e < g->entry_count; e++)
		if (merge_is_alive(g, e))
			ids[fill[g->entries[e].len]++] = e;
	for (size_t len = 1; len <= MERGE_TOKENS; len++)
		for (size_t p = 0; p < len && p < MERGE_POSITIONS; p++)
			if (begin_of[len + 1] > begin_of[len])
				changed = join_at(g, ids + begin_of[len], begin_of[len + 1] - begin_of[len], p, next) ||
					  changed;
	free(next);
	free(ids);
	return changed;
}

/* ---- all together ------------------------------------------------------------------------------------------------ */

void miner_merge(struct miner *m, uint32_t *group_of)
{
	struct merge g = {0};
	/* In the order of their numbers. */
	static const char *const known[TOKENS_KNOWN] = {"\1", "=", "\"", ",", ":"};
	for (size_t i = 0; i < TOKENS_KNOWN; i++)
		intern(&g, span_of(known[i], 1));
	miner_find_heads(m);
	make_entries(&g, m);
	join_identifiers(&g);
	join_values(&g);
	size_t round = 0;
	while (join_words(&g) && round++ < MERGE_ROUNDS)
		;
	join_quotes(&g);
	join_lists(&g);
	while (join_words(&g) && round++ < 2 * MERGE_ROUNDS)
		;
	absorb(&g);
	for (uint32_t k = 0; k < m->kind_count; k++)
		group_of[k] = merge_root(&g, k);
	table_release(&g.words);
	table_release(&g.variable);
	m->merge = g;
}

/* ---- patterns ---------------------------------------------------------------------------------------------------- */

/* The root's text with its masked positions. Header columns that differ within the template show as masks. */
static struct span pattern_of(struct arena *arena, const struct merge *g, const struct kind *kind,
			      const struct entry *root, bool heads_differ)
{
	struct buf masked = {0};
	struct span token, head = span_head(kind->text, kind->head);
	bool space;
	size_t at = 0, p = 0;
	if (!heads_differ) {
		buf_add_span(&masked, head);
	} else {
		bool was_mask = false;
		while (mask_next(head, &at, &token, &space)) {
			bool text = token.ptr[0] == MASK_BYTE || (word_flags(token) & WORD_TEXT);
			if (text && was_mask && !space)
				continue;
			if (space && masked.len)
				buf_add_char(&masked, ' ');
			if (text)
				buf_add_char(&masked, MASK_BYTE);
			else
				buf_add_span(&masked, token);
			was_mask = text;
		}
	}
	bool apart = kind->head > 0 && kind->head < kind->text.len && kind->text.ptr[kind->head] == ' ';
	for (at = 0; mask_next(root->text, &at, &token, &space); p++) {
		if (p == 0 ? apart : space)
			buf_add_char(&masked, ' ');
		if (!root->fixed && p < root->len && g->tokens[root->at + p] == TOKEN_MASK)
			buf_add_char(&masked, MASK_BYTE);
		else
			buf_add_span(&masked, token);
	}
	if (kind->cut)
		buf_add_str(&masked, " <*>");
	struct buf shown = {0};
	buf_reserve(&shown, mem_mul(3, masked.len));
	shown.len = mask_pattern(buf_span(&masked), shown.ptr, 3 * masked.len);
	struct span pattern = arena_dup(arena, buf_span(&shown));
	buf_release(&shown);
	buf_release(&masked);
	return pattern;
}

void miner_patterns(struct miner *m, const uint32_t *group_of)
{
	bool *differ = mem_zalloc(m->kind_count, sizeof *differ);
	for (size_t k = 0; k < m->kind_count; k++) {
		const struct kind *a = &m->kinds[k], *b = &m->kinds[group_of[k]];
		if (!span_eq(span_head(a->text, a->head), span_head(b->text, b->head)))
			differ[group_of[k]] = true;
	}
	for (size_t k = 0; k < m->kind_count; k++)
		if (group_of[k] == k)
			m->templates[m->kinds[k].template_id].pattern =
				pattern_of(&m->text, &m->merge, &m->kinds[k], &m->merge.entries[k], differ[k]);
	free(differ);
	merge_release(&m->merge);
}

void merge_release(struct merge *g)
{
	table_release(&g->words);
	table_release(&g->variable);
	free(g->flags);
	free(g->tokens);
	free(g->entries);
	arena_release(&g->arena);
	*g = (struct merge){0};
}
