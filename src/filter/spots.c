#include "filter/spots.h"

#include "base/mem.h"

enum { SPOTS_MOST = 64, DIGITS_ALL = 0x3ff };

struct reader {
	struct arena *arena;
	struct span text;
	size_t at;
	struct spots out;
	/* The piece at hand. */
	char piece[SPOT_MOST_BYTES];
	size_t len;
	uint32_t counts;
};

static char byte_at(const struct reader *r, size_t i) { return i < r->text.len ? r->text.ptr[i] : '\0'; }
static char peek(const struct reader *r) { return byte_at(r, r->at); }
static bool is_digit(char c) { return c >= '0' && c <= '9'; }

/* The piece ends: it is a spot if a digit counts in it. */
static void end_piece(struct reader *r, bool run)
{
	if (r->counts && r->out.count == SPOTS_MOST)
		r->out.all = true;
	if (r->counts && !r->out.all) {
		struct span text = arena_dup(r->arena, span_of(r->piece, r->len));
		r->out.at[r->out.count++] = (struct spot){text, r->counts, run};
	}
	r->len = 0;
	r->counts = 0;
}

static void add(struct reader *r, char c, bool counts)
{
	if (r->len == SPOT_MOST_BYTES)
		end_piece(r, false);
	r->counts |= (uint32_t)counts << r->len;
	r->piece[r->len++] = c;
}

/* Whether a quantifier stands at `i`; *end: behind it. "{,n}" is one in later versions of PCRE2 and text in earlier ones. */
static bool quantifier_at(struct reader *r, size_t i, size_t *end)
{
	char c = byte_at(r, i);
	if (c == '{') {
		r->out.all |= byte_at(r, i + 1) == ',' || byte_at(r, i + 1) == ' ';
		size_t close = i + 1;
		while (is_digit(byte_at(r, close)) || byte_at(r, close) == ',' || byte_at(r, close) == ' ')
			close++;
		if (byte_at(r, close) != '}')
			return false;
		i = close;
	} else if (c != '*' && c != '+' && c != '?') {
		return false;
	}
	for (i++; byte_at(r, i) == '?' || byte_at(r, i) == '+' || byte_at(r, i) == '*';)
		i++;
	*end = i;
	return true;
}

/* One character that stands for a digit ('0') or for itself, with the quantifier behind it, if any. */
static void character(struct reader *r, char c, bool counts)
{
	size_t end;
	bool repeats = quantifier_at(r, r->at, &end);
	if (!repeats) {
		add(r, c, counts);
		return;
	}
	r->at = end;
	if (counts) {
		add(r, c, true);
		end_piece(r, true);
	} else {
		end_piece(r, false);
	}
}

/* Something that may be of any length, or any character. */
static void other(struct reader *r)
{
	size_t end;
	end_piece(r, false);
	if (quantifier_at(r, r->at, &end))
		r->at = end;
}

/* Of a class of characters: which digits are in it, and whether anything else may be. */
struct members {
	unsigned digits;
	bool others;
};

