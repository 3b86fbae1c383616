/* What a repository tracks: .git/index, versions 2 to 4, with SHA-1 or SHA-256 ids, also split in two (core.splitIndex).
 * Read in one pass forward through a window, in the order of the paths' bytes, so that memory does not grow with the
 * repository. Source: gitformat-index(5). */
#ifndef CTXCUT_TREE_GIT_INDEX_H
#define CTXCUT_TREE_GIT_INDEX_H

#include "base/err.h"
#include "base/span.h"

struct git_index;

/* *out is NULL and the code ERR_OK when there is no index: nothing is tracked. */
enum err_code git_index_open(struct git_index **out, const char *git_folder, bool sha256, struct err *err);
void git_index_free(struct git_index *x); /* safe on NULL */

/* Both only go forward: the paths asked for must not go back in byte order, a folder counting with its slash. */
bool git_index_has_file(struct git_index *x, struct span path);
bool git_index_has_below(struct git_index *x, struct span folder_with_slash);

/* An entry that is a commit: a submodule. In any order. */
bool git_index_has_submodules(const struct git_index *x);
bool git_index_is_submodule(const struct git_index *x, struct span path);

/* Set when the file turned out broken on the way: what stands behind that place counts as not tracked. */
bool git_index_failed(const struct git_index *x, struct err *err);

#endif
