/* Patterns and rules of ignore files, one by one. Whether git thinks the same is test_walk_oracle's question. */
#include "base/buf.h"
#include "tree/glob.h"
#include "tree/ignore.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

struct example {
	const char *pattern, *text;
	bool name, path; /* whether it matches as a name, and as a path */
};

static void patterns_match_as_git_describes_them(void **state)
{
	(void)state;
	static const struct example examples[] = {
		{"", "", true, true}, {"", "a", false, false}, {"a", "", false, false}, {"abc", "abc", true, true},
		{"a?c", "abc", true, true}, {"a?c", "a/c", true, false}, {"*", "", true, true}, {"*", "abc", true, true},
		{"*", "a/b", true, false}, {"**", "a/b", true, true}, {"a*", "a", true, true}, {"*a", "ba", true, true},
		{"a*b*c", "aXbYbZc", true, true}, {"a*b*c", "ab", false, false}, {"a/*", "a/b", true, true},
		{"a/*", "a/b/c", true, false}, {"a/**", "a/b/c", true, true}, {"a/**", "a", false, false},
		{"**/a", "a", false, true}, {"**/a", "x/a", true, true}, {"**/a", "x/y/a", true, true}, {"**/a", "xa", false, false},
		{"a/**/b", "a/b", false, true}, {"a/**/b", "a/x/y/b", true, true}, {"a/**/b", "a/xb", false, false},
		{"a/**/**/b", "a/b", false, true}, {"a**b", "axb", true, true}, {"a**b", "a/b", true, false},
		{"**a", "x/a", true, false}, {"a**", "a/b", true, false}, {"*/b", "a/b", true, true}, {"*/b", "a/c/b", true, false},
		{"***/b", "a/c/b", true, true}, {"[abc]", "b", true, true}, {"[!abc]", "b", false, false}, {"[^abc]", "d", true, true},
		{"[a-c]x", "bx", true, true}, {"[]]", "]", true, true}, {"[!]]", "]", false, false}, {"[a-]", "-", true, true},
		{"[-a]", "-", true, true}, {"[\\]]", "]", true, true}, {"[a\\-c]", "b", false, false}, {"[[:digit:]]", "7", true, true},
		{"[[:digit:]]", "x", false, false}, {"[[:digit:]x]", "x", true, true}, {"[[:none:]]", "n", false, false},
		{"[[:upper:]]", "a", false, false}, {"[a", "a", false, false}, {"[", "[", false, false}, {"[/]", "/", true, false},
		{"\\*", "*", true, true}, {"\\*", "a", false, false}, {"\\a", "a", true, true}, {"a\\", "a", false, false},
		{"a\\", "a\\", false, false}, {"\xff*", "\xff\xfe", true, true}, {"[\x80-\xff]", "\xc3", true, true},
		{"**/*a/b", "xa/b", false, true}, {"**/*a/b", "x/ya/b", true, true}, {"**/*ab", "xa/ab", true, true},
	};
	for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
		const struct example *e = &examples[i];
		struct span pattern = span_of_str(e->pattern), text = span_of_str(e->text);
		if (glob_match(pattern, text, 0) != e->name || glob_match(pattern, text, GLOB_PATHNAME) != e->path)
			fail_msg("%s against %s", e->pattern, e->text);
	}
}

static void letters_fold_when_asked(void **state)
{
	(void)state;
	assert_true(glob_match(SPAN("Make*"), SPAN("mAKEfile"), GLOB_FOLD));
	assert_true(glob_match(SPAN("[[:upper:]]"), SPAN("a"), GLOB_FOLD));
	assert_true(glob_match(SPAN("[A-C]"), SPAN("b"), GLOB_FOLD));
	assert_false(glob_match(SPAN("\xc4"), SPAN("\xe4"), GLOB_FOLD));
}

/* Each of these takes longer than the universe when a star tries all it could take, for all it could take before. */
static void no_pattern_takes_long(void **state)
{
	(void)state;
	struct buf text = {0}, pattern = {0};
	for (int i = 0; i < 4000; i++)
		buf_add_str(&text, i % 20 == 19 ? "/" : "a");
	for (int i = 0; i < 100; i++)
		buf_add_str(&pattern, "*a");
	assert_false(glob_match(buf_span(&pattern), buf_span(&text), 0));
	assert_false(glob_match(buf_span(&pattern), buf_span(&text), GLOB_PATHNAME));
	for (int i = 0; i < 100; i++)
		buf_add_str(&pattern, "/**/*a*a");
	buf_add_char(&pattern, 'b');
	assert_false(glob_match(buf_span(&pattern), buf_span(&text), GLOB_PATHNAME));
	buf_release(&text);
	buf_release(&pattern);
}

static char verdict(const char *rules, size_t base_len, const char *path, bool is_folder)
{
	struct ignore_rules *r = ignore_parse(span_of_str(rules), base_len, false);
	const char *slash = strrchr(path, '/');
	enum ignore_verdict v =
		r ? ignore_match(r, span_of_str(path), slash ? (size_t)(slash - path) + 1 : 0, is_folder) : IGNORE_SILENT;
	ignore_free(r);
	return v == IGNORE_EXCLUDED ? 'x' : v == IGNORE_INCLUDED ? '!' : '-';
}

static void rules_decide_and_the_last_one_counts(void **state)
{
	(void)state;
	assert_int_equal(verdict("a", 0, "a", false), 'x');
	assert_int_equal(verdict("a", 0, "b/a", false), 'x');
	assert_int_equal(verdict("/a", 0, "b/a", false), '-');
	assert_int_equal(verdict("b/a", 0, "b/a", false), 'x');
	assert_int_equal(verdict("b/a", 0, "c/b/a", false), '-');
	assert_int_equal(verdict("a/", 0, "a", false), '-');
	assert_int_equal(verdict("a/", 0, "a", true), 'x');
	assert_int_equal(verdict("*.o\n!a.o", 0, "a.o", false), '!');
	assert_int_equal(verdict("!a.o\n*.o", 0, "a.o", false), 'x');
	assert_int_equal(verdict("/x", 4, "sub/x", false), 'x');
	assert_int_equal(verdict("x/*.c", 4, "sub/x/y.c", false), 'x');
	assert_int_equal(verdict("#a\n\\#b", 0, "#a", false), '-');
	assert_int_equal(verdict("#a\n\\#b", 0, "#b", false), 'x');
	assert_int_equal(verdict("\\!a", 0, "!a", false), 'x');
	assert_int_equal(verdict("a  ", 0, "a", false), 'x');
	assert_int_equal(verdict("a\\ ", 0, "a ", false), 'x');
	assert_int_equal(verdict("a\\  ", 0, "a ", false), 'x');
	assert_int_equal(verdict("a\t", 0, "a", false), '-');
	assert_int_equal(verdict("a\r\nb\r", 0, "b", false), 'x');
	assert_int_equal(verdict("\xef\xbb\xbf" "a", 0, "a", false), 'x');
	assert_int_equal(verdict("\n \n!\n/\n//\n", 0, "a", true), '-');
	assert_null(ignore_parse(SPAN("# nothing\n\n"), 0, false));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(patterns_match_as_git_describes_them),
		cmocka_unit_test(letters_fold_when_asked),
		cmocka_unit_test(no_pattern_takes_long),
		cmocka_unit_test(rules_decide_and_the_last_one_counts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
