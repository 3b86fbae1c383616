/* Lines whose form (text/kernel.h) came before: what was found out then holds again, and they are not looked at a second time.
 *
 * A bounded cache. What it gives is what would be found by looking, so which lines it happens to hold changes nothing. What
 * does depend on digits is marked (VERDICT_VOLATILE) and judged for each line. */
#ifndef CTXCUT_LOG_KNOWN_H
#define CTXCUT_LOG_KNOWN_H

#include <stdint.h>

#include "log/look.h"

struct known_line {
	uint64_t form;          /* hash; 0: an empty slot */
	struct verdict verdict;
	uint32_t shape;
	uint16_t skip;
	uint8_t cut;
	uint8_t facts;          /* enum look_fact */
	uint8_t event;          /* enum peel_event */
	uint32_t memo;          /* of the filters */
};

struct known {
	struct known_line *lines; /* owned */
	size_t sets, added;
};

void known_init(struct known *k);
void known_release(struct known *k);
/* Soon to be looked for. */
void known_prefetch(const struct known *k, uint64_t form);
/* The line of this form, or NULL. Valid until the next known_add. */
struct known_line *known_find(struct known *k, uint64_t form);
/* A slot for a form that is not there; another line may have to go. The caller fills it, but for `form`. */
struct known_line *known_add(struct known *k, uint64_t form);

#endif
