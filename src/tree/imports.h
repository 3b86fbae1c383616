/* Which file of a tree an import names. Imports are resolved by the names of files alone, not by a language's search rules: the
 * file whose path ends with the most of the import's parts, of a language that can be imported from there, nearest to the
 * importing file. What names something outside the tree has no answer. */
#ifndef CTXCUT_TREE_IMPORTS_H
#define CTXCUT_TREE_IMPORTS_H

#include "tree/index.h"

struct import_map;
struct import_map *import_map_new(const struct tree_index *x); /* borrows x */
void import_map_free(struct import_map *m);                    /* safe on NULL */

/* The file that `import` (one line of outline.imports) means in file `from`; SIZE_MAX: none, or none that is certain. */
size_t import_resolve(const struct import_map *m, size_t from, struct span import);

/* Whether files of two languages can be parts of one program that import one another: C and C++, JavaScript and TypeScript … */
bool languages_mix(const struct language *a, const struct language *b);

#endif
