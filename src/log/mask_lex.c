#include "log/mask_lex.h"

#include "log/mask_bytes.h"
#include "log/tuning.h"

/* Punctuation that draws rulers: ==== ---- **** .... */
static inline bool draws_rulers(char c)
{
	return (unsigned char)c > ' ' && !is_high(c) && !(flags(c) & (ALNUM | OPENING | CLOSING | QUOTE)) && c != '/' &&
	       c != '\\';
}

/* ---- extents: each looks at s from i on and returns the end of what begins there, or i ---- */

static size_t run_end(struct span s, size_t i)
{
	size_t j = i;
	while (j < s.len && s.ptr[j] == s.ptr[i])
		j++;
	return j;
}

/* The closing quote of the text that begins at i, or s.len when it does not stand before `limit`. */
static size_t quote_close(struct span s, size_t i, char quote, size_t limit)
{
	for (size_t j = i; j < limit; j++) {
		char c = s.ptr[j];
		if (c == '\\') {
			j++;
		} else if (c == quote || (quote == '`' && c == '\'')) {
			/* An apostrophe within a word (don't) closes nothing. */
			if (c == '\'' && j + 1 < s.len && is_alnum(s.ptr[j + 1]))
				continue;
			return j;
		}
	}
	return s.len;
}

static bool in_path(char c)
{
	return c != ' ' && !is_quote(c) && c != ',' && c != ';' && c != '|' && c != '(' && c != ')' && c != '[' &&
	       c != ']' && c != '<' && c != '>';
}

/* A path or URL is one token. One slash between two plain words (and/or, text/html) makes no path; a leading slash, a
 * second one or a dotted last part does. */
static size_t path_end(struct span s, size_t i)
{
	size_t slashes = 0, last_slash = i, j = i;
	bool query = false, scheme = false;
	if (s.ptr[i] == '/' && (i + 1 >= s.len || !(is_alnum(s.ptr[i + 1]) || strchr("._~%$*{@-", s.ptr[i + 1]))))
		return i;
	for (; j < s.len; j++) {
		char c = s.ptr[j];
		if (!in_path(c) && !(query && c != ' ' && !is_quote(c)))
			break;
		/* "path: message", and "a:b" before any slash is no path unless a scheme or drive */
		if (c == ':' && (j + 1 >= s.len || s.ptr[j + 1] == ' '))
			break;
		if (c == ':' && slashes == 0 && s.ptr[j + 1] != '/' && s.ptr[j + 1] != '\\')
			return i;
		scheme = scheme || (c == ':' && slashes == 0);
		if ((c == '=' || c == '{' || c == '}' || is_high(c)) && slashes == 0)
			return i;
		query = query || (c == '?' && slashes > 0);
		if (c == '/' || (c == '\\' && j > i && s.ptr[j - 1] == ':')) {
			slashes++;
			last_slash = j;
		}
	}
	while (j > i && strchr(".,:;)]}>!?", s.ptr[j - 1]) && !(s.ptr[j - 1] == ')' && memchr(s.ptr + i, '(', j - i)))
		j--;
	if (slashes == 0 || j <= last_slash)
		return slashes > 1 ? j : i;
	if (slashes >= 2 || scheme || s.ptr[i] == '/' || s.ptr[i] == '~' || s.ptr[i] == '.')
		return j;
	for (size_t d = last_slash + 2; d + 1 < j; d++)
		if (s.ptr[d] == '.')
			return j;
	return memchr(s.ptr + i, '0', j - i) ? j : i;
}

/* MAC and IPv6 addresses: groups of hex digits joined by colons. The shape has absorbed the colons between digits,
 * so a few can be left: groups that are still letters tell (two each, or "::", or three colons). */
