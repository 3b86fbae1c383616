/* Finding a stamp at the head of a line, arguments, comparison. Every place that starts a word with a digit or a letter
 * is tried. */
#include "log/stamp_parse.h"

#include "log/letters.h"

enum { FIND_BYTES = 80 };

/* An epoch number stands at the start of a line, or is the value of a field named like a time: ts=, "time":, audit( */
static bool epoch_place(const char *line, const char *p)
{
	static const char *const keys[] = {"ts",    "time",  "timestamp", "t",	    "date",
					   "epoch", "audit", "datetime",  "created"};
	const char *q = p;
	while (q > line && !is_letter(q[-1]) && !is_digit(q[-1]))
		q--;
	if (q == line)
		return p - line <= 4;
	const char *key = q;
	while (key > line && is_letter(key[-1]))
		key--;
	if (p - q > 4 || (q < p && *q != '"' && *q != '=' && *q != ':' && *q != '('))
		return false;
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		if (strlen(keys[i]) == (size_t)(q - key) && memcmp(keys[i], key, (size_t)(q - key)) == 0)
			return true;
	}
	return false;
}

/* What was passed on the way to a stamp. A stamp stands at the head of its line: text before it means that the line
 * talks about a time ("compiled on …", "Last change: …"). */
struct passed {
	unsigned words, numbers; /* words with small letters, outside quotes and not parts of key=value */
	bool colon;              /* one of them ended in a colon */
	bool quoted;
	bool value;              /* the next word stands behind an '=' */
};

/* Three letters as one number, without case. */
#define NAME3(a, b, c) ((unsigned)(a) << 16 | (unsigned)(b) << 8 | (unsigned)(c))

/* Could a stamp begin with this letter? With a month, a day of the week, or klog's letter before digits. */
static bool may_begin(const char *p, const char *end)
{
	if (end - p < 5)
		return false;
	if (is_digit(p[1]))
		return *p == 'E' || *p == 'W' || *p == 'I' || *p == 'F' || *p == 'D';
	switch (NAME3((unsigned char)p[0] | 0x20, (unsigned char)p[1] | 0x20, (unsigned char)p[2] | 0x20)) {
	case NAME3('j', 'a', 'n'): case NAME3('f', 'e', 'b'): case NAME3('m', 'a', 'r'): case NAME3('a', 'p', 'r'):
	case NAME3('m', 'a', 'y'): case NAME3('j', 'u', 'n'): case NAME3('j', 'u', 'l'): case NAME3('a', 'u', 'g'):
	case NAME3('s', 'e', 'p'): case NAME3('o', 'c', 't'): case NAME3('n', 'o', 'v'): case NAME3('d', 'e', 'c'):
	case NAME3('m', 'o', 'n'): case NAME3('t', 'u', 'e'): case NAME3('w', 'e', 'd'): case NAME3('t', 'h', 'u'):
	case NAME3('f', 'r', 'i'): case NAME3('s', 'a', 't'): case NAME3('s', 'u', 'n'):
		return true;
	default:
		return false;
	}
}

/* Bytes within words, and those that end one. */
enum { WORD_SMALL = 1, WORD_CAPITAL = 2, WORD_DIGIT = 4, WORD_END = 8 };
static const unsigned char kinds[256] = {
	BYTES_26('a', WORD_SMALL), BYTES_26('A', WORD_CAPITAL), BYTES_10('0', WORD_DIGIT), [' '] = WORD_END, ['\t'] = WORD_END,
	['['] = WORD_END, ['|'] = WORD_END, ['"'] = WORD_END, ['='] = WORD_END, ['>'] = WORD_END, ['('] = WORD_END,
};

/* The word or number at p, which is no stamp; returns its end. */
static const char *pass_word(const char *p, const char *stop, struct passed *passed)
{
	const char *start = p;
	unsigned seen = 0;
	for (; p < stop; p++) {
		const unsigned kind = kinds[(unsigned char)*p];
		if (kind & WORD_END)
			break;
		seen |= kind;
		/* Stamps may be joined to a name (app.log.2024-01-02) or to a number and a colon, never to a longer
		 * date. */
		if (!(kind & WORD_DIGIT))
			continue;
		struct cursor here = {p, stop, false};
		if (p > start && !is_digit(p[-1]) && !is_letter(p[-1]) &&
		    (seen & (WORD_SMALL | WORD_CAPITAL) || p[-1] == ':' ||
		     (p[-1] == '/' && digit_run(&here) == 4 && peek(&here, 4) == '/')))
			return p;
	}
	const bool letters = seen & (WORD_SMALL | WORD_CAPITAL), field = p < stop && *p == '=';
	passed->numbers += (seen & WORD_DIGIT) != 0;
	if (seen & WORD_SMALL && p - start > 1 && !passed->quoted && !field && !passed->value)
		passed->words++;
	passed->colon |= letters && p[-1] == ':' && !passed->quoted;
	return p;
}

/* Where stamps may begin: within the first bytes, and not behind the last two digits in a row, which every stamp has. Those of
 * a stamp stand near its begin. */
static size_t find_end(struct span s)
{
	enum { LOOKED_AT = 128 };
	size_t stop = 0;
	uint64_t before = 0;
	for (size_t base = 0; base < s.len && base < LOOKED_AT; base += 64) {
		const uint64_t digits = letters_at(s, base).digits, pairs = digits & (digits << 1 | before);
		before = digits >> 63;
		if (pairs)
			stop = base + 64 - (size_t)__builtin_clzll(pairs);
	}
	return stop < FIND_BYTES ? stop : FIND_BYTES;
}

