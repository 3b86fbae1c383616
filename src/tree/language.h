/* A language, as its profile describes it: how comments and strings are written, how blocks begin and end, and which statement
 * heads define something. Profiles are data, filters/languages/<name>.yaml (see its README), built into the program; a further
 * language is a file there with samples, no C. A profile is parsed and its patterns compiled when its language is first met. */
#ifndef CTXCUT_TREE_LANGUAGE_H
#define CTXCUT_TREE_LANGUAGE_H

#include "base/err.h"
#include "base/span.h"

struct language; /* constant; shared by all threads */

/* By name, extension, first line ("#!", modelines) and, where an extension serves two languages (.h, .m, .pl), by the text.
 * `head` is up to 64 KiB of the file's begin. NULL: none that is known. */
const struct language *language_of(struct span path, struct span head);
const struct language *language_named(struct span name); /* "c", "python"; also the names in `aliases`. NULL: none */
const char *language_name(const struct language *l);     /* "c++", "python": lower case, as in the file's `name` */

size_t language_count(void);
const struct language *language_at(size_t i); /* sorted by name */

#endif
