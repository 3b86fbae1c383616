#include "log/verdict.h"

#include "log/cues.h"
#include "log/title.h"

#include <stdint.h>
#include <string.h>

/* Base values of the classes of evidence. DESIGN 7 step 3 gives where they come from; they may move by 40 % without harm. */
#define BASE_STRONG 1.0f
#define BASE_COUNT 0.6f
#define BASE_LEVEL 0.7f
#define BASE_ERROR 0.5f
#define BASE_EXIT 0.5f
#define BASE_LOCATION 0.3f
#define BASE_DETAIL 0.2f
#define BASE_WEAK 0.1f
#define FACTOR_PASS 0.1f
#define FACTOR_NOISE 0.3f
#define FACTOR_WARNING 0.2f
#define FACTOR_INFO 0.5f

enum { WORD_MAX = 24, PHRASE_WORDS = 3 };

static bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
static bool is_digit(char c) { return c >= '0' && c <= '9'; }
static bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
static bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
static char at(struct span s, size_t i) { return i < s.len ? s.ptr[i] : '\0'; }

struct evidence {
	bool strong, error, exit, weak, warning, location, count, zero_count, detail, pass, noise, numbered, exited, by_number, marked;
	bool warning_first; /* a warning word stood in a level position before any error word */
};

/* ---- marks at the ends of a line ---------------------------------------------------------------------------------- */

struct mark {
	const char *text;
	bool needs_boundary; /* what follows must not be a letter, digit or '_' */
};

static const struct mark failure_heads[] = {
	{"FAIL", true},       {"FAILED", true},     {"FAILURE", true},   {"FAILURES", true},  {"Failure", true},
	{"Failures", true},   {"Failed", true},     {"ERROR", true},     {"ERRORS", true},    {"Error", true},
	{"Errors", true},     {"error:", false},    {"error[", false},   {"FATAL", true},     {"Fatal", true},
	{"fatal:", false},    {"not ok", true},     {"--- FAIL", true},  {"=== FAIL", true},  {"[ERROR]", false},
	{"[FAIL", false},     {"[error]", false},   {"[  FAILED", false}, {"npm ERR!", false}, {"npm error", true},
	{"ERR!", false},      {"##[error]", false}, {"::error", true},   {"panic:", false},   {"Traceback", true},
	{"Exception in", true}, {"Unhandled", true}, {"Uncaught", true}, {"Killed", true},    {"Aborted", true},
	{"E   ", false},      {"* What went wrong", false}, {"Offenses", true}, {"Violations", true}, {"ERR ", false},
	{"[!] ", false},      {"!!! ", false},      {"*** Error", true}, {"(FAILED", false},  {"(E) ", false},
	{"\xe2\x9c\x97", false} /* ✗ */, {"\xe2\x9c\x98", false} /* ✘ */, {"\xe2\x9c\x95", false} /* ✕ */,
	{"\xe2\x9c\x96", false} /* ✖ */, {"\xe2\x9d\x8c", false} /* ❌ */, {"\xc3\x97 ", false} /* × */,
	{"\xe2\x97\x8f ", false} /* ● */, {"\xe2\xa8\xaf", false} /* ⨯ */, {"\xe2\x9d\x97", false} /* ❗ */,
	{"\xf0\x9f\x94\xb4", false} /* 🔴 */, {"\xe2\x8e\xaf", false} /* ⎯ */,
};

static const char *const failure_tails[] = {
	" FAILED", " FAIL", " ERROR", "...FAILED", "...FAIL", "... failed", " FAILED!", " <<< FAILURE!", " <<< ERROR!",
	"(FAILED)", "[FAIL]", "[FAILED]", "[ERROR]", " failed", " failed:", " crashed", " aborted",
};

