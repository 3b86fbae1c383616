/* Byte-pair encoding of one piece with the ranks of a vocabulary. */
#ifndef CTXCUT_TEXT_MERGE_H
#define CTXCUT_TEXT_MERGE_H

#include "text/vocab.h"

/* The rank of these bytes as a token, or VOCAB_NO_RANK. len ≥ 1; `end` bounds what may be read behind them. */
static inline uint32_t vocab_rank(const struct vocab *v, const unsigned char *p, size_t len, const unsigned char *end)
{
	const char *base = (const char *)v;
	const struct vocab_table *t;
	uint32_t slot, rank;
	uint16_t pilot;
	uint64_t key[2], h;

	if (len <= 8 && p[len - 1] != 0) {
		t = &v->brief;
		uint64_t word = vocab_word_of(p, len, end);
		h = vocab_hash1(word);
		memcpy(&pilot, base + t->pilots_at + sizeof pilot * (size_t)vocab_bucket(t, h), sizeof pilot);
		slot = vocab_slot(t, h, pilot);
		memcpy(key, base + t->keys_at + sizeof word * (size_t)slot, sizeof word);
		if (key[0] != word)
			return VOCAB_NO_RANK;
	} else if (len <= 16 && p[len - 1] != 0) {
		t = &v->middle;
		uint64_t first = vocab_word(p), second = vocab_word(p + len - 8) >> (8 * (16 - len));
		h = vocab_hash2(first, second);
		memcpy(&pilot, base + t->pilots_at + sizeof pilot * (size_t)vocab_bucket(t, h), sizeof pilot);
		slot = vocab_slot(t, h, pilot);
		memcpy(key, base + t->keys_at + sizeof key * (size_t)slot, sizeof key);
		if (key[0] != first || key[1] != second)
			return VOCAB_NO_RANK;
	} else {
		if (len > v->max_len_bytes)
			return VOCAB_NO_RANK;
		t = &v->lengthy;
		h = vocab_hash_long(p, len);
		memcpy(&pilot, base + t->pilots_at + sizeof pilot * (size_t)vocab_bucket(t, h), sizeof pilot);
		slot = vocab_slot(t, h, pilot);
		struct vocab_long entry;
		memcpy(&entry, base + t->keys_at + sizeof entry * (size_t)slot, sizeof entry);
		if (entry.len != len || memcmp(base + v->bytes_at + entry.at, p, len) != 0)
			return VOCAB_NO_RANK;
	}
	memcpy(&rank, base + t->ranks_at + 3 * (size_t)slot, sizeof rank);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	rank = __builtin_bswap32(rank);
#endif
	return rank & 0xFFFFFF;
}

/* How many tokens a piece becomes that is no token as a whole: of all neighbours whose joining is a token, those with
 * the lowest rank are joined, leftmost first, until none is left. O(n log n); memory about 28 bytes a byte of the
 * piece. `end` as above. Source of the algorithm: Sennrich et al. 2016, https://aclanthology.org/P16-1162/ */
size_t merge_count(const struct vocab *v, const unsigned char *piece, size_t len, const unsigned char *end);

#endif
