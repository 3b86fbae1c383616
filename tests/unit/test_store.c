/* The store of originals: what was stored comes back byte for byte, and damage is an error. */
#include "store_fixture.h"

/* ---- storing and reading ---- */

static void what_was_stored_comes_back_byte_for_byte(void **state)
{
	(void)state;
	static const size_t sizes[] = {
		0, 1, 2, 4095, FRAME_BYTES - 1, FRAME_BYTES, FRAME_BYTES + 1, 2 * FRAME_BYTES, 7654321};
	struct store *s = open_store(0);
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		struct buf log = make_log(i, sizes[i]);
		char id[33], hex[33];
		put(s, buf_span(&log), 0, id);
		struct store_reader *r = get(s, id);
		assert_int_equal(store_reader_bytes(r), log.len);
		struct plain plain = plain_of(buf_span(&log));
		assert_int_equal(store_reader_lines(r), plain.lines);
		free(plain.begin);
		assert_true(hash128_eq(store_reader_hash(r), hash128_of(buf_span(&log).ptr, log.len)));
		assert_lines(r, 1, UINT64_MAX, buf_span(&log));
		assert_int_equal(store_verify(r, NULL), ERR_OK);
		hash128_hex(store_reader_hash(r), hex);
		assert_int_equal(strlen(id), 8);
		assert_memory_equal(id, hex, 8);
		store_reader_free(r);
		buf_release(&log);
	}
	store_free(s);
}

static void any_range_of_lines_is_what_a_plain_count_gives(void **state)
{
	(void)state;
	struct store *s = open_store(0);
	struct buf log = make_log(42, 9 * FRAME_BYTES + 12345);
	struct plain plain = plain_of(buf_span(&log));
	uint64_t lines = plain.lines, seed = 7;
	char id[33];
	put(s, buf_span(&log), 0, id);
	struct store_reader *r = get(s, id);
	for (int i = 0; i < 400; i++) {
		uint64_t first = next_random(&seed) % (lines + 3),
			 last = first + next_random(&seed) % (i % 4 ? 50 : 40000);
		if (i % 50 == 0)
			first = lines, last = lines + 5;
		assert_lines(r, first, last, plain_lines(&plain, first, last));
	}
	/* Line after line, as a walk through matches reads them. */
	for (uint64_t line = lines / 2; line < lines / 2 + 3000; line++)
		assert_lines(r, line, line, plain_lines(&plain, line, line));
	assert_lines(r, lines + 1, UINT64_MAX, SPAN(""));
	store_reader_free(r);
	free(plain.begin);
	buf_release(&log);
	store_free(s);
}

static void a_range_touches_one_or_two_frames(void **state)
{
	(void)state;
	struct store *s = open_store(0);
	struct buf log = make_log(5, 20 * FRAME_BYTES);
	struct plain plain = plain_of(buf_span(&log));
	uint64_t lines = plain.lines, seed = 3;
	char id[33];
	put(s, buf_span(&log), 0, id);
	for (int i = 0; i < 50; i++) {
		uint64_t first = 1 + next_random(&seed) % lines;
		struct span expected = plain_lines(&plain, first, first + 40);
		if (expected.len > FRAME_BYTES / 2)
			continue;
		struct store_reader *r = get(s, id);
		assert_lines(r, first, first + 40, expected);
		assert_in_range(store_reader_frames_read(r), 1, 2);
		store_reader_free(r);
	}
	free(plain.begin);
	buf_release(&log);
	store_free(s);
}

