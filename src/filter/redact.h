/* Secrets in text, masked: filters/redact.yaml says what a secret looks like, this module finds and replaces it.
 *
 * A rule is a PCRE2 pattern with samples. What its group `secret` matched (without one: all that it matched) is replaced
 * by "[redacted:NAME]"; the rest stays verbatim. A pattern that gives up on a hostile line masks the rest of the line: what could
 * not be looked at is not printed. */
#ifndef CTXCUT_FILTER_REDACT_H
#define CTXCUT_FILTER_REDACT_H

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"

enum { REDACT_RULES_MOST = 64 };

struct redact; /* serves one thread at a time */

/* ERR_USAGE: "path:line:column: what: mend". */
enum err_code redact_new(struct redact **out, struct span yaml, const char *path, struct err *err);
void redact_free(struct redact *r); /* safe on NULL */

/* Appends the text with its secrets masked; adds their number to *count. */
void redact_line(struct redact *r, struct buf *out, struct span text, size_t *count);

/* The same for text that goes on: of its end some is held back, because a secret may begin there. Returns how many bytes of
 * `text` were dealt with; the caller puts the others before what comes next. */
size_t redact_part(struct redact *r, struct buf *out, struct span text, size_t *count);

/* Whether each rule, alone, does to its samples what they say. In a sample to mask, «» stand around each secret. */
enum err_code redact_check(struct redact *r, struct err *err);

/* ---- private keys ------------------------------------------------------------------------------------------------- */

/* The lines between "-----BEGIN … PRIVATE KEY-----" and its END. Found while the lines go by; asked for when they are
 * printed. Without an END, lines that can only be key are meant, so that a message about a missing key hides nothing. */
struct key_blocks {
	struct key_range {
		uint64_t first, last;
	} *at; /* owned, ascending */
	size_t count, cap;
	uint64_t begun;     /* line of the BEGIN that is open, 0: none */
	uint64_t last_body; /* last line after it that can only be key, 0: none */
};

void key_blocks_line(struct key_blocks *k, uint64_t no, struct span text);
void key_blocks_finish(struct key_blocks *k);
void key_blocks_release(struct key_blocks *k);
/* Which range the line is in, or SIZE_MAX. */
size_t key_blocks_find(const struct key_blocks *k, uint64_t no);
#define KEY_LINE_MASK SPAN("[redacted:private-key]")

#endif
