/* One frame: a piece of content as a zstd frame of its own, with zstd's checksum and content size in it, so that
 * the plain zstd program reads a run of them. The only part of the store that sees zstd.h. */
#ifndef CTXCUT_STORE_FRAME_H
#define CTXCUT_STORE_FRAME_H

#include "base/err.h"
#include "base/span.h"

enum {
	FRAME_BYTES = 1024 * 1024, /* content of every frame but the last */
	/* Measured on 62 MB of CI logs, frames of 1 MiB, one thread: level 1 825 MB/s and a ratio of 11.9, level 2
	 * 539 MB/s and 12.5, level 3 226 MB/s and 12.6, level -1 452 MB/s and 9.8. */
	FRAME_LEVEL = 1,
};

/* Compresses; owns the buffer that the results live in. */
struct packer;
struct packer *packer_new(void);
void packer_free(struct packer *p);
/* At most FRAME_BYTES of content. Deterministic for one version of zstd. *out is borrowed until the next call. */
enum err_code packer_pack(struct packer *p, struct span content, struct span *out, struct err *err);

struct unpacker;
struct unpacker *unpacker_new(void);
void unpacker_free(struct unpacker *u);
/* Exactly `len` bytes into `into`, or ERR_STORE: anything else in the frame counts as damage. */
enum err_code unpacker_unpack(struct unpacker *u, struct span frame, void *into, size_t len, struct err *err);

/* An upper bound of a frame's size. */
size_t frame_max_bytes(void);

#endif
