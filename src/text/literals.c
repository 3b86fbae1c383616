#include "text/literals.h"

#include <stdint.h>

/* A recursive descent over the pattern. Each level gives the best set of texts of which one must be in the line: of parts
 * in a row the best one's, of alternatives the union. */

enum { DEPTH_MOST = 40, TEXT_MOST_BYTES = 64 };

struct set {
	struct span texts[LITERALS_MOST];
	size_t count; /* 0: nothing known */
};

struct reader {
	struct arena *arena;
	struct span text;
	size_t at;
	int depth;
	bool lost; /* something was met that may change the meaning of the rest: nothing is certain */
};

static char peek(const struct reader *r) { return r->at < r->text.len ? r->text.ptr[r->at] : '\0'; }
static bool more(const struct reader *r) { return r->at < r->text.len; }

/* The shortest text decides how much a set tells. */
static size_t worth(const struct set *s)
{
	size_t least = 0;
	for (size_t i = 0; i < s->count; i++)
		if (i == 0 || s->texts[i].len < least)
			least = s->texts[i].len;
	return least;
}

static void keep_better(struct set *best, const struct set *other)
{
	if (other->count && worth(other) > worth(best))
		*best = *other;
}

static void flush(struct reader *r, struct set *best, char *text, size_t *len)
{
	struct set s = {.count = 1};
	if (*len) {
		s.texts[0] = span_of(text, *len);
		if (worth(&s) > worth(best)) {
			s.texts[0] = arena_dup(r->arena, s.texts[0]);
			*best = s;
		}
	}
	*len = 0;
}

static bool is_digit(char c) { return c >= '0' && c <= '9'; }
static bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

/* After a class's '[': past its ']'. */
static void skip_class(struct reader *r)
{
	if (peek(r) == '^')
		r->at++;
	if (peek(r) == ']')
		r->at++;
	while (more(r) && peek(r) != ']') {
		if (peek(r) == '\\') {
			if (r->at + 1 < r->text.len && strchr("QE", r->text.ptr[r->at + 1]))
				r->lost = true;
			r->at++;
		} else if (peek(r) == '[' && r->at + 1 < r->text.len && strchr(":.=", r->text.ptr[r->at + 1])) {
			struct span name = span_from(r->text, r->at + 2);
			size_t end = span_find(name, SPAN(":]"));
			if (end == SIZE_MAX) {
				r->lost = true;
				return;
			}
			r->at += end + 3;
		}
		r->at++;
	}
	r->at++;
}

static bool one_quantifier(struct reader *r, unsigned *least)
{
	char c = peek(r);
	if (c == '*' || c == '?') {
		*least = 0;
		r->at++;
	} else if (c == '+') {
		*least = 1;
		r->at++;
	} else if (c == '{') {
		size_t i = r->at + 1, digits = i;
		unsigned n = 0;
		while (i < r->text.len && is_digit(r->text.ptr[i]) && n < 100000)
			n = n * 10 + (unsigned)(r->text.ptr[i++] - '0');
		if (i == digits) {
			/* "{,n}" is a quantifier in later versions of PCRE2 and text in earlier ones. */
			if (i < r->text.len && (r->text.ptr[i] == ',' || r->text.ptr[i] == ' '))
				r->lost = true;
			return false;
		}
		if (i < r->text.len && r->text.ptr[i] == ',')
			for (i++; i < r->text.len && is_digit(r->text.ptr[i]);)
				i++;
		if (i >= r->text.len || r->text.ptr[i] != '}') {
			r->lost = i < r->text.len && r->text.ptr[i] == ' ';
			return false;
		}
		*least = n;
		r->at = i + 1;
	} else {
		return false;
	}
	if (peek(r) == '?' || peek(r) == '+')
		r->at++;
	return true;
}

/* Quantifiers at the reader (`a{2}{3}` has two): their least count in *least, false when there is none. */
static bool quantifier(struct reader *r, unsigned *least)
{
	unsigned one;
	bool any = false;
	*least = 1;
	while (one_quantifier(r, &one)) {
		any = true;
		*least = *least && one;
	}
	return any;
}

