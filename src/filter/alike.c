#include "filter/alike.h"

static bool is_digit(char c) { return c >= '0' && c <= '9'; }
static char at(struct span s, size_t i) { return i < s.len ? s.ptr[i] : '\0'; }

/* After a backslash: past what it begins. False: it may tell digits apart. */
static bool pass_escape(struct span s, size_t *i)
{
	char c = at(s, (*i)++);
	/* Classes that hold all digits or none, places, and punctuation; not \1, \g, \k, \x, \o, \c, \Q, \E, \K, \N{…}. */
	if (c == 'p' || c == 'P') {
		if (at(s, *i) != '{')
			return false;
		while (*i < s.len && s.ptr[*i] != '}')
			if (is_digit(s.ptr[(*i)++]))
				return false;
		return true;
	}
	return c && (strchr("dDwWsShHvVRbBAzZGtnrfae", c) || !(is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')));
}

/* After a class's '[': past its ']'. A digit is allowed only in 0-9. */
static bool pass_class(struct span s, size_t *i)
{
	if (at(s, *i) == '^')
		(*i)++;
	if (at(s, *i) == ']')
		(*i)++;
	while (*i < s.len && s.ptr[*i] != ']') {
		char c = s.ptr[(*i)++];
		if (c == '0' && at(s, *i) == '-' && at(s, *i + 1) == '9')
			*i += 2;
		else if (is_digit(c) || (c == '\\' && !pass_escape(s, i)))
			return false;
	}
	(*i)++;
	return true;
}

/* After a '{': past a quantifier's '}', or not at all. */
static void pass_count(struct span s, size_t *i)
{
	size_t end = *i;
	while (is_digit(at(s, end)) || at(s, end) == ',')
		end++;
	if (at(s, end) == '}')
		*i = end + 1;
}

bool digits_are_alike(struct span pattern)
{
	for (size_t i = 0; i < pattern.len;) {
		char c = pattern.ptr[i++];
		if (is_digit(c) || (c == '[' && !pass_class(pattern, &i)) || (c == '\\' && !pass_escape(pattern, &i)))
			return false;
		if (c == '{')
			pass_count(pattern, &i);
		/* Groups (?: (?= (?! (?<= (?<! (?> (?i: and named ones; not conditions, calls, verbs, (?|. */
		if (c == '(' && at(pattern, i) == '*')
			return false;
		if (c == '(' && at(pattern, i) == '?' && (!at(pattern, i + 1) || !strchr(":=!<>Pimsx-^", at(pattern, i + 1))))
			return false;
		if (c == '(' && at(pattern, i) == '?' && at(pattern, i + 1) == 'P' && at(pattern, i + 2) != '<')
			return false;
	}
	return true;
}
