/* Originals by reference: byte for byte, with numbers, searched; and what a reference that does not hold says. */
#include "base/buf.h"
#include "base/hash.h"
#include "base/mem.h"
#include "ctxcut.h"
#include "store/store.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[64];
static char error[1024];

static int make_folder(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/ctxcut-show-XXXXXX");
	return mkdtemp(folder) && chdir(folder) == 0 ? 0 : 1;
}

static int remove_folder(void **state)
{
	(void)state;
	char command[128];
	snprintf(command, sizeof command, "rm -rf '%s'", folder);
	return chdir("/") != 0 || system(command) != 0;
}

static void write_file(const char *name, struct span content)
{
	FILE *f = fopen(name, "wb");
	assert_non_null(f);
	assert_int_equal(fwrite(content.ptr, 1, content.len, f), content.len);
	fclose(f);
}

static void put(struct span content, char id[33])
{
	struct store *s;
	struct store_writer *w;
	assert_int_equal(store_open(&s, "store", 0, NULL), ERR_OK);
	assert_int_equal(store_begin(s, &w, NULL), ERR_OK);
	assert_int_equal(store_append(w, content, NULL), ERR_OK);
	assert_int_equal(store_commit(w, id, NULL), ERR_OK);
	store_free(s);
}

static int collect(void *user, const char *bytes, size_t len)
{
	buf_add(user, bytes, len);
	return 0;
}

static struct buf shown;

static enum ctxcut_status show(const char *reference, const char *grep, size_t context, int numbers)
{
	struct ctxcut_show_options options = {
		.store_dir = "store", .grep = grep, .context = context, .line_numbers = numbers};
	buf_clear(&shown);
	strcpy(error, "unset");
	return ctxcut_show(reference, &options, collect, &shown, error, sizeof error);
}

static void assert_shows(const char *reference, const char *grep, size_t context, int numbers, struct span expected)
{
	enum ctxcut_status status = show(reference, grep, context, numbers);
	if (status != CTXCUT_OK)
		fail_msg("%s: %d %s", reference, (int)status, error);
	if (!span_eq(buf_span(&shown), expected))
		fail_msg("%s: got <%.*s>, not <%.*s>", reference, (int)shown.len, shown.ptr, (int)expected.len,
			 expected.ptr);
}

static void assert_fails(const char *reference, enum ctxcut_status status, const char *word)
{
	enum ctxcut_status got = show(reference, NULL, 0, 0);
	if (got != status || !strstr(error, word))
		fail_msg("%s: status %d, %s", reference, (int)got, error);
}

#define FIVE "one\ntwo\r\n\nf\0ur\nfive"

static void lines_come_byte_for_byte_from_a_file_and_from_the_store(void **state)
{
	(void)state;
	char id[33], text[64];
	write_file("five.log", SPAN(FIVE));
	put(SPAN(FIVE), id);
	const char *names[] = {"five.log", id};
	static const struct {
		const char *range;
		struct span expected;
	} cases[] = {
		{"", {FIVE, sizeof FIVE - 1}}, {":1-5", {FIVE, sizeof FIVE - 1}},
		{":2-3", {"two\r\n\n", 6}},    {":4", {"f\0ur\n", 5}},
		{":5", {"five", 4}},           {":-1", {"one\n", 4}},
		{":4-", {"f\0ur\nfive", 9}},   {":3+2", {"\nf\0ur\n", 6}},
		{":5-9", {"five", 4}},
	};
	for (size_t n = 0; n < 2; n++)
		for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
			snprintf(text, sizeof text, "%s%s", names[n], cases[i].range);
			assert_shows(text, NULL, 0, 0, cases[i].expected);
		}
	assert_shows("five.log", NULL, 0, 1, SPAN("1:one\n2:two\r\n3:\n4:f\0ur\n5:five"));
	assert_shows("five.log:3-4", NULL, 0, 1, SPAN("3:\n4:f\0ur\n"));
}

static void past_the_end_what_there_is_comes_with_a_word(void **state)
{
	(void)state;
	char id[33], text[64];
	write_file("five.log", SPAN(FIVE));
	put(SPAN(FIVE), id);
	assert_shows("five.log:4-90", NULL, 0, 0, SPAN("f\0ur\nfive"));
	assert_non_null(strstr(error, "line 5"));
	snprintf(text, sizeof text, "%s:4-90", id);
	assert_shows(text, NULL, 0, 0, SPAN("f\0ur\nfive"));
	assert_non_null(strstr(error, "line 5"));
	assert_shows("five.log:4-5", NULL, 0, 0, SPAN("f\0ur\nfive"));
	assert_string_equal(error, "");
	assert_fails("five.log:6", CTXCUT_MISSING, "5 lines");
	snprintf(text, sizeof text, "%s:6-7", id);
	assert_fails(text, CTXCUT_MISSING, "5 lines");
	write_file("empty.log", SPAN(""));
	assert_shows("empty.log", NULL, 0, 0, SPAN(""));
	assert_fails("empty.log:1", CTXCUT_MISSING, "0 lines");
}

