/* What little is looked at of a line that finds no room in the miner's finer tiers, in a log whose kinds have no end. */
#ifndef CTXCUT_LOG_MINER_BRIEF_H
#define CTXCUT_LOG_MINER_BRIEF_H

#include "base/span.h"

struct brief {
	struct span word; /* the first one that tells something; borrowed, empty when there is none */
	size_t words;     /* how many, numbers too */
};

/* Which digits stand in the line makes no difference. */
struct brief brief_of(struct span judged);

#endif
