/* The head of the line is walked token by token: stamps, numbers, hosts, bracketed parts, dotted names and fields are
 * passed over, and the walk ends at the first word that reads like running text. So most lines cost one or two words.
 */
#include "log/level.h"

#include "base/bytes.h"
#include "log/level_word.h"

enum {
	HEAD_BYTES = 240,   /* a level column starts within this much of the line */
	FIELD_BYTES = 4096, /* key=value fields are followed this far */
	HEAD_TOKENS = 40,
	BRACKET_BYTES = 100, /* a longer bracketed part is text */
	NAMES_MAX = 5,       /* logger, component and thread names before the level */
};

struct walk {
	const char *p, *end, *limit; /* end: of the line; limit: where a level may still start */
	unsigned names;  /* identifiers and words in capitals passed so far */
	bool at_start;   /* nothing but blanks and glyphs so far */
	bool dated;      /* a token with a digit or a bracketed part was passed */
	bool numbered;   /* a token with a digit was passed */
	bool direct;     /* nothing but separators since that */
	bool host_used;  /* one plain word after the stamp was passed */
	bool colon;      /* a word that ends in a colon was passed */
	bool tool;       /* the word before names a tool that writes its level in small letters */
	bool adjective;  /* the word before may stand before "error:" */
	bool fatal;      /* and it was "fatal" */
	bool *by_number; /* borrowed: set when other digits could make another level */
	bool percent;    /* a % stands right before, as hardware tools have it: %Error-NAME: */
};

enum letters { LETTERS_LOWER, LETTERS_CAPITAL, LETTERS_UPPER, LETTERS_MIXED };

static enum letters letters_of(const char *p, size_t n)
{
	size_t upper = 0;
	for (size_t i = 0; i < n; i++)
		upper += is_upper(p[i]);
	if (upper == 0)
		return LETTERS_LOWER;
	if (upper == n)
		return LETTERS_UPPER;
	return upper == 1 && is_upper(p[0]) ? LETTERS_CAPITAL : LETTERS_MIXED;
}

/* What stands between brackets: "ERROR", "core:error", "12:00:01 ERR", "2024-01-02 03:04:05: WARNING/Main", "0.1s".
 * In capitals a level may stand among other words; in small letters only alone, beside parts with digits, behind a
 * part that ends in a colon. */
static enum level bracket_level(const char *p, const char *end, bool *by_number)
{
	enum level found = LEVEL_NONE;
	bool found_upper = false, other_words = false;
	const char *first = p;
	unsigned words = 0;
	if (*p == '-')
		return LEVEL_NONE; /* usage text: [--level warn] */
	if (end - p == 1)
		return strchr("VDIWEFN", *p) ? level_letter(*p) : LEVEL_NONE;
	/* Tornado's form: "E 240102 03:04:05 web:1" */
	if (end - p > 8 && is_upper(p[0]) && p[1] == ' ' && is_digit(p[2]) && is_digit(p[3]))
		return level_letter(*p);
	while (p < end) {
		const char *q = p;
		while (q < end && is_alpha(*q))
			q++;
		const char *stop = q;
		while (stop < end && !is_blank(*stop) && !strchr(":,|/;", *stop))
			stop++;
		if (q > p && (q == stop || (stop - q == 1 && is_digit(*q)))) {
			enum level_trust trust;
			enum level l = level_word(p, (size_t)(stop - p), &trust);
			*by_number |= q < stop;
			enum letters letters = letters_of(p, (size_t)(q - p));
			words++;
			if (l != LEVEL_NONE && letters != LETTERS_MIXED) {
				if (found != LEVEL_NONE && found != l)
					return LEVEL_NONE; /* a choice: {warn|fatal} */
				found = l;
				found_upper |= letters == LETTERS_UPPER;
				/* "Deprecation Warning" */
				if (letters == LETTERS_CAPITAL && stop == end && words == 2 && is_upper(*first))
					return l;
			} else if (at(stop, end) != ':') {
				other_words = true;
			}
		}
		p = stop < end ? stop + 1 : end;
	}
	return found_upper || !other_words ? found : LEVEL_NONE;
}

/* ---- words in place ---- */