static void the_pieces_do_not_matter_for_the_file(void **state)
{
	(void)state;
	struct store *s = open_store(0);
	struct buf log = make_log(9, 3 * FRAME_BYTES + 77);
	char id[33], again[33];
	char *path = below("store"), name[128];
	put(s, buf_span(&log), 0, id);
	struct store_reader *r = get(s, id);
	char hex[33];
	hash128_hex(store_reader_hash(r), hex);
	store_reader_free(r);
	snprintf(name, sizeof name, "store/%s.zst", hex);
	path = below(name);
	struct stat first, second;
	assert_int_equal(stat(path, &first), 0);
	char *aside = below("aside");
	assert_int_equal(rename(path, aside), 0);
	put(s, buf_span(&log), 1021, again);
	assert_string_equal(id, again);
	assert_int_equal(stat(path, &second), 0);
	assert_int_equal(first.st_size, second.st_size);
	char command[1200];
	snprintf(command, sizeof command, "cmp %s %s", path, aside);
	assert_int_equal(system(command), 0);
	buf_release(&log);
	store_free(s);
}

static void a_writer_reads_back_what_it_was_given(void **state)
{
	(void)state;
	struct store *s = open_store(0);
	struct buf log = make_log(11, 6 * FRAME_BYTES + 999);
	struct store_writer *w;
	struct err err = {0};
	uint64_t seed = 1;
	assert_int_equal(store_begin(s, &w, &err), ERR_OK);
	char *into = mem_alloc(3 * FRAME_BYTES);
	for (size_t given = 0; given < log.len;) {
		size_t n = 1 + next_random(&seed) % 300000;
		if (n > log.len - given)
			n = log.len - given;
		assert_int_equal(store_append(w, span_of(log.ptr + given, n), &err), ERR_OK);
		given += n;
		size_t off = next_random(&seed) % given, len = next_random(&seed) % (3 * FRAME_BYTES);
		if (len > given - off)
			len = given - off;
		assert_int_equal(store_writer_read(w, off, into, len, &err), ERR_OK);
		assert_memory_equal(into, log.ptr + off, len);
		assert_int_equal(store_writer_read(w, given, into, 1, NULL), ERR_STORE);
	}
	free(into);
	store_abort(w);
	buf_release(&log);
	store_free(s);
}

static void nothing_is_seen_before_commit_and_nothing_stays_after_abort(void **state)
{
	(void)state;
	struct store *s = open_store(0);
	struct store_writer *w;
	assert_int_equal(store_begin(s, &w, NULL), ERR_OK);
	struct buf log = make_log(2, 2 * FRAME_BYTES + 5);
	assert_int_equal(store_append(w, buf_span(&log), NULL), ERR_OK);
	assert_int_equal(count_files(below("store")), 0);
	assert_int_equal(count_files(below("store/tmp")), 1);
	store_abort(w);
	assert_int_equal(count_files(below("store/tmp")), 0);
	store_abort(NULL);
	buf_release(&log);
	store_free(s);
}

static void plain_zstd_reads_an_object(void **state)
{
	(void)state;
	static const size_t sizes[] = {0, 17, 2 * FRAME_BYTES + 3};
	if (system("zstd --version >/dev/null 2>&1") != 0) {
		print_message("zstd is not installed\n");
		skip();
	}
	struct store *s = open_store(0);
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		struct buf log = make_log(100 + i, sizes[i]);
		char id[33], command[1200];
		put(s, buf_span(&log), 0, id);
		FILE *plain = fopen(below("plain"), "wb");
		assert_int_equal(fwrite(log.ptr, 1, log.len, plain), log.len);
		fclose(plain);
		snprintf(command, sizeof command, "zstd -dc %s/%s*.zst | cmp - %s", below("store"), id, below("plain"));
		assert_int_equal(system(command), 0);
		buf_release(&log);
	}
	store_free(s);
}

/* ---- identity ---- */

static void the_same_content_is_stored_once_and_is_new_again(void **state)
{
	(void)state;
	struct store *s = open_store(0);
	struct buf log = make_log(1, FRAME_BYTES + 5);
	char id[33], again[33];
	put(s, buf_span(&log), 0, id);
	char *path = path_of(s, id);
	set_age(path, 1000);
	put(s, buf_span(&log), 999, again);
	assert_string_equal(id, again);
	assert_in_range(age_of(path), 0, 500);
	assert_int_equal(count_files(below("store/tmp")), 0);
	set_age(path, 1000);
	store_reader_free(get(s, id));
	assert_in_range(age_of(path), 0, 500);
	buf_release(&log);
	store_free(s);
}