static size_t colon_hex_end(struct span s, size_t i)
{
	size_t colons = 0, group = 0, digits = 0, odd_groups = 0, j = i;
	bool empty_group = false;
	for (; j < s.len && (is_hex_letter(s.ptr[j]) || s.ptr[j] == '0' || s.ptr[j] == ':'); j++) {
		if (s.ptr[j] == ':') {
			if (j + 1 >= s.len || s.ptr[j + 1] == ' ')
				break;
			odd_groups += group != 2 && (j == i || s.ptr[j - 1] != '0');
			empty_group = empty_group || (j > i && s.ptr[j - 1] == ':');
			colons++;
			group = 0;
		} else {
			group++;
			digits += s.ptr[j] == '0';
			if (group > 4)
				return i;
		}
	}
	if (j == i || (j < s.len && is_alnum(s.ptr[j])))
		return i;
	odd_groups += group != 2 && s.ptr[j - 1] != '0';
	return digits && colons && (odd_groups == 0 || empty_group || colons >= 3) ? j : i;
}

/* U+2500 to U+25FF: lines and blocks that draw frames and progress bars. */
static bool draws_boxes(const char *p) { return (unsigned char)p[0] == 0xE2 && ((unsigned char)p[1] & 0xFC) == 0x94; }

/* ---- tokens ------------------------------------------------------------------------------------------------------ */

struct lexer {
	struct masker *k;
	struct span s;
	size_t i;
	size_t quote_closes; /* of the quoted text we are in, else SIZE_MAX */
	size_t slash;        /* the first from i on, or beyond the end; may lag behind i */
	size_t ahead; /* bytes that may still be looked at ahead of i: a line of opening quotes costs no square */
	bool space;
};

static void emit(struct lexer *x, enum mask_kind kind, size_t end, size_t len)
{
	struct masker *k = x->k;
	if (k->count < MASK_TOKENS_MAX - 1) {
		k->tokens[k->count++] = (struct mask_token){(uint32_t)x->i, (uint32_t)len, (uint8_t)kind, x->space};
	} else if (k->count < MASK_TOKENS_MAX) {
		k->tokens[k->count++] =
			(struct mask_token){(uint32_t)x->i, (uint32_t)(x->s.len - x->i), MASK_WORD, x->space};
	}
	x->i = end;
	x->space = false;
}

static void emit_to(struct lexer *x, enum mask_kind kind, size_t end) { emit(x, kind, end, end - x->i); }

/* How far a search from `begin` may go; what it looked at is paid by `looked`. */
static size_t reach(const struct lexer *x, size_t begin)
{
	return x->s.len - begin < x->ahead ? x->s.len : begin + x->ahead;
}

static size_t looked(struct lexer *x, size_t begin, size_t end)
{
	size_t far = end < x->s.len ? end : reach(x, begin);
	x->ahead -= far - begin;
	return end;
}

static size_t close_of(struct lexer *x, size_t begin, char quote, size_t limit)
{
	size_t far = reach(x, begin);
	return looked(x, begin, quote_close(x->s, begin, quote, limit < far ? limit : far));
}

static void skip_space(struct lexer *x)
{
	while (x->i < x->s.len && x->s.ptr[x->i] == ' ') {
		x->space = true;
		x->i++;
	}
}

/* After `=`, and a JSON value: quoted text as a whole is the value. i stands at its opening quote. */
static bool lex_quoted_value(struct lexer *x, struct span key)
{
	size_t close = close_of(x, x->i + 1, x->s.ptr[x->i], x->s.len);
	if (close == x->s.len)
		return false;
	emit_to(x, MASK_DELIMITER, x->i + 1);
	if (mask_is_message_key(key)) {
		x->quote_closes = close;
		return true;
	}
	emit_to(x, MASK_MASK, close);
	emit_to(x, MASK_DELIMITER, close + 1);
	return true;
}

static char token_first(const struct lexer *x, size_t back)
{
	const struct masker *k = x->k;
	return k->count >= back ? x->s.ptr[k->tokens[k->count - back].off] : '\0';
}

