#include "log/peel.h"

#include <stdint.h>

static bool is_digit(char c) { return c >= '0' && c <= '9'; }
static char at(struct span s, size_t i) { return i < s.len ? s.ptr[i] : '\0'; }

/* Eight bytes against a picture, "0000-00-": a 0 stands for any digit. What differs from it is at most 9 then, and nothing elsewhere:
 * such differences do not reach the top bit of their byte when `least`, less one, is taken from there. */
static bool shows(const char *bytes, const char picture[8], const char least[8])
{
	const uint64_t tops = UINT64_C(0x8080808080808080);
	uint64_t x, wanted, add;
	memcpy(&x, bytes, 8);
	memcpy(&wanted, picture, 8);
	memcpy(&add, least, 8);
	x ^= wanted;
	return !((x | (x + add)) & tops);
}

/* "2024-01-02T03:04:05" */
static bool is_stamp(struct span s)
{
	enum { LEN = 19 };
	return s.len >= LEN && shows(s.ptr, "0000-00-", "\x76\x76\x76\x76\x7f\x76\x76\x7f") &&
	       shows(s.ptr + 8, "00T00:00", "\x76\x76\x7f\x76\x76\x7f\x76\x76") &&
	       shows(s.ptr + LEN - 8, "00:00:00", "\x76\x76\x7f\x76\x76\x7f\x76\x76");
}

/* "2024-01-02T03:04:05.678Z ", also in brackets: what runners put before each line. 0 when it is not there. */
static size_t runner_stamp(struct span s)
{
	bool bracket = at(s, 0) == '[';
	struct span t = span_from(s, bracket);
	size_t n = 19;
	if (!is_stamp(t))
		return 0;
	if (at(t, n) == '.')
		for (n++; is_digit(at(t, n)); n++)
			;
	if (at(t, n) != 'Z')
		return 0;
	n++;
	if (bracket && at(t, n++) != ']')
		return 0;
	return at(t, n) == ' ' ? n + 1 + bracket : t.len == n ? n + bracket : 0;
}

/* GitLab's stream column behind the time stamp: "00O ", "01E+". */
static size_t stream_column(struct span s)
{
	return is_digit(at(s, 0)) && is_digit(at(s, 1)) && (at(s, 2) == 'O' || at(s, 2) == 'E') &&
	               (at(s, 3) == ' ' || at(s, 3) == '+')
	               ? 4
	               : 0;
}

/* Docker's builder: "#12 3.456 text". */
static size_t builder_prefix(struct span s)
{
	size_t i = 1;
	if (at(s, 0) != '#' || !is_digit(at(s, 1)))
		return 0;
	while (is_digit(at(s, i)))
		i++;
	if (at(s, i++) != ' ' || !is_digit(at(s, i)))
		return 0;
	while (is_digit(at(s, i)))
		i++;
	if (at(s, i++) != '.')
		return 0;
	while (is_digit(at(s, i)))
		i++;
	return at(s, i) == ' ' ? i + 1 : 0;
}

/* In names of containers: 1, and 2 more for digits. */
static const uint8_t in_name[256] = {
	['a'] = 1, ['b'] = 1, ['c'] = 1, ['d'] = 1, ['e'] = 1, ['f'] = 1, ['g'] = 1, ['h'] = 1, ['i'] = 1, ['j'] = 1, ['k'] = 1, ['l'] = 1, ['m'] = 1,
	['n'] = 1, ['o'] = 1, ['p'] = 1, ['q'] = 1, ['r'] = 1, ['s'] = 1, ['t'] = 1, ['u'] = 1, ['v'] = 1, ['w'] = 1, ['x'] = 1, ['y'] = 1, ['z'] = 1,
	['0'] = 3, ['1'] = 3, ['2'] = 3, ['3'] = 3, ['4'] = 3, ['5'] = 3, ['6'] = 3, ['7'] = 3, ['8'] = 3, ['9'] = 3, ['_'] = 1, ['-'] = 1, ['.'] = 1,
};

