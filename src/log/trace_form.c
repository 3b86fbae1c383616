/* Forms of managed languages' traces: Python, JVM, JavaScript, .NET, Go, Rust, Ruby, PHP, Perl, Elixir and Erlang. The first
 * letter decides which of them is tried; the rest of a form is as strict as the format allows, since a false frame hides
 * an ordinary line. */
#include "log/trace_form.h"

#include <stdint.h>

#define STARTS(s, literal) span_starts((s), SPAN(literal))

/* ---- small scanners ---- */

size_t trace_digits(struct span s, size_t from)
{
	size_t n = from;
	while (n < s.len && trace_digit(s.ptr[n]))
		n++;
	return n > from ? n - from : 0;
}

struct span trace_place_at_end(struct span s)
{
	size_t n = s.len;
	for (int part = 0; part < 2; part++) {
		size_t d = n;
		while (d > 0 && trace_digit(s.ptr[d - 1]))
			d--;
		if (d == n || d < 2 || s.ptr[d - 1] != ':')
			return part == 1 ? span_head(s, n) : span_of(s.ptr, 0);
		n = d - 1;
	}
	return span_head(s, n);
}

struct span trace_place_at_start(struct span s, struct span *rest)
{
	struct span none = span_of(s.ptr, 0);
	size_t limit = s.len < 300 ? s.len : 300, i = 0;
	bool pathlike = false;
	if (s.len > 2 && s.ptr[1] == ':' && (s.ptr[2] == '\\' || s.ptr[2] == '/'))
		i = 2; /* a drive */
	for (; i < limit && s.ptr[i] != ':'; i++) {
		char c = s.ptr[i];
		if (c == ' ' || c == '\t' || c == '"' || c == '=')
			return none;
		pathlike |= c == '.' || c == '/';
	}
	size_t d = i < limit ? trace_digits(s, i + 1) : 0;
	size_t behind = i + 1 + d;
	if (!pathlike || d == 0 || behind >= s.len || s.ptr[behind] != ':')
		return none;
	size_t column = trace_digits(s, behind + 1);
	if (column && behind + 1 + column < s.len && s.ptr[behind + 1 + column] == ':')
		behind += 1 + column;
	*rest = span_from(s, behind + 1);
	return span_head(s, i);
}

bool trace_line(struct trace_form *out, enum trace_role role, enum trace_language language, enum trace_after after)
{
	*out = (struct trace_form){role, language, after};
	return true;
}

bool trace_frame(struct trace_form *out, enum trace_language language, bool foreign, enum trace_after after)
{
	return trace_line(out, foreign ? TRACE_FOREIGN : TRACE_FRAME, language, after);
}

static struct span find_before(struct span s, struct span mark)
{
	size_t at = span_find(s, mark);
	return at == (size_t)-1 ? span_of(s.ptr, 0) : span_head(s, at);
}

static struct span skip_blanks(struct span s)
{
	while (s.len && (s.ptr[0] == ' ' || s.ptr[0] == '\t'))
		s = span_from(s, 1);
	return s;
}

/* ---- exceptions ---- */

/* The name of an exception's class at the start of s: dotted or colon-joined words, the last of them capital and ending
 * as such classes end. Its length, or 0. */
static size_t exception_name(struct span s, bool *qualified)
{
	size_t n = 0, last = 0;
	*qualified = false;
	while (n < s.len && n < 200) {
		char c = s.ptr[n];
		if (c == '.' || c == '$' || (c == ':' && n + 2 < s.len && s.ptr[n + 1] == ':' && trace_letter(s.ptr[n + 2]))) {
			*qualified |= c != '$';
			n += c == ':' ? 2 : 1;
			last = n;
		} else if (trace_letter(c) || trace_digit(c) || c == '_') {
			n++;
		} else {
			break;
		}
	}
	struct span word = span_of(s.ptr + last, n - last);
	if (word.len < 4 || !trace_upper(word.ptr[0]))
		return 0;
	static const char *const endings[] = {"Error", "Exception", "Throwable", "Failure", "Fault", "Failed", "Interrupt",
					      "Exit", "Violation", "Rejection", "Errors", "Panic"};
	for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
		if (span_ends(word, span_of_str(endings[i])))
			return n;
	}
	return 0;
}

