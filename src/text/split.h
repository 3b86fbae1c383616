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

struct piece {
	const unsigned char *end;
	bool invalid; /* it may hold invalid UTF-8; never false when it does */
};

/* The piece that starts at p < end, of any text. */
struct piece split_any_o200k(const unsigned char *p, const unsigned char *end);
struct piece split_any_cl100k(const unsigned char *p, const unsigned char *end);

/* The class of a byte below 0x80; SPLIT_HIGH for the others. */
enum { SPLIT_HIGH = 8 };
extern const uint8_t split_class[256];

static inline bool split_is_letter(unsigned c) { return c == CHAR_UPPER || c == CHAR_LOWER; }

/* The same for ASCII, decided by a byte or two in most cases; NULL where it takes a look at other characters or at a
 * contraction. `o200k` is a constant where this is called, so that two versions come of it. */
static inline const unsigned char *split_ascii(const unsigned char *p, const unsigned char *end, bool o200k)
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
		if (o200k) {
			while (q < end && split_class[*q] == CHAR_UPPER)
				q++;
			while (q < end && split_class[*q] == CHAR_LOWER)
				q++;
			return q < end && (split_class[*q] == SPLIT_HIGH || *q == '\'') ? NULL : q;
		}
		if (c == CHAR_OTHER && *p == '\'')
			return NULL;
		while (q < end && split_is_letter(split_class[*q]))
			q++;
		return q < end && split_class[*q] == SPLIT_HIGH ? NULL : q;
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
