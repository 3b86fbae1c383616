/* What is printed of a line that is too long. */
#include "select/excerpt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "log/fields.h"
#include "text/utf8.h"

static const struct excerpt_options usual = {.head_chars = 120, .tail_chars = 40, .ci = true};

static size_t count_chars(struct span s)
{
	size_t n = 0;
	for (size_t i = 0; i < s.len; i++)
		n += ((unsigned char)s.ptr[i] & 0xc0) != 0x80;
	return n;
}

static void add_filling(struct buf *b, size_t words)
{
	for (size_t i = 0; i < words; i++)
		buf_addf(b, "plum%zu ", i);
}

/* The printed form; whether it is what it says is checked here, for all: pieces in order, and marks that count what is missing. */
static struct buf excerpt(struct span line, const struct excerpt_options *options)
{
	struct buf out = {0};
	struct cut cuts[CUTS_MOST];
	size_t count = excerpt_line(&out, line, options, cuts), at = 0, from = 0;
	for (size_t i = 0; i <= count; i++) {
		size_t end = i < count ? cuts[i].begin : out.len;
		assert_true(end >= at);
		assert_true(end - at <= line.len - from);
		assert_memory_equal(out.ptr + at, line.ptr + from, end - at);
		from += end - at;
		if (i == count)
			break;
		unsigned long left_out = 0;
		assert_int_equal(sscanf(out.ptr + cuts[i].begin, "…[%lu cut]…", &left_out), 1);
		assert_true(left_out > 14); /* or the mark costs more */
		while (left_out--)
			do
				from++;
			while (from < line.len && ((unsigned char)line.ptr[from] & 0xc0) == 0x80);
		at = cuts[i].end;
	}
	assert_int_equal(from, line.len);
	assert_true(utf8_valid(buf_span(&out)));
	if (count)
		assert_true(count_chars(buf_span(&out)) < count_chars(line));
	else
		assert_true(span_eq(buf_span(&out), line));
	return out;
}

static void assert_keeps(struct span line, const struct excerpt_options *options, const char *const *kept)
{
	struct buf out = excerpt(line, options);
	assert_true(out.len < line.len);
	for (; *kept; kept++) {
		if (!strstr(out.ptr, *kept))
			print_error("'%s' is missing in: %s\n", *kept, out.ptr);
		assert_non_null(strstr(out.ptr, *kept));
	}
	buf_release(&out);
}

static void a_line_is_cut_between_its_head_and_its_tail(void **state)
{
	(void)state;
	struct buf line = {0};
	buf_add_str(&line, "begin ");
	add_filling(&line, 60);
	buf_add_str(&line, "end");
	struct buf out = excerpt(buf_span(&line), &usual);
	assert_int_equal(strncmp(out.ptr, line.ptr, 120), 0);
	assert_true(span_ends(buf_span(&out), span_from(buf_span(&line), line.len - 40)));
	buf_release(&out);
	buf_release(&line);
}

static void a_cut_never_makes_a_line_longer_and_splits_no_character(void **state)
{
	(void)state;
	struct buf line = {0};
	for (size_t chars = 0; chars < 1200; chars++) {
		struct buf out = excerpt(buf_span(&line), &usual);
		buf_release(&out);
		out = excerpt(buf_span(&line), &(struct excerpt_options){.head_chars = 12});
		buf_release(&out);
		buf_add_str(&line, chars % 3 ? "x" : "✗");
	}
	buf_release(&line);
}

static void the_word_that_made_a_plain_line_severe_is_kept(void **state)
{
	(void)state;
	struct buf line = {0};
	struct excerpt_options severe = usual;
	severe.class = CLASS_FAILURE;
	add_filling(&line, 80);
	buf_add_str(&line, "and then: segmentation fault in jam.c ");
	add_filling(&line, 80);
	assert_keeps(buf_span(&line), &severe, (const char *const[]){"plum0 plum1", "segmentation fault in jam.c plum0", NULL});
	struct buf out = excerpt(buf_span(&line), &usual); /* of a line that nobody calls severe it is not looked for */
	assert_null(strstr(out.ptr, "segmentation"));
	buf_release(&out);
	buf_release(&line);
}

