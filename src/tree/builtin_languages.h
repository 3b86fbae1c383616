/* The profiles as the build lays them out (filters/make_languages.c): what tells a language is ready, the rest is text that is
 * read when its language is first met. Lists end with NULL. */
#ifndef CTXCUT_TREE_BUILTIN_LANGUAGES_H
#define CTXCUT_TREE_BUILTIN_LANGUAGES_H

#include <stddef.h>

struct builtin_claim {
	const char *extension;
	const char *pattern; /* of a line; "": takes what no other language claims */
	const char *const *first;
};

struct builtin_language {
	const char *name, *path;
	const char *yaml;
	size_t yaml_bytes;
	const char *const *aliases, *const *extensions, *const *files, *const *interpreters;
	const struct builtin_claim *claims;
	size_t claim_count;
};

extern const struct builtin_language builtin_languages[]; /* sorted by name */
extern const size_t builtin_language_count;

#endif
