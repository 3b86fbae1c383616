/* The level (severity) that a log line states about itself, found without configuration. */
#ifndef CTXCUT_LOG_LEVEL_H
#define CTXCUT_LOG_LEVEL_H

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
 * colon-ended word, a klog/logcat letter, a syslog <PRI>, a JSON or logfmt level field. A word in the running text of
 * the message is not a level. */
enum level level_of_line(struct span judged);
/* The same, and whether other digits in the line could make it another level: *by_number is set, never cleared. */
enum level level_of_line_told(struct span judged, bool *by_number);

#endif
