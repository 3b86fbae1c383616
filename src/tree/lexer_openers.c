/* What begins a comment, a string, a regular expression, a here-document, an attribute: each part moves x->pos behind it and says
 * so, or leaves all as it is. */
#include "tree/lexer_parts.h"

size_t lexer_line_end(const struct lexer *x, size_t at)
{
	const unsigned char *lf = memchr(x->begin + at, '\n', lexer_length(x) - at);
	return lf ? (size_t)(lf - x->begin) : lexer_length(x);
}

static bool line_comment(struct lexer *x, const struct opener *o, size_t begin, size_t at)
{
	size_t end = lexer_line_end(x, at), island_end = lexer_island_end(x, at, end);
	if (island_end < end) {
		lexer_comment(x, begin, island_end);
		x->pos = island_end;
		return true;
	}
	while (o->continued && end < lexer_length(x) && end > at &&
	       (x->begin[end - 1] == '\\' || (x->begin[end - 1] == '\r' && end > at + 1 && x->begin[end - 2] == '\\')))
		end = lexer_line_end(x, end + 1);
	lexer_comment(x, begin, end);
	x->pos = end;
	return true;
}

size_t lexer_find(const struct lexer *x, size_t at, struct span what)
{
	size_t found = span_find(lexer_rest(x, at), what);
	return found == SIZE_MAX ? SIZE_MAX : at + found;
}

/* Behind the mark that closes a nested comment, or SIZE_MAX. */
static size_t nested_end(const struct lexer *x, const struct opener *o, size_t at)
{
	size_t depth = 1, end = lexer_length(x);
	for (; at < end; at++) {
		if (x->begin[at] == (unsigned char)o->close.ptr[0] && span_starts(lexer_rest(x, at), o->close)) {
			at += o->close.len;
			if (--depth == 0)
				return at;
			at--;
		} else if (x->begin[at] == (unsigned char)o->open.ptr[0] && span_starts(lexer_rest(x, at), o->open)) {
			at += o->open.len - 1;
			depth++;
		}
	}
	return SIZE_MAX;
}

static bool delimiter_matches(const struct lexer *x, size_t at, struct span delimiter, struct span behind)
{
	struct span rest = lexer_rest(x, at);
	return span_starts(rest, delimiter) && span_starts(span_from(rest, delimiter.len), behind);
}

static bool block_comment(struct lexer *x, const struct opener *o, size_t index, size_t begin, size_t at, struct span delimiter)
{
	size_t end = SIZE_MAX;
	if (o->to_end)
		end = lexer_length(x);
	else if (o->nested)
		end = nested_end(x, o, at);
	else
		for (size_t from = at; (end = lexer_find(x, from, o->close)) != SIZE_MAX; from = end + 1)
			if (!o->delimited || delimiter_matches(x, end + o->close.len, delimiter, o->close_rest)) {
				end += o->close.len + delimiter.len + o->close_rest.len;
				break;
			}
	if (end == SIZE_MAX) {
		if (o->delimited) {
			x->fails_to[index] = (uint32_t)lexer_length(x);
			return false;
		}
		end = lexer_length(x);
	} else if (o->at_line_begin)
		end = lexer_line_end(x, end);
	lexer_comment(x, begin, end);
	x->pos = end;
	return true;
}

/* Runs over a string's content. Behind its end, or behind what begins code inside it (*inner), or SIZE_MAX: nothing ends it. */
static size_t string_end(const struct lexer *x, const struct opener *o, size_t at, struct span delimiter, bool *inner, size_t *stopped)
{
	const unsigned char *b = x->begin;
	size_t end = lexer_length(x);
	unsigned char close = (unsigned char)o->close.ptr[0];
	int inner_first = o->inner_open.len ? (unsigned char)o->inner_open.ptr[0] : -1;
	*inner = false;
	for (; at < end; at++) {
		unsigned char c = b[at];
		if (c == o->escape) {
			/* What the escape covers may be the first byte of the inner code's mark, as in \( */
			if (inner_first == c && span_starts(lexer_rest(x, at), o->inner_open)) {
				*inner = true;
				return at + o->inner_open.len;
			}
			at++;
			if (at + 1 < end && b[at] == '\r' && b[at + 1] == '\n')
				at++;
		} else if (c == close && span_starts(lexer_rest(x, at), o->close) &&
		           (!o->delimited || delimiter_matches(x, at + o->close.len, delimiter, o->close_rest))) {
			size_t len = o->close.len + delimiter.len + o->close_rest.len;
			if (!o->doubled || !span_starts(lexer_rest(x, at + len), o->close))
				return at + len;
			at += len + o->close.len - 1;
		} else if (c == '\n' && !o->lines) {
			break;
		} else if (c == inner_first && span_starts(lexer_rest(x, at), o->inner_open)) {
			if (o->inner_doubled && span_starts(lexer_rest(x, at + o->inner_open.len), o->inner_open)) {
				at += 2 * o->inner_open.len - 1;
				continue;
			}
			*inner = true;
			return at + o->inner_open.len;
		}
	}
	*stopped = at < end ? at : end;
	return SIZE_MAX;
}

