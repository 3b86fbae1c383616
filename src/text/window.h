/* The pieces of ASCII text, 64 bytes at a time: which byte begins one is told by a few operations on words that hold one bit
 * for each byte, the same for whatever stands in the text, where a look at byte after byte would guess wrong twice a piece.
 *
 * All is meant as split.h has it: a window begins where a piece begins, and nothing before it matters. */
#ifndef CTXCUT_TEXT_WINDOW_H
#define CTXCUT_TEXT_WINDOW_H

#include <stdbool.h>

#include "text/memo.h"

enum { WINDOW_BYTES = 64, WINDOW_READS_BYTES = 80 };

/* Bit i is set when byte i of the window is of that class. */
struct window {
	uint64_t letter;
	uint64_t raised; /* of letters: the bit that the small ones have */
	uint64_t number, blank, space, newline; /* `space` without newlines, with blanks (' ') */
	uint64_t slash, quote;
	uint64_t odd; /* NUL, and all that is not ASCII */
};

/* All bits of `mask` from a seed to the end of its run. A carry runs there; seeds are bits of `mask`. */
static inline uint64_t window_flood(uint64_t seeds, uint64_t mask)
{
	return (((mask + seeds) ^ mask) | seeds) & mask;
}

/* The first of a run of digits, and every third after it. */
static inline uint64_t window_threes(uint64_t number)
{
	uint64_t first = number & ~(number << 1), fourth = number & number << 1 & number << 2 & number << 3;

	first |= fourth & first << 3;
	fourth &= fourth << 3;
	first |= fourth & first << 6;
	fourth &= fourth << 6;
	if (fourth) {
		first |= fourth & first << 12;
		fourth &= fourth << 12;
		first |= fourth & first << 24;
		fourth &= fourth << 24;
		first |= fourth & first << 48;
	}
	return first;
}

/* Where pieces begin, as far as what is in the window decides it; bit 0 always is set. The piece that begins at the highest
 * bit may end anywhere. `o200k` is a constant where this is called, so that two versions come of it. */
static inline __attribute__((always_inline)) uint64_t window_starts(const struct window *w, bool o200k)
{
	uint64_t other = ~(w->letter | w->number | w->space | w->newline | w->odd);

	/* Here the window ends: at what is not ASCII, and at what may be a contraction. */
	uint64_t contraction = w->quote & ((w->letter | w->odd) >> 1 | UINT64_C(1) << 63);
	uint64_t stop = w->odd | (o200k ? contraction & w->letter << 1 : contraction);
	uint64_t beyond = ~((stop & (0 - stop)) - 1);

	/* Newlines (and slashes) that go with the symbols before them. */
	uint64_t tail = window_flood(w->newline & other << 1, w->newline | (o200k ? w->slash : 0));
	uint64_t symbol = other & ~tail, newline = w->newline & ~tail;

	/* A run of symbols takes a blank before it; a word takes a single symbol, or any space. */
	uint64_t symbols = symbol & ~(symbol << 1) & ~(w->blank << 1);
	uint64_t word = w->letter & ~(w->letter << 1);
	uint64_t words = word & ~((symbols | w->space) << 1);
	if (o200k)
		words |= w->letter & ~w->raised & (w->letter & w->raised) << 1;

	/* Spaces go with the newlines behind them. What follows the last newline is a piece, but for its last byte, which
	 * goes with what comes next or is a piece of its own. */
	uint64_t white = w->space | newline, last = w->space & ~(w->space >> 1);
	uint64_t after_newline = w->space & newline << 1;
	uint64_t trailing = window_flood(after_newline, w->space) & last & w->newline >> 1;
	for (; __builtin_expect(trailing != 0, 0); trailing &= trailing - 1) {
		uint64_t upto = trailing ^ (trailing - 1);
		after_newline ^= UINT64_C(1) << (63 - __builtin_clzll(after_newline & upto));
	}
	uint64_t starts = symbols | words | window_threes(w->number) | (white & ~(white << 1)) | after_newline |
			  (last & ~(w->newline >> 1));

	/* Of spaces that reach to the end it cannot be told. */
	uint64_t told = ~(w->space | beyond);
	if (!told)
		return 1;
	return (starts & UINT64_MAX >> __builtin_clzll(told)) | 1;
}

/* Tokens of the pieces from *at on, which moves behind the last of them. Ends at a piece that no window tells the end of (it
 * is not ASCII, or very long), or when less than WINDOW_READS_BYTES are left, or when the tokens could become more than `most`.
 *
 * There is one implementation for each instruction set, all from one source; the fastest that the processor has is chosen at
 * the first call. */
uint64_t window_count(const struct vocab *v, struct memo *memo, bool o200k, const unsigned char **at, const unsigned char *end,
		      uint64_t most);

/* Takes this implementation from now on. False: there is none of that name, or not for this processor. */
bool window_use(const char *name);
const char *window_name(size_t i); /* NULL past the last one */

#endif
