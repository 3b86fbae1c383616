/* Inside src/tree/mention*.c: the path before a number, and the names of functions around a place. */
#ifndef CTXCUT_TREE_MENTION_FORM_H
#define CTXCUT_TREE_MENTION_FORM_H

#include "base/span.h"

static inline bool mention_digit(char c) { return c >= '0' && c <= '9'; }
static inline bool mention_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
static inline bool mention_alnum(char c) { return mention_digit(c) || mention_letter(c); }

struct mention_path {
	struct span name, wide;
	size_t begin; /* in the line, of all that belongs to it: quote and scheme too */
};

/* The path that ends at `end`, not reaching back beyond `from`. false: what stands there is none. */
bool mention_path_before(struct span line, size_t from, size_t end, bool weak, struct mention_path *out);

/* The function that a frame names before its path (which begins at `begin`) or behind its place (which ends at `end`). */
struct span mention_function(struct span line, size_t begin, size_t end);

/* The function that a line names for the place in the next one (Go, Rust), or empty. */
struct span mention_function_line(struct span line);
/* The path that a line consists of, for the diagnostics below it, or empty. */
struct span mention_heading(struct span line);
/* Whether the number at `at` begins a diagnostic below such a path: "12:5  error  …", "12 | ERROR | …", "12     Text". */
bool mention_under_heading(struct span line, size_t at);

#endif
