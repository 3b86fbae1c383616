#include "tree/glob.h"

#include <stdint.h>

static unsigned char folded(unsigned char c, unsigned flags)
{
	return (flags & GLOB_FOLD) && c >= 'A' && c <= 'Z' ? (unsigned char)(c + ('a' - 'A')) : c;
}

static bool is_upper(unsigned char c) { return c >= 'A' && c <= 'Z'; }
static bool is_lower(unsigned char c) { return c >= 'a' && c <= 'z'; }
static bool is_digit(unsigned char c) { return c >= '0' && c <= '9'; }
static bool is_graphic(unsigned char c) { return c > ' ' && c < 0x7f; }
static bool is_alnum(unsigned char c) { return is_upper(c) || is_lower(c) || is_digit(c); }

/* [:name:]. False: there is no such class. What is white space is git's own table, without VT and FF. */
static bool class_has(struct span name, unsigned char c, unsigned flags, bool *has)
{
	if (span_eq(name, SPAN("alnum")))
		*has = is_alnum(c);
	else if (span_eq(name, SPAN("alpha")))
		*has = is_upper(c) || is_lower(c);
	else if (span_eq(name, SPAN("blank")))
		*has = c == ' ' || c == '\t';
	else if (span_eq(name, SPAN("cntrl")))
		*has = c < ' ' || c == 0x7f;
	else if (span_eq(name, SPAN("digit")))
		*has = is_digit(c);
	else if (span_eq(name, SPAN("graph")))
		*has = is_graphic(c);
	else if (span_eq(name, SPAN("lower")))
		*has = is_lower(c);
	else if (span_eq(name, SPAN("print")))
		*has = is_graphic(c) || c == ' ';
	else if (span_eq(name, SPAN("punct")))
		*has = is_graphic(c) && !is_alnum(c);
	else if (span_eq(name, SPAN("space")))
		*has = c == ' ' || c == '\t' || c == '\n' || c == '\r';
	else if (span_eq(name, SPAN("upper")))
		*has = is_upper(c) || ((flags & GLOB_FOLD) && is_lower(c));
	else if (span_eq(name, SPAN("xdigit")))
		*has = is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
	else
		return false;
	return true;
}

struct cursor {
	const unsigned char *at, *end;
};

/* The next byte of a set, its backslash taken off. False at the end of the pattern. */
static bool set_byte(struct cursor *p, unsigned char *out)
{
	if (p->at < p->end && *p->at == '\\')
		p->at++;
	if (p->at == p->end)
		return false;
	*out = *p->at++;
	return true;
}

/* `:name:]` behind a '['; *p then stands behind it. 0: no class by its form. -1: malformed. */
static int set_class(struct cursor *p, unsigned char c, unsigned flags, bool *matched)
{
	if (p->at == p->end || *p->at != ':')
		return 0;
	const unsigned char *name = p->at + 1;
	const unsigned char *close = name < p->end ? memchr(name, ']', (size_t)(p->end - name)) : NULL;
	if (!close)
		return -1;
	if (close == name || close[-1] != ':')
		return 0;
	bool has;
	if (!class_has(span_of((const char *)name, (size_t)(close - 1 - name)), c, flags, &has))
		return -1;
	*matched |= has;
	p->at = close + 1;
	return 1;
}

