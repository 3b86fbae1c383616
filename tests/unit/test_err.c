/* Messages. */
#include "base/err.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "text/clean.h"

static void what_is_not_printable_is_escaped(void **state)
{
	(void)state;
	struct err e = {0};
	err_set(&e, ERR_INPUT, "%s", "a\033[31mb\x7f");
	assert_string_equal(e.text, "a\\x1b[31mb\\x7f");
	err_set(&e, ERR_INPUT, "%s", "csi \xc2\x9b" "31m, bidi \xe2\x80\xae, tag \xf3\xa0\x81\x81");
	assert_string_equal(e.text, "csi \\xc2\\x9b31m, bidi \\xe2\\x80\\xae, tag \\xf3\\xa0\\x81\\x81");
	err_set(&e, ERR_INPUT, "%s", "jar \xff\xc3, caf\xc3\xa9 \xe2\x9c\x97 \xed\xa0\x80 \xc0\xaf");
	assert_string_equal(e.text, "jar \\xff\\xc3, caf\xc3\xa9 \xe2\x9c\x97 \\xed\\xa0\\x80 \\xc0\\xaf");
	err_at(&e, "%s", "where\n");
	assert_int_equal(strncmp(e.text, "where\\x0a: jar", 14), 0);
	assert_true(clean_is_clean(span_of_str(e.text)));
}

static void a_long_path_does_not_push_the_message_out(void **state)
{
	(void)state;
	struct err e = {0};
	char path[4096];
	for (size_t i = 0; i + 1 < sizeof path; i++)
		path[i] = (char)(i % 100 ? 'a' + i % 26 : '/');
	path[sizeof path - 1] = '\0';
	err_set(&e, ERR_INPUT, "%s: no such file", path);
	assert_non_null(strstr(e.text, "…"));
	assert_int_equal(strncmp(e.text, path, 150), 0);
	assert_true(span_ends(span_of_str(e.text), SPAN(": no such file")));
	err_set(&e, ERR_USAGE, "line 3: too long");
	err_at(&e, "%s", path);
	assert_true(span_ends(span_of_str(e.text), SPAN(": line 3: too long")));
	assert_int_equal(e.code, ERR_USAGE);
}

static void no_character_is_split(void **state)
{
	(void)state;
	struct err e = {0};
	char text[2000];
	for (size_t shift = 0; shift < 4; shift++) {
		memset(text, 'x', sizeof text);
		for (size_t i = shift; i + 3 < sizeof text; i += 3)
			memcpy(text + i, "✗", 3);
		text[sizeof text - 1] = '\0';
		err_set(&e, ERR_INPUT, "%s", text);
		assert_true(strlen(e.text) < sizeof e.text);
		assert_true(clean_is_clean(span_of_str(e.text)));
		assert_null(strstr(e.text, "\\x9c")); /* the last of it may be cut in the text itself, nothing else is */
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_not_printable_is_escaped),
		cmocka_unit_test(a_long_path_does_not_push_the_message_out),
		cmocka_unit_test(no_character_is_split),
	};
	return cmocka_run_group_tests_name("err", tests, NULL, NULL);
}
