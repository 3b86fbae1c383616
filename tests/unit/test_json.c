#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "text/json.h"

static struct json_value *read_whole(struct arena *arena, const char *text)
{
	struct json_value *v = NULL;
	struct err err = {0};
	assert_int_equal(json_read(&v, arena, span_of_str(text), &err), ERR_OK);
	return v;
}

static void members_are_found_by_name_and_kind(void **state)
{
	(void)state;
	struct arena arena = {0};
	struct json_value *v = read_whole(&arena, "{\"path\": \"a\\u00e9\\n\", \"line\": 12, \"list\": [1, null, true], \"half\": 1.5}");
	assert_true(span_eq(json_text(v, "path"), SPAN("a\xc3\xa9\n")));
	assert_int_equal(json_whole(v, "line"), 12);
	assert_int_equal(json_whole(v, "half"), 0);
	assert_int_equal(json_whole(v, "path"), 0);
	assert_int_equal(json_text(v, "line").len, 0);
	const struct json_value *list = json_member(v, "list", JSON_LIST);
	assert_non_null(list);
	assert_int_equal(json_as_whole(list->first), 1);
	assert_int_equal(list->first->next->kind, JSON_NOTHING);
	assert_true(list->first->next->next->yes);
	assert_null(json_member(NULL, "list", JSON_LIST));
	arena_release(&arena);
}

static void strings_may_hold_nul(void **state)
{
	(void)state;
	struct arena arena = {0};
	struct json_value *v = read_whole(&arena, "\"a\\u0000b\"");
	assert_true(span_eq(v->text, span_of("a\0b", 3)));
	arena_release(&arena);
}

static void what_is_not_json_is_told_with_its_place(void **state)
{
	(void)state;
	static const char *const bad[] = {"", "{", "[1,]", "{\"a\":1,\"a\":2}", "\"\xff\"", "nul", "1 2", "{\"a\" 1}"};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct arena arena = {0};
		struct json_value *v = NULL;
		struct err err = {0};
		assert_int_equal(json_read(&v, &arena, span_of_str(bad[i]), &err), ERR_USAGE);
		assert_true(err.text[0] >= '0' && err.text[0] <= '9');
		arena_release(&arena);
	}
}

static void depth_is_limited(void **state)
{
	(void)state;
	for (int depth = JSON_DEPTH_MOST; depth <= JSON_DEPTH_MOST + 1; depth++) {
		char text[2 * JSON_DEPTH_MOST + 4];
		memset(text, '[', (size_t)depth);
		memset(text + depth, ']', (size_t)depth);
		struct arena arena = {0};
		struct json_value *v = NULL;
		struct err err = {0};
		enum err_code code = json_read(&v, &arena, span_of(text, 2 * (size_t)depth), &err);
		assert_int_equal(code, depth <= JSON_DEPTH_MOST ? ERR_OK : ERR_USAGE);
		arena_release(&arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(members_are_found_by_name_and_kind),
		cmocka_unit_test(strings_may_hold_nul),
		cmocka_unit_test(what_is_not_json_is_told_with_its_place),
		cmocka_unit_test(depth_is_limited),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
