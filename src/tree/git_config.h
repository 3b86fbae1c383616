/* What of git's configuration decides which files a repository has. Read from git's files, without git. */
#ifndef CTXCUT_TREE_GIT_CONFIG_H
#define CTXCUT_TREE_GIT_CONFIG_H

#include "base/buf.h"
#include "base/span.h"

struct git_config {
	struct buf excludes_file; /* core.excludesFile, "~/" resolved */
	bool excludes_file_set;
	bool ignore_case;         /* core.ignoreCase */
	bool sha256;              /* extensions.objectFormat */
	bool worktree_config;     /* extensions.worktreeConfig */
};

/* The system's and the user's files, with what they include, as git finds them (GIT_CONFIG_SYSTEM, GIT_CONFIG_GLOBAL,
 * GIT_CONFIG_NOSYSTEM). `git_folder`: for includeIf "gitdir:…"; empty outside a repository. */
void git_config_read_global(struct git_config *c, struct span git_folder);
/* One file; nothing when there is none. Later values replace earlier ones. */
void git_config_read_file(struct git_config *c, const char *path, struct span git_folder);
/* GIT_CONFIG_COUNT, GIT_CONFIG_KEY_n, GIT_CONFIG_VALUE_n. */
void git_config_read_environment(struct git_config *c);
void git_config_release(struct git_config *c); /* safe on a zeroed struct */

/* XDG_CONFIG_HOME/NAME, else HOME/.config/NAME, in *into. False: there is no home. */
bool git_user_file(const char *name, struct buf *into);

/* The bytes of a small file, at most 100 MiB, as git reads rules and settings. False: not there, or not to be read. */
bool git_read_file(int at, const char *path, bool follow, struct buf *into);

#endif
