/* Forms of managed languages' traces: Python, Go, Rust, Ruby, PHP, Perl, Elixir and Erlang; trace_at.c has the JVM,
 * JavaScript and .NET. The first letter decides which of them is tried; the rest of a form is as strict as the format
 * allows, since a false frame hides an ordinary line. */
#include "log/trace_form.h"

#define STARTS(s, literal) span_starts((s), SPAN(literal))

/* ---- Python ---- */

static bool form_python_file(struct span s, struct trace_form *out)
{
	s = span_from(s, 6); /* File " */
	const char *quote = memchr(s.ptr, '"', s.len);
	if (!quote)
		return false;
	struct span path = span_of(s.ptr, (size_t)(quote - s.ptr));
	struct span rest = span_from(s, path.len + 1);
	if (!STARTS(rest, ", line "))
		return false;
	return trace_frame(out, LANG_PYTHON, trace_foreign_path(LANG_PYTHON, path), AFTER_PYTHON);
}

/* pytest's frames: "path.py:12: in f", "path.py:12: SomeError" */
static bool form_pytest_place(const struct trace *t, struct span s, struct trace_form *out)
{
	struct span rest = span_of(s.ptr, 0), path = trace_place_at_start(s, &rest);
	if (path.len == 0 && t->language == LANG_PYTEST && s.ptr[0] == '/' && !memchr(s.ptr, ' ', s.len))
		path = trace_place_at_end(s); /* where a fixture is missing, alone on its line */
	if (path.len == 0 ||
	    !(span_ends(path, SPAN(".py")) || span_ends(path, SPAN(".pyx")) || span_ends(path, SPAN(".pxi"))))
		return false;
	rest = span_trim(rest);
	bool qualified;
	size_t name = trace_exception_name(rest, &qualified);
	if (STARTS(rest, "in ") || (name && name == rest.len) || (rest.len == 0 && t->language == LANG_PYTEST))
		return trace_frame(out, LANG_PYTEST, trace_foreign_path(LANG_PYTHON, path), AFTER_PYTEST);
	return false;
}

/* ---- Go ---- */

/* "\t/src/cart.go:12 +0x1d"; testing's own "    cart_test.go:12: message" */
static bool form_go_place(const struct trace *t, struct span s, unsigned indent, struct trace_form *out)
{
	size_t go = span_find(s, SPAN(".go:"));
	if (go == SIZE_MAX || indent == 0 || memchr(s.ptr, ' ', go))
		return false;
	size_t d = trace_digits(s, go + 4);
	struct span path = span_head(s, go + 3), rest = span_from(s, go + 4 + d);
	bool in_go = t->language == LANG_GO && t->state != AFTER_END;
	if (d > 0 && ((rest.len == 0 && in_go) || STARTS(rest, " +0x")))
		return trace_frame(out, LANG_GO, (in_go && t->foreign) || trace_foreign_path(LANG_GO, path), AFTER_GO);
	if (d > 0 && (STARTS(rest, ": ") || span_eq(rest, SPAN(":"))))
		return trace_frame(out, LANG_GOTEST, trace_foreign_path(LANG_GO, path), AFTER_DEEPER);
	return false;
}

/* ---- Ruby ---- */

static bool form_ruby(struct span s, struct trace_form *out)
{
	size_t in = span_find(s, SPAN(":in `"));
	if (in == SIZE_MAX)
		in = span_find(s, SPAN(":in '"));
	bool from = false;
	/* "\t 3: from x.rb:12:in `f'", the order of Ruby 2.5 to 2.7 */
	size_t d = trace_digits(s, 0);
	if (d && d < 5 && span_starts(span_from(s, d), SPAN(": from "))) {
		s = span_from(s, d + 2);
		in = in == SIZE_MAX ? in : in - d - 2;
	}
	if (STARTS(s, "from ")) {
		from = true;
		s = span_from(s, 5);
		in = in == SIZE_MAX ? in : in - 5;
	} else if (STARTS(s, "# ")) {
		s = trace_skip_blanks(span_from(s, 2));
		struct span path = trace_place_at_end(s);
		if (in == SIZE_MAX)
			return path.len && span_ends(path, SPAN(".rb")) &&
			       trace_frame(out, LANG_RUBY, trace_foreign_path(LANG_RUBY, path), AFTER_FRAMES);
		in = span_find(s, SPAN(":in "));
		from = true;
	}
	struct span head = in == SIZE_MAX ? s : span_head(s, in);
	struct span path = trace_place_at_end(head);
	if (path.len < 2 || memchr(path.ptr, ' ', path.len))
		return false;
	if (in == SIZE_MAX)
		return from && trace_frame(out, LANG_RUBY, trace_foreign_path(LANG_RUBY, path), AFTER_FRAMES);
	/* "x.rb:12:in `f': message (SomeError)" opens a trace. */
	struct span rest = span_from(s, in + 5);
	const char *quote = memchr(rest.ptr, '\'', rest.len);
	if (quote && !from && STARTS(span_from(rest, (size_t)(quote - rest.ptr) + 1), ": "))
		return trace_line(out, TRACE_HEAD, LANG_RUBY, AFTER_FRAMES);
	return trace_frame(out, LANG_RUBY, trace_foreign_path(LANG_RUBY, path), AFTER_FRAMES);
}