/* Words after which a small "error" or "info" was the start of a sentence, not a column. */
static const char *const sentence_words[] = {
	"in", "on", "at", "while", "when", "from", "of", "for", "during", "occurred", "code", "codes", "message",
	"messages", "handling", "handler", "rate", "count", "log", "logs", "is", "was", "has", "with", "to", "and",
	"or", "by", "if", "as", "report", "reporting", "level", "output", "out", "about", "point", "mode", "file",
	"files", "page", "pages", "set", NULL,
};

static struct span next_word(const char *p, const char *end)
{
	while (p < end && is_blank(*p))
		p++;
	const char *q = p;
	while (q < end && !is_blank(*q))
		q++;
	return span_of(p, (size_t)(q - p));
}

/* "CS1002:" or "LNK2019:" as compilers number their messages. */
static bool is_message_number(struct span w)
{
	size_t letters = 0, digits = 0;
	while (letters < w.len && is_upper(w.ptr[letters]))
		letters++;
	while (letters + digits < w.len && is_digit(w.ptr[letters + digits]))
		digits++;
	return letters >= 1 && letters <= 8 && digits >= 2 && letters + digits + 1 == w.len && w.ptr[w.len - 1] == ':';
}

/* "debug: false" shows a setting. */
static bool is_setting(struct span value)
{
	static const char *const values[] = {"true", "false", "null", "none", "None", "True", "False",
					     "nil",  "on",    "off",  "0",    "1",    NULL};
	return level_listed(value.ptr, value.len, values) ||
	       (value.len > 0 && value.ptr[0] == '{');
}

/* A level word that a blank follows, not in capitals: does it stand in a column, or begin a sentence? */
static bool stands_in_column(const struct walk *w, const char *word, const char *stop, enum letters letters)
{
	struct span next = next_word(stop, w->end);
	bool wide = at(stop, w->end) == '\t' || (at(stop, w->end) == ' ' && is_blank(at(stop + 1, w->end)));
	if (is_message_number(next) || (next.len == 1 && next.ptr[0] == ':') || w->tool)
		return true;
	if (w->direct && next.len > 0 && !level_listed(next.ptr, next.len, sentence_words))
		return true;
	if (wide && next.len > 0 && w->at_start && letters == LETTERS_CAPITAL)
		return true;
	/* Package managers: "error Command failed", "warning package.json: No licence field". */
	if (w->at_start && letters == LETTERS_LOWER && stop - word >= 4)
		return is_upper(at(stop + 1, w->end)) || at(stop + 1, w->end) == '"' ||
		       (next.len > 4 && (memchr(next.ptr, '@', next.len) || span_ends(next, SPAN(".json:"))));
	return false;
}

static bool column_bar(const char *p, const char *end)
{
	struct span next = next_word(p, end);
	return next.len == 1 && next.ptr[0] == '|';
}

/* The level of the word [word, stop) by what stands around it, or LEVEL_NONE when it is no level here. */
static enum level word_in_place(const struct walk *w, const char *word, const char *stop)
{
	enum level_trust trust = TRUST_FIELD;
	enum level l = level_word(word, (size_t)(stop - word), &trust);
	char next = at(stop, w->end), after = at(stop + 1, w->end);
	if (l == LEVEL_NONE) {
		/* Python's categories: "x.py:3: DeprecationWarning: …" */
		if (stop - word > 11 && next == ':' && ends(after) && memcmp(stop - 7, "Warning", 7) == 0 &&
		    is_upper(*word))
			return LEVEL_WARNING;
		return LEVEL_NONE;
	}
	enum letters letters = letters_of(word, (size_t)(stop - word));
	bool upper = letters == LETTERS_UPPER;
	if (letters == LETTERS_MIXED)
		return LEVEL_NONE;
	if (w->fatal && l == LEVEL_ERROR)
		l = LEVEL_CRITICAL;
	switch (next) {
	case ':':
		if (after == ':' || after == '/' || after == '\\')
			return LEVEL_NONE;
		if (trust == TRUST_FIELD) /* .NET's console: "fail: Some.Name[0]" */
			return letters == LETTERS_LOWER && w->at_start && word[0] == 'f' && after == ' ' &&
					       span_ends(next_word(stop + 1, w->end), SPAN("]")) ? l : LEVEL_NONE;
		if (upper)
			return l;
		*w->by_number |= is_digit(at(stop + 1, w->end)) || is_digit(at(stop + 2, w->end));
		if (is_setting(next_word(stop + 1, w->end)))
			return LEVEL_NONE;
		return trust <= TRUST_COLON && !is_alpha(after) && !is_digit(after) && after != '=' ? l : LEVEL_NONE;
	case '!':
		return trust == TRUST_COLUMN && ends(after) ? l : LEVEL_NONE;
	case '[':
		return trust == TRUST_COLUMN && (is_upper(after) || (upper && is_lower(after))) ? l : LEVEL_NONE;
	case '-':
		return trust == TRUST_COLUMN && (after == '[' || w->percent ||
						  (upper && ends(after))) ? l : LEVEL_NONE;
	case '|':
	case ',':
	case ';':
		return trust <= TRUST_COLON && (w->dated ? upper || w->direct : upper && next == '|') ? l : LEVEL_NONE;
	case 0:
	case ' ':
	case '\t':
		if (upper)
			return trust == TRUST_COLUMN || (trust == TRUST_COLON &&
							 (w->dated || column_bar(stop, w->end))) ? l : LEVEL_NONE;
		if (w->adjective && !w->fatal && letters == LETTERS_CAPITAL && trust == TRUST_COLUMN)
			return l; /* "CMake Error at x:1" */
		if (trust != TRUST_COLUMN && letters != LETTERS_CAPITAL)
			return LEVEL_NONE;
		if (trust != TRUST_COLUMN && !(is_blank(after) && (w->direct || w->at_start)))
			return LEVEL_NONE;
		return stands_in_column(w, word, stop, letters) ? l : LEVEL_NONE;
	default:
		return LEVEL_NONE;
	}
}

