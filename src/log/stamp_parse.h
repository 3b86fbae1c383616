/* The text forms of time stamps: parsing one that begins at a given place. Private to stamp*.c. */
#ifndef CTXCUT_LOG_STAMP_PARSE_H
#define CTXCUT_LOG_STAMP_PARSE_H

#include "log/stamp.h"

#define NS_PER_S INT64_C(1000000000)
#define NS_PER_MIN (60 * NS_PER_S)
#define NS_PER_DAY (86400 * NS_PER_S)

struct cursor {
	const char *p, *end;
	bool argument; /* of the command line: a date alone and a time without seconds are allowed */
};

static inline bool is_digit(char c) { return c >= '0' && c <= '9'; }
static inline bool is_letter(char c) { return (c | 0x20) >= 'a' && (c | 0x20) <= 'z'; }
/* The byte i places on, 0 past the end. */
static inline char peek(const struct cursor *c, size_t i) { return i < (size_t)(c->end - c->p) ? c->p[i] : 0; }

/* How many digits stand at the cursor, to 32. */
static inline int digit_run(const struct cursor *c)
{
	int n = 0;
	while (is_digit(peek(c, (size_t)n)) && n < 32)
		n++;
	return n;
}

/* The stamp that begins exactly at the cursor, which is left behind it. Numbers are taken for seconds since 1970 only
 * with `epoch`. begin and end are not set. On failure the cursor may have moved. */
bool stamp_parse(struct cursor *c, struct stamp *out, bool epoch);

#endif
