#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/buf.h"
#include "tree/rank.h"

static void append(void *user, struct span word)
{
	struct buf *b = user;
	if (b->len)
		buf_add_char(b, ' ');
	buf_add_span(b, word);
}

static void words_are(const char *text, const char *want)
{
	struct buf got = {0};
	char *exact = malloc(strlen(text) + 1);
	memcpy(exact, text, strlen(text));
	rank_words(span_of(exact, strlen(text)), append, &got);
	buf_add_char(&got, '\0');
	assert_string_equal(got.ptr, want);
	buf_release(&got);
	free(exact);
}

static void a_name_is_itself_and_its_parts(void **state)
{
	(void)state;
	words_are("parseHttpHeader", "parse http header parsehttpheader");
	words_are("parse_http_header", "parse http header parsehttpheader");
	words_are("HTTPServer2", "http server httpserver2");
	words_are("getURL", "get url geturl");
	words_are("__init__", "init");
	words_are("errors in classes, bus stress", "error in classe bus stress");
	words_are("x = y", "");
	words_are("", "");
}

static void feed(struct ranker *r, const char *path, const char *names, const char *text)
{
	ranker_document(r);
	ranker_feed(r, RANK_PATH, span_of_str(path));
	ranker_feed(r, RANK_NAMES, span_of_str(names));
	ranker_feed(r, RANK_TEXT, span_of_str(text));
}

/* The order of documents as digits. */
static void order_is(const char *query, const char *want)
{
	struct ranker *r = ranker_new(span_of_str(query));
	feed(r, "src/shop/cart.py", "Cart add_line total", "class Cart: price of each line with its discount");
	feed(r, "src/shop/order.py", "Order submit", "class Order: takes a Cart and submits it to the warehouse");
	feed(r, "src/net/http_client.py", "HttpClient get post", "sends requests, follows redirects, retries");
	feed(r, "tests/test_cart.py", "test_total", "from shop.cart import Cart; the total of a Cart");
	size_t count;
	char got[8] = "";
	struct ranked *order = ranker_order(r, &count);
	for (size_t i = 0; i < count; i++)
		got[i] = (char)('0' + order[i].document);
	assert_string_equal(got, want);
	free(order);
	ranker_free(r);
}

static void files_that_hold_the_words_come_in_order_of_fit(void **state)
{
	(void)state;
	order_is("redirects are not followed by the HTTP client", "2");
	order_is("warehouse", "1");
	order_is("cart total wrong", "031");
	order_is("the and of", "");
	order_is("", "");
	order_is("quux", "");
}

static void a_path_or_module_that_is_mentioned_comes_first(void **state)
{
	(void)state;
	order_is("cart total wrong, see shop/order.py", "1032");
	order_is("cart total wrong, see shop.order", "103");
	order_is("cart total wrong: tests\\test_cart.py", "3012");
}

static void terms_are_counted_once(void **state)
{
	(void)state;
	struct ranker *r = ranker_new(SPAN("the cart, the Cart, carts"));
	assert_int_equal(ranker_term_count(r), 1);
	ranker_free(r);
}

static void fields_may_be_fed_in_turns(void **state)
{
	(void)state;
	struct ranker *r = ranker_new(SPAN("cart"));
	ranker_document(r);
	for (int i = 0; i < 3; i++) {
		ranker_feed(r, RANK_TEXT, SPAN("cart"));
		ranker_feed(r, RANK_NAMES, SPAN("order"));
	}
	ranker_document(r);
	ranker_feed(r, RANK_TEXT, SPAN("cart order order"));
	size_t count;
	struct ranked *order = ranker_order(r, &count);
	assert_int_equal(count, 2);
	assert_int_equal(order[0].document, 0);
	free(order);
	ranker_free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_is_itself_and_its_parts),
		cmocka_unit_test(files_that_hold_the_words_come_in_order_of_fit),
		cmocka_unit_test(a_path_or_module_that_is_mentioned_comes_first),
		cmocka_unit_test(terms_are_counted_once),
		cmocka_unit_test(fields_may_be_fed_in_turns),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
