/* A file's facts, outline and words as a row of bytes: what an index holds in memory and a cache on disk. Five to ten times smaller
 * than the structs. Nothing of it depends on the machine but that integers are little-endian by construction. */
#ifndef CTXCUT_TREE_PACKED_H
#define CTXCUT_TREE_PACKED_H

#include "base/buf.h"
#include "tree/file.h"

/* Raise it whenever the form or what is put into it changes: packed rows of another version are not read. */
enum { PACKED_VERSION = 1 };

/* Adds the row to `out`. `words`: hashes, ascending and distinct (tree/words.h). */
void packed_write(const struct file_facts *facts, const uint32_t *words, size_t word_count, struct buf *out);

/* False: the bytes are no such row (they may come from a damaged disk); *out is then empty. The
 * language is looked up by name: NULL when there is none of that name any more. */
bool packed_read(struct span row, struct file_facts *facts, struct buf *words);

/* The facts alone (the outline is only told by *symbol_count), or the words alone, as uint32_t in `words`. */
bool packed_read_head(struct span row, struct file_facts *facts, uint32_t *symbol_count);
bool packed_read_words(struct span row, struct buf *words);

#endif
