/* Lines whose form (text/kernel.h) came before: what was found out then holds again, and they are not looked at a second time.
 *
 * A bounded cache. What it gives is what would be found by looking, so which lines it happens to hold changes nothing. What
 * does depend on digits is marked (VERDICT_VOLATILE) and judged for each line. */
#ifndef CTXCUT_LOG_KNOWN_H
#define CTXCUT_LOG_KNOWN_H

#include <stdint.h>

#include "log/look.h"

/* One cache line; what the pass reads of a line that is settled comes first. */
struct known_line {
	uint64_t form;          /* hash; 0: an empty slot */
	union {
		struct {
			uint32_t states[2]; /* in these (scan_standing.state) the line is settled: it leaves the record below. 0: none */
			uint64_t last;      /* number of the last line that was settled */
		};
		uint16_t digits[8];         /* offsets in the line: what is settled stands with a form that these are mixed into */
	};
	uint32_t times;         /* how many were, since this was last added to the totals */
	uint32_t record_shape;  /* of the record: shape, worth, flags, class, role */
	float base;
	uint32_t next;          /* next, step, touches: as scan_judged tells them */
	uint16_t flags;
	uint8_t class, role;
	uint8_t step, touches;
	bool by_digits;         /* `digits` is what stands above */
	uint8_t cut;
	uint16_t skip;
	uint8_t facts;          /* enum look_fact */
	uint8_t event;          /* enum peel_event */
	uint32_t shape;
	struct verdict verdict;
};

enum { KNOWN_WAYS = 4 };

struct known {
	struct known_line *lines;       /* owned */
	uint8_t (*marks)[KNOWN_WAYS];   /* owned: a byte of each form, so that what is not there is not searched for */
	size_t sets, added;
};

void known_init(struct known *k);
void known_release(struct known *k);
/* A slot for a form that is not there; the caller fills it, but for `form`. Another line may have to go: it is copied to `gone`,
 * whose form is 0 when there is none. */
struct known_line *known_add(struct known *k, uint64_t form, struct known_line *gone);

/* The first place of those that forms may stand at which share it with this one. */
static inline struct known_line *known_place(const struct known *k, uint64_t form)
{
	return k->lines + (size_t)(form & (k->sets - 1)) * KNOWN_WAYS;
}

/* The line of this form further back than the first place, or NULL. Moves it one up, so that what comes often stays. */
struct known_line *known_find_behind(const struct known *k, uint64_t form);

/* The line of this form, or NULL. Valid until the next known_add or known_find. */
static inline struct known_line *known_find(const struct known *k, uint64_t form)
{
	struct known_line *first = known_place(k, form);
	return first->form == form ? first : known_find_behind(k, form);
}

#endif
