#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tree/place.h"

static struct places *tree(const char *const *paths)
{
	struct places *p = places_new();
	for (size_t i = 0; paths[i]; i++)
		places_add(p, span_of_str(paths[i]));
	return p;
}

/* The paths that a line of a trace may mean, with blanks between. */
static void means(const char *const *paths, const char *line, const char *want)
{
	struct places *p = tree(paths);
	struct mention m;
	struct place_match match;
	struct buf got = {0};
	size_t cursor = 0;
	assert_true(mention_next(span_of_str(line), &cursor, &m));
	places_find(p, &m, &match);
	for (size_t i = 0; i < match.count; i++) {
		if (i)
			buf_add_char(&got, ' ');
		buf_add_span(&got, places_path(p, match.at[i]));
	}
	buf_add_char(&got, '\0');
	assert_string_equal(got.ptr, want);
	buf_release(&got);
	places_free(p);
}

static const char *const shop[] = {"index.js", "src/cart.c", "src/order.c", "lib/src/order.c", "src/a dir/cart.c", "web/src/index.js",
                                   "src/main/java/com/shop/Cart.java", "src/test/java/com/shop/Cart.java", "app/__init__.py",
                                   "kt/util/Text.kt", NULL};

static void the_longest_run_of_last_parts_is_meant(void **state)
{
	(void)state;
	means(shop, "src/cart.c:12:5: error", "src/cart.c");
	means(shop, "/app/src/cart.c:12:5: error", "src/cart.c");
	means(shop, "/home/runner/work/shop/shop/src/cart.c:1:1: error", "src/cart.c");
	means(shop, "../src/cart.c:12:5: error", "src/cart.c");
	means(shop, "/build/lib/src/order.c:3: error", "lib/src/order.c");
	means(shop, "C:\\Work\\Shop\\SRC\\Cart.c(12): error", "src/cart.c");
	means(shop, "./web/src/../src/index.js:3:1", "web/src/index.js");
}

static void all_of_the_trees_path_wins_over_a_part(void **state)
{
	(void)state;
	means(shop, "/build/src/order.c:3: error", "src/order.c");
	means(shop, "/app/index.js:3:1", "index.js");
}

static void of_two_alike_both_are_given(void **state)
{
	(void)state;
	means(shop, "cart.c:12: error", "src/cart.c src/a dir/cart.c");
	means(shop, "\tat com.shop.Cart.add(Cart.java:12)", "src/main/java/com/shop/Cart.java src/test/java/com/shop/Cart.java");
}

static void what_is_others_is_not_in_the_tree(void **state)
{
	(void)state;
	static const char *const vendored[] = {"node_modules/x/index.js", "index.js", "pkg/index.js", NULL};
	means(shop, "  File \"/usr/lib/python3.11/json/__init__.py\", line 346, in loads", "");
	means(shop, "    at f (/srv/node_modules/x/index.js:3:1)", "");
	means(shop, "/home/u/other/cart.c:12: error", "");
	means(vendored, "    at f (/srv/node_modules/x/index.js:3:1)", "node_modules/x/index.js");
	means(vendored, "  File \"/usr/lib/python3/site-packages/pkg/index.js\", line 3, in f", "pkg/index.js");
	means(shop, "\tat java.util.ArrayList.get(ArrayList.java:427)", "");
	means(shop, "\tat org.other.Cart.get(Cart.java:427)", "");
}

static void a_jvm_frame_names_its_folders_by_its_package(void **state)
{
	(void)state;
	static const char *const two[] = {"a/com/shop/Cart.java", "a/com/other/Cart.java", NULL};
	means(two, "\tat com.shop.Cart.add(Cart.java:12)", "a/com/shop/Cart.java");
	means(two, "\tat com.other.Cart$Line.<init>(Cart.java:12)", "a/com/other/Cart.java");
	means(shop, "\tat com.shop.util.TextKt.trim(Text.kt:3)", "kt/util/Text.kt");
}

static void a_name_with_blanks_is_found_without_quotes(void **state)
{
	(void)state;
	means(shop, "src/a dir/cart.c:12:5: error: x", "src/a dir/cart.c");
	means(shop, "see src/cart.c:12:5", "src/cart.c");
}

static void a_user_gives_the_last_parts(void **state)
{
	(void)state;
	struct places *p = tree(shop);
	struct place_match m;
	places_find_path(p, SPAN("cart.c"), &m);
	assert_int_equal(m.count, 2);
	places_find_path(p, SPAN("./src/cart.c"), &m);
	assert_int_equal(m.count, 1);
	assert_int_equal(m.at[0], 1);
	places_find_path(p, SPAN("rt.c"), &m);
	assert_int_equal(m.count, 0);
	places_find_path(p, SPAN(""), &m);
	assert_int_equal(m.count, 0);
	places_free(p);
}

static void thousands_of_one_name_are_counted(void **state)
{
	(void)state;
	struct places *p = places_new();
	struct place_match m;
	for (int i = 0; i < 3000; i++) {
		struct buf path = {0};
		buf_addf(&path, "d%d/x.c", i);
		places_add(p, buf_span(&path));
		buf_release(&path);
	}
	places_find_path(p, SPAN("x.c"), &m);
	assert_int_equal(m.count, PLACES_ALIKE_MOST);
	assert_int_equal(m.all, 3000);
	places_find_path(p, SPAN("/y/d1234/x.c"), &m);
	assert_int_equal(m.count, 1);
	assert_int_equal(m.at[0], 1234);
	places_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_longest_run_of_last_parts_is_meant),
		cmocka_unit_test(all_of_the_trees_path_wins_over_a_part),
		cmocka_unit_test(of_two_alike_both_are_given),
		cmocka_unit_test(what_is_others_is_not_in_the_tree),
		cmocka_unit_test(a_jvm_frame_names_its_folders_by_its_package),
		cmocka_unit_test(a_name_with_blanks_is_found_without_quotes),
		cmocka_unit_test(a_user_gives_the_last_parts),
		cmocka_unit_test(thousands_of_one_name_are_counted),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
