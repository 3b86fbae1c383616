#include "input_support.h"

#include "input/format.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>

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
	assert_non_null(
		strstr(r.err.text, "became shorter while it was read: 100000 bytes at first, it ended at byte 2500"));
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

static void an_error_in_the_middle_is_no_end_of_input(void **state)
{
	(void)state;
	struct result r = read_broken_socket(SPAN("some text, then trouble"));
	assert_string_equal(r.err.text,
			    "socket: cannot be read at byte 23: Connection reset by peer; 23 bytes were read");
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

/* ---- binary ------------------------------------------------------------------------------------------------------ */

static void logs_of_all_sorts_are_not_binary(void **state)
{
	(void)state;
	assert_false(source_looks_binary(SPAN("")));
	assert_false(source_looks_binary(SPAN("a\0b")));
	assert_false(source_looks_binary(SPAN("\x1b[31mred\x1b[0m\r\n\tmore\b\a\f\n")));
	assert_false(source_looks_binary(SPAN("Gr\xf6\xdf" "e \xfc" "berschritten, in Latin-1")));
	assert_false(
		source_looks_binary(SPAN("\xe5\xa4\xb1\xe6\x95\x97\xe3\x81\x97\xe3\x81\xbe\xe3\x81\x97\xe3\x81\x9f")));
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

enum { DESCRIPTORS_LOOKED_AT = 300 };

static bool readable_at_once(int fd)
{
	struct pollfd look = {.fd = fd, .events = POLLIN};
	return poll(&look, 1, 0) == 1 && (look.revents & POLLIN);
}

static void a_signal_that_stops_ends_a_read_that_waits(void **state)
{
	(void)state;
	bool before[DESCRIPTORS_LOOKED_AT] = {0};
	for (int fd = 3; fd < DESCRIPTORS_LOOKED_AT; fd++)
		before[fd] = readable_at_once(fd);
	pid_t pid = fork();
	if (pid == 0) {
		int ends[2];
		struct source *s;
		char into[100];
		signal(SIGALRM, stop);
		if (pipe2(ends, O_CLOEXEC) < 0 || write(ends[1], "text", 4) != 4 ||
		    source_open_fd(&s, ends[0], "pipe", NULL))
			_exit(1);
		alarm(1);
		_exit(source_read(s, into, sizeof into, NULL) == 4 && source_read(s, into, sizeof into, NULL) == 0 ? 0
														   : 2);
	}
	int status;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	/* And does not wake this process, with which that one shared its descriptors. */
	for (int fd = 3; fd < DESCRIPTORS_LOOKED_AT; fd++)
		assert_true(readable_at_once(fd) == before[fd]);
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
	assert_int_equal(source_read(of_file, text.ptr, text.len, &r.err),
			 FORMAT_HEAD_BYTES); /* what opening it read */
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
		cmocka_unit_test(a_utf8_byte_order_mark_is_dropped),
		cmocka_unit_test(utf16_with_a_mark_reads_as_utf8),
		cmocka_unit_test(halves_in_utf16_become_replacement_characters),
		cmocka_unit_test(packed_utf16_is_unpacked_and_converted),
		cmocka_unit_test(logs_of_all_sorts_are_not_binary),
		cmocka_unit_test(programs_archives_and_noise_are_binary),
		cmocka_unit_test(a_signal_that_stops_ends_a_read_that_waits),
		cmocka_unit_test(a_stop_ends_inputs_as_if_closed),
	};
	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
