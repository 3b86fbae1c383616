#include "tree/mention.h"

#include "tree/mention_form.h"

/* A place is found by what introduces its number; the path is what stands before that. */
struct intro {
	size_t path_end; /* where the path (or its closing quote) ends */
	size_t end;      /* behind the place */
	uint64_t line, column;
	bool weak;       /* `word(12)` may as well be a call: only what looks like a path with a folder counts */
};

/* ---- the number ---- */

/* A line number at `at`; 0: none. *end is set behind it. */
static uint64_t number_at(struct span s, size_t at, size_t *end)
{
	uint64_t n = 0;
	size_t i = at;
	while (i < s.len && mention_digit(s.ptr[i]) && i - at < 10)
		n = n * 10 + (uint64_t)(s.ptr[i++] - '0');
	*end = i;
	return i > at && i - at < 10 && !(i < s.len && mention_digit(s.ptr[i])) ? n : 0;
}

static size_t skip_blanks(struct span s, size_t i)
{
	while (i < s.len && (s.ptr[i] == ' ' || s.ptr[i] == '\t'))
		i++;
	return i;
}

/* What follows a number must not make it a part of something else: a time, a port, a hash, a decimal. */
static bool ends_well(struct span s, size_t i)
{
	if (i >= s.len)
		return true;
	char c = s.ptr[i];
	return !mention_alnum(c) && c != '_' && c != '/' && c != '\\' && c != '%';
}

/* ":12", ":12:5", ":12.5-7" and "12:5-20" from the first digit on */
static bool line_and_column(struct span s, size_t at, struct intro *in)
{
	size_t i;
	in->column = 0;
	if (!(in->line = number_at(s, at, &i)))
		return false;
	if (i + 1 < s.len && (s.ptr[i] == ':' || s.ptr[i] == '.') && mention_digit(s.ptr[i + 1])) {
		size_t after;
		uint64_t column = number_at(s, i + 1, &after);
		if (s.ptr[i] == '.' && !(after < s.len && s.ptr[after] == '-')) /* a version, not bison's "12.5-7" */
			return false;
		if (ends_well(s, after)) {
			in->column = column;
			i = after;
		}
	}
	in->end = i;
	return ends_well(s, i);
}

/* "(12,5)", "(12, 5)", "(12)", "(12,5,14,9)", "[12,5]", "(12,5)-(14,9)" from the bracket on */
static bool bracketed(struct span s, size_t at, struct intro *in)
{
	char close = s.ptr[at] == '[' ? ']' : ')';
	size_t i;
	in->column = 0;
	if (!(in->line = number_at(s, at + 1, &i)))
		return false;
	in->weak = true;
	while (i < s.len && s.ptr[i] == ',') {
		size_t from = skip_blanks(s, i + 1);
		uint64_t n = number_at(s, from, &i);
		if (i == from)
			return false;
		if (in->weak)
			in->column = n;
		in->weak = false;
	}
	if (i < s.len && s.ptr[i] == '-' && i + 1 < s.len && mention_digit(s.ptr[i + 1])) /* F#: (12,5-9) */
		number_at(s, i + 1, &i);
	if (i >= s.len || s.ptr[i] != close)
		return false;
	in->end = i + 1;
	return true;
}

/* ", line 12", " line 12", " on line 12", ":line 12": at stands on the l. */
static bool worded(struct span s, size_t at, struct intro *in)
{
	in->column = 0;
	if (!(in->line = number_at(s, at + 5, &in->end)) || !ends_well(s, in->end))
		return false;
	struct span column = span_from(s, in->end);
	if (span_starts(column, SPAN(", column "))) {
		in->column = number_at(s, in->end + 9, &in->end);
	} else if (span_starts(column, SPAN(", characters "))) {
		in->column = number_at(s, in->end + 13, &in->end) + 1; /* OCaml counts from 0 */
	}
	size_t i = at;
	while (i > 0 && (s.ptr[i - 1] == ' ' || s.ptr[i - 1] == ',' || s.ptr[i - 1] == ':'))
		i--;
	if (span_ends(span_head(s, i), SPAN(" on")))
		i -= 3;
	in->path_end = i;
	return i < at && i > 0;
}

