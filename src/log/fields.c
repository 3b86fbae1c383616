#include "log/fields.h"

#include "log/level_word.h"

#include <stdint.h>

enum {
	LEAD_BYTES = 160,    /* of what may stand before a JSON object: time, host, container */
	KEY_BYTES = 40,
	LOGFMT_LEAST = 3,    /* pairs, or it is a sentence with an equals sign */
	DEPTH_MOST = 2,      /* {"error": {"message": …}} */
};

/* ---- names -------------------------------------------------------------------------------------------------------- */

static const struct {
	const char *name; /* in lower case, without separators */
	enum field_role role;
} names[] = {
	{"level", FIELD_LEVEL}, {"lvl", FIELD_LEVEL}, {"severity", FIELD_LEVEL}, {"levelname", FIELD_LEVEL},
	{"loglevel", FIELD_LEVEL}, {"sev", FIELD_LEVEL}, {"severitytext", FIELD_LEVEL}, {"priority", FIELD_LEVEL},
	{"msg", FIELD_MESSAGE}, {"message", FIELD_MESSAGE}, {"log", FIELD_MESSAGE}, {"text", FIELD_MESSAGE},
	{"body", FIELD_MESSAGE}, {"event", FIELD_MESSAGE}, {"shortmessage", FIELD_MESSAGE}, {"fullmessage", FIELD_MESSAGE},
	{"textpayload", FIELD_MESSAGE}, {"description", FIELD_MESSAGE}, {"summary", FIELD_MESSAGE}, {"reason", FIELD_MESSAGE},
	{"err", FIELD_ERROR}, {"error", FIELD_ERROR}, {"errors", FIELD_ERROR}, {"exception", FIELD_ERROR}, {"exc", FIELD_ERROR},
	{"excinfo", FIELD_ERROR}, {"exctext", FIELD_ERROR}, {"errmsg", FIELD_ERROR}, {"errormessage", FIELD_ERROR},
	{"errormsg", FIELD_ERROR}, {"cause", FIELD_ERROR}, {"failure", FIELD_ERROR}, {"panic", FIELD_ERROR}, {"fatal", FIELD_ERROR},
	{"errortype", FIELD_ERROR}, {"errorkind", FIELD_ERROR}, {"exceptiontype", FIELD_ERROR}, {"stderr", FIELD_ERROR},
	{"status", FIELD_STATUS}, {"statuscode", FIELD_STATUS}, {"httpstatus", FIELD_STATUS}, {"code", FIELD_STATUS},
	{"errorcode", FIELD_STATUS}, {"exitcode", FIELD_STATUS}, {"exitstatus", FIELD_STATUS}, {"responsecode", FIELD_STATUS},
	{"errno", FIELD_STATUS}, {"rc", FIELD_STATUS}, {"signal", FIELD_STATUS},
	{"caller", FIELD_PLACE}, {"file", FIELD_PLACE}, {"filename", FIELD_PLACE}, {"line", FIELD_PLACE}, {"lineno", FIELD_PLACE},
	{"linenumber", FIELD_PLACE}, {"func", FIELD_PLACE}, {"function", FIELD_PLACE}, {"funcname", FIELD_PLACE},
	{"logger", FIELD_PLACE}, {"loggername", FIELD_PLACE}, {"component", FIELD_PLACE}, {"module", FIELD_PLACE},
	{"path", FIELD_PLACE}, {"url", FIELD_PLACE}, {"uri", FIELD_PLACE}, {"method", FIELD_PLACE}, {"route", FIELD_PLACE},
	{"request", FIELD_PLACE}, {"source", FIELD_PLACE}, {"target", FIELD_PLACE}, {"service", FIELD_PLACE}, {"svc", FIELD_PLACE},
	{"stack", FIELD_STACK}, {"stacktrace", FIELD_STACK}, {"backtrace", FIELD_STACK}, {"traceback", FIELD_STACK},
	{"errorstack", FIELD_STACK}, {"errorverbose", FIELD_STACK}, {"exceptionstacktrace", FIELD_STACK}, {"trace", FIELD_STACK},
	{"time", FIELD_TIME}, {"ts", FIELD_TIME}, {"timestamp", FIELD_TIME}, {"datetime", FIELD_TIME}, {"asctime", FIELD_TIME},
	{"date", FIELD_TIME}, {"t", FIELD_TIME},
};

static enum field_role role_of(struct span key)
{
	char low[KEY_BYTES];
	size_t n = 0;
	if (key.len > sizeof low)
		return FIELD_OTHER;
	for (size_t i = 0; i < key.len; i++) {
		char c = key.ptr[i];
		if (is_alpha(c))
			low[n++] = (char)(c | 0x20);
		else if (!strchr("_.-@", c) || !c)
			return FIELD_OTHER;
	}
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (span_eq(span_of(low, n), span_of_str(names[i].name)))
			return names[i].role;
	return FIELD_OTHER;
}

struct found {
	struct field *out;
	size_t count, most;
};

static void add(struct found *f, size_t begin, size_t value, size_t end, enum field_role role)
{
	if (f->count < f->most && end > begin)
		f->out[f->count++] = (struct field){begin, end, value, role};
}

/* ---- JSON --------------------------------------------------------------------------------------------------------- */

static size_t skip_blanks(struct span s, size_t i)
{
	while (i < s.len && is_blank(s.ptr[i]))
		i++;
	return i;
}

/* Behind the closing quote of the text that opens at i. */
static size_t behind_text(struct span s, size_t i)
{
	const char *end = s.ptr + s.len, *p = level_quote_end(s.ptr + i + 1, end, '"');
	return (size_t)(p - s.ptr) + (p < end);
}

