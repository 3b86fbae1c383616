/* The files of a tree, in one order, by the ignore rules of git.
 *
 * Rules, in rising precedence (the last match wins): the global excludes file (core.excludesFile, else
 * XDG_CONFIG_HOME/git/ignore), .git/info/exclude, and from the repository's top down to the entry's folder each .gitignore
 * and the .ignore beside it. Nothing below an excluded folder returns. What git tracks is listed even if a rule of git's names
 * it; .ignore, which is for tools like this one and not for git, counts for tracked files too. The rules of folders above the
 * starting point count, up to the repository's top; outside a repository they begin at the starting point. The starting point
 * itself is wanted, whatever a rule says of it. Without .ignore files the list is that of
 * `git ls-files -co --exclude-standard`, but for tracked files that are not there and pipes, sockets and devices, which git
 * passes over. Source: gitignore(5), gitformat-index(5), measured against git.
 *
 * Names that begin with a dot: in a repository as git does, that is all but .git; outside one only with `hidden`.
 * Outside a repository, a repository below is entered and walked by its own rules; inside one it is a WALK_SUBMODULE.
 *
 * Entries come sorted by the bytes of their path, depth first, whatever order the file system has (a folder that is not
 * entered stands where its files would). Memory: the names of one folder per level, and the rules in force; open folders: a
 * few dozen, however deep the tree. Symbolic links are entries, never followed, but for the starting point. A folder that
 * cannot be read is an entry with `error` set; the walk goes on. What vanishes between the reading of its folder and its turn is no
 * entry. */
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
	bool hidden;               /* outside a repository: also names that begin with a dot */
	/* Borrowed; as in gitignore, relative to the starting point; "!" excludes. Of several that match a path the last counts,
	 * and one that matches a folder counts for what is below it. With none but "!" all else is listed. NULL: all */
	const char *const *globs;
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
/* The starting point, absolute, links resolved; of a file, its folder. Borrowed from w. */
const char *walk_root(const struct walk *w);
void walk_free(struct walk *w); /* safe on NULL */

#endif
