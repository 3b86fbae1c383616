/* The bytes of an input, held so that chosen lines can be read again.
 *
 * A plain file is read again from its path. A stream that is to be stored stays in memory while it is small; a larger one goes
 * to the store as it comes. A stream that is not, or whose storing failed midway, goes to a spool (input/original.h), and no
 * reference is given out (promise P10). What all inputs hold in memory and keep open is bounded by the shelf they share, so
 * that a thousand of them need no more than one. */
#ifndef CTXCUT_API_HELD_H
#define CTXCUT_API_HELD_H

#include <sys/stat.h>

#include "api/sample.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/hash.h"
#include "input/original.h"
#include "store/store.h"

enum { SHELF_OPEN_FILES = 32 }; /* beyond, a file is opened anew for each read */

struct shelf {
	size_t memory_bytes;    /* of streams in memory, and again of the spool */
	size_t held_bytes;      /* in memory now */
	struct original *spool; /* owned: streams one behind the other; made at the first need */
	size_t open_files;
};

void shelf_init(struct shelf *s, size_t memory_bytes);
void shelf_release(struct shelf *s); /* after every held of it */

struct held {
	struct shelf *shelf;          /* borrowed */
	struct store *store;          /* borrowed; NULL: not stored, or no longer */
	bool scratch;                 /* a stream that was never to be stored: what is not wanted any more is forgotten */
	struct original *file;        /* owned: a plain file */
	bool file_open;
	struct buf memory;            /* owned: a stream while it is small */
	struct store_writer *writer;  /* owned: a large stream on its way to the store */
	bool spooled;                 /* from spool_off on the bytes stand in the spool, there from spool_at on */
	uint64_t spool_off, spool_at, salvaged_bytes;
	struct hasher *hasher;        /* owned, until held_close; NULL: memory or store hash */
	struct hash128 hash;
	uint64_t bytes;
	bool sampling;                /* set by who wants it */
	struct sample sample;         /* owned */
	struct err store_err;         /* why nothing is stored, code ERR_OK when all is well */
	struct err spool_err;         /* why what came later cannot be read again; likewise */
};

/* One stream of a shelf at a time is appended to; store NULL: it is spooled. */
void held_init_stream(struct held *h, struct shelf *shelf, struct store *store);
/* `before`: what stat said of the path before its source was opened. ERR_CHANGED when it says something else now: then what
 * the source reads may not be what a second look would find. */
enum err_code held_init_file(struct held *h, struct shelf *shelf, const char *path, const struct stat *before, struct err *err);
void held_release(struct held *h);

/* Adds the next bytes: always hashes, and for a stream keeps. */
void held_append(struct held *h, struct span bytes);
/* Bytes [from, to), all of which were appended, will not be read. Another thread may append meanwhile. */
void held_forget(struct held *h, uint64_t from, uint64_t to);
/* What is left of the bytes before `to` will stay. */
void held_settle(struct held *h, uint64_t to);
/* Bytes for which room is taken that held_forget might free; 0: it frees none. */
uint64_t held_scratch(struct held *h);
/* After the last byte: the hash is known, and what only appending needs is given back. */
void held_close(struct held *h);
enum err_code held_read(struct held *h, uint64_t off, void *into, size_t len, struct err *err);
/* Makes a stream permanent and gives its id; ERR_STORE when it cannot be. Afterwards it can no longer be read here. For a
 * file there is nothing to do. */
enum err_code held_commit(struct held *h, char id[33], struct err *err);

#endif
