/* The index of an object: where its frames end and how many newlines stand before, and what the whole content is.
 * In the file it is a skippable zstd frame behind the data frames (FORMAT.md); in memory 16 bytes per MiB of
 * content. */
#ifndef CTXCUT_STORE_INDEX_H
#define CTXCUT_STORE_INDEX_H

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/hash.h"

struct frame_end {
	uint64_t off;      /* in the file, of the first byte behind the frame */
	uint64_t newlines; /* in the content up to the frame's end */
};

struct index {
	struct frame_end *frames; /* owned; frame i holds content bytes i*FRAME_BYTES … */
	size_t count, cap;
	uint64_t content_bytes;
	uint64_t lines; /* an unterminated last line counts */
	struct hash128 hash;
};

void index_release(struct index *x);
/* The next frame: its size in the file, its content's size and newlines. Does not touch lines and hash. */
void index_add(struct index *x, size_t packed_bytes, size_t content_bytes, uint64_t newlines);

uint64_t index_frame_begin(const struct index *x, size_t i); /* offset in the file */
uint64_t index_newlines_before(const struct index *x, size_t i);
size_t index_frame_content(const struct index *x, size_t i); /* bytes of content in frame i */

/* The skippable frame, ready to be written behind the data. ERR_LIMIT past 2^29 frames (512 TiB). */
enum err_code index_write(const struct index *x, struct buf *out, struct err *err);
/* Reads it from the end of an object. ERR_STORE when it is damaged or not an object of this format. */
enum err_code index_read(struct index *x, int fd, struct err *err);

#endif