/* Words that stand before "error:" or "warning:" without making it running text. */
static bool is_adjective(const char *p, size_t n)
{
#define IS(text) (n == sizeof(text) - 1 && memcmp(p, text, sizeof(text) - 1) == 0)
	switch (*p) {
	case 'c':
		return IS("compiler") || IS("compilation");
	case 'f':
		return IS("fatal");
	case 'i':
		return IS("internal");
	case 'l':
		return IS("linker");
	case 'p':
		return IS("parse");
	case 'r':
		return IS("runtime");
	case 's':
		return IS("syntax");
	case 'B':
		return IS("Build");
	case 'C':
		return IS("Catchable") || IS("Class") || IS("CMake") || IS("Compile") || IS("Core");
	case 'D':
		return IS("Deprecation");
	case 'F':
		return IS("Fatal");
	case 'I':
		return IS("Internal");
	case 'J':
		return IS("Java");
	case 'L':
		return IS("LaTeX");
	case 'O':
		return IS("OpenJDK");
	case 'P':
		return IS("Package") || IS("Parse") || IS("PHP");
	case 'R':
		return IS("Recoverable") || IS("Runtime");
	case 'S':
		return IS("Server") || IS("Syntax");
	case 'U':
		return IS("User");
	case 'V':
		return IS("VM");
	default:
		return false;
	}
}

/* They write "error" behind their name. */
static bool is_tool(const char *p, size_t n) { return IS("npm") || IS("pnpm") || IS("yarn") || IS("lerna"); }
#undef IS

static const char *const calendar[] = {
	"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec", "Mon", "Tue", "Wed",
	"Thu", "Fri", "Sat", "Sun", NULL,
};

static size_t digits_at(const char *p, const char *stop)
{
	const char *q = p;
	while (q < stop && is_digit(*q))
		q++;
	return (size_t)(q - p);
}

/* "name:ERROR:", "a|WARN|b" within one token, "channel.ERROR:", GLib's "Lib-WARNING **". */
static enum level inner_level(const char *p, const char *stop, const char *end)
{
	for (const char *q = p; q < stop; q++) {
		if ((*q != ':' && *q != '|' && *q != ',' && *q != '.' && *q != '-') || !is_upper(at(q + 1, stop)))
			continue;
		const char *word = q + 1, *e = word;
		while (e < stop && is_upper(*e))
			e++;
		char next = at(e, end), after = at(e + 1, end);
		bool closed = next == ':' ? after != ':' && *q != '-' : next == '|' || next == ',' || ends(next);
		if (*q == '-')
			closed = next == ' ' && after == '*';
		else if (*q == '.')
			closed = closed && next == ':';
		enum level_trust trust;
		enum level l = closed ? level_word(word, (size_t)(e - word), &trust) : LEVEL_NONE;
		if (l != LEVEL_NONE && trust == TRUST_COLUMN)
			return l;
		q = e - 1;
	}
	return LEVEL_NONE;
}