static const struct mark pass_heads[] = {
	{"\xe2\x9c\x93", false} /* ✓ */, {"\xe2\x9c\x94", false} /* ✔ */, {"\xe2\x88\x9a", false} /* √ */,
	{"\xe2\x9c\x85", false} /* ✅ */, {"\xe2\x96\xb8 \xe2\x9c\x93", false},
	{"ok ", false},       {"OK ", false},       {"PASS", true},      {"PASSED", true},    {"[PASS", false},
	{"[       OK", false}, {"[ OK", false},     {"[OK]", false},     {"--- PASS", true},  {"[  PASSED", false},
	{"[ RUN", false},     {"=== RUN", true},    {"=== PAUSE", true}, {"=== CONT", true},  {"ok:", false},
	{"SKIPPED", true},    {"SKIP", true},       {"XFAIL", true},     {"[ SKIPPED", false}, {"[SKIP", false},
};

static const char *const pass_tails[] = {
	"... ok", " PASSED", " OK", " [OK]", " [ OK ]", " passed", "...ok", " PASS", " Passed", " ok", "... OK", " pass", " SKIPPED",
	" [PASS]", " \xe2\x9c\x93", " \xe2\x9c\x94",
};

/* The last bytes of all tails. */
#define TAIL_LASTS "DLR!)]d:kKsS\x93\x94"

static const char *const noise_heads[] = {
	"gcc ", "g++ ", "cc ", "c++ ", "clang ", "clang++ ", "/usr/bin/cc ", "/usr/bin/c++ ", "libtool: ", "ar ", "ranlib ",
	"javac ", "rustc ", "Get:", "Hit:", "Ign:", "remote: ", "Collecting ", "[command]", "export ", "Setting ",
};

static bool any_head(struct span s, const struct mark *marks, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (marks[i].text[0] != at(s, 0))
			continue;
		struct span m = span_of_str(marks[i].text);
		if (!span_starts(s, m))
			continue;
		char after = at(s, m.len);
		if (!marks[i].needs_boundary || !(is_letter(after) || is_digit(after) || after == '_'))
			return true;
	}
	return false;
}

static bool any_start(struct span s, const char *const *texts, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (texts[i][0] == at(s, 0) && span_starts(s, span_of_str(texts[i])))
			return true;
	return false;
}

static bool any_end(struct span s, const char *const *texts, size_t count)
{
	if (!s.len || !strchr(TAIL_LASTS, s.ptr[s.len - 1]))
		return false;
	for (size_t i = 0; i < count; i++) {
		struct span t = span_of_str(texts[i]);
		if (t.ptr[t.len - 1] == s.ptr[s.len - 1] && span_ends(s, t))
			return true;
	}
	return false;
}

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

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

/* " PASSED " somewhere: by its rarest byte, many times as fast as a search for all of it. */
static bool says_passed(struct span s)
{
	static const char text[] = {' ', 'P', 'A', 'S', 'S', 'E', 'D', ' '};
	for (const char *p = s.ptr, *end = s.ptr + s.len; (p = memchr(p, 'P', (size_t)(end - p))) != NULL; p++)
		if (p > s.ptr && (size_t)(end - p) >= sizeof text - 1 && memcmp(p - 1, text, sizeof text) == 0)
			return true;
	return false;
}

static bool is_rule(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (is_letter(s.ptr[i]) || !strchr("-=_*#~+. |>", s.ptr[i]))
			return false;
	return true;
}

/* "==== text ====", "---- text ----": a rule around words. */
static bool is_heading(struct span s)
{
	char c = at(s, 0);
	if (s.len < 9 || !strchr("=-_*#~", c) || s.ptr[1] != c || s.ptr[2] != c)
		return false;
	return s.ptr[s.len - 1] == c && s.ptr[s.len - 2] == c && s.ptr[s.len - 3] == c;
}

/* ---- locations and details ---------------------------------------------------------------------------------------- */