/* ---- PHP ---- */

/* "#0 /src/cart.php(12): f()", "#1 {main}", "#2 [internal function]: f()" */
static bool form_php_frame(struct span s, struct trace_form *out)
{
	size_t d = trace_digits(s, 1);
	struct span rest = span_from(s, 1 + d);
	if (d == 0 || rest.len < 4 || rest.ptr[0] != ' ')
		return false;
	rest = trace_skip_blanks(rest);
	if (span_eq(rest, SPAN("{main}")))
		return trace_line(out, TRACE_MORE, LANG_PHP, AFTER_FRAMES);
	if (STARTS(rest, "[internal function]"))
		return trace_frame(out, LANG_PHP, true, AFTER_FRAMES);
	const char *open = memchr(rest.ptr, '(', rest.len);
	size_t at = open ? (size_t)(open - rest.ptr) : 0;
	size_t line = open ? trace_digits(rest, at + 1) : 0;
	if (line == 0 || !span_starts(span_from(rest, at + 1 + line), SPAN("): ")))
		return false;
	return trace_frame(out, LANG_PHP, trace_foreign_path(LANG_PHP, span_head(rest, at)), AFTER_FRAMES);
}

/* PHPUnit: "/srv/shop/tests/CartTest.php:12" alone on its line */
static bool form_php_place(const struct trace *t, struct span s, struct trace_form *out)
{
	struct span path = trace_place_at_end(s);
	return path.len && t->language == LANG_PHP && span_ends(path, SPAN(".php")) &&
	       !memchr(path.ptr, ' ', path.len) &&
	       trace_frame(out, LANG_PHP, trace_foreign_path(LANG_PHP, path), AFTER_FRAMES);
}

/* ---- lines that open with a word or a mark ---- */

static bool all_of(struct span s, const char *set)
{
	for (size_t i = 0; i < s.len; i++) {
		if (!strchr(set, s.ptr[i]) || s.ptr[i] == 0)
			return false;
	}
	return s.len > 0;
}

/* "____ test_add ____", "_ _ _ _", "E   assert 1 == 2", ">       assert x" */
static bool form_pytest_mark(const struct trace *t, struct span s, unsigned indent, struct trace_form *out)
{
	if (indent > 0)
		return false;
	if (s.ptr[0] == '_') {
		if (STARTS(s, "_ _ _ ") && all_of(s, "_ "))
			return trace_line(out, TRACE_MORE, LANG_PYTEST, AFTER_PYTEST);
		if (trace_has(s, SPAN("_ coverage: "))) /* a report of its own */
			return false;
		/* A title, filled up with underscores to the terminal's width; a long one has one on each side. */
		bool title =
			s.len > 10 && span_ends(s, SPAN("_")) && trace_has(s, SPAN("_ ")) && trace_has(s, SPAN(" _"));
		return title && (STARTS(s, "___") || (STARTS(s, "_ ") && span_ends(s, SPAN(" _")))) &&
		       trace_line(out, TRACE_HEAD, LANG_PYTEST, AFTER_PYTEST);
	}
	if (s.ptr[0] == 'E')
		return (STARTS(s, "E   ") || (s.len == 1 && t->language == LANG_PYTEST)) &&
		       trace_line(out, TRACE_MESSAGE, LANG_PYTEST, AFTER_PYTEST);
	return (STARTS(s, ">       ") || (t->language == LANG_PYTEST && STARTS(s, ">   "))) &&
	       trace_line(out, TRACE_SOURCE, LANG_PYTEST, AFTER_PYTEST);
}

