/* UTF-8 primitives. Invalid input is replaced as the Unicode standard recommends (maximal subparts, section 3.9):
 * each maximal invalid part decodes to one U+FFFD. */
#ifndef CTXCUT_TEXT_UTF8_H
#define CTXCUT_TEXT_UTF8_H

#include <stdint.h>

#include "base/buf.h"
#include "base/span.h"

/* Decodes one code point at p < end; returns the bytes consumed (≥ 1) and sets *cp (0xFFFD when invalid,
 * *valid false then, so that a real U+FFFD can be told apart). */
size_t utf8_decode(const char *p, const char *end, uint32_t *cp, bool *valid);

/* Appends the UTF-8 form of cp. */
void utf8_encode(struct buf *out, uint32_t cp);

bool utf8_valid(struct span s);
/* Length of the longest prefix of valid ASCII; the fast path of every caller. */
size_t utf8_ascii_prefix(struct span s);

#endif
