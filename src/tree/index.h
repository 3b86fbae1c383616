/* A tree, looked at whole: every file with its facts, sorted by path, outlines packed. Several threads read the files; the result
 * does not depend on how many. Memory: about 200 bytes a file and INDEX_HELD_BYTES of outlines; further outlines wait on disk. */
#ifndef CTXCUT_TREE_INDEX_H
#define CTXCUT_TREE_INDEX_H

#include "base/err.h"
#include "tree/cache.h"
#include "tree/file.h"
#include "tree/walk.h"

enum { INDEX_HELD_BYTES = 64 * 1024 * 1024 };

enum index_words {
	INDEX_WORDS_NONE,
	INDEX_WORDS_OF_TESTS, /* of files that are tests by their path */
	INDEX_WORDS_OF_ALL,   /* also counts, for each word, the files that hold it */
};

/* Looks at a text while it is there; called by several threads at once, each with its own number below `threads`. */
typedef void index_look(void *user, unsigned thread, size_t file, const struct file_facts *facts, struct span text);

struct index_options {
	enum encoding encoding;
	unsigned threads;       /* 0: as many as there are processors for us */
	enum index_words words;
	struct walk_options walk;
	const struct language *const *languages; /* borrowed: only files of these; NULL: all */
	size_t language_count;
	/* Leaves entries out before they are read; NULL: none. `below`: the path from the starting point `root` on. */
	bool (*wanted)(void *user, size_t root, struct span path, struct span below);
	const struct hash128 *expected; /* or NULL: the options of the result that will be asked for (cache_result_expect) */
	bool cache;             /* what was found out before is not found out again (tree/cache.h) */
	index_look *look;       /* or NULL. With a look no file is taken from a cache */
	void *user;             /* of both */
};

struct index_file {
	struct span path;      /* borrowed: as the caller would open it, so with its starting point before it */
	enum walk_kind kind;   /* all below but trouble is only set for WALK_FILE */
	enum file_nature nature;
	const struct language *language; /* or NULL */
	uint64_t bytes, lines, tokens;
	struct hash128 hash;
	uint32_t symbol_count;
	uint32_t unbalanced_line;
	bool unbalanced;
	bool is_test;          /* by its path */
	enum err_code code;    /* not ERR_OK: `trouble` says why it was not read, or that it changed meanwhile */
	const char *trouble;   /* borrowed, or NULL */
};

struct tree_index;

/* Walks. Each path is a folder or a file, from which the walk starts; what two of them reach is listed once. ERR_INPUT: one of
 * them is not there; the others are listed all the same. *out is always set. The options are borrowed until the scan is over. */
enum err_code tree_index_walk(struct tree_index **out, const char *const *paths, size_t path_count,
                              const struct index_options *options, struct err *err);
/* Reads the files. Until then entries have a path and a kind only. */
void tree_index_scan(struct tree_index *x);
/* Both. */
enum err_code tree_index_build(struct tree_index **out, const char *const *paths, size_t path_count,
                               const struct index_options *options, struct err *err);
void tree_index_free(struct tree_index *x); /* safe on NULL */

/* What stands before the paths of a starting point: "./src//" gives "src/", "." nothing. */
void tree_index_prefix(struct buf *out, const char *path);

size_t tree_index_count(const struct tree_index *x);
const struct index_file *tree_index_file(const struct tree_index *x, size_t i);
size_t tree_index_find(const struct tree_index *x, struct span path); /* SIZE_MAX: no such file */
/* The top folder of the repository in which the first path lies, or "". Borrowed. */
const char *tree_index_repository(const struct tree_index *x);

/* The cache of the first path, or NULL; and whether the walk from there can be told from any other of the same tree by *state. */
struct cache *tree_index_cache(const struct tree_index *x);
bool tree_index_state(const struct tree_index *x, struct hash128 *state);

/* What reading rows needs; one for each thread, zeroed at first. */
struct index_cursor {
	struct buf row;
	struct file_facts facts; /* of the file unpacked last */
	struct buf words;        /* uint32_t, ascending */
};
void index_cursor_release(struct index_cursor *c);

/* The outline of a file, borrowed from the cursor until its next use; empty where there is none. */
const struct outline *tree_index_outline(struct tree_index *x, size_t i, struct index_cursor *c);
/* Its words, as far as INDEX_WORDS asked for them; borrowed from the cursor. Returns how many. */
size_t tree_index_words(struct tree_index *x, size_t i, struct index_cursor *c, const uint32_t **out);

/* How many files hold a word (tree/words.h); at least. 0 without INDEX_WORDS_OF_ALL. */
uint32_t tree_index_files_with(const struct tree_index *x, uint32_t word);

#endif