/* A key=value field at w->p with its '=' at eq: its level, if it is one, and the walk goes behind it. */
static enum level pass_field(struct walk *w, const char *eq)
{
	const char *v = eq + 1, *stop = v;
	char quote = at(v, w->end);
	if (quote == '"' || quote == '\'') {
		stop = level_quote_end(++v, w->end, quote);
	} else {
		while (stop < w->end && !is_blank(*stop) && *stop != ',' && *stop != ';')
			stop++;
	}
	struct span key = span_of(w->p, (size_t)(eq - w->p));
	w->p = stop < w->end ? stop + 1 : stop;
	return level_of_field(key, span_of(v, (size_t)(stop - v)), w->by_number);
}

/* Kinds of bytes within a token. */
enum { KIND_LOWER = 1, KIND_UPPER = 2, KIND_DIGIT = 4, KIND_END = 8 };
static const unsigned char kinds[256] = {
	BYTES_26('a', KIND_LOWER), BYTES_26('A', KIND_UPPER), BYTES_10('0', KIND_DIGIT),
	[' '] = KIND_END, ['\t'] = KIND_END, ['|'] = KIND_END,
};

/* Passes one token that starts with neither blank, separator nor bracket. False when the walk ends here. */
static bool walk_token(struct walk *w, enum level *out)
{
	const char *p = w->p, *q = p, *end = w->end;
	unsigned seen = 0;
	while (q < end && kinds[(unsigned char)*q] & (KIND_LOWER | KIND_UPPER))
		seen |= kinds[(unsigned char)*q++];
	const char *word_end = q;
	if (q - p == 5 && is_digit(at(q, end)) && (*p | 0x20) == 'd')
		*w->by_number = true;
	if (q - p == 5 && at(q, end) >= '1' && at(q, end) <= '5' && (*p | 0x20) == 'd')
		word_end = q + 1; /* debug1 */
	if (word_end - p >= 3 && (*out = word_in_place(w, p, word_end)) != LEVEL_NONE)
		return false;
	/* One letter in a column after numbers: "… 1702 2395 D Tag: text", "[12:00:01] E/tag - text". */
	if (q - p == 1 && w->direct && w->numbered && is_upper(*p) &&
	    (at(q, end) == ' ' || (at(q, end) == '/' && is_alpha(at(q + 1, end)))) && strchr("VDIWEF", *p)) {
		*out = level_letter(*p);
		if (*out != LEVEL_NONE)
			return false;
	}
	const char *first_other = NULL; /* the first byte that is no letter */
	bool bracket = false;
	if (seen & KIND_LOWER)
		seen = KIND_LOWER | KIND_UPPER;
	for (; q < end; q++) {
		unsigned kind = kinds[(unsigned char)*q];
		seen |= kind;
		if (kind & (KIND_LOWER | KIND_UPPER))
			continue;
		if (kind & KIND_END)
			break;
		if (!first_other)
			first_other = q;
		if (*q == '=' && q > p && !(seen & KIND_DIGIT) && at(q + 1, end) != '=') {
			*out = pass_field(w, q);
			w->limit = w->end - w->p < FIELD_BYTES ? w->end : w->p + FIELD_BYTES;
			w->dated = true;
			w->at_start = w->direct = false;
			return *out == LEVEL_NONE;
		}
		if ((*q == '[' || *q == '(') && q > p) { /* "sshd[12]:", "combo(pam_unix)[3]:", "[a b]" stays whole */
			const char *close = memchr(q, *q == '[' ? ']' : ')', (size_t)(end - q < 64 ? end - q : 64));
			if (close) {
				q = close;
				bracket = true;
			}
		}
	}
	bool digit = bracket || (seen & KIND_DIGIT), lower = seen & KIND_LOWER, bar = at(q, end) == '|';
	bool inner = bar || (first_other && first_other + 1 < q);
	bool colon = q > p && q[-1] == ':';
	if (inner && (bracket || (seen & KIND_UPPER)) && (*out = inner_level(p, q, end)) != LEVEL_NONE)
		return false;
	size_t len = (size_t)(q - p);
	bool was_start = w->at_start;
	w->p = q;
	w->at_start = w->tool = false;
	w->adjective = w->fatal = false;
	if (digit) {
		/* A lone number before a word counts it: "1 warning generated". */
		bool count = was_start && digits_at(p, q) == len;
		w->dated = w->numbered = true;
		w->direct = !colon && !count;
		w->colon |= colon;
		return true;
	}
	if (len == 3 && is_upper(*p) && level_listed(p, len, calendar)) {
		w->direct = true;
		return true;
	}
	if (is_adjective(p, len)) {
		w->adjective = true;
		w->fatal = (*p | 0x20) == 'f';
		w->direct = false;
		return ++w->names <= NAMES_MAX;
	}
	if (colon || inner || !lower) {
		w->colon |= colon;
		w->direct = w->direct && !colon;
		return ++w->names <= NAMES_MAX;
	}
	const char *gap = q;
	while (gap < end && is_blank(*gap))
		gap++;
	if (was_start) {
		/* "npm ERR! …": a tool's name, then a word in capitals. */
		w->tool = is_tool(p, len);
		if (w->tool)
			return true;
		if (is_lower(*p) && is_upper(at(gap, end))) {
			const struct span next = next_word(gap, end);
			enum level_trust trust;
			size_t n = 0;
			while (n < next.len && is_upper(next.ptr[n]))
				n++;
			if (n >= 3 && n + 1 >= next.len && level_word(next.ptr, n, &trust))
				return true;
		}
	}
	/* A plain word: the host or thread after the stamp, or a column of its own. */
	if (at(gap, end) == '|' || (at(gap, end) == '-' && is_blank(at(gap + 1, end))) || (w->dated && gap - q > 1))
		return ++w->names <= NAMES_MAX;
	if (w->dated && !w->host_used && !w->colon) {
		w->host_used = true;
		w->direct = false;
		return true;
	}
	return false;
}

