/* The bytes of one input, held so that chosen lines can be read again.
 *
 * A plain file is read again from its path. A stream stays in memory while it is small; a larger one goes to the store as it
 * comes, or, without a store, to a spool (input/original.h). When the store fails midway the rest goes to the spool, and no
 * reference is given out (promise P10). */
#ifndef CTXCUT_API_HELD_H
#define CTXCUT_API_HELD_H

#include "base/buf.h"
#include "base/err.h"
#include "base/hash.h"
#include "input/original.h"
#include "store/store.h"

struct held {
	struct store *store;          /* borrowed; NULL: streams are not stored */
	struct original *file;        /* owned: a plain file */
	struct buf memory;            /* owned: a stream while it is small */
	size_t memory_bytes;          /* beyond this it moves on */
	struct store_writer *writer;  /* owned: a large stream on its way to the store */
	uint64_t writer_bytes;
	struct original *spool;       /* owned: what neither memory nor store took, from spool_off on */
	uint64_t spool_off;
	struct hasher *hasher;        /* owned */
	uint64_t bytes;
	struct err store_err;         /* why nothing is stored, code ERR_OK when all is well */
};

void held_init_stream(struct held *h, struct store *store, size_t memory_bytes);
enum err_code held_init_file(struct held *h, const char *path, struct err *err);
void held_release(struct held *h);

/* Adds the next bytes: always hashes, and for a stream keeps. */
void held_append(struct held *h, struct span bytes);
enum err_code held_read(struct held *h, uint64_t off, void *into, size_t len, struct err *err);
struct hash128 held_hash(const struct held *h);
/* Makes a stream permanent and gives its id; ERR_STORE when it cannot be. For a file: nothing to do. */
enum err_code held_commit(struct held *h, char id[33], struct err *err);

#endif
