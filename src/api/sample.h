/* Evenly spread blocks of an input, gathered as it comes, whatever its length will be: when they are too many, every second one
 * is dropped and the next ones stand twice as far apart. Which blocks these are depends on the length alone. */
#ifndef CTXCUT_API_SAMPLE_H
#define CTXCUT_API_SAMPLE_H

#include <stdint.h>

#include "base/buf.h"
#include "base/span.h"

enum { SAMPLE_BYTES = 1024, SAMPLES_MOST = 1024 }; /* of inputs past 4 MiB at least half as many: within one in a hundred or so */

struct sample {
	struct buf bytes;   /* owned: the blocks, one behind the other; the last one may be incomplete */
	uint64_t stride, next; /* from block to block; where the next one begins */
};

void sample_release(struct sample *s); /* safe on a zeroed struct, which is an empty sample */
/* The next bytes, which begin at off. */
void sample_feed(struct sample *s, uint64_t off, struct span bytes);
size_t sample_count(const struct sample *s); /* whole blocks */
struct span sample_block(const struct sample *s, size_t i);

#endif
