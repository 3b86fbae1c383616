#include "base/buf.h"
#include "base/limits.h"
#include "input/format.h"
#include "input/source.h"
#include "input/unzstd.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <zstd.h>

static uint64_t random_next(uint64_t *state)
{
	uint64_t x = *state += 0x9e3779b97f4a7c15u;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
	return x ^ (x >> 31);
}

static char dir[] = "/tmp/test_source.XXXXXX";
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

/* Log-like text: it packs, and its bytes tell where they stand. */
static struct buf make_text(size_t len)
{
	struct buf b = {0};
	uint64_t r = len;
	while (b.len < len)
		buf_addf(&b, "%zu worker-%u: request %x took %u ms\n", b.len, (unsigned)random_next(&r) % 9,
		         (unsigned)random_next(&r), (unsigned)random_next(&r) % 1000);
	b.len = len;
	return b;
}

static void add_zstd_frame(struct buf *out, struct span text)
{
	size_t bound = ZSTD_compressBound(text.len);
	buf_reserve(out, bound);
	out->len += ZSTD_compress(out->ptr + out->len, bound, text.ptr, text.len, 3);
}

static struct buf zstd_of(struct span text)
{
	struct buf b = {0};
	add_zstd_frame(&b, text);
	return b;
}

/* By the program itself, through the file: its output replaces the text there. */
static void pack_file(const char *command)
{
	char line[200];
	snprintf(line, sizeof line, "%s <%s >%s.packed && mv %s.packed %s", command, file, file, file, file);
	assert_int_equal(system(line), 0);
}

static struct buf file_bytes(void)
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

static struct result read_all(struct source *s, size_t window)
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

static struct source *open_path(const char *path)
{
	struct source *s = NULL;
	struct err err = {0};
	enum err_code code = source_open(&s, path, &err);
	assert_string_equal(err.text, "");
	assert_int_equal(code, ERR_OK);
	return s;
}

static void assert_no_children(void)
{
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

static void assert_text(const struct result *r, struct span want)
{
	assert_string_equal(r->err.text, "");
	assert_int_equal(r->text.len, want.len);
	assert_true(span_eq(buf_span(&r->text), want));
}

static void assert_file_reads_as(struct span want, const char *decoded_from, bool plain)
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
static struct result read_through_pipe(struct span bytes, size_t piece, const char **decoded_from)
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

/* ---- plain ------------------------------------------------------------------------------------------------------- */

static void a_plain_file_reads_as_it_is(void **state)
{
	(void)state;
	static const size_t sizes[] = {0, 1, 3, 4, 17, 18, 19, 5000, READ_WINDOW_BYTES, 3 * READ_WINDOW_BYTES + 5};
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		struct buf text = make_text(sizes[i]);
		write_file("w", buf_span(&text));
		assert_file_reads_as(buf_span(&text), "", sizes[i] > 0);
		buf_release(&text);
	}
}

static void a_pipe_reads_the_same_however_its_bytes_come(void **state)
{
	(void)state;
	static const size_t pieces[] = {1, 5, 1000, 70000};
	struct buf text = make_text(20000);
	for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
		struct result r = read_through_pipe(buf_span(&text), pieces[i], NULL);
		assert_text(&r, buf_span(&text));
		buf_release(&r.text);
	}
	buf_release(&text);
}

static void a_descriptor_is_read_on_from_where_it_stands(void **state)
{
	(void)state;
	write_file("w", SPAN("one\ntwo\nthree\n"));
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	assert_int_equal(lseek(fd, 4, SEEK_SET), 4);
	struct source *s;
	assert_int_equal(source_open_fd(&s, fd, "fd", NULL), ERR_OK);
	struct result r = read_all(s, 100);
	assert_text(&r, SPAN("two\nthree\n"));
	assert_false(source_is_plain_file(s));
	source_free(s);
	assert_true(fcntl(fd, F_GETFD) >= 0);
	close(fd);
	buf_release(&r.text);
}

