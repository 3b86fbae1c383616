/* Which files of a tree differ from a revision of its git repository: asked of git itself, found in PATH, run without a shell,
 * without locks and without the repository's hooks. */
#ifndef CTXCUT_TREE_CHANGED_H
#define CTXCUT_TREE_CHANGED_H

#include "base/err.h"
#include "base/span.h"

struct changed;

/* The working tree against `revision` (NULL: HEAD; in a repository without a commit all files differ), untracked files that no
 * rule of git's excludes included. `root`: a folder of the repository. ERR_INPUT: no git in PATH, or no repository here.
 * ERR_USAGE: no such revision. */
enum err_code changed_find(struct changed **out, const char *root, const char *revision, struct err *err);
void changed_free(struct changed *c); /* safe on NULL */

/* Paths are relative to `root`, as the walk gives them. */
bool changed_has(const struct changed *c, struct span path);
size_t changed_count(const struct changed *c);
/* Sorted by bytes. gone: the revision has it and the working tree has not. Borrowed. */
struct span changed_at(const struct changed *c, size_t i, bool *gone);

#endif
