/* The index and the settings of a repository, read without git from bytes written here; what git itself writes is read in
 * test_walk_oracle. */
#include "tree_fixture.h"

#include "base/buf.h"
#include "tree/git_config.h"
#include "tree/git_index.h"

#include <stdint.h>

static void put32(struct buf *b, uint32_t n)
{
	char bytes[4] = {(char)(n >> 24), (char)(n >> 16), (char)(n >> 8), (char)n};
	buf_add(b, bytes, 4);
}

static void begin_index(struct buf *b, uint32_t version, uint32_t count)
{
	buf_clear(b);
	buf_add_str(b, "DIRC");
	put32(b, version);
	put32(b, count);
}

static void put_entry(struct buf *b, uint32_t version, size_t id_bytes, uint32_t mode, const char *path, size_t strip)
{
	size_t begin = b->len, len = strlen(path);
	for (int i = 0; i < 10; i++)
		put32(b, i == 6 ? mode : 7);
	for (size_t i = 0; i < id_bytes; i++)
		buf_add_char(b, 'i');
	uint32_t flags = (uint32_t)(len < 0xfff ? len : 0xfff) | (version == 3 ? 0x4000 : 0);
	buf_add_char(b, (char)(flags >> 8));
	buf_add_char(b, (char)flags);
	if (version == 3)
		buf_add(b, "\0", 2);
	if (version == 4)
		buf_add_char(b, (char)strip);
	buf_add_str(b, path); /* of version 4: what stands behind the part that it shares */
	do
		buf_add_char(b, 0);
	while (version != 4 && (b->len - begin) % 8);
}

static void write_index(const struct buf *b)
{
	FILE *f = fopen(below("index"), "w");
	assert_int_equal(fwrite(b->ptr, 1, b->len, f), b->len);
	fclose(f);
}

static void an_index_of_any_version_says_what_is_tracked(void **state)
{
	(void)state;
	struct buf b = {0};
	for (uint32_t version = 2; version <= 3; version++)
		for (size_t id = 20; id <= 32; id += 12) {
			struct git_index *x;
			begin_index(&b, version, 4);
			put_entry(&b, version, id, 0100644, "a", 0);
			put_entry(&b, version, id, 0100644, "dir/one", 0);
			put_entry(&b, version, id, 0160000, "module", 0);
			put_entry(&b, version, id, 0120000, "z\xff\n", 0);
			buf_add_str(&b, "12345678901234567890123456789012");
			write_index(&b);
			assert_int_equal(git_index_open(&x, scratch, id == 32, NULL), ERR_OK);
			assert_true(git_index_has_submodules(x));
			assert_true(git_index_is_submodule(x, SPAN("module")));
			assert_false(git_index_is_submodule(x, SPAN("dir")));
			assert_true(git_index_has_file(x, SPAN("a")));
			assert_false(git_index_has_file(x, SPAN("b")));
			assert_false(git_index_has_below(x, SPAN("di/")));
			assert_true(git_index_has_below(x, SPAN("dir/")));
			assert_false(git_index_has_file(x, SPAN("dir/on")));
			assert_true(git_index_has_file(x, SPAN("dir/one")));
			assert_false(git_index_has_below(x, SPAN("dir/two/")));
			assert_true(git_index_has_file(x, SPAN("z\xff\n")));
			assert_false(git_index_has_file(x, SPAN("zz")));
			assert_false(git_index_failed(x, NULL));
			git_index_free(x);
		}
	buf_release(&b);
}

static void paths_of_version_4_build_on_the_one_before(void **state)
{
	(void)state;
	struct buf b = {0};
	struct git_index *x;
	begin_index(&b, 4, 3);
	put_entry(&b, 4, 20, 0100644, "src/alpha.c", 0);
	put_entry(&b, 4, 20, 0100644, "beta.c", 7);
	put_entry(&b, 4, 20, 0100644, "tests/x", 10);
	write_index(&b);
	assert_int_equal(git_index_open(&x, scratch, false, NULL), ERR_OK);
	assert_true(git_index_has_file(x, SPAN("src/alpha.c")));
	assert_true(git_index_has_file(x, SPAN("src/beta.c")));
	assert_true(git_index_has_file(x, SPAN("tests/x")));
	git_index_free(x);
	buf_release(&b);
}

static void a_name_longer_than_its_length_field_is_read_to_its_end(void **state)
{
	(void)state;
	struct buf b = {0}, name = {0};
	struct git_index *x;
	for (int i = 0; i < 200000; i++)
		buf_add_char(&name, i % 100 == 99 ? '/' : 'n');
	buf_add_char(&name, 'n');
	begin_index(&b, 2, 2);
	put_entry(&b, 2, 20, 0100644, name.ptr, 0);
	put_entry(&b, 2, 20, 0100644, "z", 0);
	write_index(&b);
	assert_int_equal(git_index_open(&x, scratch, false, NULL), ERR_OK);
	assert_true(git_index_has_file(x, buf_span(&name)));
	assert_true(git_index_has_file(x, SPAN("z")));
	assert_false(git_index_failed(x, NULL));
	git_index_free(x);
	buf_release(&b);
	buf_release(&name);
}

