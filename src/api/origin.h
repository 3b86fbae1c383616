/* What a reference names, as lines that can be read forward: a file (decoded) or an original in the store. */
#ifndef CTXCUT_API_ORIGIN_H
#define CTXCUT_API_ORIGIN_H

#include "api/reference.h"
#include "base/hash.h"
#include "base/span.h"
#include "store/store.h"

struct origin;

/* `store` is only looked at for a stored original, and may be NULL for a file. The reference is borrowed for the call.
 * ERR_MISSING when there is no such file or original. */
enum err_code origin_open(struct origin **out, const struct reference *r, struct store *store, struct err *err);
void origin_free(struct origin *o); /* safe on NULL */

/* Lines first..last byte for byte to sink, in pieces of any size. Calls must go forward: first is beyond the last
 * line of the call before. What a file holds before a read error is given before the error is returned. */
enum err_code origin_lines(struct origin *o, uint64_t first, uint64_t last, store_sink *sink, void *user,
			   struct err *err);

/* Reads on to the end. lines: how many there are; hash: of the whole content, for
 * a reference that has one. Either may be NULL. */
enum err_code origin_finish(struct origin *o, uint64_t *lines, struct hash128 *hash, struct err *err);
/* Whether the end has been met, so that origin_finish costs nothing; always so for a stored original. */
bool origin_at_end(const struct origin *o);

#endif
