#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tree/name.h"

static struct outline outline;
static struct outliner *outliner;

static int begin(void **state)
{
	(void)state;
	outliner = outliner_new();
	return 0;
}

static int end(void **state)
{
	(void)state;
	outline_release(&outline);
	outliner_free(outliner);
	return 0;
}

/* How well a name fits the symbol of this name in a text; SIZE_MAX lines: the first of several. */
static unsigned fits(const char *query, const char *path, const char *text, const char *symbol)
{
	struct name_query q;
	assert_true(name_query_parse(&q, span_of_str(query)));
	outline_scan(outliner, language_of(span_of_str(path), span_of_str(text)), span_of_str(text), &outline);
	for (size_t i = 0; i < outline.count; i++)
		if (span_eq(symbol_name(&outline, &outline.symbols[i]), span_of_str(symbol)))
			return name_match(&q, span_of_str(path), &outline, &outline.symbols[i]);
	fail_msg("no %s in the outline", symbol);
	return 0;
}

static const char cart[] = "class Cart:\n    def add(self, n):\n        return n\n\ndef add(n):\n    return n\n";

static void the_last_parts_of_a_name_are_enough(void **state)
{
	(void)state;
	assert_true(fits("Cart.add", "shop/cart.py", cart, "add") > 0);
	assert_true(fits("add", "shop/cart.py", cart, "add") > 0);
	assert_true(fits("shop.cart.Cart.add", "shop/cart.py", cart, "add") > 0);
	assert_true(fits("cart::Cart::add", "src/shop/cart.py", cart, "add") > 0);
	assert_true(fits("Cart#add", "shop/cart.py", cart, "add") > 0);
	assert_true(fits("Cart.add()", "shop/cart.py", cart, "add") > 0);
	assert_true(fits("shop.Cart", "shop/__init__.py", cart, "Cart") > 0);
}

static void other_scopes_do_not_fit(void **state)
{
	(void)state;
	assert_int_equal(fits("Order.add", "shop/cart.py", cart, "add"), 0);
	assert_int_equal(fits("shop.order.Cart", "shop/cart.py", cart, "Cart"), 0);
	assert_int_equal(fits("ad", "shop/cart.py", cart, "add"), 0);
	assert_int_equal(fits("Cart.add.x", "shop/cart.py", cart, "add"), 0);
}

static void better_fits_weigh_more(void **state)
{
	(void)state;
	assert_true(fits("Cart", "shop/cart.py", cart, "Cart") > fits("cart", "shop/cart.py", cart, "Cart"));
	assert_true(fits("Cart", "shop/cart.py", cart, "Cart") > fits("Cart", "tests/test_cart.py", cart, "Cart"));
	assert_true(fits("Cart", "shop/cart.py", cart, "Cart") > fits("Cart", "vendor/shop/cart.py", cart, "Cart"));
}

static void what_is_no_name_is_told(void **state)
{
	(void)state;
	struct name_query q;
	assert_false(name_query_parse(&q, SPAN("")));
	assert_false(name_query_parse(&q, SPAN("...")));
	assert_false(name_query_parse(&q, SPAN("()")));
	assert_true(name_query_parse(&q, SPAN("&Cart::add")));
	assert_int_equal(q.count, 2);
	assert_true(name_query_parse(&q, SPAN("com.shop.Cart$Line.<init>")));
	assert_true(span_eq(name_query_last(&q), SPAN("<init>")));
}

/* What the first whole word `name` in the text is: '.', 'u' or 'c', or '-' when there is none. */
static char use(const char *text, const char *name)
{
	struct span t = span_of_str(text), n = span_of_str(name);
	size_t at = name_find(t, n, 0);
	return at == SIZE_MAX ? '-' : ".uc"[name_use_at(t, at, n)];
}

static void calls_uses_and_mentions_are_told_apart(void **state)
{
	(void)state;
	assert_int_equal(use("x = add(1);", "add"), 'c');
	assert_int_equal(use("x = add (1);", "add"), 'c');
	assert_int_equal(use("add::<u8>(1)", "add"), 'c');
	assert_int_equal(use("add<Map<A, B>>(1)", "add"), 'c');
	assert_int_equal(use("add!(1)", "add"), 'c');
	assert_int_equal(use("each(add)", "add"), 'u');
	assert_int_equal(use("if (add < 3 && b > (2))", "add"), 'u');
	assert_int_equal(use("\t// calls add(1)", "add"), '.');
	assert_int_equal(use("x = 1; // add(1)", "add"), '.');
	assert_int_equal(use(" * add(1)", "add"), '.');
	assert_int_equal(use("# add(1)", "add"), '.');
	assert_int_equal(use("puts(\"add(1)\");", "add"), '.');
	assert_int_equal(use("puts(\"sum\", add(1));", "add"), 'c');
	assert_int_equal(use("address(1)", "add"), '-');
	assert_int_equal(use("my_add(1)", "add"), '-');
	assert_int_equal(use("add", "add"), 'u');
	assert_int_equal(use("", "add"), '-');
}

static void names_are_near_by_their_letters(void **state)
{
	(void)state;
	assert_int_equal(name_distance(SPAN("handleWebhook"), SPAN("handle_webhook")), 0);
	assert_int_equal(name_distance(SPAN("handle_webhok"), SPAN("handle_webhook")), 1);
	assert_int_equal(name_distance(SPAN("hnadle"), SPAN("handle")), 1);
	assert_true(name_distance(SPAN("webhook"), SPAN("handle_webhook")) != UINT32_MAX);
	assert_true(name_distance(SPAN("webhook"), SPAN("handle_webhook")) > name_distance(SPAN("webhok"), SPAN("webhook")));
	assert_true(name_distance(SPAN("alpha"), SPAN("omega")) == UINT32_MAX);
	assert_true(name_distance(SPAN(""), SPAN("omega")) == UINT32_MAX);
	assert_true(name_distance(SPAN("___"), SPAN("a")) == UINT32_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_last_parts_of_a_name_are_enough),
		cmocka_unit_test(other_scopes_do_not_fit),
		cmocka_unit_test(better_fits_weigh_more),
		cmocka_unit_test(what_is_no_name_is_told),
		cmocka_unit_test(calls_uses_and_mentions_are_told_apart),
		cmocka_unit_test(names_are_near_by_their_letters),
	};
	return cmocka_run_group_tests(tests, begin, end);
}
