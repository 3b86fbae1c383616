/* What the tests of inputs share: a folder with one file in it, text that packs, reading to the end, other processes
 * that write to pipes, a program that stands in for a decompressor. */
#ifndef CTXCUT_TESTS_INPUT_SUPPORT_H
#define CTXCUT_TESTS_INPUT_SUPPORT_H

#include "base/buf.h"
#include "base/limits.h"
#include "input/source.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <zstd.h>

static inline uint64_t random_next(uint64_t *state)
{
	uint64_t x = *state += 0x9e3779b97f4a7c15u;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
	return x ^ (x >> 31);
}

static char dir[] = "/tmp/test_input.XXXXXX";
static char file[sizeof dir + 8];

static inline int make_dir(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	snprintf(file, sizeof file, "%s/log", dir);
	return 0;
}

static inline int remove_dir(void **state)
{
	(void)state;
	unlink(file);
	return rmdir(dir);
}

static inline void write_file(const char *mode, struct span bytes)
{
	FILE *f = fopen(file, mode);
	assert_non_null(f);
	assert_int_equal(fwrite(bytes.ptr, 1, bytes.len, f), bytes.len);
	assert_int_equal(fclose(f), 0);
}

/* Log-like text: it packs, and its bytes tell where they stand. */
static inline struct buf make_text(size_t len)
{
	struct buf b = {0};
	uint64_t r = len;
	while (b.len < len)
		buf_addf(&b, "%zu worker-%u: request %x took %u ms\n", b.len, (unsigned)random_next(&r) % 9,
		         (unsigned)random_next(&r), (unsigned)random_next(&r) % 1000);
	b.len = len;
	return b;
}

static inline void add_zstd_frame(struct buf *out, struct span text)
{
	size_t bound = ZSTD_compressBound(text.len);
	buf_reserve(out, bound);
	out->len += ZSTD_compress(out->ptr + out->len, bound, text.ptr, text.len, 3);
}

static inline struct buf zstd_of(struct span text)
{
	struct buf b = {0};
	add_zstd_frame(&b, text);
	return b;
}

/* By the program itself, through the file: its output replaces the text there. */
static inline void pack_file(const char *command)
{
	char line[200];
	snprintf(line, sizeof line, "%s <%s >%s.packed && mv %s.packed %s", command, file, file, file, file);
	assert_int_equal(system(line), 0);
}

static inline struct buf file_bytes(void)
{
	struct buf b = {0};
	FILE *f = fopen(file, "r");
	char bytes[4096];
	size_t n;
	while ((n = fread(bytes, 1, sizeof bytes, f)) > 0)
		buf_add(&b, bytes, n);
	fclose(f);
	return b;
}

/* Reads to the end in windows of `window` bytes; text and error are what came. */
struct result {
	struct buf text;
	struct err err;
	bool failed;
};

static inline struct result read_all(struct source *s, size_t window)
{
	struct result r = {0};
	buf_reserve(&r.text, 0);
	for (;;) {
		buf_reserve(&r.text, window);
		ssize_t n = source_read(s, r.text.ptr + r.text.len, window, &r.err);
		if (n < 0) {
			assert_false(r.failed); /* reported once, then the end */
			r.failed = true;
			assert_true(r.err.code != ERR_OK);
			continue;
		}
		assert_in_range(n, 0, window);
		r.text.len += (size_t)n;
		if (n == 0)
			break;
		if ((size_t)n < window) /* short: only before the end */
			assert_true(source_read(s, (char[1]){0}, 1, &r.err) <= 0 || r.failed);
		if (r.err.code && !r.failed)
			r.failed = true;
	}
	return r;
}

static inline struct source *open_path(const char *path)
{
	struct source *s = NULL;
	struct err err = {0};
	enum err_code code = source_open(&s, path, &err);
	assert_string_equal(err.text, "");
	assert_int_equal(code, ERR_OK);
	return s;
}

