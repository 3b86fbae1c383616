#include "base/hash.h"

#include "base/hash_wide.h"
#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct hash128 in_pieces(const char *bytes, size_t len, size_t piece)
{
	struct hasher *h = hasher_new();
	for (size_t at = 0; at < len; at += piece)
		hasher_feed(h, bytes + at, len - at < piece ? len - at : piece);
	struct hash128 sum = hasher_digest(h);
	hasher_free(h);
	return sum;
}

static void content_has_one_hash_by_whatever_vectors_and_in_whatever_pieces(void **state)
{
	(void)state;
	static const size_t lens[] = {0, 1, 16, 17, 128, 129, 240, 241, 255, 256, 257, 1023, 1024, 1025, 5000, 70000};
	for (size_t i = 0; i < sizeof lens / sizeof *lens; i++) {
		char *bytes = mem_alloc(lens[i] + 1);
		for (size_t k = 0; k < lens[i]; k++)
			bytes[k] = (char)(k * 7 ^ k >> 5);
		struct hash128 want = hash128_of(bytes, lens[i]);
		for (int wide = 0; wide < 2; wide++)
			for (size_t piece = 1; piece < 100000; piece = piece * 3 + 1) {
				hash_use_wide(wide);
				assert_true(hash128_eq(in_pieces(bytes, lens[i], piece), want));
			}
		free(bytes);
	}
}

/* As xxhsum -H2 prints them. */
static void hashes_are_the_canonical_ones(void **state)
{
	(void)state;
	char hex[33];
	hash128_hex(hash128_of("", 0), hex);
	assert_string_equal(hex, "99aa06d3014798d86001c324468d497f");
	hash128_hex(in_pieces("ctxcut\n", 7, 2), hex);
	assert_string_equal(hex, "d9d42a1debbd7bad4b513cf5fb96a2ff");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(content_has_one_hash_by_whatever_vectors_and_in_whatever_pieces),
		cmocka_unit_test(hashes_are_the_canonical_ones),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
