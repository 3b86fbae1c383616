#include "text/kernel.h"

#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void a_form_has_0_for_each_digit_and_all_else_as_it_is(void **state)
{
	(void)state;
	char out[256], all[256], want[256];
	for (int i = 0; i < 256; i++) {
		all[i] = (char)i;
		want[i] = (char)(i >= '0' && i <= '9' ? '0' : i);
	}
	for (size_t k = 0; kernel_name(k); k++) {
		if (!kernel_use(kernel_name(k))) {
			print_message("%s: not of this processor\n", kernel_name(k));
			continue;
		}
		kernel_form(all, sizeof all, out);
		if (memcmp(out, want, sizeof want) != 0)
			fail_msg("%s", kernel_name(k));
	}
	assert_false(kernel_use("mmx"));
}

/* The text ends where its memory does, and begins at every offset; so does what is written. A sanitizer sees what is beyond. */
static void every_implementation_gives_the_same_at_every_length_and_place(void **state)
{
	(void)state;
	uint32_t x = 7;
	for (size_t len = 0; len < 400; len += 1 + len / 200 * 13)
		for (size_t off = 0; off < 70; off += off < 4 ? 1 : 11) {
			char *text = mem_alloc(off + len + 1), *out = mem_alloc(off + len + 1), *want = mem_alloc(len + 1);
			for (size_t i = 0; i < len; i++) {
				x = x * 1664525 + 1013904223;
				text[off + i] = (char)(x >> 30 ? (unsigned char)"0123456789/:afz\x80\xb0\xff"[(x >> 8) % 18] : x >> 20);
			}
			kernel_use("plain");
			kernel_form(text + off, len, want);
			for (size_t k = 0; kernel_name(k); k++) {
				if (!kernel_use(kernel_name(k)))
					continue;
				memset(out, 'x', off + len + 1);
				kernel_form(text + off, len, out + off);
				if (memcmp(out + off, want, len) != 0)
					fail_msg("%s: %zu bytes at %zu", kernel_name(k), len, off);
				assert_true(out[off + len] == 'x' && (off == 0 || out[off - 1] == 'x'));
			}
			free(text);
			free(out);
			free(want);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_form_has_0_for_each_digit_and_all_else_as_it_is),
		cmocka_unit_test(every_implementation_gives_the_same_at_every_length_and_place),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
