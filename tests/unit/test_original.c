#include "base/buf.h"
#include "input/blocks.h"
#include "input/original.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static uint64_t random_next(uint64_t *state)
{
	uint64_t x = *state += 0x9e3779b97f4a7c15u;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
	return x ^ (x >> 31);
}

static char dir[] = "/tmp/test_original.XXXXXX";
static char file[sizeof dir + 8];

static int make_dir(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	snprintf(file, sizeof file, "%s/log", dir);
	return 0;
}

static int remove_dir(void **state)
{
	(void)state;
	unlink(file);
	return rmdir(dir);
}

static void write_file(const char *mode, struct span bytes)
{
	FILE *f = fopen(file, mode);
	assert_non_null(f);
	assert_int_equal(fwrite(bytes.ptr, 1, bytes.len, f), bytes.len);
	assert_int_equal(fclose(f), 0);
}

static struct buf random_bytes(uint64_t *seed, size_t len)
{
	struct buf b = {0};
	buf_reserve(&b, len);
	for (; b.len < len; b.len++)
		b.ptr[b.len] = (char)random_next(seed);
	return b;
}

static void assert_reads(struct original *o, struct span all, uint64_t off, size_t len)
{
	char *into = malloc(len + 1);
	struct err err = {0};
	enum err_code code = original_read(o, off, into, len, &err);
	assert_string_equal(err.text, "");
	assert_int_equal(code, ERR_OK);
	assert_true(span_eq(span_of(into, len), span_of(all.ptr + off, len)));
	free(into);
}

/* ---- streams ----------------------------------------------------------------------------------------------------- */

static void a_stream_reads_like_a_plain_buffer_whatever_the_order(void **state)
{
	(void)state;
	static const size_t memory[] = {0, 1, 1000, 70000, 1 << 20};
	for (uint64_t seed = 1; seed <= 100; seed++) {
		uint64_t r = seed;
		struct original *o = original_of_stream(memory[seed % 5]);
		struct buf all = {0};
		buf_reserve(&all, 0);
		for (int step = 0; step < 60; step++) {
			if (random_next(&r) % 2) {
				size_t len = random_next(&r) % (random_next(&r) % 4 ? 300 : 100000);
				struct buf piece = random_bytes(&r, len);
				assert_int_equal(original_append(o, buf_span(&piece), NULL), ERR_OK);
				buf_add_span(&all, buf_span(&piece));
				buf_release(&piece);
			} else if (all.len) {
				uint64_t off = random_next(&r) % all.len;
				assert_reads(o, buf_span(&all), off, random_next(&r) % (all.len - off + 1));
			}
			assert_int_equal(original_size(o), all.len);
		}
		if (all.len)
			assert_reads(o, buf_span(&all), 0, all.len);
		buf_release(&all);
		original_free(o);
	}
}

static void what_lies_past_the_end_is_missing(void **state)
{
	(void)state;
	struct original *o = original_of_stream(100);
	struct err err = {0};
	char into[8];
	assert_int_equal(original_append(o, SPAN("abc"), NULL), ERR_OK);
	assert_int_equal(original_read(o, 3, into, 0, &err), ERR_OK);
	assert_int_equal(original_read(o, 2, into, 2, &err), ERR_MISSING);
	assert_int_equal(original_read(o, 4, into, 0, &err), ERR_MISSING);
	assert_int_equal(original_read(o, UINT64_MAX, into, 1, &err), ERR_MISSING);
	assert_int_equal(original_read(o, 1, into, SIZE_MAX, &err), ERR_MISSING);
	original_free(o);
}

/* The limit on file size stands in for a full disk: the spool must stop before it, for a write past it raises
 * SIGXFSZ. */
