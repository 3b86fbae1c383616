#include "input_support.h"

#include "input/unzstd.h"

/* ---- zstd -------------------------------------------------------------------------------------------------------- */

static void zstd_frames_one_after_another_read_as_one_text(void **state)
{
	(void)state;
	struct buf text = make_text(700000), packed = {0};
	add_zstd_frame(&packed, span_head(buf_span(&text), 300000));
	buf_add_span(&packed, SPAN("\x53\x2a\x4d\x18\x05\0\0\0skip!")); /* a skippable frame */
	add_zstd_frame(&packed, span_of("", 0));
	add_zstd_frame(&packed, span_from(buf_span(&text), 300000));
	write_file("w", buf_span(&packed));
	assert_file_reads_as(buf_span(&text), "zstd", false);
	const char *decoded_from = NULL;
	struct result r = read_through_pipe(buf_span(&packed), 777, &decoded_from);
	assert_text(&r, buf_span(&text));
	assert_string_equal(decoded_from, "zstd");
	buf_release(&r.text);
	buf_release(&text);
	buf_release(&packed);
}

static void zstd_that_begins_with_a_skippable_frame_is_zstd(void **state)
{
	(void)state;
	struct buf packed = {0};
	buf_add_span(&packed, SPAN("\x50\x2a\x4d\x18\x01\0\0\0x"));
	add_zstd_frame(&packed, SPAN("text\n"));
	write_file("w", buf_span(&packed));
	assert_file_reads_as(SPAN("text\n"), "zstd", false);
	buf_release(&packed);
}

/* However it is cut: a true prefix of the text, at most one block lost, and a message; or the whole when nothing
 * lacks. */
static void zstd_that_is_cut_off_gives_what_could_be_read(void **state)
{
	(void)state;
	struct buf text = make_text(600000), packed = zstd_of(buf_span(&text));
	for (size_t cut = 4; cut < packed.len; cut += cut < 64 ? 1 : packed.len / 23) {
		write_file("w", span_head(buf_span(&packed), cut));
		struct source *s = open_path(file);
		struct result r = read_all(s, READ_WINDOW_BYTES);
		assert_true(r.failed);
		assert_non_null(strstr(r.err.text, "the zstd data is cut off: it ends at byte "));
		assert_true(span_starts(buf_span(&text), buf_span(&r.text)));
		assert_true((double)r.text.len >= (double)cut / (double)packed.len * (double)text.len - 2 * 128 * 1024);
		buf_release(&r.text);
		source_free(s);
	}
	buf_release(&text);
	buf_release(&packed);
}

static void damaged_zstd_gives_the_blocks_before_the_damage(void **state)
{
	(void)state;
	struct buf text = make_text(600000), packed = {0};
	add_zstd_frame(&packed, buf_span(&text));
	size_t frame = packed.len;
	buf_add_str(&packed, "no zstd frame at all"); /* damage behind the frame: all of it was good */
	write_file("w", buf_span(&packed));
	struct source *s = open_path(file);
	struct result r = read_all(s, READ_WINDOW_BYTES);
	assert_true(r.failed);
	assert_non_null(strstr(r.err.text, "damaged zstd data near byte "));
	assert_non_null(strstr(r.err.text, "; 600000 bytes were read"));
	assert_true(span_eq(buf_span(&r.text), buf_span(&text)));
	buf_release(&r.text);
	source_free(s);

	struct buf torn = {0}; /* damage in the middle: the blocks before it are given */
	buf_add(&torn, packed.ptr, frame);
	memset(torn.ptr + frame * 3 / 4, 'x', 200);
	write_file("w", buf_span(&torn));
	s = open_path(file);
	r = read_all(s, READ_WINDOW_BYTES);
	assert_true(r.failed);
	assert_in_range(r.text.len, 3 * 128 * 1024, text.len); /* the fourth block was hit */
	size_t sure = r.text.len > 128 * 1024 ? r.text.len - 128 * 1024 : 0; /* a torn block may decode to something */
	assert_true(span_starts(buf_span(&text), span_head(buf_span(&r.text), sure)));
	buf_release(&r.text);
	buf_release(&torn);
	source_free(s);

	uint64_t seed = 1;
	for (int i = 0; i < 60; i++) {
		struct buf bad = {0};
		buf_add(&bad, packed.ptr, frame);
		size_t at = 4 + random_next(&seed) % (frame - 4);
		bad.ptr[at] = (char)(bad.ptr[at] ^ (1 << random_next(&seed) % 8));
		write_file("w", buf_span(&bad));
		struct err err = {0};
		if (source_open(&s, file, &err) == ERR_OK) { /* a damaged head may ask for a larger window */
			r = read_all(s, READ_WINDOW_BYTES);
			if (!r.failed) /* a frame made by ZSTD_compress has no checksum */
				assert_int_equal(r.text.len, text.len);
			buf_release(&r.text);
			source_free(s);
		}
		buf_release(&bad);
	}
	buf_release(&text);
	buf_release(&packed);
}