/* "./x", "../x": a path, not the dots of a progress line. */
static bool is_path(const char *p, const char *end)
{
	if (*p != '.')
		return false;
	while (at(p, end) == '.')
		p++;
	return at(p, end) == '/';
}

/* Bytes that stand between columns. */
static const bool separates[256] = {
	['\0'] = true, ['-'] = true, ['|'] = true, [':'] = true, ['*'] = true, [','] = true, [';'] = true, ['>'] = true,
	['#'] = true,  ['!'] = true, ['%'] = true, ['~'] = true, ['+'] = true, ['.'] = true, ['='] = true,
};

static enum level walk_line(struct walk *w)
{
	enum level found = LEVEL_NONE;
	for (unsigned tokens = 0; tokens < HEAD_TOKENS && w->p < w->limit; tokens++) {
		char c = *w->p;
		if (is_blank(c)) {
			w->p++;
			tokens--;
		} else if (c == '[' || c == '(' || c == '<' || c == '{') {
			const char *p = w->p + 1;
			while (p < w->end && is_blank(*p))
				p++;
			if (c == '{' && at(p, w->end) == '"')
				return level_of_json(w->p, w->end, w->by_number);
			const char close = c == '[' ? ']' : c == '(' ? ')' : c == '<' ? '>' : '}';
			size_t room = (size_t)(w->end - p);
			const char *q = memchr(p, close, room < BRACKET_BYTES ? room : BRACKET_BYTES);
			if (!q)
				return LEVEL_NONE;
			const char *stop = q;
			while (stop > p && is_blank(stop[-1]))
				stop--;
			/* Round brackets hold remarks: only directly, as one word. */
			if (stop > p && (found = bracket_level(p, stop, w->by_number)) != LEVEL_NONE &&
			    (c != '(' || w->at_start || w->direct))
				return found;
			w->p = q + 1;
			w->dated = w->direct = true;
			w->at_start = false;
		} else if ((unsigned char)c >= 0x80) { /* box drawing and marks before the word */
			w->p++;
			tokens--;
		} else if (separates[(unsigned char)c] && !is_path(w->p, w->end)) {
			if ((c == '-' || c == '+' || c == '.' || c == '=') &&
			    !strchr(" \t-=>|.", at(w->p + 1, w->end)) && at(w->p + 1, w->end) != 0 &&
			    !(c == '.' && is_digit(at(w->p + 1, w->end))))
				return LEVEL_NONE; /* an option, a diff line */
			w->p++;
			w->percent = c == '%';
			w->direct = w->dated;
		} else if (c == '"' || c == '\'' || c == '`') {
			return LEVEL_NONE;
		} else if (!walk_token(w, &found)) {
			return found;
		}
	}
	return LEVEL_NONE;
}

