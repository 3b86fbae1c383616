/* How useful it is to know of a file or a definition before anything else is known of a tree. A file counts by what it defines, by
 * how many files import it and name its definitions, by its place (an entry point, a README, a build file, near the top) and by its
 * nature; with a query, by how well it answers that. A definition counts by its file, its kind, and how many files name it. */
#ifndef CTXCUT_TREE_IMPORTANCE_H
#define CTXCUT_TREE_IMPORTANCE_H

#include "tree/imports.h"

struct importance;

/* The index must have been built with INDEX_WORDS_OF_ALL. query: "" for none. With one, files are read again. The roots are
 * borrowed for the call only. */
struct importance *importance_new(struct tree_index *x, const struct import_map *imports, struct span query);
void importance_free(struct importance *p); /* safe on NULL */

double importance_of_file(const struct importance *p, size_t file); /* 0: of no use */
/* Of symbol k of a file whose outline is at hand. */
double importance_of_symbol(const struct importance *p, size_t file, const struct outline *o, size_t k);

#endif
