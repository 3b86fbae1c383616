/* Memory is bounded: when the records of a scan are too many, those far from any anchor and from any segment's end become runs,
 * which keep their counts. */
#ifndef CTXCUT_LOG_COMPACT_H
#define CTXCUT_LOG_COMPACT_H

#include "log/scan.h"

/* Makes room for a record, when there are as many as scan.room. */
void compact(struct scan *s);

#endif
