/* What is kept of a tree from run to run. */
#include "tree_fixture.h"

#include "base/mem.h"
#include "tree/cache.h"

#include <dirent.h>
#include <sys/wait.h>
#include <time.h>

static const struct hash128 form = {1, 2};

/* Times older than a tick of any file system that has fractions of seconds. */
static void let_times_settle(void) { nanosleep(&(struct timespec){.tv_nsec = 150000000}, NULL); }

static void make_tree(void)
{
	setenv("XDG_CACHE_HOME", below("cache"), 1);
	unsetenv("CTXCUT_CACHE_CAP");
	assert_int_equal(sh("mkdir -p t/sub && echo one >t/a && echo two >t/sub/b && echo three >t/c"), 0);
	let_times_settle();
}

/* A row of its own for each path and content, so that a wrong one shows. */
static void make_row(const struct walk_entry *e, struct buf *row, struct hash128 *content)
{
	char text[4096];
	int fd = openat(e->dir, e->name, O_RDONLY);
	ssize_t n = read(fd, text, sizeof text);
	assert_true(n >= 0);
	close(fd);
	buf_clear(row);
	buf_add_span(row, e->path);
	buf_add_char(row, ':');
	buf_add(row, text, (size_t)n);
	*content = hash128_of(text, (size_t)n);
}

struct run {
	size_t found, made;
};

/* One run over a tree: rows that are there must be right, others are made. unread: files may not be opened for comparing. */
static struct run run_over(const char *root, bool unread)
{
	struct run run = {0};
	struct walk *w;
	struct walk_entry e;
	struct buf row = {0}, right = {0};
	struct hash128 content;
	assert_int_equal(walk_open(&w, root, NULL, NULL), ERR_OK);
	struct cache *c = cache_open(w, form);
	while (walk_next(w, &e)) {
		if (e.kind != WALK_FILE)
			continue;
		make_row(&e, &right, &content);
		struct walk_entry asked = e;
		if (unread)
			asked.dir = -1;
		if (cache_find(c, &asked, &row)) {
			assert_int_equal(row.len, right.len);
			assert_memory_equal(row.ptr, right.ptr, row.len);
			run.found++;
		} else {
			cache_keep(c, &e, content, buf_span(&right));
			run.made++;
		}
	}
	assert_int_equal(cache_commit(c, NULL), ERR_OK);
	cache_free(c);
	walk_free(w);
	buf_release(&row);
	buf_release(&right);
	return run;
}

static void what_did_not_change_is_found_without_reading_it(void **state)
{
	(void)state;
	make_tree();
	struct run run = run_over(below("t"), false);
	assert_int_equal(run.made, 3);
	run = run_over(below("t"), true);
	assert_int_equal(run.found, 3);
	assert_int_equal(sh("test -z \"$(find cache -type f -perm /077)\" && test -z \"$(find cache/ctxcut -type d -perm /077)\""), 0);
}

static void what_changed_is_not_found(void **state)
{
	(void)state;
	make_tree();
	run_over(below("t"), false);
	/* Of the same size, and its time of modification set back. */
	assert_int_equal(sh("touch -r t/a stamp && echo ONE >t/a && touch -r stamp t/a && echo more >>t/c"), 0);
	struct run run = run_over(below("t"), false);
	assert_int_equal(run.found, 1);
	assert_int_equal(run.made, 2);
	let_times_settle();
	run = run_over(below("t"), false); /* what was fresh is compared by its content and settles */
	assert_int_equal(run.found, 3);
	run = run_over(below("t"), true);
	assert_int_equal(run.found, 3);
}

static void the_same_bytes_are_found_after_a_new_checkout(void **state)
{
	(void)state;
	make_tree();
	run_over(below("t"), false);
	assert_int_equal(sh("cp -r t u && rm -r t && mv u t"), 0);
	let_times_settle();
	struct run run = run_over(below("t"), true);
	assert_int_equal(run.found, 0);
	assert_int_equal(sh("rm -rf cache"), 0);
	run_over(below("t"), false);
	assert_int_equal(sh("cp -r t u && rm -r t && mv u t"), 0);
	let_times_settle();
	run = run_over(below("t"), false);
	assert_int_equal(run.found, 3);
	run = run_over(below("t"), true); /* and their new times were noted */
	assert_int_equal(run.found, 3);
}

static void a_file_that_was_fresh_when_it_was_read_is_read_again(void **state)
{
	(void)state;
	make_tree();
	assert_int_equal(sh("echo fresh >t/fresh"), 0);
	run_over(below("t"), false);
	struct run run = run_over(below("t"), true);
	assert_int_equal(run.found, 3);
	assert_int_equal(run.made, 1);
}

