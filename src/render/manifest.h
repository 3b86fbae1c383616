/* A tree's manifest in its four forms. Output is a pure function of the tree and the options. */
#ifndef CTXCUT_RENDER_MANIFEST_H
#define CTXCUT_RENDER_MANIFEST_H

#include "text/tokens.h"
#include "tree/importance.h"
#include "tree/index.h"
#include "tree/links.h"

struct manifest {
	struct tree_index *index;       /* borrowed, as all here */
	const struct test_links *links;
	enum encoding encoding;
	unsigned threads;               /* 1 or more: who renders JSON */
	const struct importance *importance; /* text and Markdown only */
	size_t budget_tokens;                /* SIZE_MAX: none */
	bool markdown;
	const struct span *gone;             /* paths that a revision has and the tree has not */
	size_t gone_count;
};

/* Takes bytes of output; anything but 0 stops. */
typedef int manifest_sink(void *user, const char *bytes, size_t len);

/* JSON Lines, as manifest.schema.json beside this file says: a record for each file, sorted by path, and a summary as the last.
 * ERR_OUTPUT: the sink stopped. */
enum err_code manifest_json(const struct manifest *m, manifest_sink *sink, void *user);

/* Sorted, in the extended format of ctags(1), with an `end` field. */
enum err_code manifest_ctags(const struct manifest *m, manifest_sink *sink, void *user);

/* For a reader with a budget: the most useful files and definitions, most useful file first, and what is left out counted by
 * folder. A file is a line PATH:1-LINES, a definition below it a line :A-B SIGNATURE, so that path and range together are a
 * reference. Never more than budget_tokens (of which there are 100 at least) by an exact count of what is appended. */
void manifest_text(const struct manifest *m, struct buf *out);

/* ---- pieces of it, for tests and for the writers ---- */

/* What a definition's line says behind its range. SYMBOL_UNSURE_MARK follows where its end is a guess. */
#define SYMBOL_UNSURE_MARK " (end unsure)"
void symbol_text(struct buf *out, const struct outline *o, size_t k);


/* A path in JSON. A path is bytes, JSON is Unicode: one that is not UTF-8 has each byte that is not, and each %, as %NN, and the
 * member "path_encoding":"percent" says so. */
void json_add_path(struct buf *out, struct span path);
/* The bytes again. */
void path_from_percent(struct buf *out, struct span text);

/* A path in a line of text: as it is, or in double quotes with octal escapes, as git prints paths, when it holds control
 * characters, invalid UTF-8, a double quote or a backslash, or a blank at an end. */
void text_add_path(struct buf *out, struct span path);
/* Takes a path so written off the front of *text; false: it is not well-formed. `end`: what stands behind an unquoted path. */
bool text_take_path(struct span *text, const char *end, struct buf *out);

#endif
