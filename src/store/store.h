/* The store of originals (DESIGN section 11): content-addressed by XXH3-128, zstd in independent frames with an
 * index of lines, so that any line range or byte range is read by decompressing one or two frames.
 *
 * Files 0600 in a 0700 folder: $CTXCUT_STORE, else $XDG_STATE_HOME/ctxcut, else $HOME/.local/state/ctxcut. Written
 * under a temporary name, synced, renamed; safe with many processes and with a kill at any moment: an object is
 * whole or absent. Bounded by a size cap with oldest-first eviction, never of what this process just wrote or of
 * what is being read. The object format is documented in store/FORMAT.md and readable with zstd and a shell. Sees
 * only src/base. */
#ifndef CTXCUT_STORE_STORE_H
#define CTXCUT_STORE_STORE_H

#include <stdint.h>

#include "base/err.h"
#include "base/hash.h"
#include "base/span.h"

struct store;

/* dir NULL: the default place. cap_bytes 0: the default cap (1 GiB, or CTXCUT_STORE_CAP). Creates nothing yet. */
enum err_code store_open(struct store **out, const char *dir, uint64_t cap_bytes, struct err *err);
void store_free(struct store *s);
const char *store_dir(const struct store *s);

/* Writing. The object is visible only after commit. */
struct store_writer;
enum err_code store_begin(struct store *s, struct store_writer **out, struct err *err);
/* A thread of its own packs and writes, about 6 MiB of memory in all; it takes no signals. */
enum err_code store_append(struct store_writer *w, struct span bytes, struct err *err);
/* What was appended so far, readable before commit (the second look of a running reduction). After a failed append,
 * which fails all later ones too, what had been written by then. */
enum err_code store_writer_read(struct store_writer *w, uint64_t off, void *into, size_t len, struct err *err);
uint64_t store_writer_appended(const struct store_writer *w); /* bytes taken, also after an append that failed */
/* No more will be appended: writes what is left and gives back memory. Reads and commit go on to work. */
enum err_code store_writer_rest(struct store_writer *w, struct err *err);
struct hash128 store_writer_hash(const struct store_writer *w); /* of all, after rest */
/* After a failure: hands out the bytes that were appended but cannot be read back, the first of which has offset `from`.
 * Returns `from`; what stands before it can still be read. Nothing can be appended or committed any more. */
typedef void store_salvage(void *user, uint64_t from, struct span bytes);
uint64_t store_writer_salvage(struct store_writer *w, store_salvage *take, void *user);
/* After salvage: what has hashed all bytes that were appended, to go on with. Owned by the caller. */
struct hasher *store_writer_take_hasher(struct store_writer *w);
/* id receives the shortest unambiguous id, at least 8 hex digits of the content hash (same content, same id), or
 * "". An original whose object would be larger than the cap is refused (ERR_STORE) here, not while it is appended:
 * until then it can be read back. */
enum err_code store_commit(struct store_writer *w, char id[33], struct err *err);
void store_abort(struct store_writer *w); /* also frees; safe on NULL. commit frees as well. */

/* Reading. id: a unique prefix (≥ 4 hex digits) of the hash. ERR_MISSING when there is none, ERR_USAGE when
 * ambiguous. */
struct store_reader;
enum err_code store_get(struct store *s, const char *id, struct store_reader **out, struct err *err);
uint64_t store_reader_lines(const struct store_reader *r);
uint64_t store_reader_bytes(const struct store_reader *r);
struct hash128 store_reader_hash(const struct store_reader *r);
uint64_t store_reader_frames_read(const struct store_reader *r); /* frames decompressed so far */
typedef enum err_code store_sink(void *user, struct span bytes, struct err *err);
/* Lines first..last (1-based, inclusive; last may be UINT64_MAX), byte for byte, to sink. Frames are checked by
 * checksum. */
enum err_code store_read_lines(struct store_reader *r, uint64_t first, uint64_t last, store_sink *sink, void *user,
			       struct err *err);
/* Decompresses all of it and compares with the hash. */
enum err_code store_verify(struct store_reader *r, struct err *err);
void store_reader_free(struct store_reader *r);

/* For `ctxcut show --list` style use and tests. */
typedef void store_visit(void *user, const char *id_hex, uint64_t content_bytes, uint64_t disk_bytes);
enum err_code store_list(struct store *s, store_visit *visit, void *user, struct err *err);
enum err_code store_evict(struct store *s, uint64_t cap_bytes, struct err *err);

#endif
