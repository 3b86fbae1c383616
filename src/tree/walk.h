/* The files of a tree, in one order, by the ignore rules of git.
 *
 * Rules, in rising precedence (the last match wins): the global excludes file (core.excludesFile, else
 * XDG_CONFIG_HOME/git/ignore), .git/info/exclude, each .gitignore from the repository's top down to the entry's folder, and
 * .ignore beside them. Nothing below an excluded folder returns. What git tracks is listed even if a rule names it. The rules of
 * folders above the starting point count, up to the repository's top; outside a repository they begin at the starting point.
 * Source: gitignore(5), measured against `git ls-files -co --exclude-standard`.
 *
 * Entries come sorted by the bytes of their path, depth first, whatever order the file system has. Memory: the names of one
 * folder per level, and the rules in force. Symbolic links are entries, never followed. A folder that cannot be read is an entry
 * with `error` set; the walk goes on. */
#ifndef CTXCUT_TREE_WALK_H
#define CTXCUT_TREE_WALK_H

#include <stdint.h>

#include "base/err.h"
#include "base/span.h"

enum walk_kind {
	WALK_FILE,
	WALK_LINK,      /* a symbolic link; `path` is the link's own */
	WALK_SUBMODULE, /* a folder with a repository of its own, or an entry of .gitmodules: not entered */
	WALK_OTHER,     /* a pipe, a socket, a device: never opened */
	WALK_FAILED,    /* a folder or file that could not be read; see `error` */
};

struct walk_options {
	bool no_ignore;            /* list what the rules exclude as well; .git stays out */
	bool hidden;               /* also names that begin with a dot. As git does, files in a repository that it tracks come anyway */
	const char *const *globs;  /* borrowed; as in gitignore, relative to the starting point; "!" excludes. NULL: all */
	size_t glob_count;
};

struct walk_entry {
	enum walk_kind kind;
	struct span path;      /* borrowed until the next call: relative to the starting point, any bytes but NUL, no leading "./" */
	int dir;               /* descriptor of the entry's folder, for openat, valid until the next call */
	const char *name;      /* its last part, NUL-terminated */
	uint64_t size_bytes;
	int64_t mtime_ns, ctime_ns;
	uint64_t inode, device;
	uint32_t mode;
	struct err error;      /* WALK_FAILED */
};

struct walk;

/* Starts at `root`, a folder (or one file, which is then the only entry, its path its name). ERR_INPUT when there is none. */
enum err_code walk_open(struct walk **out, const char *root, const struct walk_options *options, struct err *err);
/* true: *out is set. false: the end. */
bool walk_next(struct walk *w, struct walk_entry *out);
/* The repository's top folder, absolute, or "" outside one. Borrowed from w. */
const char *walk_repository(const struct walk *w);
void walk_free(struct walk *w); /* safe on NULL */

#endif
