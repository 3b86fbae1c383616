/* Marks at the ends of lines: the lists in full, against the code that compares only what its first or last byte allows. */
#include "log/verdict_parts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

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

static const char *const noise_heads[] = {
	"gcc ", "g++ ", "cc ", "c++ ", "clang ", "clang++ ", "/usr/bin/cc ", "/usr/bin/c++ ", "libtool: ", "ar ", "ranlib ",
	"javac ", "rustc ", "Get:", "Hit:", "Ign:", "remote: ", "Collecting ", "[command]", "export ", "Setting ",
};

static bool any_head(struct span s, const struct mark *marks, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct span m = span_of_str(marks[i].text);
		const char after = at(s, m.len);
		if (span_starts(s, m) && !(marks[i].needs_boundary && (is_letter(after) || is_digit(after) || after == '_')))
			return true;
	}
	return false;
}

static bool any_start(struct span s, const char *const *texts, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (span_starts(s, span_of_str(texts[i])))
			return true;
	return false;
}

static bool any_end(struct span s, const char *const *texts, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (span_ends(s, span_of_str(texts[i])))
			return true;
	return false;
}

static void compare(const char *text)
{
	const struct span s = span_of_str(text);
	if (s.len == strspn(text, ". ()[]/%0123456789sSI*x")) /* results as dots */
		return;
	const bool fails = any_head(s, failure_heads, COUNT_OF(failure_heads)) || any_end(s, failure_tails, COUNT_OF(failure_tails));
	const bool passes = any_head(s, pass_heads, COUNT_OF(pass_heads)) || any_end(s, pass_tails, COUNT_OF(pass_tails));
	const bool noise = any_start(s, noise_heads, COUNT_OF(noise_heads));
	if (mark_fails(s) != fails || mark_passes(s) != passes || mark_is_noise(s) != noise)
		fail_msg("%s: expected %d %d %d", text, fails, passes, noise);
}

/* The mark alone, cut, with what may and may not follow it, and at the other end. */
static void compare_around(const char *mark)
{
	static const char *const behind[] = {"", " x", "x", "_", "7", ":", "]", " "};
	static const char *const before[] = {"x ", "x", "."};
	char text[64];
	for (size_t i = 0; i < COUNT_OF(behind); i++) {
		snprintf(text, sizeof text, "%s%s", mark, behind[i]);
		compare(text);
	}
	for (size_t i = 0; i < COUNT_OF(before); i++) {
		snprintf(text, sizeof text, "%s%s", before[i], mark);
		compare(text);
	}
	for (size_t cut = 1; cut < strlen(mark); cut++) {
		snprintf(text, sizeof text, "%.*s", (int)cut, mark);
		compare(text);
		compare(mark + cut);
	}
}

static void marks_are_those_of_the_lists(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(failure_heads); i++)
		compare_around(failure_heads[i].text);
	for (size_t i = 0; i < COUNT_OF(pass_heads); i++)
		compare_around(pass_heads[i].text);
	for (size_t i = 0; i < COUNT_OF(failure_tails); i++)
		compare_around(failure_tails[i]);
	for (size_t i = 0; i < COUNT_OF(pass_tails); i++)
		compare_around(pass_tails[i]);
	for (size_t i = 0; i < COUNT_OF(noise_heads); i++)
		compare_around(noise_heads[i]);
}

static void words_before_a_value_explain(void **state)
{
	(void)state;
	static const char *const words[] = {
		"Expected", "expected", "Actual", "actual", "Received", "received", "got", "Got", "want", "Want", "wanted", "left", "right",
		"but was", "but got", "Difference", "difference", "Diff", "diff", "Reason", "reason", "Message", "message", "Cause", "cause", "stderr",
		"Stderr", "expect", "assert", "required", "found", "exp", "act", "EXPECTED", "ACTUAL", "GOT", "was", "to equal", "= note",
		"= help", "help", "note", "Candidate", "candidate", "Output", "Error message", "Error text", "Location",
	};
	for (size_t i = 0; i < COUNT_OF(words); i++) {
		static const char *const values[] = {": 3", " = 4", "  <x>", "(x)"}, *const others[] = {"", " ", " x", ", 3", "x: 3"};
		char text[64];
		for (size_t v = 0; v < COUNT_OF(values); v++) {
			snprintf(text, sizeof text, "%s%s", words[i], values[v]);
			assert_true(mark_is_detail(span_of_str(text), span_of_str(text)));
		}
		for (size_t v = 0; v < COUNT_OF(others); v++) {
			snprintf(text, sizeof text, "%s%s", words[i], others[v]);
			if (mark_is_detail(span_of_str(text), span_of_str(text)))
				fail_msg("%s", text);
		}
	}
}

static void places_are_told_behind_what_may_stand_before_them(void **state)
{
	(void)state;
	static const char *const leads[] = {"", "--> ", "at ", "File \"", "> ", "- ", "# ", "::: ", "in ", "\xe2\x9d\xaf ", "| "};
	static const char *const places[] = {"src/a.c:12: x", "a.c(12): x", "src/x:3:4", "lib/A.java:[12,3] x", "a.py line 3"};
	static const char *const none[] = {"//a.c:12", "a:12", "src/x:3", "word", "a.c: 12", "10.5", "x y.c:3"};
	char text[64];
	for (size_t l = 0; l < COUNT_OF(leads); l++) {
		for (size_t i = 0; i < COUNT_OF(places); i++) {
			snprintf(text, sizeof text, "%s%s", leads[l], places[i]);
			if (!mark_is_location(span_of_str(text)))
				fail_msg("%s", text);
		}
		for (size_t i = 0; i < COUNT_OF(none); i++) {
			snprintf(text, sizeof text, "%s%s", leads[l], none[i]);
			if (mark_is_location(span_of_str(text)))
				fail_msg("%s", text);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(marks_are_those_of_the_lists),
		cmocka_unit_test(words_before_a_value_explain),
		cmocka_unit_test(places_are_told_behind_what_may_stand_before_them),
	};
	return cmocka_run_group_tests_name("marks", tests, NULL, NULL);
}