static bool is_exception(struct span s, bool in_trace)
{
	bool qualified;
	size_t n = exception_name(s, &qualified);
	if (n == 0)
		return false;
	struct span rest = span_from(s, n);
	if (rest.len == 0)
		return qualified || in_trace;
	if (rest.ptr[0] == ':')
		return rest.len == 1 || rest.ptr[1] == ' ' || rest.ptr[1] == '\t';
	/* "AssertionError [ERR_ASSERTION]: …", Gradle's "x.FooException at FooTest.java:12" */
	return STARTS(rest, " [ERR_") || (STARTS(rest, " at ") && trace_place_at_end(rest).len > 0);
}

static bool form_exception(const struct trace *t, struct span s, unsigned indent, struct trace_form *out)
{
	static const char *const openings[] = {
		"Uncaught ", "Unhandled rejection ", "Unhandled exception. ", "Unhandled Exception: ", "Unhandled exception: ",
		"ERROR: ", "Uncaught exception: ", "uncaught exception: ", "[uncaught application error]: ", "Thrown: ",
	};
	struct span rest = s;
	for (size_t i = 0; i < sizeof openings / sizeof *openings; i++) {
		if (openings[i][0] == s.ptr[0] && span_starts(s, span_of_str(openings[i]))) {
			rest = span_from(s, strlen(openings[i]));
			break;
		}
	}
	if (indent > 24 || rest.len == 0 || !is_exception(rest, t->state != AFTER_END && t->run == 0))
		return false;
	bool object = rest.ptr[rest.len - 1] == '{';
	return trace_line(out, TRACE_HEAD, LANG_NONE, object ? AFTER_FIELDS : AFTER_FRAMES);
}

/* ---- "at …": JVM, JavaScript, .NET, and Rust's places ---- */

static bool is_jvm_file(struct span place)
{
	size_t colon = place.len;
	while (colon > 0 && trace_digit(place.ptr[colon - 1]))
		colon--;
	struct span file = colon > 1 && colon < place.len && place.ptr[colon - 1] == ':' ? span_head(place, colon - 1) : place;
	return span_ends(file, SPAN(".java")) || span_ends(file, SPAN(".kt")) || span_ends(file, SPAN(".scala")) ||
	       span_ends(file, SPAN(".groovy")) || span_ends(file, SPAN(".clj")) || span_ends(file, SPAN(".cljc")) ||
	       span_ends(file, SPAN(".kts")) || span_ends(file, SPAN(".aj")) || span_eq(file, SPAN("SourceFile")) ||
	       span_eq(file, SPAN("Native Method")) || span_eq(file, SPAN("Unknown Source")) ||
	       span_eq(file, SPAN("<generated>")) || span_eq(file, SPAN("Compiled Code"));
}

static bool is_js_place(struct span place)
{
	struct span path = trace_place_at_end(place);
	if (path.len > 0)
		return path.len + 4 <= place.len || trace_has(path, SPAN(".js")) || trace_has(path, SPAN("://"));
	return span_eq(place, SPAN("native")) || STARTS(place, "<anonymous>") || STARTS(place, "index ") ||
	       STARTS(place, "eval at ") || STARTS(place, "node:");
}

static bool js_frame(struct trace_form *out, struct span place)
{
	struct span path = trace_place_at_end(place);
	if (path.len == 0)
		path = place;
	size_t scheme = span_find(path, SPAN("://"));
	if (scheme != (size_t)-1) { /* a browser's or bundler's address: behind the host */
		struct span behind = span_from(path, scheme + 3);
		const char *slash = memchr(behind.ptr, '/', behind.len);
		path = slash ? span_from(behind, (size_t)(slash - behind.ptr) + 1) : behind;
	}
	/* Node before version 12 names its own files without a folder: module.js, events.js. */
	bool bare = !memchr(path.ptr, '/', path.len) && !memchr(path.ptr, '\\', path.len) && scheme == (size_t)-1;
	static const char *const node_files[] = {"module.js", "events.js", "timers.js", "node.js", "net.js", "fs.js",
						 "bootstrap_node.js", "assert.js", "util.js", "vm.js", "domain.js",
						 "child_process.js", "stream.js", "_stream_", "_http_", "dns.js"};
	bool foreign = trace_foreign_path(LANG_JS, path);
	for (size_t i = 0; bare && !foreign && i < sizeof node_files / sizeof *node_files; i++)
		foreign = span_starts(path, span_of_str(node_files[i]));
	return trace_frame(out, LANG_JS, foreign, AFTER_FRAMES);
}

