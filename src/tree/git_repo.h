/* A repository, as far as a walk has to know it: where its top is, its rule files, what it tracks. Found by the folders
 * alone: no working directory, no GIT_DIR. Understands `.git` files (worktrees, submodules). */
#ifndef CTXCUT_TREE_GIT_REPO_H
#define CTXCUT_TREE_GIT_REPO_H

#include "base/buf.h"
#include "base/err.h"
#include "tree/git_index.h"
#include "tree/ignore.h"

struct git_repo {
	struct buf top;             /* absolute, no slash at its end */
	bool fold_case;             /* core.ignoreCase */
	struct ignore_rules *global, *exclude; /* owned or NULL: core.excludesFile and .git/info/exclude */
	struct git_index *index;    /* owned; NULL: nothing is tracked */
	struct err index_error;     /* code set when the index cannot be read */
};

/* Whether `folder` is the top of a repository. Its .git may be a folder or a file that names one. */
bool git_repo_at(const char *folder);

/* `folder` is the top. `base_len`: as for ignore_parse. Without rules when `no_rules`. */
struct git_repo *git_repo_open(const char *folder, size_t base_len, bool no_rules);
void git_repo_free(struct git_repo *r); /* safe on NULL */

/* The user's own rules, for where there is no repository. NULL: none. */
struct ignore_rules *git_global_rules(size_t base_len);

#endif
