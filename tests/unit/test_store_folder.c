/* The store's folder: who may use it, where it is, and what happens when the disk is full. */
#include "store_fixture.h"

#include <errno.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>

/* ---- the folder ---- */

static int store_refuses_readonly(void)
{
	struct store *s;
	struct store_writer *w;
	struct err err = {0};
	CHECK(store_open(&s, below("store"), 0, &err) == ERR_OK);
	CHECK(store_begin(s, &w, &err) == ERR_STORE && !w);
	CHECK(strstr(err.text, "set CTXCUT_STORE"));
	store_free(s);
	CHECK(store_open(&s, below("store/deeper/down"), 0, &err) == ERR_OK);
	CHECK(store_begin(s, &w, &err) == ERR_STORE && !w);
	CHECK(strstr(err.text, "set CTXCUT_STORE"));
	store_free(s);
	return 0;
}

static void a_folder_that_cannot_be_written_is_an_error_with_a_mend(void **state)
{
	(void)state;
	assert_int_equal(chmod(scratch, 0755), 0);
	assert_int_equal(mkdir(below("store"), 0500), 0);
	if (geteuid() == 0)
		assert_int_equal(chown(below("store"), 65534, 65534), 0);
	assert_int_equal(in_child(store_refuses_readonly, true), 0);
}

static int read_only_reading(void)
{
	struct store *s;
	struct store_reader *r;
	struct buf got = {0};
	CHECK(store_open(&s, below("store"), 0, NULL) == ERR_OK);
	struct hash128 hash = hash128_of("kept\n", 5);
	char hex[33];
	hash128_hex(hash, hex);
	CHECK(store_get(s, hex, &r, NULL) == ERR_OK);
	CHECK(store_read_lines(r, 1, 1, gather, &got, NULL) == ERR_OK);
	CHECK(got.len == 5);
	buf_release(&got);
	store_reader_free(r);
	store_free(s);
	return 0;
}

static void a_store_that_cannot_be_written_can_be_read(void **state)
{
	(void)state;
	struct store *s = open_store(0);
	char id[33], command[600];
	put(s, SPAN("kept\n"), 0, id);
	store_free(s);
	assert_int_equal(chmod(scratch, 0755), 0);
	snprintf(command, sizeof command, "chmod 0400 %s/*.zst && chmod 0500 %s", below("store"), below("store"));
	assert_int_equal(system(command), 0);
	if (geteuid() == 0) {
		snprintf(command, sizeof command, "chown -R 65534:65534 %s", below("store"));
		assert_int_equal(system(command), 0);
	}
	assert_int_equal(in_child(read_only_reading, true), 0);
	assert_int_equal(chmod(below("store"), 0700), 0);
}

static void a_folder_of_another_user_is_refused(void **state)
{
	(void)state;
	struct store *s;
	struct store_writer *w;
	struct store_reader *r;
	struct err err = {0};
	const char *dir = "/usr";
	if (geteuid() == 0) {
		dir = below("store");
		assert_int_equal(mkdir(dir, 0700), 0);
		assert_int_equal(chown(dir, 65534, 65534), 0);
	}
	assert_int_equal(store_open(&s, dir, 0, NULL), ERR_OK);
	assert_int_equal(store_begin(s, &w, &err), ERR_STORE);
	assert_non_null(strstr(err.text, "of your own"));
	assert_int_equal(store_get(s, "12345678", &r, &err), ERR_STORE);
	store_free(s);
}

static void a_folder_that_others_can_write_is_refused(void **state)
{
	(void)state;
	static const mode_t modes[] = {0770, 0702, 01777};
	assert_int_equal(mkdir(below("store"), 0700), 0);
	for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
		struct store_writer *w;
		struct err err = {0};
		assert_int_equal(chmod(below("store"), modes[i]), 0);
		struct store *s = open_store(0);
		assert_int_equal(store_begin(s, &w, &err), ERR_STORE);
		assert_non_null(strstr(err.text, "chmod go-w"));
		assert_int_equal(count_files(below("store")), 0);
		store_free(s);
	}
}