static bool form_at(const struct trace *t, struct span s, unsigned indent, struct trace_form *out)
{
	s = span_trim(span_from(s, 3));
	if (s.len < 3)
		return false;
	bool object = span_ends(s, SPAN(" {")); /* node prints an error's fields behind its last frame */
	if (object)
		s = span_trim(span_head(s, s.len - 2));
	enum trace_after after = object ? AFTER_FIELDS : AFTER_FRAMES;
	if (s.ptr[s.len - 1] == ']') { /* "~[shop.jar:1.2]" */
		size_t open = s.len;
		while (open > 0 && s.ptr[open - 1] != '[')
			open--;
		if (open > 2 && (s.ptr[open - 2] == '~' || s.ptr[open - 2] == ' '))
			s = span_trim(span_head(s, open - 2));
		if (s.len < 3)
			return false;
	}
	if (s.ptr[s.len - 1] == ')') {
		size_t open = s.len - 1;
		for (int depth = 0; open > 0; open--) {
			depth += s.ptr[open] == ')' ? 1 : s.ptr[open] == '(' ? -1 : 0;
			if (depth == 0)
				break;
		}
		struct span symbol = span_trim(span_head(s, open));
		struct span place = span_of(s.ptr + open + 1, s.len - open - 2);
		bool one_word = !memchr(symbol.ptr, ' ', symbol.len);
		if (open == 0)
			return false;
		if (one_word && is_jvm_file(place)) {
			/* "java.base/java.lang.…", "app//x.Y" */
			for (const char *slash; (slash = memchr(symbol.ptr, '/', symbol.len)) != NULL;)
				symbol = span_from(symbol, (size_t)(slash - symbol.ptr) + 1);
			return trace_frame(out, LANG_JVM, trace_foreign_symbol(LANG_JVM, symbol), after);
		}
		if (is_js_place(place)) {
			js_frame(out, place);
			out->after = after;
			return true;
		}
		if (indent > 0 && one_word && memchr(symbol.ptr, '.', symbol.len) && trace_letter(symbol.ptr[0]) &&
		    s.ptr[open - 1] != ' ')
			return trace_frame(out, LANG_DOTNET, trace_foreign_symbol(LANG_DOTNET, symbol), after);
	}
	size_t in = span_find(s, SPAN(") in "));
	if (in != (size_t)-1) { /* "at Shop.Cart.Add(Item i) in /src/Cart.cs:line 12" */
		struct span place = span_from(s, in + 5);
		size_t line = span_find(place, SPAN(":line "));
		if (line != (size_t)-1 || trace_place_at_end(place).len)
			return trace_frame(out, LANG_DOTNET,
					   trace_foreign_symbol(LANG_DOTNET, s) ||
						   trace_foreign_path(LANG_DOTNET, place), after);
	}
	if (STARTS(s, "async "))
		s = span_from(s, 6);
	struct span path = trace_place_at_end(s);
	if (path.len > 1 && !memchr(path.ptr, ' ', path.len) && (memchr(path.ptr, '/', path.len) || memchr(path.ptr, '.', path.len))) {
		if (t->language == LANG_RUST)
			return trace_frame(out, LANG_RUST, t->foreign || trace_foreign_path(LANG_RUST, path), AFTER_RUST);
		js_frame(out, s);
		out->after = after;
		return true;
	}
	if (STARTS(s, "<anonymous>") || span_eq(s, SPAN("native")) || span_eq(s, SPAN("<Jasmine>")))
		return trace_frame(out, LANG_JS, true, after);
	return false;
}

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
	struct span rest, path = trace_place_at_start(s, &rest);
	if (path.len == 0 || !(span_ends(path, SPAN(".py")) || span_ends(path, SPAN(".pyx")) || span_ends(path, SPAN(".pxi"))))
		return false;
	rest = span_trim(rest);
	bool qualified;
	size_t name = exception_name(rest, &qualified);
	if (STARTS(rest, "in ") || (name && name == rest.len) || (rest.len == 0 && t->language == LANG_PYTEST))
		return trace_frame(out, LANG_PYTEST, trace_foreign_path(LANG_PYTHON, path), AFTER_PYTEST);
	return false;
}

