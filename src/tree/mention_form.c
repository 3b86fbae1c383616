#include "tree/mention_form.h"

#include <stdint.h>

#define STARTS(s, literal) span_starts((s), SPAN(literal))

/* How far back a name may reach: a line of megabytes is not gone through again for each of its numbers. */
enum { NAME_BYTES_MOST = 4096, WIDE_BYTES_MOST = 512, FRAME_BYTES_MOST = 1024 };

/* ---- paths ---- */

static bool is_separator(char c) { return c == '/' || c == '\\'; }

/* What ends a path to the left. Brackets may be a part of it when they are closed before its end. */
static bool is_stop(char c)
{
	return (unsigned char)c <= ' ' || strchr("\"'`<>|,;=*?!{}", c) != NULL;
}

/* Names that are files though they have neither folder nor extension. */
static bool is_known_name(struct span s)
{
	static const char *const names[] = {"Makefile", "makefile", "GNUmakefile", "Dockerfile", "Containerfile", "Rakefile", "Gemfile",
	                                    "Jenkinsfile", "Vagrantfile", "Procfile", "Justfile", "justfile", "Kconfig", "configure",
	                                    "BUILD", "WORKSPACE", "Snakefile", "Earthfile", "Fastfile", "Podfile", "Guardfile"};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (span_eq(s, span_of_str(names[i])))
			return true;
	return false;
}

static bool has_letter(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (mention_letter(s.ptr[i]) || (unsigned char)s.ptr[i] >= 0x80)
			return true;
	return false;
}

static struct span base_of(struct span path)
{
	size_t i = path.len;
	while (i > 0 && !is_separator(path.ptr[i - 1]))
		i--;
	return span_from(path, i);
}

/* "c" of "a.c"; empty when there is none or it is no word: of "10.0.0.1", "3.14", ".". */
static struct span extension_of(struct span path)
{
	struct span base = base_of(path);
	size_t i = base.len;
	while (i > 0 && (mention_alnum(base.ptr[i - 1]) || base.ptr[i - 1] == '_' || base.ptr[i - 1] == '+'))
		i--;
	struct span extension = span_from(base, i);
	return i > 0 && base.ptr[i - 1] == '.' && base.len - i <= 12 && has_letter(extension) ? extension : span_of(path.ptr, 0);
}

static bool looks_like_path(struct span s, bool weak)
{
	if (s.len == 0 || s.len > NAME_BYTES_MOST || !has_letter(s) || is_separator(s.ptr[s.len - 1]))
		return false;
	struct span base = base_of(s);
	if (!has_letter(base) && !mention_digit(base.ptr[0]))
		return false;
	if (is_known_name(base))
		return true;
	bool folder = base.len < s.len;
	if (extension_of(s).len == 0)
		return folder && !weak && base.ptr[0] != '.';
	return base.ptr[0] != '.' || base.len > 2;
}

/* Whether the ':' before `at` stands between a URL's host and port. */
static bool is_port(struct span s, size_t from, size_t at)
{
	size_t i = at - 1;
	if (at >= s.len || !mention_digit(s.ptr[at]))
		return false;
	from = at - from > FRAME_BYTES_MOST ? at - FRAME_BYTES_MOST : from;
	while (i > from && (mention_alnum(s.ptr[i - 1]) || s.ptr[i - 1] == '.' || s.ptr[i - 1] == '-'))
		i--;
	return i < at - 1 && span_ends(span_of(s.ptr + from, i - from), SPAN("://"));
}

/* Back from `end` to where an unquoted path begins. */
static size_t begin_of_word(struct span s, size_t from, size_t end)
{
	size_t i = end;
	int round = 0, square = 0;
	for (; i > from && end - i < NAME_BYTES_MOST; i--) {
		char c = s.ptr[i - 1];
		if (c == ')')
			round++;
		else if (c == ']')
			square++;
		else if (c == '(' && round-- == 0)
			break;
		else if (c == '[' && square-- == 0)
			break;
		else if (c == ':') {
			bool scheme = i + 1 < end && s.ptr[i] == '/' && s.ptr[i + 1] == '/';
			bool drive = i < end && is_separator(s.ptr[i]) && i >= from + 2 && mention_letter(s.ptr[i - 2]) &&
			             (i == from + 2 || !mention_alnum(s.ptr[i - 3]));
			bool package = i >= from + 8 && span_ends(span_head(s, i), SPAN("package:"));
			if (!scheme && !drive && !package && !is_port(s, from, i))
				break;
		} else if (c == '?' && i < end && mention_alnum(s.ptr[i])) {
			/* "main.js?v=3:12:5": the query of a URL */
		} else if (c == '=' && memchr(s.ptr + from, '?', i - from)) {
			/* inside such a query */
		} else if (is_stop(c)) {
			break;
		}
	}
	return i;
}