/* After '\': the byte that it stands for in *c, or false when it is something else, which is skipped. */
static bool escaped(struct reader *r, char *c)
{
	char e = peek(r);
	r->at++;
	if (e == 't') {
		*c = '\t';
		return true;
	}
	if (!is_digit(e) && !(e >= 'a' && e <= 'z') && !(e >= 'A' && e <= 'Z') && (unsigned char)e < 0x80 && e) {
		*c = e;
		return true;
	}
	if (e == 'x' && peek(r) != '{') {
		for (int i = 0; i < 2 && is_hex(peek(r)); i++)
			r->at++;
		return false;
	}
	if (!e || !strchr("dDwWsShHvVRNbBAzZGaefnrx", e) || (strchr("xN", e) && peek(r) == '{')) {
		/* \p{..} \x{..} \o{..} are harmless, but skipping them right is not worth the risk; \Q, \K, \g, \1 … are not. */
		r->lost = true;
	}
	return false;
}

static struct set alternatives(struct reader *r);

/* After '(': past its ')'. */
static struct set group(struct reader *r)
{
	struct set inner = {.count = 0};
	bool counts = true;
	if (peek(r) == '*') {
		r->lost = true; /* a verb */
		return inner;
	}
	if (peek(r) == '?') {
		r->at++;
		char c = peek(r);
		struct span rest = span_from(r->text, r->at);
		if (c == ':' || c == '>') {
			r->at++;
		} else if (c == '=' || c == '!') {
			r->at++;
			counts = false;
		} else if (span_starts(rest, SPAN("<=")) || span_starts(rest, SPAN("<!"))) {
			r->at += 2;
			counts = false;
		} else if (span_starts(rest, SPAN("P<")) || c == '<') {
			size_t end = span_find(rest, SPAN(">"));
			if (end == SIZE_MAX) {
				r->lost = true;
				return inner;
			}
			r->at += end + 1;
		} else {
			r->lost = true; /* options, references, conditions, comments */
			return inner;
		}
	}
	if (++r->depth > DEPTH_MOST) {
		r->lost = true;
		return inner;
	}
	inner = alternatives(r);
	r->depth--;
	if (peek(r) == ')')
		r->at++;
	if (!counts)
		inner.count = 0;
	return inner;
}

/* Parts in a row, up to '|', ')' or the end. */
static struct set sequence(struct reader *r)
{
	struct set best = {.count = 0};
	char text[TEXT_MOST_BYTES];
	size_t len = 0;
	while (more(r) && !r->lost && peek(r) != '|' && peek(r) != ')') {
		char c = peek(r);
		unsigned least;
		bool is_text = false;
		r->at++;
		if (c == '(') {
			flush(r, &best, text, &len);
			struct set inner = group(r);
			if (quantifier(r, &least) && least == 0)
				inner.count = 0;
			keep_better(&best, &inner);
			continue;
		}
		if (c == '[')
			skip_class(r);
		else if (c == '\\')
			is_text = escaped(r, &c);
		else
			is_text = c != '.' && c != '^' && c != '$';
		if (!is_text) {
			flush(r, &best, text, &len);
			quantifier(r, &least);
			continue;
		}
		if (len == TEXT_MOST_BYTES)
			flush(r, &best, text, &len);
		size_t begin = len;
		text[len++] = c;
		/* A character of several bytes is one for the quantifier. */
		if (((unsigned char)c & 0xc0) == 0xc0) {
			while (more(r) && ((unsigned char)peek(r) & 0xc0) == 0x80 && len < TEXT_MOST_BYTES)
				text[len++] = r->text.ptr[r->at++];
			while (more(r) && ((unsigned char)peek(r) & 0xc0) == 0x80) {
				r->at++;
				len = begin;
			}
		}
		if (quantifier(r, &least)) {
			if (least == 0)
				len = begin;
			flush(r, &best, text, &len);
		}
	}
	flush(r, &best, text, &len);
	return best;
}

static struct set alternatives(struct reader *r)
{
	struct set all = sequence(r);
	bool known = all.count > 0;
	while (peek(r) == '|' && !r->lost) {
		r->at++;
		struct set next = sequence(r);
		known = known && next.count > 0 && all.count + next.count <= LITERALS_MOST;
		for (size_t i = 0; i < next.count && known; i++)
			all.texts[all.count++] = next.texts[i];
	}
	if (!known)
		all.count = 0;
	return all;
}

struct literals literals_of(struct arena *arena, struct span pattern)
{
	struct reader r = {.arena = arena, .text = pattern};
	struct literals out = {0};
	if (memchr(pattern.ptr, '\0', pattern.len))
		return out;
	struct set s = alternatives(&r);
	if (r.lost || more(&r) || s.count == 0 || worth(&s) < LITERAL_LEAST_BYTES)
		return out;
	out.texts = arena_alloc(arena, s.count * sizeof *out.texts);
	memcpy(out.texts, s.texts, s.count * sizeof *out.texts);
	out.count = s.count;
	return out;
}