static inline void assert_no_children(void)
{
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

static inline void assert_text(const struct result *r, struct span want)
{
	assert_string_equal(r->err.text, "");
	assert_int_equal(r->text.len, want.len);
	assert_true(span_eq(buf_span(&r->text), want));
}

static inline void assert_file_reads_as(struct span want, const char *decoded_from, bool plain)
{
	static const size_t windows[] = {1, 7, 4096, READ_WINDOW_BYTES};
	for (size_t i = want.len > 100000 ? 2 : 0; i < sizeof windows / sizeof *windows; i++) {
		struct source *s = open_path(file);
		assert_string_equal(source_decoded_from(s), decoded_from);
		assert_int_equal(source_is_plain_file(s), plain);
		struct result r = read_all(s, windows[i]);
		assert_text(&r, want);
		buf_release(&r.text);
		source_free(s);
	}
	assert_no_children();
}

/* The same bytes through a pipe, written in pieces of up to `piece` bytes by another process. */
static inline struct result read_through_pipe(struct span bytes, size_t piece, const char **decoded_from)
{
	int ends[2];
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	pid_t pid = fork();
	if (pid == 0) {
		close(ends[0]);
		for (; bytes.len; bytes = span_from(bytes, piece))
			if (write(ends[1], bytes.ptr, bytes.len < piece ? bytes.len : piece) < 0)
				_exit(1);
		_exit(0);
	}
	close(ends[1]);
	struct source *s = NULL;
	struct result r = {0};
	if (source_open_fd(&s, ends[0], "pipe", &r.err) == ERR_OK) {
		r = read_all(s, 5000);
		if (decoded_from)
			*decoded_from = source_decoded_from(s);
		assert_false(source_is_plain_file(s));
		source_free(s);
	}
	close(ends[0]);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_no_children();
	return r;
}

static inline void assert_open_fails(const char *path, const char *text)
{
	struct source *s = (struct source *)&path;
	struct err err = {0};
	assert_int_equal(source_open(&s, path, &err), ERR_INPUT);
	assert_null(s);
	if (!strstr(err.text, text))
		print_error("\"%s\" lacks \"%s\"\n", err.text, text);
	assert_non_null(strstr(err.text, text));
	assert_int_equal(source_open(&s, path, NULL), ERR_INPUT);
}

/* A socket whose other end closed with our byte unread gives what was sent, then an error. */
static inline struct result read_broken_socket(struct span bytes)
{
	int ends[2];
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	assert_int_equal(write(ends[1], bytes.ptr, bytes.len), bytes.len);
	assert_int_equal(write(ends[0], "x", 1), 1);
	close(ends[1]);
	struct source *s;
	assert_int_equal(source_open_fd(&s, ends[0], "socket", NULL), ERR_OK);
	struct result r = read_all(s, 100);
	source_free(s);
	close(ends[0]);
	assert_no_children();
	return r;
}

/* Puts a script in the place of xz, and PATH so that it alone is found. */
static char *path_before;
static inline void install_program(const char *script)
{
	char program[sizeof dir + 8];
	path_before = strdup(getenv("PATH"));
	snprintf(program, sizeof program, "%s/xz", dir);
	FILE *f = fopen(program, "w");
	fprintf(f, "#!/bin/sh\nPATH=%s\n%s\n", path_before, script);
	fclose(f);
	chmod(program, 0700);
	setenv("PATH", dir, 1);
}

static inline void remove_program(void)
{
	char program[sizeof dir + 8];
	snprintf(program, sizeof program, "%s/xz", dir);
	unlink(program);
	setenv("PATH", path_before, 1);
	free(path_before);
}

/* What looks like xz data and is text behind the first six bytes. */
static inline struct buf make_fake_xz(size_t len)
{
	struct buf b = make_text(len);
	memcpy(b.ptr, "\xfd" "7zXZ\0", 6);
	return b;
}

#endif
