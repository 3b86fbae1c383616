/* Chooses lines for a budget: greedy by value, exact token costs, gaps charged (DESIGN section 7, step 6). */
#ifndef CTXCUT_SELECT_CHOOSE_H
#define CTXCUT_SELECT_CHOOSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Candidates of all inputs, those of one input together and ascending. Parallel arrays, borrowed. */
struct choice_set {
	size_t count;
	const float *values;
	const uint32_t *kinds;     /* distinct across inputs */
	const uint32_t *anchors;   /* the candidate from which each has its worth, perhaps itself */
	const uint64_t *line_nos;
	const uint32_t *inputs;
	const bool *service;       /* by input: repeats weigh less */
	const bool *asked;         /* the line was asked for: repeats count little, and it may fill the budget */
	uint32_t (*cost)(void *user, size_t i);     /* exact tokens of the line as printed, LF included */
	uint32_t (*gap_cost)(void *user, size_t i); /* tokens of a gap marker next to candidate i, at most */
	void *user;
};

/* Sets picked[i] (count entries, zeroed first) so that lines and gap markers cost at most `budget_tokens`. Returns the
 * tokens planned. Deterministic: ties go to the earlier line. */
size_t choose(const struct choice_set *set, size_t budget_tokens, bool *picked);

#endif
