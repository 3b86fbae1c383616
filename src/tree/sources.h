/* Files of source trees, read one at a time: found by a walk or by their path, decoded as everywhere (a BOM goes, UTF-16 becomes
 * UTF-8), with their lines, hash and outline. Nothing outside the trees is ever opened: every folder on the way is entered without
 * following links. */
#ifndef CTXCUT_TREE_SOURCES_H
#define CTXCUT_TREE_SOURCES_H

#include "base/err.h"
#include "base/hash.h"
#include "tree/outline.h"
#include "tree/place.h"
#include "tree/walk.h"

enum { SOURCE_BYTES_MOST = 64 * 1024 * 1024 }; /* larger files are passed over */

struct sources;
struct sources *sources_new(const struct walk_options *options); /* borrows */
void sources_free(struct sources *s); /* safe on NULL */

/* A folder to look in. ERR_INPUT when there is none of that name. */
enum err_code sources_add_root(struct sources *s, const char *path, struct err *err);

/* The files of all roots, walked at the first call. */
const struct places *sources_places(struct sources *s);

/* What a path from elsewhere means: a file below a root that is there as the mention says, else what the walk lists. Files that the
 * walk does not list (ignored ones) are found only by their exact place. */
void sources_find(struct sources *s, const struct mention *m, struct place_match *out);
void sources_find_path(struct sources *s, struct span path, struct place_match *out);

/* The path as the user would open it, into `out` (cleared first). */
void sources_path(const struct sources *s, uint32_t number, struct buf *out);

/* How many folders and files could not be read so far (what is no text, too large, or has gone, is no trouble), and why the first. */
size_t sources_trouble(const struct sources *s, const char **first);

struct source_file {
	struct span path;        /* as the user would open it: the root's path before it. Borrowed from sources */
	uint32_t number;         /* in places */
	struct span text;        /* decoded */
	const uint32_t *line_off; /* offset of each line, and the text's length behind the last */
	uint32_t line_count;
	const struct language *language; /* or NULL */
	struct outline outline;  /* empty without a language */
	struct hash128 hash;     /* of `text` */
	size_t in_use;           /* private */
};

/* Reads a file and its outline. What was read last stays for a while: released, it may come back without reading. NULL: it cannot be
 * read, is no text, or is too large; *why is set when it is not NULL. */
struct source_file *sources_get(struct sources *s, uint32_t number, struct err *why);
void sources_put(struct sources *s, struct source_file *f); /* safe on NULL */

/* Reads every file in turn and hands over its text, without an outline; `text` and `path` live until `look` returns. The look may
 * call sources_outline. `holding`: only files that hold these bytes; empty: all. */
typedef void sources_look(void *user, uint32_t number, struct span path, struct span text);
void sources_each(struct sources *s, struct span holding, sources_look *look, void *user);
/* The outline of a text, borrowed until the next call; NULL when its language is not known. */
const struct outline *sources_outline(struct sources *s, struct span path, struct span text);

/* Lines of a text: `line_off` gets an entry for each, and one behind the last. Returns how many lines. */
uint32_t source_lines(struct span text, uint32_t **line_off, size_t *cap);

#endif
