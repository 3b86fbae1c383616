#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "log/trace.h"

/* Each line of a fixture starts with the role that it must get: H head, M message, F frame, f foreign frame, S source,
 * m more, '.' none; the line itself follows from the third character on. */
static void check(const char *fixture)
{
	static const char letters[] = ".HMFfSm";
	struct trace t;
	trace_init(&t);
	for (const char *p = fixture; *p;) {
		const char *end = strchr(p, '\n');
		size_t n = (size_t)(end - p) - 2;
		char *exact = malloc(n ? n : 1); /* so that the address sanitizer sees a read past the end */
		memcpy(exact, p + 2, n);
		enum trace_role role = trace_next(&t, span_of(exact, n));
		free(exact);
		if (letters[role] != *p)
			fail_msg("'%c', want '%c': %.*s", letters[role], *p, (int)n, p + 2);
		p = end + 1;
	}
}

static void python_frames_carry_their_source_and_end_in_a_message(void **state)
{
	(void)state;
	check(". ordinary line\n"
	      "H Traceback (most recent call last):\n"
	      "F   File \"/srv/shop/cart.py\", line 12, in add\n"
	      "S     return price[item]\n"
	      "S            ~~~~~^^^^^^\n"
	      "f   File \"/usr/lib/python3.11/json/__init__.py\", line 346, in loads\n"
	      "S     return _default_decoder.decode(s)\n"
	      "f   File \"/srv/env/lib/python3.11/site-packages/rest/views.py\", line 9, in get\n"
	      "M json.errors.Broken: no such item\n"
	      "M   in two lines\n"
	      ". ordinary line\n"
	      ". other: line\n");
}

static void java_frames_are_told_from_the_platforms(void **state)
{
	(void)state;
	check(". 2024-01-02 03:04:05 ERROR [main] shop.Cart - broken\n"
	      "H java.lang.IllegalStateException: no such item\n"
	      "F \tat shop.cart.Cart.add(Cart.java:12)\n"
	      "f \tat java.base/java.lang.Thread.run(Thread.java:829)\n"
	      "f \tat org.junit.runners.ParentRunner.run(ParentRunner.java:3)\n"
	      "M \tSuppressed: java.io.IOException: closed\n"
	      "F \t\tat shop.cart.Cart.close(Cart.java:33)\n"
	      "m \t\t... 3 more\n"
	      "M Caused by: java.lang.NullPointerException\n"
	      "F \tat shop.cart.Price.of(Price.kt:7) ~[shop.jar:1.0]\n"
	      "m \t... 12 common frames omitted\n"
	      ". 2024-01-02 03:04:06 INFO [main] shop.Cart - next\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(python_frames_carry_their_source_and_end_in_a_message),
		cmocka_unit_test(java_frames_are_told_from_the_platforms),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
