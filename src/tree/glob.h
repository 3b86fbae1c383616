/* One pattern against one name or path, as git's wildmatch does: `*` `?` `[…]` `\`, and with GLOB_PATHNAME `**`.
 * Source: gitignore(5) and glob(7), measured against git. Time is bounded by a product of the lengths; nothing recurses. */
#ifndef CTXCUT_TREE_GLOB_H
#define CTXCUT_TREE_GLOB_H

#include "base/span.h"

enum {
	GLOB_PATHNAME = 1, /* `*`, `?` and `[…]` stop at a slash; `**` between slashes or ends matches any number of folders */
	GLOB_FOLD = 2,     /* ASCII letters of both cases are the same */
};

bool glob_match(struct span pattern, struct span text, unsigned flags);

#endif
