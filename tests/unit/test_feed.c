#include "api/sample.h"
#include "base/buf.h"
#include "base/hash.h"
#include "ctxcut.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- inputs that are read by a function of the caller's ----------------------------------------------------------- */

static struct buf log_of(size_t lines)
{
	struct buf b = {0};
	for (size_t i = 0; i < lines; i++)
		if (i % 5000 == 3000)
			buf_addf(&b, "src/part%zu.c:%zu:7: error: 'key%zu' undeclared\n", i / 5000, i % 900, i);
		else
			buf_addf(&b, "2026-01-31T09:%02zu:%02zu INFO worker-%zu took %zu ms\n", i / 60 % 60, i % 60, i % 7, i * 31 % 997);
	buf_addf(&b, "The command \"make\" exited with 2.");
	return b;
}

struct pieces {
	struct span left;
	size_t step;
};

static size_t give(void *user, void *into, size_t size)
{
	struct pieces *p = user;
	struct span part = span_head(p->left, p->step < size ? p->step : size);
	memcpy(into, part.ptr, part.len);
	p->left = span_from(p->left, part.len);
	p->step = p->step * 7 % 300007 + 1;
	return part.len;
}

static int collect(void *user, const char *bytes, size_t len)
{
	buf_add(user, bytes, len);
	return 0;
}

/* `pushed` bytes by ctxcut_feed, the rest by ctxcut_feed_from; SIZE_MAX: without that call. */
static struct buf reduced(struct span log, size_t pushed, const char *threads)
{
	struct ctxcut *c = ctxcut_new();
	struct buf out = {0};
	assert_int_equal(ctxcut_set(c, "store", "no"), CTXCUT_OK);
	assert_int_equal(ctxcut_set(c, "filters", "no"), CTXCUT_OK);
	assert_int_equal(ctxcut_set(c, "threads", threads), CTXCUT_OK);
	assert_int_equal(ctxcut_begin(c, "log"), CTXCUT_OK);
	struct span head = span_head(log, pushed);
	if (head.len)
		assert_int_equal(ctxcut_feed(c, head.ptr, head.len), CTXCUT_OK);
	struct pieces rest = {span_from(log, head.len), 1000};
	if (pushed != SIZE_MAX)
		assert_int_equal(ctxcut_feed_from(c, give, &rest), CTXCUT_OK);
	if (pushed == 0)
		assert_int_equal(ctxcut_feed(c, "more", 4), CTXCUT_USAGE);
	assert_int_equal(ctxcut_end(c), CTXCUT_OK);
	assert_int_equal(ctxcut_set_status(c, 2, 0), CTXCUT_OK);
	assert_int_equal(ctxcut_finish(c), CTXCUT_OK);
	assert_int_equal(ctxcut_render(c, collect, &out), CTXCUT_OK);
	ctxcut_free(c);
	return out;
}

static void what_is_read_by_a_function_is_reduced_like_what_is_pushed(void **state)
{
	(void)state;
	static const size_t lines[] = {0, 5, 3000, 60000};
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		struct buf log = log_of(lines[i]), want = reduced(buf_span(&log), SIZE_MAX, "1");
		assert_true(want.len > 0);
		static const size_t pushed[] = {0, 1, 100000};
		for (size_t k = 0; k < 6; k++) {
			struct buf got = reduced(buf_span(&log), pushed[k / 2], k % 2 ? "3" : "1");
			assert_true(span_eq(buf_span(&got), buf_span(&want)));
			buf_release(&got);
		}
		buf_release(&log);
		buf_release(&want);
	}
}

/* All of it fits: what only a choice needs is worked out when it is asked for. */
static void what_fits_has_its_tokens_and_kinds_of_errors_all_the_same(void **state)
{
	(void)state;
	struct ctxcut *c = ctxcut_new();
	struct ctxcut_input_info info;
	assert_int_equal(ctxcut_begin(c, "log"), CTXCUT_OK);
	assert_int_equal(ctxcut_feed(c, "error: one\nerror: two\nfine\n", 27), CTXCUT_OK);
	assert_int_equal(ctxcut_finish(c), CTXCUT_OK);
	assert_int_equal(ctxcut_input(c, 0, &info), CTXCUT_OK);
	assert_int_equal(info.lines, 3);
	assert_int_equal(info.errors, 2);
	assert_true(info.error_kinds >= 1 && info.error_kinds <= 2);
	assert_int_equal(info.tokens, ctxcut_tokens("o200k_base", "error: one\nerror: two\nfine\n", 27));
	ctxcut_free(c);
}

/* ---- samples ------------------------------------------------------------------------------------------------------ */

static void a_sample_depends_on_the_bytes_alone_and_is_spread_evenly(void **state)
{
	(void)state;
	static const size_t sizes[] = {500, 70000, 5000000, 40000000};
	for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
		size_t size = sizes[k], step = 1;
		uint32_t *all = malloc(size + 4); /* each word tells where it stands */
		for (uint32_t i = 0; i < size / 4 + 1; i++)
			all[i] = i;
		struct span bytes = span_of((const char *)all, size);
		struct sample whole = {0}, parts = {0};
		sample_feed(&whole, 0, bytes);
		for (size_t off = 0; off < size; off += step, step = step * 31 % 262144 + 1)
			sample_feed(&parts, off, span_head(span_from(bytes, off), step));
		assert_true(span_eq(buf_span(&whole.bytes), buf_span(&parts.bytes)));
		assert_true(sample_count(&whole) <= SAMPLES_MOST);
		if (size >= 5000000)
			assert_true(sample_count(&whole) >= SAMPLES_MOST / 2 - 1);
		for (size_t i = 0; i < sample_count(&whole); i++) {
			struct span block = sample_block(&whole, i);
			size_t aligned = 0; /* of the words in the block one is whole at 0, 1, 2 or 3 */
			bool found = false;
			for (; aligned < 4 && !found; aligned++) {
				uint32_t word;
				memcpy(&word, block.ptr + aligned, 4);
				uint64_t at = (uint64_t)word * 4 - aligned;
				found = at + block.len <= size && memcmp(bytes.ptr + at, block.ptr, block.len) == 0 &&
				        at >= i * whole.stride && at < (i + 1) * whole.stride;
			}
			assert_true(found);
		}
		sample_release(&whole);
		sample_release(&parts);
		free(all);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_read_by_a_function_is_reduced_like_what_is_pushed),
		cmocka_unit_test(what_fits_has_its_tokens_and_kinds_of_errors_all_the_same),
		cmocka_unit_test(a_sample_depends_on_the_bytes_alone_and_is_spread_evenly),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