static void another_form_or_another_tree_finds_nothing(void **state)
{
	(void)state;
	make_tree();
	run_over(below("t"), false);
	assert_int_equal(sh("cp -rp t other"), 0);
	let_times_settle();
	struct run run = run_over(below("other"), true);
	assert_int_equal(run.found, 0);
	struct walk *w;
	struct walk_entry e;
	struct buf row = {0};
	assert_int_equal(walk_open(&w, below("t"), NULL, NULL), ERR_OK);
	struct cache *c = cache_open(w, (struct hash128){1, 3});
	assert_non_null(c);
	while (walk_next(w, &e))
		assert_false(cache_find(c, &e, &row));
	cache_free(c);
	walk_free(w);
	buf_release(&row);
}

/* For every file of the cache. */
static void each_cache_file(void (*visit)(const char *path, void *user), void *user)
{
	DIR *dir = opendir(below("cache/ctxcut/trees"));
	assert_non_null(dir);
	struct dirent *entry;
	while ((entry = readdir(dir))) {
		char path[1024];
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof path, "%s/%s", below("cache/ctxcut/trees"), entry->d_name);
		visit(path, user);
	}
	closedir(dir);
}

static void flip_byte(const char *path, void *user)
{
	size_t *at = user;
	struct stat st;
	int fd = open(path, O_RDWR);
	char c;
	assert_int_equal(fstat(fd, &st), 0);
	if (*at < (size_t)st.st_size) {
		assert_int_equal(pread(fd, &c, 1, (off_t)*at), 1);
		c = (char)(c ^ 0x40);
		assert_int_equal(pwrite(fd, &c, 1, (off_t)*at), 1);
	}
	close(fd);
	*at = *at >= (size_t)st.st_size ? *at - (size_t)st.st_size : SIZE_MAX;
}

static void add_size(const char *path, void *user)
{
	struct stat st;
	assert_int_equal(stat(path, &st), 0);
	*(size_t *)user += (size_t)st.st_size;
}

static void cut_file(const char *path, void *user) { assert_int_equal(truncate(path, (off_t) * (size_t *)user), 0); }

static void a_flipped_bit_anywhere_costs_rows_and_never_gives_a_wrong_one(void **state)
{
	(void)state;
	make_tree();
	run_over(below("t"), false);
	size_t all = 0;
	each_cache_file(add_size, &all);
	assert_true(all > 300);
	assert_int_equal(sh("cp -r cache whole"), 0);
	for (size_t at = 0; at < all; at += 7) {
		size_t flip = at;
		each_cache_file(flip_byte, &flip);
		struct run run = run_over(below("t"), true); /* checks each row that is found */
		assert_int_equal(run.found + run.made, 3);
		run = run_over(below("t"), true);
		assert_int_equal(run.found, 3); /* it healed */
		if (at % 70 == 0)
			assert_int_equal(sh("rm -rf cache && cp -r whole cache"), 0);
	}
}

static void files_that_were_cut_off_are_dropped(void **state)
{
	(void)state;
	make_tree();
	for (size_t size = 0; size < 200; size += 13) {
		run_over(below("t"), false);
		each_cache_file(cut_file, &size);
		struct run run = run_over(below("t"), true);
		assert_int_equal(run.found + run.made, 3);
		run = run_over(below("t"), true);
		assert_int_equal(run.found, 3);
	}
}

static void count_packs(const char *path, void *user) { *(size_t *)user += strstr(path, ".pack") != NULL; }

static void many_small_changes_leave_few_packs(void **state)
{
	(void)state;
	make_tree();
	run_over(below("t"), false);
	for (int i = 0; i < 30; i++) {
		assert_int_equal(sh("echo %d >>t/a", i), 0);
		struct run run = run_over(below("t"), false);
		assert_int_equal(run.made, 1);
		size_t packs = 0;
		each_cache_file(count_packs, &packs);
		assert_in_range(packs, 1, 9);
	}
	let_times_settle();
	run_over(below("t"), false);
	struct run run = run_over(below("t"), true);
	assert_int_equal(run.found, 3);
}

