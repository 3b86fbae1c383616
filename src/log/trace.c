#include "log/trace.h"

#include <stdint.h>

#include "log/trace_form.h"

enum {
	SOURCE_RUN = 12,  /* source lines in a row under one frame, with the marks below them */
	PYTEST_RUN = 120, /* pytest prints a function from its first line to the one that failed */
	MESSAGE_RUN = 40, /* lines of a message or of an object's fields */
	BLANKS = 2,       /* blank lines in a row within one trace */
	PREFIX_BYTES = 200,
};

static void end_trace(struct trace *t) { *t = (struct trace){0}; }

/* Columns of white space before the text, a tab up to the next multiple of eight. */
static struct span without_indent(struct span s, unsigned *indent)
{
	unsigned column = 0;
	while (s.len && (s.ptr[0] == ' ' || s.ptr[0] == '\t')) {
		column = s.ptr[0] == '\t' ? (column | 7u) + 1 : column + 1;
		s = span_from(s, 1);
	}
	*indent = column;
	return s;
}

/* "KeyError: 'x'", "shop.Broken", "SystemExit: 1": a name alone or before a colon. */
static bool is_python_message(struct span s)
{
	size_t n = 0;
	while (n < s.len && (trace_letter(s.ptr[n]) || trace_digit(s.ptr[n]) || s.ptr[n] == '_' || s.ptr[n] == '.' ||
			     (unsigned char)s.ptr[n] >= 0x80))
		n++;
	return n > 0 && !trace_digit(s.ptr[0]) && (n == s.len || s.ptr[n] == ':');
}

/* "self = <Cart>", as pytest shows arguments. */
static bool is_argument(struct span s)
{
	size_t n = 0;
	while (n < s.len && (trace_letter(s.ptr[n]) || trace_digit(s.ptr[n]) || s.ptr[n] == '_'))
		n++;
	return n > 0 && span_starts(span_from(s, n), SPAN(" = "));
}

/* "   12 | code", "> 12 | code", "     |   ^": an excerpt under a JavaScript message */
static bool is_excerpt(struct span s)
{
	if (s.ptr[0] == '>')
		s = span_from(s, 1);
	while (s.len && s.ptr[0] == ' ')
		s = span_from(s, 1);
	s = span_from(s, trace_digits(s, 0));
	while (s.len && s.ptr[0] == ' ')
		s = span_from(s, 1);
	return s.len > 0 && s.ptr[0] == '|';
}

/* "main.(*Cart).add(0xc000, 0x1)": the first of a Go frame's two lines */
static bool is_go_call(struct span s)
{
	const char *dot = memchr(s.ptr, '.', s.len), *open = memchr(s.ptr, '(', s.len);
	return open && dot && s.ptr[s.len - 1] == ')' && trace_letter(s.ptr[0]) && !memchr(s.ptr, ' ', (size_t)(open - s.ptr));
}

static bool within(struct trace *t, unsigned limit) { return ++t->run <= limit; }

