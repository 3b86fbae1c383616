/* Quotes with delimiters of the writer's choice (Perl's q{…} and s/…/…/, Ruby's %w[…], Elixir's ~s(…)), Markdown's fences,
 * code that stands in islands between other text (PHP). */
#include "tree/lexer_parts.h"

enum { QUOTE_BYTES_MOST = 256 * 1024, FAILED_QUOTES_BYTES = 4 * QUOTE_BYTES_MOST, LINE_LOOKED_BACK_MOST = 400 };

static unsigned char closing(unsigned char open)
{
	return open == '(' ? ')' : open == '[' ? ']' : open == '{' ? '}' : open == '<' ? '>' : open;
}

/* Behind the delimiter that closes what begins behind `at`, or SIZE_MAX. */
static size_t part_end(struct lexer *x, size_t at, unsigned char open)
{
	enum { WASTED_MOST = 8 };
	unsigned char close = closing(open);
	size_t depth = 1, end = lexer_length(x), begin = at;
	if (x->wasted / WASTED_MOST > end)
		return SIZE_MAX;
	if (end - at > QUOTE_BYTES_MOST)
		end = at + QUOTE_BYTES_MOST;
	for (; at < end; at++) {
		unsigned char c = x->begin[at];
		if (c == '\\')
			at++;
		else if (c == close) {
			if (--depth == 0)
				return at + 1;
		} else if (c == open)
			depth++;
	}
	x->wasted += end - begin;
	return SIZE_MAX;
}

static size_t skip_blanks(const struct lexer *x, size_t at)
{
	while (at < lexer_length(x) && lexer_is_blank(x->begin[at]))
		at++;
	return at;
}

/* Where a value is looked for: behind an operator, an opening bracket, a blank that no blank follows. */
static bool value_here(const struct lexer *x, size_t begin, size_t at)
{
	size_t before = lexer_code_before(x, begin);
	if (before == SIZE_MAX || memchr("(,=[{|&;!?:<>+-*/~", x->begin[before], 18))
		return true;
	return begin > 0 && lexer_is_blank(x->begin[begin - 1]) && at < lexer_length(x) && !lexer_is_blank(x->begin[at]) && x->begin[at] != '=';
}

/* ?a, ?", ?\n */
static bool one_character(struct lexer *x, size_t begin, size_t at)
{
	const bool *identifier = x->profile->identifier;
	size_t end = lexer_length(x);
	if (at >= end || lexer_is_blank(x->begin[at]) || (begin > 0 && (identifier[x->begin[begin - 1]] || memchr(")]}\"'", x->begin[begin - 1], 5))))
		return false;
	size_t behind = at + (x->begin[at] == '\\' ? 2 : 1);
	while (behind < end && (x->begin[behind] & 0xc0) == 0x80)
		behind++;
	if (behind > end || (behind < end && identifier[x->begin[at]] && identifier[x->begin[behind]]))
		return false;
	lexer_string(x, begin, behind, at - begin, 0);
	x->pos = behind;
	return true;
}

