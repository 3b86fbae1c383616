/* Marks at the ends of a line, places and details. Asked of every new kind of line, and of each line that a log without end of
 * kinds has: so the first or last byte decides which texts are compared at all. */
#include "log/verdict_parts.h"

/* The text, and one behind which no letter, digit or '_' stands. */
#define STARTS(text) span_starts(s, SPAN(text))
#define WORD(text) (STARTS(text) && is_word_end(s, sizeof(text) - 1))
#define ENDS(text) span_ends(s, SPAN(text))

static bool is_word_end(struct span s, size_t i)
{
	const char c = at(s, i);
	return !(is_letter(c) || is_digit(c) || c == '_');
}

static bool has_failure_head(struct span s)
{
	switch (s.ptr[0]) {
	case 'F':
		return WORD("FAIL") || WORD("FAILED") || WORD("FAILURE") || WORD("FAILURES") || WORD("FATAL") || WORD("Failure") ||
		       WORD("Failures") || WORD("Failed") || WORD("Fatal");
	case 'E':
		return WORD("ERROR") || WORD("ERRORS") || WORD("Error") || WORD("Errors") || STARTS("ERR!") || STARTS("ERR ") ||
		       STARTS("E   ") || WORD("Exception in");
	case 'e':
		return STARTS("error:") || STARTS("error[");
	case 'f':
		return STARTS("fatal:");
	case 'n':
		return WORD("not ok") || STARTS("npm ERR!") || WORD("npm error");
	case 'p':
		return STARTS("panic:");
	case 'A':
		return WORD("Aborted");
	case 'K':
		return WORD("Killed");
	case 'O':
		return WORD("Offenses");
	case 'T':
		return WORD("Traceback");
	case 'U':
		return WORD("Unhandled") || WORD("Uncaught");
	case 'V':
		return WORD("Violations");
	case '-':
		return WORD("--- FAIL");
	case '=':
		return WORD("=== FAIL");
	case '[':
		return STARTS("[ERROR]") || STARTS("[FAIL") || STARTS("[error]") || STARTS("[  FAILED") || STARTS("[!] ");
	case '(':
		return STARTS("(FAILED") || STARTS("(E) ");
	case '#':
		return STARTS("##[error]");
	case ':':
		return WORD("::error");
	case '*':
		return STARTS("* What went wrong") || WORD("*** Error");
	case '!':
		return STARTS("!!! ");
	case '\xc3':
		return STARTS("\xc3\x97 "); /* × */
	case '\xe2':
		return STARTS("\xe2\x9c\x97") /* ✗ */ || STARTS("\xe2\x9c\x98") /* ✘ */ || STARTS("\xe2\x9c\x95") /* ✕ */ ||
		       STARTS("\xe2\x9c\x96") /* ✖ */ || STARTS("\xe2\x9d\x8c") /* ❌ */ || STARTS("\xe2\x97\x8f ") /* ● */ ||
		       STARTS("\xe2\xa8\xaf") /* ⨯ */ || STARTS("\xe2\x9d\x97") /* ❗ */ || STARTS("\xe2\x8e\xaf") /* ⎯ */;
	case '\xf0':
		return STARTS("\xf0\x9f\x94\xb4"); /* 🔴 */
	default:
		return false;
	}
}

static bool has_failure_tail(struct span s)
{
	switch (s.ptr[s.len - 1]) {
	case 'd':
		return ENDS(" failed") || ENDS("... failed") || ENDS(" crashed") || ENDS(" aborted");
	case 'D':
		return ENDS(" FAILED") || ENDS("...FAILED");
	case 'L':
		return ENDS(" FAIL") || ENDS("...FAIL");
	case 'R':
		return ENDS(" ERROR");
	case ':':
		return ENDS(" failed:");
	case '!':
		return ENDS(" FAILED!") || ENDS(" <<< FAILURE!") || ENDS(" <<< ERROR!");
	case ')':
		return ENDS("(FAILED)");
	case ']':
		return ENDS("[FAIL]") || ENDS("[FAILED]") || ENDS("[ERROR]");
	default:
		return false;
	}
}