static void on_a_full_disk_the_head_is_kept_and_the_rest_is_counted(void **state)
{
	(void)state;
	uint64_t seed = 3;
	struct buf all = random_bytes(&seed, 500000);
	struct rlimit before, small;
	getrlimit(RLIMIT_FSIZE, &before);
	small = (struct rlimit){200000, before.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	struct original *o = original_of_stream(4 * BLOCK_BYTES);
	struct err err = {0};
	enum err_code code = ERR_OK;
	for (size_t at = 0; at < all.len; at += 1000) {
		enum err_code now = original_append(o, span_of(all.ptr + at, 1000), &err);
		assert_true(code == ERR_OK || now == code); /* full stays full */
		code = now;
	}
	setrlimit(RLIMIT_FSIZE, &before);
	assert_int_equal(code, ERR_LIMIT);
	assert_non_null(strstr(err.text, "first 265536 bytes"));
	assert_int_equal(original_size(o), all.len);
	assert_reads(o, buf_span(&all), 0, 265536);
	char byte;
	assert_int_equal(original_read(o, 265536, &byte, 1, &err), ERR_LIMIT);
	assert_int_equal(original_read(o, 265535, (char[2]){0}, 2, &err), ERR_LIMIT);
	assert_int_equal(original_read(o, all.len - 1, &byte, 1, &err), ERR_LIMIT);
	original_free(o);
	buf_release(&all);
}

static void without_any_disk_what_fits_in_memory_is_kept(void **state)
{
	(void)state;
	struct rlimit before;
	getrlimit(RLIMIT_NOFILE, &before);
	setrlimit(RLIMIT_NOFILE, &(struct rlimit){0, before.rlim_max});
	struct original *o = original_of_stream(100000); /* room for six blocks */
	struct err err = {0};
	uint64_t seed = 4;
	struct buf all = random_bytes(&seed, 6 * BLOCK_BYTES + BLOCK_BYTES - 1);
	assert_int_equal(original_append(o, buf_span(&all), &err), ERR_OK);
	assert_reads(o, buf_span(&all), 0, all.len);
	assert_int_equal(original_append(o, SPAN("abc"), &err), ERR_LIMIT);
	setrlimit(RLIMIT_NOFILE, &before);
	assert_int_equal(original_append(o, SPAN("def"), &err), ERR_LIMIT); /* what follows a hole is not kept either */
	assert_int_equal(original_size(o), all.len + 6);
	assert_reads(o, buf_span(&all), 0, 6 * BLOCK_BYTES);
	assert_int_equal(original_read(o, all.len + 3, (char[3]){0}, 3, &err), ERR_LIMIT);
	original_free(o);
	buf_release(&all);
}

static void the_spool_has_no_name_and_only_we_can_read_it(void **state)
{
	(void)state;
	setenv("TMPDIR", dir, 1);
	struct original *o = original_of_stream(0);
	uint64_t seed = 6;
	struct buf secret = random_bytes(&seed, 70000);
	assert_int_equal(original_append(o, buf_span(&secret), NULL), ERR_OK);
	assert_reads(o, buf_span(&secret), 0, secret.len);
	buf_release(&secret);
	unsetenv("TMPDIR");
	bool found = false;
	for (int fd = 3; fd < 300; fd++) {
		char link[64], target[256];
		struct stat st;
		snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
		ssize_t n = readlink(link, target, sizeof target - 1);
		if (n < 0 || !span_starts(span_of(target, (size_t)n), span_of_str(dir)))
			continue;
		found = true;
		assert_int_equal(fstat(fd, &st), 0);
		assert_int_equal(st.st_nlink, 0);
		assert_int_equal(st.st_mode & 0777, 0600);
		assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	}
	assert_true(found);
	original_free(o);
}

static bool lies_within(uint64_t block, uint64_t from, uint64_t to) { return block >= from && block + BLOCK_BYTES <= to; }

/* What is not forgotten stays as it was, whatever else takes the room of what is. */
static void what_is_forgotten_makes_room_and_the_rest_stays(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 20; seed++) {
		uint64_t r = seed, at = 0;
		struct original *o = original_of_stream(seed % 3 * 130000);
		struct buf all = {0};
		bool gone[256] = {false}; /* blocks of which some byte was forgotten */
		for (int step = 0; step < 12; step++) {
			struct buf piece = random_bytes(&r, random_next(&r) % 300000);
			assert_int_equal(original_append(o, buf_span(&piece), NULL), ERR_OK);
			buf_add_span(&all, buf_span(&piece));
			buf_release(&piece);
			uint64_t from = at + random_next(&r) % (all.len - at + 1), to = from + random_next(&r) % (all.len - from + 1);
			uint64_t kept = original_kept(o), whole = 0;
			original_forget(o, from, to);
			for (uint64_t i = 0; i < 256; i++) {
				whole += lies_within(i * BLOCK_BYTES, from, to) && !gone[i];
				gone[i] |= lies_within(i * BLOCK_BYTES, from, to);
			}
			assert_int_equal(original_kept(o), kept - whole * BLOCK_BYTES);
			if (seed % 2)
				original_settle(o, from); /* moves, and changes nothing */
			at = step % 2 ? to : at; /* now and then what was forgotten is forgotten again */
		}
		for (uint64_t i = 0; i * BLOCK_BYTES < all.len; i++) {
			size_t len = all.len - i * BLOCK_BYTES < BLOCK_BYTES ? all.len - i * BLOCK_BYTES : BLOCK_BYTES;
			char into[BLOCK_BYTES];
			if (!gone[i])
				assert_reads(o, buf_span(&all), i * BLOCK_BYTES, len);
			else
				assert_int_equal(original_read(o, i * BLOCK_BYTES, into, len, NULL), ERR_LIMIT);
		}
		buf_release(&all);
		original_free(o);
	}
}

