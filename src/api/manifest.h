/* A manifest on its way: options, the tree once it was read, what was said of it. Internal to src/api. */
#ifndef CTXCUT_API_MANIFEST_H
#define CTXCUT_API_MANIFEST_H

#include "base/arena.h"
#include "ctxcut.h"
#include "render/manifest.h"
#include "tree/changed.h"

struct strings {
	char **at; /* owned, each owned */
	size_t count, cap;
};

enum manifest_format { MANIFEST_TEXT, MANIFEST_JSON, MANIFEST_CTAGS, MANIFEST_MARKDOWN };

struct ctxcut_manifest {
	/* Options. */
	enum manifest_format format;
	size_t budget_tokens; /* SIZE_MAX: none */
	enum encoding encoding;
	struct buf query;
	bool no_ignore, hidden, no_cache;
	unsigned threads;
	char *changed;                  /* owned, or NULL */
	char *document, *document_name; /* owned, or NULL: resolved, and as it was given */
	struct strings globs, paths, messages;
	const struct language **languages; /* owned */
	size_t language_count, language_cap;
	/* The tree. */
	struct index_options options;
	bool scanned;    /* else only walked: the result may be known already */
	struct span *gone;         /* owned; with `changed`: paths that the tree has not any more, in `gone_text` */
	size_t gone_count, gone_cap;
	struct arena gone_text;
	struct changed **differs; /* owned: for each path; NULL without `changed` */
	struct tree_index *index; /* owned */
	struct import_map *imports; /* owned */
	struct test_links links;
	struct importance *importance; /* owned; made when it is first needed */
	struct err err;
};

/* Reads the tree now, if that was put off. */
void manifest_read(struct ctxcut_manifest *m);

/* Adds the text form, or Markdown when that is the format; after the scan. */
void manifest_write_text(struct ctxcut_manifest *m, struct buf *out);

#endif