static void the_words_that_were_asked_for_are_kept(void **state)
{
	(void)state;
	struct buf line = {0};
	struct excerpt_options asked = usual;
	assert_int_equal(pattern_compile(&asked.query, SPAN("damson"), PATTERN_CASELESS, NULL), 0);
	add_filling(&line, 100);
	buf_add_str(&line, "a Damson fell ");
	add_filling(&line, 100);
	buf_add_str(&line, "one more damson fell ");
	add_filling(&line, 100);
	assert_keeps(buf_span(&line), &asked, (const char *const[]){"a Damson fell", "one more damson fell", NULL});
	pattern_free(asked.query);
	buf_release(&line);
}

static void the_fields_that_matter_of_a_json_line_are_kept(void **state)
{
	(void)state;
	struct buf line = {0};
	buf_add_str(&line, "{\"ts\":\"2024-05-01T10:14:49Z\",\"headers\":{\"accept\":\"");
	add_filling(&line, 60);
	buf_add_str(&line, "\",\"message\":\"not mine\"},\"level\":\"error\",\"tags\":[\"");
	add_filling(&line, 40);
	buf_add_str(&line, "\"],\"msg\":\"jam did not set\",\"pot\":\"");
	add_filling(&line, 40);
	buf_add_str(&line, "\",\"error\":{\"code\":7,\"message\":\"too little sugar\"},\"status\":503,\"caller\":\"jam.go:12\"}");
	assert_keeps(buf_span(&line), &usual, (const char *const[]){"\"level\":\"error\"", "\"msg\":\"jam did not set\"", "too little sugar",
	                                                           "\"status\":503", "\"caller\":\"jam.go:12\"", NULL});
	buf_release(&line);
}

static void the_cause_at_the_end_of_a_traceback_in_a_field_is_kept(void **state)
{
	(void)state;
	struct buf line = {0};
	buf_add_str(&line, "{\"level\":\"error\",\"msg\":\"request failed\",\"stack\":\"Traceback (most recent call last):\\n");
	for (int i = 0; i < 30; i++)
		buf_addf(&line, "  File \\\"jam/pot%d.py\\\", line %d, in stir\\n", i, i);
	buf_add_str(&line, "jam.Burnt: the bottom is black\"}");
	assert_keeps(buf_span(&line), &usual, (const char *const[]){"\"level\":\"error\"", "request failed", "jam.Burnt: the bottom is black", NULL});
	buf_release(&line);
}

static void the_fields_that_matter_of_a_logfmt_line_are_kept(void **state)
{
	(void)state;
	struct buf line = {0};
	buf_add_str(&line, "ts=2024-05-01T10:14:49Z agent=\"");
	add_filling(&line, 60);
	buf_add_str(&line, "\" level=warn pots=");
	for (int i = 0; i < 100; i++)
		buf_addf(&line, "%d,", i);
	buf_add_str(&line, " msg=\"jam is runny\" err=\"too little sugar\" note=\"");
	add_filling(&line, 60);
	buf_add_str(&line, "\"");
	assert_keeps(buf_span(&line), &usual, (const char *const[]){"level=warn", "msg=\"jam is runny\"", "err=\"too little sugar\"", NULL});
	buf_release(&line);
}

static void the_status_behind_a_long_request_is_kept(void **state)
{
	(void)state;
	struct buf line = {0};
	buf_add_str(&line, "10.0.0.7 - - [01/May/2024:10:14:49 +0000] \"GET /jam?q=");
	for (int i = 0; i < 200; i++)
		buf_addf(&line, "%d+", i);
	buf_add_str(&line, " HTTP/1.1\" 502 157 \"-\" \"");
	add_filling(&line, 50);
	buf_add_str(&line, "\"");
	assert_keeps(buf_span(&line), &usual, (const char *const[]){"10.0.0.7 - - ", "\"GET /jam?q=", "502 157", NULL});
	buf_release(&line);
}

static void a_time_stamp_of_a_ci_system_takes_no_room_from_the_line(void **state)
{
	(void)state;
	struct buf line = {0};
	buf_add_str(&line, "2024-05-01T10:14:49.1234567Z ");
	add_filling(&line, 60);
	struct buf out = excerpt(buf_span(&line), &usual);
	assert_int_equal(strncmp(out.ptr, line.ptr, 29 + 120), 0);
	buf_release(&out);
	buf_release(&line);
}