static void a_changed_file_is_shown_and_said_to_have_changed(void **state)
{
	(void)state;
	char hex[33], text[128];
	hash128_hex(hash128_of(FIVE, sizeof FIVE - 1), hex);
	write_file("five.log", SPAN(FIVE));
	snprintf(text, sizeof text, "five.log@%.8s:2-3", hex);
	assert_shows(text, NULL, 0, 0, SPAN("two\r\n\n"));
	assert_int_equal(ctxcut_check(text, NULL, error, sizeof error), CTXCUT_OK);
	assert_shows(text, "two", 0, 0, SPAN("two\r\n"));
	write_file("five.log", SPAN(FIVE "!"));
	assert_int_equal(show(text, NULL, 0, 0), CTXCUT_CHANGED);
	assert_non_null(strstr(error, "run ctxcut on it again"));
	assert_true(span_eq(buf_span(&shown), SPAN("two\r\n\n")));
	assert_int_equal(show(text, "two", 0, 0), CTXCUT_CHANGED);
	assert_int_equal(ctxcut_check(text, NULL, error, sizeof error), CTXCUT_CHANGED);
	assert_non_null(strstr(error, "changed"));
}

static void what_is_not_there_is_said_to_be_missing(void **state)
{
	(void)state;
	char id[33];
	assert_fails("none.log:1-2", CTXCUT_MISSING, "none.log");
	assert_fails("0123abcd:1-2", CTXCUT_MISSING, "0123abcd");
	put(SPAN("x\n"), id);
	assert_fails("0123abcd:1-2", CTXCUT_MISSING, "nor is there a file");
	assert_fails("none.log:2-1", CTXCUT_USAGE, "range");
	assert_fails(folder, CTXCUT_INPUT, "directory");
	assert_int_equal(ctxcut_check("none.log", NULL, error, sizeof error), CTXCUT_MISSING);
	assert_int_equal(ctxcut_check("0123abcd", "store", error, sizeof error), CTXCUT_MISSING);
	assert_int_equal(ctxcut_check(id, "store", error, sizeof error), CTXCUT_OK);
	write_file("two.log", SPAN("a\nb\n"));
	assert_int_equal(ctxcut_check("two.log:1-2", NULL, error, sizeof error), CTXCUT_OK);
	assert_int_equal(ctxcut_check("two.log:1-3", NULL, error, sizeof error), CTXCUT_MISSING);
	assert_int_equal(ctxcut_check("two.log:3-", NULL, error, sizeof error), CTXCUT_MISSING);
	/* A buffer that is too small is filled, not passed. */
	char small[8] = "1234567";
	assert_int_equal(ctxcut_check("none.log", NULL, small, 5), CTXCUT_MISSING);
	assert_string_equal(small, "none");
	assert_int_equal(ctxcut_check("none.log", NULL, NULL, 0), CTXCUT_MISSING);
}

static void a_search_gives_lines_with_context_and_numbers(void **state)
{
	(void)state;
	write_file("s.log", SPAN("a1\nb2\nERR x\nc4\nd5\ne6\nERR y\nERR z\nf9\ng10"));
	assert_shows("s.log", "ERR", 0, 0, SPAN("ERR x\nERR y\nERR z\n"));
	assert_shows("s.log", "ERR", 1, 1, SPAN("2-b2\n3:ERR x\n4-c4\n6-e6\n7:ERR y\n8:ERR z\n9-f9\n"));
	assert_shows("s.log", "ERR", 2, 1,
		     SPAN("1-a1\n2-b2\n3:ERR x\n4-c4\n5-d5\n6-e6\n7:ERR y\n8:ERR z\n9-f9\n10-g10"));
	assert_shows("s.log", "ERR", SIZE_MAX, 0, SPAN("a1\nb2\nERR x\nc4\nd5\ne6\nERR y\nERR z\nf9\ng10"));
	assert_shows("s.log:3-7", "ERR|10", 1, 1, SPAN("3:ERR x\n4-c4\n6-e6\n7:ERR y\n"));
	assert_shows("s.log", "^g10$", 0, 1, SPAN("10:g10"));
	assert_shows("s.log", "nothing", 3, 1, SPAN(""));
	assert_string_equal(error, "no line matches");
	assert_int_equal(show("s.log", "(", 0, 0), CTXCUT_USAGE);
	assert_non_null(strstr(error, "offset 1"));
}

static void a_search_sees_lines_as_a_reduction_shows_them(void **state)
{
	(void)state;
	write_file("c.log", SPAN("\033[31mERR\033[0mOR now\r\nplain\r\n"));
	assert_shows("c.log", "^ERROR now$", 0, 0, SPAN("\033[31mERR\033[0mOR now\r\n"));
	assert_shows("c.log", "^plain$", 0, 0, SPAN("plain\r\n"));
	assert_shows("c.log", "\\x1b\\[31m", 0, 1, SPAN("1:\033[31mERR\033[0mOR now\r\n"));
}