/* A JSON array without objects in it, to behind its bracket: a value like any other, whatever its length. */
static size_t plain_array_end(struct lexer *x)
{
	struct span s = x->s;
	size_t depth = 0, limit = reach(x, x->i), j;
	for (j = x->i; j < limit; j++) {
		char c = s.ptr[j];
		if (c == '"')
			j = quote_close(s, j + 1, c, limit);
		else if (c == '[')
			depth++;
		else if (c == '{' || depth == 0)
			break;
		else if (c == ']' && --depth == 0)
			return looked(x, x->i, j + 1);
	}
	looked(x, x->i, j);
	return x->i;
}

static size_t word_end(struct span s, size_t i)
{
	while (i < s.len && is_letter(s.ptr[i]))
		i++;
	return i;
}

/* A quoted word before a colon within an object is a key: constant, except where it is an id itself. */
static bool lex_json_pair(struct lexer *x, size_t close)
{
	struct span s = x->s;
	size_t colon = close + 1;
	if (colon < s.len && s.ptr[colon] == ' ')
		colon++;
	if (colon >= s.len || s.ptr[colon] != ':')
		return false;
	char before = token_first(x, 1);
	if (before != '{' && before != ',')
		return false;
	struct span key = span_of(s.ptr + x->i + 1, close - x->i - 1);
	emit_to(x, MASK_DELIMITER, x->i + 1);
	bool name = key.len > 0 && key.len <= MASK_KEY_MAX &&
		    (is_letter(key.ptr[0]) || key.ptr[0] == '_' || key.ptr[0] == '@');
	emit_to(x, name ? MASK_WORD : MASK_MASK, close);
	emit_to(x, MASK_DELIMITER, close + 1);
	x->i = colon;
	emit_to(x, MASK_DELIMITER, colon + 1);
	skip_space(x);
	if (x->i >= s.len)
		return true;
	size_t end;
	if (s.ptr[x->i] == '"' || s.ptr[x->i] == '\'')
		lex_quoted_value(x, key);
	else if ((end = plain_array_end(x)) > x->i)
		emit_to(x, MASK_MASK, end);
	else if ((end = word_end(s, x->i)) > x->i && mask_is_null(span_of(s.ptr + x->i, end - x->i)))
		emit_to(x, MASK_MASK, end);
	return true;
}

static void lex_quote(struct lexer *x)
{
	struct span s = x->s;
	size_t i = x->i;
	char q = s.ptr[i];
	bool nested = x->quote_closes != SIZE_MAX;
	bool opens = q == '"' || i == 0 || !is_alnum(s.ptr[i - 1]);
	size_t close = opens ? close_of(x, i + 1, q, nested ? x->quote_closes : s.len) : s.len;
	if (close == s.len) {
		emit_to(x, MASK_DELIMITER, i + 1);
		return;
	}
	if (q != '`' && lex_json_pair(x, close))
		return;
	bool blank_inside = memchr(s.ptr + i + 1, ' ', close - i - 1) != NULL;
	emit_to(x, MASK_DELIMITER, i + 1);
	if (close == i + 1 || !blank_inside) {
		if (close > i + 1)
			emit_to(x, MASK_MASK, close);
		emit_to(x, MASK_DELIMITER, close + 1);
	} else if (!nested) {
		x->quote_closes = close;
	}
}

/* A value in key=value: to white space or a separator, but through brackets. */
static size_t value_end(struct lexer *x)
{
	struct span s = x->s;
	size_t i = x->i, limit = reach(x, i), depth = 0, first_space = limit, j;
	for (j = i; j < limit; j++) {
		char c = s.ptr[j];
		if (c == ' ') {
			if (depth == 0)
				break;
			if (first_space == limit)
				first_space = j;
		} else if (is_opening(c)) {
			depth++;
		} else if (is_closing(c)) {
			if (c == '>' && j > i && (s.ptr[j - 1] == '-' || s.ptr[j - 1] == '='))
				continue; /* an arrow */
			if (depth == 0)
				break;
			depth--;
		} else if (depth == 0 && (c == ',' || c == ';' || c == '|' || is_quote(c))) {
			break;
		}
	}
	looked(x, i, j);
	if (depth > 0 && first_space < j)
		j = first_space; /* never closed */
	while (j > i && (s.ptr[j - 1] == ':' || s.ptr[j - 1] == '.'))
		j--;
	return j;
}

