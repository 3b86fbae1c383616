/* Places that a text names: `path:line`, `path:line:column`, `File "path", line N`, `path(line,column)`, `at f (path:line)`,
 * ` --> path:line`, `#3 f () at path:line`, `path line N`: stack traces and diagnostics of the common languages.
 *
 * Whether such a path exists is not looked at: words that only look like one come too. */
#ifndef CTXCUT_TREE_MENTION_H
#define CTXCUT_TREE_MENTION_H

#include <stdint.h>

#include "base/buf.h"
#include "base/span.h"

struct mention {
	struct span path;     /* as written, without quotes, file:// and the like */
	struct span wide;     /* the same with the words before it, for names with blanks that stand without quotes; or empty */
	uint64_t line;        /* 1-based */
	uint64_t column;      /* 1-based; 0: none */
	struct span function; /* as written, or empty */
};

/* Next mention in one line of text, searching from *cursor (0 at first), which it moves on. */
bool mention_next(struct span line, size_t *cursor, struct mention *out);

/* The same over the lines of a text, for forms of more than one line: a path that stands alone above `12:5  error  …`, and the
 * name of a function above its place (Go, Rust). Zeroed at first. */
struct mention_reader {
	struct buf heading;  /* owned: the path that stood alone, or empty */
	struct buf above, here; /* owned: the function that the line above named, and the current one, or empty */
	struct span line;    /* borrowed: the current one */
	size_t cursor;
	unsigned since;      /* lines since the heading */
	bool placed;         /* a place of the current line was given */
	bool headed;         /* the place under the heading was looked for */
};

void mention_reader_line(struct mention_reader *r, struct span line); /* cleaned, without LF; borrowed until the next line */
bool mention_reader_next(struct mention_reader *r, struct mention *out); /* borrows from the line and from r */
void mention_reader_release(struct mention_reader *r);

#endif
