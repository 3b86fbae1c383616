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
	uint16_t *met;                  /* owned: by their bits, the forms met last, known or not */
};

void known_init(struct known *k);
void known_release(struct known *k);
/* Whether the form was met before, not too long ago (or one much like it); now it was. A log of random identifiers has lines
 * whose forms never come again: what is known only of forms that do leaves room, and stays in the cache. */
bool known_met(struct known *k, uint64_t form);
/* A slot for a form that is not there; the caller fills it, but for `form`. Another line may have to go: it is copied to `gone`,
 * whose form is 0 when there is none. */
struct known_line *known_add(struct known *k, uint64_t form, struct known_line *gone);

/* The first place of those that forms may stand at which share it with this one. */
static inline struct known_line *known_place(const struct known *k, uint64_t form)
{
	return k->lines + (size_t)(form & (k->sets - 1)) * KNOWN_WAYS;
}

/* Never 0, which marks a place that is free. */
static inline uint8_t known_mark(uint64_t form) { return (uint8_t)(form >> 56 | 1); }

/* What will be read or written when the form is looked for, and added when it is not there: to be prefetched. (A function that
 * does nothing but prefetch counts as one that does nothing, to GCC 12.) */
static inline const struct known_line *known_expected(const struct known *k, uint64_t form)
{
	const uint8_t *marks = k->marks[form & (k->sets - 1)];
	size_t way = 0;
	while (way + 1 < KNOWN_WAYS && marks[way] != known_mark(form))
		way++;
	return known_place(k, form) + way;
}

/* The line of this form further back than the first place, or NULL. Moves it one up, so that what comes often stays. */
struct known_line *known_find_behind(const struct known *k, uint64_t form);

/* The line of this form, or NULL. Valid until the next known_add or known_find. */
static inline struct known_line *known_find(const struct known *k, uint64_t form)
{
	struct known_line *first = known_place(k, form);
	/* The marks of all places are in the processor's cache, the places are not. */
	return k->marks[form & (k->sets - 1)][0] == known_mark(form) && first->form == form ? first : known_find_behind(k, form);
}

#endif