static void a_long_stream_that_is_forgotten_behind_takes_little_room(void **state)
{
	(void)state;
	setenv("TMPDIR", dir, 1);
	struct original *o = original_of_stream(150000);
	uint64_t seed = 7;
	struct buf piece = random_bytes(&seed, 100000);
	for (uint64_t n = 1; n <= 300; n++) {
		assert_int_equal(original_append(o, buf_span(&piece), NULL), ERR_OK);
		if (n % 10 == 0) {
			original_forget(o, 100000, n * 100000 - 5000);
			original_settle(o, n * 100000 - 5000);
		}
	}
	unsetenv("TMPDIR");
	assert_reads(o, buf_span(&piece), 0, piece.len);
	assert_true(original_kept(o) < 300000);
	for (int fd = 3; fd < 300; fd++) {
		char link[64], target[256];
		struct stat st;
		snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
		ssize_t n = readlink(link, target, sizeof target - 1);
		if (n < 0 || !span_starts(span_of(target, (size_t)n), span_of_str(dir)))
			continue;
		assert_int_equal(fstat(fd, &st), 0);
		assert_true(st.st_size < 2000000);
	}
	original_free(o);
	buf_release(&piece);
}

/* ---- files ------------------------------------------------------------------------------------------------------- */

static struct original *open_file(void)
{
	struct original *o;
	struct err err = {0};
	assert_int_equal(original_of_file(&o, file, &err), ERR_OK);
	return o;
}

static void a_file_is_read_at_any_offset(void **state)
{
	(void)state;
	uint64_t seed = 5;
	struct buf all = random_bytes(&seed, 30000);
	write_file("w", buf_span(&all));
	struct original *o = open_file();
	assert_int_equal(original_size(o), all.len);
	assert_reads(o, buf_span(&all), 0, all.len);
	for (int i = 0; i < 200; i++) {
		uint64_t off = random_next(&seed) % all.len;
		assert_reads(o, buf_span(&all), off, random_next(&seed) % (all.len - off + 1));
	}
	original_free(o);
	buf_release(&all);
}

static void assert_changed(struct original *o)
{
	struct err err = {0};
	char byte;
	assert_int_equal(original_read(o, 1, &byte, 1, &err), ERR_CHANGED);
	assert_non_null(strstr(err.text, file));
	original_free(o);
}

static void a_truncated_file_has_changed(void **state)
{
	(void)state;
	write_file("w", SPAN("one\ntwo\nthree\n"));
	struct original *o = open_file();
	assert_int_equal(truncate(file, 5), 0);
	assert_changed(o);
}

static void a_file_written_anew_has_changed(void **state)
{
	(void)state;
	write_file("w", SPAN("one\ntwo\n"));
	struct original *o = open_file();
	write_file("w", SPAN("ONE\ntwo\n"));
	/* Within one clock tick the time may be the same: make it differ, as it does in life. */
	assert_int_equal(utimensat(-1, file, (struct timespec[2]){{.tv_nsec = UTIME_NOW}, {.tv_sec = 1}}, 0), 0);
	assert_changed(o);
	o = open_file();
	write_file("w", SPAN("something else, and longer than before\n"));
	assert_changed(o);
}

static void a_file_that_only_grew_is_still_readable(void **state)
{
	(void)state;
	struct span first = SPAN("one\ntwo\n");
	write_file("w", first);
	struct original *o = open_file();
	write_file("a", SPAN("three\n"));
	assert_int_equal(original_size(o), first.len);
	assert_reads(o, first, 0, first.len);
	original_free(o);
}

static void a_file_replaced_under_its_name_is_still_readable(void **state)
{
	(void)state;
	struct span first = SPAN("one\ntwo\n");
	write_file("w", first);
	struct original *o = open_file();
	assert_int_equal(unlink(file), 0);
	write_file("w", SPAN("new\n"));
	assert_reads(o, first, 0, first.len);
	original_free(o);
}

static void what_cannot_be_read_twice_is_refused(void **state)
{
	(void)state;
	struct original *o;
	struct err err = {0};
	assert_int_equal(original_of_file(&o, dir, &err), ERR_INPUT);
	assert_null(o);
	unlink(file);
	assert_int_equal(original_of_file(&o, file, &err), ERR_MISSING);
	assert_int_equal(mkfifo(file, 0600), 0);
	assert_int_equal(original_of_file(&o, file, &err), ERR_INPUT);
	unlink(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_stream_reads_like_a_plain_buffer_whatever_the_order),
		cmocka_unit_test(what_lies_past_the_end_is_missing),
		cmocka_unit_test(on_a_full_disk_the_head_is_kept_and_the_rest_is_counted),
		cmocka_unit_test(without_any_disk_what_fits_in_memory_is_kept),
		cmocka_unit_test(the_spool_has_no_name_and_only_we_can_read_it),
		cmocka_unit_test(what_is_forgotten_makes_room_and_the_rest_stays),
		cmocka_unit_test(a_long_stream_that_is_forgotten_behind_takes_little_room),
		cmocka_unit_test(a_file_is_read_at_any_offset),
		cmocka_unit_test(a_truncated_file_has_changed),
		cmocka_unit_test(a_file_written_anew_has_changed),
		cmocka_unit_test(a_file_that_only_grew_is_still_readable),
		cmocka_unit_test(a_file_replaced_under_its_name_is_still_readable),
		cmocka_unit_test(what_cannot_be_read_twice_is_refused),
	};
	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
