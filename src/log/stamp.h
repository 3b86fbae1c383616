/* Time stamps at the head of a log line, found without configuration. */
#ifndef CTXCUT_LOG_STAMP_H
#define CTXCUT_LOG_STAMP_H

#include <stdint.h>

#include "base/err.h"
#include "base/span.h"
#include "log/level.h"

struct stamp {
	int64_t time_ns; /* since 1970-01-01 UTC when has_date, else since midnight; a missing year is taken as 1972 */
	int64_t step_ns;   /* what the text tells apart: a nanosecond, a millisecond, a second, a minute, a day */
	int32_t zone_s;    /* seconds east of UTC, 0 without a zone: time_ns + zone_s is the time as it was written */
	bool has_date;     /* false: a time of day */
	bool has_year;     /* false: syslog's "Jan  2 03:04:05", klog, logcat */
	bool has_zone;     /* false: local to the log */
	bool has_time;     /* false: a date alone, in arguments only */
	size_t begin, end; /* byte range in the line */
};

/* The first time stamp that begins within the first 80 bytes. ISO 8601 and RFC 3339 (also with a blank, a slash, dots,
 * or no separators), common log format, syslog, log4j, klog, logcat, Apache error, date(1), US and German order, epoch
 * seconds to nanoseconds at the start of a line or in a field named like one, JSON "time"/"ts" fields, a time of day
 * near the start. Times must be valid (no month 13, no 30 February); years are 1900 to 2261. */
bool stamp_find(struct span judged, struct stamp *out);

/* An argument of --since/--until: the forms above, a date alone, a time of day alone, hours and minutes alone. Relative
 * forms ("10 minutes ago") are refused: the result would depend on the clock. */
enum err_code stamp_parse_arg(const char *text, struct stamp *out, struct err *err);

/* <0, 0, >0 as the line's stamp is before, at or after the argument; compares only what both have:
 * - without a zone on both sides, the times as they were written;
 * - without a year on both sides, month, day and time: a log that runs over New Year is not in order then;
 * - without a date on both sides, the time of day;
 * - in steps of the coarser of the two: a line at 03:04:05.6 is at, not after, 03:04:05, and at 03:04, and on that day.
 */
int stamp_compare(const struct stamp *line, const struct stamp *arg);

#endif