static void many_processes_at_once_leave_a_whole_cache(void **state)
{
	(void)state;
	make_tree();
	assert_int_equal(sh("for i in $(seq 200); do echo $i >t/f$i; done"), 0);
	let_times_settle();
	for (int i = 0; i < 8; i++) {
		pid_t pid = fork();
		if (pid == 0) {
			for (int j = 0; j < 6; j++) {
				/* Each changes a file that the others see change. */
				if (sh("echo %d %d >t/shared%d", i, j, i) != 0)
					_exit(1);
				char text[32];
				snprintf(text, sizeof text, "t");
				struct walk *w;
				struct walk_entry e;
				struct buf row = {0}, right = {0};
				struct hash128 content;
				if (walk_open(&w, below(text), NULL, NULL) != ERR_OK)
					_exit(2);
				struct cache *c = cache_open(w, form);
				while (walk_next(w, &e)) {
					if (strncmp(e.name, "shared", 6) == 0 && e.name[6] - '0' != i)
						continue;
					make_row(&e, &right, &content);
					if (!cache_find(c, &e, &row))
						cache_keep(c, &e, content, buf_span(&right));
					else if (!span_eq(buf_span(&row), buf_span(&right)))
						_exit(3);
				}
				if (cache_commit(c, NULL) != ERR_OK)
					_exit(4);
				cache_free(c);
				walk_free(w);
				buf_release(&row);
				buf_release(&right);
			}
			_exit(0);
		}
	}
	int status, bad = 0;
	while (wait(&status) > 0)
		bad += status != 0;
	assert_int_equal(bad, 0);
	run_over(below("t"), false);
	let_times_settle();
	run_over(below("t"), false);
	struct run run = run_over(below("t"), true);
	assert_int_equal(run.found, 211);
	assert_int_equal(sh("test -z \"$(find cache -name 'tmp.*')\""), 0);
}

static void the_cap_holds_and_the_longest_unused_goes_first(void **state)
{
	(void)state;
	make_tree();
	assert_int_equal(sh("for t in u v w; do mkdir $t; for i in $(seq 400); do echo $t$i >$t/f$i; done; done"), 0);
	let_times_settle();
	setenv("CTXCUT_CACHE_CAP", "130K", 1);
	run_over(below("u"), false);
	assert_int_equal(sh("touch -d '1 hour ago' cache/ctxcut/trees/*"), 0);
	run_over(below("v"), false);
	assert_int_equal(run_over(below("v"), true).found, 400);
	run_over(below("w"), false);
	size_t all = 0;
	each_cache_file(add_size, &all);
	assert_in_range(all, 1, 130 * 1024);
	assert_int_equal(run_over(below("w"), true).found, 400);
	assert_int_equal(run_over(below("u"), true).found, 0);
	setenv("CTXCUT_CACHE_CAP", "0", 1);
	assert_int_equal(run_over(below("w"), true).found, 0);
	unsetenv("CTXCUT_CACHE_CAP");
}

static void without_a_home_nothing_is_kept_and_nothing_fails(void **state)
{
	(void)state;
	make_tree();
	unsetenv("XDG_CACHE_HOME");
	unsetenv("HOME");
	assert_int_equal(run_over(below("t"), false).made, 3);
	assert_int_equal(run_over(below("t"), false).made, 3);
	setenv("XDG_CACHE_HOME", "relative", 1);
	assert_int_equal(run_over(below("t"), false).made, 3);
	setenv("XDG_CACHE_HOME", "/proc/nowhere", 1);
	assert_int_equal(run_over(below("t"), false).made, 3);
	assert_int_not_equal(access("relative", F_OK), 0);
}

/* ---- whole results ---- */

struct taken {
	struct buf text;
	size_t stop_after;
};

static int take(void *user, const char *bytes, size_t len)
{
	struct taken *t = user;
	buf_add(&t->text, bytes, len);
	return t->stop_after && t->text.len > t->stop_after ? 7 : 0;
}

static struct cache *open_cache(void)
{
	struct walk *w;
	assert_int_equal(walk_open(&w, below("t"), NULL, NULL), ERR_OK);
	struct cache *c = cache_open(w, form);
	walk_free(w);
	return c;
}

static struct hash128 state_of(bool *useful)
{
	struct walk *w;
	struct walk_entry e;
	struct hash128 out;
	assert_int_equal(walk_open(&w, below("t"), NULL, NULL), ERR_OK);
	struct cache_state *s = cache_state_new();
	while (walk_next(w, &e))
		cache_state_add(s, &e);
	*useful = cache_state_done(s, &out);
	cache_state_free(s);
	walk_free(w);
	return out;
}

static void the_state_of_a_tree_changes_with_its_files(void **state)
{
	(void)state;
	bool useful;
	make_tree();
	struct hash128 before = state_of(&useful);
	assert_true(useful);
	assert_true(hash128_eq(before, state_of(&useful)));
	assert_int_equal(sh("touch -r t/a stamp && echo ONE >t/a && touch -r stamp t/a"), 0);
	struct hash128 after = state_of(&useful);
	assert_false(useful); /* too fresh */
	assert_false(hash128_eq(before, after));
	let_times_settle();
	assert_true(hash128_eq(after, state_of(&useful)));
	assert_true(useful);
	assert_int_equal(sh("mv t/a t/a2"), 0);
	assert_false(hash128_eq(after, state_of(&useful)));
}

static const struct hash128 options = {3, 4}, other = {5, 6};

