/* At which places of a line a pattern tells one digit from another.
 *
 * A spot is a piece of the pattern that is plain text but for digits, with a digit in it of which the value counts: of
 * `exited with code [1-9]\d*` it is "exited with code 0", and its last byte counts. Written with 0 for each digit it is looked for
 * in the form of a line (text/kernel.h), whatever its digits are: only where it stands can the pattern look at them. So two lines
 * of one form with the same digits at these places are the same to the pattern.
 *
 * Whatever is not understood for certain makes all digits of the line count. */
#ifndef CTXCUT_FILTER_SPOTS_H
#define CTXCUT_FILTER_SPOTS_H

#include <stdint.h>

#include "base/arena.h"
#include "base/span.h"

enum { SPOT_MOST_BYTES = 32 };

struct spot {
	struct span text;  /* in the arena */
	uint32_t counts;   /* a bit for each of its bytes */
	bool run;          /* the digits that follow its end count as well */
};

struct spots {
	struct spot *at;   /* in the arena */
	size_t count;
	bool all;          /* every digit counts */
};

struct spots spots_of(struct arena *arena, struct span pattern);

/* Where digits count in a line of this form: offsets, ascending within a spot. Returns how many; of more than `most` the rest is
 * not written. */
size_t spots_find(const struct spots *s, struct span form, uint16_t *out, size_t most);

#endif