static bool has_pass_head(struct span s)
{
	switch (s.ptr[0]) {
	case 'o':
		return STARTS("ok ") || STARTS("ok:");
	case 'O':
		return STARTS("OK ");
	case 'P':
		return WORD("PASS") || WORD("PASSED");
	case 'S':
		return WORD("SKIPPED") || WORD("SKIP");
	case 'X':
		return WORD("XFAIL");
	case '-':
		return WORD("--- PASS");
	case '=':
		return WORD("=== RUN") || WORD("=== PAUSE") || WORD("=== CONT");
	case '[':
		return STARTS("[PASS") || STARTS("[       OK") || STARTS("[ OK") || STARTS("[OK]") || STARTS("[  PASSED") ||
		       STARTS("[ RUN") || STARTS("[ SKIPPED") || STARTS("[SKIP");
	case '\xe2':
		return STARTS("\xe2\x9c\x93") /* ✓ */ || STARTS("\xe2\x9c\x94") /* ✔ */ || STARTS("\xe2\x88\x9a") /* √ */ ||
		       STARTS("\xe2\x9c\x85") /* ✅ */ || STARTS("\xe2\x96\xb8 \xe2\x9c\x93") /* ▸ ✓ */;
	default:
		return false;
	}
}

static bool has_pass_tail(struct span s)
{
	switch (s.ptr[s.len - 1]) {
	case 'k':
		return ENDS(" ok") || ENDS("...ok");
	case 'K':
		return ENDS(" OK");
	case 'd':
		return ENDS(" passed") || ENDS(" Passed");
	case 'D':
		return ENDS(" PASSED") || ENDS(" SKIPPED");
	case 's':
		return ENDS(" pass");
	case 'S':
		return ENDS(" PASS");
	case ']':
		return ENDS(" [OK]") || ENDS(" [ OK ]") || ENDS(" [PASS]");
	case '\x93':
		return ENDS(" \xe2\x9c\x93"); /* ✓ */
	case '\x94':
		return ENDS(" \xe2\x9c\x94"); /* ✔ */
	default:
		return false;
	}
}

static bool has_noise_head(struct span s)
{
	switch (s.ptr[0]) {
	case 'a':
		return STARTS("ar ");
	case 'c':
		return STARTS("cc ") || STARTS("c++ ") || STARTS("clang ") || STARTS("clang++ ");
	case 'e':
		return STARTS("export ");
	case 'g':
		return STARTS("gcc ") || STARTS("g++ ");
	case 'j':
		return STARTS("javac ");
	case 'l':
		return STARTS("libtool: ");
	case 'r':
		return STARTS("ranlib ") || STARTS("rustc ") || STARTS("remote: ");
	case 'C':
		return STARTS("Collecting ");
	case 'G':
		return STARTS("Get:");
	case 'H':
		return STARTS("Hit:");
	case 'I':
		return STARTS("Ign:");
	case 'S':
		return STARTS("Setting ");
	case '/':
		return STARTS("/usr/bin/cc ") || STARTS("/usr/bin/c++ ");
	case '[':
		return STARTS("[command]");
	default:
		return false;
	}
}

/* "....F..." and the like: results as single letters. */
static bool is_result_dots(struct span s)
{
	size_t dots = 0, others = 0;
	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];
		if (c == '.')
			dots++;
		else if (c == '%' || c == '[' || c == ']' || c == ' ' || is_digit(c) || c == '/' || c == '(' || c == ')')
			continue;
		else if (c == 's' || c == 'S' || c == 'I' || c == '*' || c == 'x')
			others++;
		else
			return false;
	}
	return dots >= 3 && others <= dots;
}

/* "[ 50%] Building", "12/340 …", " 45% |###": progress. */
static bool is_progress(struct span s)
{
	size_t i = 0;
	if (at(s, 0) == '[' || at(s, 0) == '(')
		i++;
	while (at(s, i) == ' ')
		i++;
	size_t digits = i;
	while (is_digit(at(s, i)))
		i++;
	if (i == digits)
		return false;
	if (at(s, i) == '%')
		return true;
	if (s.ptr[0] == '[' && at(s, i) == '/') {
		while (is_digit(at(s, ++i)))
			;
		return at(s, i) == ']';
	}
	return false;
}

bool mark_is_noise(struct span s) { return is_progress(s) || has_noise_head(s); }
bool mark_fails(struct span s) { return has_failure_head(s) || has_failure_tail(s); }
bool mark_passes(struct span s) { return has_pass_head(s) || has_pass_tail(s) || is_result_dots(s); }

/* " PASSED " somewhere: by its rarest byte, many times as fast as a search for all of it. */
bool mark_says_passed(struct span s)
{
	static const char text[] = {' ', 'P', 'A', 'S', 'S', 'E', 'D', ' '};
	for (const char *p = s.ptr, *end = s.ptr + s.len; (p = memchr(p, 'P', (size_t)(end - p))) != NULL; p++)
		if (p > s.ptr && (size_t)(end - p) >= sizeof text - 1 && memcmp(p - 1, text, sizeof text) == 0)
			return true;
	return false;
}