static void keep_result(struct cache *c, const struct buf *text)
{
	struct cache_result *r = cache_result_begin(c, options, other);
	for (size_t at = 0; at < text->len; at += 1000)
		cache_result_add(r, span_head(span_from(buf_span(text), at), 1000));
	cache_result_commit(r);
}

static void a_result_is_given_back_whole_for_its_state_only(void **state)
{
	(void)state;
	make_tree();
	struct cache *c = open_cache();
	struct buf text = {0};
	for (int i = 0; i < 200000; i++)
		buf_addf(&text, "line %d\n", i);
	keep_result(c, &text);
	struct taken t = {0};
	uint64_t sent;
	int stopped;
	assert_true(cache_result_send(c, options, other, take, &t, &sent, &stopped));
	assert_int_equal(sent, text.len);
	assert_int_equal(stopped, 0);
	assert_true(span_eq(buf_span(&t.text), buf_span(&text)));
	assert_false(cache_result_send(c, options, form, take, &t, &sent, &stopped));
	assert_false(cache_result_send(c, other, other, take, &t, &sent, &stopped));
	assert_int_equal(sent, 0);
	buf_clear(&t.text);
	t.stop_after = 10;
	assert_true(cache_result_send(c, options, other, take, &t, &sent, &stopped));
	assert_int_equal(stopped, 7);
	/* Lengths about a whole number of pieces, with and without threads; and nothing. */
	t.stop_after = 0;
	for (size_t pieces = 0; pieces < 40; pieces += 13)
		for (int more = -1; more < 2; more++) {
			buf_clear(&t.text);
			text.len = 0;
			while (text.len + 8 <= pieces * 256 * 1024)
				buf_addf(&text, "%7zu\n", text.len);
			if (more < 0 && text.len)
				text.len--;
			if (more > 0)
				buf_add_char(&text, '.');
			keep_result(c, &text);
			assert_true(cache_result_send(c, options, other, take, &t, &sent, &stopped));
			assert_int_equal(sent, text.len);
			assert_true(span_eq(buf_span(&t.text), buf_span(&text)));
		}
	buf_release(&t.text);
	buf_release(&text);
	cache_free(c);
}

static void a_damaged_result_says_how_much_of_it_was_right(void **state)
{
	(void)state;
	make_tree();
	struct cache *c = open_cache();
	struct buf text = {0};
	for (int i = 0; i < 500000; i++)
		buf_addf(&text, "line %d\n", i);
	for (size_t at = 0; at < text.len; at += 490001) {
		keep_result(c, &text);
		size_t flip = at;
		each_cache_file(flip_byte, &flip);
		struct taken t = {0};
		uint64_t sent;
		int stopped;
		assert_false(cache_result_send(c, options, other, take, &t, &sent, &stopped));
		assert_int_equal(t.text.len, sent);
		assert_true(sent < text.len);
		if (sent)
			assert_memory_equal(t.text.ptr, text.ptr, sent);
		buf_clear(&t.text);
		assert_false(cache_result_send(c, options, other, take, &t, &sent, &stopped));
		assert_int_equal(sent, 0); /* it was dropped */
		buf_release(&t.text);
	}
	for (size_t size = 0; size < text.len; size += 330003) {
		keep_result(c, &text);
		each_cache_file(cut_file, &size);
		struct taken t = {0};
		uint64_t sent;
		int stopped;
		assert_false(cache_result_send(c, options, other, take, &t, &sent, &stopped));
		buf_release(&t.text);
	}
	buf_release(&text);
	cache_free(c);
}

#define IN_SCRATCH(test) cmocka_unit_test_setup_teardown(test, make_scratch, drop_scratch)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_SCRATCH(what_did_not_change_is_found_without_reading_it),
		IN_SCRATCH(what_changed_is_not_found),
		IN_SCRATCH(the_same_bytes_are_found_after_a_new_checkout),
		IN_SCRATCH(a_file_that_was_fresh_when_it_was_read_is_read_again),
		IN_SCRATCH(another_form_or_another_tree_finds_nothing),
		IN_SCRATCH(a_flipped_bit_anywhere_costs_rows_and_never_gives_a_wrong_one),
		IN_SCRATCH(files_that_were_cut_off_are_dropped),
		IN_SCRATCH(many_small_changes_leave_few_packs),
		IN_SCRATCH(many_processes_at_once_leave_a_whole_cache),
		IN_SCRATCH(the_cap_holds_and_the_longest_unused_goes_first),
		IN_SCRATCH(without_a_home_nothing_is_kept_and_nothing_fails),
		IN_SCRATCH(the_state_of_a_tree_changes_with_its_files),
		IN_SCRATCH(a_result_is_given_back_whole_for_its_state_only),
		IN_SCRATCH(a_damaged_result_says_how_much_of_it_was_right),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
