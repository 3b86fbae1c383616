#include "filter/first.h"

enum { DEPTH_MOST = 20 };

struct reader {
	struct span text;
	size_t at;
	int depth;
	bool lost; /* something was met that is not understood */
};

/* What a part of a pattern can begin with, and whether it can be empty, so that what follows counts too. */
struct head {
	struct first_bytes bytes;
	bool empty, anchored;
};

static char peek(const struct reader *r) { return r->at < r->text.len ? r->text.ptr[r->at] : '\0'; }

static void add(struct first_bytes *f, unsigned char c) { f->bits[c >> 6] |= UINT64_C(1) << (c & 63); }
static void add_range(struct first_bytes *f, unsigned from, unsigned to)
{
	for (unsigned c = from; c <= to; c++)
		add(f, (unsigned char)c);
}
static void add_all(struct first_bytes *to, const struct first_bytes *from)
{
	for (int i = 0; i < 4; i++)
		to->bits[i] |= from->bits[i];
}

/* After a backslash. What stands for several characters beyond ASCII counts as all of them. */
static void escape(struct reader *r, struct first_bytes *f, bool *empty)
{
	char c = peek(r);
	r->at++;
	switch (c) {
	case 'd': add_range(f, '0', '9'); break;
	case 'w':
		add_range(f, '0', '9');
		add_range(f, 'A', 'Z');
		add_range(f, 'a', 'z');
		add(f, '_');
		break;
	case 's':
		add_range(f, '\t', '\r');
		add(f, ' ');
		break;
	case 'S':
		add_range(f, 0, 8);
		add_range(f, 14, 31);
		add_range(f, 33, 255);
		break;
	case 't': add(f, '\t'); break;
	case 'b': case 'B': case 'A': *empty = true; break;
	default:
		if ((unsigned char)c >= 0x80 || !c || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'))
			r->lost = true;
		else
			add(f, (unsigned char)c);
	}
}

/* After '[': past its ']'. */
static void class(struct reader *r, struct first_bytes *out)
{
	struct first_bytes f = {0};
	bool none = false, negated = peek(r) == '^';
	r->at += negated;
	for (bool first = true; r->at < r->text.len && (first || peek(r) != ']'); first = false) {
		unsigned char c = (unsigned char)peek(r);
		r->at++;
		if (c == '[' && (peek(r) == ':' || peek(r) == '.' || peek(r) == '=')) {
			r->lost = true;
			return;
		}
		if (c == '\\') {
			escape(r, &f, &none);
			if (none || (peek(r) == '-' && r->at + 1 < r->text.len && r->text.ptr[r->at + 1] != ']'))
				r->lost = true;
			continue;
		}
		if (c >= 0x80) {
			add_range(&f, 0x80, 0xff);
			continue;
		}
		if (peek(r) == '-' && r->at + 1 < r->text.len && r->text.ptr[r->at + 1] != ']') {
			unsigned char to = (unsigned char)r->text.ptr[r->at + 1];
			r->at += 2;
			if (to >= 0x80 || to == '\\' || to < c)
				r->lost = true;
			else
				add_range(&f, c, to);
			continue;
		}
		add(&f, c);
	}
	if (peek(r) != ']')
		r->lost = true;
	r->at++;
	if (negated) {
		for (int i = 0; i < 4; i++)
			f.bits[i] = ~f.bits[i];
		add_range(&f, 0x80, 0xff); /* what was left out beyond ASCII shares its first byte with what was not */
	}
	add_all(out, &f);
}

/* A quantifier at the reader: whether it allows none. */
static bool optional(struct reader *r)
{
	bool none = false;
	for (;;) {
		char c = peek(r);
		if (c == '*' || c == '?') {
			none = true;
		} else if (c == '{') {
			char next = r->at + 1 < r->text.len ? r->text.ptr[r->at + 1] : '\0';
			if (next < '1' || next > '9') { /* {0,…}, {,n}, or a brace that is text */
				r->lost = true;
				return true;
			}
			while (r->at < r->text.len && peek(r) != '}')
				r->at++;
		} else if (c != '+') {
			return none;
		}
		r->at++;
	}
}

static struct head alternatives(struct reader *r);

/* After '('. */
static struct head group(struct reader *r)
{
	struct head h = {.empty = true};
	bool around = false;
	if (peek(r) == '*') {
		r->lost = true;
		return h;
	}
	if (peek(r) == '?') {
		struct span rest = span_from(r->text, r->at + 1);
		if (span_starts(rest, SPAN(":")) || span_starts(rest, SPAN(">"))) {
			r->at += 2;
		} else if (span_starts(rest, SPAN("<=")) || span_starts(rest, SPAN("<!"))) {
			r->at += 3;
			around = true;
		} else if (span_starts(rest, SPAN("=")) || span_starts(rest, SPAN("!"))) {
			r->at += 2;
			around = true;
		} else if (span_starts(rest, SPAN("<")) || span_starts(rest, SPAN("P<"))) {
			while (r->at < r->text.len && peek(r) != '>')
				r->at++;
			r->at++;
		} else {
			r->lost = true;
			return h;
		}
	}
	if (++r->depth > DEPTH_MOST) {
		r->lost = true;
		return h;
	}
	struct head inner = alternatives(r);
	r->depth--;
	if (peek(r) != ')')
		r->lost = true;
	r->at++;
	return around ? h : inner;
}

/* Parts in a row. All of them are read, to get past them. */
static struct head sequence(struct reader *r)
{
	struct head all = {.empty = true};
	while (r->at < r->text.len && !r->lost && peek(r) != '|' && peek(r) != ')') {
		struct head part = {.empty = false};
		char c = peek(r);
		r->at++;
		switch (c) {
		case '^':
			all.anchored |= all.empty;
			part.empty = true;
			break;
		case '$': part.empty = true; break;
		case '.': add_range(&part.bytes, 0, 255); break;
		case '(': part = group(r); break;
		case '[': class(r, &part.bytes); break;
		case '\\': escape(r, &part.bytes, &part.empty); break;
		case '{': r->lost = true; break;
		default:
			add(&part.bytes, (unsigned char)c);
			while ((unsigned char)c >= 0x80 && ((unsigned char)peek(r) & 0xc0) == 0x80) /* a quantifier is the character's */
				r->at++;
		}
		if (r->lost)
			break;
		bool none = optional(r);
		if (all.empty) {
			add_all(&all.bytes, &part.bytes);
			all.anchored |= part.anchored && !none;
			all.empty = part.empty || none;
		}
	}
	return all;
}

static struct head alternatives(struct reader *r)
{
	struct head all = sequence(r);
	while (!r->lost && peek(r) == '|') {
		r->at++;
		struct head next = sequence(r);
		add_all(&all.bytes, &next.bytes);
		all.empty |= next.empty;
		all.anchored &= next.anchored;
	}
	return all;
}

struct first_bytes first_bytes_of(struct span pattern)
{
	struct reader r = {.text = pattern};
	struct head h = alternatives(&r);
	/* `(?x)` and its like make it lost; so do multiple lines, which no line has. */
	if (r.lost || r.at < pattern.len || h.empty || !h.anchored)
		return (struct first_bytes){{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX}};
	return h.bytes;
}

enum { HEAD_MOST_BYTES = 40 };

/* Whether each match must begin at the pattern's begin: no '|' stands outside of groups. */
static bool has_one_alternative(struct span pattern)
{
	int depth = 0;
	for (size_t i = 0; i < pattern.len; i++) {
		char c = pattern.ptr[i];
		if (c == '\\') {
			i++;
		} else if (c == '[') {
			i += i + 1 < pattern.len && pattern.ptr[i + 1] == '^';
			i += i + 1 < pattern.len && pattern.ptr[i + 1] == ']';
			for (i++; i < pattern.len && pattern.ptr[i] != ']'; i++)
				i += pattern.ptr[i] == '\\';
		} else {
			depth += (c == '(') - (c == ')');
			if (c == '|' && depth == 0)
				return false;
		}
	}
	return true;
}

/* How often a part is there at least, in *least, and whether exactly so often: its quantifier is read. */
static bool times(struct reader *r, unsigned *least)
{
	char c = peek(r);
	bool exact = false;
	*least = 1;
	if (c != '*' && c != '?' && c != '+' && c != '{')
		return true;
	r->at++;
	if (c == '{') {
		*least = 0;
		while (peek(r) >= '0' && peek(r) <= '9' && *least < HEAD_MOST_BYTES)
			*least = *least * 10 + (unsigned)(r->text.ptr[r->at++] - '0');
		exact = peek(r) == '}';
		while (r->at < r->text.len && peek(r) != '}')
			r->at++;
		r->at++;
	} else {
		*least = c == '+';
	}
	/* Lazy or not is the same here; another quantifier may allow none. */
	if (peek(r) == '?' || peek(r) == '+')
		r->at++;
	if (r->at < r->text.len && strchr("{*?+", peek(r)))
		*least = 0;
	return exact && *least;
}

struct span head_of(struct arena *arena, struct span pattern)
{
	char head[HEAD_MOST_BYTES];
	size_t len = 0;
	struct reader r = {.text = pattern, .at = 1};
	if (!span_starts(pattern, SPAN("^")) || !has_one_alternative(pattern))
		return span_of("", 0);
	for (bool exact = true; exact && r.at < pattern.len;) {
		char c = pattern.ptr[r.at++];
		unsigned least;
		if (c == '\\') {
			c = peek(&r);
			r.at++;
			if (c == 'd')
				c = '0';
			else if (c < '!' || c > '~' || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'))
				break;
		} else if (strchr("^$.[]()|?*+{}", c) || (unsigned char)c >= 0x80) {
			break;
		}
		exact = times(&r, &least);
		for (; least && len < sizeof head; least--)
			head[len++] = c >= '0' && c <= '9' ? '0' : c;
		if (least)
			break;
	}
	return arena_dup(arena, span_of(head, len));
}