bool mark_is_rule(struct span s)
{
	/* Most lines are turned away at once. */
	static const bool draws[256] = {
		['\0'] = true, ['-'] = true, ['='] = true, ['_'] = true, ['*'] = true, ['#'] = true,
		['~'] = true,  ['+'] = true, ['.'] = true, [' '] = true, ['|'] = true, ['>'] = true,
	};
	for (size_t i = 0; i < s.len; i++)
		if (!draws[(unsigned char)s.ptr[i]])
			return false;
	return true;
}

/* "==== text ====", "---- text ----": a rule around words. */
bool mark_is_heading(struct span s)
{
	char c = at(s, 0);
	if (s.len < 9 || !strchr("=-_*#~", c) || s.ptr[1] != c || s.ptr[2] != c)
		return false;
	return s.ptr[s.len - 1] == c && s.ptr[s.len - 2] == c && s.ptr[s.len - 3] == c;
}

/* "1) name", "  12) name" */
bool mark_is_numbered(struct span s)
{
	size_t i = 0;
	while (is_digit(at(s, i)) && i < 5)
		i++;
	return i > 0 && at(s, i) == ')' && at(s, i + 1) == ' ' && s.len > i + 2;
}

/* "make[1]: *** [Makefile:3: all] Error 2"; an ignored one does not end anything. */
bool mark_is_make_error(struct span s)
{
	if (!memchr(s.ptr, '*', s.len < 40 ? s.len : 40))
		return false;
	size_t stars = span_find(span_head(s, 40), SPAN(": *** ["));
	if (stars == SIZE_MAX)
		return false;
	size_t error = span_find(s, SPAN("] Error "));
	return error != SIZE_MAX && is_digit(at(s, error + 8)) && !span_ends(s, SPAN("(ignored)"));
}

/* ---- locations and details ---------------------------------------------------------------------------------------- */

/* What may stand before a place. */
static struct span without_lead(struct span s)
{
#define LEAD(text)      \
	if (STARTS(text)) \
	return span_from(s, sizeof(text) - 1)
	switch (s.ptr[0]) {
	case 'a':
		LEAD("at ");
		break;
	case 'i':
		LEAD("in ");
		break;
	case 'F':
		LEAD("File \"");
		break;
	case '-':
		LEAD("--> ");
		LEAD("- ");
		break;
	case '>':
		LEAD("> ");
		break;
	case '#':
		LEAD("# ");
		break;
	case ':':
		LEAD("::: ");
		break;
	case '|':
		LEAD("| ");
		break;
	case '\xe2':
		LEAD("\xe2\x9d\xaf "); /* ❯ */
		break;
	default:
		break;
	}
#undef LEAD
	return s;
}

/* Bytes that a path is told by, and those that end one. */
enum { PLACE_DOT = 1, PLACE_SLASH, PLACE_STOP };
static const unsigned char places[256] = {
	['.'] = PLACE_DOT,  ['/'] = PLACE_SLASH, ['\\'] = PLACE_SLASH, [' '] = PLACE_STOP, ['\t'] = PLACE_STOP,
	[':'] = PLACE_STOP, ['('] = PLACE_STOP,  ['"'] = PLACE_STOP,   ['['] = PLACE_STOP, [','] = PLACE_STOP,
};

bool mark_is_location(struct span s)
{
	s = without_lead(s);
	if (STARTS("//"))
		return false;
	bool dot = false, slash = false;
	size_t i = 0;
	for (const size_t most = s.len < 256 ? s.len : 256; i < most; i++) {
		const unsigned char place = places[(unsigned char)s.ptr[i]];
		if (!place)
			continue;
		if (place == PLACE_STOP)
			break;
		slash |= place == PLACE_SLASH;
		dot |= place == PLACE_DOT && is_letter(at(s, i + 1));
	}
	if (i == 0 || !(dot || slash))
		return false;
	struct span rest = span_from(s, i);
	if (at(rest, 0) == ':' && at(rest, 1) == '[' && is_digit(at(rest, 2)))
		return true; /* X.java:[12,3] */
	if ((at(rest, 0) == ':' || at(rest, 0) == '(' || at(rest, 0) == '[') && is_digit(at(rest, 1))) {
		size_t d = 1;
		while (is_digit(at(rest, d)))
			d++;
		char after = at(rest, d);
		return dot || after == ':' || after == ',' ? strchr(":,) ]-", after) != NULL || after == '\0' || after == '\t' : false;
	}
	return dot && (span_starts(rest, SPAN("\", line ")) || span_starts(rest, SPAN(" line ")) || span_starts(rest, SPAN(", line ")));
}

