/* What a line says by itself. */
#include "log/verdict.h"

#include "log/cues.h"
#include "log/letters.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void cues_are_sorted_and_indexed(void **state)
{
	(void)state;
	size_t count = sizeof cues / sizeof *cues;
	for (size_t i = 1; i < count; i++)
		assert_true(strcmp(cues[i - 1].phrase, cues[i].phrase) < 0);
	static struct cue_slot slots[CUE_SLOTS];
	static uint64_t bits[CUE_BITS / 64];
	for (size_t i = 0, rows; i < count; i += rows) {
		size_t len = strcspn(cues[i].phrase, " ");
		uint64_t eight = 0;
		for (rows = 1; i + rows < count && strncmp(cues[i].phrase, cues[i + rows].phrase, len) == 0 && strchr(" ", cues[i + rows].phrase[len]);)
			rows++;
		for (size_t k = len < 8 ? len : 8; k-- > 0;)
			eight = eight << 8 | (unsigned char)cues[i].phrase[k];
		unsigned slot = cue_slot(eight, len), bit = (unsigned)(cue_hash(eight, len) >> (64 - CUE_BIT_BITS));
		bits[bit / 64] |= UINT64_C(1) << bit % 64;
		while (slots[slot].rows)
			slot = (slot + 1) % CUE_SLOTS;
		slots[slot] = (struct cue_slot){eight, (uint16_t)i, (uint8_t)len, (uint8_t)rows};
	}
	bool same = memcmp(bits, cue_bits, sizeof bits) == 0;
	for (size_t i = 0; i < CUE_SLOTS; i++)
		same &= slots[i].eight == cue_slots[i].eight && slots[i].row == cue_slots[i].row && slots[i].len == cue_slots[i].len &&
		        slots[i].rows == cue_slots[i].rows;
	if (same)
		return;
	print_error("cues_slots.def shall be:\n");
	for (size_t i = 0; i < CUE_SLOTS; i++)
		if (slots[i].rows)
			print_error("[%zu] = {0x%" PRIx64 ", %u, %u, %u},\n", i, slots[i].eight, slots[i].row, slots[i].len, slots[i].rows);
	print_error("\ncues_bits.def shall be:\n");
	for (size_t i = 0; i < CUE_BITS / 64; i++)
		print_error("0x%" PRIx64 ",%s", bits[i], i % 6 == 5 ? "\n" : " ");
	fail();
}

struct expectation {
	const char *line;
	enum line_class class;
};

static void expect(const struct expectation *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct verdict v = verdict_of(span_of_str(rows[i].line));
		if (v.class != rows[i].class)
			print_error("%s: is %s, expected %s\n", rows[i].line, line_class_name((enum line_class)v.class),
			            line_class_name(rows[i].class));
		assert_int_equal(v.class, rows[i].class);
	}
}
#define EXPECT(rows) expect((rows), sizeof(rows) / sizeof *(rows))

static void failures_of_many_tools_are_failures(void **state)
{
	(void)state;
	static const struct expectation rows[] = {
		{"src/pay/hook.c:88:12: error: 'key' undeclared", CLASS_FAILURE},
		{"--- FAIL: TestRound (0.01s)", CLASS_FAILURE},
		{"not ok 12 - adds vat", CLASS_FAILURE},
		{"  1) rounds half up", CLASS_FAILURE},
		{"\xe2\x9c\x97 rounds half up", CLASS_FAILURE},
		{"E       AssertionError: assert 3 == 4", CLASS_FAILURE},
		{"thread 'main' panicked at src/main.rs:4:5", CLASS_FAILURE},
		{"java.lang.IllegalStateException: closed", CLASS_FAILURE},
		{"sh: 1: frob: command not found", CLASS_FAILURE},
		{"cp: cannot stat 'x': No such file or directory", CLASS_FAILURE},
		{"error[E0308]: mismatched types", CLASS_FAILURE},
		{"Segmentation fault (core dumped)", CLASS_FAILURE},
		{"shop_SUITE:init_per_group failed", CLASS_FAILURE},
		{"lib/a.py:3:0: E1101: Instance of 'A' has no 'b' member (no-member)", CLASS_FAILURE},
	};
	EXPECT(rows);
}

