/* Places that a text names: `path:line`, `path:line:column`, `File "path", line N`, `path(line,column)`, `at f (path:line)`,
 * ` --> path:line`, `#3 f () at path:line`, `path line N`: stack traces and diagnostics of the common languages. */
#ifndef CTXCUT_TREE_MENTION_H
#define CTXCUT_TREE_MENTION_H

#include <stdint.h>

#include "base/span.h"

struct mention {
	struct span path;     /* as written, without quotes, file:// and the like */
	uint64_t line;        /* 1-based */
	uint64_t column;      /* 1-based; 0: none */
	struct span function; /* as written, or empty */
};

/* Next mention in one line of text, searching from *cursor (0 at first), which it moves on. */
bool mention_next(struct span line, size_t *cursor, struct mention *out);

#endif
