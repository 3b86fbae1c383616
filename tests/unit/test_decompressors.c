#include "input_support.h"

#include <signal.h>
#include <sys/resource.h>

static const struct {
	const char *name, *pack;
} programs[] = {
	{"gzip", "gzip -c"}, {"xz", "xz -c -1"}, {"bzip2", "bzip2 -c"}, {"lz4", "lz4 -zcq"}, {"lz4", "lz4 -lzcq"}};
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
	r = read_with_program(
		"echo \"$LC_ALL $XZ_OPT.\" >&2; exit 1"); /* its words do not depend on our surroundings */
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
	assert_open_fails(file, "is xz data, and /tmp/test_input.");
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
	assert_string_equal(r.err.text,
			    "socket: cannot be read at byte 5000: Connection reset by peer; 5000 bytes were read");
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
		if (source_read(s, into, want.len + 1, NULL) != (ssize_t)want.len ||
		    memcmp(into, want.ptr, want.len) != 0)
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

int main(void)
{
	const struct CMUnitTest tests[] = {
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
	};
	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
