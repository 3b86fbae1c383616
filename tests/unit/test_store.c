/* The store of originals: what was stored comes back byte for byte, whatever happens to the processes and the disk. */
#include "base/buf.h"
#include "base/mem.h"
#include "store/folder.h"
#include "store/frame.h"
#include "store/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- fixtures ---- */

static char *scratch; /* a folder of this test's own, removed behind it */

static int remove_below(const char *path)
{
	char *argv[] = {"rm", "-rf", (char *)path, NULL};
	pid_t pid = fork();
	if (pid == 0) {
		execvp(argv[0], argv);
		_exit(127);
	}
	int status;
	waitpid(pid, &status, 0);
	return status;
}

static int make_scratch(void **state)
{
	(void)state;
	char name[] = "/tmp/ctxcut-store-XXXXXX";
	scratch = mem_strdup(mkdtemp(name));
	return 0;
}

static int drop_scratch(void **state)
{
	(void)state;
	remove_below(scratch);
	free(scratch);
	return 0;
}

static char *below(const char *name)
{
	static char path[4][512];
	static unsigned turn;
	char *p = path[turn++ % 4];
	snprintf(p, 512, "%s/%s", scratch, name);
	return p;
}

static struct store *open_store(uint64_t cap)
{
	struct store *s;
	struct err err = {0};
	assert_int_equal(store_open(&s, below("store"), cap, &err), ERR_OK);
	return s;
}

/* A small generator of its own, so that a seed gives the same bytes everywhere. */
static uint64_t next_random(uint64_t *seed)
{
	uint64_t z = (*seed += 0x9e3779b97f4a7c15);
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

/* Lines like a log's: most short, some empty, a few very long, now and then arbitrary bytes. */
static struct buf make_log(uint64_t seed, size_t bytes)
{
	struct buf log = {0};
	buf_reserve(&log, bytes + 512);
	for (uint64_t n = 1; log.len < bytes; n++) {
		uint64_t r = next_random(&seed);
		switch (r % 64) {
		case 0: buf_add_char(&log, '\n'); break;
		case 1:
			for (size_t i = 0; i < 300 && log.len < bytes; i++)
				buf_add_char(&log, (char)(next_random(&seed) & 0xff));
			break;
		default:
			buf_addf(&log, "line %llu took %llu ms in worker-%llu [%s]\n", (unsigned long long)n,
			         (unsigned long long)(r >> 40), (unsigned long long)(r >> 8 & 15), r & 1 << 20 ? "ok" : "error");
		}
		if (r % 40000 == 7)
			for (size_t i = 0; i < 3 * FRAME_BYTES && log.len < bytes; i++)
				buf_add_char(&log, (char)('a' + i % 23));
	}
	log.len = bytes;
	return log;
}

static void put(struct store *s, struct span content, size_t piece, char id[33])
{
	struct store_writer *w;
	struct err err = {0};
	assert_int_equal(store_begin(s, &w, &err), ERR_OK);
	while (content.len > 0) {
		struct span part = span_head(content, piece ? piece : content.len);
		assert_int_equal(store_append(w, part, &err), ERR_OK);
		content = span_from(content, part.len);
	}
	enum err_code code = store_commit(w, id, &err);
	if (code != ERR_OK)
		print_error("%s\n", err.text);
	assert_int_equal(code, ERR_OK);
}

static enum err_code gather(void *user, struct span bytes, struct err *err)
{
	(void)err;
	buf_add_span(user, bytes);
	return ERR_OK;
}

static struct store_reader *get(struct store *s, const char *id)
{
	struct store_reader *r;
	struct err err = {0};
	enum err_code code = store_get(s, id, &r, &err);
	if (code != ERR_OK)
		print_error("%s\n", err.text);
	assert_int_equal(code, ERR_OK);
	return r;
}

static void assert_lines(struct store_reader *r, uint64_t first, uint64_t last, struct span expected)
{
	struct buf got = {0};
	struct err err = {0};
	assert_int_equal(store_read_lines(r, first, last, gather, &got, &err), ERR_OK);
	assert_int_equal(got.len, expected.len);
	if (expected.len)
		assert_memory_equal(got.ptr, expected.ptr, expected.len);
	buf_release(&got);
}

/* The plain reference: where every line begins, found byte by byte. */
struct plain {
	struct span content;
	size_t *begin; /* begin[k] of line k+1; one more behind the last */
	uint64_t lines;
};

static struct plain plain_of(struct span content)
{
	struct plain p = {.content = content};
	size_t cap = 0;
	MEM_GROW(p.begin, cap, 1);
	p.begin[0] = 0;
	for (size_t i = 0; i < content.len; i++) {
		if (content.ptr[i] != '\n' && i + 1 < content.len)
			continue;
		MEM_GROW(p.begin, cap, p.lines + 2);
		p.begin[++p.lines] = i + 1;
	}
	return p;
}

static struct span plain_lines(const struct plain *p, uint64_t first, uint64_t last)
{
	if (first == 0)
		first = 1;
	if (last > p->lines)
		last = p->lines;
	if (first > last)
		return span_of(p->content.ptr, 0);
	return span_of(p->content.ptr + p->begin[first - 1], p->begin[last] - p->begin[first - 1]);
}

/* ---- storing and reading ---- */

static void what_was_stored_comes_back_byte_for_byte(void **state)
{
	(void)state;
	static const size_t sizes[] = {0, 1, 2, 4095, FRAME_BYTES - 1, FRAME_BYTES, FRAME_BYTES + 1, 2 * FRAME_BYTES, 7654321};
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
		uint64_t first = next_random(&seed) % (lines + 3), last = first + next_random(&seed) % (i % 4 ? 50 : 40000);
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

static size_t count_files(const char *folder)
{
	DIR *dir = opendir(folder);
	size_t n = 0;
	struct dirent *entry;
	while (dir && (entry = readdir(dir)))
		n += entry->d_name[0] != '.' && strcmp(entry->d_name, "tmp") != 0;
	if (dir)
		closedir(dir);
	return n;
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

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_scratch, drop_scratch)
		TEST(what_was_stored_comes_back_byte_for_byte),
		TEST(any_range_of_lines_is_what_a_plain_count_gives),
		TEST(a_range_touches_one_or_two_frames),
		TEST(the_pieces_do_not_matter_for_the_file),
		TEST(a_writer_reads_back_what_it_was_given),
		TEST(nothing_is_seen_before_commit_and_nothing_stays_after_abort),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
