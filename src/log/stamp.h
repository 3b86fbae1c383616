/* Time stamps and levels at the head of a log line, found without configuration. */
#ifndef CTXCUT_LOG_STAMP_H
#define CTXCUT_LOG_STAMP_H

#include <stdint.h>

#include "base/err.h"
#include "base/span.h"

enum level {
	LEVEL_NONE = 0, /* the line names none */
	LEVEL_TRACE,
	LEVEL_DEBUG,
	LEVEL_INFO,
	LEVEL_NOTICE,
	LEVEL_WARNING,
	LEVEL_ERROR,
	LEVEL_CRITICAL, /* critical, fatal, alert, emergency, panic as a level word */
};

bool level_from_name(struct span word, enum level *out); /* error, ERR, E, warn, W, crit, fatal, <3>, 40 (bunyan) … */
const char *level_name(enum level l);

/* The level a line states in a level field: a column near its start (after time, host, thread), a bracketed or
 * colon-ended word, a klog/logcat letter, a syslog <PRI>, a JSON or logfmt level field. A word in the running text of the
 * message is not a level. */
enum level level_of_line(struct span judged);

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