/* Whether the line begins with "path:line" in one of its forms (after an arrow, "at", a bullet). */
static bool begins_with_location(struct span s)
{
	static const char *const leads[] = {"--> ", "at ", "File \"", "> ", "- ", "# ", "::: ", "in ", "\xe2\x9d\xaf ", "| "};
	for (size_t i = 0; i < COUNT_OF(leads); i++)
		if (leads[i][0] == at(s, 0) && span_starts(s, span_of_str(leads[i]))) {
			s = span_from(s, strlen(leads[i]));
			break;
		}
	if (span_starts(s, SPAN("/")) && span_starts(span_from(s, 1), SPAN("/")))
		return false;
	bool dot = false, slash = false;
	size_t i = 0;
	for (; i < s.len && i < 256; i++) {
		char c = s.ptr[i];
		if (c == '.' && is_letter(at(s, i + 1)))
			dot = true;
		else if (c == '/' || c == '\\')
			slash = true;
		else if (c == ' ' || c == '\t' || c == ':' || c == '(' || c == '"' || c == '[' || c == ',')
			break;
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
static bool has_error_letter(struct span s)
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

/* Lines that explain a failure beside them: expected and actual values, diff lines, excerpts with carets. */
static bool is_detail(struct span line, struct span s)
{
	if (at(s, 0) == '^' || at(s, 0) == '~')
		return span_find(s, SPAN("^")) != SIZE_MAX || s.len > 2;
	if (span_starts(s, SPAN("@@ ")) || span_starts(s, SPAN("--> ")) || span_starts(s, SPAN("+++ ")) || span_starts(s, SPAN("--- ")))
		return true;
	if ((at(line, 0) == '+' || at(line, 0) == '-') && line.len > 1 && at(line, 1) != '-' && at(line, 1) != '+')
		return true;
	if ((at(s, 0) == '+' || at(s, 0) == '-') && s.len > 1 && at(s, 1) != '-' && at(s, 1) != '+' && line.len != s.len)
		return true;
	size_t i = at(s, 0) == '>' ? 1 : 0;
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
	static const char *const words[] = {
		"Expected", "expected", "Actual", "actual", "Received", "received", "got", "Got", "want", "Want", "wanted", "left", "right",
		"but was", "but got", "Difference", "difference", "Diff", "diff", "Reason", "reason", "Message", "message", "Cause", "cause", "stderr",
		"Stderr", "Difference:", "expect", "assert", "required", "found", "exp", "act", "EXPECTED", "ACTUAL", "GOT", "was", "to equal", "= note",
		"= help", "help", "note", "Candidate", "candidate", "Output", "Error message", "Error text", "Location",
	};
	for (size_t w = 0; w < COUNT_OF(words); w++) {
		if (words[w][0] != at(s, 0))
			continue;
		struct span word = span_of_str(words[w]);
		if (!span_starts(s, word))
			continue;
		size_t j = word.len;
		while (at(s, j) == ' ')
			j++;
		char c = at(s, j);
		if (c == ':' || c == '=' || c == '<' || c == '(')
			return true;
	}
	return false;
}

/* "1) name", "  12) name" */
static bool is_numbered(struct span s)
{
	size_t i = 0;
	while (is_digit(at(s, i)) && i < 5)
		i++;
	return i > 0 && at(s, i) == ')' && at(s, i + 1) == ' ' && s.len > i + 2;
}

/* ---- words -------------------------------------------------------------------------------------------------------- */

struct word {
	char text[WORD_MAX + 1]; /* lower case */
	size_t len, begin, end;  /* in the line; len 0 when longer than WORD_MAX */
};

/* The letter in lower case; 0: no letter. */
static const char letters[256] = {
#define BOTH(c) [c] = c, [c - 32] = c
	BOTH('a'), BOTH('b'), BOTH('c'), BOTH('d'), BOTH('e'), BOTH('f'), BOTH('g'), BOTH('h'), BOTH('i'), BOTH('j'), BOTH('k'), BOTH('l'), BOTH('m'),
	BOTH('n'), BOTH('o'), BOTH('p'), BOTH('q'), BOTH('r'), BOTH('s'), BOTH('t'), BOTH('u'), BOTH('v'), BOTH('w'), BOTH('x'), BOTH('y'), BOTH('z'),
#undef BOTH
};

/* The next word at or after *pos; false at the end. */
static bool next_word(struct span s, size_t *pos, struct word *w)
{
	size_t i = *pos;
	while (i < s.len && !letters[(unsigned char)s.ptr[i]])
		i++;
	if (i >= s.len)
		return false;
	w->begin = i;
	size_t n = 0;
	for (; i < s.len; i++) {
		char c = letters[(unsigned char)s.ptr[i]];
		/* "don't", "isn't" */
		if (!c && !(s.ptr[i] == '\'' && i > w->begin && at(s, i + 1) == 't'))
			break;
		if (n < WORD_MAX)
			w->text[n++] = c ? c : '\'';
	}
	w->end = i;
	w->text[n] = '\0';
	w->len = i - w->begin > WORD_MAX ? 0 : n;
	*pos = i;
	return true;
}

/* The first cue whose phrase begins with this word, or -1. */
static int first_cue(const struct word *w)
{
	uint64_t eight = 0;
	for (size_t i = w->len < 8 ? w->len : 8; i-- > 0;)
		eight = eight << 8 | (unsigned char)w->text[i];
	for (unsigned slot = cue_slot(eight, w->len); cue_slots[slot]; slot = (slot + 1) % CUE_SLOTS) {
		const char *phrase = cues[cue_slots[slot] - 1].phrase;
		if (strncmp(phrase, w->text, w->len) == 0 && (phrase[w->len] == '\0' || phrase[w->len] == ' '))
			return cue_slots[slot] - 1;
	}
	return -1;
}

static bool only_soft(struct span s, size_t from, size_t to)
{
	for (; from < to; from++)
		if (!strchr(" -'\"`\t", s.ptr[from]))
			return false;
	return true;
}

/* The longest cue phrase that starts with word w; *end receives where it ends in the line. */
static const struct cue *cue_at(struct span s, const struct word *w, size_t *end)
{
	if (!w->len)
		return NULL;
	int first = first_cue(w);
	if (first < 0)
		return NULL;
	const struct cue *best = NULL;
	size_t best_len = 0;
	for (size_t i = (size_t)first; i < COUNT_OF(cues) && strncmp(cues[i].phrase, w->text, w->len) == 0; i++) {
		const char *rest = cues[i].phrase + w->len;
		size_t pos = w->end;
		bool ok = true;
		if (*rest && *rest != ' ')
			continue;
		while (*rest == ' ' && ok) {
			struct word next;
			size_t before = pos;
			rest++;
			size_t want = strcspn(rest, " ");
			ok = next_word(s, &pos, &next) && next.len == want && memcmp(next.text, rest, want) == 0 &&
			     only_soft(s, before, next.begin);
			rest += want;
		}
		if (ok && strlen(cues[i].phrase) > best_len) {
			best = &cues[i];
			best_len = strlen(cues[i].phrase);
			*end = pos;
		}
	}
	return best;
}

/* Whether the word at [begin,end) is part of a path, a flag, an identifier or a call rather than of running text. */
static bool inside_name(struct span s, size_t begin, size_t end)
{
	char before = begin ? s.ptr[begin - 1] : ' ', after = at(s, end);
	if (before == '/' || before == '\\' || before == '_' || before == '$' || before == '@')
		return true;
	if (before == '.' && begin >= 2 && s.ptr[begin - 2] != '.' && s.ptr[begin - 2] != ' ')
		return true;
	if (before == '-' && begin >= 2 && s.ptr[begin - 2] != ' ')
		return true;
	if (before == '-' && begin == 1)
		return true;
	if (is_digit(before) && begin >= 2 && is_letter(s.ptr[begin - 2]))
		return true;
	if (after == '/' || after == '\\' || after == '_' || is_digit(after))
		return true;
	if ((after == '.' || after == '-' || after == ':') && (is_letter(at(s, end + 1)) || at(s, end + 1) == ':'))
		return after != ':' || at(s, end + 1) == ':';
	if (after == '(' && !(at(s, end + 1) == 's' && at(s, end + 2) == ')') && at(s, end + 1) != 's')
		return true;
	return after == '=' && begin && before != ' ' && before != '[' && before != ',';
}

/* A number right before `begin` ("3 failed", "0 errors"): -1 none, 0 zero, 1 more. */
static int number_before(struct span s, size_t begin)
{
	size_t i = begin;
	while (i && (s.ptr[i - 1] == ' ' || s.ptr[i - 1] == '('))
		i--;
	if (i == 0 || !is_digit(s.ptr[i - 1]))
		return -1;
	bool zero = true;
	size_t last = i;
	while (i && (is_digit(s.ptr[i - 1]) || s.ptr[i - 1] == ','))
		zero &= s.ptr[--i] == '0' || s.ptr[i] == ',';
	/* "1.0 failed", "v2 failed", "12:30 error": not a count. An exit status or an HTTP code is not either, but does no harm. */
	if (i && !strchr(" ([|,=\t\"'#*", s.ptr[i - 1]))
		return -1;
	return last - i > 7 ? -1 : !zero;
}

/* A number after `end` ("Failures: 2", "errors=0", "ERROR SUMMARY: 0 errors", at the end "# fail 2"): -1 none, 0 zero, 1 more. */
static int number_after(struct span s, size_t end)
{
	size_t i = end;
	if (at(s, i) == '(' && at(s, i + 1) == 's' && at(s, i + 2) == ')')
		i += 3;
	static const char *const nouns[] = {" SUMMARY", " summary", " count", " total"};
	for (size_t n = 0; n < COUNT_OF(nouns); n++)
		if (span_starts(span_from(s, i), span_of_str(nouns[n])))
			i += strlen(nouns[n]);
	while (at(s, i) == ' ' || at(s, i) == '"')
		i++;
	bool counter = at(s, 0) == '#' && is_digit(at(s, i));
	if (!counter && at(s, i) != ':' && at(s, i) != '=')
		return -1;
	i += !counter;
	while (at(s, i) == ' ' || at(s, i) == '"')
		i++;
	size_t digits = i;
	bool zero = true;
	while (is_digit(at(s, i)))
		zero &= s.ptr[i++] == '0';
	if (i == digits || is_letter(at(s, i)) || (at(s, i) == '.' && is_digit(at(s, i + 1))) || at(s, i) == ':')
		return -1;
	return !zero;
}

/* AssertionError, NullPointerException, TestFailure: a type name that says failure. */
static bool is_error_type(struct span s, const struct word *w)
{
	static const char *const ends[] = {"Error", "Exception", "Failure", "Fault", "Failed", "Panic", "Errors", "Interrupt", "Exit", "NotFound", "Timeout"};
	struct span word = span_of(s.ptr + w->begin, w->end - w->begin);
	if (!is_upper(word.ptr[0]) || word.len < 5 || !strchr("rnedtcksp", word.ptr[word.len - 1]))
		return false;
	for (size_t i = 0; i < COUNT_OF(ends); i++) {
		struct span e = span_of_str(ends[i]);
		if (word.len > e.len && span_ends(word, e) && (is_lower(word.ptr[word.len - e.len - 1]) || is_upper(word.ptr[word.len - e.len - 1])))
			return true;
	}
	return false;
}

/* ENOENT, ECONNREFUSED, ERR_MODULE_NOT_FOUND, SIGSEGV */
static bool is_error_code(struct span s, const struct word *w)
{
	size_t len = w->end - w->begin;
	if (s.ptr[w->begin] != 'E' && s.ptr[w->begin] != 'S')
		return false;
	for (size_t i = w->begin; i < w->end; i++)
		if (!is_upper(s.ptr[i]))
			return false;
	if (len == 3 && memcmp(s.ptr + w->begin, "ERR", 3) == 0 && at(s, w->end) == '_')
		return true;
	static const char *const codes[] = {
		"EACCES", "EADDRINUSE", "EBADF", "EBUSY", "ECONNABORTED", "ECONNREFUSED", "ECONNRESET", "EEXIST", "EHOSTUNREACH", "EINTEGRITY",
		"EINVAL", "EISDIR", "ELIFECYCLE", "EMFILE", "ENOENT", "ENOMEM", "ENOSPC", "ENOTDIR", "ENOTEMPTY", "ENOTFOUND", "EPERM", "EPIPE",
		"ERESOLVE", "EROFS", "ETARGET", "ETIMEDOUT", "EUSAGE", "EAI_AGAIN", "SIGSEGV", "SIGABRT", "SIGBUS", "SIGILL", "SIGFPE", "SIGKILL",
	};
	for (size_t i = 0; i < COUNT_OF(codes); i++)
		if (strlen(codes[i]) == len && memcmp(codes[i], s.ptr + w->begin, len) == 0)
			return true;
	return false;
}

/* Whether a failing status follows a word about an exit: "exit code 2", "exited with 1", "returned non-zero". */
static int status_after(struct span s, size_t end)
{
	static const char *const fillers[] = {"code", "status", "with", "value", "a", "exit", "was", "error", "of", "is", "code:", "signal"};
	size_t i = end;
	for (int words = 0; words < 5; words++) {
		while (at(s, i) == ' ' || at(s, i) == ':' || at(s, i) == '=' || at(s, i) == '(' || at(s, i) == '\'' || at(s, i) == '"')
			i++;
		if (at(s, i) == '-' && is_digit(at(s, i + 1)))
			i++;
		if (is_digit(at(s, i))) {
			bool zero = true;
			size_t first = i;
			while (is_digit(at(s, i)))
				zero &= s.ptr[i++] == '0';
			if (i - first > 10 || is_letter(at(s, i)) || (at(s, i) == '.' && is_digit(at(s, i + 1))))
				return -1;
			return !zero;
		}
		struct word w;
		size_t pos = i;
		if (!is_letter(at(s, i)) || !next_word(s, &pos, &w))
			return -1;
		if (strcmp(w.text, "non") == 0 || strcmp(w.text, "nonzero") == 0)
			return 1;
		bool filler = false;
		for (size_t f = 0; f < COUNT_OF(fillers); f++)
			filler |= strcmp(w.text, fillers[f]) == 0;
		if (!filler)
			return -1;
		i = pos;
	}
	return -1;
}

static bool is_counted(const char *word)
{
	static const char *const words[] = {
		"error", "errors", "failed", "fail", "fails", "failure", "failures", "failing", "broken", "problem", "problems", "offense",
		"offenses", "violation", "violations", "issue", "issues", "crashed", "crashes", "mismatch", "mismatches", "conflicts", "errored",
		"defects", "leaks", "exceptions", "fatal", "unsuccessful", "killed", "aborted", "unexpected", "incorrect", "wrong", "regressions", "unreachable",
	};
	for (size_t i = 0; i < COUNT_OF(words); i++)
		if (strcmp(word, words[i]) == 0)
			return true;
	return false;
}

/* Marks of the words in the line. */
static void hear_words(struct span s, struct evidence *e)
{
	struct word w;
	bool negated = false, any_error = false;
	size_t pos = 0, first_pos = SIZE_MAX;
	while (next_word(s, &pos, &w)) {
		if (first_pos == SIZE_MAX)
			first_pos = w.begin;
		size_t phrase_end = w.end;
		e->marked |= w.len >= 6 && memcmp(w.text + w.len - 6, "marked", 6) == 0;
		const struct cue *cue = cue_at(s, &w, &phrase_end);
		bool named = cue && inside_name(s, w.begin, phrase_end);
		if (!cue || (cue->kind <= CUE_ERROR && named)) {
			if (is_error_type(s, &w) && at(s, w.end) != '/' && at(s, w.end) != '_' && at(s, w.end) != '(' &&
			    !(at(s, w.end) == '.' && is_letter(at(s, w.end + 1))) && (w.begin == 0 || !strchr("/\\_-", s.ptr[w.begin - 1]))) {
				bool tells = at(s, w.end) == ':' || w.end == s.len || w.begin == 0;
				*(tells && !negated ? &e->strong : &e->error) = true;
				any_error = true;
			} else if (is_error_code(s, &w)) {
				e->strong = any_error = true;
			} else if (w.end - w.begin > 7 && w.len && strcmp(w.text + w.len - 7, "warning") == 0 && at(s, w.end) == ':') {
				e->warning = true;
				e->warning_first |= !any_error;
			}
			negated = false;
			continue;
		}
		int count = -1;
		if (is_counted(w.text)) {
			count = number_before(s, w.begin);
			if (count < 0)
				count = number_after(s, w.end);
			if (count == 0)
				e->zero_count = true;
			else if (count > 0)
				e->count = any_error = true;
		}
		switch (cue->kind) {
		case CUE_STRONG:
			if (count != 0 && !negated)
				e->strong = any_error = true;
			break;
		case CUE_ERROR:
			if (count < 0 && !negated && !named)
				e->error = any_error = true;
			break;
		case CUE_EXIT: {
			int status = status_after(s, w.end);
			e->by_number |= status >= 0;
			if (status > 0 && !negated && !named)
				e->exit = e->exited = true;
			if (status < 0 && (!strcmp(w.text, "killed") || !strncmp(w.text, "sig", 3) || !strcmp(w.text, "died") || !strcmp(w.text, "oom") ||
			                   !strcmp(w.text, "interrupted") || !strcmp(w.text, "terminated")))
				e->exit = !named;
			break;
		}
		case CUE_WEAK:
			e->weak |= !named;
			break;
		case CUE_WARNING:
			if (!named && number_before(s, w.begin) < 0) {
				e->warning = true;
				e->warning_first |= !any_error && (w.begin == first_pos || at(s, w.end) == ':' || at(s, w.end) == ']');
			}
			break;
		case CUE_NOISE:
			e->noise |= w.begin == first_pos && !named;
			break;
		case CUE_PASS:
		case CUE_DETAIL:
		case CUE_NEGATE:
			break;
		}
		negated = cue->kind == CUE_NEGATE && !named;
		if (phrase_end > pos)
			pos = phrase_end;
	}
}

/* "make[1]: *** [Makefile:3: all] Error 2"; an ignored one does not end anything. */
static bool is_make_error(struct span s)
{
	size_t stars = span_find(span_head(s, 40), SPAN(": *** ["));
	if (stars == SIZE_MAX)
		return false;
	size_t error = span_find(s, SPAN("] Error "));
	return error != SIZE_MAX && is_digit(at(s, error + 8)) && !span_ends(s, SPAN("(ignored)"));
}

struct verdict verdict_of(struct span judged)
{
	struct verdict v = {0};
	struct evidence e = {0};
	struct span s = span_trim(judged);
	if (s.len == 0 || is_rule(s)) {
		v.flags = VERDICT_BLANK;
		return v;
	}
	/* What a mark at the start says, a bullet or a level bracket before it does not change. */
	e.numbered = is_numbered(s);
	e.strong = e.numbered || any_head(s, failure_heads, COUNT_OF(failure_heads)) || any_end(s, failure_tails, COUNT_OF(failure_tails));
	bool marked = e.strong;
	e.pass = !marked && (any_head(s, pass_heads, COUNT_OF(pass_heads)) || any_end(s, pass_tails, COUNT_OF(pass_tails)) ||
	                     is_result_dots(s) || says_passed(s));
	e.location = begins_with_location(s);
	e.detail = is_detail(judged, s);
	struct evidence words = {0};
	hear_words(s, &words);
	e.strong |= words.strong;
	e.noise = !marked && (words.noise || is_progress(s) || any_start(s, noise_heads, COUNT_OF(noise_heads)));

	if ((words.marked && span_find(s, SPAN("marked build as failure")) != SIZE_MAX) || is_make_error(s))
		words.exit = words.exited = true;

	/* Zero counts take a marked head back: "Failures: 0", "ERRORS: 0". */
	if (words.zero_count && !words.count && !words.strong)
		e.strong = e.numbered = false;
	if ((e.strong || words.error) && !e.numbered && is_suite_title(s, s.ptr > judged.ptr + 1)) {
		e.strong = words.count = words.error = words.exit = false;
		words.weak = true;
	}

	float base = 0;
	if (e.strong)
		base = BASE_STRONG;
	else if (words.count)
		base = BASE_COUNT;
	else if (words.error)
		base = BASE_ERROR;
	else if (words.exit)
		base = BASE_EXIT;
	else if (e.location)
		base = BASE_LOCATION;
	else if (e.detail)
		base = BASE_DETAIL;
	else if (words.weak)
		base = BASE_WEAK;
	if (e.location && (words.error || words.strong))
		base = BASE_STRONG;
	else if (e.location && base < BASE_LEVEL && has_error_letter(s))
		base = BASE_LEVEL;
	if (e.pass)
		base *= FACTOR_PASS;
	else if (e.noise)
		base *= FACTOR_NOISE;
	bool warning = words.warning_first && !marked;
	if (warning)
		base = base * FACTOR_WARNING > 0.1f ? base * FACTOR_WARNING : 0.1f;

	enum level level = level_of_line_told(judged, &words.by_number);
	if (level >= LEVEL_ERROR) {
		/* A level alone says less than a failure form: programs under test log errors on purpose. A compiler's or linter's
		 * "place: error: …" is no logger's. */
		bool diagnostic = e.location && (words.error || words.strong);
		if (!marked && !diagnostic)
			base = BASE_LEVEL;
		if (!diagnostic)
			v.flags |= VERDICT_LEVELLED;
		e.pass = e.noise = warning = false;
	} else if (level == LEVEL_WARNING && !marked) {
		base = warning ? base : base * FACTOR_WARNING;
		base = base > 0.15f ? base : 0.15f;
		warning = true;
		v.flags |= VERDICT_LEVELLED;
	} else if (level != LEVEL_NONE && !marked) {
		base *= FACTOR_INFO;
	}
	struct stamp stamp;
	if (stamp_find(judged, &stamp))
		v.flags |= VERDICT_STAMPED;
	v.base = base;
	v.level = (uint8_t)level;
	if (e.pass)
		v.flags |= VERDICT_PASS;
	if (e.noise)
		v.flags |= VERDICT_NOISE;
	if (warning)
		v.flags |= VERDICT_WARNING;
	if (base >= 0.85f)
		v.flags |= VERDICT_STRONG;
	if (e.location)
		v.flags |= VERDICT_LOCATION;
	if (words.count)
		v.flags |= VERDICT_COUNT;
	if (words.count || words.zero_count || words.exited || words.exit || words.by_number)
		v.flags |= VERDICT_VOLATILE;
	if (is_heading(s))
		v.flags |= VERDICT_HEADING;
	if (e.numbered)
		v.flags |= VERDICT_NUMBERED;
	if (e.detail)
		v.flags |= VERDICT_DETAIL;
	if (words.exited)
		v.flags |= VERDICT_EXITED;
	v.class = warning ? CLASS_WARNING
	        : e.pass ? CLASS_PASS
	        : base >= 0.65f ? CLASS_FAILURE
	        : base >= 0.45f ? CLASS_ERROR
	        : e.noise ? CLASS_NOISE
	        : words.zero_count ? CLASS_SUMMARY
	                           : CLASS_PLAIN;
	return v;
}
