#include "tree/lexer_parts.h"

enum act { ACT_NONE, ACT_OPEN, ACT_CLOSE, ACT_LEFT, ACT_RIGHT, ACT_SEMICOLON, ACT_COMMA, ACT_NEWLINE, ACT_DIRECTIVE, ACT_WORD, ACT_ESCAPE };
enum { ACT_TRIGGER = 0x80 };

void lexer_begin(struct lexer *x, const struct profile *p, struct span text)
{
	x->profile = p;
	x->begin = (const unsigned char *)(text.len ? text.ptr : "");
	x->end = x->begin + text.len;
	x->pos = x->at = 0;
	x->word = NULL;
	x->opaque = false;
	x->words = p->style == STYLE_END;
	x->newlines = p->newlines || p->style != STYLE_BRACE;
	x->gap_base = 0;
	x->inner_count = x->heredoc_count = x->quote_bytes = 0;
	x->resume = x->in_attribute = false;
	x->wasted = 0;
	memset(x->fails_to, 0, sizeof x->fails_to);
	memset(x->act, 0, sizeof x->act);
	memset(x->act_opaque, 0, sizeof x->act_opaque);
	bool heredocs = false;
	for (size_t i = 0; i < p->opener_count; i++) {
		const struct opener *o = &p->openers[i];
		unsigned char c = (unsigned char)o->open.ptr[0];
		heredocs |= o->kind == OPENER_HEREDOC;
		x->act[c] |= ACT_TRIGGER;
		if (o->kind != OPENER_ATTRIBUTE)
			x->act_opaque[c] |= ACT_TRIGGER;
	}
	if (x->words)
		for (int c = 0; c < 256; c++)
			if (p->identifier[c] && !(c >= '0' && c <= '9'))
				x->act[c] |= ACT_WORD;
	x->act['('] |= ACT_LEFT;
	x->act['['] |= ACT_LEFT;
	x->act[')'] |= ACT_RIGHT;
	x->act[']'] |= ACT_RIGHT;
	x->act['{'] |= ACT_OPEN;
	x->act['}'] |= ACT_CLOSE;
	x->act[';'] |= ACT_SEMICOLON;
	x->act[','] |= ACT_COMMA;
	x->act_opaque['{'] |= ACT_OPEN;
	x->act_opaque['}'] |= ACT_CLOSE;
	if (x->newlines || heredocs)
		x->act['\n'] |= ACT_NEWLINE;
	if (heredocs)
		x->act_opaque['\n'] |= ACT_NEWLINE;
	if (p->directives) {
		x->act['#'] |= ACT_DIRECTIVE;
		x->act_opaque['#'] |= ACT_DIRECTIVE;
	}
	if (p->escape >= 0) {
		x->act[p->escape] |= ACT_ESCAPE;
		x->act_opaque[p->escape] |= ACT_ESCAPE;
	}
	if (text.len >= 3 && memcmp(text.ptr, "\xef\xbb\xbf", 3) == 0)
		x->pos = 3;
	if (p->island_close.len)
		x->pos = lexer_island_begin(x, 0);
	lexer_new_statement(x);
}

void lexer_new_statement(struct lexer *x)
{
	x->statement = x->blank_to = (uint32_t)x->pos;
	x->lead = LEXER_NO_LEAD;
	x->gap_count = x->gap_base;
	x->crowded = false;
}

static bool only_commas(const struct lexer *x, size_t begin, size_t end)
{
	while (begin < end && (lexer_is_blank(x->begin[begin]) || x->begin[begin] == ','))
		begin++;
	return begin == end;
}

void lexer_resume(struct lexer *x, uint32_t statement, uint32_t lead, size_t gap_base, size_t gap_count, size_t begin, size_t end)
{
	x->statement = x->blank_to = statement;
	x->lead = lead;
	x->gap_base = gap_base;
	x->gap_count = gap_count;
	x->crowded = gap_count == LEXER_GAPS_MOST;
	struct gap *last = gap_count > gap_base ? &x->gaps[gap_count - 1] : NULL;
	/* Blocks with nothing but a comma between them are one: a long list must not fill the room. */
	if (last && last->block && (size_t)(begin - last->end) < 80 && only_commas(x, last->end, begin)) {
		last->end = (uint32_t)end;
		x->crowded = false;
	} else if (!x->crowded)
		x->gaps[x->gap_count++] = (struct gap){.begin = (uint32_t)begin, .end = (uint32_t)end, .block = true};
}

bool lexer_only_blanks(struct lexer *x, size_t at)
{
	size_t i = x->blank_to;
	while (i < at && lexer_is_blank(x->begin[i]))
		i++;
	if (i > x->blank_to)
		x->blank_to = (uint32_t)i;
	return i >= at;
}

