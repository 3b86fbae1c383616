/* Which texts a line must hold for a pattern to match it: the cheap question before the dear one.
 *
 * Worked out from the pattern itself. Whatever is not understood for certain (a class, a reference, an option) contributes
 * nothing, and a pattern of which nothing is certain has no literals: it always runs. So a gate may let a line through in
 * vain, but never holds one back that the pattern matches; a test compares gated and plain verdicts. */
#ifndef CTXCUT_TEXT_LITERALS_H
#define CTXCUT_TEXT_LITERALS_H

#include "base/arena.h"
#include "base/span.h"

enum { LITERALS_MOST = 24, LITERAL_LEAST_BYTES = 3 };

/* A line that matches holds at least one of these. count 0: nothing is known, always run the pattern. */
struct literals {
	struct span *texts; /* in the arena */
	size_t count;
};

struct literals literals_of(struct arena *arena, struct span pattern);

#endif
