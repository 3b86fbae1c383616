/* What pieces became, remembered: text repeats itself, and its words most of all. Three direct-mapped tables; short pieces
 * stand in the words that they are compared by, zero-padded, with their tokens in the last byte, so that a look takes one
 * load from a near cache. An empty entry is no piece, since no piece that is looked up ends in NUL.
 *
 * Measured with 256, 128 and 64 KiB for the tables: half and twice as much each change the speed by less than a twentieth. */
#ifndef CTXCUT_TEXT_MEMO_H
#define CTXCUT_TEXT_MEMO_H

#include "text/vocab.h"

enum { MEMO_BRIEF_MOST = 7, MEMO_BRIEF_BITS = 15 };
enum { MEMO_MIDDLE_MOST = 15, MEMO_MIDDLE_BITS = 13 };
enum { MEMO_LENGTHY_MOST = 248, MEMO_LENGTHY_BITS = 8 };

struct memo {
	uint64_t brief[1 << MEMO_BRIEF_BITS];
	struct memo_middle {
		uint64_t first, second;
	} middle[1 << MEMO_MIDDLE_BITS];
	/* Rulers, indents, names that programs made: rarer, and dear. */
	struct memo_lengthy {
		uint32_t len, tokens;
		unsigned char bytes[MEMO_LENGTHY_MOST];
	} lengthy[1 << MEMO_LENGTHY_BITS];
};

static inline const uint64_t *memo_brief(const struct memo *m, uint64_t word)
{
	return &m->brief[vocab_hash1(word) >> (64 - MEMO_BRIEF_BITS)];
}

static inline const struct memo_middle *memo_middle(const struct memo *m, uint64_t first, uint64_t second)
{
	uint64_t h = first * 0x9E3779B97F4A7C15u + second * 0xD6E8FEB86659FD93u;
	return &m->middle[h >> (64 - MEMO_MIDDLE_BITS)];
}

/* Tokens of what these find; 0 when it is another piece. */
static inline uint64_t memo_brief_tokens(const struct memo *m, uint64_t word)
{
	uint64_t entry = *memo_brief(m, word);
	return (entry ^ word) << 8 ? 0 : entry >> 56;
}

static inline uint64_t memo_middle_tokens(const struct memo *m, uint64_t first, uint64_t second)
{
	const struct memo_middle *entry = memo_middle(m, first, second);
	uint64_t difference = (entry->first ^ first) | (entry->second ^ second) << 8;
	return difference ? 0 : entry->second >> 56;
}

/* Tokens of a piece of valid UTF-8, and from now on it is known. `end` bounds what may be read behind the piece. */
size_t memo_count(struct memo *m, const struct vocab *v, const unsigned char *p, size_t len, const unsigned char *end);

#endif