static void the_window_of_a_zstd_frame_is_told_from_its_header(void **state)
{
	(void)state;
	assert_int_equal(unzstd_recognize(SPAN("\x28\xb5\x2f\xfd\x04\x70")), UNZSTD_YES);       /* 16 MiB */
	assert_int_equal(unzstd_recognize(SPAN("\x28\xb5\x2f\xfd\x04\x71")), UNZSTD_TOO_LARGE); /* and an eighth */
	assert_int_equal(unzstd_recognize(SPAN("\x28\xb5\x2f\xfd\x04\x6f")), UNZSTD_YES);
	assert_int_equal(unzstd_recognize(SPAN("\x28\xb5\x2f\xfd\xa4\0\0\0\1")),
			 UNZSTD_YES); /* the size is the window */
	assert_int_equal(unzstd_recognize(SPAN("\x28\xb5\x2f\xfd\xa4\1\0\0\1")), UNZSTD_TOO_LARGE);
	assert_int_equal(unzstd_recognize(SPAN("\x28\xb5\x2f\xfd\xa6\1\2\0\0\0\1")),
			 UNZSTD_YES); /* behind a dictionary id */
	assert_int_equal(unzstd_recognize(SPAN("\x28\xb5\x2f\xfd\xe4\0\0\0\0\1\0\0\0")), UNZSTD_TOO_LARGE);
	assert_int_equal(unzstd_recognize(SPAN("\x28\xb5\x2f\xfd\x64\xff\xff")), UNZSTD_YES);
	assert_int_equal(unzstd_recognize(SPAN("\x28\xb5\x2f\xfd")), UNZSTD_YES); /* cut off: said when it is read */
	assert_int_equal(unzstd_recognize(SPAN("\x28\xb5\x2f")), UNZSTD_NO);
	assert_int_equal(unzstd_recognize(SPAN("\x5f\x2a\x4d\x18")), UNZSTD_YES);
	assert_int_equal(unzstd_recognize(SPAN("\x60\x2a\x4d\x18")), UNZSTD_NO);
}

static void a_later_zstd_frame_with_a_large_window_is_refused_with_the_mend(void **state)
{
	(void)state;
	struct buf text = make_text(300000), packed = zstd_of(buf_span(&text));
	write_file("w", buf_span(&text));
	pack_file("zstd -q --long=27");
	struct buf large = file_bytes();
	buf_add_span(&packed, buf_span(&large));
	write_file("w", buf_span(&packed));
	struct source *s = open_path(file);
	struct result r = read_all(s, READ_WINDOW_BYTES);
	assert_true(r.failed);
	assert_non_null(strstr(r.err.text, "pipe in the output of zstd -dc --long=31"));
	assert_true(span_eq(buf_span(&r.text), buf_span(&text)));
	source_free(s);
	buf_release(&r.text);
	buf_release(&text);
	buf_release(&packed);
	buf_release(&large);
}