bool lexer_quote(struct lexer *x, const struct opener *o, size_t begin, size_t at)
{
	if (o->parts == 0)
		return one_character(x, begin, at);
	const bool *identifier = x->profile->identifier;
	size_t delimiter = at, end = lexer_length(x);
	bool word = identifier[x->begin[begin]];
	if (word) {
		/* $q, ->q, {q}, q => 1: a name. */
		if (begin > 0 && memchr("$@%&>-", x->begin[begin - 1], 6) && !(x->begin[begin - 1] == '>' && begin > 1 && x->begin[begin - 2] != '-'))
			return false;
		if (begin > 4 && memcmp(x->begin + begin - 4, "sub ", 4) == 0)
			return false;
		delimiter = skip_blanks(x, at);
		if (delimiter >= end || (delimiter > at && (x->begin[delimiter] == '#' || identifier[x->begin[delimiter]])))
			return false;
		if (x->begin[delimiter] == '=' && (delimiter > at || (delimiter + 1 < end && x->begin[delimiter + 1] == '>')))
			return false;
		if (begin > 0 && x->begin[begin - 1] == '{' && x->begin[delimiter] == '}')
			return false;
	}
	if (delimiter >= end || lexer_is_blank(x->begin[delimiter]) || identifier[x->begin[delimiter]] || memchr(",;)", x->begin[delimiter], 3))
		return false;
	if (o->value && !value_here(x, begin, at))
		return false;
	unsigned char open = x->begin[delimiter];
	size_t behind;
	bool vain = x->quote_bytes > FAILED_QUOTES_BYTES + 2 * lexer_length(x);
	if (!vain && (open == '"' || open == '\'') && delimiter + 2 < end && x->begin[delimiter + 1] == open && x->begin[delimiter + 2] == open) {
		const char triple[] = {(char)open, (char)open, (char)open};
		size_t found = span_find(span_of((const char *)x->begin + delimiter + 3, end - delimiter - 3), span_of(triple, 3));
		if (found == SIZE_MAX) {
			x->quote_bytes += end - delimiter;
			return false;
		}
		behind = delimiter + 3 + found + 3;
	} else if ((behind = part_end(x, delimiter + 1, open)) == SIZE_MAX)
		return false;
	if (o->parts == 2) {
		size_t second = behind;
		unsigned char other = open;
		if (closing(open) != open) {
			if ((second = skip_blanks(x, behind)) >= end)
				return false;
			other = x->begin[second++];
		}
		if ((behind = part_end(x, second, other)) == SIZE_MAX)
			return false;
	}
	while (behind < end && x->begin[behind] >= 'a' && x->begin[behind] <= 'z')
		behind++;
	lexer_string(x, begin, behind, delimiter + 1 - begin, 1);
	x->pos = behind;
	return true;
}

/* CommonMark: a run of at least three, ended by one at least as long that stands alone on its line, or by the text's end. */
bool lexer_fence(struct lexer *x, const struct opener *o, size_t begin, size_t at)
{
	unsigned char mark = (unsigned char)o->open.ptr[0];
	size_t end = lexer_length(x), run = begin, line = lexer_line_end(x, begin);
	while (run < end && x->begin[run] == mark)
		run++;
	size_t least = run - begin;
	/* `a` is code inside a line, and so is ```a``` */
	if (least < 3 || (mark == '`' && memchr(x->begin + run, '`', line - run)))
		return false;
	(void)at;
	for (size_t from = line; from < end; from = lexer_line_end(x, from)) {
		size_t i = ++from;
		while (i < end && (x->begin[i] == ' ' || x->begin[i] == '\t' || x->begin[i] == '>'))
			i++;
		size_t first = i;
		while (i < end && x->begin[i] == mark)
			i++;
		if (i - first < least)
			continue;
		while (i < end && (x->begin[i] == ' ' || x->begin[i] == '\t' || x->begin[i] == '\r'))
			i++;
		if (i == end || x->begin[i] == '\n') {
			end = i;
			break;
		}
	}
	lexer_string(x, begin, end, 0, 0);
	x->pos = end;
	return true;
}

size_t lexer_island_begin(const struct lexer *x, size_t at)
{
	const struct profile *p = x->profile;
	size_t end = lexer_length(x);
	for (; at < end; at++) {
		const unsigned char *found = memchr(x->begin + at, p->island_open[0].ptr[0], end - at);
		if (!found)
			return end;
		at = (size_t)(found - x->begin);
		for (size_t i = 0; i < p->island_open_count; i++)
			if (span_starts(span_of((const char *)found, end - at), p->island_open[i]))
				return at + p->island_open[i].len;
	}
	return end;
}

size_t lexer_island_end(const struct lexer *x, size_t at, size_t end)
{
	if (!x->profile->island_close.len)
		return end;
	size_t found = span_find(span_of((const char *)x->begin + at, end - at), x->profile->island_close);
	return found == SIZE_MAX ? end : at + found;
}

bool lexer_in_arithmetic(const struct lexer *x, size_t at)
{
	enum { LOOKED_BACK_MOST = 400 };
	int open = 0;
	for (size_t from = at; at > 1 && from - at < LOOKED_BACK_MOST && x->begin[at - 1] != '\n'; at--) {
		if (x->begin[at - 1] == ')' && x->begin[at - 2] == ')')
			open--;
		else if (x->begin[at - 1] == '(' && x->begin[at - 2] == '(' && ++open > 0)
			return true;
	}
	return false;
}