static bool head_so_far(const struct passed *passed, const struct stamp *s, const char *behind, const char *end)
{
	if (!s->has_date)
		return passed->words == 0 && passed->numbers == 0;
	if (passed->colon) /* a logger's prefix if a message follows, else a field of a report */
		return passed->words <= 1 && end - behind > 4;
	return passed->words <= 2;
}

bool stamp_find(struct span judged, struct stamp *out)
{
	const char *line = judged.ptr, *end = line + judged.len;
	const char *stop = line + find_end(judged);
	struct passed passed = {0};
	for (const char *p = line; p < stop;) {
		bool digit = is_digit(*p);
		if (passed.words > 2) { /* running text: only a bracket or a bar could start anew */
			while (p < stop && *p != '[' && *p != '|' && *p != '"')
				p++;
			if (p == stop)
				return false;
			digit = false;
		}
		if (!digit && !is_letter(*p)) {
			passed.value = *p == '=' || (*p == '"' && passed.value);
			if (*p == '"')
				passed.quoted = !passed.quoted;
			else if (*p == '|' || *p == '[') /* a new start, as it were */
				passed = (struct passed){.quoted = passed.quoted};
			p++;
			continue;
		}
		struct cursor c = {p, end, false};
		if ((digit ? stamp_parse(&c, out, digit_run(&c) >= 10 && epoch_place(line, p))
			   : may_begin(p, end) && stamp_parse(&c, out, false)) && head_so_far(&passed, out, c.p, end)) {
			out->begin = (size_t)(p - line);
			out->end = (size_t)(c.p - line);
			return true;
		}
		p = pass_word(p, stop, &passed);
	}
	return false;
}

/* ---- arguments and comparison ---- */

static bool is_relative(struct span s)
{
	static const char *const words[] = {"ago",  "now",    "today",	"yesterday", "tomorrow", "last",  "past",
					    "hour", "minute", "second", "day",	     "week",	 "month", "year"};
	char low[64];
	size_t n = s.len < sizeof low ? s.len : sizeof low, digits_first = 0;
	for (size_t i = 0; i < n; i++)
		low[i] = s.ptr[i] >= 'A' && s.ptr[i] <= 'Z' ? (char)(s.ptr[i] | 0x20) : s.ptr[i];
	struct span text = span_of(low, n);
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		if (span_find(text, span_of_str(words[i])) != SIZE_MAX)
			return true;
	}
	if (n && (low[0] == '-' || low[0] == '+'))
		return true;
	while (digits_first < n && is_digit(low[digits_first]))
		digits_first++;
	/* "10m", "2h30m", "3 d" */
	struct span unit = span_trim(span_from(text, digits_first));
	return digits_first && unit.len && strchr("smhdw", unit.ptr[0]) &&
	       !(unit.len > 1 && is_letter(unit.ptr[1]) && unit.ptr[1] != 's' && unit.ptr[1] != 'i');
}

enum err_code stamp_parse_arg(const char *text, struct stamp *out, struct err *err)
{
	struct span s = span_trim(span_of_str(text));
	struct cursor c = {s.ptr, s.ptr + s.len, true};
	if (s.len > 1 && s.ptr[0] == '@') /* as date(1) and journalctl take it */
		c.p++;
	struct stamp found;
	if (s.len && stamp_parse(&c, &found, true) && c.p == c.end) {
		found.begin = 0;
		found.end = s.len;
		*out = found;
		return ERR_OK;
	}
	if (is_relative(s))
		return err_set(err, ERR_USAGE,
			       "'%s' is relative to the present, and the same command would then select other "
			       "lines tomorrow: give the time itself, such as 2024-01-02T03:04",
			       text);
	return err_set(err, ERR_USAGE,
		       "'%s' is not a time: expected for example 2024-01-02T03:04:05Z, 2024-01-02 03:04, "
		       "2024-01-02, 03:04:05 or Jan 2 03:04:05",
		       text);
}

/* The day within a leap year that starts in March, for days since 1970-01-01. */
static int64_t day_without_year(int64_t days)
{
	int64_t d = days + 719468, y = (d * 400 + 591) / 146097;
	int64_t start = y * 365 + y / 4 - y / 100 + y / 400;
	if (d < start) {
		y--;
		start = y * 365 + y / 4 - y / 100 + y / 400;
	}
	d -= start;
	/* January and February come first in a calendar year. */
	return d >= 306 ? d - 306 : d + 60;
}

static int64_t floor_div(int64_t a, int64_t b) { return a / b - (a % b < 0); }

int stamp_compare(const struct stamp *line, const struct stamp *arg)
{
	bool zone = line->has_zone && arg->has_zone;
	int64_t a = line->time_ns + (zone ? 0 : line->zone_s * NS_PER_S);
	int64_t b = arg->time_ns + (zone ? 0 : arg->zone_s * NS_PER_S);
	int64_t step = line->step_ns > arg->step_ns ? line->step_ns : arg->step_ns;
	if (!line->has_date || !arg->has_date) {
		a -= floor_div(a, NS_PER_DAY) * NS_PER_DAY;
		b -= floor_div(b, NS_PER_DAY) * NS_PER_DAY;
	} else if (!line->has_year || !arg->has_year) {
		int64_t day_a = floor_div(a, NS_PER_DAY), day_b = floor_div(b, NS_PER_DAY);
		a += (day_without_year(day_a) - day_a) * NS_PER_DAY;
		b += (day_without_year(day_b) - day_b) * NS_PER_DAY;
	}
	a = floor_div(a, step);
	b = floor_div(b, step);
	return a < b ? -1 : a > b;
}