static void zstd_with_a_large_window_is_read_by_the_system_s_zstd(void **state)
{
	(void)state;
	struct buf text = make_text(300000);
	write_file("w", buf_span(&text));
	pack_file("zstd -q --long=27");
	assert_file_reads_as(buf_span(&text), "zstd", false);
	buf_release(&text);
}

/* ---- the pushed form --------------------------------------------------------------------------------------------- */

static void add_piece(void *user, struct span bytes)
{
	assert_in_range(bytes.len, 1, READ_WINDOW_BYTES);
	buf_add_span(user, bytes);
}

static struct result push_all(struct span bytes, uint64_t seed, const char **decoded_from)
{
	struct result r = {0};
	struct decoder *d = decoder_new();
	buf_reserve(&r.text, 0);
	while (bytes.len) {
		size_t n = 1 + random_next(&seed) % (seed % 3 ? 7 : 100000);
		if (decoder_feed(d, span_head(bytes, n), add_piece, &r.text, &r.err)) {
			assert_false(r.failed);
			r.failed = true;
		}
		bytes = span_from(bytes, n);
	}
	if (decoder_finish(d, add_piece, &r.text, &r.err)) {
		assert_false(r.failed);
		r.failed = true;
	}
	*decoded_from = decoder_decoded_from(d);
	decoder_free(d);
	return r;
}

static void pushed_bytes_decode_like_a_file(void **state)
{
	(void)state;
	struct buf text = make_text(300000), inputs[9] = {0};
	for (size_t i = 0; i < 9; i++)
		buf_reserve(&inputs[i], 0);
	buf_add_span(&inputs[1], SPAN("x"));
	buf_add_span(&inputs[2], span_head(buf_span(&text), 20000));
	add_zstd_frame(&inputs[3], buf_span(&text));
	add_zstd_frame(&inputs[3], SPAN("more"));
	buf_add(&inputs[4], inputs[3].ptr, inputs[3].len / 2);
	buf_add_span(&inputs[5], SPAN("\xff\xfe"
				      "a\0\n\0\xe9\0\x17\x27\x3d\xd8\x25\xdd"
				      "b\0c\0d\0e\0f\0\x3d\xd8"
				      "x"));
	buf_add_span(&inputs[6], SPAN("\xef\xbb\xbfmarked"));
	buf_add_span(&inputs[7], buf_span(&inputs[3]));
	memset(inputs[7].ptr + inputs[7].len / 2, 'x', 10); /* damage in the middle */
	add_zstd_frame(&inputs[8], SPAN("good"));
	for (int i = 0; i < 50; i++)
		buf_add_str(&inputs[8], "no frame at all ");
	for (size_t i = 0; i < 9; i++) {
		write_file("w", buf_span(&inputs[i]));
		struct source *s = open_path(file);
		struct result want = read_all(s, 1000);
		for (uint64_t seed = 1; seed < 12; seed++) {
			const char *decoded_from;
			struct result got = push_all(buf_span(&inputs[i]), seed, &decoded_from);
			assert_true(span_eq(buf_span(&got.text), buf_span(&want.text)));
			assert_int_equal(got.failed, want.failed);
			assert_string_equal(decoded_from, source_decoded_from(s));
			buf_release(&got.text);
		}
		buf_release(&want.text);
		buf_release(&inputs[i]);
		source_free(s);
	}
	buf_release(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(zstd_frames_one_after_another_read_as_one_text),
		cmocka_unit_test(zstd_that_begins_with_a_skippable_frame_is_zstd),
		cmocka_unit_test(zstd_that_is_cut_off_gives_what_could_be_read),
		cmocka_unit_test(damaged_zstd_gives_the_blocks_before_the_damage),
		cmocka_unit_test(the_window_of_a_zstd_frame_is_told_from_its_header),
		cmocka_unit_test(a_later_zstd_frame_with_a_large_window_is_refused_with_the_mend),
		cmocka_unit_test(zstd_with_a_large_window_is_read_by_the_system_s_zstd),
		cmocka_unit_test(pushed_bytes_decode_like_a_file),
	};
	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