static void what_only_sounds_like_failure_is_none(void **state)
{
	(void)state;
	static const struct expectation rows[] = {
		{"0 errors, 0 warnings", CLASS_SUMMARY},
		{"Tests run: 12, Failures: 0, Errors: 0, Skipped: 0", CLASS_SUMMARY},
		{"\xe2\x9c\x93 throws a fatal error when the key is missing", CLASS_PASS},
		{"test errors::parse_fails ... ok", CLASS_PASS},
		{"  CC src/error.o", CLASS_PLAIN},
		{"gcc -Wall -Werror -c fail.c -o fail.o", CLASS_NOISE},
		{"copying errors/failed.html", CLASS_NOISE},
		{"app.on_error(handler)", CLASS_PLAIN},
		{"2026-01-02 10:00:00 INFO started without errors", CLASS_PLAIN},
		{"src/a.c:3:1: warning: unused variable 'x'", CLASS_WARNING},
	};
	EXPECT(rows);
}

static void a_count_decides_line_by_line(void **state)
{
	(void)state;
	struct verdict none = verdict_of(span_of_str("12 passed, 0 failed")), some = verdict_of(span_of_str("12 passed, 3 failed"));
	assert_true(none.flags & VERDICT_VOLATILE);
	assert_true(some.flags & VERDICT_VOLATILE);
	assert_true(some.flags & VERDICT_COUNT);
	assert_false(none.flags & VERDICT_COUNT);
	assert_true(some.base > none.base);
}

static void a_failing_exit_is_told_from_a_good_one(void **state)
{
	(void)state;
	static const char *const failing[] = {"The command \"make\" exited with 2.", "exit status 1", "make: *** [all] Error 2",
	                                      "Process completed with exit code 137.", "returned a non-zero code"};
	static const char *const good[] = {"The command \"make\" exited with 0.", "exit status 0", "    exit(-1);", "on exit, code is kept"};
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		assert_false(verdict_of(span_of_str(good[i])).flags & VERDICT_EXITED);
	for (size_t i = 0; i < sizeof failing / sizeof *failing; i++) {
		assert_true(verdict_of(span_of_str(failing[i])).flags & VERDICT_EXITED);
	}
}

static void blank_lines_and_rules_say_nothing(void **state)
{
	(void)state;
	static const char *const lines[] = {"", "   ", "------------", "==========", "...", "|"};
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		struct verdict v = verdict_of(span_of_str(lines[i]));
		assert_true(v.flags & VERDICT_BLANK);
		assert_true(v.base == 0);
	}
}

static void counts_of_zero_are_no_errors(void **state)
{
	(void)state;
	static const char *const lines[] = {
		"==123== ERROR SUMMARY: 0 errors from 0 contexts (suppressed: 0 from 0)", "<testsuite name=\"jam\" errors=\"0\" failures=\"0\">",
		"failures: 0", "errors=0 failures=0", "host : ok=4 changed=0 unreachable=0 failed=0", "# fail 0", "Error count: 0",
	};
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
		assert_int_equal(verdict_of(span_of_str(lines[i])).class, CLASS_SUMMARY);
	static const char *const failing[] = {"==123== ERROR SUMMARY: 3 errors from 1 contexts (suppressed: 0 from 0)",
	                                      "<testsuite name=\"jam\" errors=\"0\" failures=\"2\">", "# fail 2"};
	for (size_t i = 0; i < sizeof failing / sizeof *failing; i++)
		assert_true(verdict_of(span_of_str(failing[i])).class >= CLASS_ERROR);
}

static void titles_of_suites_are_no_failures(void **state)
{
	(void)state;
	static const char *const titles[] = {"  Error handling", "    returns 500 when the store failed", "  when the request failed", "Failure modes",
	                                     "    throws an error if the pot is empty"};
	for (size_t i = 0; i < sizeof titles / sizeof *titles; i++)
		assert_true(verdict_of(span_of_str(titles[i])).class < CLASS_WARNING);
	static const char *const failures[] = {"  Error: boom", "Failed to compile.", "Error handling request /jam: boom", "  1) when the request failed",
	                                       "when the request failed", "Error while loading jam"};
	for (size_t i = 0; i < sizeof failures / sizeof *failures; i++)
		assert_true(verdict_of(span_of_str(failures[i])).class >= CLASS_ERROR);
}

