/* Splitting text into the pieces of a vocabulary, hand-coded after the published patterns (no regex engine).
 *
 * o200k_base, where U = Lu Lt Lm Lo M, l = Ll Lm Lo M and c = (?i:'s|'t|'re|'ve|'m|'ll|'d):
 *   [^\r\n\p{L}\p{N}]?[U]*[l]+c? | [^\r\n\p{L}\p{N}]?[U]+[l]*c? | \p{N}{1,3} | ?[^\s\p{L}\p{N}]+[\r\n/]*
 *   | \s*[\r\n]+ | \s+(?!\S) | \s+
 * cl100k_base:
 *   c | [^\r\n\p{L}\p{N}]?\p{L}+ | \p{N}{1,3} | ?[^\s\p{L}\p{N}]+[\r\n]* | \s*[\r\n]+ | \s+(?!\S) | \s+ */
#ifndef CTXCUT_TEXT_SPLIT_H
#define CTXCUT_TEXT_SPLIT_H

#include <stdbool.h>
#include <stddef.h>

#include "text/unicode.h"
#include "text/vocab.h"

struct piece {
	const unsigned char *end;
	bool invalid; /* it may hold invalid UTF-8; never false when it does */
};

/* The piece that starts at p < end, of any text. */
struct piece split_any_o200k(const unsigned char *p, const unsigned char *end);
struct piece split_any_cl100k(const unsigned char *p, const unsigned char *end);

/* The compiler finds these too large to inline into the loop over pieces; a call each costs a third of the speed. */
#define SPLIT_INLINE static inline __attribute__((always_inline))

/* The class of a byte below 0x80; SPLIT_HIGH for the others. */
enum { SPLIT_HIGH = 8 };
extern const uint8_t split_class[256];

static inline bool split_is_letter(unsigned c) { return c == CHAR_UPPER || c == CHAR_LOWER; }

/* Eight bytes at once: the high bit of every byte that is a lower-case (upper-case) ASCII letter. */
static inline uint64_t split_lower8(uint64_t w)
{
	uint64_t low = w & 0x7F7F7F7F7F7F7F7Fu;
	return (low + 0x1F1F1F1F1F1F1F1Fu) & ~(low + 0x0505050505050505u) & ~w & 0x8080808080808080u;
}

static inline uint64_t split_upper8(uint64_t w)
{
	uint64_t low = w & 0x7F7F7F7F7F7F7F7Fu;
	return (low + 0x3F3F3F3F3F3F3F3Fu) & ~(low + 0x2525252525252525u) & ~w & 0x8080808080808080u;
}

/* How many bytes from the first on have their mark in such a word. */
static inline unsigned split_run8(uint64_t marks)
{
	uint64_t others = ~marks & 0x8080808080808080u;
	return others ? (unsigned)__builtin_ctzll(others) >> 3 : 8;
}

/* Behind the letters at p: all of them, or (o200k) the capitals and then the small ones. */
static inline const unsigned char *split_ascii_word(const unsigned char *p, const unsigned char *end, bool o200k)
{
	unsigned upper = 0, n = 0;

	/* Most words end within eight bytes, at a place that no branch prediction knows. */
	if (end - p >= 8) {
		uint64_t w = vocab_word(p), lower8 = split_lower8(w), upper8 = split_upper8(w);
		if (!o200k)
			lower8 |= upper8;
		else
			upper = n = split_run8(upper8);
		if (n < 8)
			n += split_run8(lower8 >> (8 * n));
		p += n;
		if (n < 8)
			return p;
	}
	if (o200k && upper == n)
		while (p < end && split_class[*p] == CHAR_UPPER)
			p++;
	while (p < end && (split_class[*p] == CHAR_LOWER || (!o200k && split_class[*p] == CHAR_UPPER)))
		p++;
	return p;
}

/* The same for ASCII, decided by a byte or two in most cases; NULL where it takes a look at other characters or at a
 * contraction. `o200k` is a constant where this is called, so that two versions come of it. */
SPLIT_INLINE const unsigned char *split_ascii(const unsigned char *p, const unsigned char *end, bool o200k)
{
	const unsigned char *q = p;
	unsigned c = split_class[*p], next = CHAR_NEWLINE;

	if (end - p < 2)
		return c == SPLIT_HIGH ? NULL : end;
	if (!split_is_letter(c)) {
		next = split_class[p[1]];
		if (c == SPLIT_HIGH || next == SPLIT_HIGH)
			return NULL;
		if (c == CHAR_NUMBER) {
			if (next != CHAR_NUMBER)
				return p + 1;
			if (end - p < 3)
				return p + 2;
			next = split_class[p[2]];
			return next == CHAR_NUMBER ? p + 3 : next == SPLIT_HIGH ? NULL : p + 2;
		}
		q++;
	}
	if (split_is_letter(c) || (split_is_letter(next) && c != CHAR_NEWLINE)) {
		if (!o200k && *p == '\'')
			return NULL;
		q = split_ascii_word(q, end, o200k);
		return q < end && (split_class[*q] == SPLIT_HIGH || (o200k && *q == '\'')) ? NULL : q;
	}
	if (c == CHAR_OTHER || (*p == ' ' && next == CHAR_OTHER)) {
		while (q < end && split_class[*q] == CHAR_OTHER)
			q++;
		if (q < end && split_class[*q] == SPLIT_HIGH)
			return NULL;
		while (q < end && (*q == '\n' || *q == '\r' || (o200k && *q == '/')))
			q++;
		return q;
	}
	const unsigned char *after_newline = c == CHAR_NEWLINE ? q : NULL;
	for (; q < end && (split_class[*q] == CHAR_SPACE || split_class[*q] == CHAR_NEWLINE); q++)
		if (split_class[*q] == CHAR_NEWLINE)
			after_newline = q + 1;
	if (q < end && split_class[*q] == SPLIT_HIGH)
		return NULL;
	if (after_newline)
		return after_newline;
	return q < end && q - p > 1 ? q - 1 : q;
}

#endif
