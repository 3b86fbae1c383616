/* Small scanners that the forms share. */
#include "log/trace_form.h"

#include "log/letters.h"

size_t trace_digits(struct span s, size_t from)
{
	size_t n = from;
	while (n < s.len && trace_digit(s.ptr[n]))
		n++;
	return n > from ? n - from : 0;
}

struct span trace_place_at_end(struct span s)
{
	size_t n = s.len;
	for (int part = 0; part < 2; part++) {
		size_t d = n;
		while (d > 0 && trace_digit(s.ptr[d - 1]))
			d--;
		if (d == n || d < 2 || s.ptr[d - 1] != ':')
			return part == 1 ? span_head(s, n) : span_of(s.ptr, 0);
		n = d - 1;
	}
	return span_head(s, n);
}

struct span trace_place_at_start(struct span s, struct span *rest)
{
	struct span none = span_of(s.ptr, 0);
	size_t limit = s.len < 300 ? s.len : 300, i = 0;
	bool pathlike = false;
	if (s.len > 2 && s.ptr[1] == ':' && (s.ptr[2] == '\\' || s.ptr[2] == '/'))
		i = 2; /* a drive */
	for (; i < limit && s.ptr[i] != ':'; i++) {
		char c = s.ptr[i];
		if (c == ' ' || c == '\t' || c == '"' || c == '=')
			return none;
		pathlike |= c == '.' || c == '/';
	}
	size_t d = i < limit ? trace_digits(s, i + 1) : 0;
	size_t behind = i + 1 + d;
	if (!pathlike || d == 0 || behind >= s.len || s.ptr[behind] != ':')
		return none;
	size_t column = trace_digits(s, behind + 1);
	if (column && behind + 1 + column < s.len && s.ptr[behind + 1 + column] == ':')
		behind += 1 + column;
	*rest = span_from(s, behind + 1);
	return span_head(s, i);
}

bool trace_line(struct trace_form *out, enum trace_role role, enum trace_language language, enum trace_after after)
{
	*out = (struct trace_form){role, language, after};
	return true;
}

bool trace_frame(struct trace_form *out, enum trace_language language, bool foreign, enum trace_after after)
{
	return trace_line(out, foreign ? TRACE_FOREIGN : TRACE_FRAME, language, after);
}

struct span trace_before(struct span s, struct span mark)
{
	size_t at = span_find(s, mark);
	return at == SIZE_MAX ? span_of(s.ptr, 0) : span_head(s, at);
}

struct span trace_skip_blanks(struct span s)
{
	while (s.len && (s.ptr[0] == ' ' || s.ptr[0] == '\t'))
		s = span_from(s, 1);
	return s;
}

struct trace_signs trace_signs_of(struct span s)
{
	struct trace_signs out = {false, false, false};
	uint64_t behind_plus = 0, behind_colon = 0, behind_place = 0, behind_digit = 0;
	for (size_t base = 0; base < s.len; base += 64) {
		const struct letters found = letters_at(s, base);
		uint64_t places = found.colons & ~(found.digits << 1 | behind_digit);
		if (base == 0)
			places &= ~UINT64_C(3); /* "C:", ":" */
		out.plus |= ((found.pluses << 1 | behind_plus) & found.digits) != 0;
		out.colon |= ((found.colons << 1 | behind_colon) & found.blanks) != 0;
		out.place |= ((places << 1 | behind_place) & found.digits) != 0;
		behind_plus = found.pluses >> 63;
		behind_colon = found.colons >> 63;
		behind_place = places >> 63;
		behind_digit = found.digits >> 63;
	}
	return out;
}