size_t lexer_skip_blanks(const struct lexer *x, size_t at)
{
	size_t end = lexer_length(x);
	while (at < end && lexer_is_blank(x->begin[at]))
		at++;
	return at;
}

static unsigned line_ends(const struct lexer *x, size_t from, size_t to)
{
	unsigned n = 0;
	for (; from < to && n < 2; from++)
		n += x->begin[from] == '\n';
	return n;
}

/* What stands right above a statement belongs to it: comments without a blank line between them, attributes. */
static void note_lead(struct lexer *x, size_t begin)
{
	unsigned ends = line_ends(x, x->statement, begin);
	if (x->lead == LEXER_NO_LEAD ? ends > 0 || x->statement == 0 : ends > 1)
		x->lead = (uint32_t)begin;
}

void lexer_gap(struct lexer *x, size_t begin, size_t end, bool comment)
{
	if (lexer_only_blanks(x, begin)) {
		if (comment)
			note_lead(x, begin);
		else
			x->lead = LEXER_NO_LEAD;
		x->statement = x->blank_to = (uint32_t)end;
		return;
	}
	if (x->gap_count == LEXER_GAPS_MOST) {
		x->crowded = true;
		return;
	}
	x->gaps[x->gap_count++] = (struct gap){.begin = (uint32_t)begin, .end = (uint32_t)end};
}

void lexer_string(struct lexer *x, size_t begin, size_t end, size_t open_len, size_t close_len)
{
	if (x->opaque || x->in_attribute)
		return;
	if (x->gap_count == LEXER_GAPS_MOST) {
		x->crowded = true;
		return;
	}
	x->gaps[x->gap_count++] = (struct gap){.begin = (uint32_t)begin, .end = (uint32_t)end, .open_len = (uint32_t)open_len,
	                                       .close_len = (uint32_t)close_len, .string = true};
}

void lexer_comment(struct lexer *x, size_t begin, size_t end)
{
	if (!x->opaque && !x->in_attribute)
		lexer_gap(x, begin, end, true);
}

/* ---- directives --------------------------------------------------------------------------------------------------- */

static bool first_on_line(const struct lexer *x, size_t at)
{
	while (at > 0 && (x->begin[at - 1] == ' ' || x->begin[at - 1] == '\t'))
		at--;
	return at == 0 || x->begin[at - 1] == '\n';
}

enum { LANES = 16 };
typedef unsigned char lanes __attribute__((vector_size(LANES)));

/* From `at` on, the first byte that ends a directive or may hide its end. Of sixteen bytes at once: tables of numbers are
 * half the text of some drivers. */
static size_t directive_mark(const struct lexer *x, size_t at)
{
	size_t end = lexer_length(x);
	for (lanes c; at + LANES <= end; at += LANES) {
		memcpy(&c, x->begin + at, sizeof c);
		lanes found = (lanes)(c == '\n') | (lanes)(c == '\\') | (lanes)(c == '/') | (lanes)(c == '"');
		uint64_t half[2];
		memcpy(half, &found, sizeof half);
		if (half[0] | half[1])
			break;
	}
	while (at < end && x->begin[at] != '\n' && x->begin[at] != '\\' && x->begin[at] != '/' && x->begin[at] != '"')
		at++;
	return at;
}

/* The line, those that a backslash joins to it, and a comment that begins on it. */
static size_t directive_end(const struct lexer *x, size_t at)
{
	size_t end = lexer_length(x);
	for (; (at = directive_mark(x, at)) < end; at++) {
		unsigned char c = x->begin[at];
		if (c == '\n')
			return at > 0 && x->begin[at - 1] == '\r' ? at - 1 : at;
		if (c == '\\') {
			at++;
			if (at + 1 < end && x->begin[at] == '\r' && x->begin[at + 1] == '\n')
				at++;
		} else if (c == '/' && at + 1 < end && x->begin[at + 1] == '*') {
			size_t close = lexer_find(x, at + 2, SPAN("*/"));
			at = close == SIZE_MAX ? end - 1 : close + 1;
		} else if (c == '/' && at + 1 < end && x->begin[at + 1] == '/') {
			return lexer_line_end(x, at);
		} else if (c == '"') {
			for (at++; at < end && x->begin[at] != '"' && x->begin[at] != '\n'; at++)
				if (x->begin[at] == '\\' && at + 1 < end)
					at++;
			if (at < end && x->begin[at] == '\n')
				at--;
		}
	}
	return end;
}

/* ---- tokens ------------------------------------------------------------------------------------------------------- */

static enum token close_at(struct lexer *x, unsigned char c, enum token plain)
{
	if (x->inner_count) {
		const struct opener *o = &x->profile->openers[x->inner[x->inner_count - 1].opener];
		if (c == o->inner_close) {
			if (x->inner[x->inner_count - 1].depth == 0) {
				x->resume = true;
				return TOKEN_RIGHT;
			}
			x->inner[x->inner_count - 1].depth--;
		}
	}
	return plain;
}

