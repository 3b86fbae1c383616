/* One walk over an extract, three writers. Output is a pure function of the extract and the options (promise P7). */
#ifndef CTXCUT_RENDER_RENDER_H
#define CTXCUT_RENDER_RENDER_H

#include "base/buf.h"
#include "select/extract.h"
#include "text/tokens.h"

enum render_format { RENDER_TEXT, RENDER_JSON, RENDER_MARKDOWN };

struct render_options {
	enum render_format format;
	enum encoding encoding; /* for the tokens-after figure in the header: exact, of the bytes rendered */
	bool color;             /* text: SGR colours; the token figure is that of the uncoloured text */
	bool line_numbers;      /* text: a number before each line instead of a range mark per block */
};

/* Appends the rendering. Returns the tokens of what was appended (exact, or the labelled estimate). */
size_t render(const struct extract *x, const struct render_options *options, struct buf *out);

/* Tokens that a gap marker costs at most in text form, whatever the gap holds: what the selector charges for one whose
 * counts it does not know yet. Constant time for the public vocabularies. */
size_t render_gap_cost(enum encoding encoding, uint64_t first_line, uint64_t last_line);

/* Tokens of the marker of this gap in text form: exact in the public vocabularies, never less than the true share in an
 * estimated one. (Printed lines that begin with "[" and others with "[[" make each marker two tokens longer.) */
size_t render_marker_cost(enum encoding encoding, const struct piece *gap);

#endif
