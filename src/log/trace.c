#include "log/trace.h"

#include <stdint.h>

#include "log/trace_form.h"

enum {
	SOURCE_RUN = 12,  /* source lines in a row under one frame, with the marks below them */
	PYTEST_RUN = 120, /* pytest prints a function from its first line to the one that failed */
	MESSAGE_RUN = 12, /* lines of a message or of an object's fields; then as many … */
	MORE_RUN = 80,    /* … that only belong to it */
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
	if (n == s.len)
		return trace_upper(s.ptr[0]) || memchr(s.ptr, '.', n);
	return n > 0 && !trace_digit(s.ptr[0]) && s.ptr[n] == ':';
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

/* "Expected: 2", "Received:   1" */
static bool is_label(struct span s)
{
	return span_starts(s, SPAN("Expected")) || span_starts(s, SPAN("Received")) ||
	       span_starts(s, SPAN("Difference"));
}

/* "main.(*Cart).add(0xc000, 0x1)": the first of a Go frame's two lines */
static bool is_go_call(struct span s)
{
	const char *dot = memchr(s.ptr, '.', s.len), *open = memchr(s.ptr, '(', s.len);
	return open && (dot || span_starts(s, SPAN("panic("))) && s.ptr[s.len - 1] == ')' && trace_letter(s.ptr[0]) &&
	       !memchr(s.ptr, ' ', (size_t)(open - s.ptr));
}

static bool within(struct trace *t, unsigned limit) { return ++t->run <= limit; }

static enum trace_role message_line(struct trace *t)
{
	t->run++;
	return t->run <= MESSAGE_RUN ? TRACE_MESSAGE : t->run <= MORE_RUN ? TRACE_MORE : TRACE_NONE;
}

/* Labels of the assertion library that most Go tests use. */
static bool is_testify(struct span s)
{
	return span_starts(s, SPAN("Error Trace:")) || span_starts(s, SPAN("Error:")) ||
	       span_starts(s, SPAN("Messages:")) || span_starts(s, SPAN("expected: ")) ||
	       span_starts(s, SPAN("actual  : "));
}

/* The role of a line that has no form of its own. TRACE_NONE: it is ordinary, and ends the trace but for *open. */
static enum trace_role continued(struct trace *t, struct span s, unsigned indent, bool *open)
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
	case AFTER_SOURCE: /* the caret is the last */
		if (span_eq(span_trim(s), SPAN("^")))
			t->state = AFTER_FRAMES;
		return within(t, 4) ? TRACE_SOURCE : TRACE_NONE;
	case AFTER_DEEPER:
		if (indent <= t->indent)
			return TRACE_NONE;
		if (t->headed || t->language != LANG_GOTEST || is_testify(s))
			return message_line(t);
		/* Go's tests log in the form in which they fail: without a head, what follows is judged by its own
		 * words. */
		*open = within(t, MORE_RUN);
		return TRACE_NONE;
	case AFTER_JEST:
		if (indent <= t->indent && !is_label(s))
			return TRACE_NONE;
		return is_excerpt(s) && within(t, MORE_RUN) ? TRACE_SOURCE : message_line(t);
	case AFTER_COMMENT:
		return s.ptr[0] == '#' ? message_line(t) : TRACE_NONE;
	case AFTER_REPORT:
		if (indent == 0 && !span_starts(s, SPAN("** ")))
			return TRACE_NONE;
		/* Terms are spread over many lines, deeper and deeper. */
		if (indent > 4 || s.ptr[0] == '{' || s.ptr[0] == '[')
			return within(t, MORE_RUN) ? TRACE_MORE : TRACE_NONE;
		return message_line(t);
	case AFTER_MESSAGE:
		t->state = t->language == LANG_RUST ? AFTER_RUST : AFTER_FRAMES;
		return TRACE_MESSAGE;
	case AFTER_PANIC:
		if (trace_place_at_end(s).len && trace_has(s, SPAN("', "))) {
			t->state = AFTER_RUST;
			return TRACE_MESSAGE;
		}
		return message_line(t);
	case AFTER_FIELDS:
		if (s.ptr[0] == '}' && indent <= t->indent) {
			t->state = AFTER_FRAMES;
			return TRACE_MORE;
		}
		return message_line(t);
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
		return span_starts(s, SPAN("left: ")) || span_starts(s, SPAN("right: ")) ? message_line(t) : TRACE_NONE;
	case AFTER_FRAMES:
		if ((t->language == LANG_JS || t->language == LANG_NONE) && is_excerpt(s) && within(t, SOURCE_RUN))
			return TRACE_SOURCE;
		return TRACE_NONE;
	case AFTER_END:
		break;
	}
	return TRACE_NONE;
}

