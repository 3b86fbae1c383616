/* Exceptions by the names of their classes, and frames that say "at": JVM, JavaScript, .NET, and Rust's places. */
#include "log/trace_form.h"

#include "base/bytes.h"

#define STARTS(s, literal) span_starts((s), SPAN(literal))

/* ---- exceptions ---- */

/* Letters, digits and '_'. */
static const bool in_name[256] = {BYTES_26('a', true), BYTES_26('A', true), BYTES_10('0', true), ['_'] = true};

size_t trace_exception_name(struct span s, bool *qualified)
{
	size_t n = 0, last = 0;
	*qualified = false;
	while (n < s.len && n < 200) {
		char c = s.ptr[n];
		if (in_name[(unsigned char)c]) {
			n++;
			continue;
		}
		if (n > last && (c == '.' || c == '$') && n + 1 < s.len &&
		    (trace_letter(s.ptr[n + 1]) || s.ptr[n + 1] == '_')) {
			*qualified |= c == '.';
			last = ++n;
		} else if (n > last &&
			   (c == ':' && n + 2 < s.len && s.ptr[n + 1] == ':' && trace_letter(s.ptr[n + 2]))) {
			*qualified = true;
			last = n += 2;
		} else {
			break;
		}
	}
	struct span word = span_of(s.ptr + last, n - last);
	/* Most lines' first word is turned away by what follows it. */
	if (n < s.len && s.ptr[n] != ':' &&
	    (s.ptr[n] != ' ' || n + 1 == s.len || (s.ptr[n + 1] != '[' && s.ptr[n + 1] != 'a')))
		return 0;
	if (word.len < 4 || !trace_upper(word.ptr[0]))
		return 0;
	static const char *const endings[] = {"Error",	"Exception", "Throwable", "Failure",   "Fault",
					      "Failed", "Interrupt", "Exit",	  "Violation", "Rejection",
					      "Errors", "Panic",     "Warning"};
	for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
		struct span ending = span_of_str(endings[i]);
		if (span_ends(word, ending)) /* "Failed:" and "Exit:" alone are everyday words, "Error:" is a class */
			return word.len > ending.len || *qualified || i < 2 ? n : 0;
	}
	return 0;
}

static bool is_exception(struct span s, bool in_trace)
{
	bool qualified;
	size_t n = trace_exception_name(s, &qualified);
	if (n == 0 || span_ends(span_head(s, n), SPAN("Warning")))
		return false;
	struct span rest = span_from(s, n);
	if (rest.len == 0)
		return qualified || in_trace;
	if (rest.ptr[0] == ':')
		return rest.len == 1 || rest.ptr[1] == ' ' || rest.ptr[1] == '\t';
	/* "AssertionError [ERR_ASSERTION]: …", Gradle's "x.FooException at FooTest.java:12" */
	return STARTS(rest, " [ERR_") || (STARTS(rest, " at ") && trace_place_at_end(rest).len > 0);
}

