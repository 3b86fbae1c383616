/* What the tests of the store share: a folder of their own, content like a log's, child processes. */
#ifndef CTXCUT_TESTS_STORE_FIXTURE_H
#define CTXCUT_TESTS_STORE_FIXTURE_H

#include "base/buf.h"
#include "base/mem.h"
#include "store/folder.h"
#include "store/frame.h"
#include "store/store.h"

#include <dirent.h>
#include <fcntl.h>
#include <grp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static char *scratch; /* a folder of this test's own, removed behind it */

static __attribute__((unused)) int remove_below(const char *path)
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

static __attribute__((unused)) int make_scratch(void **state)
{
	(void)state;
	char name[] = "/tmp/ctxcut-store-XXXXXX";
	scratch = mem_strdup(mkdtemp(name));
	return 0;
}

static __attribute__((unused)) int drop_scratch(void **state)
{
	(void)state;
	remove_below(scratch);
	free(scratch);
	return 0;
}

static __attribute__((unused)) char *below(const char *name)
{
	static char path[4][512];
	static unsigned turn;
	char *p = path[turn++ % 4];
	snprintf(p, 512, "%s/%s", scratch, name);
	return p;
}

static __attribute__((unused)) struct store *open_store(uint64_t cap)
{
	struct store *s;
	struct err err = {0};
	assert_int_equal(store_open(&s, below("store"), cap, &err), ERR_OK);
	return s;
}

/* A small generator of its own, so that a seed gives the same bytes everywhere. */
static __attribute__((unused)) uint64_t next_random(uint64_t *seed)
{
	uint64_t z = (*seed += 0x9e3779b97f4a7c15);
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

/* Lines like a log's: most short, some empty, a few very long, now and then arbitrary bytes. */
static __attribute__((unused)) struct buf make_log(uint64_t seed, size_t bytes)
{
	struct buf log = {0};
	buf_reserve(&log, bytes + 512);
	for (uint64_t n = 1; log.len < bytes; n++) {
		uint64_t r = next_random(&seed);
		switch (r % 64) {
		case 0:
			buf_add_char(&log, '\n');
			break;
		case 1:
			for (size_t i = 0; i < 300 && log.len < bytes; i++)
				buf_add_char(&log, (char)(next_random(&seed) & 0xff));
			break;
		default:
			buf_addf(&log, "line %llu took %llu ms in worker-%llu [%s]\n", (unsigned long long)n,
				 (unsigned long long)(r >> 40), (unsigned long long)(r >> 8 & 15),
				 r & 1 << 20 ? "ok" : "error");
		}
		if (r % 40000 == 7)
			for (size_t i = 0; i < 3 * FRAME_BYTES && log.len < bytes; i++)
				buf_add_char(&log, (char)('a' + i % 23));
	}
	log.len = bytes;
	return log;
}

static __attribute__((unused)) void put(struct store *s, struct span content, size_t piece, char id[33])
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

static __attribute__((unused)) enum err_code gather(void *user, struct span bytes, struct err *err)
{
	(void)err;
	buf_add_span(user, bytes);
	return ERR_OK;
}

static __attribute__((unused)) struct store_reader *get(struct store *s, const char *id)
{
	struct store_reader *r;
	struct err err = {0};
	enum err_code code = store_get(s, id, &r, &err);
	if (code != ERR_OK)
		print_error("%s\n", err.text);
	assert_int_equal(code, ERR_OK);
	return r;
}

static __attribute__((unused)) void assert_lines(struct store_reader *r, uint64_t first, uint64_t last,
						 struct span expected)
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

static __attribute__((unused)) struct plain plain_of(struct span content)
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

static __attribute__((unused)) struct span plain_lines(const struct plain *p, uint64_t first, uint64_t last)
{
	if (first == 0)
		first = 1;
	if (last > p->lines)
		last = p->lines;
	if (first > last)
		return span_of(p->content.ptr, 0);
	return span_of(p->content.ptr + p->begin[first - 1], p->begin[last] - p->begin[first - 1]);
}

static __attribute__((unused)) size_t count_files(const char *folder)
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

/* Valid until it was called three times more. */
static __attribute__((unused)) char *path_of(struct store *s, const char *id)
{
	static char paths[4][600];
	static unsigned turn;
	char *path = paths[turn++ % 4];
	struct store_reader *r = get(s, id);
	char hex[33], name[64];
	hash128_hex(store_reader_hash(r), hex);
	store_reader_free(r);
	snprintf(name, sizeof name, "store/%s.zst", hex);
	return strcpy(path, below(name));
}

static __attribute__((unused)) void set_age(const char *path, time_t seconds)
{
	struct timespec t[2] = {{.tv_sec = time(NULL) - seconds}, {.tv_sec = time(NULL) - seconds}};
	assert_int_equal(utimensat(AT_FDCWD, path, t, 0), 0);
}

static __attribute__((unused)) time_t age_of(const char *path)
{
	struct stat st;
	assert_int_equal(stat(path, &st), 0);
	return time(NULL) - st.st_mtime;
}

/* Runs `body` in a process of its own, with another user's rights when `other`; its result, or 99 when it was
 * killed. */
static __attribute__((unused)) int in_child(int (*body)(void), bool other)
{
	fflush(NULL);
	pid_t pid = fork();
	if (pid == 0) {
		if (other && geteuid() == 0 && (setgroups(0, NULL) != 0 || setgid(65534) != 0 || setuid(65534) != 0))
			_exit(98);
		_exit(body());
	}
	int status;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 99;
}

#define CHECK(what)                                                                                                    \
	do {                                                                                                           \
		if (!(what)) {                                                                                         \
			fprintf(stderr, "line %d: %s\n", __LINE__, #what);                                             \
			return 1;                                                                                      \
		}                                                                                                      \
	} while (0)

static __attribute__((unused)) struct span noise(size_t bytes, uint64_t seed)
{
	static char content[FRAME_BYTES];
	for (size_t i = 0; i < bytes; i++)
		content[i] = (char)next_random(&seed);
	return span_of(content, bytes);
}

static __attribute__((unused)) bool is_there(struct store *s, const char *id)
{
	struct store_reader *r;
	bool there = store_get(s, id, &r, NULL) == ERR_OK;
	store_reader_free(r);
	return there;
}

struct totals {
	size_t objects;
	uint64_t disk_bytes;
};

static __attribute__((unused)) void add_up(void *user, const char *id_hex, uint64_t content_bytes, uint64_t disk_bytes)
{
	(void)id_hex;
	(void)content_bytes;
	struct totals *t = user;
	t->objects++;
	t->disk_bytes += disk_bytes;
}

static __attribute__((unused)) struct totals totals_of(struct store *s)
{
	struct totals t = {0};
	assert_int_equal(store_list(s, add_up, &t, NULL), ERR_OK);
	return t;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_scratch, drop_scratch)

#endif
