/* Which tests cover which files, and why that is thought. Three signs, each with a confidence; they add up as independent ones:
 *   name     test_wallet.py and wallet.py: 90 %, 60 % where several files are meant equally or only the folder says that it is a test
 *   import   the test imports the file: 70 %, less when it imports many
 *   symbols  the test names functions or types that only this file defines: 30 to 80 %, by how many */
#ifndef CTXCUT_TREE_LINKS_H
#define CTXCUT_TREE_LINKS_H

#include "tree/imports.h"

enum link_reason { LINK_NAME = 1, LINK_IMPORT = 2, LINK_SYMBOLS = 4 };

struct test_link {
	uint32_t test, file;  /* index */
	uint32_t symbols;     /* names of the file that the test holds */
	uint8_t reasons;      /* of enum link_reason */
	uint8_t percent;      /* confidence */
};

struct test_links {
	struct test_link *by_test; /* owned; sorted by test, then falling confidence */
	struct test_link *by_file; /* owned; the same, sorted by file */
	size_t count, cap;
};

/* The index must have been built with INDEX_WORDS_OF_TESTS or more. */
void test_links_find(struct test_links *links, struct tree_index *x, const struct import_map *imports);
void test_links_release(struct test_links *links);

/* The links of one test, or of one file: count, and *out the first. */
size_t test_links_of_test(const struct test_links *links, size_t test, const struct test_link **out);
size_t test_links_of_file(const struct test_links *links, size_t file, const struct test_link **out);

#endif
