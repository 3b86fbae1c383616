#include "base/limits.h"
#include "input/lines.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

/* A small deterministic generator: a failing case is reproducible from its seed. */
static uint64_t random_next(uint64_t *state)
{
	uint64_t x = *state += 0x9e3779b97f4a7c15u;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
	return x ^ (x >> 31);
}

/* The plain splitter that the windowed one is held against: the whole input at once, byte by byte. */
struct reference {
	struct span input;
	size_t at;
	uint64_t no;
};

static bool reference_next(struct reference *r, struct line *out)
{
	if (r->at == r->input.len)
		return false;
	size_t end = r->at;
	while (end < r->input.len && r->input.ptr[end] != '\n')
		end++;
	size_t len = end - r->at;
	bool over_long = len > LINE_JUDGED_BYTES + LINE_TAIL_BYTES;
	*out = (struct line){
		.text = span_of(r->input.ptr + r->at, over_long ? LINE_JUDGED_BYTES : len),
		.no = ++r->no,
		.off = r->at,
		.len_bytes = len,
		.ends_in_lf = end < r->input.len,
	};
	r->at = end + (out->ends_in_lf ? 1 : 0);
	return true;
}

static void assert_line_is(const struct line *got, const struct line *want)
{
	assert_int_equal(got->no, want->no);
	assert_int_equal(got->off, want->off);
	assert_int_equal(got->len_bytes, want->len_bytes);
	assert_int_equal(got->ends_in_lf, want->ends_in_lf);
	assert_int_equal(got->text.len, want->text.len);
	assert_true(span_eq(got->text, want->text));
}

static bool find_and_cut(struct lines *l, struct line *out)
{
	size_t len = span_find(l->window, SPAN("\n"));
	if (len == SIZE_MAX)
		return lines_next(l, out);
	if (l->carried_bytes || len % 2) {
		lines_cut(l, len, out);
	} else {
		*out = line_of(l->window.ptr, len, l->next_no, l->next_off);
		lines_skip(l, 1, len + 1);
	}
	return true;
}

/* Splits `input` in windows of the size that next_size gives; each window is a copy of its own that is overwritten
 * when it is done with, so that a line that still points into an old window is caught. */
static void assert_splits_like_reference(struct span input, size_t (*next_size)(uint64_t *), uint64_t seed)
{
	struct reference want = {.input = input};
	struct line expected, got;
	struct lines l;
	lines_init(&l);
	for (size_t at = 0; at < input.len;) {
		size_t n = next_size(&seed);
		if (n > input.len - at)
			n = input.len - at;
		char *window = malloc(n ? n : 1);
		memcpy(window, input.ptr + at, n);
		at += n;
		lines_push(&l, span_of(window, n));
		/* Some are found by the caller. */
		while (random_next(&seed) % 2 ? lines_next(&l, &got) : find_and_cut(&l, &got)) {
			assert_true(reference_next(&want, &expected));
			assert_line_is(&got, &expected);
		}
		memset(window, '!', n);
		free(window);
	}
	if (lines_finish(&l, &got)) {
		assert_true(reference_next(&want, &expected));
		assert_line_is(&got, &expected);
	}
	assert_false(lines_finish(&l, &got));
	assert_false(reference_next(&want, &expected));
	lines_release(&l);
}

static size_t one_byte(uint64_t *s) { return (void)s, 1; }
static size_t few_bytes(uint64_t *s) { return random_next(s) % 9; }
static size_t some_bytes(uint64_t *s) { return random_next(s) % 3000; }
static size_t all_bytes(uint64_t *s) { return (void)s, SIZE_MAX; }