static bool string_from(struct lexer *x, const struct opener *o, size_t index, size_t begin, size_t at, struct span delimiter)
{
	bool inner;
	size_t stopped = 0, end = string_end(x, o, at, delimiter, &inner, &stopped);
	if (end == SIZE_MAX) {
		x->fails_to[index] = (uint32_t)stopped;
		return false;
	}
	size_t close_len = o->close.len + delimiter.len + o->close_rest.len;
	lexer_string(x, begin, end, at - begin, inner ? 0 : close_len);
	x->pos = end;
	if (inner && x->inner_count < LEXER_INNER_MOST) {
		x->inner[x->inner_count].opener = (uint32_t)index;
		x->inner[x->inner_count].depth = 0;
		x->inner[x->inner_count++].delimiter = delimiter;
	}
	return true;
}

/* The string that was interrupted by code goes on behind that code's end. */
bool lexer_resume_string(struct lexer *x)
{
	size_t top = --x->inner_count;
	x->resume = false;
	return string_from(x, &x->profile->openers[x->inner[top].opener], x->inner[top].opener, x->pos, x->pos, x->inner[top].delimiter);
}

/* 'x', '\n', but not the ' of a lifetime. */
static bool character(struct lexer *x, const struct opener *o, size_t begin, size_t at)
{
	size_t end = lexer_length(x), i = at;
	if (i >= end || x->begin[i] == '\n')
		return false;
	if (x->begin[i] == '\\') {
		for (i += 2; i < end && i < at + 16 && x->begin[i] != '\n'; i++)
			if (x->begin[i] == (unsigned char)o->close.ptr[0])
				goto found;
		return false;
	}
	i++;
	while (i < end && (x->begin[i] & 0xc0) == 0x80 && i < at + 4)
		i++;
	if (i >= end || x->begin[i] != (unsigned char)o->close.ptr[0])
		return false;
found:
	lexer_string(x, begin, i + 1, o->open.len, 1);
	x->pos = i + 1;
	return true;
}

/* The last byte of code before `at`, over blanks and one comment; SIZE_MAX: none. */
size_t lexer_code_before(const struct lexer *x, size_t at)
{
	const struct gap *last = x->gap_count ? &x->gaps[x->gap_count - 1] : NULL;
	for (;;) {
		while (at > 0 && lexer_is_blank(x->begin[at - 1]))
			at--;
		if (at == 0)
			return SIZE_MAX;
		if (!last || last->string || last->block || last->end != at || last->begin >= at)
			return at - 1;
		at = last->begin;
		last = last > x->gaps ? last - 1 : NULL;
	}
}

static bool regex(struct lexer *x, const struct opener *o, size_t index, size_t begin, size_t at)
{
	enum { REGEX_BYTES_MOST = 4096 };
	size_t before = lexer_code_before(x, begin), end = lexer_length(x);
	/* Behind a comment that stands where a statement begins there is no code to look at. */
	if (x->lead != LEXER_NO_LEAD && lexer_only_blanks(x, begin))
		before = SIZE_MAX;
	if (before != SIZE_MAX && !memchr(o->allowed_after.ptr, x->begin[before], o->allowed_after.len)) {
		size_t word = before + 1;
		while (word > 0 && before - word < 32 && x->profile->identifier[x->begin[word - 1]])
			word--;
		const struct word *w = profile_word(x->profile, span_of((const char *)x->begin + word, before + 1 - word));
		if (!w || !(w->use & WORD_REGEX))
			return false;
	}
	bool class = false, lines = o->spans_lines && at < end && (x->begin[at] == '\n' || x->begin[at] == '\r');
	size_t i = at;
	for (; i < end && i < at + REGEX_BYTES_MOST; i++) {
		unsigned char c = x->begin[i];
		if (c == '\n' && !lines)
			break;
		if (c == '\\')
			i++;
		else if (c == '[')
			class = true;
		else if (c == ']')
			class = false;
		else if (c == '/' && !class) {
			if (i == at)
				return false;
			lexer_string(x, begin, i + 1, 1, 1);
			x->pos = i + 1;
			return true;
		}
	}
	x->fails_to[index] = (uint32_t)(i < end ? i : end);
	return false;
}