/* Without "file://", the host of a URL, a bundler's own prefix. */
static struct span without_scheme(struct span s)
{
	size_t at = span_find(s, SPAN("://"));
	if (at != SIZE_MAX) {
		struct span scheme = span_head(s, at);
		struct span rest = span_from(s, at + 3);
		size_t word = scheme.len; /* Firefox: "render@http://…" */
		while (word > 0 && (mention_alnum(scheme.ptr[word - 1]) || scheme.ptr[word - 1] == '-' || scheme.ptr[word - 1] == '+'))
			word--;
		scheme = span_from(scheme, word);
		size_t inner = span_find(rest, SPAN("/./"));
		const char *slash = memchr(rest.ptr, '/', rest.len);
		if (span_eq(scheme, SPAN("file"))) {
			bool drive = rest.len > 3 && rest.ptr[0] == '/' && mention_letter(rest.ptr[1]) && rest.ptr[2] == ':';
			s = drive ? span_from(rest, 1) : rest;
		} else if (inner != SIZE_MAX) {
			s = span_from(rest, inner + 3);
		} else if (slash) {
			s = span_from(rest, (size_t)(slash - rest.ptr) + 1);
		} else {
			s = span_of(s.ptr, 0);
		}
	} else if (STARTS(s, "package:")) { /* Dart */
		s = span_from(s, 8);
	}
	const char *query = s.len ? memchr(s.ptr, '?', s.len) : NULL;
	if (query)
		s.len = (size_t)(query - s.ptr);
	return s;
}

/* "render@/srv/app.js": what stands before an '@' that a rooted path follows is a function. */
static struct span without_function(struct span s)
{
	for (size_t i = 0; i + 1 < s.len && !is_separator(s.ptr[i]); i++)
		if (s.ptr[i] == '@' && i > 0 && is_separator(s.ptr[i + 1]))
			return span_from(s, i + 1);
	return s;
}

static bool quoted(struct span line, size_t from, size_t end, struct mention_path *out)
{
	char quote = end > from ? line.ptr[end - 1] : '\0';
	if (quote != '"' && quote != '\'' && quote != '`')
		return false;
	size_t i = end - 1;
	from = end - from > NAME_BYTES_MOST ? end - NAME_BYTES_MOST : from;
	while (i > from && line.ptr[i - 1] != quote && !(quote == '\'' && line.ptr[i - 1] == '`'))
		i--;
	if (i == from)
		return false;
	out->begin = i - 1;
	out->name = without_scheme(span_of(line.ptr + i, end - 1 - i));
	out->wide = span_of(line.ptr, 0);
	return true;
}

/* From the first word of the line, or behind a frame's opening (`at f (`, `in `), to the path's end. */
static struct span widened(struct span line, size_t from, size_t begin, size_t end)
{
	size_t i = begin;
	from = begin - from > WIDE_BYTES_MOST ? begin - WIDE_BYTES_MOST : from;
	while (i > from && strchr("\"'`<>|(:\t", line.ptr[i - 1]) == NULL)
		i--;
	while (i < begin && line.ptr[i] == ' ')
		i++;
	/* "C:\Program Files\x.c": the colon of a drive is no end */
	if (i >= from + 2 && i < end && line.ptr[i - 1] == ':' && is_separator(line.ptr[i]) && mention_letter(line.ptr[i - 2]) &&
	    (i == from + 2 || !mention_alnum(line.ptr[i - 3])))
		i -= 2;
	size_t in = span_find(span_of(line.ptr + i, begin - i), SPAN(" in "));
	if (in != SIZE_MAX)
		i += in + 4;
	return i < begin ? span_of(line.ptr + i, end - i) : span_of(line.ptr, 0);
}

bool mention_path_before(struct span line, size_t from, size_t end, bool weak, struct mention_path *out)
{
	if (quoted(line, from, end, out))
		return looks_like_path(out->name, false);
	out->begin = begin_of_word(line, from, end);
	struct span word = span_of(line.ptr + out->begin, end - out->begin);
	struct span before = span_of(line.ptr + from, out->begin - from);
	if (span_ends(before, SPAN("node:")) || span_ends(before, SPAN("bun:")) || span_ends(before, SPAN("ext:")))
		return false; /* the runtime's own */
	out->name = without_function(without_scheme(word));
	out->wide = widened(line, from, out->begin, end);
	return looks_like_path(out->name, weak);
}

