#include "api/reference.h"
#include "base/mem.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* The files that exist while these tests run, in a folder of their own. */
static const char *const files[] = {
	"build.log", "a:1-2", "a", "odd@deadbeef", "odd", "20240101", "with:colon", "12:34", "b@cafebabe:3", "x@y@z",
};

static int make_files(void **state)
{
	(void)state;
	char name[] = "/tmp/ctxcut-reference-XXXXXX";
	if (!mkdtemp(name) || chdir(name) != 0)
		return 1;
	for (size_t i = 0; i < sizeof files / sizeof *files; i++)
		close(open(files[i], O_CREAT | O_WRONLY, 0600));
	return 0;
}

static int remove_files(void **state)
{
	(void)state;
	char name[256];
	for (size_t i = 0; i < sizeof files / sizeof *files; i++)
		unlink(files[i]);
	if (!getcwd(name, sizeof name) || chdir("/") != 0)
		return 1;
	return rmdir(name);
}

static void assert_reads(const char *text, enum reference_kind kind, const char *name, const char *hash, uint64_t first,
			 uint64_t last)
{
	struct reference r;
	struct err err = {0};
	if (reference_parse(&r, text, &err) != ERR_OK)
		fail_msg("%s: %s", text, err.text);
	assert_string_equal(r.name, name);
	assert_int_equal(r.kind, kind);
	assert_string_equal(r.hash, hash);
	assert_true(r.first == first && r.last == last);
	reference_release(&r);
}

static void assert_refused(const char *text, const char *word)
{
	struct reference r;
	struct err err = {0};
	if (reference_parse(&r, text, &err) != ERR_USAGE)
		fail_msg("%s was taken", text);
	assert_null(r.name);
	if (!strstr(err.text, word))
		fail_msg("%s: no %s in: %s", text, word, err.text);
}

#define END UINT64_MAX

static void a_path_takes_every_form_of_range(void **state)
{
	(void)state;
	assert_reads("build.log", REFERENCE_FILE, "build.log", "", 1, END);
	assert_reads("build.log:3-9", REFERENCE_FILE, "build.log", "", 3, 9);
	assert_reads("build.log:3-", REFERENCE_FILE, "build.log", "", 3, END);
	assert_reads("build.log:-9", REFERENCE_FILE, "build.log", "", 1, 9);
	assert_reads("build.log:7", REFERENCE_FILE, "build.log", "", 7, 7);
	assert_reads("build.log:7+1", REFERENCE_FILE, "build.log", "", 7, 7);
	assert_reads("build.log:7+10", REFERENCE_FILE, "build.log", "", 7, 16);
	assert_reads("build.log:18446744073709551615", REFERENCE_FILE, "build.log", "", END, END);
	assert_reads("build.log:5+18446744073709551615", REFERENCE_FILE, "build.log", "", 5, END);
	assert_reads("none/such.log:7", REFERENCE_FILE, "none/such.log", "", 7, 7);
	assert_reads("./build.log:7", REFERENCE_FILE, "./build.log", "", 7, 7);
}

static void a_path_takes_a_hash(void **state)
{
	(void)state;
	assert_reads("build.log@0123abCD", REFERENCE_FILE, "build.log", "0123abcd", 1, END);
	assert_reads("build.log@0123abcd:4-5", REFERENCE_FILE, "build.log", "0123abcd", 4, 5);
	assert_reads("build.log@0123456789abcdef0123456789abcdef:4", REFERENCE_FILE, "build.log",
		     "0123456789abcdef0123456789abcdef", 4, 4);
	assert_reads("gone.log@0123abcd:4-5", REFERENCE_FILE, "gone.log", "0123abcd", 4, 5);
}

