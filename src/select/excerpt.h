/* Which parts of an over-long line are printed.
 *
 * Verbatim pieces in their order, a mark for what is left out between two. The head of the line stays, and the text that made
 * the line severe and the words that were asked for, else its tail. Of a structured line (log/fields.h) the fields that matter
 * stay: level, message, error, status, place, the end of a stack trace that tells its cause. SCORING.md has the reasons. */
#ifndef CTXCUT_SELECT_EXCERPT_H
#define CTXCUT_SELECT_EXCERPT_H

#include <stdint.h>

#include "base/buf.h"
#include "base/span.h"
#include "log/class.h"
#include "text/pattern.h"

/* Where a mark stands in a printed line. "…[715 cut]…": so many characters are left out, or "…[90210 bytes cut]…".
 * A renderer adds brackets where the line could be taken for one with a mark (render/FORMAT.md). */
struct cut {
	uint32_t begin, end;
};

struct excerpt_options {
	size_t head_chars, tail_chars;
	enum line_class class;  /* of the line: from CLASS_WARNING on, what made it so is kept */
	bool ci;                /* as for peel_line: a CI system's time stamp comes on top of head_chars */
	struct pattern *query;  /* borrowed; NULL: none */
};

enum { CUTS_MOST = 24 };

/* Appends the printed form of a cleaned line and sets cuts[] (offsets in *out). Returns how many there are, 0 when the line is
 * short enough to be printed whole. */
size_t excerpt_line(struct buf *out, struct span cleaned, const struct excerpt_options *options, struct cut cuts[CUTS_MOST]);

/* The same for a line of which only the begin and the end are known, of `bytes` all in all, 0: more than can be counted. There
 * is at least one cut. */
size_t excerpt_ends(struct buf *out, struct span first, struct span last, uint64_t bytes, const struct excerpt_options *options,
                    struct cut cuts[CUTS_MOST]);

#endif