static bool intro_at(struct span s, size_t i, struct intro *in)
{
	in->weak = false;
	in->path_end = i;
	switch (s.ptr[i]) {
	case ':':
		if (i + 1 >= s.len || i == 0)
			return false;
		if (mention_digit(s.ptr[i + 1]))
			return line_and_column(s, i + 1, in);
		if (s.ptr[i + 1] == '[' || s.ptr[i + 1] == '(') {
			bool is = bracketed(s, i + 1, in);
			in->weak = false;
			return is;
		}
		if (s.ptr[i + 1] != ' ')
			return false;
		if (i + 2 < s.len && s.ptr[i + 2] == '(') { /* "Foo.kt: (12, 5): " */
			bool is = bracketed(s, i + 2, in) && !in->weak;
			return is;
		}
		if (i + 2 < s.len && mention_digit(s.ptr[i + 2])) { /* dash: "deploy.sh: 12: foo: not found" */
			in->line = number_at(s, i + 2, &in->end);
			in->column = 0;
			in->weak = true;
			return in->line && in->end < s.len && s.ptr[in->end] == ':';
		}
		return false;
	case '(':
		if (i == 0 || !bracketed(s, i, in))
			return false;
		if (s.ptr[i - 1] == ' ') { /* "x.ts (12,5): " is a place, "x.nim (12)" is prose */
			in->path_end = i - 1;
			return !in->weak && i > 1 && in->end < s.len && s.ptr[in->end] == ':';
		}
		return !in->weak || in->end == s.len || s.ptr[in->end] == ':' || s.ptr[in->end] == ' ' || s.ptr[in->end] == ']';
	case '[': /* tslint: "x.ts[12, 5]: " */
		return i > 0 && s.ptr[i - 1] != ' ' && bracketed(s, i, in) && !in->weak && in->end < s.len && s.ptr[in->end] == ':';
	case '@': /* Angular: "x.ts@12:5" */
		return i > 0 && i + 1 < s.len && mention_digit(s.ptr[i + 1]) && line_and_column(s, i + 1, in) && in->column;
	case 'l':
		return i > 0 && (s.ptr[i - 1] == ' ' || s.ptr[i - 1] == ':') && span_starts(span_from(s, i), SPAN("line ")) &&
		       worded(s, i, in);
	case ' ': /* webpack: "./src/foo.js 12:5-20" */
		if (i == 0 || i + 1 >= s.len || !mention_digit(s.ptr[i + 1]) || !line_and_column(s, i + 1, in))
			return false;
		in->weak = true;
		return in->column != 0;
	default: return false;
	}
}

/* "Cart.pm: Two-argument open used at line 2, column 27.": the path stands at the front. */
static bool at_front(struct span line, size_t from, size_t i, struct mention_path *path)
{
	const char *colon = from == 0 && i < 4096 && span_ends(span_head(line, i), SPAN(" at ")) ? memmem(line.ptr, i, ": ", 2) : NULL;
	size_t begin = skip_blanks(line, 0);
	return colon && !memchr(line.ptr + begin, ' ', (size_t)(colon - line.ptr) - begin) &&
	       mention_path_before(line, begin, (size_t)(colon - line.ptr), true, path);
}

bool mention_next(struct span line, size_t *cursor, struct mention *out)
{
	for (size_t i = *cursor; i < line.len; i++) {
		struct intro in;
		char c = line.ptr[i];
		if ((c != ':' && c != '(' && c != 'l' && c != ' ' && c != '[' && c != '@') || !intro_at(line, i, &in) || in.path_end <= *cursor)
			continue;
		*out = (struct mention){.line = in.line, .column = in.column, .function = span_of(line.ptr, 0), .wide = span_of(line.ptr, 0)};
		struct mention_path path;
		if (!mention_path_before(line, *cursor, in.path_end, in.weak, &path) && !(c == 'l' && at_front(line, *cursor, i, &path)))
			continue;
		out->path = path.name;
		out->wide = path.wide;
		out->function = mention_function(line, path.begin, in.end);
		*cursor = in.end;
		return true;
	}
	*cursor = line.len;
	return false;
}

/* ---- over lines ---- */

enum { HEADING_LINES = 400 };

static void set(struct buf *b, struct span s)
{
	buf_clear(b);
	buf_add_span(b, s);
}

void mention_reader_line(struct mention_reader *r, struct span line)
{
	struct mention any;
	size_t cursor = 0;
	struct buf above = r->above;
	r->above = r->here;
	r->here = above;
	r->line = line;
	r->cursor = 0;
	r->placed = r->headed = false;
	bool names_place = mention_next(line, &cursor, &any);
	set(&r->here, names_place ? span_of("", 0) : mention_function_line(line));
	struct span heading = names_place ? span_of("", 0) : mention_heading(line);
	if (heading.len) {
		set(&r->heading, heading);
		r->since = 0;
	} else if (r->heading.len && (r->since++ > HEADING_LINES || (span_trim(line).len == 0 && r->since > 1))) {
		buf_clear(&r->heading);
	}
}

bool mention_reader_next(struct mention_reader *r, struct mention *out)
{
	if (!r->headed) {
		r->headed = true;
		struct intro in = {0};
		size_t at = skip_blanks(r->line, 0);
		if (r->heading.len && at > 0 && at < r->line.len && mention_digit(r->line.ptr[at]) &&
		    mention_under_heading(r->line, at) && (in.line = number_at(r->line, at, &in.end))) {
			if (in.end + 1 < r->line.len && r->line.ptr[in.end] == ':')
				in.column = number_at(r->line, in.end + 1, &in.end);
			*out = (struct mention){.path = buf_span(&r->heading), .line = in.line, .column = in.column,
			                        .function = span_of(r->line.ptr, 0), .wide = span_of(r->line.ptr, 0)};
			return true;
		}
	}
	if (!mention_next(r->line, &r->cursor, out))
		return false;
	bool first = !r->placed;
	r->placed = true;
	if (first && out->function.len == 0 && r->above.len && (r->line.ptr[0] == '\t' || r->line.ptr[0] == ' '))
		out->function = buf_span(&r->above);
	return true;
}

void mention_reader_release(struct mention_reader *r)
{
	buf_release(&r->heading);
	buf_release(&r->above);
	buf_release(&r->here);
	*r = (struct mention_reader){0};
}