static void a_diagnostic_with_a_place_is_no_loggers_level(void **state)
{
	(void)state;
	struct verdict v = verdict_of(span_of_str("till/price.py:69: error: Call to untyped function \"round\"  [no-untyped-call]"));
	assert_true(v.flags & VERDICT_STRONG);
	assert_false(v.flags & VERDICT_LEVELLED);
	assert_true(verdict_of(span_of_str("2024-05-01 10:00:00 ERROR price: not rounded")).flags & VERDICT_LEVELLED);
}

/* What is looked at 64 bytes at a time. */
static void letters_and_digits_are_those_of_a_plain_loop(void **state)
{
	(void)state;
	char text[150];
	uint64_t seed = 1;
	for (int round = 0; round < 20000; round++) {
		size_t len = 1 + (size_t)round % sizeof text;
		for (size_t i = 0; i < len; i++) {
			seed = seed * UINT64_C(6364136223846793005) + 1;
			text[i] = (char)(seed >> 56);
		}
		char exact[sizeof text]; /* the end of the array is the end of the text */
		char *begin = memcpy(exact + sizeof exact - len, text, len);
		for (size_t base = 0; base < len; base += 64) {
			struct letters got = letters_at(span_of(begin, len), base), want = {0};
			for (size_t i = base; i < len && i < base + 64; i++) {
				char c = text[i];
				want.letters |= (uint64_t)((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) << (i - base);
				want.digits |= (uint64_t)(c >= '0' && c <= '9') << (i - base);
			}
			for (size_t i = base; i < len && i < base + 64; i++) {
				want.colons |= (uint64_t)(text[i] == ':') << (i - base);
				want.blanks |= (uint64_t)(text[i] == ' ') << (i - base);
				want.pluses |= (uint64_t)(text[i] == '+') << (i - base);
			}
			assert_memory_equal(&got, &want, sizeof got);
		}
	}
}

static bool same_verdict(struct verdict a, struct verdict b)
{
	return a.base == b.base && a.flags == b.flags && a.class == b.class && a.level == b.level;
}

static void a_word_says_the_same_wherever_it_stands(void **state)
{
	(void)state;
	static const char *const others[] = {
		"FooError: x", "barException", "a TestFailure", "ENOENT", "SIGSEGV", "ERR_X", "xmarked build as failure", "SomeWarning: y",
		"don't fail", "isn't an error", "can't open", "a't'terror", "NotFound", "ReadTimeout: z", "3 failed", "failed: 0", "x PASSED y",
		"exited with 2", "no error", "12 errors", "abcdefghijklmnopqrstuvwxError: q",
	};
	char line[512];
	const size_t count = sizeof cues / sizeof *cues;
	for (size_t i = 0; i < count + sizeof others / sizeof *others; i++) {
		const char *text = i < count ? cues[i].phrase : others[i - count];
		struct verdict first = {0};
		for (size_t pad = 1; pad < 140; pad++) {
			memset(line, ' ', sizeof line);
			line[0] = '%';
			memcpy(line + pad + 1, text, strlen(text));
			memcpy(line + pad + 1 + strlen(text), " % uv wx", 8);
			for (size_t tail = 0; tail < 9; tail += 8) {
				struct verdict v = verdict_of(span_of(line, pad + 1 + strlen(text) + tail));
				if (pad == 1 && tail == 0)
					first = v;
				if (tail == 0 && !same_verdict(v, first))
					fail_msg("%s at %zu", text, pad);
			}
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cues_are_sorted_and_indexed),
		cmocka_unit_test(failures_of_many_tools_are_failures),
		cmocka_unit_test(what_only_sounds_like_failure_is_none),
		cmocka_unit_test(a_count_decides_line_by_line),
		cmocka_unit_test(a_failing_exit_is_told_from_a_good_one),
		cmocka_unit_test(blank_lines_and_rules_say_nothing),
		cmocka_unit_test(a_diagnostic_with_a_place_is_no_loggers_level),
		cmocka_unit_test(counts_of_zero_are_no_errors),
		cmocka_unit_test(titles_of_suites_are_no_failures),
		cmocka_unit_test(letters_and_digits_are_those_of_a_plain_loop),
		cmocka_unit_test(a_word_says_the_same_wherever_it_stands),
	};
	return cmocka_run_group_tests_name("verdict", tests, NULL, NULL);
}