/* Compose: "web_1  | text", "db-1 | text". */
static size_t container_prefix(struct span s)
{
	enum { MOST = 40 };
	size_t i = 0;
	while (i < s.len && i < MOST && in_name[(uint8_t)s.ptr[i]])
		i++;
	if (i == 0 || in_name[(uint8_t)s.ptr[i - 1]] != 3 || (i < MOST && i < s.len && s.ptr[i] != ' ' && s.ptr[i] != '|'))
		return 0;
	while (at(s, i) == ' ')
		i++;
	if (at(s, i) != '|')
		return 0;
	return at(s, i + 1) == ' ' ? i + 2 : i + 1 == s.len ? i + 1 : 0;
}

/* Length of a leading word that ends in a blank or the line's end. */
static size_t word_and_blanks(struct span s)
{
	size_t i = 0;
	while (i < s.len && s.ptr[i] != ' ' && s.ptr[i] != '\t')
		i++;
	while (i < s.len && (s.ptr[i] == ' ' || s.ptr[i] == '\t'))
		i++;
	return i;
}

/* What a CI system puts at the head of a line; 0 when it is not there. */
static size_t ci_prefix(struct span s, enum peel_event *event)
{
	switch (at(s, 0)) {
	case 't':
	case 's':
		if (span_starts(s, SPAN("travis_fold:start:")) || span_starts(s, SPAN("travis_time:start:")) || span_starts(s, SPAN("section_start:"))) {
			*event = PEEL_COMMAND;
			return word_and_blanks(s);
		}
		if (span_starts(s, SPAN("travis_fold:end:")) || span_starts(s, SPAN("travis_time:end:")) || span_starts(s, SPAN("section_end:"))) {
			*event = PEEL_END;
			return word_and_blanks(s);
		}
		return 0;
	case 'n': /* Some macOS images print the terminal's newline capability as the letters "nl" before each line. */
		return at(s, 1) == 'l' && (s.len == 2 || !(at(s, 2) >= 'a' && at(s, 2) <= 'z')) ? 2 : 0;
	default:
		return 0;
	}
}

/* What the line itself is, to a CI system. */
static enum peel_event ci_event(struct span s)
{
	switch (at(s, 0)) {
	case '#':
		if (span_starts(s, SPAN("##[group]Run ")) || span_starts(s, SPAN("##[section]Starting")))
			return PEEL_COMMAND;
		if (span_starts(s, SPAN("##[error]")) && (span_find(s, SPAN("exit code")) != SIZE_MAX || span_find(s, SPAN("exited with")) != SIZE_MAX))
			return PEEL_FAILED;
		return PEEL_NONE; /* a group's end closes the step's heading, its output follows */
	case ':':
		return span_starts(s, SPAN("::group::Run ")) ? PEEL_COMMAND : PEEL_NONE;
	case '[':
		return span_starts(s, SPAN("[Pipeline] ")) ? PEEL_COMMAND : PEEL_NONE;
	default:
		return PEEL_NONE;
	}
}

/* Each kind of decoration begins with bytes of its own: most lines are asked for none. */
struct peeled peel_line(struct span s, bool ci)
{
	struct peeled p = {s, PEEL_NONE};
	for (int rounds = 0; rounds < 6; rounds++) {
		struct span t = p.text;
		char c = at(t, 0);
		size_t n;
		if ((is_digit(c) || c == '[') && (n = runner_stamp(t))) {
			p.text = span_from(t, n);
			p.text = span_from(p.text, stream_column(p.text));
		} else if ((c == '#' && (n = builder_prefix(t))) || (n = container_prefix(t)) || (ci && (n = ci_prefix(t, &p.event)))) {
			p.text = span_from(t, n);
		} else {
			break;
		}
	}
	if (ci && p.event == PEEL_NONE)
		p.event = ci_event(p.text);
	return p;
}
