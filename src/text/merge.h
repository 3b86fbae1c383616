/* Byte-pair encoding of one piece with the ranks of a vocabulary. */
#ifndef CTXCUT_TEXT_MERGE_H
#define CTXCUT_TEXT_MERGE_H

#include "text/vocab.h"

static inline uint32_t vocab_rank_at(const struct vocab *v, const struct vocab_table *t, uint32_t slot)
{
	return bytes_load32((const char *)v + t->ranks_at + 3 * (size_t)slot) & 0xFFFFFF;
}

static inline uint32_t vocab_slot_of(const struct vocab *v, const struct vocab_table *t, uint64_t h)
{
	uint16_t pilot;
	memcpy(&pilot, (const char *)v + t->pilots_at + sizeof pilot * (size_t)vocab_bucket(t, h), sizeof pilot);
	return vocab_slot(t, h, pilot);
}

/* The three ways to look up, by the words of 1 to 8 bytes, of 9 to 16 bytes (the last byte not NUL), and the rest. */
static inline uint32_t vocab_rank_brief(const struct vocab *v, uint64_t word)
{
	uint64_t key;
	uint32_t slot = vocab_slot_of(v, &v->brief, vocab_hash1(word));
	memcpy(&key, (const char *)v + v->brief.keys_at + sizeof key * (size_t)slot, sizeof key);
	/* Without a branch: in merging it would go either way. */
	return vocab_rank_at(v, &v->brief, slot) | (key == word ? 0 : VOCAB_NO_RANK);
}

static inline uint32_t vocab_rank_middle(const struct vocab *v, uint64_t first, uint64_t second)
{
	uint64_t key[2];
	uint32_t slot = vocab_slot_of(v, &v->middle, vocab_hash2(first, second));
	memcpy(key, (const char *)v + v->middle.keys_at + sizeof key * (size_t)slot, sizeof key);
	return key[0] == first && key[1] == second ? vocab_rank_at(v, &v->middle, slot) : VOCAB_NO_RANK;
}

uint32_t vocab_rank_lengthy(const struct vocab *v, const unsigned char *p, size_t len);

/* Bytes 8 to len of a string of 9 to 16 bytes, zero-padded. */
static inline uint64_t vocab_second_word(const unsigned char *p, size_t len)
{
	return vocab_word(p + len - 8) >> (8 * (16 - len));
}

/* The rank of these bytes as a token, or VOCAB_NO_RANK. len ≥ 1; `end` bounds what may be read behind them. */
static inline uint32_t vocab_rank(const struct vocab *v, const unsigned char *p, size_t len, const unsigned char *end)
{
	if (len > 16 || p[len - 1] == 0)
		return vocab_rank_lengthy(v, p, len);
	if (len <= 8)
		return vocab_rank_brief(v, vocab_word_of(p, len, end));
	return vocab_rank_middle(v, vocab_word(p), vocab_second_word(p, len));
}

/* How many tokens a piece becomes that is no token as a whole: of all neighbours whose joining is a token, those with
 * the lowest rank are joined, leftmost first, until none is left. O(n log n); memory about 28 bytes a byte of the
 * piece. `end` as above. Source of the algorithm: Sennrich et al. 2016, https://aclanthology.org/P16-1162/ */
size_t merge_count(const struct vocab *v, const unsigned char *piece, size_t len, const unsigned char *end);

#endif
