/* The vocabulary tables: which byte strings are tokens, and their ranks. Constant data in the program, made by
 * data/make_vocab.c from data/<encoding>.zst; this header is shared with that tool, so both hash alike.
 *
 * Tokens stand in three perfect-hash tables by length, because nearly all of what is looked up is short: 1 to 8 bytes
 * (the key is one word), 9 to 16 bytes (two words), and the rest (an offset into the bytes). A key finds its bucket,
 * the bucket's pilot finds its slot, and the slot's key is compared: no probing, no false positives. Keys are
 * zero-padded, so a string that ends in NUL is looked up in the table of the long ones, whatever its length. */
#ifndef CTXCUT_TEXT_VOCAB_H
#define CTXCUT_TEXT_VOCAB_H

#include "base/bytes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define VOCAB_NO_RANK UINT32_MAX
enum { VOCAB_MAGIC = 0x31564342, VOCAB_ALIGN = 64 };

/* One perfect-hash table. Offsets are in bytes from the header. */
struct vocab_table {
	uint32_t bucket_shift; /* the buckets are a power of two, taken from the top of the hash */
	uint32_t slots;
	uint32_t pilots_at; /* uint16_t a bucket */
	uint32_t keys_at;
	uint32_t ranks_at; /* 3 bytes a slot, little-endian */
};

struct vocab {
	uint32_t magic, tokens, max_len_bytes, size_bytes;
	struct vocab_table brief;   /* keys: one uint64_t */
	struct vocab_table middle;  /* keys: two uint64_t */
	struct vocab_table lengthy; /* keys: struct vocab_long */
	uint32_t bytes_at;
};

struct vocab_long {
	uint32_t at; /* from bytes_at */
	uint32_t len;
};

extern const struct vocab vocab_o200k, vocab_cl100k;

/* Always little-endian words, so that masking off high bytes means cutting the end of the string. */
static inline uint64_t vocab_word(const unsigned char *p)
{
	return bytes_load64(p);
}

/* The first n (1 to 8) bytes at p, zero-padded; reads past them only as far as `end`. */
static inline uint64_t vocab_word_of(const unsigned char *p, size_t n, const unsigned char *end)
{
	if (end - p >= 8)
		return vocab_word(p) & (UINT64_MAX >> (64 - 8 * n));
	uint64_t w = 0;
	for (size_t i = n; i > 0; i--)
		w = w << 8 | p[i - 1];
	return w;
}

static inline uint64_t vocab_hash1(uint64_t key)
{
	return key * 0x9E3779B97F4A7C15u;
}

static inline uint64_t vocab_hash2(uint64_t a, uint64_t b)
{
	uint64_t h = a * 0x9E3779B97F4A7C15u ^ (b + 0x2545F4914F6CDD1Du) * 0xD6E8FEB86659FD93u;
	return (h ^ h >> 32) * 0xC2B2AE3D27D4EB4Fu;
}

static inline uint64_t vocab_hash_long(const unsigned char *p, size_t len)
{
	uint64_t h = len * 0xC2B2AE3D27D4EB4Fu;
	for (; len >= 8; p += 8, len -= 8)
		h = vocab_hash2(h, vocab_word(p));
	return vocab_hash2(h, len ? vocab_word_of(p, len, p + len) : 0);
}

/* The pilot of the bucket that a hash falls into was chosen so that all of the bucket's keys got slots of their own. */
static inline uint32_t vocab_bucket(const struct vocab_table *t, uint64_t h)
{
	return (uint32_t)(h >> t->bucket_shift);
}

static inline uint32_t vocab_slot(const struct vocab_table *t, uint64_t h, uint16_t pilot)
{
	return (uint32_t)(((h ^ pilot) * 0xE7037ED1A0B428DBu >> 32) * t->slots >> 32);
}

#endif