/* The role of a line that has no form of its own. TRACE_NONE: it is ordinary and ends the trace. */
static enum trace_role continued(struct trace *t, struct span s, unsigned indent)
{
	switch ((enum trace_after)t->state) {
	case AFTER_PYTHON:
		if (indent > t->indent)
			return within(t, SOURCE_RUN) ? TRACE_SOURCE : TRACE_NONE;
		if (!is_python_message(s))
			return TRACE_NONE;
		t->state = AFTER_DEEPER;
		t->indent = indent;
		t->run = 0;
		return TRACE_MESSAGE;
	case AFTER_PYTEST:
		if (indent > 0)
			return within(t, PYTEST_RUN) ? TRACE_SOURCE : TRACE_NONE;
		return is_argument(s) && within(t, PYTEST_RUN) ? TRACE_MORE : TRACE_NONE;
	case AFTER_SOURCE:
		return within(t, 4) ? TRACE_SOURCE : TRACE_NONE;
	case AFTER_DEEPER:
		return indent > t->indent && within(t, MESSAGE_RUN) ? TRACE_MESSAGE : TRACE_NONE;
	case AFTER_MESSAGE:
		t->state = t->language == LANG_RUST ? AFTER_RUST : AFTER_FRAMES;
		return TRACE_MESSAGE;
	case AFTER_FIELDS:
		if (s.ptr[0] == '}' && indent <= t->indent) {
			t->state = AFTER_FRAMES;
			return TRACE_MORE;
		}
		return within(t, MESSAGE_RUN) ? TRACE_MESSAGE : TRACE_NONE;
	case AFTER_GO:
		if (!is_go_call(s))
			return TRACE_NONE;
		t->foreign = trace_foreign_symbol(LANG_GO, s);
		return t->foreign ? TRACE_FOREIGN : TRACE_FRAME;
	case AFTER_RUST:
		if (indent > 0 && trace_digits(s, 0)) {
			struct span symbol = span_from(s, trace_digits(s, 0));
			if (!span_starts(symbol, SPAN(":")))
				return TRACE_NONE;
			symbol = span_trim(span_from(symbol, 1));
			if (span_starts(symbol, SPAN("0x"))) { /* "0x55 - symbol" in full backtraces */
				size_t dash = span_find(symbol, SPAN(" - "));
				symbol = dash == SIZE_MAX ? symbol : span_from(symbol, dash + 3);
			}
			t->foreign = trace_foreign_symbol(LANG_RUST, symbol);
			return t->foreign ? TRACE_FOREIGN : TRACE_FRAME;
		}
		/* "  left: 1", " right: 2" below an assertion's message */
		return (span_starts(s, SPAN("left: ")) || span_starts(s, SPAN("right: "))) && within(t, MESSAGE_RUN)
			       ? TRACE_MESSAGE : TRACE_NONE;
	case AFTER_FRAMES:
		if ((t->language == LANG_JS || t->language == LANG_NONE) && is_excerpt(s) && within(t, SOURCE_RUN))
			return TRACE_SOURCE;
		return TRACE_NONE;
	case AFTER_END:
		break;
	}
	return TRACE_NONE;
}

static enum trace_role take_form(struct trace *t, const struct trace_form *form, unsigned indent)
{
	if (form->after == AFTER_END) {
		end_trace(t);
		return form->role;
	}
	bool frame = form->role == TRACE_FRAME || form->role == TRACE_FOREIGN;
	bool fresh = t->state == AFTER_END;
	if (form->role == TRACE_HEAD)
		t->lines_in_trace = 0;
	/* Python's frames stand two columns right of their head, which the message will stand under again. */
	if (form->after == AFTER_PYTHON) {
		if (form->role == TRACE_HEAD)
			t->indent = indent;
		else if (frame && (fresh || t->state != AFTER_PYTHON))
			t->indent = indent >= 2 ? indent - 2 : 0;
	} else {
		t->indent = indent;
	}
	t->state = (int)form->after;
	if (form->language != LANG_NONE || form->role == TRACE_HEAD)
		t->language = (int)form->language;
	t->run = 0;
	t->foreign = form->role == TRACE_FOREIGN;
	return form->role;
}

enum trace_role trace_next(struct trace *t, struct span judged)
{
	unsigned indent;
	struct span s = without_indent(judged, &indent);
	if (s.len == 0) {
		if (t->state != AFTER_END && ++t->blanks > BLANKS)
			end_trace(t);
		return TRACE_NONE;
	}
	struct trace_form form;
	enum trace_role role;
	/* A line that stands where a traceback's message stands is that message, whatever its form says. */
	bool python_message = t->state == AFTER_PYTHON && indent <= t->indent && is_python_message(s);
	if (!python_message && trace_form_of(t, s, indent, &form)) {
		role = take_form(t, &form, indent);
	} else {
		role = continued(t, s, indent);
		if (role == TRACE_NONE)
			end_trace(t);
	}
	if (t->state != AFTER_END) {
		t->blanks = 0;
		t->lines_in_trace++;
	}
	return role;
}
