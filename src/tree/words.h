/* The words of a text that may be names: which there are, as 32-bit hashes. Two words of one hash in a tree only make a count a
 * little too high. Words of fewer than WORD_BYTES_LEAST bytes and of digits first are no names. */
#ifndef CTXCUT_TREE_WORDS_H
#define CTXCUT_TREE_WORDS_H

#include <stdint.h>

#include "base/span.h"

enum { WORD_BYTES_LEAST = 3 };

struct words; /* scratch of one thread */
struct words *words_new(void);
void words_free(struct words *w); /* safe on NULL */

/* The distinct words of the text, ascending by hash; borrowed until the next call. */
size_t words_of(struct words *w, struct span text, const uint32_t **out);

uint32_t word_hash(struct span word);

/* Whether a word is hardly met by chance: parse_frame, WebhookHandler and reconnect are not; run, Data and element are. */
bool word_is_telling(struct span word);

#endif
