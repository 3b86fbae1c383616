#include "log/mask.h"

#include "base/hash.h"
#include "log/tuning.h"

/* ---- bytes ------------------------------------------------------------------------------------------------------- */

enum {
	LOWER = 1,
	UPPER = 2,
	ALNUM = 4, /* '0' is the one digit of a shape */
	HEX_LETTER = 8,
	DELIMITER = 16,
	OPENING = 32,
	CLOSING = 64,
	QUOTE = 128,
};
#define LETTERS(a, b) a, a, a, a, a, a, b, b, b, b, b, b, b, b, b, b, b, b, b, b, b, b, b, b, b, b
#define ZERO8 0, 0, 0, 0, 0, 0, 0, 0
static const uint8_t flags_of[256] = {
	ZERO8, ZERO8, ZERO8, ZERO8,
	/*   ! " # $ % & ' */ 0, 0, DELIMITER | QUOTE, 0, 0, 0, 0, DELIMITER | QUOTE,
	/* ( ) * + , - . / */ DELIMITER | OPENING, DELIMITER | CLOSING, 0, 0, DELIMITER, 0, 0, 0,
	/* 0 to 7          */ ALNUM, 0, 0, 0, 0, 0, 0, 0,
	/* 8 9 : ; < = > ? */ 0, 0, DELIMITER, DELIMITER, DELIMITER | OPENING, DELIMITER, DELIMITER | CLOSING, 0,
	0, LETTERS(UPPER | ALNUM | HEX_LETTER, UPPER | ALNUM),
	/* [ \ ] ^ _       */ DELIMITER | OPENING, 0, DELIMITER | CLOSING, 0, 0,
	DELIMITER | QUOTE, LETTERS(LOWER | ALNUM | HEX_LETTER, LOWER | ALNUM),
	/* { | } ~         */ DELIMITER | OPENING, DELIMITER, DELIMITER | CLOSING, 0, 0,
};

static uint8_t flags(char c) { return flags_of[(unsigned char)c]; }
static bool is_lower(char c) { return flags(c) & LOWER; }
static bool is_upper(char c) { return flags(c) & UPPER; }
static bool is_letter(char c) { return flags(c) & (LOWER | UPPER); }
static bool is_alnum(char c) { return flags(c) & ALNUM; }
static bool is_hex_letter(char c) { return flags(c) & HEX_LETTER; }
static bool is_delimiter(char c) { return flags(c) & DELIMITER; }
static bool is_opening(char c) { return flags(c) & OPENING; }
static bool is_closing(char c) { return flags(c) & CLOSING; }
static bool is_quote(char c) { return flags(c) & QUOTE; }
static bool is_high(char c) { return (unsigned char)c >= 0x80; }

/* Punctuation that draws rulers: ==== ---- **** .... */
static bool draws_rulers(char c)
{
	return (unsigned char)c > ' ' && !is_high(c) && !(flags(c) & (ALNUM | OPENING | CLOSING | QUOTE)) && c != '/' &&
	       c != '\\';
}

/* ---- words of known meaning ----------------------------------------------------------------------------------------- */

#define W(text) {text, sizeof(text) - 1}
#define COUNT(list) (sizeof(list) / sizeof *(list))

static bool word_in(struct span word, const struct span *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (list[i].len == word.len && memcmp(list[i].ptr, word.ptr, word.len) == 0)
			return true;
	return false;
}

static bool word_in_any_case(struct span word, const struct span *list, size_t count)
{
	char lower[16];
	if (word.len >= sizeof lower)
		return false;
	for (size_t i = 0; i < word.len; i++)
		lower[i] = (char)(is_upper(word.ptr[i]) ? word.ptr[i] - 'A' + 'a' : word.ptr[i]);
	return word_in(span_of(lower, word.len), list, count);
}

bool mask_is_alphabetic(struct span word)
{
	for (size_t i = 0; i < word.len; i++)
		if (!is_letter(word.ptr[i]))
			return false;
	return word.len > 0;
}