/* Lines of all sorts: empty, short, CR, CRLF, NUL, around the lengths where lines stop being held whole. */
static struct buf make_input(uint64_t seed, bool over_long)
{
	static const size_t edges[] = {
		LINE_TAIL_BYTES,
		LINE_JUDGED_BYTES,
		LINE_JUDGED_BYTES + LINE_TAIL_BYTES,
		LINE_JUDGED_BYTES + 2 * LINE_TAIL_BYTES,
		3 * LINE_JUDGED_BYTES,
	};
	struct buf b = {0};
	for (size_t lines = random_next(&seed) % 20; lines > 0; lines--) {
		size_t len = random_next(&seed) % 40;
		if (over_long && random_next(&seed) % 4 == 0)
			len = edges[random_next(&seed) % (sizeof edges / sizeof *edges)] + random_next(&seed) % 5 - 2;
		for (size_t i = 0; i < len; i++) {
			char c = (char)random_next(&seed);
			buf_add_char(&b, c == '\n' ? '\r' : c);
		}
		if (random_next(&seed) % 4 == 0)
			buf_add_char(&b, '\r');
		if (lines > 1 || random_next(&seed) % 2)
			buf_add_char(&b, '\n');
	}
	return b;
}

static void lines_do_not_depend_on_how_the_bytes_were_cut(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 300; seed++) {
		struct buf b = make_input(seed, seed % 5 == 0);
		assert_splits_like_reference(buf_span(&b), one_byte, seed);
		assert_splits_like_reference(buf_span(&b), few_bytes, seed);
		assert_splits_like_reference(buf_span(&b), some_bytes, seed);
		assert_splits_like_reference(buf_span(&b), all_bytes, seed);
		buf_release(&b);
	}
}

static struct line only_line(struct lines *l, struct span input)
{
	struct line line;
	lines_init(l);
	lines_push(l, input);
	if (!lines_next(l, &line))
		assert_true(lines_finish(l, &line));
	return line;
}

static void an_empty_input_has_no_line(void **state)
{
	(void)state;
	struct lines l;
	struct line line;
	lines_init(&l);
	lines_push(&l, span_of("", 0));
	assert_false(lines_next(&l, &line));
	assert_false(lines_finish(&l, &line));
	lines_release(&l);
}

static void a_trailing_cr_belongs_to_the_text(void **state)
{
	(void)state;
	struct lines l;
	struct line line = only_line(&l, SPAN("one\r\n"));
	assert_true(span_eq(line.text, SPAN("one\r")));
	assert_int_equal(line.len_bytes, 4);
	lines_release(&l);
}

static void a_nul_is_a_byte_like_any_other(void **state)
{
	(void)state;
	struct lines l;
	struct line line = only_line(&l, SPAN("a\0b"));
	assert_true(span_eq(line.text, SPAN("a\0b")));
	assert_false(line.ends_in_lf);
	lines_release(&l);
}

static void a_line_longer_than_4_gib_keeps_its_true_length_in_bounded_memory(void **state)
{
	(void)state;
	static char window[READ_WINDOW_BYTES];
	memset(window, 'x', sizeof window);
	const uint64_t windows = (UINT64_C(1) << 32) / sizeof window + 1;
	struct lines l;
	struct line line;
	lines_init(&l);
	for (uint64_t i = 0; i < windows; i++) {
		lines_push(&l, span_of(window, sizeof window));
		assert_false(lines_next(&l, &line));
	}
	assert_in_range(l.carry.cap, 0, 2 * LINE_WHOLE_BYTES);
	lines_push(&l, SPAN("end\nnext"));
	assert_true(lines_next(&l, &line));
	assert_int_equal(line.len_bytes, windows * sizeof window + 3);
	assert_true(line.text.len == LINE_JUDGED_BYTES && !line_is_whole(&line));
	assert_false(lines_next(&l, &line));
	assert_true(lines_finish(&l, &line));
	assert_true(span_eq(line.text, SPAN("next")));
	assert_int_equal(line.no, 2);
	assert_int_equal(line.off, windows * sizeof window + 4);
	lines_release(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_do_not_depend_on_how_the_bytes_were_cut),
		cmocka_unit_test(an_empty_input_has_no_line),
		cmocka_unit_test(a_trailing_cr_belongs_to_the_text),
		cmocka_unit_test(a_nul_is_a_byte_like_any_other),
		cmocka_unit_test(a_line_longer_than_4_gib_keeps_its_true_length_in_bounded_memory),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