static bool heredoc(struct lexer *x, const struct opener *o, size_t index, size_t at)
{
	size_t end = lexer_length(x);
	bool flagged = false;
	if (x->heredoc_count == LEXER_HEREDOCS_MOST || at < x->fails_to[index])
		return false;
	if (at < end && o->flags.len && memchr(o->flags.ptr, x->begin[at], o->flags.len)) {
		flagged = true;
		at++;
	}
	size_t quote = at;
	while (o->blanks && quote < end && (x->begin[quote] == ' ' || x->begin[quote] == '\t'))
		quote++;
	if (lexer_in_arithmetic(x, at))
		return false;
	unsigned char mark = quote < end && (x->begin[quote] == '\'' || x->begin[quote] == '"' || x->begin[quote] == '`') ? x->begin[quote] : 0;
	if (mark)
		at = quote + 1;
	else if (quote < end && x->begin[quote] == '\\')
		at = quote + 1;
	else if (o->blanks)
		at = quote;
	if (!mark && !flagged && o->upper && (at >= end || x->begin[at] < 'A' || x->begin[at] > 'Z'))
		return false;
	size_t tag = at;
	while (at < end && x->profile->identifier[x->begin[at]])
		at++;
	if (at == tag || (x->begin[tag] >= '0' && x->begin[tag] <= '9'))
		return false;
	x->heredocs[x->heredoc_count].opener = o;
	x->heredocs[x->heredoc_count].tag = span_of((const char *)x->begin + tag, at - tag);
	x->heredocs[x->heredoc_count++].flagged = flagged;
	x->pos = mark && at < end && x->begin[at] == mark ? at + 1 : at;
	return true;
}

/* At a line end: the documents that its line announced. */
void lexer_heredocs(struct lexer *x)
{
	size_t begin = x->pos;
	for (size_t i = 0; i < x->heredoc_count; i++) {
		const struct opener *o = x->heredocs[i].opener;
		struct span tag = x->heredocs[i].tag;
		size_t at = x->pos;
		for (; at < lexer_length(x); at = lexer_line_end(x, at) + 1) {
			size_t from = at;
			while ((o->indented || x->heredocs[i].flagged) && from < lexer_length(x) && (x->begin[from] == ' ' || x->begin[from] == '\t'))
				from++;
			struct span rest = lexer_rest(x, from);
			if (!span_starts(rest, tag))
				continue;
			size_t behind = from + tag.len;
			unsigned char next = behind < lexer_length(x) ? x->begin[behind] : '\n';
			if (o->rest ? !x->profile->identifier[next] : next == '\n' || next == '\r') {
				x->pos = behind;
				break;
			}
		}
		if (at >= lexer_length(x))
			x->fails_to[(size_t)(o - x->profile->openers)] = (uint32_t)lexer_length(x);
	}
	x->heredoc_count = 0;
	if (x->pos == begin)
		return;
	/* Of a statement that has ended: no part of the next one. */
	if (!x->opaque && !x->in_attribute && !x->newlines && lexer_only_blanks(x, begin)) {
		x->statement = x->blank_to = (uint32_t)x->pos;
		x->lead = LEXER_NO_LEAD;
	} else
		lexer_string(x, begin, x->pos, 0, 0);
}

/* Only its head: what follows in brackets is run over by lexer_next. */
static bool attribute(struct lexer *x, const struct opener *o, size_t begin, size_t at)
{
	size_t end = lexer_length(x);
	if (x->in_attribute || !lexer_only_blanks(x, begin))
		return false;
	if (o->word) {
		size_t from = at;
		while (at < end && (x->profile->identifier[x->begin[at]] ||
		                    ((x->begin[at] == '.' || x->begin[at] == ':') && at > from && at + 1 < end && x->profile->identifier[x->begin[at + 1]])))
			at++;
		if (at == from)
			return false;
		for (size_t i = 0; i < o->except_count; i++)
			if (span_eq(o->except[i], span_of((const char *)x->begin + from, at - from)))
				return false;
	} else {
		at--; /* its bracket is a token */
	}
	x->pos = at;
	x->at = begin;
	return true;
}

