#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/mem.h"
#include "filter/builtin.h"
#include "filter/redact.h"

static struct redact *rules(void)
{
	struct redact *r = NULL;
	struct err err = {0};
	if (redact_new(&r, span_of(builtin_redact, builtin_redact_bytes), "filters/redact.yaml", &err) != ERR_OK)
		fail_msg("%s", err.text);
	return r;
}

static void assert_masks(struct redact *r, const char *text, const char *expected, size_t count)
{
	struct buf out = {0};
	size_t n = 0;
	redact_line(r, &out, span_of_str(text), &n);
	buf_add_char(&out, '\0');
	assert_string_equal(out.ptr, expected);
	assert_int_equal(n, count);
	buf_release(&out);
}

static void each_rule_does_to_its_samples_what_they_say(void **state)
{
	(void)state;
	struct redact *r = rules();
	struct err err = {0};
	if (redact_check(r, &err) != ERR_OK)
		fail_msg("%s", err.text);
	redact_free(r);
}

static void a_sample_that_does_not_hold_is_refused_with_its_place(void **state)
{
	(void)state;
	static const char yaml[] = "ctxcut-redact: 1\nrules:\n  - name: x\n    match: 'key-[0-9]+'\n    samples:\n"
				   "      masked: ['a «key-12» b']\n      untouched: ['key-7']\n";
	struct redact *r = NULL;
	struct err err = {0};
	assert_int_equal(redact_new(&r, SPAN(yaml), "f.yaml", &err), ERR_OK);
	assert_int_equal(redact_check(r, &err), ERR_USAGE);
	assert_int_equal(strncmp(err.text, "f.yaml:7:19: ", 13), 0);
	redact_free(r);
}

static void what_is_wrong_with_a_file_is_said(void **state)
{
	(void)state;
	static const char *const wrong[] = {
		"", "[]", "ctxcut-redact: 2\nrules: []", "ctxcut-redact: 1", "ctxcut-redact: 1\nrules:\n  - name: x",
		"ctxcut-redact: 1\nrules:\n  - name: x\n    match: '('\n    samples: {masked: [a], untouched: [b]}",
		"ctxcut-redact: 1\nrules:\n  - name: x\n    match: 'a'\n    samples: {masked: a, untouched: [b]}",
		"ctxcut-redact: 1\nrules:\n  - name: x\n    match: 'a'\n    colour: red",
	};
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		struct redact *r = NULL;
		struct err err = {0};
		assert_int_equal(redact_new(&r, span_of_str(wrong[i]), "f.yaml", &err), ERR_USAGE);
		assert_null(r);
		assert_int_equal(strncmp(err.text, "f.yaml:", 7), 0);
	}
}

static void all_rules_together_mask_each_secret_once(void **state)
{
	(void)state;
	struct redact *r = rules();
	assert_masks(r, "nothing to hide", "nothing to hide", 0);
	assert_masks(r, "", "", 0);
	assert_masks(r, "password=\"AKIAIOSFODNN7EXAMPLE\" and AKIAIOSFODNN7EXAMPLE",
		     "password=\"[redacted:aws-key-id]\" and [redacted:aws-key-id]", 2);
	assert_masks(r, "postgres://a:made-up1@h/x postgres://b:made-up2@h/y",
		     "postgres://a:[redacted:url-password]@h/x postgres://b:[redacted:url-password]@h/y", 2);
	/* What is masked already stays as it is. */
	assert_masks(r, "password: [redacted:password]", "password: [redacted:password]", 0);
	redact_free(r);
}

