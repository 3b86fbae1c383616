/* Stage 2: variable parts of more than one token, quoted texts and lists of words. */
#ifndef CTXCUT_LOG_MINER_LISTS_H
#define CTXCUT_LOG_MINER_LISTS_H

#include "log/miner_internal.h"

/* Lines equal but for one quoted text: it is variable when there are many, or when other lines have a mask there. */
void join_quotes(struct merge *g);

/* Lines equal but for a list of words of several lengths. */
void join_lists(struct merge *g);

#endif