static void a_file_that_grows_is_read_up_to_its_first_size(void **state)
{
	(void)state;
	struct buf text = make_text(1000), more = make_text(100000);
	write_file("w", buf_span(&text));
	struct source *s = open_path(file);
	write_file("a", buf_span(&more));
	struct result r = read_all(s, 300);
	assert_text(&r, buf_span(&text));
	buf_release(&r.text);
	source_free(s);
	buf_release(&text);
	buf_release(&more);
}

static void a_file_truncated_under_us_gives_what_was_read_and_a_message(void **state)
{
	(void)state;
	struct buf text = make_text(100000);
	write_file("w", buf_span(&text));
	struct source *s = open_path(file);
	char window[1000];
	assert_int_equal(source_read(s, window, sizeof window, NULL), 1000);
	assert_int_equal(truncate(file, 2500), 0);
	struct result r = read_all(s, 1000);
	assert_int_equal(r.text.len, 1500);
	assert_true(r.failed);
	assert_int_equal(r.err.code, ERR_INPUT);
	assert_non_null(strstr(r.err.text, "became shorter while it was read: 100000 bytes at first, it ended at byte 2500"));
	assert_non_null(strstr(r.err.text, "; 2500 bytes were read"));
	assert_ptr_equal(strstr(r.err.text, file), r.err.text);
	buf_release(&r.text);
	source_free(s);
	buf_release(&text);
}

static void a_file_of_proc_is_read_although_it_has_no_size(void **state)
{
	(void)state;
	struct source *s = open_path("/proc/self/status");
	struct result r = read_all(s, 64);
	assert_true(span_starts(buf_span(&r.text), SPAN("Name:")));
	assert_false(source_is_plain_file(s));
	source_free(s);
	buf_release(&r.text);
}

static void assert_open_fails(const char *path, const char *text)
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
static struct result read_broken_socket(struct span bytes)
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

static void an_error_in_the_middle_is_no_end_of_input(void **state)
{
	(void)state;
	struct result r = read_broken_socket(SPAN("some text, then trouble"));
	assert_string_equal(r.err.text, "socket: cannot be read at byte 23: Connection reset by peer; 23 bytes were read");
	assert_true(span_eq(buf_span(&r.text), SPAN("some text, then trouble")));
	buf_release(&r.text);
}