static bool form_dots(const struct trace *t, struct span s, struct trace_form *out)
{
	/* "... 12 more", "... 31 elided", "... 8 common frames omitted", "... suppressed 5 lines" */
	struct span rest = span_from(s, 4);
	if (!STARTS(s, "... "))
		return false;
	size_t d = trace_digits(rest, 0);
	struct span word = span_from(rest, d);
	if ((d && (STARTS(word, " more") || STARTS(word, " elided") || trace_has(word, SPAN("frames")) ||
		   trace_has(word, SPAN("lines matching")))) ||
	    (STARTS(rest, "suppressed ") && t->state != AFTER_END))
		return trace_line(out, TRACE_MORE, (enum trace_language)t->language, AFTER_FRAMES);
	return trace_has(s, SPAN("additional frames elided")) && trace_line(out, TRACE_MORE, LANG_GO, AFTER_GO);
}

static bool form_panic(struct span s, struct trace_form *out)
{
	/* Rust: "thread 'main' panicked at 'message', src/main.rs:2:5", since 1.73 "… panicked at src/main.rs:2:5:" */
	if (!trace_has(s, SPAN(" panicked at ")))
		return false;
	bool quoted = trace_has(s, SPAN(" panicked at '"));
	enum trace_after after = !quoted && s.ptr[s.len - 1] == ':' ? AFTER_MESSAGE
				 : quoted && !trace_place_at_end(s).len ? AFTER_PANIC : AFTER_RUST;
	return trace_line(out, TRACE_HEAD, LANG_RUST, after);
}