static void flip(const char *path, off_t at, unsigned char bits)
{
	int fd = open(path, O_RDWR);
	unsigned char c;
	assert_int_equal(pread(fd, &c, 1, at), 1);
	c ^= bits;
	assert_int_equal(pwrite(fd, &c, 1, at), 1);
	close(fd);
}

static void storing_again_mends_a_damaged_object(void **state)
{
	(void)state;
	struct store *s = open_store(0);
	struct buf log = make_log(8, 3 * FRAME_BYTES);
	char id[33];
	for (int i = 0; i < 3; i++) {
		put(s, buf_span(&log), 0, id);
		char *path = path_of(s, id);
		struct stat st;
		assert_int_equal(stat(path, &st), 0);
		/* Held by this very process, as what it stored last: it must be let go for the mending. */
		store_free(s);
		flip(path, i == 0 ? 1000 : i == 1 ? st.st_size / 2 : st.st_size - 20, 0x10);
		s = open_store(0);
		put(s, buf_span(&log), 0, id);
		struct store_reader *r = get(s, id);
		assert_int_equal(store_verify(r, NULL), ERR_OK);
		store_reader_free(r);
	}
	buf_release(&log);
	store_free(s);
}

static void ids_grow_when_they_would_be_ambiguous(void **state)
{
	(void)state;
	struct store *s = open_store(0);
	char id[33], name[64];
	struct err err = {0};
	struct store_reader *r;
	put(s, SPAN("some content\n"), 0, id);
	struct store_reader *whole = get(s, id);
	char hex[33];
	hash128_hex(store_reader_hash(whole), hex);
	store_reader_free(whole);
	snprintf(name, sizeof name, "store/%.11s%c%.20s.zst", hex, hex[11] == '0' ? '1' : '0', hex + 12);
	close(open(below(name), O_CREAT | O_WRONLY, 0600));
	put(s, SPAN("some content\n"), 0, id);
	assert_int_equal(strlen(id), 12);
	assert_memory_equal(id, hex, 12);
	store_reader_free(get(s, id));
	hex[11] = '\0';
	assert_int_equal(store_get(s, hex, &r, &err), ERR_USAGE);
	assert_null(r);
	assert_non_null(strstr(err.text, "more digits"));
	assert_int_equal(store_get(s, "abc", &r, &err), ERR_USAGE);
	assert_int_equal(store_get(s, "nothex99", &r, &err), ERR_USAGE);
	assert_int_equal(store_get(s, "0123456789abcdef0123456789abcdef0", &r, &err), ERR_USAGE);
	assert_int_equal(store_get(s, "../../..", &r, &err), ERR_USAGE);
	assert_int_equal(store_get(s, "0000000000", &r, &err), ERR_MISSING);
	store_free(s);
}

/* ---- damage ---- */

/* Whatever is wrong with the file: an error, or exactly the bytes. */
static bool reads_right_or_fails(const char *id, struct span content)
{
	struct store *s = open_store(0);
	struct store_reader *r;
	struct err err = {0};
	bool failed = store_get(s, id, &r, &err) != ERR_OK;
	if (!failed) {
		struct buf got = {0};
		failed = store_read_lines(r, 1, UINT64_MAX, gather, &got, &err) != ERR_OK;
		if (!failed)
			assert_true(span_eq(buf_span(&got), content));
		buf_release(&got);
		assert_true(failed || store_verify(r, NULL) == ERR_OK);
		store_reader_free(r);
	}
	if (failed)
		assert_true(err.code == ERR_STORE && err.text[0]);
	store_free(s);
	return failed;
}

