/* Walking trees that are odd, or change meanwhile, and what the options do. What git's rules mean is test_walk_oracle's. */
#include "tree_fixture.h"

#include "base/buf.h"
#include "tree/walk.h"

#include <grp.h>
#include <sys/resource.h>
#include <sys/wait.h>

static const char kinds[] = "flsof"; /* the letter of each kind; the last is WALK_FAILED, in capitals below */

static void add_entry(struct buf *out, const struct walk_entry *e)
{
	if (out->len)
		buf_add_char(out, ' ');
	buf_add_span(out, e->path);
	if (e->kind != WALK_FILE)
		buf_addf(out, ":%c", e->kind == WALK_FAILED ? '!' : kinds[e->kind]);
}

/* All entries, separated by blanks; what is no file has its kind behind it: l link, s submodule, o other, ! failed. */
static const char *walked(const char *root, const struct walk_options *options)
{
	static struct buf out;
	struct walk *w;
	struct walk_entry e;
	struct err err = {0};
	buf_clear(&out);
	buf_add_str(&out, "");
	if (walk_open(&w, root, options, &err) != ERR_OK)
		fail_msg("%s", err.text);
	while (walk_next(w, &e)) {
		add_entry(&out, &e);
		struct stat st;
		if (e.kind != WALK_FAILED) {
			assert_int_equal(fstatat(e.dir, e.name, &st, AT_SYMLINK_NOFOLLOW), 0);
			assert_int_equal(st.st_ino, e.inode);
		}
	}
	walk_free(w);
	return out.ptr;
}

#define PUT(command) assert_int_equal(sh("%s", command), 0)

static void names_with_a_dot_come_only_when_asked_for_outside_a_repository(void **state)
{
	(void)state;
	PUT("mkdir -p t/.d && touch t/a t/.b t/.d/c");
	assert_string_equal(walked(below("t"), NULL), "a");
	assert_string_equal(walked(below("t"), &(struct walk_options){.hidden = true}), ".b .d/c a");
	PUT("mkdir -p t/.git/objects t/.git/refs && touch t/.git/HEAD");
	assert_string_equal(walked(below("t"), NULL), ".b .d/c a");
}

static void rules_count_outside_a_repository_from_the_starting_point_on(void **state)
{
	(void)state;
	PUT("mkdir -p t/sub && touch t/a.o t/b t/sub/c.o t/sub/d && echo '*.o' >t/.gitignore");
	assert_string_equal(walked(below("t"), NULL), "b sub/d");
	assert_string_equal(walked(below("t/sub"), NULL), "c.o d");
	assert_string_equal(walked(below("t"), &(struct walk_options){.no_ignore = true}), "a.o b sub/c.o sub/d");
}

static void the_users_own_rules_count_everywhere(void **state)
{
	(void)state;
	PUT("mkdir -p t home/.config/git other && touch t/a t/b.mine t/c.theirs && echo '*.mine' >home/.config/git/ignore");
	assert_string_equal(walked(below("t"), NULL), "a c.theirs");
	PUT("echo '*.theirs' >other/rules && printf '[core]\\nexcludesFile = %s/other/rules\\n' \"$PWD\" >home/.gitconfig");
	assert_string_equal(walked(below("t"), NULL), "a b.mine");
	setenv("XDG_CONFIG_HOME", below("other"), 1);
	PUT("rm home/.gitconfig; mkdir other/git && echo 'a' >other/git/ignore");
	assert_string_equal(walked(below("t"), NULL), "b.mine c.theirs");
	unsetenv("XDG_CONFIG_HOME");
}

static void an_ignore_file_overrides_and_counts_for_tracked_files(void **state)
{
	(void)state;
	PUT("mkdir -p t/fixtures && touch t/a.o t/b t/fixtures/x && echo '*.o' >t/.gitignore && "
	    "printf '!a.o\\nfixtures/\\n' >t/.ignore");
	assert_string_equal(walked(below("t"), NULL), "a.o b");
	if (!have_git())
		return;
	PUT("cd t && git init -q . && git add -f .");
	assert_string_equal(walked(below("t"), NULL), ".gitignore .ignore a.o b");
}