/* ---- Go ---- */

/* "\t/src/cart.go:12 +0x1d" */
static bool form_go_place(const struct trace *t, struct span s, unsigned indent, struct trace_form *out)
{
	size_t go = span_find(s, SPAN(".go:"));
	if (go == (size_t)-1 || indent == 0)
		return false;
	struct span rest = span_from(s, go + 4);
	size_t d = trace_digits(rest, 0);
	if (d == 0 || memchr(s.ptr, ' ', go))
		return false;
	rest = span_from(rest, d);
	if (rest.len == 0 || STARTS(rest, " +0x"))
		if (t->language == LANG_GO || rest.len > 0)
			return trace_frame(out, LANG_GO,
					   (t->language == LANG_GO && t->foreign) ||
						   trace_foreign_path(LANG_GO, span_head(s, go + 3)), AFTER_GO);
	if (STARTS(rest, ": ") || span_eq(rest, SPAN(":"))) /* testing's own: "    cart_test.go:12: message" */
		return trace_frame(out, LANG_GOTEST, trace_foreign_path(LANG_GO, span_head(s, go + 3)), AFTER_DEEPER);
	return false;
}

/* ---- Ruby ---- */

static bool form_ruby(struct span s, struct trace_form *out)
{
	size_t in = span_find(s, SPAN(":in `"));
	if (in == (size_t)-1)
		in = span_find(s, SPAN(":in '"));
	bool from = false;
	/* "\t 3: from x.rb:12:in `f'", the order of Ruby 2.5 to 2.7 */
	size_t d = trace_digits(s, 0);
	if (d && d < 5 && span_starts(span_from(s, d), SPAN(": from "))) {
		s = span_from(s, d + 2);
		in = in == (size_t)-1 ? in : in - d - 2;
	}
	if (STARTS(s, "from ")) {
		from = true;
		s = span_from(s, 5);
		in = in == (size_t)-1 ? in : in - 5;
	} else if (STARTS(s, "# ")) {
		s = skip_blanks(span_from(s, 2));
		struct span path = trace_place_at_end(s);
		if (in == (size_t)-1)
			return path.len && span_ends(path, SPAN(".rb")) &&
			       trace_frame(out, LANG_RUBY, trace_foreign_path(LANG_RUBY, path), AFTER_FRAMES);
		in = span_find(s, SPAN(":in "));
		from = true;
	}
	struct span head = in == (size_t)-1 ? s : span_head(s, in);
	struct span path = trace_place_at_end(head);
	if (path.len < 2 || memchr(path.ptr, ' ', path.len))
		return false;
	if (in == (size_t)-1)
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
	rest = skip_blanks(rest);
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

/* ---- Elixir and Erlang ---- */

/* "(app 1.2.3) lib/cart.ex:12: Cart.add/1", "(stdlib) gen_server.erl:12: :gen_server.loop/6" */
static bool form_beam_app(struct span s, struct trace_form *out)
{
	const char *close = memchr(s.ptr, ')', s.len < 60 ? s.len : 60);
	if (!close || close - s.ptr < 2)
		return false;
	struct span app = span_of(s.ptr + 1, (size_t)(close - s.ptr) - 1);
	struct span rest, place = skip_blanks(span_from(s, app.len + 2));
	if (memchr(app.ptr, ' ', app.len))
		app = find_before(app, SPAN(" "));
	struct span path = trace_place_at_start(place, &rest);
	bool code = span_ends(path, SPAN(".ex")) || span_ends(path, SPAN(".exs")) || span_ends(path, SPAN(".erl"));
	if (!code) { /* without a place: "(elixir) Elixir.Foo.bar/1" */
		size_t n = place.len;
		while (n > 0 && trace_digit(place.ptr[n - 1]))
			n--;
		if (path.len || n == place.len || n < 2 || place.ptr[n - 1] != '/' || memchr(place.ptr, ' ', place.len))
			return false;
	}
	return trace_frame(out, LANG_BEAM, trace_foreign_symbol(LANG_BEAM, app) || trace_foreign_path(LANG_BEAM, path),
			   AFTER_FRAMES);
}

static bool form_beam_place(const struct trace *t, struct span s, unsigned indent, struct trace_form *out)
{
	struct span rest, path = trace_place_at_start(s, &rest);
	if (path.len == 0 && t->language == LANG_BEAM && indent > 0) { /* ExUnit: "     test/cart_test.exs:12" */
		path = trace_place_at_end(s);
		if (path.len && (span_ends(path, SPAN(".exs")) || span_ends(path, SPAN(".ex"))) &&
		    !memchr(path.ptr, ' ', path.len))
			return trace_frame(out, LANG_BEAM, trace_foreign_path(LANG_BEAM, path), AFTER_DEEPER);
		return false;
	}
	if (indent == 0 || !(span_ends(path, SPAN(".ex")) || span_ends(path, SPAN(".exs")) || span_ends(path, SPAN(".erl"))))
		return false;
	rest = span_trim(rest);
	/* "f/1" or "(test)" or "anonymous fn/1 in f/2", never a compiler's "warning: …" */
	if (rest.len == 0 || memchr(rest.ptr, ':', rest.len) == rest.ptr + rest.len - 1)
		return false;
	if (rest.ptr[rest.len - 1] != ')' && !(trace_digit(rest.ptr[rest.len - 1]) && memchr(rest.ptr, '/', rest.len)))
		return false;
	return trace_frame(out, LANG_BEAM, trace_foreign_path(LANG_BEAM, path), AFTER_FRAMES);
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
		if (s.len > 10 && STARTS(s, "___") && span_ends(s, SPAN(" ___")) == false && span_ends(s, SPAN("_")) &&
		    trace_has(s, SPAN("_ ")) && trace_has(s, SPAN(" _")))
			return trace_line(out, TRACE_HEAD, LANG_PYTEST, AFTER_PYTEST);
		if (s.len > 10 && STARTS(s, "_ ") && span_ends(s, SPAN(" _")))
			return trace_line(out, TRACE_HEAD, LANG_PYTEST, AFTER_PYTEST);
		return false;
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
	return trace_line(out, TRACE_HEAD, LANG_RUST, s.ptr[s.len - 1] == ':' ? AFTER_MESSAGE : AFTER_RUST);
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
		if (STARTS(s, "Stack trace:") && s.len < 14)
			return trace_line(out, open ? TRACE_MORE : TRACE_HEAD, language, AFTER_FRAMES);
		if (STARTS(s, "Stacktrace:") && s.len < 13)
			return trace_line(out, open ? TRACE_MORE : TRACE_HEAD, language, AFTER_FRAMES);
		break;
	case 'W':
		if (STARTS(s, "Wrapped by: ") && open)
			return trace_line(out, TRACE_MESSAGE, language, AFTER_FRAMES);
		if (STARTS(s, "WARNING: DATA RACE"))
			return trace_line(out, TRACE_HEAD, LANG_GO, AFTER_GO);
		break;
	case 'E':
		if (STARTS(s, "Exception in thread ") || STARTS(s, "Exception in component "))
			return trace_line(out, TRACE_HEAD, LANG_JVM, AFTER_FRAMES);
		if (STARTS(s, "Exception Group Traceback (most"))
			return trace_line(out, TRACE_HEAD, LANG_PYTHON, AFTER_PYTHON);
		break;
	case 'P':
		if (STARTS(s, "PHP Fatal error: ") || STARTS(s, "PHP Parse error: "))
			return trace_line(out, TRACE_HEAD, LANG_PHP, AFTER_FRAMES);
		if (STARTS(s, "PHP Stack trace:"))
			return trace_line(out, TRACE_MORE, LANG_PHP, AFTER_FRAMES);
		if (STARTS(s, "PHP   ") && trace_digits(skip_blanks(span_from(s, 4)), 0))
			return trace_frame(out, LANG_PHP, false, AFTER_FRAMES);
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
			return trace_line(out, language == LANG_GO && open ? TRACE_MORE : TRACE_HEAD, LANG_GO, AFTER_GO);
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
			return trace_frame(out, LANG_PHP, trace_foreign_path(LANG_PHP, find_before(span_from(s, 10), SPAN(" on line "))),
					   AFTER_FRAMES);
		break;
	case 's':
		if (span_eq(s, SPAN("stack backtrace:")))
			return trace_line(out, language == LANG_RUST && open ? TRACE_MORE : TRACE_HEAD, LANG_RUST, AFTER_RUST);
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
			if (place != (size_t)-1)
				return trace_frame(out, LANG_BEAM, false, AFTER_FRAMES);
		}
		break;
	default:
		break;
	}
	return false;
}

