/* The join of a log with its sources: behind a printed line that names a place in a tree stands a reference to the definition around
 * it. Only files that are named are read; nothing outside the tree is. */
#ifndef CTXCUT_API_JOIN_H
#define CTXCUT_API_JOIN_H

#include "api/reduction.h"

/* The tokens that references to what the extract's lines name would take, of `budget_tokens` (BUDGET_NONE: no limit); 0 when there are
 * none. */
size_t join_cost(struct ctxcut *c, size_t budget_tokens);

/* Gives the extract its references, as many as fit the budget. What it says is then no longer passed through bare. */
void join_attach(struct ctxcut *c, size_t budget_tokens);

/* Whether a line names a place in the tree: a frame of the reader's own code. */
bool join_is_own(struct ctxcut *c, struct span line);

void join_free(struct join *j); /* safe on NULL */

#endif