static void a_repository_below_is_entered_from_outside_and_named_from_inside(void **state)
{
	(void)state;
	if (!have_git())
		return;
	PUT("mkdir t && cd t && git init -q r && echo '*.o' >r/.gitignore && touch a.o r/b.o r/c r/.d && "
	    "git init -q r/inner && touch r/inner/x && echo c >r/.git/info/exclude && touch z && echo 'c' >.gitignore");
	assert_string_equal(walked(below("t"), NULL), "a.o r/.d r/.gitignore r/inner:s z");
	assert_string_equal(walked(below("t/r"), NULL), ".d .gitignore inner:s");
	assert_string_equal(walked(below("t/r/inner"), NULL), "x");
}

static void a_starting_point_is_wanted_whatever_the_rules_say_of_it(void **state)
{
	(void)state;
	PUT("mkdir -p t/.git/objects t/.git/refs t/out/deep && touch t/.git/HEAD t/out/a t/out/b.o t/out/deep/c && "
	    "printf 'out/\\n*.o\\n' >t/.gitignore");
	assert_string_equal(walked(below("t"), NULL), ".gitignore");
	assert_string_equal(walked(below("t/out"), NULL), "a deep/c");
	assert_string_equal(walked(below("t/out/b.o"), NULL), "b.o");
}

static void globs_choose(void **state)
{
	(void)state;
	PUT("mkdir -p t/src/deep t/doc && touch t/a.c t/a.h t/src/b.c t/src/deep/c.c t/doc/d.c t/doc/e.md");
	const char *c_files[] = {"*.c"}, *two[] = {"*.c", "!doc/"}, *none[] = {"!*.c"}, *folder[] = {"src/"};
	const char *anchored[] = {"/*.c"}, *again[] = {"!doc", "*.md"}, *deep[] = {"src/**/c.c"}, *hash[] = {"#x", "a.h"};
	assert_string_equal(walked(below("t"), &(struct walk_options){.globs = c_files, .glob_count = 1}),
			    "a.c doc/d.c src/b.c src/deep/c.c");
	assert_string_equal(walked(below("t"), &(struct walk_options){.globs = two, .glob_count = 2}), "a.c src/b.c src/deep/c.c");
	assert_string_equal(walked(below("t"), &(struct walk_options){.globs = none, .glob_count = 1}), "a.h doc/e.md");
	assert_string_equal(walked(below("t"), &(struct walk_options){.globs = folder, .glob_count = 1}), "src/b.c src/deep/c.c");
	assert_string_equal(walked(below("t"), &(struct walk_options){.globs = anchored, .glob_count = 1}), "a.c");
	assert_string_equal(walked(below("t"), &(struct walk_options){.globs = again, .glob_count = 2}), "");
	assert_string_equal(walked(below("t"), &(struct walk_options){.globs = deep, .glob_count = 1}), "src/deep/c.c");
	assert_string_equal(walked(below("t"), &(struct walk_options){.globs = hash, .glob_count = 2}), "a.h");
}

static void links_are_entries_and_loops_of_them_end(void **state)
{
	(void)state;
	PUT("mkdir -p t/a/b && touch t/a/f && ln -s .. t/a/b/up && ln -s self t/self && ln -s nowhere t/none && ln -s a t/z && "
	    "ln -s t link && ln -s t/a/f file-link");
	assert_string_equal(walked(below("t"), NULL), "a/b/up:l a/f none:l self:l z:l");
	assert_string_equal(walked(below("link"), NULL), "a/b/up:l a/f none:l self:l z:l");
	struct walk *w;
	struct walk_entry e;
	assert_int_equal(walk_open(&w, below("file-link"), NULL, NULL), ERR_OK);
	assert_true(walk_next(w, &e));
	assert_int_equal(e.kind, WALK_FILE);
	assert_true(span_eq(e.path, SPAN("file-link")));
	assert_false(walk_next(w, &e));
	walk_free(w);
}

