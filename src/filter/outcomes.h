/* What came of lines, by their form and by where the filters stood: what to do when such a line comes again, without asking.
 *
 * A bounded cache: what it gives is what asking would give, so which lines it happens to hold changes nothing. */
#ifndef CTXCUT_FILTER_OUTCOMES_H
#define CTXCUT_FILTER_OUTCOMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum outcome_fact {
	OUTCOME_ASK = 1,        /* each such line is asked about */
	OUTCOME_ON_SUCCESS = 2, /* what the record waits for */
	OUTCOME_ON_FAILURE = 4,
	OUTCOME_KEYED = 8,      /* lines are joined by what stands at .key */
	OUTCOME_DIGITS = 16,    /* it depends on the digits at .digits as well */
};
enum { OUTCOME_DIGITS_MOST = 8 };

/* Half a cache line. */
struct outcome {
	uint64_t of;      /* the line and the state that it met; 0: nothing */
	union {
		struct {
			union {
				uint64_t group; /* scan_judged.group */
				struct {
					uint16_t begin, end, rule, slot;
				} key;
			};
			uint32_t next;   /* the state behind the line */
			uint8_t opens;   /* 1 + the slot of the filter of which a block begins; 0: none does */
			uint8_t touches; /* of filters of which a rule matched: a bit for each slot */
			uint8_t class;   /* enum filter_class: FILTER_CLASS_NONE leaves the record as it is */
		};
		uint16_t digits[OUTCOME_DIGITS_MOST]; /* places in the line; unused ones repeat the last */
	};
	uint8_t facts;    /* enum outcome_fact */
};

struct outcomes {
	struct outcome *at; /* owned */
	size_t count, added;
};

void outcomes_init(struct outcomes *o);
void outcomes_release(struct outcomes *o);
/* NULL: nothing is known. Valid until the next call. */
const struct outcome *outcomes_find(const struct outcomes *o, uint64_t of);
void outcomes_add(struct outcomes *o, const struct outcome *outcome);

#endif