/* ---- functions ---- */

static bool is_name(char c)
{
	return mention_alnum(c) || (unsigned char)c >= 0x80 || strchr("_$.:~<>#@!?*-/[]", c) != NULL;
}

/* The last word of s, a '(' of its own list of parameters taken away: "ns::f(int, char const*)" is "ns::f". */
static struct span last_name(struct span s)
{
	s = span_trim(s);
	if (s.len && s.ptr[s.len - 1] == ')') {
		int depth = 0;
		size_t i = s.len;
		while (i > 0) {
			char c = s.ptr[--i];
			depth += (c == ')') - (c == '(');
			if (depth == 0)
				break;
		}
		s = span_trim(span_head(s, i));
	}
	size_t i = s.len;
	while (i > 0 && is_name(s.ptr[i - 1]))
		i--;
	return span_from(s, i);
}

static struct span first_name(struct span s)
{
	size_t i = 0;
	while (i < s.len && is_name(s.ptr[i]))
		i++;
	while (i > 0 && (s.ptr[i - 1] == ':' || s.ptr[i - 1] == '.'))
		i--;
	return span_head(s, i);
}

static bool is_function(struct span s)
{
	return s.len > 0 && s.len < 512 && (mention_letter(s.ptr[0]) || strchr("_$<~", s.ptr[0]) || (unsigned char)s.ptr[0] >= 0x80);
}

/* Ruby: ":in `name'" and ":in 'Class#name'"; Python: ", in name"; PHP: ": name("; Elixir: ": Mod.name/2" */
static struct span function_behind(struct span rest)
{
	if (STARTS(rest, ":in `") || STARTS(rest, ":in '")) {
		struct span s = span_from(rest, 5);
		const char *quote = memchr(s.ptr, '\'', s.len);
		if (!quote)
			return span_of(rest.ptr, 0);
		s.len = (size_t)(quote - s.ptr);
		size_t in = span_find(s, SPAN(" in ")); /* "block in name", "rescue in block in name" */
		while (in != SIZE_MAX) {
			s = span_from(s, in + 4);
			in = span_find(s, SPAN(" in "));
		}
		return s;
	}
	if (STARTS(rest, ", in ")) {
		struct span name = span_trim(span_from(rest, 5));
		return memchr(name.ptr, ' ', name.len) ? span_of(rest.ptr, 0) : name;
	}
	if (STARTS(rest, ": ") && rest.len > 3) {
		struct span s = first_name(span_from(rest, 2));
		size_t i = 2 + s.len;
		bool call = i < rest.len && rest.ptr[i] == '(';
		size_t slash = s.len;
		while (slash > 0 && mention_digit(s.ptr[slash - 1]))
			slash--;
		if (slash > 0 && slash < s.len && s.ptr[slash - 1] == '/')
			return span_head(s, slash - 1);
		return call ? s : span_of(rest.ptr, 0);
	}
	return span_of(rest.ptr, 0);
}

/* What stands before the name in a frame; in prose any word may. */
static bool opens_frame(struct span s)
{
	static const char *const words[] = {"at", "by", "async", "new", "from", "in"};
	if (s.len == 0 || s.ptr[s.len - 1] == ':')
		return true;
	size_t i = s.len;
	while (i > 0 && s.ptr[i - 1] != ' ' && s.ptr[i - 1] != '\t')
		i--;
	struct span last = span_from(s, i);
	for (size_t k = 0; k < sizeof words / sizeof *words; k++)
		if (span_eq(last, span_of_str(words[k])))
			return true;
	return last.ptr[0] == '#';
}

/* "at name (", "at name(", "in name ", "name@": what stands before the path */
static struct span function_before(struct span head)
{
	struct span none = span_of(head.ptr, 0);
	struct span s = span_trim(head);
	bool call = span_ends(s, SPAN("("));
	bool at = span_ends(s, SPAN(" at")), in = span_ends(s, SPAN(" in"));
	if (call) {
		s = span_trim(span_head(s, s.len - 1));
		size_t as = span_find(s, SPAN(" [as "));
		struct span name = last_name(as == SIZE_MAX ? s : span_head(s, as));
		return opens_frame(span_trim(span_head(s, (size_t)(name.ptr - s.ptr)))) ? name : none;
	}
	if (at || in) { /* gdb: "in f (x=1) at p"; .NET: "at N.C.M(String s) in p" */
		s = span_trim(span_head(s, s.len - 3));
		return span_ends(s, SPAN(")")) ? last_name(s) : none;
	}
	if (STARTS(s, "#")) { /* sanitizers: "#1 0x4f in f(int) p" */
		size_t i = span_find(s, SPAN(" in "));
		if (i != SIZE_MAX)
			return first_name(span_trim(span_from(s, i + 4)));
	}
	return none;
}