static void pipes_are_named_and_never_opened(void **state)
{
	(void)state;
	PUT("mkdir t && mkfifo t/pipe t/.gitignore t/.ignore && touch t/z");
	assert_string_equal(walked(below("t"), &(struct walk_options){.hidden = true}), ".gitignore:o .ignore:o pipe:o z");
}

static void names_may_hold_any_bytes(void **state)
{
	(void)state;
	PUT("mkdir t && cd t && touch \"$(printf 'a\\nb')\" \"$(printf '\\377\\376')\" \"$(printf '\\033[31m')\" -- -x '~' && "
	    "mkdir \"$(printf 'd\\nd')\" && touch \"$(printf 'd\\nd/f')\"");
	assert_string_equal(walked(below("t"), NULL), "\033[31m -x a\nb d\nd/f ~ \377\376");
}

static void there_must_be_something_to_start_from(void **state)
{
	(void)state;
	struct walk *w;
	struct err err = {0};
	assert_int_equal(walk_open(&w, below("nothing"), NULL, &err), ERR_INPUT);
	assert_non_null(strstr(err.text, "nothing"));
	assert_null(w);
	assert_int_equal(walk_open(&w, "", NULL, &err), ERR_INPUT);
	PUT("mkdir empty");
	assert_string_equal(walked(below("empty"), NULL), "");
}

/* Deeper than any path may be long, with few descriptors. */
static void a_very_deep_tree_needs_few_descriptors(void **state)
{
	(void)state;
	enum { DEEP = 3000 };
	PUT("mkdir t");
	int fd = open(below("t"), O_RDONLY | O_DIRECTORY);
	for (int i = 0; i < DEEP; i++) {
		assert_int_equal(mkdirat(fd, "deep-folder", 0700), 0);
		int file = openat(fd, "z", O_WRONLY | O_CREAT, 0600);
		close(file);
		int next = openat(fd, "deep-folder", O_RDONLY | O_DIRECTORY);
		close(fd);
		fd = next;
	}
	close(fd);
	pid_t pid = fork();
	if (pid == 0) {
		struct rlimit few = {.rlim_cur = 64, .rlim_max = 64};
		setrlimit(RLIMIT_NOFILE, &few);
		struct walk *w;
		struct walk_entry e;
		size_t files = 0, failed = 0, longest = 0;
		if (walk_open(&w, below("t"), NULL, NULL) != ERR_OK)
			_exit(1);
		while (walk_next(w, &e)) {
			struct stat st;
			files += e.kind == WALK_FILE && fstatat(e.dir, e.name, &st, 0) == 0;
			failed += e.kind == WALK_FAILED;
			longest = e.path.len > longest ? e.path.len : longest;
		}
		walk_free(w);
		_exit(files == DEEP && !failed && longest == (DEEP - 1) * 12 + 1 ? 0 : 2);
	}
	int status;
	waitpid(pid, &status, 0);
	assert_int_equal(status, 0);
}

/* In a process without the rights of root. */
static void what_cannot_be_read_is_said_and_the_walk_goes_on(void **state)
{
	(void)state;
	PUT("mkdir -p t/closed t/no-search && touch t/a t/closed/x t/no-search/y t/z && chmod 755 . t && chmod 0 t/closed && "
	    "chmod 744 t/no-search");
	pid_t pid = fork();
	if (pid == 0) {
		if (getuid() == 0 && (setgroups(0, NULL) != 0 || setgid(65534) != 0 || setuid(65534) != 0))
			_exit(0);
		_exit(strcmp(walked(below("t"), NULL), "a closed:! no-search/y:! z") == 0 ? 0 : 1);
	}
	int status;
	waitpid(pid, &status, 0);
	assert_int_equal(status, 0);
}

