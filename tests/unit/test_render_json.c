#include "render_model.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "json_schema.h"
#include <stdio.h>

#include "text/utf8.h"

static int load_schema(void **state)
{
	(void)state;
	schema_root = json_load_file("src/render/ctxcut.schema.json", JSON_REJECT_DUPLICATES, NULL);
	return schema_root ? 0 : -1;
}

static int drop_schema(void **state)
{
	(void)state;
	json_decref(schema_root);
	return 0;
}

/* ---- the tests ----------------------------------------------------------------------------------------------- */

static uint64_t integer(json_t *object, const char *key)
{
	return (uint64_t)json_integer_value(json_object_get(object, key));
}

static json_t *rendered(const struct extract *x, enum encoding encoding)
{
	struct buf out = {0};
	size_t tokens = render(x, &(struct render_options){.format = RENDER_JSON, .encoding = encoding}, &out);
	assert_int_equal(tokens, tokens_count(encoding, buf_span(&out)));
	assert_true(utf8_valid(buf_span(&out)));
	assert_ptr_equal(strchr(out.ptr, '\n'), out.ptr + out.len - 1);
	for (size_t i = 0; i + 1 < out.len; i++)
		assert_true((unsigned char)out.ptr[i] >= ' ');
	json_t *document = json_loadb(out.ptr, out.len, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(document);
	assert_true(is_valid(document, schema_root));
	assert_int_equal(integer(json_object_get(document, "totals"), "tokens_after"), tokens);
	buf_release(&out);
	return document;
}

static void the_document_is_compact_and_complete(void **state)
{
	(void)state;
	struct model m = {0};
	struct extract_input *in = model_input(&m, "build.log", "build.log@3f2a91c4");
	model_line(&m, "$ make \"test\"", CLASS_SECTION);
	model_gap(&m, 1869, 0, 2, 212)->kinds_estimated = true;
	static const struct cut cut = {8, 20};
	struct extract_line *long_line = model_line(&m, "a.c:88:1…[9 cut]… error: x", CLASS_ERROR);
	long_line->cuts = &cut;
	long_line->cut_count = 1;
	model_line(&m, "retrying 10.0.0.1", CLASS_PLAIN);
	model_piece(&m, PIECE_FOLD, 1204)->varied = SPAN("10.0.0.2 … 10.0.4.7");
	in->error_kinds = 1;
	in->bytes = 2000;
	in->tokens = 30000;
	m.x.status_known = true;
	m.x.exit_status = 2;
	m.x.budget_tokens = 4000;
	struct buf out = {0}, expected = {0};
	size_t tokens = render(&m.x, &(struct render_options){.format = RENDER_JSON}, &out);
	buf_addf(&expected,
	         "{\"version\":1,\"totals\":{\"tokens_before\":30000,\"tokens_after\":%zu,\"encoding\":\"o200k_base\","
	         "\"budget\":4000,\"lines\":3076,\"errors\":1,\"errors_shown\":1,\"warnings\":2,\"exit_status\":2},"
	         "\"inputs\":[{\"name\":\"build.log\",\"reference\":\"build.log@3f2a91c4\",\"lines\":3076,\"bytes\":2000,"
	         "\"tokens\":30000,\"errors\":1,\"error_kinds\":1,\"errors_shown\":1,\"warnings\":2}],"
	         "\"picks\":[{\"kind\":\"lines\",\"first\":1,\"last\":1,\"class\":\"section\","
	         "\"text\":[\"$ make \\\"test\\\"\"]},"
	         "{\"kind\":\"gap\",\"first\":2,\"last\":1870,\"lines\":1869,\"warnings\":2,\"kinds\":212,"
	         "\"kinds_estimated\":true},"
	         "{\"kind\":\"lines\",\"first\":1871,\"last\":1872,\"errors\":1,\"class\":\"error\",\"clipped\":[1871],"
	         "\"text\":[\"a.c:88:1…[9 cut]… error: x\",\"retrying 10.0.0.1\"]},"
	         "{\"kind\":\"fold\",\"first\":1873,\"last\":3076,\"lines\":1204,\"varied\":\"10.0.0.2 … 10.0.4.7\"}]}\n",
	         tokens);
	assert_string_equal(out.ptr, expected.ptr);
	buf_release(&out);
	buf_release(&expected);
	model_release(&m);
}

/* Every line of every input is in one pick or in the rest, and what is printed is the model's. */
static void assert_tiles(const struct extract *x, json_t *document)
{
	json_t *inputs = json_object_get(document, "inputs"), *pick, *text;
	uint64_t *next = mem_zalloc(json_array_size(inputs) + 1, sizeof *next);
	uint64_t errors = 0, lines = 0, errors_shown = 0;
	const struct extract_line *line = x->lines;
	size_t i, k;
	json_array_foreach(json_object_get(document, "picks"), i, pick) {
		uint64_t input = integer(pick, "input"), first = integer(pick, "first"), last = integer(pick, "last");
		assert_true(input < json_array_size(inputs));
		assert_int_equal(first, next[input] + 1);
		assert_true(last >= first);
		next[input] = last;
		errors += integer(pick, "errors");
		lines += last - first + 1;
		if (strcmp(json_string_value(json_object_get(pick, "kind")), "lines") != 0) {
			assert_int_equal(integer(pick, "lines"), last - first + 1);
			continue;
		}
		errors_shown += integer(pick, "errors");
		assert_int_equal(json_array_size(json_object_get(pick, "text")), last - first + 1);
		json_array_foreach(json_object_get(pick, "text"), k, text) {
			assert_int_equal(line->no, first + k);
			assert_int_equal(json_string_length(text), line->text.len);
			assert_memory_equal(json_string_value(text), line->text.ptr, line->text.len);
			line++;
		}
	}
	assert_ptr_equal(line, x->lines + x->line_count);
	json_t *input, *rest = json_object_get(document, "rest"), *totals = json_object_get(document, "totals");
	json_array_foreach(inputs, i, input)
		assert_int_equal(integer(input, "lines"), next[i]);
	free(next);
	assert_int_equal(json_array_size(inputs) + integer(rest, "inputs"), x->input_count);
	assert_int_equal(lines + integer(rest, "lines"), integer(totals, "lines"));
	assert_int_equal(errors + integer(rest, "errors"), integer(totals, "errors"));
	assert_int_equal(errors_shown, integer(totals, "errors_shown"));
}

static void every_document_fits_the_schema_and_tiles_its_inputs(void **state)
{
	(void)state;
	uint64_t seed = 11;
	static const enum encoding encodings[] = {ENCODING_O200K, ENCODING_CL100K, ENCODING_CLAUDE};
	for (int round = 0; round < 3000; round++) {
		struct model m = {0};
		model_by_chance(&m, &seed);
		m.x.budget_tokens = round % 2 ? 20000 + (size_t)round : 0;
		m.x.passthrough = round % 5 == 0;
		json_t *document = rendered(&m.x, encodings[round % 3]);
		assert_tiles(&m.x, document);
		json_decref(document);
		model_release(&m);
	}
}

static void inputs_without_picks_are_counted_in_the_rest(void **state)
{
	(void)state;
	struct model m = {0};
	for (int i = 0; i < 100; i++) {
		model_input(&m, "x.log", "");
		if (i % 10 == 5)
			model_line(&m, "line", CLASS_PLAIN);
		model_gap(&m, 50, i % 3 == 0, 0, 7);
	}
	m.x.budget_tokens = 4000;
	json_t *document = rendered(&m.x, ENCODING_O200K);
	assert_tiles(&m.x, document);
	size_t listed = json_array_size(json_object_get(document, "inputs"));
	assert_true(listed > 10 && listed < 100);
	json_decref(document);
	model_release(&m);
}

static void the_smallest_budget_holds_when_nothing_was_chosen(void **state)
{
	(void)state;
	struct model m = {0};
	static const char name[] = "a/long/path/to/a/log/of/some/job/that/failed.log";
	model_input(&m, name, name);
	model_gap(&m, 123456789, 123456, 1234, 999);
	m.x.budget_tokens = 64;
	m.x.status_known = true;
	m.x.exit_status = 137;
	json_t *document = rendered(&m.x, ENCODING_O200K);
	assert_null(json_object_get(document, "inputs"));
	json_t *rest = json_object_get(document, "rest");
	assert_int_equal(integer(rest, "inputs"), 1);
	assert_int_equal(integer(rest, "lines"), 123456789);
	assert_int_equal(integer(rest, "errors"), 123456);
	json_t *totals = json_object_get(document, "totals");
	assert_int_equal(integer(totals, "exit_status"), 137);
	assert_true(integer(totals, "tokens_after") <= 64);
	json_decref(document);
	model_release(&m);
}

static void a_reference_that_is_not_utf8_is_left_out(void **state)
{
	(void)state;
	struct model m = {0};
	model_input(&m, "\xff.log", "\xff.log@12345678");
	model_line(&m, "x", CLASS_PLAIN);
	json_t *document = rendered(&m.x, ENCODING_O200K);
	json_t *in = json_array_get(json_object_get(document, "inputs"), 0);
	assert_string_equal(json_string_value(json_object_get(in, "name")), "\xef\xbf\xbd.log");
	assert_null(json_object_get(in, "reference"));
	json_decref(document);
	model_release(&m);
}

static void the_greatest_numbers_stay_positive(void **state)
{
	(void)state;
	struct model m = {0};
	struct extract_input *in = model_input(&m, "a", "");
	model_gap(&m, UINT64_MAX - 1, 5, 0, UINT64_MAX - 2);
	in->tokens = UINT64_MAX;
	json_t *document = rendered(&m.x, ENCODING_O200K);
	json_t *gap = json_array_get(json_object_get(document, "picks"), 0);
	assert_int_equal(integer(gap, "last"), INT64_MAX);
	json_decref(document);
	model_release(&m);
}

static void the_check_against_the_schema_can_fail(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"{}",
		"{\"version\":2,\"totals\":{\"tokens_after\":1,\"errors\":0,\"exit_status\":null}}",
		"{\"version\":1,\"totals\":{\"tokens_after\":-1,\"errors\":0,\"exit_status\":null}}",
		"{\"version\":1,\"totals\":{\"tokens_after\":1,\"errors\":0,\"exit_status\":256}}",
		"{\"version\":1,\"totals\":{\"tokens_after\":1,\"errors\":0,\"exit_status\":0},\"more\":1}",
		"{\"version\":1,\"totals\":{\"tokens_after\":1,\"errors\":0,\"exit_status\":0},\"picks\":[{\"kind\":\"gap\"}]}",
		("{\"version\":1,\"totals\":{\"tokens_after\":1,\"errors\":0,\"exit_status\":0},\"picks\":"
		 "[{\"kind\":\"lines\",\"first\":1,\"last\":1,\"class\":\"plain\",\"text\":[]}]}"),
	};
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		json_t *document = json_loads(bad[i], 0, NULL);
		assert_non_null(document);
		assert_false(is_valid(document, schema_root));
		json_decref(document);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_document_is_compact_and_complete),
		cmocka_unit_test(every_document_fits_the_schema_and_tiles_its_inputs),
		cmocka_unit_test(inputs_without_picks_are_counted_in_the_rest),
		cmocka_unit_test(the_smallest_budget_holds_when_nothing_was_chosen),
		cmocka_unit_test(a_reference_that_is_not_utf8_is_left_out),
		cmocka_unit_test(the_greatest_numbers_stay_positive),
		cmocka_unit_test(the_check_against_the_schema_can_fail),
	};
	return cmocka_run_group_tests(tests, load_schema, drop_schema);
}
