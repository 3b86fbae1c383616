/* Header columns of a log: time, host, level, thread, component. They are left out of a template's identity, since
 * the same message from another thread is the same message; never out of the print. */
#ifndef CTXCUT_LOG_MINER_HEAD_H
#define CTXCUT_LOG_MINER_HEAD_H

#include "log/miner_internal.h"

/* Sets `head` of every kind: how many bytes of its text are header. 0 where no format is evident. */
void miner_find_heads(struct miner *m);

#endif