static bool form_word(const struct trace *t, struct span s, unsigned indent, struct trace_form *out)
{
	enum trace_language language = (enum trace_language)t->language;
	bool open = t->state != AFTER_END;
	switch (s.ptr[0]) {
	case 'T':
		if (STARTS(s, "Traceback (most recent call last)") || STARTS(s, "Traceback (innermost last)"))
			return trace_line(out, TRACE_HEAD, LANG_PYTHON, AFTER_PYTHON);
		if (STARTS(s, "The above exception was the direct cause"))
			return trace_line(out, TRACE_MORE, LANG_PYTHON, AFTER_FRAMES);
		break;
	case 'D':
		if (STARTS(s, "During handling of the above exception"))
			return trace_line(out, TRACE_MORE, LANG_PYTHON, AFTER_FRAMES);
		break;
	case 'F':
		if (STARTS(s, "Fatal Python error:"))
			return trace_line(out, TRACE_HEAD, LANG_PYTHON, AFTER_PYTHON);
		if (STARTS(s, "Failure/Error:"))
			return trace_line(out, TRACE_HEAD, LANG_RUBY, AFTER_DEEPER);
		if (STARTS(s, "Fatal error: Uncaught "))
			return trace_line(out, TRACE_HEAD, LANG_PHP, AFTER_FRAMES);
		break;
	case 'C':
		if (STARTS(s, "Caused by:"))
			return s.len > 11 ? trace_line(out, TRACE_MESSAGE, language, AFTER_FRAMES)
					  : trace_line(out, TRACE_MORE, language, AFTER_DEEPER);
		if (STARTS(s, "Causing: ") && open)
			return trace_line(out, TRACE_MESSAGE, language, AFTER_FRAMES);
		if (STARTS(s, "Current thread 0x"))
			return trace_line(out, open ? TRACE_MORE : TRACE_HEAD, LANG_PYTHON, AFTER_PYTHON);
		break;
	case 'S':
		if (STARTS(s, "Suppressed: "))
			return trace_line(out, TRACE_MESSAGE, language, AFTER_FRAMES);
		if (span_eq(s, SPAN("Stack trace:")) || span_eq(s, SPAN("Stack Trace:")) ||
		    span_eq(s, SPAN("Stacktrace:")))
			return trace_line(out, open ? TRACE_MORE : TRACE_HEAD, language, AFTER_FRAMES);
		if (STARTS(s, "State: ") && language == LANG_BEAM && open)
			return trace_line(out, TRACE_MORE, LANG_BEAM, AFTER_FRAMES);
		break;
	case 'W':
		if (STARTS(s, "Wrapped by: ") && open)
			return trace_line(out, TRACE_MESSAGE, language, AFTER_FRAMES);
		if (STARTS(s, "WARNING: DATA RACE"))
			return trace_line(out, TRACE_HEAD, LANG_GO, AFTER_GO);
		if (STARTS(s, "Write at 0x") && language == LANG_GO && open)
			return trace_line(out, TRACE_MESSAGE, LANG_GO, AFTER_GO);
		break;
	case 'R':
		if (STARTS(s, "Read at 0x") && language == LANG_GO && open)
			return trace_line(out, TRACE_MESSAGE, LANG_GO, AFTER_GO);
		break;
	case 'G':
		if (STARTS(s, "Goroutine ") && language == LANG_GO && open)
			return trace_line(out, TRACE_MORE, LANG_GO, AFTER_GO);
		break;
	case 'L':
		if (STARTS(s, "Last message") && language == LANG_BEAM && open)
			return trace_line(out, TRACE_MESSAGE, LANG_BEAM, AFTER_FRAMES);
		break;
	case 'N':
		if (STARTS(s, "Node.js v") && trace_digits(s, 9) && open)
			return trace_line(out, TRACE_MORE, LANG_JS, AFTER_END);
		break;
	case 'E':
		if (STARTS(s, "Exception in thread ") || STARTS(s, "Exception in component "))
			return trace_line(out, TRACE_HEAD, LANG_JVM, AFTER_FRAMES);
		if (STARTS(s, "Exception Group Traceback (most"))
			return trace_line(out, TRACE_HEAD, LANG_PYTHON, AFTER_PYTHON);
		if (span_eq(s, SPAN("Error Message:"))) /* dotnet test */
			return trace_line(out, TRACE_HEAD, LANG_DOTNET, AFTER_DEEPER);
		break;
	case 'P':
		if (STARTS(s, "PHP Fatal error: ") || STARTS(s, "PHP Parse error: "))
			return trace_line(out, TRACE_HEAD, LANG_PHP, AFTER_FRAMES);
		if (STARTS(s, "Previous ") && language == LANG_GO && open)
			return trace_line(out, TRACE_MESSAGE, LANG_GO, AFTER_GO);
		if (STARTS(s, "PHP Stack trace:"))
			return trace_line(out, TRACE_MORE, LANG_PHP, AFTER_FRAMES);
		if (STARTS(s, "PHP   ") && trace_digits(trace_skip_blanks(span_from(s, 4)), 0)) {
			/* "PHP   1. {main}() /srv/shop/main.php:0" */
			struct span path = trace_place_at_end(s);
			size_t start = path.len;
			while (start > 0 && path.ptr[start - 1] != ' ')
				start--;
			return path.len &&
			       trace_frame(out, LANG_PHP, trace_foreign_path(LANG_PHP, span_from(path, start)),
					   AFTER_FRAMES);
		}
		break;
	case 'p':
		if (STARTS(s, "panic: "))
			return trace_line(out, TRACE_HEAD, LANG_GO, AFTER_GO);
		break;
	case 'f':
		if (STARTS(s, "fatal error: ") && indent == 0)
			return trace_line(out, TRACE_HEAD, LANG_GO, AFTER_GO);
		if (STARTS(s, "from "))
			return form_ruby(s, out);
		break;
	case 'g':
		if (STARTS(s, "goroutine ") && trace_digits(s, 10) && s.len > 0 && s.ptr[s.len - 1] == ':')
			return trace_line(out, language == LANG_GO && open ? TRACE_MORE : TRACE_HEAD, LANG_GO,
					  AFTER_GO);
		break;
	case 'c':
		if (STARTS(s, "created by ") && language == LANG_GO && open)
			return trace_frame(out, LANG_GO, trace_foreign_symbol(LANG_GO, span_from(s, 11)), AFTER_GO);
		break;
	case 'e':
		if (STARTS(s, "exit status ") && language == LANG_GO && open)
			return trace_line(out, TRACE_MORE, LANG_GO, AFTER_END);
		break;
	case 't':
		if (STARTS(s, "thread '"))
			return form_panic(s, out);
		if (STARTS(s, "thrown in ") && trace_has(s, SPAN(" on line ")))
			return trace_frame(
				out, LANG_PHP,
				trace_foreign_path(LANG_PHP, trace_before(span_from(s, 10), SPAN(" on line "))),
				AFTER_FRAMES);
		break;
	case 's':
		if (span_eq(s, SPAN("stack backtrace:")))
			return trace_line(out, language == LANG_RUST && open ? TRACE_MORE : TRACE_HEAD, LANG_RUST,
					  AFTER_RUST);
		if (span_eq(s, SPAN("stacktrace:")))
			return trace_line(out, TRACE_MORE, LANG_BEAM, AFTER_FRAMES);
		break;
	case 'n':
		if (STARTS(s, "note: ") && trace_has(s, SPAN("RUST_BACKTRACE")))
			return trace_line(out, TRACE_MORE, LANG_RUST, AFTER_FRAMES);
		break;
	case 'i':
		if (STARTS(s, "in function ") || STARTS(s, "in call from ")) {
			size_t place = span_find(s, SPAN(".erl, line "));
			if (place != SIZE_MAX)
				return trace_frame(out, LANG_BEAM, false, AFTER_FRAMES);
		}
		break;
	default:
		break;
	}
	return false;
}

