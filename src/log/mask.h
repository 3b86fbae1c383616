/* Exact masking (stage 1 of template mining): a shape's words, each kept or masked.
 *
 * Works on the shape text (log/shape.h), not on the line: so two lines of one shape cannot differ in their exact mask,
 * by construction, and it does not matter which of them came first. Runs once per new shape.
 *
 * Zero configuration: the rules know how logs are written (numbers, paths, key=value, quotes, JSON, dates, units),
 * never one system's messages. DESIGN section 6, stage 1; what goes beyond it is explained at the rule. */
#ifndef CTXCUT_LOG_MASK_H
#define CTXCUT_LOG_MASK_H

#include <stdint.h>

#include "base/span.h"

enum {
	MASK_TOKENS_MAX = 2048, /* of a longer line the rest is one token */
	MASK_BYTE = 1,          /* stands for a mask in masked text; blank in a shape, so never a byte of it */
};

enum mask_kind { MASK_WORD, MASK_DELIMITER, MASK_MASK, MASK_GONE };

struct mask_token {
	uint32_t off, len; /* in the shape */
	uint8_t kind;      /* enum mask_kind */
	bool space;        /* white space stood before it */
};

struct masker {
	struct span shape; /* borrowed */
	struct mask_token tokens[MASK_TOKENS_MAX];
	size_t count;
};

/* Fills the masker from a shape, which it borrows until it is filled anew. */
void mask_exact(struct masker *k, struct span shape);

/* Masks more of what mask_exact left: words with _ - . $ / inside or in camel case; masks side by side become one. */
void mask_coarsen(struct masker *k);

/* Hash of the tokens, white space aside. The host of a syslog line is left out: the same message of another machine
 * is the same (times and process numbers are masks already). */
uint64_t mask_key(const struct masker *k);

/* Masked text with MASK_BYTE for masks, cut to whole tokens within `cap` bytes; returns its length. */
size_t mask_text(const struct masker *k, char *out, size_t cap, bool *cut);

/* Walks masked text as tokens again; false at the end. Start with *at = 0. */
bool mask_next(struct span text, size_t *at, struct span *token, bool *space);

/* The pattern for people: "<*>" for MASK_BYTE. Returns the length written, at most cap. */
size_t mask_pattern(struct span text, char *out, size_t cap);

/* Words of known meaning. */
bool mask_is_level(struct span word);       /* INFO, warn, E: can stand in a level column */
bool mask_is_alphabetic(struct span word);
bool mask_is_identifier(struct span word);  /* has _ - . $ or / inside, or camel case */
bool mask_is_message_key(struct span key);  /* "msg": its value is the message itself */
bool mask_is_opener(struct span word);      /* "for", "user", "=": a name often follows */
bool mask_is_boolean(struct span word);     /* true, no */

#endif
