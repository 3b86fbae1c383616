#include "api/reference.h"

#include "base/mem.h"
#include "base/span.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char form[] = "write line numbers, such as 12-20, 12-, -20, 12 or 12+8";

static bool exists(struct span path)
{
	struct stat st;
	char *name = mem_strndup(path.ptr, path.len);
	bool found = path.len > 0 && stat(name, &st) == 0;
	free(name);
	return found;
}

static bool is_hash(struct span s)
{
	if (s.len < REFERENCE_DIGITS_LEAST || s.len > REFERENCE_DIGITS_MOST)
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (!isxdigit((unsigned char)s.ptr[i]))
			return false;
	return true;
}

/* Offset of the last `c`, or SIZE_MAX. */
static size_t last_of(struct span s, char c)
{
	for (size_t i = s.len; i > 0; i--)
		if (s.ptr[i - 1] == c)
			return i - 1;
	return SIZE_MAX;
}

/* Digits at the start of *s; false when there are none or the number does not fit. */
static bool take_number(struct span *s, uint64_t *n)
{
	size_t i = 0;
	*n = 0;
	for (; i < s->len && isdigit((unsigned char)s->ptr[i]); i++) {
		uint64_t digit = (uint64_t)(s->ptr[i] - '0');
		if (*n > (UINT64_MAX - digit) / 10)
			return false;
		*n = *n * 10 + digit;
	}
	*s = span_from(*s, i);
	return i > 0;
}

static bool parse_range(struct reference *r, struct span s)
{
	uint64_t count;
	r->has_range = true;
	r->first = 1;
	r->last = UINT64_MAX;
	if (span_starts(s, SPAN("-"))) {
		s = span_from(s, 1);
		return take_number(&s, &r->last) && s.len == 0 && r->last > 0;
	}
	if (!take_number(&s, &r->first) || r->first == 0)
		return false;
	if (s.len == 0) {
		r->last = r->first;
		return true;
	}
	char sign = s.ptr[0];
	s = span_from(s, 1);
	if (sign == '-' && s.len == 0)
		return true;
	if (!take_number(&s, &count) || s.len > 0)
		return false;
	if (sign == '-') {
		r->last = count;
		return r->last >= r->first;
	}
	if (sign != '+' || count == 0)
		return false;
	r->last = count - 1 > UINT64_MAX - r->first ? UINT64_MAX : r->first + (count - 1);
	return true;
}

/* Whether the text after a ':' can only have been meant as a range. */
static bool looks_like_range(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!isdigit((unsigned char)s.ptr[i]) && s.ptr[i] != '-' && s.ptr[i] != '+')
			return false;
	return s.len > 0;
}

static void lower(char *to, struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		to[i] = (char)tolower((unsigned char)s.ptr[i]);
	to[s.len] = '\0';
}

/* Whether this is a reference without a range, so that what stands after its ':' was meant as one. */
static bool names_something(struct span s)
{
	size_t at = last_of(s, '@');
	return exists(s) || is_hash(s) ||
	       (at != SIZE_MAX && is_hash(span_from(s, at + 1)) && exists(span_head(s, at)));
}

/* Splits what is left without a range into path and hash, or takes it for an id. */
static enum err_code parse_name(struct reference *r, struct span s, struct err *err)
{
	size_t at = last_of(s, '@');
	struct span path = s, hash = span_of(s.ptr, 0);
	if (!exists(s) && at != SIZE_MAX) {
		path = span_head(s, at);
		hash = span_from(s, at + 1);
		if (!is_hash(hash)) {
			if (exists(path))
				return err_set(err, ERR_USAGE, "%.*s is not a hash: 8 to 32 hex digits", (int)hash.len,
					       hash.ptr);
			path = s;
			hash.len = 0;
		}
	} else if (!exists(s) && is_hash(s)) {
		r->kind = REFERENCE_STORED;
	}
	r->name = mem_strndup(path.ptr, path.len);
	if (r->kind == REFERENCE_STORED)
		lower(r->name, path);
	lower(r->hash, hash);
	return ERR_OK;
}

enum err_code reference_parse(struct reference *r, const char *text, struct err *err)
{
	struct span s = span_of_str(text);
	*r = (struct reference){.kind = REFERENCE_FILE, .first = 1, .last = UINT64_MAX};
	enum err_code code = ERR_OK;
	size_t colon = exists(s) ? SIZE_MAX : last_of(s, ':');
	if (colon != SIZE_MAX) {
		struct span range = span_from(s, colon + 1);
		if (looks_like_range(range)) {
			s = span_head(s, colon);
			if (!parse_range(r, range))
				code = err_set(err, ERR_USAGE, "%.*s is not a range: %s", (int)range.len, range.ptr,
					       form);
			colon = exists(s) ? SIZE_MAX : last_of(s, ':');
			if (code == ERR_OK && colon != SIZE_MAX && looks_like_range(span_from(s, colon + 1)) &&
			    names_something(span_head(s, colon)))
				code = err_set(err, ERR_USAGE, "a reference has one range");
		} else if (names_something(span_head(s, colon))) {
			code = err_set(err, ERR_USAGE, "\"%.*s\" is not a range: %s", (int)range.len, range.ptr, form);
		}
	}
	if (code == ERR_OK && s.len == 0)
		code = err_set(err, ERR_USAGE, "a reference names a file or an id before its range");
	if (code == ERR_OK)
		code = parse_name(r, s, err);
	if (code != ERR_OK) {
		err_at(err, "reference %.200s", text);
		reference_release(r);
	}
	return code;
}

void reference_release(struct reference *r)
{
	free(r->name);
	*r = (struct reference){0};
}
