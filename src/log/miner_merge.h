/* Stage 2 of template mining: kinds that differ in variable words become one template. */
#ifndef CTXCUT_LOG_MINER_MERGE_H
#define CTXCUT_LOG_MINER_MERGE_H

#include "log/miner_internal.h"

/* Sets group_of[kind] for every kind: kinds of one template have one group number, below m->kind_count. */
void miner_merge(struct miner *m, uint32_t *group_of);

/* After templates are numbered: gives each its pattern. */
void miner_patterns(struct miner *m, const uint32_t *group_of);

#endif
