/* Stage 2 (D): a pattern absorbs rarer lines that fit it. */
#ifndef CTXCUT_LOG_MINER_ABSORB_H
#define CTXCUT_LOG_MINER_ABSORB_H

#include "log/miner_internal.h"

void absorb(struct merge *g);

#endif
