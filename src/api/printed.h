/* The printed form of one line: read again, cleaned, cut when it is over-long. */
#ifndef CTXCUT_API_PRINTED_H
#define CTXCUT_API_PRINTED_H

#include "api/held.h"
#include "api/masking.h"
#include "select/excerpt.h"

struct width {
	size_t head_chars, tail_chars;
};

struct settings;
/* How a line of this class is cut. */
struct excerpt_options excerpt_of(const struct settings *settings, struct width width, enum line_class class);

/* The smaller the budget, the earlier a line is cut: ten lines of 300 characters would be all of a thousand tokens. `step`
 * 0 is the usual one; later ones are narrower, for when not even one failure fits (promise P6). False past the last. */
bool width_for(size_t budget_tokens, unsigned step, struct width *out);

struct printed {
	struct buf raw;  /* owned, as is the next */
	struct buf text; /* what is printed, without the LF */
	struct buf masked; /* owned, for reuse */
	struct cut cuts[CUTS_MOST]; /* where something was left out of an over-long line */
	size_t cut_count;
	size_t secrets;  /* masked, in the whole line */
	struct redact *rules; /* borrowed; NULL: nothing is masked */
};

void printed_release(struct printed *p);
/* `len` as in struct record: UINT32_MAX stands for that much and more. */
enum err_code printed_line(struct printed *p, struct held *held, uint64_t off, uint32_t len, const struct excerpt_options *how,
                           struct err *err);

#endif