static bool form_mark(const struct trace *t, struct span s, unsigned indent, struct trace_form *out)
{
	switch (s.ptr[0]) {
	case '.':
		return form_dots(t, s, out) || form_ruby(s, out);
	case '#':
		return form_php_frame(s, out) || (s.len > 2 && s.ptr[1] == ' ' && form_ruby(s, out));
	case '(':
		return form_beam_app(s, out);
	case '_':
	case '>':
		return form_pytest_mark(t, s, indent, out);
	case '-':
		if (STARTS(s, "--- FAIL: "))
			return trace_line(out, TRACE_HEAD, LANG_GOTEST, AFTER_DEEPER);
		if (STARTS(s, "--- End of ") || STARTS(s, "---> "))
			{
			/* Builders print "---> Running in 1a2b" with the same arrow: only an exception's name makes it one. */
			bool arrow = STARTS(s, "---> ");
			if (!arrow || span_find(s, SPAN("Exception")) != SIZE_MAX || span_find(s, SPAN("Error")) != SIZE_MAX)
				return trace_line(out, arrow ? TRACE_MESSAGE : TRACE_MORE, LANG_DOTNET, AFTER_FRAMES);
		}
		return false;
	case '*':
		if (STARTS(s, "** (")) {
			bool inside = t->language == LANG_BEAM && t->state != AFTER_END;
			return trace_line(out, inside ? TRACE_MESSAGE : TRACE_HEAD, LANG_BEAM, AFTER_FRAMES);
		}
		return false;
	case '[':
		if (STARTS(s, "[Previous line repeated "))
			return trace_line(out, TRACE_MORE, LANG_PYTHON, AFTER_PYTHON);
		if (STARTS(s, "[signal ") && t->language == LANG_GO)
			return trace_line(out, TRACE_MESSAGE, LANG_GO, AFTER_GO);
		return false;
	case '+':
		if (STARTS(s, "+ Exception Group Traceback (most"))
			return trace_line(out, TRACE_HEAD, LANG_PYTHON, AFTER_PYTHON);
		if (t->language == LANG_PYTHON && t->state != AFTER_END && STARTS(s, "+-"))
			return trace_line(out, TRACE_MORE, LANG_PYTHON, AFTER_PYTHON);
		return false;
	default:
		return false;
	}
}

