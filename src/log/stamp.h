/* Time stamps at the head of a log line, found without configuration. */
#ifndef CTXCUT_LOG_STAMP_H
#define CTXCUT_LOG_STAMP_H

#include <stdint.h>

#include "base/err.h"
#include "base/span.h"
#include "log/level.h"

struct stamp {
	int64_t time_ns;  /* since 1970-01-01 UTC when has_date; else since midnight */
	bool has_date;
	bool has_zone;    /* false: local to the log, compared as if UTC */
	bool has_year;    /* syslog's "Jan  2 03:04:05" has none: year 0 is used, and compared without it */
	size_t begin, end; /* byte range in the line */
};

/* The first time stamp within the first 80 bytes. ISO 8601 and RFC 3339, common log format, syslog, log4j, klog, logcat,
 * Apache error, epoch seconds and milliseconds, JSON "time"/"ts" fields. */
bool stamp_find(struct span judged, struct stamp *out);

/* An argument of --since/--until: the forms above, a date alone, a time of day alone. Relative forms ("10 minutes ago")
 * are refused: the result would depend on the clock. */
enum err_code stamp_parse_arg(const char *text, struct stamp *out, struct err *err);
/* <0, 0, >0 as the line's stamp is before, at or after the argument; compares only what both have. */
int stamp_compare(const struct stamp *line, const struct stamp *arg);

#endif