static void an_existing_name_wins_however_it_looks(void **state)
{
	(void)state;
	assert_reads("a:1-2", REFERENCE_FILE, "a:1-2", "", 1, END);
	assert_reads("a:1-2:3-4", REFERENCE_FILE, "a:1-2", "", 3, 4);
	assert_reads("a:3-4", REFERENCE_FILE, "a", "", 3, 4);
	assert_reads("a:1-2@12345678:3-4", REFERENCE_FILE, "a:1-2", "12345678", 3, 4);
	assert_reads("odd@deadbeef", REFERENCE_FILE, "odd@deadbeef", "", 1, END);
	assert_reads("odd@deadbeef:2", REFERENCE_FILE, "odd@deadbeef", "", 2, 2);
	assert_reads("odd@deadbeef@deadbeef:2", REFERENCE_FILE, "odd@deadbeef", "deadbeef", 2, 2);
	assert_reads("odd@deadbee0", REFERENCE_FILE, "odd", "deadbee0", 1, END);
	assert_reads("b@cafebabe:3", REFERENCE_FILE, "b@cafebabe:3", "", 1, END);
	assert_reads("b@cafebabe:4", REFERENCE_FILE, "b", "cafebabe", 4, 4);
	assert_reads("with:colon:4", REFERENCE_FILE, "with:colon", "", 4, 4);
	assert_reads("12:34", REFERENCE_FILE, "12:34", "", 1, END);
	assert_reads("x@y@z:1", REFERENCE_FILE, "x@y@z", "", 1, 1);
	assert_reads("x@y@z@12345678", REFERENCE_FILE, "x@y@z", "12345678", 1, END);
}

static void hex_digits_are_an_id_unless_a_file_has_the_name(void **state)
{
	(void)state;
	assert_reads("3FA9c1d2", REFERENCE_STORED, "3fa9c1d2", "", 1, END);
	assert_reads("3fa9c1d2:500000-500040", REFERENCE_STORED, "3fa9c1d2", "", 500000, 500040);
	assert_reads("0123456789abcdef0123456789abcdef:-3", REFERENCE_STORED, "0123456789abcdef0123456789abcdef", "", 1,
		     3);
	assert_reads("20240101:3", REFERENCE_FILE, "20240101", "", 3, 3);
	assert_reads("20240102:3", REFERENCE_STORED, "20240102", "", 3, 3);
	/* Too few or too many digits, or a folder before them: a path. */
	assert_reads("3fa9c1d", REFERENCE_FILE, "3fa9c1d", "", 1, END);
	assert_reads("./3fa9c1d2", REFERENCE_FILE, "./3fa9c1d2", "", 1, END);
	assert_reads("0123456789abcdef0123456789abcdef0", REFERENCE_FILE, "0123456789abcdef0123456789abcdef0", "", 1,
		     END);
}

static void what_cannot_be_meant_is_refused_with_the_reason(void **state)
{
	(void)state;
	assert_refused("build.log:0", "range");
	assert_refused("build.log:0-3", "range");
	assert_refused("build.log:-0", "range");
	assert_refused("build.log:9-3", "range");
	assert_refused("build.log:3+0", "range");
	assert_refused("build.log:3-4-5", "range");
	assert_refused("build.log:-", "range");
	assert_refused("build.log:+", "range");
	assert_refused("build.log:--3", "range");
	assert_refused("build.log:99999999999999999999", "range");
	assert_refused("build.log:", "range");
	assert_refused("build.log:x", "range");
	assert_refused("build.log:3-x", "range");
	assert_refused("build.log@12", "hash");
	assert_refused("build.log@zzzzzzzz:3", "hash");
	assert_refused(":3", "names a file");
	assert_refused("", "names a file");
	/* Copied from a header with its A and B, and what --around adds to a range. */
	assert_refused("build.log@3f2a91c4:A-B", "line numbers");
	assert_refused("0123abcd:A-B", "line numbers");
	assert_refused("0123abcd:", "range");
	assert_refused("0123abcd:3,5", "range");
	assert_refused("build.log:3-4:1-9", "one range");
	assert_refused("build.log@3f2a91c4:3-4:1-9", "one range");
	assert_refused("0123abcd:3:1-9", "one range");
	assert_reads("none.log:3-x", REFERENCE_FILE, "none.log:3-x", "", 1, END);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_path_takes_every_form_of_range),
		cmocka_unit_test(a_path_takes_a_hash),
		cmocka_unit_test(an_existing_name_wins_however_it_looks),
		cmocka_unit_test(hex_digits_are_an_id_unless_a_file_has_the_name),
		cmocka_unit_test(what_cannot_be_meant_is_refused_with_the_reason),
	};
	return cmocka_run_group_tests(tests, make_files, remove_files);
}
