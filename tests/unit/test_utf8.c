#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/mem.h"
#include "text/utf8.h"

static uint32_t seed = 12345;
static uint32_t next_random(void)
{
	seed = seed * 1664525u + 1013904223u;
	return seed >> 8;
}

static void every_code_point_survives_encode_and_decode(void **state)
{
	(void)state;
	struct buf b = {0};
	for (uint32_t cp = 0; cp <= 0x10FFFF; cp++) {
		if (cp >= 0xD800 && cp <= 0xDFFF)
			continue;
		uint32_t back;
		bool valid;
		buf_clear(&b);
		utf8_encode(&b, cp);
		assert_int_equal(utf8_decode(b.ptr, b.ptr + b.len, &back, &valid), b.len);
		assert_true(valid);
		assert_int_equal(back, cp);
		assert_true(utf8_valid(buf_span(&b)));
	}
	buf_release(&b);
}

static void what_is_no_code_point_is_encoded_as_the_replacement(void **state)
{
	(void)state;
	const uint32_t bad[] = {0xD800, 0xDFFF, 0x110000, UINT32_MAX};
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct buf b = {0};
		utf8_encode(&b, bad[i]);
		assert_true(span_eq(buf_span(&b), SPAN("\xEF\xBF\xBD")));
		buf_release(&b);
	}
}

/* A part list is the lengths of the parts that a decoder should see; an upper-case hex digit marks a valid one. */
static void check_parts(struct span s, const char *parts)
{
	const char *p = s.ptr, *end = s.ptr + s.len;
	for (; *parts; parts++) {
		bool want_valid = *parts >= 'A';
		size_t want = (size_t)(want_valid ? *parts - 'A' + 1 : *parts - '0');
		uint32_t cp;
		bool valid;
		assert_true(p < end);
		assert_int_equal(utf8_decode(p, end, &cp, &valid), want);
		assert_int_equal(valid, want_valid);
		if (!valid)
			assert_int_equal(cp, 0xFFFD);
		p += want;
	}
	assert_ptr_equal(p, end);
}

static void invalid_input_is_replaced_by_maximal_subparts(void **state)
{
	(void)state;
	/* The four examples of the Unicode standard, section 3.9, tables 3-8 to 3-11. */
	check_parts(SPAN("\xC0\xAF\xE0\x80\xBF\xF0\x81\x82\x41"), "11111111A");
	check_parts(SPAN("\xED\xA0\x80\xED\xBF\xBF\xED\xAF\x41"), "11111111A");
	check_parts(SPAN("\xF4\x91\x92\x93\xFF\x41\x80\xBF\x42"), "11111A11A");
	check_parts(SPAN("\xE1\x80\xE2\xF0\x91\x92\xF1\xBF\x41"), "2132A");
	check_parts(SPAN("\xF0\x9F\x98\x80"), "D");
	check_parts(SPAN("\xF0\x9F\x98"), "3");
	check_parts(SPAN("\xEF\xBF\xBD\xEF\xBF"), "C2");
	check_parts(SPAN("\xF5\xC1\xC2"), "111");
}

/* Validity by the plainest means: a byte string is valid if it is the encoding of the code points that its lengths
 * say. */
static bool plainly_valid(const unsigned char *s, size_t len)
{
	size_t i = 0;
	while (i < len) {
		size_t n = s[i] < 0x80 ? 1 : s[i] >> 5 == 6 ? 2 : s[i] >> 4 == 14 ? 3 : s[i] >> 3 == 30 ? 4 : 0;
		if (n == 0 || n > len - i)
			return false;
		uint32_t cp = n == 1 ? s[i] : s[i] & (0x7Fu >> n);
		for (size_t k = 1; k < n; k++) {
			if (s[i + k] >> 6 != 2)
				return false;
			cp = cp << 6 | (s[i + k] & 0x3Fu);
		}
		const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
		if (cp < least[n] || cp > 0x10FFFF || (cp >= 0xD800 && cp <= 0xDFFF))
			return false;
		i += n;
	}
	return true;
}

static void validity_agrees_with_a_plain_reading_of_the_rules(void **state)
{
	(void)state;
	/* Bytes near the edges of the rules come often, or random strings would nearly always fail at once. */
	static const unsigned char edge[] = {0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC1, 0xC2, 0xDF,
					     0xE0, 0xE1, 0xED, 0xEE, 0xEF, 0xF0, 0xF1, 0xF4, 0xF5, 0xFF};
	size_t valid_seen = 0;
	for (int round = 0; round < 300000; round++) {
		unsigned char s[8];
		size_t len = next_random() % sizeof s;
		for (size_t i = 0; i < len; i++)
			s[i] = edge[next_random() % sizeof edge];
		bool want = plainly_valid(s, len);
		valid_seen += want && len > 1;
		assert_int_equal(utf8_valid(span_of((const char *)s, len)), want);
	}
	assert_true(valid_seen > 1000);
}

static void the_ascii_prefix_ends_before_the_first_high_byte_wherever_it_stands(void **state)
{
	(void)state;
	for (size_t len = 0; len < 100; len++) {
		/* Heap memory of the exact size, so that a sanitizer sees a read past the end. */
		char *s = mem_alloc(len + 1);
		char *exact = mem_alloc(len ? len : 1);
		memset(s, 'x', len);
		memcpy(exact, s, len);
		assert_int_equal(utf8_ascii_prefix(span_of(exact, len)), len);
		for (size_t at = 0; at < len; at++) {
			memcpy(exact, s, len);
			exact[at] = (char)0x80;
			assert_int_equal(utf8_ascii_prefix(span_of(exact, len)), at);
			assert_false(utf8_valid(span_of(exact, len)));
		}
		free(exact);
		free(s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_code_point_survives_encode_and_decode),
		cmocka_unit_test(what_is_no_code_point_is_encoded_as_the_replacement),
		cmocka_unit_test(invalid_input_is_replaced_by_maximal_subparts),
		cmocka_unit_test(validity_agrees_with_a_plain_reading_of_the_rules),
		cmocka_unit_test(the_ascii_prefix_ends_before_the_first_high_byte_wherever_it_stands),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
