/* From records to values: applies what is known only at the end of the input (how often a template came, which segment was
 * the first to fail, how far its end is) and spreads context from anchors. DESIGN section 7, steps 2 to 5 and 7. */
#ifndef CTXCUT_SELECT_SCORE_H
#define CTXCUT_SELECT_SCORE_H

#include "log/scan.h"

/* Exact tokens of record i as it would be printed. */
typedef uint32_t score_cost(void *user, size_t i);

struct scored {
	float *values;       /* owned, one per record of the scan */
	uint32_t *kinds;     /* owned, kind per record, dense from 0 */
	uint32_t kind_count;
	uint32_t *anchors;   /* owned, by record: the record whose worth reaches it most, itself included */
	bool service;        /* a service log: repeats weigh less */
	float best_failure;  /* the value of the best line of class failure, 0 when there is none */
};

void score(struct scored *out, const struct scan *scan, size_t budget_tokens, score_cost *cost, void *user);
void scored_release(struct scored *s);

#endif
