/* What a file is, told from its name and its bytes: who is meant to read it. Facts of names: the lists that package managers
 * document for their lock files, and the folders into which they put others' code. */
#ifndef CTXCUT_TREE_NATURE_H
#define CTXCUT_TREE_NATURE_H

#include "base/span.h"
#include "tree/file.h"

bool nature_is_lock_file(struct span name);
/* Below a folder of others' code. `path` is relative to where the walk began, so whoever starts inside one sees sources. */
bool nature_is_vendored(struct span path);
/* A comment near the begin says that a program wrote the file. */
bool nature_says_generated(struct span head);
/* By its name (x.min.js), or mostly overlong lines in a language that has minifiers. */
bool nature_is_minified(struct span name, const struct language *language, struct span text);

#endif