/* Perl: "Died at cart.pl line 3.", "\tmain::add(3) called at cart.pl line 12" */
static bool form_perl(struct span s, struct trace_form *out)
{
	size_t line = span_find(s, SPAN(" line "));
	if (line == SIZE_MAX || line < 4)
		return false;
	size_t d = trace_digits(s, line + 6);
	struct span rest = span_from(s, line + 6 + d);
	if (d == 0 || !(rest.len == 0 || span_eq(rest, SPAN(".")) || STARTS(rest, ", <")))
		return false;
	size_t start = line;
	while (start > 0 && s.ptr[start - 1] != ' ')
		start--;
	struct span path = span_of(s.ptr + start, line - start);
	if (start < 4 || memcmp(s.ptr + start - 4, " at ", 4) != 0 || path.len < 2)
		return false;
	if (start > 11 && memcmp(s.ptr + start - 11, " called at ", 11) == 0)
		return trace_frame(out, LANG_PERL, trace_foreign_path(LANG_PERL, path), AFTER_FRAMES);
	if (STARTS(s, "#   at "))
		return trace_frame(out, LANG_PERL, trace_foreign_path(LANG_PERL, path), AFTER_FRAMES);
	/* Warnings look alike but for their words. */
	static const char *const warnings[] = {"deprecated", "uninitialized", "redefined", "used only once",
					       "masks earlier"};
	for (size_t i = 0; i < sizeof warnings / sizeof *warnings; i++) {
		if (trace_has(s, span_of_str(warnings[i])))
			return false;
	}
	return rest.len > 0 && trace_line(out, TRACE_HEAD, LANG_PERL, AFTER_FRAMES);
}

/* "  1) test adds (CartTest)" of ExUnit, "1) Shop\CartTest::testAdds" of PHPUnit, "  1) Failure:" of minitest */
static bool form_numbered_test(struct span s, struct trace_form *out)
{
	size_t d = trace_digits(s, 0);
	struct span rest = span_from(s, d);
	if (d == 0 || d > 4 || !STARTS(rest, ") "))
		return false;
	rest = span_from(rest, 2);
	if ((STARTS(rest, "test ") || STARTS(rest, "doctest ") || STARTS(rest, "property ")) &&
	    span_ends(rest, SPAN(")")))
		return trace_line(out, TRACE_HEAD, LANG_BEAM, AFTER_DEEPER);
	if (span_eq(rest, SPAN("Failure:")) || span_eq(rest, SPAN("Error:")))
		return trace_line(out, TRACE_HEAD, LANG_RUBY, AFTER_MESSAGE);
	struct span name = trace_before(rest, SPAN(" with data set "));
	name = name.len ? name : rest;
	if (trace_has(name, SPAN("::")) && !memchr(name.ptr, ' ', name.len))
		return trace_line(out, TRACE_HEAD, LANG_PHP, AFTER_MESSAGE);
	return false;
}

