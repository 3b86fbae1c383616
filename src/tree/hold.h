/* Rows of bytes, added by several threads and read back when all have come. What exceeds the memory given goes to an unnamed
 * temporary file (TMPDIR, else /var/tmp, /tmp); without a disk it stays in memory. */
#ifndef CTXCUT_TREE_HOLD_H
#define CTXCUT_TREE_HOLD_H

#include <stdint.h>

#include "base/buf.h"
#include "base/span.h"

struct hold;
struct hold *hold_new(size_t memory_bytes);
void hold_free(struct hold *h); /* safe on NULL */

/* One for each thread; zeroed at first. */
struct hold_writer {
	struct hold *hold;
	size_t block, used;
	bool has_block;
};

struct hold_ref {
	uint32_t block, off;
	uint32_t len;
};

/* Rows of 4 GiB and more are refused: a ref of length 0. */
struct hold_ref hold_add(struct hold_writer *w, struct span row);

/* The row: borrowed from the hold, or from `scratch`. Empty when the disk does not give it back. */
struct span hold_read(struct hold *h, struct hold_ref ref, struct buf *scratch);

#endif