bool mask_is_level(struct span word)
{
	static const struct span levels[] = {
		W("trace"), W("debug"), W("dbg"), W("verbose"), W("info"), W("information"), W("notice"),
		W("warn"), W("warning"), W("error"), W("err"), W("severe"), W("fatal"), W("critical"),
		W("crit"), W("alert"), W("emerg"), W("emergency"), W("panic"), W("failure"), W("fine"),
		W("finer"), W("finest"), W("config"), W("v"), W("d"), W("i"), W("w"), W("e"), W("f"),
	};
	return word_in_any_case(word, levels, COUNT(levels));
}

static bool is_unit(struct span word)
{
	static const struct span units[] = {
		W("B"), W("kB"), W("KB"), W("MB"), W("GB"), W("TB"), W("KiB"), W("MiB"), W("GiB"), W("TiB"),
		W("byte"), W("bytes"), W("kb"), W("mb"), W("gb"), W("B/s"), W("kB/s"), W("KB/s"), W("MB/s"),
		W("GB/s"), W("KiB/s"), W("MiB/s"), W("GiB/s"), W("bps"), W("kbps"), W("Kbps"), W("Mbps"),
		W("Gbps"), W("ns"), W("us"), W("ms"), W("s"), W("sec"), W("secs"), W("second"), W("seconds"),
		W("min"), W("mins"), W("minute"), W("minutes"), W("hour"), W("hours"), W("Hz"), W("kHz"),
		W("KHz"), W("MHz"), W("GHz"), W("AM"), W("PM"),
	};
	return word_in(word, units, COUNT(units));
}

static bool is_month_or_day(struct span word)
{
	static const struct span names[] = {
		W("Jan"), W("Feb"), W("Mar"), W("Apr"), W("May"), W("Jun"), W("Jul"), W("Aug"), W("Sep"),
		W("Oct"), W("Nov"), W("Dec"), W("January"), W("February"), W("March"), W("April"), W("June"),
		W("July"), W("August"), W("September"), W("October"), W("November"), W("December"), W("Mon"),
		W("Tue"), W("Wed"), W("Thu"), W("Fri"), W("Sat"), W("Sun"), W("Monday"), W("Tuesday"),
		W("Wednesday"), W("Thursday"), W("Friday"), W("Saturday"), W("Sunday"),
	};
	return word_in(word, names, COUNT(names));
}

static bool is_null(struct span word)
{
	static const struct span nulls[] = {
		W("null"), W("none"), W("nil"), W("undefined"),
	};
	return word_in_any_case(word, nulls, COUNT(nulls));
}

/* Keys whose value is the message itself: masking it would make every line of a structured log the same. */
bool mask_is_message_key(struct span key)
{
	static const struct span keys[] = {
		W("msg"), W("message"), W("@message"), W("@m"), W("@mt"), W("short_message"), W("event"),
		W("error"), W("err"), W("exception"), W("reason"), W("log"), W("text"), W("title"),
		W("action"), W("type"),
	};
	return word_in_any_case(key, keys, COUNT(keys));
}

/* ---- extents: each looks at s from i on and returns the end of what begins there, or i ------------------------------- */

static size_t run_end(struct span s, size_t i)
{
	size_t j = i;
	while (j < s.len && s.ptr[j] == s.ptr[i])
		j++;
	return j;
}

/* The closing quote of the text that begins at i, or s.len. */
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