static void a_flipped_byte_anywhere_is_an_error_not_garbage(void **state)
{
	(void)state;
	struct store *s = open_store(0);
	struct buf log = make_log(77, 5000);
	char id[33];
	put(s, buf_span(&log), 0, id);
	char *path = path_of(s, id);
	store_free(s);
	struct stat st;
	assert_int_equal(stat(path, &st), 0);
	size_t found = 0;
	for (off_t at = 0; at < st.st_size; at++)
		for (unsigned bits = 1; bits < 256; bits = bits * 4 + 1) {
			flip(path, at, (unsigned char)bits);
			found += reads_right_or_fails(id, buf_span(&log));
			flip(path, at, (unsigned char)bits);
		}
	/* zstd has a few bits without meaning. */
	assert_true(found >= (size_t)st.st_size * 4 - 8);
	assert_false(reads_right_or_fails(id, buf_span(&log)));
	buf_release(&log);
}

static void a_file_cut_anywhere_is_an_error(void **state)
{
	(void)state;
	struct store *s = open_store(0);
	struct buf log = make_log(78, 3000);
	char id[33], saved[8192];
	put(s, buf_span(&log), 0, id);
	char *path = path_of(s, id);
	store_free(s);
	int fd = open(path, O_RDWR);
	ssize_t size = pread(fd, saved, sizeof saved, 0);
	assert_in_range(size, 100, sizeof saved - 1);
	for (ssize_t cut = size - 1; cut >= 0; cut--) {
		assert_int_equal(ftruncate(fd, cut), 0);
		assert_true(reads_right_or_fails(id, buf_span(&log)));
	}
	/* Two objects in one file end in a whole index, which does not fit. */
	assert_int_equal(pwrite(fd, saved, (size_t)size, 0), size);
	assert_int_equal(pwrite(fd, saved, (size_t)size, size), size);
	assert_true(reads_right_or_fails(id, buf_span(&log)));
	close(fd);
	buf_release(&log);
}

/* A checksum keeps out chance, not malice: an index that lies may give wrong lines, but nothing outside the content. */
static void a_forged_index_is_survived_and_fails_the_check(void **state)
{
	(void)state;
	struct store *s = open_store(0);
	struct buf log = make_log(80, 3 * FRAME_BYTES + 1000);
	char id[33], tail[8 * 4 + 64];
	put(s, buf_span(&log), 0, id);
	char *path = path_of(s, id);
	int fd = open(path, O_RDWR);
	off_t at = lseek(fd, 0, SEEK_END) - (off_t)sizeof tail;
	assert_int_equal(pread(fd, tail, sizeof tail, at), sizeof tail);
	uint64_t seed = 12;
	for (int i = 0; i < 1500; i++) {
		static const uint64_t edges[] = {0, 1, UINT64_MAX, UINT32_MAX, FRAME_BYTES, (uint64_t)1 << 63};
		char forged[sizeof tail];
		memcpy(forged, tail, sizeof tail);
		size_t where = (size_t)(next_random(&seed) % (sizeof tail / 4 - 2)) * 4;
		uint64_t lie = i % 2 ? edges[next_random(&seed) % 6] : next_random(&seed);
		memcpy(forged + where, &lie, i % 3 ? 4 : 8);
		uint64_t sum = hash64(forged, sizeof forged - 8);
		memcpy(forged + sizeof forged - 8, &sum, 8);
		if (memcmp(forged, tail, sizeof tail) == 0)
			continue;
		assert_int_equal(pwrite(fd, forged, sizeof forged, at), sizeof forged);
		struct store_reader *r;
		if (store_get(s, id, &r, NULL) != ERR_OK)
			continue;
		struct buf got = {0};
		store_read_lines(r, 5, UINT64_MAX, gather, &got, NULL);
		buf_clear(&got);
		store_read_lines(r, 40000, 40010, gather, &got, NULL);
		assert_int_not_equal(store_verify(r, NULL), ERR_OK);
		buf_release(&got);
		store_reader_free(r);
	}
	close(fd);
	buf_release(&log);
	store_free(s);
}

