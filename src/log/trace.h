/* Stack traces: which lines of a stream belong together under one message, and which frames are the reader's own code.
 *
 * Python, Java/Kotlin/Scala (Caused by, Suppressed, "... 12 more"), JavaScript, Go panics and goroutine dumps, Rust,
 * Ruby, C/C++ sanitizers and gdb, .NET, PHP, Perl, Elixir/Erlang. One line at a time, bounded state, no look-ahead.
 *
 * Most lines are known by their form alone (trace_form.h); the state is for those that are not: source lines under a
 * frame, a message behind its trace, an object's fields. It ends with the first ordinary line, and runs of lines that
 * have no form of their own are limited. Blank lines are TRACE_NONE and do not end a trace at once. */
#ifndef CTXCUT_LOG_TRACE_H
#define CTXCUT_LOG_TRACE_H

#include "base/span.h"

enum trace_role {
	TRACE_NONE = 0,
	TRACE_HEAD, /* opens a trace: "Traceback (most recent call last):", "panic: …", "Exception in thread …" */
	TRACE_MESSAGE, /* the message of a trace where it stands apart from the head (Python's last line, "Caused by:
			  …") */
	TRACE_FRAME,   /* a frame in the reader's own code, as far as the path tells */
	TRACE_FOREIGN, /* a frame in a library, the runtime or the test framework */
	TRACE_SOURCE,  /* a source line or caret printed under a frame */
	TRACE_MORE,    /* "... 12 more", separators and registers within a trace */
};

struct trace { /* all private; zeroed at the start of a stream */
	int state;               /* enum trace_after: what lines without a form of their own are */
	int language;
	unsigned lines_in_trace;
	unsigned indent;         /* column of the head, or of what the next lines are measured against */
	unsigned run;            /* lines since the last one with a form of its own */
	unsigned blanks;         /* blank lines since the last line that was not */
	unsigned prefix_bytes;   /* each line of this trace starts with a logger's prefix of this length … */
	unsigned prefix_key;     /* … which looks like this (digits masked) */
	bool foreign;            /* the last frame was; its second line follows it */
	bool headed;             /* a head opened the trace; else a frame did */
};

static inline void trace_init(struct trace *t) { *t = (struct trace){0}; }
/* No trace is open: an ordinary line then changes nothing. Lets a caller skip lines of a shape that it knows as ordinary. */
static inline bool trace_is_idle(const struct trace *t) { return t->state == 0 && t->prefix_bytes == 0; }
/* The role of the next line of the stream. */
enum trace_role trace_next(struct trace *t, struct span judged);

#endif
