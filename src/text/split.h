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

#include "text/unicode.h"

struct piece {
	const unsigned char *end;
	bool invalid; /* it may hold invalid UTF-8; never false when it does */
};

/* The piece that starts at p < end. */
struct piece split_o200k(const unsigned char *p, const unsigned char *end);
struct piece split_cl100k(const unsigned char *p, const unsigned char *end);

#endif