static enum token deeper(struct lexer *x, unsigned char c, enum token plain)
{
	if (x->inner_count) {
		const struct opener *o = &x->profile->openers[x->inner[x->inner_count - 1].opener];
		if (c == (unsigned char)o->inner_open.ptr[o->inner_open.len - 1])
			x->inner[x->inner_count - 1].depth++;
	}
	return plain;
}

/* At the first byte of a word. */
static bool word_at(struct lexer *x, size_t at)
{
	const bool *identifier = x->profile->identifier;
	size_t end = at;
	while (end < lexer_length(x) && identifier[x->begin[end]])
		end++;
	x->pos = end;
	if (at > 0 && (identifier[x->begin[at - 1]] || x->begin[at - 1] == '.' || x->begin[at - 1] == '@' || x->begin[at - 1] == '$' ||
	               (x->begin[at - 1] == ':' && (at < 2 || x->begin[at - 2] != ':'))))
		return false;
	const struct word *w = profile_word(x->profile, span_of((const char *)x->begin + at, end - at));
	if (!w || !(w->use & (WORD_BEGIN | WORD_ANYWHERE | WORD_DO | WORD_END | WORD_MIDDLE | WORD_INSIDE)))
		return false;
	/* `end:` is a key, but a::b is a scope. */
	if (end + 1 < lexer_length(x) && x->begin[end] == ':' && x->begin[end + 1] != ':')
		return false;
	x->word = w;
	return true;
}

static enum token lex(struct lexer *x)
{
	if (x->resume) {
		size_t inner = x->inner_count - 1;
		x->at = x->pos;
		if (lexer_resume_string(x) && x->inner_count > inner)
			return TOKEN_LEFT;
	}
	for (;;) {
		const uint8_t *act = x->opaque ? x->act_opaque : x->act;
		const unsigned char *p = x->begin + x->pos;
		/* Four at a time: 4% of a whole scan of C. */
		for (; x->end - p >= 4; p += 4)
			if (act[p[0]] | act[p[1]] | act[p[2]] | act[p[3]])
				break;
		while (p < x->end && !act[*p])
			p++;
		x->pos = x->at = (size_t)(p - x->begin);
		if (p == x->end)
			return TOKEN_END;
		if (act[*p] & ACT_TRIGGER) {
			bool done;
			enum token t = lexer_open(x, x->pos, &done);
			if (t != TOKEN_END)
				return t;
			if (done)
				continue;
		}
		size_t at = x->pos++;
		switch ((enum act)(act[*p] & ~ACT_TRIGGER)) {
		case ACT_NONE:
			break;
		case ACT_OPEN:
			return deeper(x, *p, TOKEN_OPEN);
		case ACT_CLOSE:
			return close_at(x, *p, TOKEN_CLOSE);
		case ACT_LEFT:
			return deeper(x, *p, TOKEN_LEFT);
		case ACT_RIGHT:
			return close_at(x, *p, TOKEN_RIGHT);
		case ACT_SEMICOLON:
			return TOKEN_SEMICOLON;
		case ACT_COMMA:
			return TOKEN_COMMA;
		case ACT_NEWLINE:
			if (x->heredoc_count)
				lexer_heredocs(x);
			if (x->newlines && !x->opaque)
				return TOKEN_NEWLINE;
			break;
		case ACT_DIRECTIVE:
			if (x->profile->style == STYLE_INDENT ? at == 0 || x->begin[at - 1] == '\n' : first_on_line(x, at)) {
				x->pos = directive_end(x, at);
				return TOKEN_DIRECTIVE;
			}
			break;
		case ACT_WORD:
			if (word_at(x, at))
				return TOKEN_WORD;
			break;
		case ACT_ESCAPE:
			/* A backslash takes the meaning off anything; another byte, as in $' and $#, off what begins strings and comments. */
			if (x->pos < lexer_length(x) && (*p == '\\' || memchr("'\"`#/", x->begin[x->pos], 5)))
				x->pos++;
			break;
		}
	}
}

enum token lexer_next(struct lexer *x)
{
	enum token t = lex(x);
	while (t == TOKEN_ATTRIBUTE) {
		size_t begin = x->at, depth = 0;
		bool bracket = x->pos < lexer_length(x) && memchr("([{", x->begin[x->pos], 3);
		size_t end = x->pos;
		x->in_attribute = true;
		while (bracket) {
			t = lex(x);
			end = x->pos;
			if (t == TOKEN_LEFT || t == TOKEN_OPEN)
				depth++;
			else if (((t == TOKEN_RIGHT || t == TOKEN_CLOSE) && depth > 0 && --depth == 0) || t == TOKEN_END)
				break;
		}
		x->in_attribute = false;
		lexer_gap(x, begin, end, true);
		t = lex(x);
	}
	return t;
}
