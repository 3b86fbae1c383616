/* What lines are worth once the whole log is known. */
#include "select/score.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct log {
	struct scan scan;
	struct scored scored;
	uint64_t lines;
};

static uint32_t ten_tokens(void *user, size_t i)
{
	(void)user;
	(void)i;
	return 10;
}

static void begin(struct log *l)
{
	struct scan_options options = {.ci = true};
	*l = (struct log){0};
	scan_init(&l->scan, &LIMITS_DEFAULT, &options);
}

static void add(struct log *l, const char *text)
{
	struct line line = {.text = span_of_str(text), .no = ++l->lines, .len_bytes = strlen(text)};
	scan_line(&l->scan, &line);
}

static void finish(struct log *l)
{
	scan_finish(&l->scan);
	score(&l->scored, &l->scan, 1000, ten_tokens, NULL);
}

static float value(const struct log *l, uint64_t line_no) { return l->scored.values[line_no - 1]; }

static void end(struct log *l)
{
	scored_release(&l->scored);
	scan_release(&l->scan);
}

static void padding(struct log *l, int lines)
{
	for (int i = 0; i < lines; i++)
		add(l, "the kettle is on");
}

static void the_first_of_many_failures_of_a_kind_is_worth_as_much_as_a_lonely_one(void **state)
{
	(void)state;
	struct log many, one;
	char text[80];
	begin(&many);
	begin(&one);
	add(&one, "cup 0: assertion failed");
	for (int i = 0; i < 60; i++) {
		snprintf(text, sizeof text, "cup %d: assertion failed", i);
		add(&many, text);
		padding(&many, 60); /* far enough apart that none is the other's context, and the end far away */
		padding(&one, 60);
	}
	finish(&many);
	finish(&one);
	assert_float_equal(value(&many, 1), value(&one, 1), 0.02);
	assert_true(value(&many, 1 + 61) < 0.7f * value(&many, 1));
	end(&many);
	end(&one);
}

static void a_compile_command_is_poor_context(void **state)
{
	(void)state;
	struct log l;
	begin(&l);
	padding(&l, 5);
	add(&l, "gcc -O2 -c cup.c -o cup.o");
	add(&l, "cup.c:3:1: error: 'tea' undeclared");
	add(&l, "in a cup of this size");
	padding(&l, 200);
	finish(&l);
	assert_true(value(&l, 8) > 1.0f); /* after the error */
	assert_true(value(&l, 6) < 0.4f * value(&l, 8));
	assert_true(value(&l, 6) < value(&l, 5)); /* the plain line before it is worth more */
	end(&l);
}

static void the_source_of_a_failing_test_keeps_its_worth(void **state)
{
	(void)state;
	struct log l;
	char text[80];
	begin(&l);
	add(&l, "=================================== FAILURES ===================================");
	add(&l, "_________________________________ test_pour __________________________________");
	add(&l, "");
	add(&l, "    def test_pour():");
	for (int i = 0; i < 20; i++) {
		snprintf(text, sizeof text, "        cups[%d].pour(pot, level=%d)", i, i);
		add(&l, text);
	}
	add(&l, ">       assert cups[3].full");
	add(&l, "E       AssertionError: assert False");
	finish(&l);
	int source = 0;
	for (uint64_t no = 4; no < 25; no++)
		source += (l.scan.records[no - 1].role & RECORD_ROLE) == TRACE_SOURCE;
	assert_true(source > 15); /* or this test is about nothing */
	/* .97 a line, where other text loses .92 */
	assert_true(value(&l, 12) > 0.8f * value(&l, 6));
	end(&l);
}

static void progress_among_common_lines_is_not_odd(void **state)
{
	(void)state;
	struct log l;
	begin(&l);
	for (int i = 0; i < 100; i++)
		add(&l, "cup: ok to pour");
	add(&l, "remote: Total 1762 (delta 420), reused 734 (delta 277)");
	for (int i = 0; i < 100; i++)
		add(&l, "cup: ok to pour");
	add(&l, "a spoon stands in the cup");
	for (int i = 0; i < 300; i++)
		add(&l, "cup: ok to pour");
	finish(&l);
	assert_true(value(&l, 202) > 0.3f);
	assert_true(value(&l, 101) < 0.1f);
	end(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_of_many_failures_of_a_kind_is_worth_as_much_as_a_lonely_one),
		cmocka_unit_test(a_compile_command_is_poor_context),
		cmocka_unit_test(the_source_of_a_failing_test_keeps_its_worth),
		cmocka_unit_test(progress_among_common_lines_is_not_odd),
	};
	return cmocka_run_group_tests_name("score", tests, NULL, NULL);
}
