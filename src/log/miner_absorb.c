#include "log/miner_absorb.h"

#include "base/mem.h"
#include "log/tuning.h"

#include <stdlib.h>

/* Does line b fit pattern a, each mask of a standing for 1 to ABSORB_TOKENS tokens of b with at most one word among
 * them, and no "=" (what stands before it is a key, which a line has or has not)? reach[i] tells whether the pattern
 * so far can have taken the first i tokens of b. */
static bool fits(const struct merge *g, const struct entry *a, const struct entry *b, size_t *steps)
{
	bool reach[MERGE_TOKENS + 1] = {true};
	if (b->len < a->len || b->len > a->len + (ABSORB_TOKENS - 1) * a->masks)
		return false;
	for (size_t p = 0; p < a->len; p++) {
		uint32_t want = g->tokens[a->at + p];
		bool next[MERGE_TOKENS + 1] = {false}, any = false;
		*steps += b->len;
		for (size_t i = 0; i < b->len; i++) {
			if (!reach[i])
				continue;
			if (want != TOKEN_MASK) {
				if (g->tokens[b->at + i] == want)
					any = next[i + 1] = true;
				continue;
			}
			size_t words = 0;
			for (size_t n = 1; n <= ABSORB_TOKENS && i + n <= b->len; n++) {
				uint32_t token = g->tokens[b->at + i + n - 1];
				words += (g->flags[token] & WORD_TEXT) != 0;
				if (words > 1 || token == TOKEN_EQUALS)
					break;
				any = next[i + n] = true;
			}
		}
		if (!any)
			return false;
		memcpy(reach, next, sizeof reach);
	}
	return reach[b->len];
}

static uint32_t first_word(const struct merge *g, const struct entry *e)
{
	for (size_t p = 0; p < e->len; p++)
		if (g->flags[g->tokens[e->at + p]] & WORD_TEXT)
			return g->tokens[e->at + p];
	return TOKEN_MASK;
}

struct pattern {
	uint32_t word, entry;
	uint64_t count;
};

/* By first word, then the commonest first. */
static int compare_patterns(const void *x, const void *y)
{
	const struct pattern *a = x, *b = y;
	if (a->word != b->word)
		return a->word < b->word ? -1 : 1;
	if (a->count != b->count)
		return a->count > b->count ? -1 : 1;
	return a->entry < b->entry ? -1 : a->entry > b->entry;
}

void absorb(struct merge *g)
{
	struct pattern *patterns = mem_alloc(mem_mul(g->entry_count, sizeof *patterns));
	uint32_t *begin_of = mem_alloc(mem_mul(g->word_count + 1, sizeof *begin_of));
	uint32_t *into = mem_alloc(mem_mul(g->entry_count, sizeof *into));
	size_t count = 0;
	for (uint32_t e = 0; e < g->entry_count; e++) {
		const struct entry *entry = &g->entries[e];
		into[e] = e;
		if (entry->into == e && !entry->fixed && entry->masks > 0 && entry->words >= ABSORB_CONSTANTS)
			patterns[count++] = (struct pattern){first_word(g, entry), e, entry->count};
	}
	qsort(patterns, count, sizeof *patterns, compare_patterns);
	for (size_t w = 0, i = 0; w <= g->word_count; w++) {
		while (i < count && patterns[i].word < w)
			i++;
		begin_of[w] = (uint32_t)i;
	}
	size_t steps = 0;
	for (uint32_t e = 0; e < g->entry_count && steps < ABSORB_STEPS; e++) {
		const struct entry *line = &g->entries[e];
		if (line->into != e || line->fixed)
			continue;
		/* The pattern's first word stands near the line's start: its masks before it take a few tokens only. */
		size_t tried = 0, words = 0;
		for (size_t p = 0; p < line->len && words < 2 && into[e] == e; p++) {
			uint32_t word = g->tokens[line->at + p];
			if (!(g->flags[word] & WORD_TEXT))
				continue;
			words++;
			for (size_t i = begin_of[word]; i < begin_of[word + 1] && tried < ABSORB_CANDIDATES;
			     i++, tried++) {
				if (patterns[i].count <= line->count)
					break;
				if (fits(g, &g->entries[patterns[i].entry], line, &steps)) {
					into[e] = patterns[i].entry;
					break;
				}
			}
		}
	}
	/* A pattern may itself be absorbed by a commoner one, so roots are looked up. Counts only grow along the
	 * way: no cycle. */
	for (uint32_t e = 0; e < g->entry_count; e++)
		if (into[e] != e)
			g->entries[e].into = into[e];
	free(into);
	free(begin_of);
	free(patterns);
}