/* Does `command` when the walk has given `at`. */
static const char *walked_while(const char *at, const char *command)
{
	static struct buf out;
	struct walk *w;
	struct walk_entry e;
	buf_clear(&out);
	buf_add_str(&out, "");
	assert_int_equal(walk_open(&w, below("t"), NULL, NULL), ERR_OK);
	while (walk_next(w, &e)) {
		add_entry(&out, &e);
		if (span_eq(e.path, span_of_str(at)))
			PUT(command);
	}
	walk_free(w);
	return out.ptr;
}

static void a_tree_may_change_while_it_is_walked(void **state)
{
	(void)state;
	PUT("mkdir -p t/b/in t/d && touch t/a t/b/1 t/b/2 t/b/in/x t/c t/d/y t/e");
	assert_string_equal(walked_while("a", "rm t/c"), "a b/1 b/2 b/in/x d/y e");
	assert_string_equal(walked_while("a", "rm -r t/d"), "a b/1 b/2 b/in/x e");
	assert_string_equal(walked_while("b/1", "mv t/b t/moved"), "a b/1 b/2 b/in/x e");
	PUT("mv t/moved t/b");
	assert_string_equal(walked_while("b/1", "rm -r t/b"), "a b/1 e");
	assert_string_equal(walked_while("a", "rm t/e && mkdir t/e"), "a e:!");
	PUT("mkdir t/f && touch t/f/x");
	assert_string_equal(walked_while("a", "rm -r t/f && ln -s /etc t/f"), "a f:!");
	PUT("rm t/f; mkdir t/g");
	assert_string_equal(walked_while("a", "rm -r t/g && touch t/g"), "a g:!");
}

static void a_folder_far_above_that_was_replaced_is_not_entered_again(void **state)
{
	(void)state;
	PUT("mkdir -p t/top/$(seq -s/ 100) && touch t/top/$(seq -s/ 100)/file t/top/z t/zz");
	char at[512] = "top/";
	for (int i = 1; i <= 100; i++)
		sprintf(at + strlen(at), "%d/", i);
	strcat(at, "file");
	char expected[1024];
	snprintf(expected, sizeof expected, "%s top:! zz", at);
	assert_string_equal(walked_while(at, "mv t/top t-aside && mkdir t/top && touch t/top/z"), expected);
}

static void an_index_that_is_damaged_is_said_so_once(void **state)
{
	(void)state;
	PUT("mkdir -p t/.git/objects t/.git/refs && touch t/.git/HEAD t/a && printf 'DIRC\\0\\0\\0\\2\\0\\0\\0\\5short' >t/.git/index");
	assert_string_equal(walked(below("t"), NULL), ".git:! a");
	PUT("echo nonsense >t/.git/index");
	assert_string_equal(walked(below("t"), NULL), ".git:! a");
}

#define IN_SCRATCH(test) cmocka_unit_test_setup_teardown(test, make_scratch, drop_scratch)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_SCRATCH(names_with_a_dot_come_only_when_asked_for_outside_a_repository),
		IN_SCRATCH(rules_count_outside_a_repository_from_the_starting_point_on),
		IN_SCRATCH(the_users_own_rules_count_everywhere),
		IN_SCRATCH(an_ignore_file_overrides_and_counts_for_tracked_files),
		IN_SCRATCH(a_repository_below_is_entered_from_outside_and_named_from_inside),
		IN_SCRATCH(a_starting_point_is_wanted_whatever_the_rules_say_of_it),
		IN_SCRATCH(globs_choose),
		IN_SCRATCH(links_are_entries_and_loops_of_them_end),
		IN_SCRATCH(pipes_are_named_and_never_opened),
		IN_SCRATCH(names_may_hold_any_bytes),
		IN_SCRATCH(there_must_be_something_to_start_from),
		IN_SCRATCH(a_very_deep_tree_needs_few_descriptors),
		IN_SCRATCH(what_cannot_be_read_is_said_and_the_walk_goes_on),
		IN_SCRATCH(a_tree_may_change_while_it_is_walked),
		IN_SCRATCH(a_folder_far_above_that_was_replaced_is_not_entered_again),
		IN_SCRATCH(an_index_that_is_damaged_is_said_so_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