static void no_damage_leads_astray(void **state)
{
	(void)state;
	struct buf whole = {0}, b = {0};
	struct git_index *x;
	struct err err;
	begin_index(&whole, 4, 3);
	put_entry(&whole, 4, 20, 0100644, "src/alpha.c", 0);
	put_entry(&whole, 4, 20, 0160000, "beta.c", 7);
	put_entry(&whole, 4, 20, 0100644, "tests/x", 10);
	buf_add_str(&whole, "link");
	put32(&whole, 60);
	for (int i = 0; i < 20; i++)
		buf_add_char(&whole, (char)i);
	put32(&whole, 3); /* bits, words, a run of none and one written out, where the last marker is */
	put32(&whole, 2);
	buf_add(&whole, "\0\0\0\2\0\0\0\0" "\0\0\0\0\0\0\0\5" "\0\0\0\0", 20);
	for (size_t len = 0; len < whole.len; len++) {
		buf_clear(&b);
		buf_add(&b, whole.ptr, len);
		write_index(&b);
		if (git_index_open(&x, scratch, false, &err) != ERR_OK)
			continue;
		assert_false(git_index_has_file(x, SPAN("nothing")));
		git_index_failed(x, &err);
		git_index_free(x);
	}
	for (size_t at = 0; at < whole.len * 8; at++) {
		buf_clear(&b);
		buf_add_span(&b, buf_span(&whole));
		b.ptr[at / 8] = (char)(b.ptr[at / 8] ^ 1 << at % 8);
		write_index(&b);
		if (git_index_open(&x, scratch, at % 2, &err) != ERR_OK)
			continue;
		git_index_has_file(x, SPAN("src/alpha.c"));
		git_index_has_below(x, SPAN("tests/"));
		git_index_free(x);
	}
	buf_release(&whole);
	buf_release(&b);
}

static void settings(const char *text, struct git_config *c)
{
	FILE *f = fopen(below("config"), "w");
	fputs(text, f);
	fclose(f);
	*c = (struct git_config){0};
	git_config_read_file(c, below("config"), SPAN("/work/repo/.git"));
}

static void settings_are_read_as_git_writes_them(void **state)
{
	(void)state;
	struct git_config c;
	char expected[128];
	settings("[core]\n\texcludesFile = /a/b\n\tignorecase\n[extensions]\nobjectFormat = sha256\nworktreeConfig = yes\n", &c);
	assert_true(c.excludes_file_set && c.ignore_case && c.sha256 && c.worktree_config);
	assert_string_equal(c.excludes_file.ptr, "/a/b");
	git_config_release(&c);
	settings("[CORE]EXCLUDESFILE=\"/a \\\"b\\\\\\t\" c ; d\n", &c);
	assert_string_equal(c.excludes_file.ptr, "/a \"b\\\t c");
	git_config_release(&c);
	settings("[core] excludesfile = /a\\\nb  # c\n[core \"sub\"]\nexcludesfile = /x\n[other]\nexcludesfile = /y\n", &c);
	assert_string_equal(c.excludes_file.ptr, "/ab");
	git_config_release(&c);
	settings("[core]\nexcludesfile = ~/rules\nignorecase = true\nignorecase = 0\n", &c);
	snprintf(expected, sizeof expected, "%s/home/rules", scratch);
	assert_string_equal(c.excludes_file.ptr, expected);
	assert_false(c.ignore_case);
	git_config_release(&c);
}

static void settings_include_others(void **state)
{
	(void)state;
	struct git_config c;
	assert_int_equal(sh("printf '[core]\\nexcludesfile = /included\\n[include]\\npath = other\\n' >other"), 0);
	static const char *const yes[] = {
		"[include]\npath = other\n", "[includeIf \"gitdir:/work/\"]\npath = other\n", "[includeIf \"gitdir:repo/\"]\npath = other\n",
		"[includeIf \"gitdir:/work/*/.git\"]\npath = other\n", "[includeIf \"gitdir/i:/WORK/\"]\npath = other\n",
	};
	static const char *const no[] = {
		"[includeIf \"gitdir:/home/\"]\npath = other\n", "[includeIf \"gitdir:/WORK/\"]\npath = other\n",
		"[includeIf \"onbranch:main\"]\npath = other\n", "[include]\npath = missing\n", "[include]\npath =\n",
	};
	for (size_t i = 0; i < sizeof yes / sizeof *yes; i++) {
		settings(yes[i], &c);
		assert_true(c.excludes_file_set);
		git_config_release(&c);
	}
	for (size_t i = 0; i < sizeof no / sizeof *no; i++) {
		settings(no[i], &c);
		assert_false(c.excludes_file_set);
		git_config_release(&c);
	}
}

#define IN_SCRATCH(test) cmocka_unit_test_setup_teardown(test, make_scratch, drop_scratch)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_SCRATCH(an_index_of_any_version_says_what_is_tracked),
		IN_SCRATCH(paths_of_version_4_build_on_the_one_before),
		IN_SCRATCH(a_name_longer_than_its_length_field_is_read_to_its_end),
		IN_SCRATCH(no_damage_leads_astray),
		IN_SCRATCH(settings_are_read_as_git_writes_them),
		IN_SCRATCH(settings_include_others),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
