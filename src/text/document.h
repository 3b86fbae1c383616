/* A YAML file as a tree of nodes, each with its place. The only module that sees libyaml.
 *
 * Filters need little of YAML: maps, lists and text. Anchors, aliases, tags and further documents are refused, and size, depth
 * and number of nodes are limited, so no file can make more work than its bytes. */
#ifndef CTXCUT_TEXT_DOCUMENT_H
#define CTXCUT_TEXT_DOCUMENT_H

#include "base/arena.h"
#include "base/err.h"
#include "base/span.h"

enum { DOCUMENT_BYTES_MOST = 1024 * 1024, DOCUMENT_DEPTH_MOST = 8, DOCUMENT_NODES_MOST = 20000 };

enum node_kind { NODE_TEXT, NODE_LIST, NODE_MAP };

struct node {
	enum node_kind kind;
	unsigned line, column; /* 1-based */
	struct span text;      /* NODE_TEXT; NUL behind it */
	bool plain;            /* NODE_TEXT: written without quotes */
	struct node *key;      /* child of a map: its key, NODE_TEXT */
	struct node *first, *next; /* children; the next sibling */
	struct node *last;
};

/* The nodes live in `arena`. Errors read "path:line:column: what: mend". */
enum err_code document_parse(struct node **out, struct arena *arena, struct span yaml, const char *path, struct err *err);

const char *node_kind_name(enum node_kind kind); /* "text", "a list", "a map" */

#endif
