/* The forms by which a line of a stack trace is known. Private to trace*.c. */
#ifndef CTXCUT_LOG_TRACE_FORM_H
#define CTXCUT_LOG_TRACE_FORM_H

#include <stdint.h>

#include "log/trace.h"

enum trace_language {
	LANG_NONE,
	LANG_PYTHON,
	LANG_PYTEST,
	LANG_JVM,
	LANG_JS,
	LANG_DOTNET,
	LANG_GO,
	LANG_GOTEST,
	LANG_RUST,
	LANG_RUBY,
	LANG_PHP,
	LANG_PERL,
	LANG_BEAM,   /* Elixir and Erlang */
	LANG_NATIVE, /* C, C++, Swift and Objective-C: sanitizers, debuggers, crash reports */
};

/* What lines without a form of their own are, after a line of this trace. */
enum trace_after {
	AFTER_END = 0, /* no trace is open */
	AFTER_FRAMES,  /* ordinary: they end it */
	AFTER_PYTHON,  /* deeper than the head: source; as deep: the message */
	AFTER_PYTEST,  /* indented: source; "name = value": arguments */
	AFTER_SOURCE,  /* source, up to a blank line */
	AFTER_DEEPER,  /* deeper than the head: message */
	AFTER_MESSAGE, /* the next one is the message, then only frames */
	AFTER_FIELDS,  /* message, up to the brace that closes the object */
	AFTER_GO,      /* at column 0 and with a call's brackets: a frame whose place follows */
	AFTER_RUST,    /* "  12: symbol" */
	AFTER_PANIC,   /* message, up to the line that ends in "', place" */
	AFTER_JEST,    /* deeper than the title: message, and excerpts of source */
	AFTER_COMMENT, /* behind a '#': message */
	AFTER_REPORT,  /* Erlang's: "** …" or indented: message */
};

struct trace_form {
	enum trace_role role;
	enum trace_language language;
	enum trace_after after;
};

/* The form of a line whose text starts behind `indent` columns of white space, or false. */
bool trace_form_of(const struct trace *t, struct span text, unsigned indent, struct trace_form *out);
/* Its parts: exceptions by name, frames that start with "at ", a place alone on a line. */
bool trace_form_exception(const struct trace *t, struct span text, unsigned indent, struct trace_form *out);
bool trace_form_at(const struct trace *t, struct span text, unsigned indent, struct trace_form *out);
bool trace_form_js_place(struct span text, struct trace_form *out);
bool trace_form_beam_app(struct span text, struct trace_form *out);
bool trace_form_beam_term(struct span text, struct trace_form *out);
bool trace_form_beam_place(const struct trace *t, struct span text, unsigned indent, struct trace_form *out);
/* Signs without which a line has none of some forms. */
struct trace_signs {
	bool plus;   /* a '+' before a digit */
	bool colon;  /* a colon before a blank */
	bool place;  /* a colon before a digit and, unlike in a time of day, not behind one */
};
struct trace_signs trace_signs_of(struct span text);
/* The part of it that knows C, C++ and other native crashes. */
bool trace_form_native(const struct trace *t, struct span text, unsigned indent, struct trace_signs signs, struct trace_form *out);

/* Frames that are not the reader's own code, by the marks in trace_foreign.c. */
bool trace_foreign_path(enum trace_language language, struct span path);
bool trace_foreign_symbol(enum trace_language language, struct span symbol);
/* A function of the C library, by its whole name: for frames without a place. */
bool trace_foreign_word(struct span symbol);

/* ---- small scanners shared by the forms ---- */

static inline bool trace_digit(char c) { return c >= '0' && c <= '9'; }
static inline bool trace_hex(char c) { return trace_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f'); }
static inline bool trace_upper(char c) { return c >= 'A' && c <= 'Z'; }
static inline bool trace_letter(char c) { return (c | 0x20) >= 'a' && (c | 0x20) <= 'z'; }
static inline bool trace_has(struct span s, struct span needle) { return span_find(s, needle) != (size_t)-1; }
/* What stands before the mark; empty when it is not there. */
struct span trace_before(struct span s, struct span mark);
struct span trace_skip_blanks(struct span s);
/* Digits at s[from…]: how many. */
size_t trace_digits(struct span s, size_t from);
/* "path:12" or "path:12:3" at the end of s (which may start with other words): the path, or an empty span. */
struct span trace_place_at_end(struct span s);
/* "path:12:" or "path:12:3:" at the start: the path, *rest behind the last colon; or an empty span. */
struct span trace_place_at_start(struct span s, struct span *rest);
/* The name of an exception's class at the start of s: dotted or colon-joined words, the last of them capital and ending
 * as such classes end. Its length, or 0. */
size_t trace_exception_name(struct span s, bool *qualified);
/* A frame in own or foreign code, with what may follow it. Returns true. */
bool trace_frame(struct trace_form *out, enum trace_language language, bool foreign, enum trace_after after);
bool trace_line(struct trace_form *out, enum trace_role role, enum trace_language language, enum trace_after after);

#endif