static bool form_mark(const struct trace *t, struct span s, unsigned indent, struct trace_form *out)
{
	switch (s.ptr[0]) {
	case '.':
		return form_dots(t, s, out);
	case '#':
		if (STARTS(s, "#   Failed test")) /* Perl's Test::More */
			return trace_line(out, TRACE_HEAD, LANG_PERL, AFTER_COMMENT);
		if (STARTS(s, "#   at ") && form_perl(s, out)) {
			out->after = AFTER_COMMENT;
			return true;
		}
		return form_php_frame(s, out) || (s.len > 2 && s.ptr[1] == ' ' && form_ruby(s, out));
	case '(':
		return trace_form_beam_app(s, out);
	case '_':
	case '>':
		return form_pytest_mark(t, s, indent, out);
	case '-':
		if (STARTS(s, "--- FAIL: "))
			return trace_line(out, TRACE_HEAD, LANG_GOTEST, AFTER_DEEPER);
		if (STARTS(s, "--- End of "))
			return trace_line(out, TRACE_MORE, LANG_DOTNET, AFTER_FRAMES);
		/* An inner exception of .NET, not a step of a container's build. */
		if (STARTS(s, "---> ") && indent > 0) {
			bool qualified;
			return trace_exception_name(span_from(s, 5), &qualified) > 0 && qualified &&
			       trace_line(out, TRACE_MESSAGE, LANG_DOTNET, AFTER_FRAMES);
		}
		return false;
	case '*':
		if (STARTS(s, "** (")) {
			bool inside = t->language == LANG_BEAM && t->state != AFTER_END;
			/* Within a failed test more of the message follows. */
			return trace_line(out, inside ? TRACE_MESSAGE : TRACE_HEAD, LANG_BEAM,
					  inside && t->state == AFTER_DEEPER ? AFTER_DEEPER : AFTER_FRAMES);
		}
		if (STARTS(s, "** Reason for termination") || STARTS(s, "** Generic server "))
			return trace_line(out, t->language == LANG_BEAM ? TRACE_MESSAGE : TRACE_HEAD, LANG_BEAM,
					  AFTER_REPORT);
		return false;
	case '=':
		if (STARTS(s, "=CRASH REPORT====") || STARTS(s, "=ERROR REPORT===="))
			return trace_line(out, TRACE_HEAD, LANG_BEAM, AFTER_REPORT);
		return false;
	case '{':
		return trace_form_beam_term(s, out);
	case '\xe2':
		/* Jest: "  ● suite › test" */
		if (STARTS(s, "\xe2\x97\x8f ") &&
		    (trace_has(s, SPAN(" \xe2\x80\xba ")) || trace_has(s, SPAN("Test suite failed to run"))))
			return trace_line(out, TRACE_HEAD, LANG_JS, AFTER_JEST);
		return false;
	case '[':
		if (STARTS(s, "[{"))
			return trace_form_beam_term(s, out);
		if (STARTS(s, "[Previous line repeated "))
			return trace_line(out, TRACE_MORE, LANG_PYTHON, AFTER_PYTHON);
		if (STARTS(s, "[signal ") && t->language == LANG_GO)
			return trace_line(out, TRACE_MESSAGE, LANG_GO, AFTER_GO);
		return false;
	case '+':
		if (STARTS(s, "+ Exception Group Traceback (most"))
			return trace_line(out, TRACE_HEAD, LANG_PYTHON, AFTER_PYTHON);
		/* "+---- 2 ----" goes on to the next exception of a group, "+----" closes the group. */
		if (t->language == LANG_PYTHON && t->state != AFTER_END && STARTS(s, "+-"))
			return trace_line(out, TRACE_MORE, LANG_PYTHON, all_of(s, "+-") ? AFTER_FRAMES : AFTER_PYTHON);
		return false;
	default:
		return false;
	}
}

static bool ends_in_line(struct span s)
{
	size_t n = s.len;
	if (s.ptr[n - 1] == '.')
		n--;
	size_t digits = n;
	while (digits > 0 && trace_digit(s.ptr[digits - 1]))
		digits--;
	return digits < n && digits > 6 && memcmp(s.ptr + digits - 6, " line ", 6) == 0;
}

bool trace_form_of(const struct trace *t, struct span s, unsigned indent, struct trace_form *out)
{
	char c = s.ptr[0];
	if (trace_letter(c)) {
		if (STARTS(s, "at "))
			return trace_form_at(t, s, indent, out);
		if (STARTS(s, "File \""))
			return form_python_file(s, out);
		if (form_word(t, s, indent, out) || (c == 'E' && form_pytest_mark(t, s, indent, out)) ||
		    trace_form_exception(t, s, indent, out))
			return true;
	} else if (trace_digit(c)) {
		if (form_numbered_test(s, out))
			return true;
	} else if (c != '/' && form_mark(t, s, indent, out)) {
		return true;
	}
	const struct trace_signs signs = trace_signs_of(s);
	if (trace_form_native(t, s, indent, signs, out))
		return true;
	/* The rest have a place, "path:12", or end in "line 12." */
	if (signs.place &&
	    (form_go_place(t, s, indent, out) || form_ruby(s, out) || form_pytest_place(t, s, out) ||
	     trace_form_beam_place(t, s, indent, out) || trace_form_js_place(s, out) || form_php_place(t, s, out)))
		return true;
	return ends_in_line(s) && form_perl(s, out);
}
