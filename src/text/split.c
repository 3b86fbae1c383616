#include "text/split.h"

#include "text/utf8.h"

const uint8_t split_class[256] = {
	0, 0, 0, 0, 0, 0, 0, 0, 0, 6, 7, 6, 6, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	6, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 0, 0, 0, 0, 0, 0,
	0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0,
	0, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 0, 0, 0, 0, 0,
	8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8,
	8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8,
	8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8,
	8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8,
};

/* Sets of classes, as bits. */
enum {
	OTHER = 1 << CHAR_OTHER,
	UPPER = 1 << CHAR_UPPER,
	LOWER = 1 << CHAR_LOWER,
	LETTER = 1 << CHAR_LETTER,
	MARK = 1 << CHAR_MARK,
	NUMBER = 1 << CHAR_NUMBER,
	SPACE = 1 << CHAR_SPACE,
	NEWLINE = 1 << CHAR_NEWLINE,
};

struct scan {
	const unsigned char *end;
	bool invalid;
};

/* One character: its class as a set of one (none at the end of the text), and where the next begins. */
static inline unsigned class_at(struct scan *s, const unsigned char *p, const unsigned char **next)
{
	uint32_t cp;
	bool valid;

	if (p == s->end)
		return 0;
	*next = p + utf8_decode((const char *)p, (const char *)s->end, &cp, &valid);
	s->invalid |= !valid;
	return 1u << unicode_class(cp);
}

/* To the end of the run of characters in `set`; what comes there is put into *after. */
static inline const unsigned char *skip(struct scan *s, const unsigned char *p, unsigned set, unsigned *after)
{
	const unsigned char *next = p;
	while ((*after = class_at(s, p, &next)) & set)
		p = next;
	return p;
}

/* (?i:'s|'t|'re|'ve|'m|'ll|'d) at p; p itself when it is not there. Folding case, s is also U+017F (long s). */
static const unsigned char *skip_contraction(const unsigned char *p, const unsigned char *end)
{
	if (end - p < 2 || *p != '\'')
		return p;
	unsigned char a = p[1], b = end - p > 2 ? p[2] : 0;
	if (a == 0xC5 && b == 0xBF)
		return p + 3;
	if (a >= 0x80 || b >= 0x80)
		b = 0;
	a |= 0x20;
	b |= 0x20;
	if (a == 's' || a == 't' || a == 'm' || a == 'd')
		return p + 2;
	if (((a == 'r' || a == 'v') && b == 'e') || (a == 'l' && b == 'l'))
		return p + 3;
	return p;
}

/* [U]*[l]+ or else [U]+[l]* at p, both as greedy as they come; NULL when neither fits. With `first_only` just the
 * former. When a run of U is not followed by a lower-case letter, [U]* must give back up to the last character that
 * is both. */
static const unsigned char *skip_word(struct scan *s, const unsigned char *p, bool first_only)
{
	const unsigned char *at = p, *next = p, *after_both = NULL;
	unsigned c;

	while ((c = class_at(s, at, &next)) & (UPPER | LETTER | MARK)) {
		at = next;
		if (c & (LETTER | MARK))
			after_both = at;
	}
	if (c & LOWER)
		return skip(s, next, LOWER | LETTER | MARK, &c);
	if (after_both)
		return after_both;
	return at > p && !first_only ? at : NULL;
}

/* What follows the words and numbers in both patterns; `slash` is '/' where it may come among the newlines. */
static const unsigned char *skip_symbols_or_space(struct scan *s, const unsigned char *p, bool slash)
{
	const unsigned char *next = p, *from = p;
	unsigned c = class_at(s, p, &next);

	if (*p == ' ')
		from = next;
	const unsigned char *at = skip(s, from, OTHER | MARK, &c);
	if (at > from) {
		while (at < s->end && (*at == '\r' || *at == '\n' || (slash && *at == '/')))
			at++;
		return at;
	}
	/* White space: up to its last newline if it has one, else all but one before a word, else all. */
	const unsigned char *last = p, *after_newline = NULL;
	for (at = p; (c = class_at(s, at, &next)) & (SPACE | NEWLINE); at = next) {
		last = at;
		if (c & NEWLINE)
			after_newline = next;
	}
	if (after_newline)
		return after_newline;
	return c != 0 && last > p ? last : at;
}

static const unsigned char *skip_digits(struct scan *s, const unsigned char *p)
{
	const unsigned char *next = p;
	for (int i = 0; i < 3 && class_at(s, p, &next) & NUMBER; i++)
		p = next;
	return p;
}

struct piece split_any_o200k(const unsigned char *p, const unsigned char *end)
{
	struct scan s = {end, false};
	const unsigned char *next = p, *to;
	unsigned c = class_at(&s, p, &next);

	if (c & NUMBER)
		return (struct piece){skip_digits(&s, p), s.invalid};
	if (c & (UPPER | LOWER | LETTER))
		to = skip_word(&s, p, false);
	else if (c & NEWLINE)
		to = NULL;
	else
		to = skip_word(&s, next, c & MARK);
	/* A mark that leads no word is a word itself. */
	if (!to && c & MARK)
		to = next;
	if (to)
		to = skip_contraction(to, end);
	else
		to = skip_symbols_or_space(&s, p, true);
	return (struct piece){to, s.invalid};
}

struct piece split_any_cl100k(const unsigned char *p, const unsigned char *end)
{
	struct scan s = {end, false};
	const unsigned char *next = p, *to = skip_contraction(p, end);
	unsigned c, after;

	if (to > p)
		return (struct piece){to, false};
	c = class_at(&s, p, &next);
	if (c & NUMBER)
		return (struct piece){skip_digits(&s, p), s.invalid};
	if (!(c & NEWLINE)) {
		to = skip(&s, next, UPPER | LOWER | LETTER, &after);
		if (to > next || c & (UPPER | LOWER | LETTER))
			return (struct piece){to, s.invalid};
	}
	return (struct piece){skip_symbols_or_space(&s, p, false), s.invalid};
}