static void lex_equals(struct lexer *x)
{
	struct span s = x->s;
	struct span key = {s.ptr, 0};
	bool adjacent = !x->space && x->k->count > 0;
	if (adjacent) {
		const struct mask_token *t = &x->k->tokens[x->k->count - 1];
		char last = s.ptr[x->i - 1];
		adjacent = is_alnum(last) || is_high(last) || last == ')' || last == ']' || last == '"' || last == '_';
		key = span_of(s.ptr + t->off, t->len);
	}
	emit_to(x, MASK_DELIMITER, x->i + 1);
	if (!adjacent || x->i >= s.len || s.ptr[x->i] == '=' || s.ptr[x->i] == '>' || s.ptr[x->i] == ' ')
		return;
	if (is_quote(s.ptr[x->i]) && lex_quoted_value(x, key))
		return;
	size_t end = value_end(x);
	if (end == x->i)
		return;
	struct span value = span_of(s.ptr + x->i, end - x->i);
	emit_to(x, mask_is_alphabetic(value) && !mask_is_null(value) ? MASK_WORD : MASK_MASK, end);
}

/* "host.tld:80", "file.c:12": a colon and number behind a dotted word whose last part is short and in lower case. */
static bool has_port(struct span s, size_t last_dot, size_t end)
{
	size_t label = end - last_dot - 1;
	if (end + 1 >= s.len || s.ptr[end] != ':' || s.ptr[end + 1] != '0' || label == 0 || label > MASK_LABEL_MAX)
		return false;
	for (size_t j = last_dot + 1; j < end; j++)
		if (!is_lower(s.ptr[j]))
			return false;
	return true;
}

/* "android.intent.action.SCREEN_ON" names a constant, which is as much a part of the message as SCREEN_ON alone. */
static bool ends_in_capitals(struct span s, size_t last_dot, size_t end)
{
	size_t capitals = 0;
	for (size_t j = last_dot + 1; j < end; j++) {
		if (is_lower(s.ptr[j]))
			return false;
		capitals += is_upper(s.ptr[j]);
	}
	return capitals >= 2;
}

static bool is_masked_word(struct span s, size_t i, size_t end)
{
	size_t inner_dots = 0, hex = 0, last_dot = i;
	for (size_t j = i; j < end; j++) {
		char c = s.ptr[j];
		if (c == '0' || c == '@' || c == '\\')
			return true;
		hex += is_hex_letter(c);
		if (c == '.' && j > i && j + 1 < end) {
			inner_dots++;
			last_dot = j;
		}
	}
	return (inner_dots >= 2 && !ends_in_capitals(s, last_dot, end)) || (inner_dots && has_port(s, last_dot, end)) ||
	       (hex == end - i && hex >= MASK_HEX_LETTERS);
}

static void lex_word(struct lexer *x)
{
	struct span s = x->s;
	size_t i = x->i, end = i;
	while (end < s.len && s.ptr[end] != ' ' && !is_delimiter(s.ptr[end]) && !is_high(s.ptr[end])) {
		/* Two dots are an ellipsis or a leader ("exception......0"): not part of the words at its ends. */
		if (end > i && s.ptr[end] == '.' && end + 1 < s.len && s.ptr[end + 1] == '.')
			break;
		end++;
	}
	size_t len = end - i;
	if (len > 1 && s.ptr[end - 1] == '.')
		len--;
	emit(x, is_masked_word(s, i, i + len) ? MASK_MASK : MASK_WORD, end, len);
}