static void the_folder_is_made_for_the_user_alone(void **state)
{
	(void)state;
	struct store *s;
	struct stat st;
	char id[33];
	mode_t before = umask(0);
	assert_int_equal(store_open(&s, below("a/b/store"), 0, NULL), ERR_OK);
	assert_int_equal(access(below("a"), F_OK), -1); /* opening creates nothing */
	put(s, SPAN("x"), 0, id);
	umask(before);
	assert_int_equal(stat(below("a/b/store"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	assert_int_equal(stat(below("a"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	struct store_reader *r = get(s, id);
	char hex[33], name[64];
	hash128_hex(store_reader_hash(r), hex);
	store_reader_free(r);
	snprintf(name, sizeof name, "a/b/store/%s.zst", hex);
	assert_int_equal(stat(below(name), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	store_free(s);
}

static void a_store_that_is_not_there_has_nothing(void **state)
{
	(void)state;
	struct store *s = open_store(0);
	struct store_reader *r;
	struct err err = {0};
	assert_int_equal(store_get(s, "12345678", &r, &err), ERR_MISSING);
	assert_int_equal(store_evict(s, 1, &err), ERR_OK);
	assert_int_equal(access(below("store"), F_OK), -1);
	store_free(s);
}

static void the_place_and_the_cap_come_from_the_environment(void **state)
{
	(void)state;
	struct store *s;
	struct err err = {0};
	char *home = getenv("HOME") ? mem_strdup(getenv("HOME")) : NULL;
	unsetenv("CTXCUT_STORE");
	unsetenv("XDG_STATE_HOME");
	setenv("HOME", "/home/x", 1);
	assert_int_equal(store_open(&s, NULL, 0, &err), ERR_OK);
	assert_string_equal(store_dir(s), "/home/x/.local/state/ctxcut");
	store_free(s);
	setenv("XDG_STATE_HOME", "not/absolute", 1);
	assert_int_equal(store_open(&s, NULL, 0, &err), ERR_OK);
	assert_string_equal(store_dir(s), "/home/x/.local/state/ctxcut");
	store_free(s);
	setenv("XDG_STATE_HOME", "/state", 1);
	assert_int_equal(store_open(&s, NULL, 0, &err), ERR_OK);
	assert_string_equal(store_dir(s), "/state/ctxcut");
	store_free(s);
	setenv("CTXCUT_STORE", "/elsewhere", 1);
	assert_int_equal(store_open(&s, NULL, 0, &err), ERR_OK);
	assert_string_equal(store_dir(s), "/elsewhere");
	store_free(s);
	unsetenv("CTXCUT_STORE");
	unsetenv("XDG_STATE_HOME");
	unsetenv("HOME");
	assert_int_equal(store_open(&s, NULL, 0, &err), ERR_STORE);
	assert_null(s);
	assert_non_null(strstr(err.text, "set CTXCUT_STORE or XDG_STATE_HOME"));
	if (home)
		setenv("HOME", home, 1);
	free(home);

	static const struct {
		const char *text;
		uint64_t bytes;
	} caps[] = {{"4096", 4096},
		    {"3K", 3 << 10},
		    {"500M", 500 << 20},
		    {"2g", (uint64_t)2 << 30},
		    {"1GiB", 1 << 30},
		    {"7kB", 7 << 10},
		    {"0", 0},
		    {"x", 0},
		    {"-1", 0},
		    {"1.5G", 0},
		    {"99999999999T", 0},
		    {"5Mx", 0},
		    {" 1", 0}};
	for (size_t i = 0; i < sizeof caps / sizeof *caps; i++) {
		setenv("CTXCUT_STORE_CAP", caps[i].text, 1);
		enum err_code code = store_open(&s, below("store"), 0, &err);
		assert_int_equal(code, caps[i].bytes ? ERR_OK : ERR_USAGE);
		if (code == ERR_OK)
			assert_int_equal(s->cap_bytes, caps[i].bytes);
		store_free(s);
	}
	unsetenv("CTXCUT_STORE_CAP");
}

/* ---- running out ---- */

static int stores_beyond_a_limit(void)
{
	struct rlimit limit = {700 * 1024, 700 * 1024};
	struct err err = {0};
	struct store *s;
	struct store_writer *w;
	CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0);
	signal(SIGXFSZ, SIG_IGN);
	CHECK(store_open(&s, below("store"), 0, &err) == ERR_OK);
	CHECK(store_begin(s, &w, &err) == ERR_OK);
	struct buf log = make_log(21, 30 * FRAME_BYTES);
	enum err_code code = ERR_OK;
	size_t given = 0;
	for (; given < log.len && code == ERR_OK; given += FRAME_BYTES / 2)
		code = store_append(w, span_of(log.ptr + given, FRAME_BYTES / 2), &err);
	CHECK(code == ERR_STORE && strstr(err.text, "make room"));
	CHECK(store_append(w, SPAN("more"), &err) == ERR_STORE);
	/* What was written before the disk was full can still be had for the second look. */
	char *into = mem_alloc(FRAME_BYTES);
	CHECK(store_writer_read(w, 1000, into, FRAME_BYTES / 2, &err) == ERR_OK);
	CHECK(memcmp(into, log.ptr + 1000, FRAME_BYTES / 2) == 0);
	CHECK(store_writer_read(w, given - FRAME_BYTES, into, 10, &err) == ERR_STORE);
	free(into);
	char id[33] = "unset";
	CHECK(store_commit(w, id, &err) == ERR_STORE && id[0] == '\0');
	CHECK(strstr(err.text, "make room"));
	CHECK(count_files(below("store/tmp")) == 0 && count_files(below("store")) == 0);
	buf_release(&log);
	store_free(s);
	return 0;
}

static void count_salvaged(void *user, uint64_t from, struct span bytes)
{
	(void)from;
	*(uint64_t *)user += bytes.len;
}

static int hashes_beyond_a_limit(void)
{
	struct rlimit limit = {700 * 1024, 700 * 1024};
	struct store *s;
	struct store_writer *w;
	CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0);
	signal(SIGXFSZ, SIG_IGN);
	CHECK(store_open(&s, below("store"), 0, NULL) == ERR_OK);
	CHECK(store_begin(s, &w, NULL) == ERR_OK);
	struct buf log = make_log(21, 30 * FRAME_BYTES);
	size_t at = 0;
	while (at < log.len && store_append(w, span_head(span_from(buf_span(&log), at), 300000), NULL) == ERR_OK)
		at += 300000;
	uint64_t appended = store_writer_appended(w), salvaged = 0;
	CHECK(appended >= at && appended < log.len);
	CHECK(store_writer_salvage(w, count_salvaged, &salvaged) + salvaged == appended);
	struct hasher *hasher = store_writer_take_hasher(w);
	CHECK(hash128_eq(hasher_digest(hasher), hash128_of(log.ptr, appended)));
	hasher_free(hasher);
	store_abort(w);
	buf_release(&log);
	store_free(s);
	return 0;
}

static void what_was_appended_is_hashed_also_past_a_failure(void **state)
{
	(void)state;
	assert_int_equal(in_child(hashes_beyond_a_limit, false), 0);
}

static void a_file_size_limit_is_an_error_and_leaves_nothing(void **state)
{
	(void)state;
	assert_int_equal(in_child(stores_beyond_a_limit, false), 0);
}

static void a_full_disk_is_an_error_and_leaves_nothing(void **state)
{
	(void)state;
	assert_int_equal(mkdir(below("disk"), 0700), 0);
	if (mount("none", below("disk"), "tmpfs", 0, "size=2m,mode=0700") != 0) {
		print_message("cannot mount a small file system: %s\n", strerror(errno));
		skip();
	}
	struct store *s;
	struct store_writer *w;
	struct err err = {0};
	char id[33];
	/* Not before its end either: at every size some step is the one that fails. */
	for (size_t frames = 1; frames < 12; frames++) {
		struct buf log = make_log(frames, frames * FRAME_BYTES + frames * 40000);
		assert_int_equal(store_open(&s, below("disk/store"), 0, &err), ERR_OK);
		assert_int_equal(store_begin(s, &w, &err), ERR_OK);
		enum err_code appended = store_append(w, buf_span(&log), &err);
		enum err_code code = store_commit(w, id, &err);
		assert_true(appended == ERR_OK || code == appended);
		if (code == ERR_OK) {
			struct store_reader *r = get(s, id);
			assert_int_equal(store_verify(r, NULL), ERR_OK);
			store_reader_free(r);
		} else {
			assert_int_equal(code, ERR_STORE);
			assert_non_null(strstr(err.text, "make room"));
			assert_string_equal(id, "");
		}
		assert_int_equal(count_files(below("disk/store/tmp")), 0);
		buf_release(&log);
		store_free(s);
	}
	assert_true(err.code == ERR_STORE);
	umount(below("disk"));
}

static int stores_without_threads(void)
{
	struct rlimit none = {0, 0};
	struct store *s;
	struct store_writer *w;
	struct err err = {0};
	char id[33];
	CHECK(setrlimit(RLIMIT_NPROC, &none) == 0);
	CHECK(store_open(&s, below("other"), 0, &err) == ERR_OK);
	CHECK(store_begin(s, &w, &err) == ERR_OK);
	struct buf log = make_log(31, 4 * FRAME_BYTES + 11);
	char *into = mem_alloc(FRAME_BYTES);
	CHECK(store_append(w, buf_span(&log), &err) == ERR_OK);
	CHECK(store_writer_read(w, FRAME_BYTES / 2, into, FRAME_BYTES, &err) == ERR_OK);
	CHECK(memcmp(into, log.ptr + FRAME_BYTES / 2, FRAME_BYTES) == 0);
	CHECK(store_commit(w, id, &err) == ERR_OK);
	free(into);
	buf_release(&log);
	store_free(s);
	return 0;
}

static void without_threads_the_same_file_comes_out(void **state)
{
	(void)state;
	struct store *s = open_store(0);
	struct buf log = make_log(31, 4 * FRAME_BYTES + 11);
	char id[33], command[1500];
	put(s, buf_span(&log), 0, id);
	assert_int_equal(chmod(scratch, 0777), 0);
	assert_int_equal(in_child(stores_without_threads, true), 0);
	snprintf(command, sizeof command, "cmp %s/%s*.zst %s/%s*.zst", below("store"), id, below("other"), id);
	assert_int_equal(system(command), 0);
	buf_release(&log);
	store_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_folder_that_cannot_be_written_is_an_error_with_a_mend),
		TEST(a_store_that_cannot_be_written_can_be_read),
		TEST(a_folder_of_another_user_is_refused),
		TEST(a_folder_that_others_can_write_is_refused),
		TEST(the_folder_is_made_for_the_user_alone),
		TEST(a_store_that_is_not_there_has_nothing),
		TEST(the_place_and_the_cap_come_from_the_environment),
		TEST(a_file_size_limit_is_an_error_and_leaves_nothing),
		TEST(a_full_disk_is_an_error_and_leaves_nothing),
		TEST(what_was_appended_is_hashed_also_past_a_failure),
		TEST(without_threads_the_same_file_comes_out),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