bool trace_form_exception(const struct trace *t, struct span s, unsigned indent, struct trace_form *out)
{
	static const char *const openings[] = {
		"Uncaught ",
		"Unhandled rejection ",
		"Unhandled exception. ",
		"Unhandled Exception: ",
		"Unhandled exception: ",
		"ERROR: ",
		"Uncaught exception: ",
		"uncaught exception: ",
		"[uncaught application error]: ",
		"Thrown: ",
	};
	struct span rest = s;
	const bool may_open = s.ptr[0] == 'U' || s.ptr[0] == 'u' || s.ptr[0] == 'E' || s.ptr[0] == '[' || s.ptr[0] == 'T';
	for (size_t i = 0; may_open && i < sizeof openings / sizeof *openings; i++) {
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
	struct span file =
		colon > 1 && colon < place.len && place.ptr[colon - 1] == ':' ? span_head(place, colon - 1) : place;
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
	       STARTS(place, "eval at ") || STARTS(place, "node:") || STARTS(place, "Unknown script code");
}

static bool js_frame(struct trace_form *out, struct span place)
{
	struct span path = trace_place_at_end(place);
	if (path.len == 0)
		path = place;
	size_t scheme = span_find(path, SPAN("://"));
	if (scheme != SIZE_MAX) { /* a browser's or bundler's address: behind the host */
		struct span behind = span_from(path, scheme + 3);
		const char *slash = memchr(behind.ptr, '/', behind.len);
		path = slash ? span_from(behind, (size_t)(slash - behind.ptr) + 1) : behind;
	}
	/* Node before version 12 names its own files without a folder: module.js, events.js. */
	bool bare = !memchr(path.ptr, '/', path.len) && !memchr(path.ptr, '\\', path.len) && scheme == SIZE_MAX;
	static const char *const node_files[] = {"module.js", "events.js", "timers.js", "node.js", "net.js", "fs.js",
						 "bootstrap_node.js", "assert.js", "util.js", "vm.js", "domain.js",
						 "child_process.js", "stream.js", "_stream_", "_http_", "dns.js"};
	bool foreign = trace_foreign_path(LANG_JS, path);
	for (size_t i = 0; bare && !foreign && i < sizeof node_files / sizeof *node_files; i++)
		foreign = span_starts(path, span_of_str(node_files[i]));
	return trace_frame(out, LANG_JS, foreign, AFTER_FRAMES);
}

bool trace_form_at(const struct trace *t, struct span s, unsigned indent, struct trace_form *out)
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
			/* "java.base/java.lang.…", "app//x.Y"; a lambda's name has a slash of its own further on. */
			for (const char *slash; (slash = memchr(symbol.ptr, '/', symbol.len)) != NULL;) {
				if (memchr(symbol.ptr, '$', (size_t)(slash - symbol.ptr)))
					break;
				symbol = span_from(symbol, (size_t)(slash - symbol.ptr) + 1);
			}
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
	if (in != SIZE_MAX) { /* "at Shop.Cart.Add(Item i) in /src/Cart.cs:line 12" */
		struct span place = span_from(s, in + 5);
		size_t line = span_find(place, SPAN(":line "));
		if (line != SIZE_MAX || trace_place_at_end(place).len)
			return trace_frame(
				out, LANG_DOTNET,
				trace_foreign_symbol(LANG_DOTNET, s) || trace_foreign_path(LANG_DOTNET, place), after);
	}
	if (STARTS(s, "async "))
		s = span_from(s, 6);
	struct span path = trace_place_at_end(s);
	bool pathlike = memchr(path.ptr, '/', path.len) || memchr(path.ptr, '.', path.len);
	if (path.len > 1 && pathlike && !memchr(path.ptr, ' ', path.len)) {
		if (t->language == LANG_RUST)
			return trace_frame(out, LANG_RUST, t->foreign || trace_foreign_path(LANG_RUST, path),
					   AFTER_RUST);
		js_frame(out, s);
		out->after = after;
		return true;
	}
	if (STARTS(s, "<anonymous>") || span_eq(s, SPAN("native")) || span_eq(s, SPAN("<Jasmine>")))
		return trace_frame(out, LANG_JS, true, after);
	return false;
}

/* "f@http://host/x.js:1:2" of Firefox and Safari. Node shows where an uncaught error was thrown: "/srv/shop/cart.js:12"
 * alone on a line, then source and caret. */
bool trace_form_js_place(struct span s, struct trace_form *out)
{
	struct span path = trace_place_at_end(s);
	if (path.len < 4 || memchr(path.ptr, ' ', path.len))
		return false;
	const char *sign = memchr(path.ptr, '@', path.len);
	bool code = span_ends(path, SPAN(".js")) || span_ends(path, SPAN(".mjs")) || span_ends(path, SPAN(".cjs")) ||
		    span_ends(path, SPAN(".ts")) || span_ends(path, SPAN(".tsx")) || span_ends(path, SPAN(".jsx"));
	size_t numbers = 0;
	for (size_t i = path.len; i < s.len; i++)
		numbers += s.ptr[i] == ':';
	if (numbers == 2 && sign && (code || trace_has(path, SPAN("://"))))
		return js_frame(out, span_from(s, (size_t)(sign - path.ptr) + 1));
	if (numbers != 1 || !(STARTS(path, "node:") || STARTS(path, "internal/") || (code && (path.ptr[0] == '/' ||
								 path.ptr[1] == ':' || STARTS(path, "file:///")))))
		return false;
	js_frame(out, s);
	out->after = AFTER_SOURCE;
	return true;
}