static void lex_high(struct lexer *x)
{
	struct span s = x->s;
	size_t i = x->i, end = i;
	while (end < s.len && is_high(s.ptr[end]))
		end++;
	if (end - i >= 3 && draws_boxes(s.ptr + i)) {
		emit(x, MASK_WORD, end, 3);
		return;
	}
	/* 5 µs, with either code point, and 5 °C: the shape ended the number before the sign. */
	static const char *const signs[] = {"\xC2\xB5s", "\xCE\xBCs",
					    "\xC2\xB0"
					    "C",
					    "\xC2\xB0"
					    "F",
					    NULL};
	for (const char *const *sign = signs; *sign; sign++) {
		if (!span_starts(span_from(s, i), span_of(*sign, 3)) || (i + 3 < s.len && is_alnum(s.ptr[i + 3])))
			continue;
		if (x->k->count > 0 && x->k->tokens[x->k->count - 1].kind == MASK_MASK) {
			x->i = i + 3;
			return;
		}
	}
	/* ‘word’ as compilers quote it */
	if (end - i == 3 && memcmp(s.ptr + i, "\xE2\x80\x98", 3) == 0) {
		size_t close = end;
		while (close < s.len && s.ptr[close] != ' ' && !is_high(s.ptr[close]))
			close++;
		if (close > end && close + 3 <= s.len && memcmp(s.ptr + close, "\xE2\x80\x99", 3) == 0) {
			emit_to(x, MASK_DELIMITER, end);
			emit_to(x, MASK_MASK, close);
			emit_to(x, MASK_DELIMITER, close + 3);
			return;
		}
	}
	emit_to(x, MASK_WORD, end);
}

/* Most words have no slash: they are told without being read. */
static bool may_be_path(struct lexer *x)
{
	struct span s = x->s;
	if (x->slash < x->i) {
		const char *found = memchr(s.ptr + x->i, '/', s.len - x->i);
		x->slash = found ? (size_t)(found - s.ptr) : s.len;
	}
	bool drive = x->i + 2 < s.len && s.ptr[x->i + 1] == ':' && s.ptr[x->i + 2] == '\\';
	return drive || (x->slash < s.len && !memchr(s.ptr + x->i, ' ', x->slash - x->i));
}

static void lex_all(struct lexer *x)
{
	struct span s = x->s;
	for (skip_space(x); x->i < s.len; skip_space(x)) {
		char c = s.ptr[x->i];
		size_t i = x->i, end;
		if (i >= x->quote_closes) {
			x->quote_closes = SIZE_MAX;
			if (is_quote(c)) {
				emit_to(x, MASK_DELIMITER, i + 1);
				continue;
			}
		}
		if (is_high(c)) {
			lex_high(x);
			continue;
		}
		if (draws_rulers(c) && ((end = run_end(s, i)) - i >= 4 ||
					(c == '.' && end - i >= 2 && (end == s.len || s.ptr[end] != '/')))) {
			emit(x, MASK_WORD, end, end - i < 3 ? end - i : 3);
			continue;
		}
		if (is_quote(c)) {
			lex_quote(x);
			continue;
		}
		if (c == '=') {
			lex_equals(x);
			continue;
		}
		if ((may_be_path(x) && (end = path_end(s, i)) > i) || (end = colon_hex_end(s, i)) > i) {
			emit_to(x, MASK_MASK, end);
			continue;
		}
		if (is_delimiter(c))
			emit_to(x, MASK_DELIMITER, i + 1);
		else
			lex_word(x);
	}
}

void mask_lex(struct masker *k)
{
	struct span shape = k->shape;
	const char *slash = memchr(shape.ptr, '/', shape.len);
	struct lexer x = {.k = k,
			  .s = shape,
			  .quote_closes = SIZE_MAX,
			  .ahead = MASK_AHEAD * shape.len,
			  .slash = slash ? (size_t)(slash - shape.ptr) : shape.len};
	k->count = 0;
	lex_all(&x);
}
