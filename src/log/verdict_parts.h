/* What verdict.c weighs: what the ends of a line say (verdict_marks.c) and what its words say (verdict_words.c). Private to
 * verdict*.c. All texts are trimmed and not empty. */
#ifndef CTXCUT_LOG_VERDICT_PARTS_H
#define CTXCUT_LOG_VERDICT_PARTS_H

#include <stdint.h>

#include "base/span.h"

static inline bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
static inline bool is_digit(char c) { return c >= '0' && c <= '9'; }
static inline bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
static inline bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
static inline char at(struct span s, size_t i) { return i < s.len ? s.ptr[i] : '\0'; }

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

/* ---- the ends of a line ---- */

bool mark_is_rule(struct span s);     /* "-----" */
bool mark_is_heading(struct span s);  /* "==== text ====" */
bool mark_is_numbered(struct span s); /* "1) name" */
bool mark_fails(struct span s);       /* FAIL at its start, "failed" at its end, a cross */
bool mark_passes(struct span s);
bool mark_is_noise(struct span s);    /* progress, compile commands */
bool mark_is_make_error(struct span s);
/* " PASSED " somewhere. */
bool mark_says_passed(struct span s);

/* Whether the line begins with "path:line" in one of its forms (after an arrow, "at", a bullet). */
bool mark_is_location(struct span s);
/* A checker's code that says error by its letter, behind the place: "f.py:3:0: E1101: …", "f.c:4: F401 …", "F:L:C: E: …". */
bool mark_has_error_letter(struct span s);
/* Lines that explain a failure beside them: expected and actual values, diff lines, excerpts with carets. `line`: not trimmed. */
bool mark_is_detail(struct span line, struct span s);

/* ---- words ---- */

struct heard {
	bool strong, error, exit, weak, warning, count, zero_count, noise, exited, by_number;
	bool failure;       /* the word "failure" */
	bool passed;        /* the word "passed" */
	bool warning_first; /* a warning word stood in a level position before any error word */
};
void words_hear(struct span s, struct heard *e);

#endif