/* Python 3.11 draws exception groups with bars: the trace stands behind them, in columns as they are on the screen. */
static struct span without_bar(const struct trace *t, struct span s, unsigned *indent)
{
	if (t->language != LANG_PYTHON || t->state == AFTER_END || !span_starts(s, SPAN("| ")))
		return s;
	unsigned more;
	s = without_indent(span_from(s, 1), &more);
	*indent += 1 + more;
	return s;
}

static enum trace_role take_form(struct trace *t, const struct trace_form *form, struct span s, unsigned indent)
{
	if (form->after == AFTER_END) {
		end_trace(t);
		return form->role;
	}
	bool frame = form->role == TRACE_FRAME || form->role == TRACE_FOREIGN;
	bool fresh = t->state == AFTER_END;
	if (form->role == TRACE_HEAD)
		t->lines_in_trace = 0;
	t->headed = form->role == TRACE_HEAD || (t->headed && !fresh);
	/* Python's frames stand two columns right of their head, which the message will stand under again. */
	if (form->after == AFTER_PYTHON) {
		if (form->role == TRACE_HEAD) /* "+ Exception Group Traceback": the bars below stand under the cross */
			t->indent = indent + (s.ptr[0] == '+' ? 2 : 0);
		else if (frame && (fresh || t->state != AFTER_PYTHON))
			t->indent = indent >= 2 ? indent - 2 : 0;
	} else if (form->role == TRACE_HEAD || form->after != AFTER_DEEPER || t->state != AFTER_DEEPER ||
		   form->language != LANG_BEAM) {
		t->indent = indent; /* but ExUnit's place and first message stand as deep as what follows them */
	}
	t->state = (int)form->after;
	if (form->language != LANG_NONE || form->role == TRACE_HEAD)
		t->language = (int)form->language;
	t->run = 0;
	t->foreign = form->role == TRACE_FOREIGN;
	return form->role;
}

static enum trace_role role_of(struct trace *t, struct span judged)
{
	unsigned indent;
	struct span s = without_indent(judged, &indent);
	if (s.len == 0) {
		if (t->state != AFTER_END && ++t->blanks > BLANKS)
			end_trace(t);
		return TRACE_NONE;
	}
	s = without_bar(t, s, &indent);
	if (s.len == 0)
		return TRACE_NONE;
	struct trace_form form;
	enum trace_role role;
	/* A line that stands where a traceback's message stands is that message, whatever its form says; and what a
	 * failed test's message quotes, an exception's name too, belongs to the message. */
	bool open = false, message = t->state == AFTER_PYTHON && indent <= t->indent && is_python_message(s);
	if (!message && trace_form_of(t, s, indent, &form)) {
		message = (t->state == AFTER_DEEPER || t->state == AFTER_JEST) && indent > t->indent &&
			  form.role == TRACE_HEAD && form.language == LANG_NONE;
		role = message ? continued(t, s, indent, &open) : take_form(t, &form, s, indent);
	} else {
		role = continued(t, s, indent, &open);
	}
	if (role == TRACE_NONE && !open)
		end_trace(t);
	if (t->state != AFTER_END) {
		t->blanks = 0;
		t->lines_in_trace++;
	}
	return role;
}