/* A checker's code that says error by its letter, behind the place: "f.py:3:0: E1101: …", "f.c:4: F401 …", "F:L:C: E: …". */
bool mark_has_error_letter(struct span s)
{
	size_t at_colon = span_find(s, SPAN(": "));
	if (at_colon == SIZE_MAX)
		return false;
	struct span code = span_from(s, at_colon + 2);
	if (at(code, 0) != 'E' && at(code, 0) != 'F')
		return false;
	size_t i = 1;
	while (is_digit(at(code, i)))
		i++;
	return (i >= 4 && i <= 6 && (at(code, i) == ':' || at(code, i) == ' ')) || (i == 1 && at(code, 1) == ':');
}

/* A sign that a value follows, behind a word of so many bytes. */
static bool opens_value(struct span s, size_t i)
{
	while (at(s, i) == ' ')
		i++;
	const char c = at(s, i);
	return c == ':' || c == '=' || c == '<' || c == '(';
}

/* "Expected: 3", "actual = 4" */
static bool is_named_value(struct span s)
{
#define NAMED(text) (STARTS(text) && opens_value(s, sizeof(text) - 1))
	switch (s.ptr[0]) {
	case 'a':
		return NAMED("actual") || NAMED("act") || NAMED("assert");
	case 'b':
		return NAMED("but was") || NAMED("but got");
	case 'c':
		return NAMED("cause") || NAMED("candidate");
	case 'd':
		return NAMED("diff") || NAMED("difference");
	case 'e':
		return NAMED("expected") || NAMED("expect") || NAMED("exp");
	case 'f':
		return NAMED("found");
	case 'g':
		return NAMED("got");
	case 'h':
		return NAMED("help");
	case 'l':
		return NAMED("left");
	case 'm':
		return NAMED("message");
	case 'n':
		return NAMED("note");
	case 'r':
		return NAMED("received") || NAMED("reason") || NAMED("required") || NAMED("right");
	case 's':
		return NAMED("stderr");
	case 't':
		return NAMED("to equal");
	case 'w':
		return NAMED("want") || NAMED("wanted") || NAMED("was");
	case 'A':
		return NAMED("Actual") || NAMED("ACTUAL");
	case 'C':
		return NAMED("Cause") || NAMED("Candidate");
	case 'D':
		return NAMED("Diff") || NAMED("Difference");
	case 'E':
		return NAMED("Expected") || NAMED("EXPECTED") || NAMED("Error message") || NAMED("Error text");
	case 'G':
		return NAMED("Got") || NAMED("GOT");
	case 'L':
		return NAMED("Location");
	case 'M':
		return NAMED("Message");
	case 'O':
		return NAMED("Output");
	case 'R':
		return NAMED("Received") || NAMED("Reason");
	case 'S':
		return NAMED("Stderr");
	case 'W':
		return NAMED("Want");
	case '=':
		return NAMED("= note") || NAMED("= help");
	default:
		return false;
	}
}

bool mark_is_detail(struct span line, struct span s)
{
	const char c = s.ptr[0];
	if (is_letter(c) && line.ptr[0] != '+' && line.ptr[0] != '-')
		return is_named_value(s);
	if (c == '^' || c == '~')
		return s.len > 2 || memchr(s.ptr, '^', s.len) != NULL;
	if (STARTS("@@ ") || STARTS("--> ") || STARTS("+++ ") || STARTS("--- "))
		return true;
	if ((at(line, 0) == '+' || at(line, 0) == '-') && line.len > 1 && at(line, 1) != '-' && at(line, 1) != '+')
		return true;
	if ((c == '+' || c == '-') && s.len > 1 && at(s, 1) != '-' && at(s, 1) != '+' && line.len != s.len)
		return true;
	size_t i = c == '>' ? 1 : 0;
	while (at(s, i) == ' ')
		i++;
	size_t digits = i;
	while (is_digit(at(s, i)))
		i++;
	if (i > digits || at(s, i) == '|') {
		while (at(s, i) == ' ')
			i++;
		if (at(s, i) == '|' && at(s, i + 1) != '|')
			return true; /* "  12 | code", "   | ^^^" */
	}
	return is_named_value(s);
}