static bool escape_members(char c, struct members *m)
{
	switch (c) {
	case 'd': m->digits = DIGITS_ALL; return true;
	case 'w': case 'S': case 'N':
		m->digits = DIGITS_ALL;
		m->others = true;
		return true;
	case 'D': case 'W': case 's': case 'h': case 'v': case 't': case 'n': case 'r':
		m->others = true;
		return true;
	default:
		m->others = true;
		return (unsigned char)c < 0x80 && c && !is_digit(c) && !(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z');
	}
}

/* After '[': past its ']'. */
static void class(struct reader *r)
{
	struct members all = {0};
	bool negated = peek(r) == '^';
	r->at += negated;
	for (bool first = true; r->at < r->text.len && (first || peek(r) != ']'); first = false) {
		struct members one = {0};
		char c = r->text.ptr[r->at++];
		if (c == '[' && peek(r) && strchr(":.=", peek(r))) {
			r->out.all = true;
			return;
		}
		bool escaped = c == '\\';
		if (escaped && !escape_members(byte_at(r, r->at++), &one))
			r->out.all = true;
		if (peek(r) == '-' && byte_at(r, r->at + 1) != ']') {
			char to = byte_at(r, r->at + 1);
			if (escaped || to == '\\' || to < c || (unsigned char)to >= 0x80)
				r->out.all = true;
			r->at += 2;
			for (int d = c; d <= to && !escaped; d++) {
				one.digits |= is_digit((char)d) ? 1u << (d - '0') : 0;
				one.others |= !is_digit((char)d);
			}
		} else if (!escaped) {
			one.digits |= is_digit(c) ? 1u << (c - '0') : 0;
			one.others |= !is_digit(c);
		}
		all.digits |= one.digits;
		all.others |= one.others;
	}
	r->at++;
	if (negated)
		all = (struct members){DIGITS_ALL & ~all.digits, true};
	bool counts = all.digits && all.digits != DIGITS_ALL;
	if (!all.others) {
		character(r, '0', counts);
	} else if (counts) {
		size_t end;
		bool repeats = quantifier_at(r, r->at, &end);
		add(r, '0', true);
		/* Behind other characters of the same class there may be digits again. */
		r->out.all |= repeats;
		end_piece(r, repeats);
		if (repeats)
			r->at = end;
	} else {
		other(r);
	}
}

/* The ')' of the group whose inside begins at `i`; *choice: it holds a '|' of its own. */
static size_t group_end(const struct reader *r, size_t i, bool *choice)
{
	int depth = 0;
	*choice = false;
	for (; i < r->text.len; i++) {
		char c = r->text.ptr[i];
		if (c == '\\') {
			i++;
		} else if (c == '[') {
			i += byte_at(r, i + 1) == '^';
			i += byte_at(r, i + 1) == ']';
			for (i++; i < r->text.len && r->text.ptr[i] != ']'; i++)
				i += r->text.ptr[i] == '\\';
		} else if (c == '(') {
			depth++;
		} else if (c == ')' && depth-- == 0) {
			return i;
		} else if (c == '|' && depth == 0) {
			*choice = true;
		}
	}
	return i;
}

static void alternatives(struct reader *r, int depth);

/* After '('. The piece runs through a group that is there exactly once and has no alternatives. */
static void group(struct reader *r, int depth)
{
	bool plain = true, choice;
	if (peek(r) == '*') {
		r->out.all = true;
		return;
	}
	if (peek(r) == '?') {
		struct span rest = span_from(r->text, r->at + 1);
		size_t named = span_starts(rest, SPAN("P<")) ? 2 : span_starts(rest, SPAN("<")) ? 1 : 0;
		if (span_starts(rest, SPAN("<=")) || span_starts(rest, SPAN("<!"))) {
			plain = false;
			r->at += 3;
		} else if (named) {
			while (r->at < r->text.len && peek(r) != '>')
				r->at++;
			r->at++;
		} else if (rest.len && strchr(":=!>", rest.ptr[0])) {
			plain = rest.ptr[0] == ':';
			r->at += 2;
		} else {
			r->out.all = true;
			return;
		}
	}
	size_t close = group_end(r, r->at, &choice), behind;
	bool repeats = quantifier_at(r, close + 1, &behind), through = plain && !choice && !repeats;
	if (!through) /* what stands before each alternative must be found with each of them */
		end_piece(r, false);
	alternatives(r, depth + 1);
	if (!through)
		end_piece(r, false);
	r->out.all |= r->at != close;
	r->at = repeats ? behind : close + 1;
}

/* After '\\'. */
static void escape(struct reader *r)
{
	struct members m = {0};
	char c = peek(r);
	r->at++;
	if (c == 'b' || c == 'B' || c == 'A' || c == 'z' || c == 'Z')
		return;
	if (!escape_members(c, &m)) {
		r->out.all = true;
		return;
	}
	if (c == 'd')
		character(r, '0', false);
	else if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))
		other(r);
	else
		character(r, c, false);
}

/* Up to the ')' of the group, or the end. */
static void alternatives(struct reader *r, int depth)
{
	enum { DEPTH_MOST = 20 };
	if (depth > DEPTH_MOST)
		r->out.all = true;
	while (r->at < r->text.len && !r->out.all && peek(r) != ')') {
		char c = r->text.ptr[r->at++];
		if (c == '(')
			group(r, depth);
		else if (c == '[')
			class(r);
		else if (c == '\\')
			escape(r);
		else if (c == '|')
			end_piece(r, false);
		else if (c == '.' || (unsigned char)c >= 0x80)
			other(r);
		else if (is_digit(c))
			character(r, '0', true);
		else if (c != '^' && c != '$')
			character(r, c, false);
	}
}

struct spots spots_of(struct arena *arena, struct span pattern)
{
	struct spot found[SPOTS_MOST];
	struct reader r = {.arena = arena, .text = pattern, .out.at = found};
	alternatives(&r, 0);
	end_piece(&r, false);
	r.out.all |= r.at < pattern.len;
	r.out.at = arena_alloc(arena, (r.out.count + 1) * sizeof *r.out.at);
	memcpy(r.out.at, found, r.out.count * sizeof *found);
	return r.out;
}

struct found {
	uint16_t *out;
	size_t count, most;
};

static void note(struct found *f, struct span form, size_t at)
{
	if (form.ptr[at] != '0')
		return;
	for (size_t i = 0; i < f->count && i < f->most; i++)
		if (f->out[i] == at)
			return;
	if (f->count < f->most)
		f->out[f->count] = (uint16_t)at;
	f->count++;
}

size_t spots_find(const struct spots *s, struct span form, uint16_t *out, size_t most)
{
	struct found f = {out, 0, most};
	if (form.len > UINT16_MAX)
		return SIZE_MAX;
	for (size_t i = 0; s->all && i < form.len; i++)
		note(&f, form, i);
	for (size_t i = 0; i < s->count && !s->all; i++) {
		const struct spot *spot = &s->at[i];
		for (size_t from = 0, at; (at = span_find(span_from(form, from), spot->text)) != SIZE_MAX; from += at + 1) {
			size_t begin = from + at, end = begin + spot->text.len;
			for (size_t k = 0; k < spot->text.len; k++)
				if (spot->counts >> k & 1)
					note(&f, form, begin + k);
			for (; spot->run && end < form.len && form.ptr[end] == '0'; end++)
				note(&f, form, end);
		}
	}
	return f.count;
}
