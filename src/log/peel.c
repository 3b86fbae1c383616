#include "log/peel.h"

#include <stdint.h>

static bool is_digit(char c) { return c >= '0' && c <= '9'; }
static char at(struct span s, size_t i) { return i < s.len ? s.ptr[i] : '\0'; }

/* Matches `s` against a picture: 9 a digit, anything else itself. Returns its length or 0. */
static size_t picture(struct span s, const char *p)
{
	size_t i = 0;
	for (; p[i]; i++) {
		char c = at(s, i);
		if (p[i] == '9' ? !is_digit(c) : c != p[i])
			return 0;
	}
	return i;
}

/* "2024-01-02T03:04:05.678Z ", also in brackets: what runners put before each line. 0 when it is not there. */
static size_t runner_stamp(struct span s)
{
	bool bracket = at(s, 0) == '[';
	struct span t = span_from(s, bracket);
	size_t n = picture(t, "9999-99-99T99:99:99");
	if (!n)
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

/* Compose: "web_1  | text", "db-1 | text". */
static size_t container_prefix(struct span s)
{
	size_t i = 0;
	bool digit = false;
	while (i < s.len && i < 40 && s.ptr[i] != ' ' && s.ptr[i] != '|') {
		char c = s.ptr[i];
		if (!((c >= 'a' && c <= 'z') || is_digit(c) || c == '_' || c == '-' || c == '.'))
			return 0;
		digit = is_digit(c);
		i++;
	}
	if (i == 0 || !digit)
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

struct peeled peel_line(struct span s, bool ci)
{
	struct peeled p = {s, PEEL_NONE};
	for (int rounds = 0; rounds < 6; rounds++) {
		struct span t = p.text;
		size_t n = runner_stamp(t);
		if (n) {
			p.text = span_from(t, n);
			p.text = span_from(p.text, stream_column(p.text));
			continue;
		}
		if ((n = builder_prefix(t)) || (n = container_prefix(t))) {
			p.text = span_from(t, n);
			continue;
		}
		if (!ci)
			break;
		if (span_starts(t, SPAN("travis_fold:start:")) || span_starts(t, SPAN("travis_time:start:")) ||
		    span_starts(t, SPAN("section_start:"))) {
			p.event = PEEL_COMMAND;
			p.text = span_from(t, word_and_blanks(t));
			continue;
		}
		if (span_starts(t, SPAN("travis_fold:end:")) || span_starts(t, SPAN("travis_time:end:")) ||
		    span_starts(t, SPAN("section_end:"))) {
			p.event = PEEL_END;
			p.text = span_from(t, word_and_blanks(t));
			continue;
		}
		/* Some macOS images print the terminal's newline capability as the letters "nl" before each line. */
		if (span_starts(t, SPAN("nl")) && (t.len == 2 || !(at(t, 2) >= 'a' && at(t, 2) <= 'z'))) {
			p.text = span_from(t, 2);
			continue;
		}
		break;
	}
	if (ci && p.event == PEEL_NONE) {
		struct span t = p.text;
		if (span_starts(t, SPAN("##[group]Run ")) || span_starts(t, SPAN("::group::Run ")) || span_starts(t, SPAN("##[section]Starting")))
			p.event = PEEL_COMMAND;
		else if (span_starts(t, SPAN("##[endgroup]")) || span_starts(t, SPAN("::endgroup::")))
			p.event = PEEL_NONE; /* a group's end closes the step's heading, its output follows */
		else if (span_starts(t, SPAN("[Pipeline] ")) || span_starts(t, SPAN("--- ")) || span_starts(t, SPAN("~~~ ")))
			p.event = span_starts(t, SPAN("[Pipeline] ")) ? PEEL_COMMAND : PEEL_NONE;
		else if (span_starts(t, SPAN("##[error]")) &&
		         (span_find(t, SPAN("exit code")) != SIZE_MAX || span_find(t, SPAN("exited with")) != SIZE_MAX))
			p.event = PEEL_FAILED;
	}
	return p;
}