struct span mention_function(struct span line, size_t begin, size_t end)
{
	struct span name = function_behind(span_head(span_from(line, end), FRAME_BYTES_MOST));
	size_t far = begin > FRAME_BYTES_MOST ? begin - FRAME_BYTES_MOST : 0;
	if (name.len == 0)
		name = function_before(span_of(line.ptr + far, begin - far));
	if (name.len == 0) { /* Firefox: "name@http://…" */
		const char *at = memchr(line.ptr + begin, '@', end - begin);
		size_t i = at ? (size_t)(at - line.ptr) : begin;
		if (i > begin && i + 1 < end && (line.ptr[i + 1] == '/' || span_find(span_of(at, end - i), SPAN("://")) != SIZE_MAX) &&
		    !memchr(line.ptr + begin, '/', i - begin))
			name = span_of(line.ptr + begin, i - begin);
	}
	return is_function(name) ? name : span_of(line.ptr, 0);
}

/* Go: "main.(*T).run(0x1, …)" with nothing before it; "created by main.f in goroutine 1". Rust: "   4: krate::f". */
struct span mention_function_line(struct span line)
{
	struct span none = span_of("", 0);
	struct span s = span_trim(line);
	if (s.len < 3 || s.len > 1024)
		return none;
	if (STARTS(s, "created by ")) {
		s = span_from(s, 11);
		size_t in = span_find(s, SPAN(" in goroutine"));
		return in == SIZE_MAX ? s : span_head(s, in);
	}
	if (mention_digit(s.ptr[0])) {
		size_t i = 0;
		while (i < s.len && mention_digit(s.ptr[i]))
			i++;
		if (!STARTS(span_from(s, i), ": ") || line.ptr[0] != ' ')
			return none;
		s = span_trim(span_from(s, i + 2));
		size_t dash = span_find(s, SPAN(" - "));
		if (STARTS(s, "0x") && dash != SIZE_MAX)
			s = span_from(s, dash + 3);
		return memchr(s.ptr, ' ', s.len) && s.ptr[0] != '<' ? none : s;
	}
	if (s.ptr[s.len - 1] != ')' || s.ptr != line.ptr)
		return none;
	size_t i = s.len;
	int depth = 0;
	while (i > 0) {
		char c = s.ptr[--i];
		depth += (c == ')') - (c == '(');
		if (depth == 0)
			break;
	}
	struct span name = span_head(s, i);
	return name.len && !memchr(name.ptr, ' ', name.len) && memchr(name.ptr, '.', name.len) ? name : none;
}

struct span mention_heading(struct span line)
{
	struct span none = span_of("", 0);
	struct span s = span_trim(line);
	if (STARTS(s, "FILE: ")) /* phpcs */
		return span_trim(span_from(s, 6));
	bool table = STARTS(s, "Line "); /* phpstan */
	if (table)
		s = span_trim(span_from(s, 5));
	else if (s.ptr != line.ptr)
		return none;
	if (memchr(s.ptr, ' ', s.len) && !(s.len > 3 && (s.ptr[0] == '/' || (s.ptr[1] == ':' && is_separator(s.ptr[2])))))
		return none;
	if (s.len && memchr(s.ptr, ':', s.len) && !(s.len > 3 && s.ptr[1] == ':' && is_separator(s.ptr[2])))
		return none;
	return looks_like_path(s, true) ? s : none;
}

bool mention_under_heading(struct span line, size_t at)
{
	size_t i = at, first;
	while (i < line.len && mention_digit(line.ptr[i]))
		i++;
	first = i;
	if (i + 1 < line.len && line.ptr[i] == ':' && mention_digit(line.ptr[i + 1])) {
		i++;
		while (i < line.len && mention_digit(line.ptr[i]))
			i++;
		return i < line.len && (line.ptr[i] == ' ' || line.ptr[i] == '\t');
	}
	struct span rest = span_from(line, first);
	if (STARTS(rest, " | "))
		rest = span_trim(span_from(rest, 3));
	else if (STARTS(rest, "   "))
		return span_trim(rest).len > 0 && mention_letter(span_trim(rest).ptr[0]);
	else
		return false;
	return STARTS(rest, "ERROR") || STARTS(rest, "WARNING");
}