/* Whatever the parts, the text is that of the whole line. */
static void a_line_in_parts_is_masked_as_the_whole(void **state)
{
	(void)state;
	struct redact *r = rules();
	struct buf line = {0}, whole = {0};
	size_t whole_count = 0;
	for (int i = 0; i < 6000; i++)
		buf_addf(&line, "%d AKIAIOSFODNN7EXAMPLE postgres://u:made-up@h/\xc3\xa9 ", i);
	redact_line(r, &whole, buf_span(&line), &whole_count);
	assert_int_equal(whole_count, 12000);
	for (size_t step = 20001; step < 100000; step += 31013) {
		struct buf waiting = {0}, got = {0};
		size_t count = 0;
		for (size_t at = 0; at < line.len; at += step) {
			buf_add_span(&waiting, span_head(span_from(buf_span(&line), at), step));
			size_t done = redact_part(r, &got, buf_span(&waiting), &count);
			memmove(waiting.ptr, waiting.ptr + done, waiting.len - done);
			waiting.len -= done;
		}
		redact_line(r, &got, buf_span(&waiting), &count);
		assert_int_equal(count, whole_count);
		assert_true(span_eq(buf_span(&got), buf_span(&whole)));
		buf_release(&waiting);
		buf_release(&got);
	}
	buf_release(&line);
	buf_release(&whole);
	redact_free(r);
}

/* Not timed: with quadratic patterns this would take minutes. */
static void hostile_lines_take_bounded_work(void **state)
{
	(void)state;
	static const char *const units[] = {"eyJ", "eyJa.", "a://", "a:", "password=", "password", "token: a1", "-----BEGIN PRIVATE KEY-----",
					    "aws key ", "authorization: ", "bearer ", "AKIA", "xoxb-", "0", "a", "_", "SK0", "sk-", "=", "?sig=0",
					    "\"", "hooks.slack.com/services/", "twilio a", "github_pat_", "SG.", "\xff", "\\\"secret\\\":\\\""};
	struct redact *r = rules();
	for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
		struct buf line = {0}, out = {0};
		size_t count = 0;
		while (line.len < 256 * 1024)
			buf_add_str(&line, units[i]);
		redact_line(r, &out, buf_span(&line), &count);
		assert_true(out.len > 0);
		buf_release(&line);
		buf_release(&out);
	}
	redact_free(r);
}

static struct key_blocks blocks_of(const char *const *lines, size_t count)
{
	struct key_blocks k = {0};
	for (size_t i = 0; i < count; i++)
		key_blocks_line(&k, i + 1, span_of_str(lines[i]));
	key_blocks_finish(&k);
	return k;
}
#define BLOCKS(lines) blocks_of((lines), sizeof(lines) / sizeof *(lines))

static void the_lines_of_a_private_key_are_known(void **state)
{
	(void)state;
	static const char *const lines[] = {"cat key", "12:00 -----BEGIN RSA PRIVATE KEY-----", "12:00 Proc-Type: 4", "12:00 MADEUP", "other",
					    "12:00 -----END RSA PRIVATE KEY-----", "after"};
	struct key_blocks k = BLOCKS(lines);
	assert_int_equal(k.count, 1);
	for (uint64_t no = 0; no < 9; no++)
		assert_int_equal(key_blocks_find(&k, no), no >= 3 && no <= 5 ? 0 : SIZE_MAX);
	key_blocks_release(&k);
}

static void a_key_without_an_end_hides_only_what_can_be_key(void **state)
{
	(void)state;
	static const char *const cut[] = {"-----BEGIN PRIVATE KEY-----", "MADEUPMADEUPMADEUPMADEUPMADEUPMADEUP", "error: it broke"};
	struct key_blocks k = BLOCKS(cut);
	assert_int_equal(key_blocks_find(&k, 2), 0);
	assert_int_equal(key_blocks_find(&k, 3), SIZE_MAX);
	key_blocks_release(&k);
	static const char *const message[] = {"error: no -----BEGIN PRIVATE KEY----- found", "error: it broke", "bye"};
	k = BLOCKS(message);
	assert_int_equal(k.count, 0);
	key_blocks_release(&k);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_rule_does_to_its_samples_what_they_say),
		cmocka_unit_test(a_sample_that_does_not_hold_is_refused_with_its_place),
		cmocka_unit_test(what_is_wrong_with_a_file_is_said),
		cmocka_unit_test(all_rules_together_mask_each_secret_once),
		cmocka_unit_test(a_line_in_parts_is_masked_as_the_whole),
		cmocka_unit_test(hostile_lines_take_bounded_work),
		cmocka_unit_test(the_lines_of_a_private_key_are_known),
		cmocka_unit_test(a_key_without_an_end_hides_only_what_can_be_key),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
