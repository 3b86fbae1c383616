/* What is seen of a line by itself: decoration of CI systems, and that bitmaps show the same as a look at every byte. */
#include "log/look.h"

#include "base/mem.h"
#include "log/peel.h"
#include "text/kernel.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static uint64_t random_state = 88172645463325252u;

static uint32_t random_below(uint32_t n)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (uint32_t)(random_state >> 33) % n;
}

static void expect_peeled(const char *line, bool ci, const char *text, enum peel_event event)
{
	struct peeled p = peel_line(span_of_str(line), ci);
	if (!span_eq(p.text, span_of_str(text)) || p.event != event)
		fail_msg("\"%s\": \"%.*s\", event %d", line, (int)p.text.len, p.text.ptr, (int)p.event);
}

static void stamps_of_runners_are_taken_off(void **state)
{
	(void)state;
	expect_peeled("2024-01-02T03:04:05.678Z text", true, "text", PEEL_NONE);
	expect_peeled("2024-01-02T03:04:05Z text", false, "text", PEEL_NONE);
	expect_peeled("[2024-01-02T03:04:05Z] text", false, "text", PEEL_NONE);
	expect_peeled("2024-01-02T03:04:05.678Z 00O text", true, "text", PEEL_NONE);
	expect_peeled("2024-01-02T03:04:05.678Z 01E+text", true, "text", PEEL_NONE);
	expect_peeled("2024-01-02T03:04:05Z", true, "", PEEL_NONE);
	static const char *const stay[] = {"2024-01-02T03:04:05 text", "2024-01-02T03:04:05Ztext", "2024-01-02 03:04:05Z text", "2024-01-02T03:04:0", "", "[",
	                                   "2024-01-02T03:04:0:Z text", "202/-01-02T03:04:05Z text", "2024-01-02T03:04:05+Z t", "\262024-01-02T03:04:05Z t"};
	for (size_t i = 0; i < sizeof stay / sizeof *stay; i++)
		expect_peeled(stay[i], true, stay[i], PEEL_NONE);
}

static void any_byte_that_is_not_of_a_stamp_lets_it_stand(void **state)
{
	(void)state;
	static const char stamp[] = "2024-01-02T03:04:05Z x";
	char line[sizeof stamp];
	for (size_t at = 0; at < 20; at++)
		for (int c = 1; c < 256; c++) {
			memcpy(line, stamp, sizeof stamp);
			line[at] = (char)c;
			bool digit = stamp[at] >= '0' && stamp[at] <= '9', good = digit ? c >= '0' && c <= '9' : (char)c == stamp[at];
			expect_peeled(line, false, good ? "x" : line, PEEL_NONE);
		}
}

static void prefixes_of_builders_and_containers_are_taken_off(void **state)
{
	(void)state;
	expect_peeled("#12 3.456 text", false, "text", PEEL_NONE);
	expect_peeled("#12 text", false, "#12 text", PEEL_NONE);
	expect_peeled("web_1  | text", false, "text", PEEL_NONE);
	expect_peeled("db-1 |", false, "", PEEL_NONE);
	expect_peeled("web | text", false, "web | text", PEEL_NONE);
	expect_peeled("Web1 | text", false, "Web1 | text", PEEL_NONE);
	expect_peeled("a23456789-123456789-123456789-123456789-1 | text", false, "a23456789-123456789-123456789-123456789-1 | text", PEEL_NONE);
}

static void folds_and_steps_of_ci_systems_are_told(void **state)
{
	(void)state;
	expect_peeled("travis_fold:start:git.1\ttravis_time:start:0a text", true, "text", PEEL_COMMAND);
	expect_peeled("travis_fold:end:git.1 ", true, "", PEEL_END);
	expect_peeled("section_start:1:a b", true, "b", PEEL_COMMAND);
	expect_peeled("section_end:1:a b", true, "b", PEEL_END);
	expect_peeled("travis_fold:start:git.1", false, "travis_fold:start:git.1", PEEL_NONE);
	expect_peeled("nl", true, "", PEEL_NONE);
	expect_peeled("nl+ true", true, "+ true", PEEL_NONE);
	expect_peeled("nls", true, "nls", PEEL_NONE);
	expect_peeled("2024-01-02T03:04:05.678Z ##[group]Run make", true, "##[group]Run make", PEEL_COMMAND);
	expect_peeled("##[endgroup]", true, "##[endgroup]", PEEL_NONE);
	expect_peeled("##[section]Starting: x", true, "##[section]Starting: x", PEEL_COMMAND);
	expect_peeled("::group::Run make", true, "::group::Run make", PEEL_COMMAND);
	expect_peeled("[Pipeline] sh", true, "[Pipeline] sh", PEEL_COMMAND);
	expect_peeled("##[error]Process completed with exit code 2.", true, "##[error]Process completed with exit code 2.", PEEL_FAILED);
	expect_peeled("##[error]x", true, "##[error]x", PEEL_NONE);
}

static void bitmaps_show_what_a_look_at_every_byte_shows(void **state)
{
	(void)state;
	static const char *const pieces[] = {
		"2024-01-02T03:04:05.678Z ", "travis_fold:start:a.1\r", "web_1  | ", "$ ", "+ ", " ", "error: ", "id=00009e37", "vG5WELh1CAT9Aig6hMHsyG", ", 12", "\x1b[31m", "\x1b[0m",
		"^[[1m", "^", "\r", "\r\r", "caf\xc3\xa9", "\xe2\x80\x8b", "\xef\xbf\xbd", "\xff", "\x01", "\b", "/usr/lib/x", "some more words that are long enough for a block of their own ", "\t"};
	struct looker l, plain;
	looker_init(&l, true);
	looker_init(&plain, true);
	for (int round = 0; round < 40000; round++) {
		struct buf line = {0};
		for (uint32_t n = random_below(round % 20 ? 8 : 60); n > 0; n--)
			buf_add_str(&line, pieces[random_below(round % 3 ? sizeof pieces / sizeof *pieces : 10)]);
		char *text = mem_alloc(line.len + 1); /* ends where its memory does */
		struct span s = {text + 1, line.len};
		if (line.len)
			memcpy(text + 1, line.ptr, line.len);
		struct glance want = {0};
		classes_use("plain");
		struct span judged = look_at_line(&plain, s, &want);
		for (size_t k = 0; kernel_name(k); k++) {
			struct glance got = {0};
			classes_use(kernel_name(k));
			struct span text_judged = look_at_line(&l, s, &got);
			if (memcmp(&got, &want, sizeof got) != 0 || !span_eq(text_judged, judged))
				fail_msg("%s: \"%.*s\"", kernel_name(k), (int)s.len, s.ptr);
			assert_true(span_eq(look_again(&l, s, &got), judged));
		}
		free(text);
		buf_release(&line);
	}
	looker_release(&l);
	looker_release(&plain);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stamps_of_runners_are_taken_off),
		cmocka_unit_test(any_byte_that_is_not_of_a_stamp_lets_it_stand),
		cmocka_unit_test(prefixes_of_builders_and_containers_are_taken_off),
		cmocka_unit_test(folds_and_steps_of_ci_systems_are_told),
		cmocka_unit_test(bitmaps_show_what_a_look_at_every_byte_shows),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
