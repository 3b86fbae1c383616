/* One file of a tree, looked at once: what it is, its size in every measure, its outline. */
#ifndef CTXCUT_TREE_FILE_H
#define CTXCUT_TREE_FILE_H

#include <stdint.h>

#include "base/err.h"
#include "base/hash.h"
#include "text/tokens.h"
#include "tree/outline.h"
#include "tree/walk.h"

enum file_nature {
	FILE_SOURCE,     /* outlined when its language is known */
	FILE_GENERATED,  /* says so itself, or is a lock file */
	FILE_MINIFIED,
	FILE_VENDORED,   /* below vendor/, node_modules/, third_party/ … */
	FILE_BINARY,
	FILE_HUGE,       /* more bytes than FILE_OUTLINED_BYTES_MOST: counted, not outlined */
	FILE_NATURES
};
const char *file_nature_name(enum file_nature n);

enum { FILE_OUTLINED_BYTES_MOST = 16 * 1024 * 1024 };

struct file_facts {
	enum file_nature nature;
	const struct language *language; /* or NULL */
	uint64_t bytes, lines, tokens;   /* lines: LFs, and one more for a last line without; tokens 0 for FILE_BINARY */
	struct hash128 hash;             /* XXH3-128 of the bytes */
	struct outline outline;          /* empty unless FILE_SOURCE (natures other than source are counted, not outlined) */
};

/* Buffers of one thread. */
struct file_reader;
struct file_reader *file_reader_new(enum encoding encoding);
void file_reader_free(struct file_reader *r); /* safe on NULL */

/* Reads and measures the entry (small files by read() into a reused buffer, large ones in windows, so that memory stays bounded).
 * *facts keeps its capacity from call to call. ERR_INPUT: it cannot be read; ERR_CHANGED: it changed while it was read (size or
 * time of change differ before and after), and the facts are those of the bytes read. `text`, when not NULL, borrows the
 * bytes until the next call (empty for FILE_HUGE and FILE_BINARY). */
enum err_code file_read(struct file_reader *r, const struct walk_entry *entry, struct file_facts *facts, struct span *text,
                        struct err *err);
void file_facts_release(struct file_facts *facts);

uint64_t file_count_newlines(struct span text);

#endif
