#include "base/mem.h"
#include "text/pattern.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct pattern *compiled(const char *text, unsigned options)
{
	struct pattern *p;
	struct err err = {0};
	if (pattern_compile(&p, span_of_str(text), options, &err) != ERR_OK)
		fail_msg("%s: %s", text, err.text);
	return p;
}

static enum pattern_verdict verdict(const char *text, unsigned options, struct span line)
{
	struct pattern *p = compiled(text, options);
	enum pattern_verdict v = pattern_find(p, line, 0, NULL);
	pattern_free(p);
	return v;
}

static void a_match_gives_its_spans_and_groups(void **state)
{
	(void)state;
	struct pattern *p = compiled("(?<name>[a-z]+)=(\\d+)(x)?", 0);
	struct pattern_groups g;
	assert_int_equal(pattern_find(p, SPAN("-- size=42, next=7"), 0, &g), PATTERN_YES);
	assert_int_equal(g.count, 4);
	assert_int_equal(g.at[0].begin, 3);
	assert_int_equal(g.at[0].end, 10);
	assert_int_equal(g.at[2].begin, 8);
	assert_true(g.at[3].begin == SIZE_MAX && g.at[3].end == SIZE_MAX);
	assert_int_equal(pattern_group(p, "name"), 1);
	assert_int_equal(pattern_group(p, "other"), -1);
	assert_int_equal(pattern_find(p, SPAN("-- size=42, next=7"), g.at[0].end, &g), PATTERN_YES);
	assert_int_equal(g.at[0].begin, 12);
	assert_int_equal(pattern_find(p, SPAN("-- size=42, next=7"), 18, &g), PATTERN_NO);
	assert_int_equal(pattern_find(p, SPAN("a=1"), 4, &g), PATTERN_NO);
	pattern_free(p);
	pattern_free(NULL);
}

static void a_fault_in_a_pattern_is_told_with_its_offset(void **state)
{
	(void)state;
	struct pattern *p;
	struct err err = {0};
	assert_int_equal(pattern_compile(&p, SPAN("error (foo"), 0, &err), ERR_USAGE);
	assert_null(p);
	assert_memory_equal(err.text, "offset 10: ", 11);
	assert_non_null(strstr(err.text, "parenthesis"));
	assert_int_equal(pattern_compile(&p, SPAN("a\\Cb"), 0, &err), ERR_USAGE);
	assert_int_equal(pattern_compile(&p, SPAN("\xff"), 0, &err), ERR_USAGE);
	char *huge = mem_alloc(100000);
	memset(huge, 'a', 100000);
	assert_int_equal(pattern_compile(&p, span_of(huge, 100000), 0, &err), ERR_USAGE);
	free(huge);
}

static void options_and_edges_work(void **state)
{
	(void)state;
	assert_int_equal(verdict("ERROR", 0, SPAN("an error")), PATTERN_NO);
	assert_int_equal(verdict("ERROR", PATTERN_CASELESS, SPAN("an error")), PATTERN_YES);
	assert_int_equal(verdict("\xc3\x84RGER", PATTERN_CASELESS, SPAN("\xc3\xa4rger")), PATTERN_YES);
	assert_int_equal(verdict("a.b$", PATTERN_LITERAL, SPAN("a.b$")), PATTERN_YES);
	assert_int_equal(verdict("a.b$", PATTERN_LITERAL, SPAN("axb")), PATTERN_NO);
	assert_int_equal(verdict("^$", 0, SPAN("")), PATTERN_YES);
	assert_int_equal(verdict("^$", 0, span_of(NULL, 0)), PATTERN_YES);
	assert_int_equal(verdict("", 0, SPAN("x")), PATTERN_YES);
	assert_int_equal(verdict("^.$", 0, SPAN("\xe2\x82\xac")), PATTERN_YES);
}

static void invalid_utf8_in_a_line_does_not_hide_the_rest(void **state)
{
	(void)state;
	assert_int_equal(verdict("error \\d+", 0, SPAN("\xff\xfe error 12 \xc3")), PATTERN_YES);
	assert_int_equal(verdict("a.b", 0,
				 SPAN("a\xff"
				      "b")),
			 PATTERN_NO);
	assert_int_equal(verdict("b\\x00c", 0,
				 SPAN("a\xff"
				      "b\0c")),
			 PATTERN_YES);
}

static void an_exploding_pattern_gives_up_and_is_counted(void **state)
{
	(void)state;
	static const char *const hostile[] = {"(a+)+$", "(?:a|aa)+$", "^(([a-z])+.)+[A-Z]([a-z])+$", "(.*a){20}$",
					      "(a*)*b"};
	char line[4001];
	memset(line, 'a', 4000);
	line[4000] = '!';
	for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
		struct pattern *p = compiled(hostile[i], 0);
		enum pattern_verdict v = pattern_find(p, span_of(line, sizeof line), 0, NULL);
		if (i != 4) /* PCRE2 sees that no b can follow */
			assert_int_equal(v, PATTERN_GAVE_UP);
		assert_int_equal(pattern_gave_up(p), v == PATTERN_GAVE_UP);
		pattern_free(p);
	}
}

static void an_honest_pattern_does_not_give_up_on_a_long_line(void **state)
{
	(void)state;
	enum { LONG = 1024 * 1024 };
	char *line = mem_alloc(LONG);
	for (size_t i = 0; i < LONG; i++)
		line[i] = "error abc, "[i % 11];
	memcpy(line + LONG - 8, "timeout!", 8);
	struct span s = span_of(line, LONG);
	assert_int_equal(verdict("error.*timeout", 0, s), PATTERN_YES);
	assert_int_equal(verdict("^.*error.*timeout.*$", 0, s), PATTERN_YES);
	/* Each round of a group needs room to come back to: as long as the lines that are judged. */
	assert_int_equal(verdict("(?:[a-z]+[ ,]+)+[a-z]*timeout", 0, span_from(s, LONG - 16 * 1024)), PATTERN_YES);
	assert_int_equal(verdict("nowhere", 0, s), PATTERN_NO);
	free(line);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_match_gives_its_spans_and_groups),
		cmocka_unit_test(a_fault_in_a_pattern_is_told_with_its_offset),
		cmocka_unit_test(options_and_edges_work),
		cmocka_unit_test(invalid_utf8_in_a_line_does_not_hide_the_rest),
		cmocka_unit_test(an_exploding_pattern_gives_up_and_is_counted),
		cmocka_unit_test(an_honest_pattern_does_not_give_up_on_a_long_line),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
