#include "base/buf.h"
#include "ctxcut.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char path[] = "/tmp/ctxcut-labels-XXXXXX";

static int make_file(void **state)
{
	(void)state;
	int fd = mkstemp(path);
	return fd < 0 || close(fd) != 0;
}

static int remove_file(void **state)
{
	(void)state;
	return unlink(path);
}

/* Each label as a word: file, range or text, group. */
static void take(void *user, const struct ctxcut_label *label)
{
	struct buf *said = user;
	buf_addf(said, "%s", label->file ? label->file : "-");
	if (label->first_line)
		buf_addf(said, ":%" PRIu64 "-%" PRIu64, label->first_line, label->last_line);
	if (label->text)
		buf_addf(said, ":'%s'", label->text);
	if (label->any)
		buf_addf(said, ":any%zu", label->any);
	buf_add_str(said, " ");
}

static enum ctxcut_status read_labels(const char *json, struct buf *said, char *error, size_t error_size)
{
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fputs(json, file) >= 0);
	assert_int_equal(fclose(file), 0);
	buf_clear(said);
	buf_add_str(said, "");
	return ctxcut_labels_read(path, take, said, error, error_size);
}

static void assert_labels(const char *json, const char *expected)
{
	struct buf said = {0};
	char error[512];
	assert_int_equal(read_labels(json, &said, error, sizeof error), CTXCUT_OK);
	assert_string_equal(error, "");
	assert_string_equal(said.ptr, expected);
	buf_release(&said);
}

static void assert_refused(const char *json, const char *why)
{
	struct buf said = {0};
	char error[512];
	assert_int_equal(read_labels(json, &said, error, sizeof error), CTXCUT_INPUT);
	assert_int_equal(strncmp(error, path, strlen(path)), 0);
	assert_string_equal(error + strlen(path), why);
	assert_string_equal(said.ptr, "");
	buf_release(&said);
}

static void every_log_is_named_before_its_labels(void **state)
{
	(void)state;
	assert_labels("{\"a.log\": [12, [15, 18], \"text\"], \"b.log\": [], \"c.log\": {\"lines\": [3]}}",
		      "a.log a.log:12-12 a.log:15-18 a.log:'text' b.log c.log c.log:3-3 ");
}

static void labels_without_a_name_are_of_the_log_beside_them(void **state)
{
	(void)state;
	assert_labels("{\"id\": \"x\", \"lines\": [[1, 2]]}", "- -:1-2 ");
	assert_labels("{\"lines\": [[1, 2]], \"texts\": [\"a\", \"b\"]}", "- -:'a' -:'b' ");
	assert_labels("{\"lines\": [4], \"texts\": null}", "- -:4-4 ");
}

static void groups_are_numbered_in_each_log(void **state)
{
	(void)state;
	assert_labels("{\"a\": [1, {\"any\": [2, \"t\"]}, {\"any\": [[3, 4]]}], \"b\": [{\"any\": [5]}]}",
		      "a a:1-1 a:2-2:any1 a:'t':any1 a:3-4:any2 b b:5-5:any1 ");
}

static void nothing_is_handed_over_of_a_file_with_a_fault(void **state)
{
	(void)state;
	assert_refused("{\"a\": [1], \"b\": [[9, 4]]}", ": b, entry 1 ends before it begins: write [4, 9]");
	assert_refused("{\"a\": [1], \"b\": true}",
		       ": b: write an array of labels, or an object that has one as \"lines\" or \"texts\"");
	assert_refused("{\"a\": [1, -2]}",
		       ": a, entry 2 is no label: write a line number (12), a range ([12, 15], from line 1 on) or a "
		       "line's text");
	assert_refused("{\"a\": [1, {\"any\": [{\"any\": [1]}]}]}",
		       ": a, entry 1 is no label: write {\"any\": [12, [15, 18]]}, with labels one of which is enough");
	assert_refused("[]", ": write an object: {\"build.log\": [[12, 15]]}");
	assert_refused("", ":1:0: not JSON: unexpected token near end of file");
}

static void a_file_that_is_not_there_is_said_by_name(void **state)
{
	(void)state;
	char error[512];
	assert_int_equal(ctxcut_labels_read("/no/such/labels.json", take, NULL, error, sizeof error), CTXCUT_INPUT);
	assert_string_equal(error, "/no/such/labels.json: No such file or directory");
	assert_int_equal(ctxcut_labels_read("/no/such/labels.json", take, NULL, NULL, 0), CTXCUT_INPUT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_log_is_named_before_its_labels),
		cmocka_unit_test(labels_without_a_name_are_of_the_log_beside_them),
		cmocka_unit_test(groups_are_numbered_in_each_log),
		cmocka_unit_test(nothing_is_handed_over_of_a_file_with_a_fault),
		cmocka_unit_test(a_file_that_is_not_there_is_said_by_name),
	};
	return cmocka_run_group_tests(tests, make_file, remove_file);
}
