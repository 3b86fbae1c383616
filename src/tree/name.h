/* Names of definitions as people write them (`Cart.add`, `cart::add`, `shop.cart.Cart.add`, `#add`) against outlines; where a text
 * uses a name; which name comes nearest to a word. */
#ifndef CTXCUT_TREE_NAME_H
#define CTXCUT_TREE_NAME_H

#include "tree/outline.h"

enum { NAME_PARTS_MOST = 16 };

struct name_query {
	struct span parts[NAME_PARTS_MOST]; /* borrowed; scopes first, the name last */
	size_t count;
};

/* False: the text is no name. */
bool name_query_parse(struct name_query *q, struct span text);
static inline struct span name_query_last(const struct name_query *q) { return q->parts[q->count - 1]; }

/* How well a symbol fits, 0: not at all. The query's parts must be the last parts of the symbol's qualified name, before which the
 * parts of its path count as scopes. The same case beats another, functions and types beat variables, all parts beat some, code
 * beats tests. */
unsigned name_match(const struct name_query *q, struct span path, const struct outline *o, const struct symbol *s);

/* Where the whole word `name` stands next, from offset `from` on; SIZE_MAX: nowhere. */
size_t name_find(struct span text, struct span name, size_t from);
enum name_use {
	NAME_MENTIONED, /* in a comment, a string's text or another word's place */
	NAME_USED,
	NAME_CALLED,
};
/* What the word at this offset is: called when a parenthesis (or `!(`, `<T>(`) follows. By its line alone. */
enum name_use name_use_at(struct span text, size_t off, struct span name);

/* How far two names are apart: 0 for the same words in another notation, else a number of changes; UINT32_MAX: they do not resemble
 * one another. */
uint32_t name_distance(struct span a, struct span b);

#endif
