/* Levels in fields: JSON and key=value; names and numbers of levels. */
#include "log/level_word.h"

bool level_from_name(struct span word, enum level *out)
{
	struct span w = span_trim(word);
	if (w.len > 2 && ((w.ptr[0] == '<' && w.ptr[w.len - 1] == '>') || (w.ptr[0] == '[' && w.ptr[w.len - 1] == ']')))
		w = span_of(w.ptr + 1, w.len - 2);
	enum level l = LEVEL_NONE;
	if (w.len == 0)
		return false;
	if (is_digit(w.ptr[0])) {
		unsigned long n = 0;
		for (size_t i = 0; i < w.len; i++) {
			if (!is_digit(w.ptr[i]) || i == 3)
				return false;
			n = n * 10 + (unsigned long)(w.ptr[i] - '0');
		}
		/* <13> is a syslog priority, facility × 8 + severity; a bare number a bunyan level or a severity. */
		l = level_number(word.len != w.len && n < 192 ? n & 7 : n);
	} else if (w.len == 1) {
		l = level_letter(w.ptr[0]);
	} else {
		enum level_trust trust;
		l = level_word(w.ptr, w.len, &trust);
	}
	if (l != LEVEL_NONE)
		*out = l;
	return l != LEVEL_NONE;
}

const char *level_name(enum level l)
{
	static const char *const names[] = {"none", "trace", "debug", "info", "notice", "warning", "error", "critical"};
	return (unsigned)l < sizeof names / sizeof *names ? names[l] : "none";
}

enum key { KEY_OTHER, KEY_LEVEL, KEY_SYSLOG, KEY_PYTHON, KEY_LETTER, KEY_STATUS };

/* What a field of this name says, letters compared without case, `_`, `.`, `-`, `@` left out. */
static enum key key_of(const char *p, size_t n)
{
	char low[16];
	size_t len = 0;
	if (n > 24)
		return KEY_OTHER;
	for (size_t i = 0; i < n; i++) {
		if (is_alpha(p[i])) {
			if (len == sizeof low)
				return KEY_OTHER;
			low[len++] = (char)(p[i] | 0x20);
		} else if (p[i] != '_' && p[i] != '.' && p[i] != '-' && p[i] != '@') {
			return KEY_OTHER;
		}
	}
	static const char *const level_keys[] = {"level",	 "lvl", "severity",	 "levelname", "loglevel",
						 "severitytext", "sev", "severitylabel", NULL};
	static const char *const syslog_keys[] = {"priority", "syslogseverity", NULL};
	if (level_listed(low, len, level_keys))
		return KEY_LEVEL;
	if (level_listed(low, len, syslog_keys))
		return KEY_SYSLOG;
	static const char *const status_keys[] = {"status", "statuscode", "httpstatus", "responsestatus", NULL};
	if (level_listed(low, len, status_keys))
		return KEY_STATUS;
	if (span_eq(span_of(low, len), SPAN("levelno")))
		return KEY_PYTHON;
	return n == 1 && p[0] == 's' ? KEY_LETTER : KEY_OTHER;
}

static enum level value_level(enum key key, const char *p, size_t n, bool *by_number)
{
	enum level l = LEVEL_NONE;
	if (n > 13 || n == 0)
		return LEVEL_NONE;
	if (key == KEY_LETTER)
		return n == 1 && is_upper(p[0]) ? level_letter(p[0]) : LEVEL_NONE;
	if (is_digit(p[0])) {
		*by_number = true;
		if (key == KEY_PYTHON && n == 2 && p[1] == '0')
			return level_number((unsigned long)(p[0] - '0' + 1) * 10);
		/* 0–2 under "level" are more often a depth than an emergency. */
		if (key == KEY_LEVEL && n == 1 && p[0] < '3')
			return LEVEL_NONE;
	}
	return level_from_name(span_of(p, n), &l) ? l : LEVEL_NONE;
}

const char *level_quote_end(const char *p, const char *end, char quote)
{
	while (p < end && (p = memchr(p, quote, (size_t)(end - p))) != NULL) {
		size_t slashes = 0;
		while (p[-1 - (ptrdiff_t)slashes] == '\\')
			slashes++;
		if (slashes % 2 == 0)
			return p;
		p++;
	}
	return end;
}

enum level level_of_json(const char *p, const char *end, bool *by_number)
{
	enum level inner = LEVEL_NONE, by_status = LEVEL_NONE;
	bool status = false;
	int depth = 0;
	for (; p < end; p++) {
		if (*p == '{' || *p == '[') {
			depth++;
		} else if (*p == '}' || *p == ']') {
			if (--depth <= 0)
				break;
		} else if (*p == '"') {
			const char *key = p + 1;
			p = level_quote_end(key, end, '"');
			const char *v = p + 1;
			while (v < end && is_blank(*v))
				v++;
			if (at(v, end) != ':' || depth > 2)
				continue;
			enum key kind = key_of(key, (size_t)(p - key));
			if (kind == KEY_OTHER)
				continue;
			for (v++; v < end && is_blank(*v); v++)
				;
			const char *stop = v;
			if (at(v, end) == '"') {
				stop = level_quote_end(++v, end, '"');
			} else {
				while (stop < end && is_digit(*stop))
					stop++;
			}
			if (kind == KEY_STATUS) { /* of a request: it speaks where no level does */
				bool request = depth == 1 && stop - v == 3 && is_digit(v[0]) && is_digit(v[1]) && is_digit(v[2]);
				status |= request;
				if (request && v[0] == '5')
					by_status = LEVEL_ERROR;
				continue;
			}
			enum level l = value_level(kind, v, (size_t)(stop - v), by_number);
			if (l != LEVEL_NONE && depth == 1)
				return l;
			if (l != LEVEL_NONE && inner == LEVEL_NONE && kind != KEY_LETTER)
				inner = l;
		}
	}
	if (inner == LEVEL_NONE && status) {
		*by_number = true;
		return by_status;
	}
	return inner;
}

enum level level_of_field(struct span key, struct span value, bool *by_number)
{
	enum key kind = key_of(key.ptr, key.len);
	if (span_eq(key, SPAN("at"))) /* routers of hosting platforms: at=error */
		kind = KEY_LEVEL;
	return kind == KEY_OTHER || kind == KEY_LETTER || kind == KEY_STATUS ? LEVEL_NONE : value_level(kind, value.ptr, value.len, by_number);
}
