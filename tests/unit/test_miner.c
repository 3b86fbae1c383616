/* Template mining: counts, bounds, identity, and which lines become one template. */
#include "log/miner.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static struct limits small_limits(size_t shapes, size_t bytes)
{
	struct limits limits = LIMITS_DEFAULT;
	limits.shapes = shapes;
	limits.shape_bytes = bytes;
	return limits;
}

static uint32_t add(struct miner *m, uint64_t line_no, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
static uint32_t add(struct miner *m, uint64_t line_no, const char *fmt, ...)
{
	char line[4096];
	va_list args;
	va_start(args, fmt);
	int len = vsnprintf(line, sizeof line, fmt, args);
	va_end(args);
	bool is_new;
	return miner_add(m, span_of(line, (size_t)len), line_no, &is_new);
}

static uint64_t sum_of_templates(const struct miner *m)
{
	uint64_t sum = 0;
	for (uint32_t t = 0; t < miner_template_count(m); t++) {
		struct template_info info;
		miner_template(m, t, &info);
		assert_true(info.count > 0);
		assert_true(info.first_line <= info.last_line);
		assert_non_null(info.pattern.ptr);
		sum += info.count;
	}
	return sum;
}

/* A word that is letters only, different for each n. */
static const char *word_of(unsigned n, char out[16])
{
	size_t len = 0;
	out[len++] = 'z';
	for (; n; n /= 20)
		out[len++] = "bcdghjklmnpqrstvwxyz"[n % 20];
	out[len] = '\0';
	return out;
}

static void lines_of_one_kind_are_one_template(void **state)
{
	(void)state;
	struct limits limits = LIMITS_DEFAULT;
	struct miner *m = miner_new(&limits);
	bool is_new;
	uint32_t a = miner_add(m, SPAN("Connection from 10.0.0.1 port 22"), 1, &is_new);
	assert_true(is_new);
	uint32_t b = miner_add(m, SPAN("disk full"), 2, &is_new);
	assert_true(is_new);
	assert_int_equal(miner_add(m, SPAN("Connection from 10.0.0.77 port 4022"), 3, &is_new), a);
	assert_false(is_new);
	miner_finish(m);
	assert_int_equal(miner_shape_count(m), 2);
	assert_int_equal(miner_shape_lines(m, a), 2);
	assert_int_equal(miner_template_count(m), 2);
	struct template_info info;
	miner_template(m, miner_template_of(m, a), &info);
	assert_int_equal(info.count, 2);
	assert_int_equal(info.first_line, 1);
	assert_int_equal(info.last_line, 3);
	assert_true(span_eq(info.pattern, SPAN("Connection from <*> port <*>")));
	assert_true(span_eq(info.example, SPAN("Connection from 10.0.0.1 port 22")));
	assert_int_equal(miner_template_of(m, b), 1);
	assert_int_equal(miner_find(m, SPAN("Connection from 10.9.9.9 port 1")), a);
	assert_int_equal(miner_find(m, SPAN("Connection to nobody")), UINT32_MAX);
	miner_free(m);
}

static void an_empty_miner_has_no_template(void **state)
{
	(void)state;
	struct limits limits = LIMITS_DEFAULT;
	struct miner *m = miner_new(&limits);
	miner_finish(m);
	assert_int_equal(miner_template_count(m), 0);
	assert_int_equal(miner_shape_count(m), 0);
	miner_free(m);
	miner_free(NULL);
}

static void shapes_of_one_masked_text_are_one_template(void **state)
{
	(void)state;
	struct limits limits = LIMITS_DEFAULT;
	struct miner *m = miner_new(&limits);
	uint32_t a = add(m, 1, "started worker-7"), b = add(m, 2, "started pool-7");
	assert_int_not_equal(a, b);
	assert_true(miner_shape_key(m, a) == miner_shape_key(m, b));
	miner_finish(m);
	assert_int_equal(miner_template_of(m, a), miner_template_of(m, b));
	miner_free(m);
}

/* One of many lines of many shapes. The span lives until the next call. */
static struct span line_of(unsigned n)
{
	static char line[256];
	char w1[16], w2[16];
	int len = snprintf(line, sizeof line, "%s %s %s%s", word_of(n, w1), word_of(n * 7 % 1001, w2),
	                   n % 3 ? "x" : "some_name y", n % 5 ? "" : " (a, b)");
	return span_of(line, (size_t)len);
}

static void no_line_is_lost_or_moved_however_small_the_limits(void **state)
{
	(void)state;
	static const size_t shape_limits[] = {0, 1, 2, 7, 40, 500, 100000};
	static const size_t byte_limits[] = {0, 100, 5000, 100000000};
	for (size_t i = 0; i < sizeof shape_limits / sizeof *shape_limits; i++) {
		for (size_t j = 0; j < sizeof byte_limits / sizeof *byte_limits; j++) {
			struct limits limits = small_limits(shape_limits[i], byte_limits[j]);
			struct miner *m = miner_new(&limits);
			uint64_t lines = 0;
			static uint32_t ids[3000];
			for (unsigned n = 0; n < 3000; n++) {
				bool is_new;
				ids[n] = miner_add(m, line_of(n), ++lines, &is_new);
				assert_true(ids[n] < miner_shape_count(m));
			}
			miner_finish(m);
			for (unsigned n = 0; n < 3000; n++)
				assert_int_equal(miner_find(m, line_of(n)), ids[n]);
			assert_int_equal(sum_of_templates(m), lines);
			if (shape_limits[i] > 0)
				assert_true(miner_shape_count(m) <= shape_limits[i]);
			uint64_t sum = 0;
			for (uint32_t s = 0; s < miner_shape_count(m); s++)
				sum += miner_shape_lines(m, s);
			assert_int_equal(sum, lines);
			assert_true((miner_coarsened(m) > 0) == (shape_limits[i] < 100000 || byte_limits[j] < 100000000));
			miner_free(m);
		}
	}
}

static void past_the_shapes_the_exact_mask_still_tells_kinds_apart(void **state)
{
	(void)state;
	struct limits limits = small_limits(64, 1000000);
	struct miner *m = miner_new(&limits);
	uint64_t lines = 0;
	char w[16];
	for (unsigned n = 0; n < 1000; n++)
		add(m, ++lines, "login of %s@example.org", word_of(n, w));
	uint32_t a = add(m, ++lines, "login of someone@example.org"), b = add(m, ++lines, "disk full");
	assert_true(miner_shape_is_coarse(m, a));
	assert_int_equal(add(m, ++lines, "disk full"), b);
	miner_finish(m);
	assert_int_equal(miner_template_count(m), 2);
	assert_int_equal(sum_of_templates(m), lines);
	miner_free(m);
}

static void the_key_is_the_same_in_another_miner_on_another_day_and_host(void **state)
{
	(void)state;
	struct limits limits = LIMITS_DEFAULT;
	struct miner *good = miner_new(&limits), *bad = miner_new(&limits);
	add(bad, 1, "something else first");
	uint32_t a = add(good, 1, "Jan  2 03:04:05 alpha sshd[12]: Accepted key for 10.0.0.1");
	uint32_t b = add(bad, 2, "Feb 12 13:14:15 beta sshd[99812]: Accepted key for 10.0.0.9");
	assert_true(miner_shape_key(good, a) == miner_shape_key(bad, b));
	uint32_t c = add(bad, 3, "Feb 12 13:14:15 beta sshd[99812]: Rejected key for 10.0.0.9");
	assert_true(miner_shape_key(good, a) != miner_shape_key(bad, c));
	a = add(good, 2, "2024-01-01 10:00:00,123 WARN [main] c.e.App: slow");
	b = add(bad, 4, "2025-11-11 11:11:11,001 WARN [main] c.e.App: slow");
	assert_true(miner_shape_key(good, a) == miner_shape_key(bad, b));
	miner_free(good);
	miner_free(bad);
}

static void hostile_bytes_are_counted_like_others(void **state)
{
	(void)state;
	struct limits limits = LIMITS_DEFAULT;
	struct miner *m = miner_new(&limits);
	uint64_t seed = 1, lines = 0;
	char *line = malloc(70000);
	assert_non_null(line);
	for (size_t n = 0; n < 3000; n++) {
		size_t len = n % 1000 == 999 ? 70000 : n % 61;
		for (size_t i = 0; i < len; i++) {
			seed = seed * 6364136223846793005u + 1442695040888963407u;
			line[i] = (char)(seed >> 56);
			if (n % 3 == 0)
				line[i] = "\"'`([{<>}]),:=/.\\a0 \xE2"[(seed >> 40) % 22];
		}
		bool is_new;
		miner_add(m, span_of(line, len), ++lines, &is_new);
	}
	free(line);
	miner_finish(m);
	assert_int_equal(sum_of_templates(m), lines);
	miner_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_of_one_kind_are_one_template),
		cmocka_unit_test(an_empty_miner_has_no_template),
		cmocka_unit_test(shapes_of_one_masked_text_are_one_template),
		cmocka_unit_test(no_line_is_lost_or_moved_however_small_the_limits),
		cmocka_unit_test(past_the_shapes_the_exact_mask_still_tells_kinds_apart),
		cmocka_unit_test(the_key_is_the_same_in_another_miner_on_another_day_and_host),
		cmocka_unit_test(hostile_bytes_are_counted_like_others),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