static void damage_in_one_frame_leaves_the_others_readable(void **state)
{
	(void)state;
	struct store *s = open_store(0);
	struct buf log = make_log(79, 6 * FRAME_BYTES);
	struct plain plain = plain_of(buf_span(&log));
	char id[33];
	put(s, buf_span(&log), 0, id);
	struct stat st;
	assert_int_equal(stat(path_of(s, id), &st), 0);
	flip(path_of(s, id), st.st_size / 2, 0xff);
	struct store_reader *r = get(s, id);
	assert_lines(r, 1, 100, plain_lines(&plain, 1, 100));
	assert_lines(r, plain.lines - 100, plain.lines, plain_lines(&plain, plain.lines - 100, plain.lines));
	struct buf got = {0};
	struct err err = {0};
	assert_int_equal(store_read_lines(r, 1, UINT64_MAX, gather, &got, &err), ERR_STORE);
	assert_non_null(strstr(err.text, ".zst: damaged"));
	assert_true(got.len < log.len && memcmp(got.ptr, log.ptr, got.len) == 0);
	assert_int_equal(store_verify(r, &err), ERR_STORE);
	buf_release(&got);
	free(plain.begin);
	store_reader_free(r);
	buf_release(&log);
	store_free(s);
}

static void an_index_of_many_frames_is_small_and_exact(void **state)
{
	(void)state;
	enum { FRAMES = 300000 }; /* 286 GiB of content */
	struct index x = {0}, back;
	struct buf tail = {0};
	uint64_t seed = 4;
	for (size_t i = 0; i < FRAMES; i++)
		index_add(&x, 1 + next_random(&seed) % 200000, i + 1 < FRAMES ? FRAME_BYTES : 77,
			  next_random(&seed) % 9000);
	x.lines = index_newlines_before(&x, FRAMES) + 1;
	x.hash = (struct hash128){1, 2};
	assert_int_equal(index_write(&x, &tail, NULL), ERR_OK);
	assert_int_equal(tail.len, 8 + 8 * FRAMES + 64);
	int fd = open(below("index"), O_CREAT | O_RDWR, 0600);
	uint64_t at = index_frame_begin(&x, FRAMES);
	assert_int_equal(pwrite(fd, tail.ptr, tail.len, (off_t)at), tail.len); /* the frames are a hole */
	assert_int_equal(index_read(&back, fd, NULL), ERR_OK);
	assert_int_equal(back.count, FRAMES);
	assert_memory_equal(back.frames, x.frames, FRAMES * sizeof *x.frames);
	assert_true(back.lines == x.lines && back.content_bytes == x.content_bytes && hash128_eq(back.hash, x.hash));
	assert_int_equal(sizeof *x.frames, 16);
	/* One hole more or less is noticed. */
	assert_int_equal(pwrite(fd, tail.ptr, tail.len, (off_t)at + 1), tail.len);
	index_release(&back);
	assert_int_equal(index_read(&back, fd, NULL), ERR_STORE);
	close(fd);
	index_release(&x);
	buf_release(&tail);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_was_stored_comes_back_byte_for_byte),
		TEST(any_range_of_lines_is_what_a_plain_count_gives),
		TEST(a_range_touches_one_or_two_frames),
		TEST(the_pieces_do_not_matter_for_the_file),
		TEST(a_writer_reads_back_what_it_was_given),
		TEST(nothing_is_seen_before_commit_and_nothing_stays_after_abort),
		TEST(plain_zstd_reads_an_object),
		TEST(the_same_content_is_stored_once_and_is_new_again),
		TEST(storing_again_mends_a_damaged_object),
		TEST(ids_grow_when_they_would_be_ambiguous),
		TEST(a_flipped_byte_anywhere_is_an_error_not_garbage),
		TEST(a_file_cut_anywhere_is_an_error),
		TEST(a_forged_index_is_survived_and_fails_the_check),
		TEST(damage_in_one_frame_leaves_the_others_readable),
		TEST(an_index_of_many_frames_is_small_and_exact),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
