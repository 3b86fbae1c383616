/* References in text form: PATH[@HASH][:RANGE] or ID[:RANGE].
 *
 * RANGE, lines from 1 on: A-B, A- (to the end), -B (from the begin), A (one line), A+N (N lines from A on).
 * HASH: 8 to 32 hex digits of the XXH3-128 of the content as it is read (decompressed, converted to UTF-8).
 * ID: 8 to 32 hex digits, as a reduction printed it, of an original in the store.
 *
 * Names may hold ':' and '@', so what exists decides, the longest first: the whole text as a path; the text without
 * a range; that without a hash. Only when no such file exists are hex digits an id: a file wins over an id of its
 * name, and more digits of the id, up to all 32, get around such a file. */
#ifndef CTXCUT_API_REFERENCE_H
#define CTXCUT_API_REFERENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

enum {
	REFERENCE_DIGITS_LEAST = 8, /* fewer are too likely a word or a number that was meant as a file */
	REFERENCE_DIGITS_MOST = 32,
};

enum reference_kind {
	REFERENCE_FILE,
	REFERENCE_STORED,
};

struct reference {
	enum reference_kind kind;
	char *name;    /* owned: the path or the id, the id in lower case */
	char hash[33]; /* file: lower-case digits as given; empty: none */
	bool has_range;
	uint64_t first, last; /* 1-based, inclusive; last UINT64_MAX: to the end */
};

/* ERR_USAGE with what is wrong. That the file or the original exists is not promised. */
enum err_code reference_parse(struct reference *r, const char *text, struct err *err);
void reference_release(struct reference *r); /* safe on a zeroed struct */

#endif