/* A value in key=value: to white space or a separator, but through brackets. */
static size_t value_end(struct span s, size_t i)
{
	size_t depth = 0, first_space = s.len, j;
	for (j = i; j < s.len; j++) {
		char c = s.ptr[j];
		if (c == ' ') {
			if (depth == 0)
				break;
			if (first_space == s.len)
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
	if (depth > 0 && first_space < j)
		j = first_space; /* never closed */
	while (j > i && (s.ptr[j - 1] == ':' || s.ptr[j - 1] == '.'))
		j--;
	return j;
}

static bool in_path(char c)
{
	return c != ' ' && !is_quote(c) && c != ',' && c != ';' && c != '|' && c != '(' && c != ')' && c != '[' && c != ']' &&
	       c != '<' && c != '>';
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

/* MAC and IPv6 addresses: groups of hex digits joined by colons. The shape has absorbed the colons between digits, so a few
 * can be left: groups that are still letters tell (two each, or "::", or three colons). */
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
	bool space;
};

static void emit(struct lexer *x, enum mask_kind kind, size_t end, size_t len)
{
	struct masker *k = x->k;
	if (k->count < MASK_TOKENS_MAX - 1) {
		k->tokens[k->count++] = (struct mask_token){(uint32_t)x->i, (uint32_t)len, (uint8_t)kind, x->space};
	} else if (k->count < MASK_TOKENS_MAX) {
		k->tokens[k->count++] = (struct mask_token){(uint32_t)x->i, (uint32_t)(x->s.len - x->i), MASK_WORD, x->space};
	}
	x->i = end;
	x->space = false;
}

static void emit_to(struct lexer *x, enum mask_kind kind, size_t end) { emit(x, kind, end, end - x->i); }

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
	size_t close = quote_close(x->s, x->i + 1, x->s.ptr[x->i], x->s.len);
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
static size_t plain_array_end(struct span s, size_t i)
{
	size_t depth = 0;
	for (size_t j = i; j < s.len; j++) {
		char c = s.ptr[j];
		if (c == '"') {
			j = quote_close(s, j + 1, c, s.len);
		} else if (c == '{') {
			return i;
		} else if (c == '[') {
			depth++;
		} else if (depth == 0) {
			return i;
		} else if (c == ']' && --depth == 0) {
			return j + 1;
		}
	}
	return i;
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
	bool name = key.len > 0 && key.len <= MASK_KEY_MAX && (is_letter(key.ptr[0]) || key.ptr[0] == '_' || key.ptr[0] == '@');
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
	else if ((end = plain_array_end(s, x->i)) > x->i)
		emit_to(x, MASK_MASK, end);
	else if ((end = word_end(s, x->i)) > x->i && is_null(span_of(s.ptr + x->i, end - x->i)))
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
	size_t close = opens ? quote_close(s, i + 1, q, nested ? x->quote_closes : s.len) : s.len;
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
	size_t end = value_end(s, x->i);
	if (end == x->i)
		return;
	struct span value = span_of(s.ptr + x->i, end - x->i);
	emit_to(x, mask_is_alphabetic(value) && !is_null(value) ? MASK_WORD : MASK_MASK, end);
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
	return inner_dots >= 2 || (inner_dots && has_port(s, last_dot, end)) || (hex == end - i && hex >= MASK_HEX_LETTERS);
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
	static const char *const signs[] = {"\xC2\xB5s", "\xCE\xBCs", "\xC2\xB0""C", "\xC2\xB0""F", NULL};
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

static void lex(struct lexer *x)
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
		if (draws_rulers(c) && ((end = run_end(s, i)) - i >= 4 || (c == '.' && end - i >= 2 && (end == s.len || s.ptr[end] != '/')))) {
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

/* ---- joining ----------------------------------------------------------------------------------------------------- */

static struct span token_span(const struct masker *k, size_t t)
{
	return span_of(k->shape.ptr + k->tokens[t].off, k->tokens[t].len);
}

static bool is_char(const struct masker *k, size_t t, char c)
{
	return k->tokens[t].kind == MASK_DELIMITER && k->shape.ptr[k->tokens[t].off] == c;
}

/* Units behind masks, and names of months and days before them, go. From the end, since names stand in a row. */
static void drop_units_and_names(struct masker *k)
{
	for (size_t t = k->count; t-- > 0;) {
		if (k->tokens[t].kind != MASK_WORD)
			continue;
		size_t next = t + 1;
		while (next < k->count && (k->tokens[next].kind == MASK_GONE || is_char(k, next, ',')))
			next++;
		if (t > 0 && k->tokens[t - 1].kind == MASK_MASK && is_unit(token_span(k, t))) {
			k->tokens[t].kind = MASK_GONE;
			k->tokens[t].space = false;
		} else if (next < k->count && k->tokens[next].kind == MASK_MASK && is_month_or_day(token_span(k, t))) {
			for (size_t u = t; u < next; u++)
				k->tokens[u].kind = MASK_GONE;
		}
	}
}

static void squeeze(struct masker *k)
{
	size_t kept = 0;
	for (size_t t = 0; t < k->count; t++) {
		if (k->tokens[t].kind == MASK_GONE) {
			if (t + 1 < k->count)
				k->tokens[t + 1].space |= k->tokens[t].space;
			continue;
		}
		k->tokens[kept++] = k->tokens[t];
	}
	k->count = kept;
}

static bool same_token(const struct masker *k, size_t a, size_t b)
{
	if (k->tokens[a].kind != k->tokens[b].kind)
		return false;
	return k->tokens[a].kind == MASK_MASK || span_eq(token_span(k, a), token_span(k, b));
}

/* Three or more masks in a row, white space between, are a list of whatever length. Two may be two things, and those at the
 * head of a line are its header columns. */
static void join_rows(struct masker *k)
{
	size_t out = 0;
	bool head = true;
	for (size_t t = 0; t < k->count;) {
		size_t end = t;
		while (end < k->count && k->tokens[end].kind == MASK_MASK)
			end++;
		size_t run = end - t, keep = run == 0 || (run >= MASK_ROW && !(head && end < k->count)) ? 1 : run;
		head = head && k->tokens[t].kind != MASK_WORD;
		for (size_t i = 0; i < keep; i++)
			k->tokens[out++] = k->tokens[t + i];
		t = run ? end : t + 1;
	}
	k->count = out;
}

/* Works in place, writing behind what it reads. After "x ," the next elements equal to x, as far as the next comma at the
 * same depth, are dropped: lists of any length are one template. Also MASK : MASK and MASK . MASK. */
static void join_repeats(struct masker *k)
{
	size_t element[MASK_DEPTH], depth = 0, out = 0; /* where the current list element began, per depth */
	element[0] = 0;
	for (size_t t = 0; t < k->count; t++) {
		struct mask_token cur = k->tokens[t];
		if (cur.kind == MASK_MASK && out >= 2 && k->tokens[out - 2].kind == MASK_MASK &&
		    (is_char(k, out - 1, ':') || is_char(k, out - 1, ','))) {
			out--;
			continue;
		}
		k->tokens[out++] = cur;
		if (cur.kind != MASK_DELIMITER)
			continue;
		char c = k->shape.ptr[cur.off];
		if (is_opening(c) && depth + 1 < MASK_DEPTH) {
			element[++depth] = out;
		} else if (is_closing(c) && depth > 0) {
			depth--;
		} else if (c == ',') {
			size_t from = element[depth], len = out - 1 - from, next = t + 1;
			element[depth] = out;
			if (len == 0)
				continue;
			/* The repeated element ends before a comma or a closing bracket. */
			while (next + len < k->count && (is_char(k, next + len, ',') || is_closing(k->shape.ptr[k->tokens[next + len].off]))) {
				size_t same = 0;
				while (same < len && same_token(k, from + same, next + same))
					same++;
				if (same < len)
					break;
				bool more = is_char(k, next + len, ',');
				next += len + 1;
				if (more)
					continue;
				out--; /* the comma before the last repeat; its closing bracket is still to be read */
				next--;
				break;
			}
			t = next - 1;
		}
	}
	k->count = out;
}

void mask_exact(struct masker *k, struct span shape)
{
	k->shape = shape;
	k->count = 0;
	const char *slash = memchr(shape.ptr, '/', shape.len);
	struct lexer x = {.k = k, .s = shape, .quote_closes = SIZE_MAX,
	                  .slash = slash ? (size_t)(slash - shape.ptr) : shape.len};
	lex(&x);
	drop_units_and_names(k);
	squeeze(k);
	join_repeats(k);
	join_rows(k);
}

bool mask_is_identifier(struct span word)
{
	for (size_t i = 1; i < word.len; i++) {
		char c = word.ptr[i];
		if (i + 1 < word.len && (c == '_' || c == '-' || c == '.' || c == '$' || c == '/'))
			return true;
		if (is_upper(c) && is_lower(word.ptr[i - 1]))
			return true;
	}
	return false;
}

void mask_coarsen(struct masker *k)
{
	for (size_t t = 0; t < k->count; t++)
		if (k->tokens[t].kind == MASK_WORD && mask_is_identifier(token_span(k, t)))
			k->tokens[t].kind = MASK_MASK;
	for (size_t t = 0; t + 1 < k->count; t++)
		if (k->tokens[t].kind == MASK_MASK && k->tokens[t + 1].kind == MASK_MASK)
			k->tokens[t].kind = MASK_GONE;
	squeeze(k);
	join_repeats(k);
}

/* ---- text and key ------------------------------------------------------------------------------------------------ */

/* "Jan 2 03:04:05 host prog[12]: …" and "<time> host prog[12]: …" begin with masks, then the host, then a word that a colon
 * or a bracketed number ends. Returns the host's token or SIZE_MAX. */
static size_t syslog_host(const struct masker *k)
{
	size_t t = 0;
	while (t < k->count && t < 3 && k->tokens[t].kind == MASK_MASK)
		t++;
	size_t host = t;
	if (t == 0 || t + 4 >= k->count)
		return SIZE_MAX;
	if (k->tokens[t].kind != MASK_WORD)
		host = t - 1; /* a host with a digit is a mask like the time before it */
	else
		t++;
	if (host == 0 || k->tokens[t].kind != MASK_WORD || !k->tokens[t].space || mask_is_level(token_span(k, host)))
		return SIZE_MAX;
	t++;
	if (is_char(k, t, '(')) {
		while (t + 3 < k->count && !is_char(k, t, ')'))
			t++;
		t++;
	}
	return t + 3 < k->count && is_char(k, t, '[') && is_char(k, t + 2, ']') && is_char(k, t + 3, ':') ? host : SIZE_MAX;
}

uint64_t mask_key(const struct masker *k)
{
	char text[MASK_KEY_BYTES];
	uint64_t key = 0;
	size_t len = 0, host = syslog_host(k);
	for (size_t t = 0; t < k->count; t++) {
		struct span word = token_span(k, t);
		if (t == host)
			continue;
		if (k->tokens[t].kind == MASK_MASK)
			word = span_of("\1", 1);
		/* Long lines are hashed in pieces, each with the hash of what came before. */
		if (len + word.len + 1 > sizeof text) {
			key = hash64(text, len) ^ (key * 0x9E3779B97F4A7C15u);
			len = 0;
		}
		if (word.len + 1 > sizeof text) {
			key = hash64(word.ptr, word.len) ^ (key * 0x9E3779B97F4A7C15u);
			continue;
		}
		memcpy(text + len, word.ptr, word.len);
		len += word.len;
		text[len++] = ' ';
	}
	return hash64(text, len) ^ (key * 0x9E3779B97F4A7C15u);
}

size_t mask_text(const struct masker *k, char *out, size_t cap, bool *cut)
{
	size_t len = 0;
	*cut = false;
	for (size_t t = 0; t < k->count; t++) {
		bool space = k->tokens[t].space && t > 0;
		struct span word = token_span(k, t);
		if (k->tokens[t].kind == MASK_MASK)
			word = span_of("\1", 1);
		if (len + word.len + space > cap) {
			*cut = true;
			break;
		}
		if (space)
			out[len++] = ' ';
		memcpy(out + len, word.ptr, word.len);
		len += word.len;
	}
	return len;
}

bool mask_next(struct span text, size_t *at, struct span *token, bool *space)
{
	size_t i = *at;
	*space = false;
	while (i < text.len && text.ptr[i] == ' ') {
		*space = true;
		i++;
	}
	if (i >= text.len)
		return false;
	size_t end = i + 1;
	char c = text.ptr[i];
	if (c != MASK_BYTE && !is_delimiter(c))
		while (end < text.len && text.ptr[end] != ' ' && text.ptr[end] != MASK_BYTE && !is_delimiter(text.ptr[end]) &&
		       is_high(text.ptr[end]) == is_high(c) &&
		       !(text.ptr[end] == '.' && end + 1 < text.len && text.ptr[end + 1] == '.'))
			end++;
	*token = span_of(text.ptr + i, end - i);
	*at = end;
	return true;
}

size_t mask_pattern(struct span text, char *out, size_t cap)
{
	size_t len = 0;
	for (size_t i = 0; i < text.len; i++) {
		bool mask = text.ptr[i] == MASK_BYTE;
		if (len + (mask ? 3 : 1) > cap)
			break;
		if (mask) {
			memcpy(out + len, "<*>", 3);
			len += 3;
		} else {
			out[len++] = text.ptr[i];
		}
	}
	return len;
}
