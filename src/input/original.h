/* The bytes of an input, readable again at any offset while the run lasts, so that the second look (printing the
 * chosen lines) never needs them all in memory. A plain file is read from its path; a stream is held in memory up to
 * a limit, then spooled to an unlinked temporary file (input/blocks.h), but for what is known not to be wanted any more;
 * without any disk it keeps what fits, and reads of what is gone fail. */
#ifndef CTXCUT_INPUT_ORIGINAL_H
#define CTXCUT_INPUT_ORIGINAL_H

#include <stdint.h>

#include "base/err.h"
#include "base/span.h"

struct original;

/* Opens its own descriptor; remembers size and identity so that a file changed since is noticed (ERR_CHANGED on
 * read). */
enum err_code original_of_file(struct original **out, const char *path, struct err *err);
/* For a stream: bytes are appended as they come. memory_bytes: held in memory before spooling. */
struct original *original_of_stream(size_t memory_bytes);
/* ERR_LIMIT once neither disk nor memory takes more; later appends are counted, not kept. */
enum err_code original_append(struct original *o, struct span bytes, struct err *err);
/* Bytes [from, to) of a stream, all of them appended, will not be read: their room may be used for others. Another thread
 * may append meanwhile. */
void original_forget(struct original *o, uint64_t from, uint64_t to);
/* What is left of the bytes before `to` will stay. */
void original_settle(struct original *o, uint64_t to);
uint64_t original_kept(struct original *o); /* bytes of a stream that take room, in whole blocks */

uint64_t original_size(const struct original *o);
/* Exactly len bytes at off into `into`, or an error. */
enum err_code original_read(struct original *o, uint64_t off, void *into, size_t len, struct err *err);
/* Closes a file's descriptor until the next read, which then fails with ERR_CHANGED when the path leads to another file. */
void original_rest(struct original *o);
void original_free(struct original *o);

#endif