/* ---- openers ------------------------------------------------------------------------------------------------------ */

/* Whether `o` begins at its trigger; *begin is then its first byte, *at the byte behind its mark. */
static bool opens_here(const struct lexer *x, const struct opener *o, size_t trigger, size_t *begin, size_t *at, struct span *delimiter)
{
	struct span rest = lexer_rest(x, trigger);
	if (!span_starts(rest, o->open))
		return false;
	size_t left = trigger, right = trigger + o->open.len, end = lexer_length(x);
	*delimiter = span_of("", 0);
	if (o->delimiter_before) {
		while (left > 0 && trigger - left < 255 && o->delimiter[x->begin[left - 1]])
			left--;
		*delimiter = span_of((const char *)x->begin + left, trigger - left);
	}
	if (o->before.len) {
		if (left < o->before.len || memcmp(x->begin + left - o->before.len, o->before.ptr, o->before.len) != 0)
			return false;
		left -= o->before.len;
		if (left > 0 && x->profile->identifier[x->begin[left - 1]])
			return false;
	} else if (x->profile->identifier[(unsigned char)o->open.ptr[0]] && left > 0 && x->profile->identifier[x->begin[left - 1]])
		return false;
	if (o->not_after_digit && left > 0 && x->begin[left - 1] >= '0' && x->begin[left - 1] <= '9')
		return false;
	if (o->after_blank && left > 0 && !lexer_is_blank(x->begin[left - 1]) && !memchr(");|&", x->begin[left - 1], 4))
		return false;
	if (o->at_line_begin) {
		size_t i = left;
		while (i > 0 && (x->begin[i - 1] == ' ' || x->begin[i - 1] == '\t'))
			i--;
		if (i > 0 && x->begin[i - 1] != '\n')
			return false;
	}
	if (o->delimited && !o->delimiter_before) {
		size_t from = right;
		while (right < end && right - from < 255 && o->delimiter[x->begin[right]])
			right++;
		*delimiter = span_of((const char *)x->begin + from, right - from);
		if (!span_starts(lexer_rest(x, right), o->open_rest))
			return false;
		right += o->open_rest.len;
	}
	*begin = left;
	*at = right;
	return delimiter->len >= o->delimiter_least;
}

/* What begins at `trigger`. TOKEN_END: nothing does; x->pos is behind it otherwise. */
enum token lexer_open(struct lexer *x, size_t trigger, bool *done)
{
	unsigned char c = x->begin[trigger];
	*done = true;
	for (size_t i = x->profile->opener_first[c]; i && i <= x->profile->opener_last[c]; i++) {
		const struct opener *o = &x->profile->openers[i - 1];
		size_t begin, at;
		struct span delimiter;
		if (trigger < x->fails_to[i - 1] || !opens_here(x, o, trigger, &begin, &at, &delimiter))
			continue;
		switch (o->kind) {
		case OPENER_LINE_COMMENT:
			if (line_comment(x, o, begin, at))
				return TOKEN_END;
			break;
		case OPENER_BLOCK_COMMENT:
			if (block_comment(x, o, i - 1, begin, at, delimiter))
				return TOKEN_END;
			break;
		case OPENER_STRING: {
			size_t inner = x->inner_count;
			if (string_from(x, o, i - 1, begin, at, delimiter)) {
				x->at = begin;
				return x->inner_count > inner ? TOKEN_LEFT : TOKEN_END;
			}
			break;
		}
		case OPENER_CHARACTER:
			if (character(x, o, begin, at))
				return TOKEN_END;
			break;
		case OPENER_REGEX:
			if (regex(x, o, i - 1, begin, at))
				return TOKEN_END;
			break;
		case OPENER_HEREDOC:
			if (heredoc(x, o, i - 1, at))
				return TOKEN_END;
			break;
		case OPENER_QUOTE:
			if (lexer_quote(x, o, begin, at))
				return TOKEN_END;
			break;
		case OPENER_FENCE:
			if (lexer_fence(x, o, begin, at))
				return TOKEN_END;
			break;
		case OPENER_ISLAND:
			x->pos = lexer_island_begin(x, at);
			x->at = begin;
			return TOKEN_SEMICOLON;
		case OPENER_ATTRIBUTE:
			if (!x->opaque && attribute(x, o, begin, at))
				return TOKEN_ATTRIBUTE;
			break;
		}
	}
	*done = false;
	return TOKEN_END;
}
