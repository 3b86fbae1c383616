/* What kind of line a line is, as far as failure analysis cares. */
#ifndef CTXCUT_LOG_CLASS_H
#define CTXCUT_LOG_CLASS_H

enum line_class {
	CLASS_PLAIN = 0, /* nothing known */
	CLASS_NOISE,     /* download, install, compile command, progress */
	CLASS_PASS,      /* a test or step that passed */
	CLASS_SECTION,   /* headings, CI groups, commands */
	CLASS_SUMMARY,   /* totals of a run */
	CLASS_TRACE,     /* part of a stack trace */
	CLASS_WARNING,
	CLASS_ERROR,     /* error words, error levels, diagnostics */
	CLASS_FAILURE,   /* strong failure forms */
};
const char *line_class_name(enum line_class c);

#endif