/* Behind the bracket that closes the one at i, or behind a bare value. */
static size_t behind_value(struct span s, size_t i)
{
	int depth = 0;
	while (i < s.len) {
		char c = s.ptr[i];
		if (c == '"') {
			i = behind_text(s, i);
			continue;
		}
		if (depth == 0 && (c == ',' || c == '}' || c == ']'))
			return i;
		depth += c == '{' || c == '[';
		i++;
		if ((c == '}' || c == ']') && --depth == 0)
			return i;
	}
	return i;
}

/* Adds the fields of the object that opens at i; returns where it ends. A nested one in a field about an error speaks for it. */
static size_t json_object(struct found *f, struct span s, size_t i, int depth, enum field_role outer)
{
	for (i++; i < s.len;) {
		i = skip_blanks(s, i);
		if (i < s.len && s.ptr[i] == ',') {
			i++;
			continue;
		}
		if (i >= s.len || s.ptr[i] != '"')
			return i + (i < s.len && s.ptr[i] == '}');
		size_t begin = i, key_end = behind_text(s, i), at = skip_blanks(s, key_end);
		if (at >= s.len || s.ptr[at] != ':')
			return at;
		struct span key = span_of(s.ptr + begin + 1, key_end - begin - 2);
		enum field_role role = role_of(key);
		if (depth > 1 && outer == FIELD_OTHER && role != FIELD_ERROR && role != FIELD_STACK)
			role = FIELD_OTHER; /* a message of something else */
		else if (depth > 1 && outer == FIELD_ERROR && role == FIELD_MESSAGE)
			role = FIELD_ERROR;
		at = skip_blanks(s, at + 1);
		if (at < s.len && s.ptr[at] == '{' && depth < DEPTH_MOST) {
			i = json_object(f, s, at, depth + 1, role);
			continue;
		}
		i = at < s.len && s.ptr[at] == '"' ? behind_text(s, at) : behind_value(s, at);
		add(f, begin, at + (at < s.len && s.ptr[at] == '"'), i, role);
	}
	return i;
}

static bool json_fields(struct found *f, struct span s)
{
	for (size_t i = 0; i < s.len && i < LEAD_BYTES; i++) {
		if (s.ptr[i] != '{')
			continue;
		size_t at = skip_blanks(s, i + 1);
		if (at >= s.len || s.ptr[at] != '"')
			continue;
		json_object(f, s, i, 1, FIELD_OTHER);
		if (f->count > 1)
			return true;
		f->count = 0;
	}
	return false;
}

/* ---- logfmt ------------------------------------------------------------------------------------------------------- */

static bool is_key_char(char c) { return is_alpha(c) || is_digit(c) || (c && strchr("_.-@/", c)); }

/* Pairs that follow one another, and one that tells something: options of a command stand alone, and `a=b` is in any code. */
static bool logfmt_fields(struct found *f, struct span s)
{
	size_t behind = SIZE_MAX, run = 0, longest = 0;
	bool telling = false;
	for (size_t i = 0; i < s.len;) {
		bool starts = i == 0 || is_blank(s.ptr[i - 1]) || strchr("[(,{", s.ptr[i - 1]);
		if (!starts || !is_alpha(s.ptr[i])) {
			i++;
			continue;
		}
		size_t begin = i;
		while (i < s.len && is_key_char(s.ptr[i]))
			i++;
		if (i >= s.len || s.ptr[i] != '=' || i - begin > KEY_BYTES)
			continue;
		struct span key = span_of(s.ptr + begin, i - begin);
		size_t value = ++i;
		if (i < s.len && s.ptr[i] == '"') {
			i = behind_text(s, i);
			value++;
		} else {
			while (i < s.len && !is_blank(s.ptr[i]))
				i++;
		}
		enum field_role role = role_of(key);
		run = behind != SIZE_MAX && skip_blanks(s, behind) == begin ? run + 1 : 1;
		longest = run > longest ? run : longest;
		behind = i;
		telling |= role == FIELD_LEVEL || role == FIELD_MESSAGE || role == FIELD_ERROR || role == FIELD_STATUS;
		add(f, begin, value, i, role);
	}
	return longest >= LOGFMT_LEAST && telling;
}

/* ---- access logs -------------------------------------------------------------------------------------------------- */

/* "GET /path HTTP/1.1" 500 2326: the request, and the status with what follows it. */
static bool access_fields(struct found *f, struct span s)
{
	static const char *const methods[] = {"\"GET ", "\"POST ", "\"PUT ", "\"DELETE ", "\"HEAD ", "\"PATCH ", "\"OPTIONS ", "\"CONNECT "};
	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] != '"')
			continue;
		struct span rest = span_from(s, i);
		for (size_t m = 0; m < sizeof methods / sizeof *methods; m++) {
			if (!span_starts(rest, span_of_str(methods[m])))
				continue;
			size_t end = behind_text(s, i), at = skip_blanks(s, end);
			add(f, i, i + 1, end, FIELD_PLACE);
			size_t status = at;
			while (at < s.len && is_digit(s.ptr[at]))
				at++;
			if (at - status == 3) /* with the size */
				for (at = skip_blanks(s, at); at < s.len && is_digit(s.ptr[at]);)
					at++;
			add(f, status, status, at, FIELD_STATUS);
			return true;
		}
	}
	return false;
}

size_t fields_find(struct span line, struct field *out, size_t most)
{
	struct found f = {out, 0, most};
	if (json_fields(&f, line) || logfmt_fields(&f, line))
		return f.count;
	f.count = 0;
	return access_fields(&f, line) ? f.count : 0;
}