/* Lines made of brackets, quotes, colons and words: no promise about what is kept, but pieces in order, whatever it is. */
static void any_line_gives_pieces_in_their_order(void **state)
{
	(void)state;
	static const char *const bits[] = {"{\"", "\":\"", "\",\"", "\"}", "level", "error", "msg", "=", " ", "[", "]", "}", "\\\"", "\\", "é", "…[3 cut]…",
	                                   "status", ":503", "\"GET ", "panic: ", "0 errors ", "failed", ",", "x"};
	uint64_t r = 88172645463325252u;
	for (int i = 0; i < 3000; i++) {
		struct buf line = {0};
		for (int n = 0; n < 60 + i % 200; n++) {
			r ^= r << 13;
			r ^= r >> 7;
			r ^= r << 17;
			buf_add_str(&line, bits[r % (sizeof bits / sizeof *bits)]);
		}
		struct excerpt_options o = {.head_chars = r >> 8 & 127, .tail_chars = r >> 16 & 63, .class = r >> 24 & 1 ? CLASS_FAILURE : CLASS_PLAIN};
		struct buf out = excerpt(buf_span(&line), &o);
		buf_release(&out);
		buf_release(&line);
	}
}

static void of_a_huge_line_the_begin_is_cut_as_any_and_the_end_counted_in_bytes(void **state)
{
	(void)state;
	struct buf first = {0}, out = {0};
	struct cut cuts[CUTS_MOST];
	buf_add_str(&first, "{\"level\":\"error\",\"blob\":\"");
	add_filling(&first, 2000);
	size_t count = excerpt_ends(&out, buf_span(&first), SPAN("the very end\"}"), 1000000, &usual, cuts);
	assert_true(count >= 1);
	assert_true(span_ends(buf_span(&out), SPAN("bytes cut]…the very end\"}")));
	assert_int_equal(strncmp(out.ptr, "{\"level\":\"error\"", 16), 0);
	buf_release(&out);
	buf_release(&first);
}

static void fields_are_found(void **state)
{
	(void)state;
	struct field f[8];
	struct span json = SPAN("app_1 | {\"time\": 1, \"Severity\": \"warn\", \"err\": {\"message\": \"a \\\"b\\\"\"}, \"ids\": [1, {\"x\": 2}], \"@timestamp\": 2}");
	static const enum field_role roles[] = {FIELD_TIME, FIELD_LEVEL, FIELD_ERROR, FIELD_OTHER, FIELD_TIME};
	static const char *const texts[] = {"\"time\": 1", "\"Severity\": \"warn\"", "\"message\": \"a \\\"b\\\"\"", "\"ids\": [1, {\"x\": 2}]", "\"@timestamp\": 2"};
	assert_int_equal(fields_find(json, f, 8), 5);
	for (size_t i = 0; i < 5; i++) {
		assert_int_equal(f[i].role, roles[i]);
		assert_true(span_eq(span_of(json.ptr + f[i].begin, f[i].end - f[i].begin), span_of_str(texts[i])));
	}
	assert_int_equal(fields_find(SPAN("x = 1 and y=2"), f, 8), 0);
	assert_int_equal(fields_find(SPAN("rustc --extern log=/a/b.rlib --extern time=/c --extern err=/d"), f, 8), 0);
	assert_int_equal(fields_find(SPAN("a sentence {\"with\" a brace"), f, 8), 0);
	assert_int_equal(fields_find(SPAN("t=1 lvl=info msg=\"a = b\" n=2"), f, 8), 4);
	assert_int_equal(fields_find(SPAN("{\"level\":\"error\",\"msg\":\"cut sho"), f, 8), 2);
	assert_int_equal(fields_find(json, f, 2), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_is_cut_between_its_head_and_its_tail),
		cmocka_unit_test(a_cut_never_makes_a_line_longer_and_splits_no_character),
		cmocka_unit_test(the_word_that_made_a_plain_line_severe_is_kept),
		cmocka_unit_test(the_words_that_were_asked_for_are_kept),
		cmocka_unit_test(the_fields_that_matter_of_a_json_line_are_kept),
		cmocka_unit_test(the_cause_at_the_end_of_a_traceback_in_a_field_is_kept),
		cmocka_unit_test(the_fields_that_matter_of_a_logfmt_line_are_kept),
		cmocka_unit_test(the_status_behind_a_long_request_is_kept),
		cmocka_unit_test(a_time_stamp_of_a_ci_system_takes_no_room_from_the_line),
		cmocka_unit_test(any_line_gives_pieces_in_their_order),
		cmocka_unit_test(of_a_huge_line_the_begin_is_cut_as_any_and_the_end_counted_in_bytes),
		cmocka_unit_test(fields_are_found),
	};
	return cmocka_run_group_tests_name("excerpt", tests, NULL, NULL);
}