/* ---- forms that stand only at the very start ---- */

static enum level start_level(const char *p, const char *end, bool *by_number)
{
	char c = *p, next = at(p + 1, end);
	size_t len = (size_t)(end - p);
	if (c == '<' && is_digit(next)) { /* syslog priority */
		unsigned n = 0;
		const char *q = p + 1;
		*by_number = true;
		while (q < end && is_digit(*q) && q - p < 4)
			n = n * 10 + (unsigned)(*q++ - '0');
		return at(q, end) == '>' && n < 192 ? level_number(n & 7) : LEVEL_NONE;
	}
	if (is_upper(c) && is_digit(next)) { /* klog: E0102 03:04:05, newer glog: E20240102 03:04:05 */
		size_t n = 1;
		while (n < len && is_digit(p[n]))
			n++;
		if ((n == 5 || n == 9) && strchr("IWEFD", c) && at(p + n, end) == ' ' && is_digit(at(p + n + 1, end)) &&
		    at(p + n + 3, end) == ':')
			return level_letter(c);
		return LEVEL_NONE;
	}
	if (is_upper(c) && next == '/' && len > 4 && strchr("VDIWEFA", c)) { /* logcat: E/Tag( 12): text */
		const char *colon = memchr(p, ':', len < 80 ? len : 80);
		const char *blank = memchr(p, ' ', len < 80 ? len : 80);
		const char *paren = memchr(p, '(', len < 80 ? len : 80);
		if (colon && (!blank || colon < blank || (paren && paren < colon)) && at(colon + 1, end) == ' ')
			return level_letter(c);
		return LEVEL_NONE;
	}
	if (next == ':' && at(p + 2, end) == ' ' && strchr("EWINewi", c)) /* apt, kotlinc */
		return level_letter(c);
	if (is_upper(c) && next == ',' && at(p + 2, end) == ' ' && at(p + 3, end) == '[') /* Ruby's logger */
		return level_letter(c);
	if (is_digit(c)) { /* Redis: "123:M 01 Jan 2024 03:04:05.678 * text" */
		const char *q = p;
		while (q < end && is_digit(*q) && q - p < 8)
			q++;
		if (at(q, end) == ':' && strchr("MSCX", at(q + 1, end)) && at(q + 2, end) == ' ' && end - q > 27) {
			char mark = q[27] == ' ' ? at(q + 28, end) : q[23] == ' ' ? q[24] : 0;
			return mark == '#' ? LEVEL_WARNING : mark == '*' ? LEVEL_NOTICE : mark == '-' ? LEVEL_INFO :
			       mark == '.' ? LEVEL_DEBUG : LEVEL_NONE;
		}
	}
	return LEVEL_NONE;
}

enum level level_of_line(struct span judged)
{
	bool by_number = false;
	return level_of_line_told(judged, &by_number);
}

enum level level_of_line_told(struct span judged, bool *by_number)
{
	const char *p = judged.ptr, *end = p + judged.len;
	while (p < end && is_blank(*p))
		p++;
	if (p == end)
		return LEVEL_NONE;
	enum level l = start_level(p, end, by_number);
	if (l != LEVEL_NONE)
		return l;
	/* Workflow commands of CI services: ##[error]text, ::warning file=x::text */
	if ((p[0] == '#' && end - p > 4 && p[1] == '#' && p[2] == '[') || (p[0] == ':' && at(p + 1, end) == ':')) {
		const char *word = p + (p[0] == '#' ? 3 : 2), *q = word;
		enum level_trust trust;
		while (q < end && is_alpha(*q))
			q++;
		l = level_word(word, (size_t)(q - word), &trust);
		return l != LEVEL_NONE && trust == TRUST_COLUMN && strchr("]: ", at(q, end)) ? l : LEVEL_NONE;
	}
	struct walk w = {.p = p, .end = end, .limit = end - p < HEAD_BYTES ? end : p + HEAD_BYTES, .at_start = true,
	                 .by_number = by_number};
	return walk_line(&w);
}