/* *p stands behind the '[' and moves behind the ']'. A set that is not well formed matches nothing at all. */
static bool set_match(struct cursor *p, unsigned char c, unsigned flags)
{
	bool matched = false, negated = false, first = true;
	int previous = -1; /* the byte that a range could begin with */
	if (p->at < p->end && (*p->at == '!' || *p->at == '^')) {
		negated = true;
		p->at++;
	}
	for (;; first = false) {
		if (p->at == p->end)
			return false;
		unsigned char s = *p->at;
		if (s == ']' && !first) {
			p->at++;
			break;
		}
		bool may_end_range = s == '-' && previous > 0 && p->at + 1 < p->end && p->at[1] != ']';
		if (may_end_range) {
			unsigned char last;
			p->at++;
			if (!set_byte(p, &last))
				return false;
			matched |= c >= previous && c <= last;
			if ((flags & GLOB_FOLD) && is_lower(c))
				matched |= c - ('a' - 'A') >= previous && c - ('a' - 'A') <= last;
			previous = -1;
			continue;
		}
		if (s == '[') {
			p->at++;
			int class = set_class(p, c, flags, &matched);
			if (class < 0)
				return false;
			if (class == 0)
				matched |= c == '[';
			previous = class ? -1 : '[';
			continue;
		}
		if (!set_byte(p, &s))
			return false;
		matched |= c == s;
		previous = s;
	}
	return matched != negated && !((flags & GLOB_PATHNAME) && c == '/');
}

/* One byte of text against what the pattern has at *p, no star; *p moves behind it. */
static bool one_match(struct cursor *p, unsigned char raw, unsigned flags)
{
	unsigned char c = folded(raw, flags), s = *p->at++;
	switch (s) {
	case '?':
		return !((flags & GLOB_PATHNAME) && c == '/');
	case '[':
		return set_match(p, c, flags);
	case '\\':
		/* Not folded, so that an escaped capital matches nothing with GLOB_FOLD: as in git. */
		return p->at < p->end && c == *p->at++;
	default:
		break;
	}
	return c == folded(s, flags);
}

/* Where to go on when a try fails. A star inside one folder may take one more byte; a star over folders likewise, or up to
 * behind the next slash. Once one over folders is met, no earlier star has to give more: it could take that itself. */
struct resume {
	const unsigned char *pattern, *text;
	bool set, behind_slash;
};

static bool give_more(struct resume *r, const unsigned char *end, bool stops_at_slash)
{
	if (!r->set || r->text == end)
		return false;
	if (r->behind_slash) {
		const unsigned char *slash = memchr(r->text, '/', (size_t)(end - r->text));
		if (!slash)
			return false;
		r->text = slash + 1;
		return true;
	}
	if (stops_at_slash && *r->text == '/')
		return false;
	r->text++;
	return true;
}

bool glob_match(struct span pattern, struct span text, unsigned flags)
{
	const unsigned char *begin = (const unsigned char *)pattern.ptr;
	const unsigned char *t = (const unsigned char *)text.ptr, *t_end = t + text.len;
	struct cursor p = {begin, begin + pattern.len};
	struct resume shallow = {0}, deep = {0};
	bool pathname = (flags & GLOB_PATHNAME) != 0;
	for (;;) {
		if (p.at < p.end && *p.at == '*') {
			const unsigned char *stars = p.at;
			while (p.at < p.end && *p.at == '*')
				p.at++;
			bool bounded = (stars == begin || stars[-1] == '/') &&
				       (p.at == p.end || *p.at == '/' ||
					(*p.at == '\\' && p.at + 1 < p.end && p.at[1] == '/'));
			if (pathname && (p.at - stars < 2 || !bounded)) {
				shallow = (struct resume){.pattern = p.at, .text = t, .set = true};
				continue;
			}
			if (p.at == p.end)
				return true;
			bool slash = pathname && *p.at == '/'; /* it may stand for no folder at all */
			p.at += slash;
			shallow.set = false;
			deep = (struct resume){.pattern = p.at, .text = t, .set = true, .behind_slash = slash};
			continue;
		}
		if (p.at == p.end && t == t_end)
			return true;
		if (p.at < p.end && t < t_end && one_match(&p, *t, flags)) {
			t++;
			continue;
		}
		struct resume *r = &shallow;
		if (!give_more(r, t_end, true)) {
			r = &deep;
			shallow.set = false;
			if (!give_more(r, t_end, false))
				return false;
		}
		p.at = r->pattern;
		t = r->text;
	}
}
