#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include <sys/stat.h>
#include <unistd.h>

#include "tree/sources.h"

static char top[64];

static void put(const char *path, const char *text, size_t len)
{
	char full[256];
	snprintf(full, sizeof full, "%s/%s", top, path);
	FILE *f = fopen(full, "wb");
	assert_non_null(f);
	fwrite(text, 1, len, f);
	fclose(f);
}

static void folder(const char *path)
{
	char full[256];
	snprintf(full, sizeof full, "%s/%s", top, path);
	assert_int_equal(mkdir(full, 0700), 0);
}

static void linked(const char *to, const char *path)
{
	char full[256];
	snprintf(full, sizeof full, "%s/%s", top, path);
	assert_int_equal(symlink(to, full), 0);
}

static int begin(void **state)
{
	(void)state;
	snprintf(top, sizeof top, "/tmp/ctxcut-sources-XXXXXX");
	if (!mkdtemp(top))
		return -1;
	folder("tree");
	folder("tree/src");
	folder("outside");
	put("tree/src/a.c", "int a(void)\n{\n\treturn 1;\n}\n", 27);
	put("tree/src/marked.c", "\xef\xbb\xbfint b;\n", 10);
	put("tree/src/wide.c", "\xff\xfei\0n\0t\0\n\0", 10);
	put("tree/src/data.bin", "\0\1\2\3\0\1\2\3", 8);
	put("tree/src/empty.c", "", 0);
	put("outside/secret.c", "int secret;\n", 12);
	linked("../../outside/secret.c", "tree/src/link.c");
	linked("../outside", "tree/out");
	return 0;
}

static int end(void **state)
{
	(void)state;
	char command[128];
	snprintf(command, sizeof command, "rm -rf %s", top);
	return system(command);
}

static struct sources *open_tree(void)
{
	static const struct walk_options options;
	struct sources *s = sources_new(&options);
	char path[128];
	snprintf(path, sizeof path, "%s/tree/", top);
	assert_int_equal(sources_add_root(s, path, NULL), ERR_OK);
	return s;
}

/* The text of the file that a path means; NULL: none. */
static const char *text_of(struct sources *s, const char *path, char *out, size_t size)
{
	struct place_match m;
	sources_find_path(s, span_of_str(path), &m);
	if (m.count != 1)
		return NULL;
	struct source_file *f = sources_get(s, m.at[0], NULL);
	if (!f)
		return NULL;
	snprintf(out, size, "%.*s", (int)f->text.len, f->text.ptr);
	sources_put(s, f);
	return out;
}

static void a_file_is_found_before_and_after_the_walk(void **state)
{
	(void)state;
	struct sources *s = open_tree();
	char full[256], text[64];
	struct place_match m;
	snprintf(full, sizeof full, "%s/tree/src/a.c", top);
	sources_find_path(s, span_of_str(full), &m); /* exactly there: no walk is needed */
	assert_int_equal(m.count, 1);
	sources_find_path(s, SPAN("a.c"), &m);
	assert_int_equal(m.count, 1);
	sources_find_path(s, SPAN("src/a.c"), &m);
	assert_int_equal(m.count, 1);
	assert_int_equal(m.all, 1);
	assert_string_equal(text_of(s, "/app/src/a.c", text, sizeof text), "int a(void)\n{\n\treturn 1;\n}\n");
	sources_free(s);
}

static void nothing_leads_out_of_the_tree(void **state)
{
	(void)state;
	struct sources *s = open_tree();
	char full[256], text[64];
	assert_null(text_of(s, "src/link.c", text, sizeof text));
	assert_null(text_of(s, "out/secret.c", text, sizeof text));
	assert_null(text_of(s, "../outside/secret.c", text, sizeof text));
	assert_null(text_of(s, "src/../../outside/secret.c", text, sizeof text));
	snprintf(full, sizeof full, "%s/outside/secret.c", top);
	assert_null(text_of(s, full, text, sizeof text));
	snprintf(full, sizeof full, "%s/tree/out/secret.c", top);
	assert_null(text_of(s, full, text, sizeof text));
	sources_free(s);
}

static void a_file_that_a_link_replaced_is_not_read(void **state)
{
	(void)state;
	struct sources *s = open_tree();
	char full[256];
	put("tree/src/later.c", "int later;\n", 11);
	struct place_match m;
	sources_find_path(s, SPAN("later.c"), &m);
	assert_int_equal(m.count, 1);
	snprintf(full, sizeof full, "%s/tree/src/later.c", top);
	unlink(full);
	linked("../../outside/secret.c", "tree/src/later.c");
	struct err err = {0};
	assert_null(sources_get(s, m.at[0], &err));
	assert_int_equal(err.code, ERR_INPUT);
	unlink(full);
	sources_free(s);
}

static void text_is_decoded_and_data_is_none(void **state)
{
	(void)state;
	struct sources *s = open_tree();
	char text[64];
	assert_string_equal(text_of(s, "marked.c", text, sizeof text), "int b;\n");
	assert_string_equal(text_of(s, "wide.c", text, sizeof text), "int\n");
	assert_string_equal(text_of(s, "empty.c", text, sizeof text), "");
	assert_null(text_of(s, "data.bin", text, sizeof text));
	sources_free(s);
}

static void lines_are_counted_with_and_without_an_end(void **state)
{
	(void)state;
	uint32_t *off = NULL;
	size_t cap = 0;
	assert_int_equal(source_lines(SPAN("a\nbc\n"), &off, &cap), 2);
	assert_int_equal(off[1], 2);
	assert_int_equal(off[2], 5);
	assert_int_equal(source_lines(SPAN("a\nbc"), &off, &cap), 2);
	assert_int_equal(off[2], 4);
	assert_int_equal(source_lines(SPAN(""), &off, &cap), 0);
	assert_int_equal(off[0], 0);
	free(off);
}

static void a_file_that_is_held_stays_while_others_come_and_go(void **state)
{
	(void)state;
	struct sources *s = open_tree();
	for (int i = 0; i < 200; i++) {
		char path[64];
		snprintf(path, sizeof path, "tree/src/f%03d.c", i);
		put(path, "int f;\n", 7);
	}
	struct place_match m;
	sources_find_path(s, SPAN("src/a.c"), &m);
	struct source_file *held = sources_get(s, m.at[0], NULL);
	for (int i = 0; i < 200; i++) {
		char path[64], text[64];
		snprintf(path, sizeof path, "src/f%03d.c", i);
		assert_non_null(text_of(s, path, text, sizeof text));
	}
	assert_int_equal(held->line_count, 4);
	assert_true(span_starts(held->text, SPAN("int a")));
	assert_ptr_equal(sources_get(s, m.at[0], NULL), held);
	sources_put(s, held);
	sources_put(s, held);
	sources_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_is_found_before_and_after_the_walk),
		cmocka_unit_test(nothing_leads_out_of_the_tree),
		cmocka_unit_test(a_file_that_a_link_replaced_is_not_read),
		cmocka_unit_test(text_is_decoded_and_data_is_none),
		cmocka_unit_test(lines_are_counted_with_and_without_an_end),
		cmocka_unit_test(a_file_that_is_held_stays_while_others_come_and_go),
	};
	return cmocka_run_group_tests(tests, begin, end);
}
