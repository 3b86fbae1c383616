#include "text/kernel.h"

#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

static uint32_t random_next(uint32_t *x) { return *x = *x * 1664525 + 1013904223; }

/* Memory between two pages that must not be touched. */
struct fenced {
	char *map, *first, *end;
	size_t page;
};

static struct fenced fenced_new(size_t pages)
{
	struct fenced f = {.page = (size_t)sysconf(_SC_PAGESIZE)};
	f.map = mmap(NULL, (pages + 2) * f.page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_true(f.map != MAP_FAILED);
	f.first = f.map + f.page;
	f.end = f.first + pages * f.page;
	assert_int_equal(mprotect(f.first, pages * f.page, PROT_READ | PROT_WRITE), 0);
	return f;
}

static void fenced_free(struct fenced *f) { munmap(f->map, (size_t)(f->end - f->first) + 2 * f->page); }

/* Digits, their neighbours, what a digit is turned into, what is turned into it, and all else. */
static void fill(char *text, size_t len, uint32_t seed)
{
	for (size_t i = 0; i < len; i++) {
		uint32_t x = random_next(&seed);
		text[i] = (char)(x >> 30 ? (unsigned char)"0123456789/:afz\x80\xb0\xff\xcf\xf6\x00\x09\x0a\x0b"[(x >> 8) % 24] : x >> 20);
	}
}

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

static void hashes_are_the_same_from_every_implementation(void **state)
{
	(void)state;
	enum { MOST = 3000 };
	struct fenced f = fenced_new(1 + MOST / 4096 + 1);
	fill(f.first, (size_t)(f.end - f.first), 3);
	/* At the start of the memory, at its end, and at every place of a vector. */
	for (size_t len = 0; len < MOST; len += len < 700 ? 1 : 37)
		for (size_t place = 0; place < 66; place += len < 300 ? 1 : 5) {
			const char *text = place == 65 ? f.end - len : f.first + place;
			kernel_use("plain");
			uint64_t want = kernel_form_hash(span_of(text, len));
			for (size_t k = 1; kernel_name(k); k++)
				if (kernel_use(kernel_name(k)) && kernel_form_hash(span_of(text, len)) != want)
					fail_msg("%s: %zu bytes at place %zu", kernel_name(k), len, place);
		}
	fenced_free(&f);
}

static void lines_are_found_and_hashed_as_the_plain_way_does(void **state)
{
	(void)state;
	enum { PAGES = 20 };
	static uint32_t ends[KERNEL_LINES];
	static uint64_t forms[KERNEL_LINES];
	struct fenced f = fenced_new(PAGES);
	uint32_t seed = 1;
	for (size_t round = 0; round < 400; round++) {
		size_t len = random_next(&seed) >> 8;
		len %= round % 4 ? 600 : (size_t)(f.end - f.first);
		char *bytes = round % 2 ? f.first : f.end - len;
		fill(bytes, len, random_next(&seed));
		/* From nothing but ends to none at all. */
		uint32_t often = random_next(&seed) >> 30 == 0 ? 1 : 1 + (random_next(&seed) >> 8) % (round % 3 ? 90 : 3000);
		for (size_t i = 0; i < len; i++)
			if (bytes[i] == '\n' || (random_next(&seed) >> 8) % often == 0)
				bytes[i] = (random_next(&seed) >> 8) % often ? 'x' : '\n';
		for (size_t k = 0; kernel_name(k); k++) {
			if (!kernel_use(kernel_name(k)))
				continue;
			size_t from = 0, count;
			while ((count = kernel_lines(span_of(bytes, len), from, ends, forms)) > 0) {
				assert_in_range(count, 1, KERNEL_LINES);
				kernel_use("plain");
				for (size_t i = 0; i < count; i++) {
					const char *lf = memchr(bytes + from, '\n', len - from);
					assert_true(lf && ends[i] == (size_t)(lf - bytes));
					assert_true(forms[i] == kernel_form_hash(span_of(bytes + from, ends[i] - from)));
					from = ends[i] + 1;
				}
				kernel_use(kernel_name(k));
			}
			assert_true(!memchr(bytes + from, '\n', len - from));
		}
	}
	fenced_free(&f);
}

static uint64_t hash_of(const char *text) { return kernel_form_hash(span_of_str(text)); }

static void a_hash_stands_for_the_form(void **state)
{
	(void)state;
	assert_true(hash_of("took 15 ms at 0x7f3a") == hash_of("took 98 ms at 0x1f5a"));
	assert_true(hash_of("took 15 ms") != hash_of("took 5 ms"));
	assert_true(hash_of("took 15 ms") != hash_of("took a5 ms"));
	assert_true(hash_of("/") != hash_of("0") && hash_of(":") != hash_of("9") && hash_of("\xf6") != hash_of("0"));
	assert_true(hash_of("") != 0 && hash_of("") != hash_of("\xcf"));
}

/* A set of hashes; counts those that came before. */
struct hashes {
	uint64_t *at;
	size_t room, count, same;
};

static void hashes_add(struct hashes *h, uint64_t hash)
{
	assert_true(hash != 0 && 2 * h->count < h->room);
	size_t i = hash & (h->room - 1);
	for (; h->at[i] && h->at[i] != hash; i = (i + 1) & (h->room - 1)) {}
	h->same += h->at[i] != 0;
	h->count += h->at[i] == 0;
	h->at[i] = hash;
}

static struct hashes hashes_new(void) { return (struct hashes){.at = mem_zalloc(1 << 22, sizeof(uint64_t)), .room = 1 << 22}; }

static void hashes_empty(struct hashes *h)
{
	memset(h->at, 0, h->room * sizeof *h->at);
	h->count = h->same = 0;
}

/* Each of these sets would show a hash that forgets a place, a length or a carry. */
static void texts_that_differ_little_have_hashes_of_their_own(void **state)
{
	(void)state;
	struct hashes h = hashes_new();
	char text[8 * 512];
	/* Names numbered in letters, short and behind a long head. */
	static const size_t heads[] = {0, 5, 60, 125, 509, 1021};
	for (size_t k = 0; k < sizeof heads / sizeof *heads; k++) {
		memset(text, '=', sizeof text);
		for (uint32_t i = 0; i < 1 << 18; i++) {
			char *p = text + heads[k];
			for (uint32_t x = i, n = 0; n < 6; n++, x >>= 3)
				*p++ = (char)('a' + (x & 7));
			hashes_add(&h, kernel_form_hash(span_of(text, heads[k] + 6)));
		}
	}
	assert_int_equal(h.same, 0);
	/* The same byte so many times. */
	hashes_empty(&h);
	for (unsigned c = 0; c < 256; c++) {
		memset(text, (int)c, sizeof text);
		for (size_t len = 1; len < 1400; len += c == 0 || c == 0xcf || c == ' ' ? 1 : 7)
			if (c <= '0' || c > '9')
				hashes_add(&h, kernel_form_hash(span_of(text, len)));
	}
	assert_int_equal(h.same, 0);
	/* Eight words in every order. */
	static const size_t words[] = {4, 8, 16, 32, 512};
	for (size_t w = 0; w < sizeof words / sizeof *words; w++) {
		const size_t word = words[w];
		hashes_empty(&h);
		unsigned place[8] = {0}, order[8] = {0, 1, 2, 3, 4, 5, 6, 7};
		for (size_t i = 0; i < 8;) { /* Heap's way through all orders */
			if (i == 0)
				for (size_t k = 0; k < 8; k++)
					memset(text + k * word, 'a' + (int)order[k], word);
			if (i == 0)
				hashes_add(&h, kernel_form_hash(span_of(text, 8 * word)));
			if (place[i] < i) {
				size_t other = i % 2 ? place[i] : 0;
				unsigned moved = order[other];
				order[other] = order[i];
				order[i] = moved;
				place[i]++;
				i = 0;
			} else {
				place[i++] = 0;
			}
		}
		hashes_add(&h, 1);
		assert_int_equal(h.count, 40320 + 1);
		assert_int_equal(h.same, 0);
	}
	/* One byte changed to each other one, and two bytes changed a little, in lines of several lengths. */
	static const size_t lens[] = {1, 7, 8, 9, 31, 64, 80, 129, 513, 1100};
	for (size_t k = 0; k < sizeof lens / sizeof *lens; k++) {
		hashes_empty(&h);
		memset(text, 'm', sizeof text);
		for (size_t i = 0; i < lens[k]; i++) {
			for (unsigned c = 0; c < 256; c++)
				if (c != 'm' && (c <= '0' || c > '9')) {
					text[i] = (char)c;
					hashes_add(&h, kernel_form_hash(span_of(text, lens[k])));
				}
			text[i] = 'm';
		}
		for (size_t i = 0; lens[k] < 200 && i < lens[k]; i++)
			for (size_t j = 0; j < i; j++)
				for (unsigned both = 0; both < 64; both++) {
					text[i] = (char)('p' + both % 8);
					text[j] = (char)('p' + both / 8);
					hashes_add(&h, kernel_form_hash(span_of(text, lens[k])));
					text[i] = text[j] = 'm';
				}
		assert_int_equal(h.same, 0);
	}
	free(h.at);
}

/* Tables take the low bits. */
static void each_bit_of_a_hash_hangs_on_each_byte(void **state)
{
	(void)state;
	char text[600];
	memset(text, ' ', sizeof text);
	static const size_t lens[] = {8, 33, 80, 600};
	for (size_t k = 0; k < sizeof lens / sizeof *lens; k++) {
		unsigned turned[64] = {0};
		for (size_t i = 0; i < 4096; i++) {
			size_t at = i % lens[k];
			for (size_t j = 0; j < lens[k]; j++)
				text[j] = (char)('a' + (i * 31 + j * 7 + i / 64 * j) % 26);
			uint64_t before = kernel_form_hash(span_of(text, lens[k]));
			text[at] ^= (char)(1 << i % 5);
			uint64_t changed = before ^ kernel_form_hash(span_of(text, lens[k]));
			for (size_t bit = 0; bit < 64; bit++)
				turned[bit] += (unsigned)(changed >> bit & 1);
		}
		for (size_t bit = 0; bit < 64; bit++)
			assert_in_range(turned[bit], 2048 - 200, 2048 + 200);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_form_has_0_for_each_digit_and_all_else_as_it_is),
		cmocka_unit_test(every_implementation_gives_the_same_at_every_length_and_place),
		cmocka_unit_test(hashes_are_the_same_from_every_implementation),
		cmocka_unit_test(lines_are_found_and_hashed_as_the_plain_way_does),
		cmocka_unit_test(a_hash_stands_for_the_form),
		cmocka_unit_test(texts_that_differ_little_have_hashes_of_their_own),
		cmocka_unit_test(each_bit_of_a_hash_hangs_on_each_byte),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