/* Perl: "Died at cart.pl line 3.", "\tmain::add(3) called at cart.pl line 12" */
static bool form_perl(struct span s, struct trace_form *out)
{
	size_t line = span_find(s, SPAN(" line "));
	if (line == (size_t)-1 || line < 4)
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
	return rest.len > 0 && trace_line(out, TRACE_HEAD, LANG_PERL, AFTER_FRAMES);
}

bool trace_form_of(const struct trace *t, struct span s, unsigned indent, struct trace_form *out)
{
	char c = s.ptr[0];
	if (STARTS(s, "at "))
		return form_at(t, s, indent, out);
	if (STARTS(s, "File \""))
		return form_python_file(s, out);
	if (trace_letter(c)) {
		if (form_word(t, s, indent, out))
			return true;
		if (c == 'E' && indent == 0 && form_pytest_mark(t, s, indent, out))
			return true;
		if ((trace_upper(c) || indent <= 24) && form_exception(t, s, indent, out))
			return true;
	} else if (!trace_digit(c) && c != '/' && form_mark(t, s, indent, out)) {
		return true;
	}
	if (trace_form_native(t, s, indent, out))
		return true;
	if (!memchr(s.ptr, ':', s.len))
		return form_perl(s, out);
	return form_go_place(t, s, indent, out) || form_ruby(s, out) || form_pytest_place(t, s, out) ||
	       form_beam_place(t, s, indent, out) || form_perl(s, out);
}
