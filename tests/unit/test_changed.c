/* What differs from a revision of a repository. */
#include "tree_fixture.h"

#include "tree/changed.h"

static void make_repository(void)
{
	assert_int_equal(sh("git init -q r && cd r && mkdir sub && echo 1 >same && echo 1 >edited && echo 1 >gone && "
			    "echo 1 >sub/edited && echo 1 >staged && echo '*.o' >.gitignore && git add . && git commit -qm one && "
			    "echo 2 >edited && echo 2 >sub/edited && rm gone && echo 2 >staged && git add staged && "
			    "echo 1 >new && echo 1 >new.o && echo 1 >'sub/new\nline' && git init -q nested && touch same"),
			 0);
}

static bool has(const struct changed *c, const char *path) { return changed_has(c, span_of_str(path)); }

static void edited_staged_untracked_and_gone_files_differ_from_the_last_commit(void **state)
{
	(void)state;
	if (!have_git())
		return;
	struct changed *c;
	struct err err = {0};
	make_repository();
	assert_int_equal(changed_find(&c, below("r"), NULL, &err), ERR_OK);
	assert_true(has(c, "edited") && has(c, "sub/edited") && has(c, "staged") && has(c, "new") && has(c, "gone") && has(c, "nested"));
	assert_false(has(c, "same") || has(c, "new.o") || has(c, "sub") || has(c, "") || has(c, "zzz"));
	size_t gone_count = 0;
	for (size_t i = 0; i < changed_count(c); i++) {
		bool gone;
		struct span path = changed_at(c, i, &gone);
		gone_count += gone;
		assert_int_equal(gone, span_eq(path, SPAN("gone")));
	}
	assert_int_equal(gone_count, 1);
	changed_free(c);
}

static void paths_are_relative_to_the_folder_asked_for(void **state)
{
	(void)state;
	if (!have_git())
		return;
	struct changed *c;
	make_repository();
	assert_int_equal(changed_find(&c, below("r/sub"), "HEAD", NULL), ERR_OK);
	assert_true(has(c, "edited"));
	assert_false(has(c, "sub/edited") || has(c, "staged") || has(c, "../staged"));
	assert_int_equal(changed_count(c), 2);
	changed_free(c);
}

static void an_older_revision_shows_what_was_committed_since(void **state)
{
	(void)state;
	if (!have_git())
		return;
	struct changed *c;
	make_repository();
	assert_int_equal(sh("cd r && git tag old && git add edited && git commit -qm two && git add sub && git commit -qm three"), 0);
	assert_int_equal(changed_find(&c, below("r"), "HEAD", NULL), ERR_OK);
	assert_false(has(c, "edited"));
	changed_free(c);
	assert_int_equal(changed_find(&c, below("r"), "old", NULL), ERR_OK);
	assert_true(has(c, "edited") && has(c, "sub/edited"));
	changed_free(c);
	assert_int_equal(changed_find(&c, below("r"), "HEAD~1", NULL), ERR_OK);
	assert_true(has(c, "sub/edited"));
	assert_false(has(c, "edited"));
	changed_free(c);
}

static void without_a_commit_every_file_differs(void **state)
{
	(void)state;
	if (!have_git())
		return;
	struct changed *c;
	assert_int_equal(sh("git init -q r && cd r && echo 1 >a && git add a && echo 1 >b"), 0);
	assert_int_equal(changed_find(&c, below("r"), NULL, NULL), ERR_OK);
	assert_true(has(c, "a") && has(c, "b"));
	assert_int_equal(changed_count(c), 2);
	changed_free(c);
}

static void what_is_missing_is_said(void **state)
{
	(void)state;
	struct changed *c;
	struct err err = {0};
	char *path = getenv("PATH");
	if (have_git()) {
		make_repository();
		assert_int_equal(changed_find(&c, below("r"), "no-such-thing", &err), ERR_USAGE);
		assert_non_null(strstr(err.text, "no-such-thing"));
		assert_null(c);
		assert_int_equal(changed_find(&c, below("r"), "--output=/tmp/x", &err), ERR_USAGE);
		assert_int_equal(changed_find(&c, below(""), NULL, &err), ERR_INPUT);
		assert_non_null(strstr(err.text, "git"));
	}
	char *kept = strdup(path);
	setenv("PATH", "/nonexistent", 1);
	assert_int_equal(changed_find(&c, below(""), NULL, &err), ERR_INPUT);
	assert_non_null(strstr(err.text, "PATH"));
	setenv("PATH", kept, 1);
	free(kept);
}

static void no_program_of_the_repository_runs(void **state)
{
	(void)state;
	if (!have_git())
		return;
	struct changed *c;
	make_repository();
	assert_int_equal(sh("cd r && printf '#!/bin/sh\\ntouch %s/ran\\n' >../evil && chmod +x ../evil && "
			    "git config core.fsmonitor %s/evil && git config diff.external %s/evil && "
			    "git config core.pager %s/evil && git config diff.t.textconv %s/evil && echo '* diff=t' >.gitattributes",
			    scratch, scratch, scratch, scratch, scratch),
			 0);
	assert_int_equal(changed_find(&c, below("r"), NULL, NULL), ERR_OK);
	assert_true(has(c, "edited"));
	changed_free(c);
	assert_int_not_equal(access(below("ran"), F_OK), 0);
}

#define IN_SCRATCH(test) cmocka_unit_test_setup_teardown(test, make_scratch, drop_scratch)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_SCRATCH(edited_staged_untracked_and_gone_files_differ_from_the_last_commit),
		IN_SCRATCH(paths_are_relative_to_the_folder_asked_for),
		IN_SCRATCH(an_older_revision_shows_what_was_committed_since),
		IN_SCRATCH(without_a_commit_every_file_differs),
		IN_SCRATCH(what_is_missing_is_said),
		IN_SCRATCH(no_program_of_the_repository_runs),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
