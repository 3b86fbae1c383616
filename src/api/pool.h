/* The lines that can still be chosen, of all inputs that were closed, in bounded memory.
 *
 * An input is scored when it closes; then its scan is dropped and its lines stand here with their worth. When there are more
 * than the pool holds, those that the choice cannot reach are dropped into runs, which keep their counts: the choice takes
 * lines by worth until the budget is spent, every line costs a token, so of lines ordered by worth (and every later one of
 * its kind weighing less) only the first few times as many as the budget has tokens can ever be reached. */
#ifndef CTXCUT_API_POOL_H
#define CTXCUT_API_POOL_H

#include "log/scan.h"
#include "select/score.h"

struct candidate {
	uint64_t no, off;
	float value;
	uint32_t len;    /* as in struct record */
	uint32_t input;
	uint32_t kind;   /* distinct across inputs */
	uint32_t anchor; /* index into the pool */
	uint32_t tokens; /* of the line as printed, LF included; 0: not known yet */
	uint32_t text;   /* 1 + index of its text, 0: not read yet */
	uint16_t flags;
	uint8_t class, role;
	uint8_t bit;     /* in a run's bitmap of kinds */
};

/* What the pool must know of an input, and what it leaves there. */
struct pooled {
	struct runs runs; /* owned, disjoint from the candidates */
	uint64_t lines;
	bool service;
};

struct pool {
	struct candidate *at; /* owned; those of one input stand together, ascending */
	size_t count, cap;
	size_t limit;
	size_t kind_count;
	size_t budget_tokens;
	struct pooled *inputs; /* owned */
	size_t input_count, input_cap;
};

void pool_init(struct pool *p, size_t limit, size_t budget_tokens);
void pool_release(struct pool *p);

/* The next input. Takes the scan's runs. `tokens`: what is known of the records' costs. */
void pool_add(struct pool *p, struct scan *scan, const struct scored *scored, const uint32_t *tokens);

/* Index of the first candidate of input n; pool.count for n = input_count. */
size_t pool_begin(const struct pool *p, size_t n);

/* The line that is shown whatever else there is, when the input tells a failure at all (promise P6); else SIZE_MAX. */
size_t pool_best_failure(const struct pool *p);

#endif
