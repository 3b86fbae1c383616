/* A pattern: PCRE2 on one line at a time. The only module that sees pcre2.h.
 *
 * A line is handed over without its LF. `$` and `\z` are its end, `^` its begin. Text is UTF-8; a line that is not
 * valid UTF-8 matches around its invalid bytes, never across them. Compiled to machine code where PCRE2 can, once it is used often. Every
 * match is bounded in steps and memory (limits in pattern.c): a pattern that explodes gives up and says so. */
#ifndef CTXCUT_TEXT_PATTERN_H
#define CTXCUT_TEXT_PATTERN_H

#include "base/err.h"
#include "base/span.h"

struct pattern; /* owns what matching needs, so one pattern serves one thread at a time */

enum pattern_option {
	PATTERN_CASELESS = 1,
	PATTERN_LITERAL = 2, /* the text is no pattern: it stands for itself */
};

/* ERR_USAGE with "offset N: what is wrong" (N in bytes from the pattern's begin). `options`: of enum pattern_option. */
enum err_code pattern_compile(struct pattern **out, struct span text, unsigned options, struct err *err);
void pattern_free(struct pattern *p); /* safe on NULL */

enum pattern_verdict {
	PATTERN_NO,
	PATTERN_YES,
	PATTERN_GAVE_UP, /* a limit was reached: neither yes nor no */
};

enum { PATTERN_GROUPS = 16 };

struct pattern_groups {
	struct {
		size_t begin, end; /* offsets in the line; both SIZE_MAX: the group took no part */
	} at[PATTERN_GROUPS];      /* at[0]: the whole match */
	size_t count;              /* groups of the pattern, with the whole match, at most PATTERN_GROUPS */
};

/* Looks for the first match that begins at byte `from` or later. groups may be NULL; it is set only on PATTERN_YES. */
enum pattern_verdict pattern_find(struct pattern *p, struct span line, size_t from, struct pattern_groups *groups);

/* The number of the group called `name`, or -1. */
int pattern_group(const struct pattern *p, const char *name);

/* Matches that gave up so far. */
size_t pattern_gave_up(const struct pattern *p);

#endif