static void a_pipe_that_does_not_block_is_waited_for(void **state)
{
	(void)state;
	int ends[2];
	assert_int_equal(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
	pid_t pid = fork();
	if (pid == 0) {
		usleep(50000);
		_exit(write(ends[1], "late", 4) != 4);
	}
	close(ends[1]);
	struct source *s;
	assert_int_equal(source_open_fd(&s, ends[0], "pipe", NULL), ERR_OK);
	struct result r = read_all(s, 100);
	assert_text(&r, SPAN("late"));
	source_free(s);
	close(ends[0]);
	waitpid(pid, NULL, 0);
	buf_release(&r.text);
}

static void what_cannot_be_read_is_named_with_the_reason(void **state)
{
	(void)state;
	assert_open_fails(dir, "is a directory: name the files in it");
	assert_open_fails("/nonexistent/log", "/nonexistent/log: No such file or directory");
	struct source *s;
	struct err err = {0};
	assert_int_equal(source_open_fd(&s, -1, "stdin", &err), ERR_INPUT);
	assert_string_equal(err.text, "stdin: Bad file descriptor");
	int fd = open(file, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	write_file("w", SPAN("text"));
	assert_int_equal(source_open_fd(&s, fd, "stdin", &err), ERR_OK); /* noticed at the first read: reported by it */
	struct result r = read_all(s, 10);
	assert_string_equal(r.err.text, "stdin: cannot be read at byte 0: Bad file descriptor; 0 bytes were read");
	source_free(s);
	close(fd);
	buf_release(&r.text);
}

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

/* However it is cut: a true prefix of the text, at most one block lost, and a message; or the whole when nothing lacks. */
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
	assert_int_equal(unzstd_recognize(SPAN("\x28\xb5\x2f\xfd\xa4\0\0\0\1")), UNZSTD_YES);   /* the size is the window */
	assert_int_equal(unzstd_recognize(SPAN("\x28\xb5\x2f\xfd\xa4\1\0\0\1")), UNZSTD_TOO_LARGE);
	assert_int_equal(unzstd_recognize(SPAN("\x28\xb5\x2f\xfd\xa6\1\2\0\0\0\1")), UNZSTD_YES); /* behind a dictionary id */
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

/* ---- other programs ---------------------------------------------------------------------------------------------- */

static const struct {
	const char *name, *pack;
} programs[] = {{"gzip", "gzip -c"}, {"xz", "xz -c -1"}, {"bzip2", "bzip2 -c"}, {"lz4", "lz4 -zcq"}, {"lz4", "lz4 -lzcq"}};
enum { PROGRAMS = sizeof programs / sizeof *programs };

static void other_packed_files_are_read_by_the_system_s_programs(void **state)
{
	(void)state;
	struct buf text = make_text(600000);
	for (size_t i = 0; i < PROGRAMS; i++) {
		write_file("w", buf_span(&text));
		pack_file(programs[i].pack);
		assert_file_reads_as(buf_span(&text), programs[i].name, false);
	}
	buf_release(&text);
}

static void packed_pipes_are_fed_to_the_program_from_their_first_byte(void **state)
{
	(void)state;
	struct buf text = make_text(600000);
	for (size_t i = 0; i < PROGRAMS; i++) {
		write_file("w", buf_span(&text));
		pack_file(programs[i].pack);
		struct buf packed = file_bytes();
		const char *decoded_from = NULL;
		struct result r = read_through_pipe(buf_span(&packed), 3000, &decoded_from);
		assert_text(&r, buf_span(&text));
		assert_string_equal(decoded_from, programs[i].name);
		buf_release(&r.text);
		buf_release(&packed);
	}
	buf_release(&text);
}

static void packed_data_that_is_cut_off_gives_a_message_and_what_could_be_read(void **state)
{
	(void)state;
	struct buf text = make_text(600000);
	for (size_t i = 0; i < PROGRAMS; i++) {
		if (strstr(programs[i].pack, "-l")) /* the legacy form of lz4 has no end mark */
			continue;
		write_file("w", buf_span(&text));
		pack_file(programs[i].pack);
		struct stat st;
		assert_int_equal(stat(file, &st), 0);
		assert_int_equal(truncate(file, st.st_size * 2 / 3), 0);
		struct source *s = open_path(file);
		struct result r = read_all(s, READ_WINDOW_BYTES);
		assert_true(r.failed);
		assert_non_null(strstr(r.err.text, programs[i].name));
		assert_non_null(strstr(r.err.text, " failed with status "));
		assert_non_null(strstr(r.err.text, " bytes were read"));
		assert_true(span_starts(buf_span(&text), buf_span(&r.text)));
		buf_release(&r.text);
		source_free(s);
		assert_no_children();
	}
	buf_release(&text);
}

static void a_missing_program_is_an_error_that_names_the_package(void **state)
{
	(void)state;
	char *before = strdup(getenv("PATH"));
	write_file("w", SPAN("\xfd" "7zXZ\0 and so on, whatever it may be"));
	setenv("PATH", "relative::.:/nonexistent", 1);
	assert_open_fails(file, "is xz data, and the program xz is not in PATH: install xz-utils");
	setenv("PATH", before, 1);
	free(before);
	assert_no_children();
}

static void a_relative_folder_in_path_is_not_searched(void **state)
{
	(void)state;
	char *before = strdup(getenv("PATH")), program[sizeof dir + 8], *cwd = getcwd(NULL, 0);
	snprintf(program, sizeof program, "%s/xz", dir);
	FILE *f = fopen(program, "w");
	fputs("#!/bin/sh\necho not this one\n", f);
	fclose(f);
	chmod(program, 0700);
	write_file("w", SPAN("\xfd" "7zXZ\0 and so on, whatever it may be"));
	assert_int_equal(chdir(dir), 0);
	setenv("PATH", ".:", 1);
	assert_open_fails(file, "is not in PATH");
	assert_int_equal(chdir(cwd), 0);
	setenv("PATH", before, 1);
	unlink(program);
	free(before);
	free(cwd);
}

/* Puts a script in the place of xz, and PATH so that it alone is found. */
static char *path_before;
static void install_program(const char *script)
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

static void remove_program(void)
{
	char program[sizeof dir + 8];
	snprintf(program, sizeof program, "%s/xz", dir);
	unlink(program);
	setenv("PATH", path_before, 1);
	free(path_before);
}

/* What looks like xz data and is text behind the first six bytes. */
static struct buf make_fake_xz(size_t len)
{
	struct buf b = make_text(len);
	memcpy(b.ptr, "\xfd" "7zXZ\0", 6);
	return b;
}

static struct result read_with_program(const char *script)
{
	install_program(script);
	struct buf packed = make_fake_xz(300000);
	struct result r = read_through_pipe(buf_span(&packed), 50000, NULL);
	remove_program();
	buf_release(&packed);
	return r;
}

static void a_program_that_fails_is_reported_with_its_first_words(void **state)
{
	(void)state;
	struct result r = read_with_program("echo text; echo 'xz: bad \033[31mdata' >&2; echo more >&2; exit 3");
	assert_string_equal(r.err.text, "pipe: xz failed with status 3: bad \\x1b[31mdata; 5 bytes were read");
	assert_true(span_eq(buf_span(&r.text), SPAN("text\n")));
	buf_release(&r.text);
	setenv("LC_ALL", "de_DE.UTF-8", 1);
	setenv("XZ_OPT", "--oops", 1);
	r = read_with_program("echo \"$LC_ALL $XZ_OPT.\" >&2; exit 1"); /* its words do not depend on our surroundings */
	assert_string_equal(r.err.text, "pipe: xz failed with status 1: C .; 0 bytes were read");
	unsetenv("LC_ALL");
	unsetenv("XZ_OPT");
	buf_release(&r.text);
	r = read_with_program("kill -9 $$");
	assert_string_equal(r.err.text, "pipe: xz was killed by signal 9; 0 bytes were read");
	buf_release(&r.text);
	r = read_with_program("cat >/dev/null; seq 100000 >&2; echo text");
	assert_string_equal(r.err.text, "");
	assert_true(span_eq(buf_span(&r.text), SPAN("text\n")));
	buf_release(&r.text);
}

static void a_program_that_cannot_be_started_is_an_error(void **state)
{
	(void)state;
	struct buf packed = make_fake_xz(5000);
	write_file("w", buf_span(&packed));
	install_program("");
	char program[sizeof dir + 8];
	snprintf(program, sizeof program, "%s/xz", dir);
	FILE *f = fopen(program, "w");
	fputs("\177ELF no program", f);
	fclose(f);
	assert_open_fails(file, "is xz data, and /tmp/test_source.");
	assert_open_fails(file, "/xz cannot be started: Exec format error");
	assert_no_children();
	remove_program();
	buf_release(&packed);
}

static void a_pipe_whose_program_is_missing_fails_at_the_first_read(void **state)
{
	(void)state;
	struct buf packed = make_fake_xz(5000);
	install_program("");
	setenv("PATH", "/nonexistent", 1);
	struct result r = read_through_pipe(buf_span(&packed), 5000, NULL);
	assert_string_equal(r.err.text,
	                    "pipe: is xz data, and the program xz is not in PATH: install xz-utils; 0 bytes were read");
	remove_program();
	buf_release(&r.text);
	buf_release(&packed);
}

static void an_error_while_a_program_is_fed_is_the_one_reported(void **state)
{
	(void)state;
	struct buf packed = make_fake_xz(5000);
	install_program("cat; echo 'unexpected end' >&2; exit 1");
	struct result r = read_broken_socket(buf_span(&packed));
	assert_string_equal(r.err.text, "socket: cannot be read at byte 5000: Connection reset by peer; 5000 bytes were read");
	assert_true(span_eq(buf_span(&r.text), buf_span(&packed)));
	remove_program();
	buf_release(&r.text);
	buf_release(&packed);
}

/* In a process of its own: what it does to descriptors and signals is gone with it. */
static void assert_reads_packed_in_process(struct span want, void (*prepare)(void), bool through_pipe)
{
	pid_t pid = fork();
	if (pid == 0) {
		prepare();
		struct source *s;
		int fd = open(file, O_RDONLY | O_CLOEXEC), ends[2] = {-1, -1};
		if (through_pipe) {
			if (pipe2(ends, O_CLOEXEC) < 0)
				_exit(2);
			char bytes[30000];
			ssize_t n = read(fd, bytes, sizeof bytes);
			if (write(ends[1], bytes, (size_t)n) != n)
				_exit(3);
			close(ends[1]);
		}
		if (source_open_fd(&s, through_pipe ? ends[0] : fd, "log", NULL))
			_exit(4);
		char *into = malloc(want.len + 1);
		if (source_read(s, into, want.len + 1, NULL) != (ssize_t)want.len || memcmp(into, want.ptr, want.len) != 0)
			_exit(5);
		if (source_read(s, into, 1, NULL) != 0)
			_exit(6);
		_exit(0);
	}
	int status;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void close_standard_descriptors(void)
{
	close(0);
	close(1);
	close(2);
}
static void ignore_children(void) { signal(SIGCHLD, SIG_IGN); }
static void ignore_broken_pipes(void) { signal(SIGPIPE, SIG_IGN); }

static void a_program_runs_whatever_the_process_around_us_is_like(void **state)
{
	(void)state;
	void (*const prepare[])(void) = {close_standard_descriptors, ignore_children, ignore_broken_pipes};
	struct buf text = make_text(50000);
	write_file("w", buf_span(&text));
	pack_file("xz -c");
	for (size_t i = 0; i < 3; i++) {
		assert_reads_packed_in_process(buf_span(&text), prepare[i], false);
		assert_reads_packed_in_process(buf_span(&text), prepare[i], true);
	}
	buf_release(&text);
}

static void where_no_status_can_be_had_what_the_program_says_counts(void **state)
{
	(void)state;
	struct buf packed = make_fake_xz(500);
	write_file("w", buf_span(&packed));
	install_program("cat; echo bad data >&2; exit 1");
	signal(SIGCHLD, SIG_IGN);
	struct source *s = open_path(file);
	struct result r = read_all(s, 1000);
	signal(SIGCHLD, SIG_DFL);
	source_free(s);
	assert_non_null(strstr(r.err.text, ": xz reported: bad data; 500 bytes were read"));
	remove_program();
	buf_release(&r.text);
	buf_release(&packed);
}

static size_t open_descriptors(void)
{
	size_t n = 0;
	for (int fd = 0; fd < 300; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

/* Whichever descriptor is the one too many: a message or the whole text, and nothing is left open. */
static void running_out_of_descriptors_is_an_error_like_any_other(void **state)
{
	(void)state;
	struct buf text = make_text(20000);
	write_file("w", buf_span(&text));
	pack_file("xz -c");
	struct buf packed = file_bytes();
	int ends[2];
	struct rlimit before;
	getrlimit(RLIMIT_NOFILE, &before);
	bool good = false;
	for (rlim_t limit = 3; !good && limit < 300; limit++) {
		assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
		assert_int_equal(write(ends[1], packed.ptr, packed.len), packed.len);
		close(ends[1]);
		size_t open_before = open_descriptors();
		struct source *s;
		struct err err = {0};
		setrlimit(RLIMIT_NOFILE, &(struct rlimit){limit, before.rlim_max});
		assert_int_equal(source_open_fd(&s, ends[0], "pipe", &err), ERR_OK);
		struct result r = read_all(s, 100000);
		source_free(s);
		setrlimit(RLIMIT_NOFILE, &before);
		good = !r.failed;
		if (good)
			assert_text(&r, buf_span(&text));
		else
			assert_non_null(strstr(r.err.text, "Too many open files"));
		buf_release(&r.text);
		assert_int_equal(open_descriptors(), open_before);
		assert_no_children();
		close(ends[0]);
	}
	assert_true(good);
	buf_release(&packed);
	buf_release(&text);
}

static void a_source_given_up_early_leaves_no_process_behind(void **state)
{
	(void)state;
	struct buf text = make_text(3000000);
	write_file("w", buf_span(&text));
	pack_file("gzip -c");
	struct source *s = open_path(file);
	char window[1000];
	assert_int_equal(source_read(s, window, sizeof window, NULL), sizeof window);
	source_free(s);
	assert_no_children();

	int ends[2]; /* a pipe that stays open: the thread that feeds the program waits for more */
	struct buf packed = make_fake_xz(5000);
	install_program("exec cat");
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_int_equal(write(ends[1], packed.ptr, packed.len), packed.len);
	assert_int_equal(source_open_fd(&s, ends[0], "pipe", NULL), ERR_OK);
	assert_int_equal(source_read(s, window, sizeof window, NULL), sizeof window);
	assert_memory_equal(window, packed.ptr, sizeof window);
	source_free(s);
	assert_no_children();
	remove_program();
	close(ends[0]);
	close(ends[1]);
	buf_release(&packed);
	buf_release(&text);
}

/* ---- UTF-16 and byte order marks --------------------------------------------------------------------------------- */

static void a_utf8_byte_order_mark_is_dropped(void **state)
{
	(void)state;
	write_file("w", SPAN("\xef\xbb\xbfone\xef\xbb\xbf\n"));
	assert_file_reads_as(SPAN("one\xef\xbb\xbf\n"), "", false);
	write_file("w", SPAN("\xef\xbb\xbf"));
	assert_file_reads_as(SPAN(""), "", false);
	write_file("w", SPAN("\xef\xbb"));
	assert_file_reads_as(SPAN("\xef\xbb"), "", true);
}

static void utf16_with_a_mark_reads_as_utf8(void **state)
{
	(void)state;
	write_file("w", SPAN("\xff\xfe" "a\0\n\0\xe9\0\x17\x27\x3d\xd8\x25\xdd"));
	assert_file_reads_as(SPAN("a\n\xc3\xa9\u2717\U0001F525"), "utf-16le", false);
	write_file("w", SPAN("\xfe\xff" "\0a\0\n\0\xe9\x27\x17\xd8\x3d\xdd\x25"));
	assert_file_reads_as(SPAN("a\n\xc3\xa9\u2717\U0001F525"), "utf-16be", false);
	write_file("w", SPAN("\xff\xfe"));
	assert_file_reads_as(SPAN(""), "utf-16le", false);
}

static void halves_in_utf16_become_replacement_characters(void **state)
{
	(void)state;
	write_file("w", SPAN("\xff\xfe" "\x3d\xd8" "a\0" "\x25\xdd" "\x3d\xd8" "\x3d\xd8" "\x25\xdd" "\x3d\xd8" "b"));
	assert_file_reads_as(SPAN("\ufffda\ufffd\ufffd\U0001F525\ufffd\ufffd"), "utf-16le", false);
}

static void packed_utf16_is_unpacked_and_converted(void **state)
{
	(void)state;
	struct buf utf16 = {0}, utf8 = make_text(400000), packed;
	buf_add_str(&utf16, "\xff\xfe");
	for (size_t i = 0; i < utf8.len; i++)
		buf_add(&utf16, (char[2]){utf8.ptr[i], 0}, 2);
	packed = zstd_of(buf_span(&utf16));
	write_file("w", buf_span(&packed));
	assert_file_reads_as(buf_span(&utf8), "zstd", false);
	write_file("w", buf_span(&utf16));
	pack_file("gzip -c");
	assert_file_reads_as(buf_span(&utf8), "gzip", false);
	buf_release(&utf16);
	buf_release(&utf8);
	buf_release(&packed);
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
	buf_add_span(&inputs[5], SPAN("\xff\xfe" "a\0\n\0\xe9\0\x17\x27\x3d\xd8\x25\xdd" "b\0c\0d\0e\0f\0\x3d\xd8" "x"));
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

/* ---- binary ------------------------------------------------------------------------------------------------------ */

static void logs_of_all_sorts_are_not_binary(void **state)
{
	(void)state;
	assert_false(source_looks_binary(SPAN("")));
	assert_false(source_looks_binary(SPAN("a\0b")));
	assert_false(source_looks_binary(SPAN("\x1b[31mred\x1b[0m\r\n\tmore\b\a\f\n")));
	assert_false(source_looks_binary(SPAN("Gr\xf6\xdf" "e \xfc" "berschritten, in Latin-1")));
	assert_false(source_looks_binary(SPAN("\xe5\xa4\xb1\xe6\x95\x97\xe3\x81\x97\xe3\x81\xbe\xe3\x81\x97\xe3\x81\x9f")));
	struct buf b = make_text(8000); /* a hole, as logs have that were truncated under their writer */
	memset(b.ptr, 0, 5000);
	assert_false(source_looks_binary(buf_span(&b)));
	buf_release(&b);
}

static void programs_archives_and_noise_are_binary(void **state)
{
	(void)state;
	struct buf b = {0};
	uint64_t seed = 9;
	for (int i = 0; i < 65536; i++)
		buf_add_char(&b, (char)random_next(&seed));
	assert_true(source_looks_binary(buf_span(&b)));
	memset(b.ptr, 0, b.len);
	assert_true(source_looks_binary(buf_span(&b)));
	b.len = 0;
	FILE *f = fopen("/proc/self/exe", "r");
	buf_reserve(&b, 65536);
	b.len = fread(b.ptr, 1, 65536, f);
	fclose(f);
	assert_true(source_looks_binary(buf_span(&b)));
	assert_string_equal(source_binary_kind(buf_span(&b)), "an ELF program or core");
	assert_string_equal(source_binary_kind(SPAN("2024-01-01 text")), "");
	b.len = 0;
	for (int i = 0; i < 100; i++) /* UTF-16 without a mark */
		buf_add(&b, "x", 2);
	assert_true(source_looks_binary(buf_span(&b)));
	buf_release(&b);
}

/* ---- stop: last, for it holds from then on ----------------------------------------------------------------------- */

static void stop(int signal_no)
{
	(void)signal_no;
	source_stop_all();
}

static void a_signal_that_stops_ends_a_read_that_waits(void **state)
{
	(void)state;
	pid_t pid = fork();
	if (pid == 0) {
		int ends[2];
		struct source *s;
		char into[100];
		signal(SIGALRM, stop);
		if (pipe2(ends, O_CLOEXEC) < 0 || write(ends[1], "text", 4) != 4 || source_open_fd(&s, ends[0], "pipe", NULL))
			_exit(1);
		alarm(1);
		_exit(source_read(s, into, sizeof into, NULL) == 4 && source_read(s, into, sizeof into, NULL) == 0 ? 0 : 2);
	}
	int status;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* No signal interrupts anything here: the stop alone must wake what waits. */
static void *stop_soon(void *unused)
{
	usleep(200000);
	source_stop_all();
	return unused;
}

static void a_stop_ends_inputs_as_if_closed(void **state)
{
	(void)state;
	int plain[2], packed[2], zstd[2];
	assert_int_equal(pipe2(plain, O_CLOEXEC), 0);
	assert_int_equal(pipe2(packed, O_CLOEXEC), 0);
	assert_int_equal(pipe2(zstd, O_CLOEXEC), 0);
	struct buf text = make_text(300000), xz = make_fake_xz(5000), frame = zstd_of(buf_span(&text));
	write_file("w", buf_span(&text));
	install_program("exec cat");
	struct source *of_file = open_path(file), *of_pipe, *of_child, *of_zstd;
	assert_int_equal(write(plain[1], "read before the stop", 20), 20);
	assert_int_equal(write(packed[1], xz.ptr, xz.len), xz.len);
	assert_int_equal(write(zstd[1], frame.ptr, 60000), 60000);
	assert_int_equal(source_open_fd(&of_pipe, plain[0], "pipe", NULL), ERR_OK);
	assert_int_equal(source_open_fd(&of_child, packed[0], "packed", NULL), ERR_OK);
	assert_int_equal(source_open_fd(&of_zstd, zstd[0], "zstd", NULL), ERR_OK);
	assert_int_equal(source_read(of_child, (char[10]){0}, 10, NULL), 10);
	assert_false(source_was_stopped());
	pthread_t thread;
	assert_int_equal(pthread_create(&thread, NULL, stop_soon, NULL), 0);
	struct result r = read_all(of_zstd, READ_WINDOW_BYTES); /* inside a frame, which is no fault now */
	assert_true(source_was_stopped());
	assert_string_equal(r.err.text, "");
	assert_true(r.text.len > 0 && span_starts(buf_span(&text), buf_span(&r.text)));
	buf_release(&r.text);
	pthread_join(thread, NULL);
	r = read_all(of_pipe, 1000); /* nothing was read of it: it ends at once */
	assert_text(&r, SPAN(""));
	buf_release(&r.text);
	r = read_all(of_child, 1000);
	assert_text(&r, SPAN(""));
	buf_release(&r.text);
	assert_int_equal(source_read(of_file, text.ptr, text.len, &r.err), FORMAT_HEAD_BYTES); /* what opening it read */
	assert_int_equal(source_read(of_file, text.ptr, text.len, &r.err), 0);
	source_free(of_file);
	source_free(of_pipe);
	source_free(of_child);
	source_free(of_zstd);
	assert_no_children();
	for (int i = 0; i < 2; i++) {
		close(plain[i]);
		close(packed[i]);
		close(zstd[i]);
	}
	remove_program();
	buf_release(&frame);
	buf_release(&xz);
	buf_release(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_plain_file_reads_as_it_is),
		cmocka_unit_test(a_pipe_reads_the_same_however_its_bytes_come),
		cmocka_unit_test(a_descriptor_is_read_on_from_where_it_stands),
		cmocka_unit_test(a_file_that_grows_is_read_up_to_its_first_size),
		cmocka_unit_test(a_file_truncated_under_us_gives_what_was_read_and_a_message),
		cmocka_unit_test(a_file_of_proc_is_read_although_it_has_no_size),
		cmocka_unit_test(an_error_in_the_middle_is_no_end_of_input),
		cmocka_unit_test(a_pipe_that_does_not_block_is_waited_for),
		cmocka_unit_test(what_cannot_be_read_is_named_with_the_reason),
		cmocka_unit_test(zstd_frames_one_after_another_read_as_one_text),
		cmocka_unit_test(zstd_that_begins_with_a_skippable_frame_is_zstd),
		cmocka_unit_test(zstd_that_is_cut_off_gives_what_could_be_read),
		cmocka_unit_test(damaged_zstd_gives_the_blocks_before_the_damage),
		cmocka_unit_test(the_window_of_a_zstd_frame_is_told_from_its_header),
		cmocka_unit_test(a_later_zstd_frame_with_a_large_window_is_refused_with_the_mend),
		cmocka_unit_test(zstd_with_a_large_window_is_read_by_the_system_s_zstd),
		cmocka_unit_test(other_packed_files_are_read_by_the_system_s_programs),
		cmocka_unit_test(packed_pipes_are_fed_to_the_program_from_their_first_byte),
		cmocka_unit_test(packed_data_that_is_cut_off_gives_a_message_and_what_could_be_read),
		cmocka_unit_test(a_missing_program_is_an_error_that_names_the_package),
		cmocka_unit_test(a_relative_folder_in_path_is_not_searched),
		cmocka_unit_test(a_program_that_fails_is_reported_with_its_first_words),
		cmocka_unit_test(a_program_that_cannot_be_started_is_an_error),
		cmocka_unit_test(a_pipe_whose_program_is_missing_fails_at_the_first_read),
		cmocka_unit_test(an_error_while_a_program_is_fed_is_the_one_reported),
		cmocka_unit_test(a_program_runs_whatever_the_process_around_us_is_like),
		cmocka_unit_test(where_no_status_can_be_had_what_the_program_says_counts),
		cmocka_unit_test(running_out_of_descriptors_is_an_error_like_any_other),
		cmocka_unit_test(a_source_given_up_early_leaves_no_process_behind),
		cmocka_unit_test(a_utf8_byte_order_mark_is_dropped),
		cmocka_unit_test(utf16_with_a_mark_reads_as_utf8),
		cmocka_unit_test(halves_in_utf16_become_replacement_characters),
		cmocka_unit_test(packed_utf16_is_unpacked_and_converted),
		cmocka_unit_test(pushed_bytes_decode_like_a_file),
		cmocka_unit_test(logs_of_all_sorts_are_not_binary),
		cmocka_unit_test(programs_archives_and_noise_are_binary),
		cmocka_unit_test(a_signal_that_stops_ends_a_read_that_waits),
		cmocka_unit_test(a_stop_ends_inputs_as_if_closed),
	};
	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
