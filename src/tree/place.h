/* Which file of a tree a path from elsewhere means: a trace was written in a container, on a build machine, on Windows, or names
 * only the file. The tree's path that has the longest run of last parts in common with it is meant; of two alike neither is. */
#ifndef CTXCUT_TREE_PLACE_H
#define CTXCUT_TREE_PLACE_H

#include <stdint.h>

#include "base/buf.h"
#include "base/span.h"
#include "tree/mention.h"

struct places; /* owns copies of the paths */
struct places *places_new(void);
void places_free(struct places *p); /* safe on NULL */

/* Adds a path of the tree, relative to its top, '/' between its parts. Returns its number, from 0. */
uint32_t places_add(struct places *p, struct span path);
size_t places_count(const struct places *p);
struct span places_path(const struct places *p, uint32_t i);

enum { PLACES_ALIKE_MOST = 16 };

struct place_match {
	uint32_t at[PLACES_ALIKE_MOST]; /* the paths that fit equally well, in the order added */
	size_t count;                   /* 0: none. More than 1: it cannot be told which is meant */
	size_t all;                     /* how many fit, also beyond what `at` holds */
};

/* Whether the path of the mention, or its wide form, names a file of the tree. What stands in a folder of others' code (/usr,
 * node_modules, site-packages …) names none, unless the tree has that folder. The package in a JVM frame counts as folders. */
void places_find(const struct places *p, const struct mention *m, struct place_match *out);
/* The same for a path alone, as a user writes it: its last parts are enough. */
void places_find_path(const struct places *p, struct span path, struct place_match *out);

/* The path with '/' for '\', without a drive, "." and ".." (which takes the part before with it; at the front it is dropped).
 * Appended. */
void place_normal(struct span path, struct buf *out);
/* Whether a path lies in a folder of libraries or of the system. */
bool place_is_foreign(struct span path);

#endif