static void a_search_in_the_store_agrees_with_a_plain_one(void **state)
{
	(void)state;
	struct buf content = {0}, expected = {0};
	char id[33];
	enum { LINES = 90000 };
	/* Which lines match follows a pattern that repeats on no frame's border. */
	for (uint64_t i = 1; i <= LINES; i++)
		buf_addf(&content, "%llu %s %0*d\n", (unsigned long long)i,
			 i % 97 == 0 || i % 1000 == 3 ? "hit" : "miss", (int)(i * 7 % 40) + 1, 0);
	const char *at = content.ptr;
	for (uint64_t i = 1; i <= LINES; i++) {
		const char *end = strchr(at, '\n') + 1;
		bool match = i % 97 == 0 || i % 1000 == 3, near = false;
		for (uint64_t k = i > 2 ? i - 2 : 1; k <= i + 2 && k <= LINES; k++)
			near = near || k % 97 == 0 || k % 1000 == 3;
		if (near) {
			buf_addf(&expected, "%llu%c", (unsigned long long)i, match ? ':' : '-');
			buf_add(&expected, at, (size_t)(end - at));
		}
		at = end;
	}
	put(buf_span(&content), id);
	assert_shows(id, " hit ", 2, 1, buf_span(&expected));
	write_file("big.log", buf_span(&content));
	assert_shows("big.log", " hit ", 2, 1, buf_span(&expected));
	buf_release(&content);
	buf_release(&expected);
}

static void a_line_of_many_megabytes_is_searched_at_its_start_and_shown_whole(void **state)
{
	(void)state;
	struct buf content = {0};
	buf_add_str(&content, "first\nneedle ");
	for (size_t i = 0; i < 3000000; i++)
		buf_add_char(&content, "abc "[i % 4]);
	buf_add_str(&content, " tail\nlast\n");
	write_file("long.log", buf_span(&content));
	assert_shows("long.log", "needle", 0, 0, span_of(content.ptr + 6, content.len - 6 - 5));
	assert_non_null(strstr(error, "first MiB"));
	assert_shows("long.log", "first", 1, 0, span_of(content.ptr, content.len - 5));
	assert_shows("long.log", " tail", 0, 0, SPAN(""));
	buf_release(&content);
}

static void a_pattern_that_explodes_ends_the_search_with_a_word(void **state)
{
	(void)state;
	struct buf content = {0};
	for (int i = 0; i < 1000; i++)
		buf_add_str(&content, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!\n");
	write_file("a.log", buf_span(&content));
	assert_int_equal(show("a.log", "(a+)+$", 0, 0), CTXCUT_INPUT);
	assert_non_null(strstr(error, "too many steps"));
	buf_release(&content);
}

static int refuse(void *user, const char *bytes, size_t len)
{
	(void)bytes;
	(void)len;
	return ++*(int *)user;
}

static void a_reader_that_has_enough_is_not_called_again(void **state)
{
	(void)state;
	struct buf content = {0};
	for (int i = 0; i < 100000; i++)
		buf_add_str(&content, "line after line\n");
	write_file("many.log", buf_span(&content));
	int calls = 0;
	assert_int_equal(ctxcut_show("many.log", NULL, refuse, &calls, error, sizeof error), CTXCUT_OUTPUT);
	assert_int_equal(calls, 1);
	struct ctxcut_show_options options = {.grep = "line", .context = 1};
	assert_int_equal(ctxcut_show("many.log", &options, refuse, &calls, error, sizeof error), CTXCUT_OUTPUT);
	assert_int_equal(calls, 2);
	buf_release(&content);
}

static void a_pipe_is_not_searched_nor_waited_for(void **state)
{
	(void)state;
	assert_int_equal(mkfifo("fifo", 0600), 0);
	alarm(20); /* nobody will ever write to it */
	assert_int_equal(show("fifo", "a", 0, 0), CTXCUT_USAGE);
	alarm(0);
	assert_non_null(strstr(error, "read twice"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)
		TEST(lines_come_byte_for_byte_from_a_file_and_from_the_store),
		TEST(past_the_end_what_there_is_comes_with_a_word),
		TEST(a_changed_file_is_shown_and_said_to_have_changed),
		TEST(what_is_not_there_is_said_to_be_missing),
		TEST(a_search_gives_lines_with_context_and_numbers),
		TEST(a_search_sees_lines_as_a_reduction_shows_them),
		TEST(a_search_in_the_store_agrees_with_a_plain_one),
		TEST(a_line_of_many_megabytes_is_searched_at_its_start_and_shown_whole),
		TEST(a_pattern_that_explodes_ends_the_search_with_a_word),
		TEST(a_reader_that_has_enough_is_not_called_again),
		TEST(a_pipe_is_not_searched_nor_waited_for),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	buf_release(&shown);
	return failed;
}