/* ---- loggers' prefixes ---- */

/* What a prefix looks like: digits all alike. */
static uint32_t prefix_key(struct span s)
{
	uint32_t h = 2166136261u;
	for (size_t i = 0; i < s.len; i++)
		h = (h ^ (unsigned char)(trace_digit(s.ptr[i]) ? '0' : s.ptr[i])) * 16777619u;
	return h;
}

/* Behind a prefix only forms count that hardly anything else has. */
static bool is_strong(struct span s, bool behind_mark)
{
	static const char *const starts[] = {
		"Traceback (most recent",
		"Exception in thread ",
		"Caused by: ",
		"Suppressed: ",
		"File \"",
		"at ",
		"... ",
		"goroutine ",
		"panic: ",
		"thread '",
		"Call Trace:",
		"BUG: ",
		"Oops: ",
		"kernel BUG at",
		"from /",
		"** (",
		"stack backtrace:",
		"Unhandled exception",
		"#0 0x",
	};
	static const char firsts[] = "TECSFa.gptBOkf*sU#";
	while (s.len && (s.ptr[0] == ' ' || s.ptr[0] == '\t'))
		s = span_from(s, 1);
	if (s.len == 0)
		return false;
	bool first = memchr(firsts, s.ptr[0], sizeof firsts - 1) != NULL;
	for (size_t i = 0; first && i < sizeof starts / sizeof *starts; i++) {
		if (starts[i][0] == s.ptr[0] && span_starts(s, span_of_str(starts[i])))
			return true;
	}
	bool qualified;
	return behind_mark && trace_letter(s.ptr[0]) && trace_exception_name(s, &qualified) > 0;
}

/* Length of the prefix behind which a trace's line stands, or 0: behind a blank that follows a bracket, a colon, a
 * dash, a digit (time stamps). Lines that start like prose are not looked at. */
static size_t prefix_before_form(struct span s)
{
	char c = s.ptr[0];
	bool stamped = trace_digit(c) || c == '[' || c == '<' ||
		       (s.len > 20 && trace_upper(c) && s.ptr[3] == ' ' && (s.ptr[4] == ' ' || trace_digit(s.ptr[4])));
	if (!stamped && !span_starts(s, SPAN("INTERNALERROR> ")))
		return 0;
	size_t limit = s.len < PREFIX_BYTES ? s.len : PREFIX_BYTES;
	for (size_t i = 1; i + 1 < limit; i++) {
		if (s.ptr[i] != ' ' && s.ptr[i] != '\t')
			continue;
		char before = s.ptr[i - 1];
		bool mark = before == ']' || before == ':' || before == '-' || before == '>';
		if (!mark && !trace_digit(before) && s.ptr[i] != '\t' && before != 'Z')
			continue;
		size_t end = s.ptr[i] == '\t' ? i : i + 1;
		if (is_strong(span_from(s, end), mark))
			return end;
		if (before == ':') /* the message began */
			return 0;
	}
	return 0;
}

enum trace_role trace_next(struct trace *t, struct span judged)
{
	if (t->prefix_bytes && judged.len >= t->prefix_bytes &&
	    prefix_key(span_head(judged, t->prefix_bytes)) == t->prefix_key)
		return role_of(t, span_from(judged, t->prefix_bytes));
	enum trace_role role = role_of(t, judged);
	size_t prefix = role == TRACE_NONE && judged.len ? prefix_before_form(judged) : 0;
	if (prefix == 0)
		return role;
	struct trace behind = {.prefix_bytes = (unsigned)prefix, .prefix_key = prefix_key(span_head(judged, prefix))};
	role = role_of(&behind, span_from(judged, prefix));
	if (role != TRACE_NONE)
		*t = behind;
	return role;
}
