/* The walk lists what git lists: on a generated tree of edge cases, in several states of its index, and on the repositories
 * that CTXCUT_ORACLE_REPOS names (separated by blanks). */
#include "base/buf.h"
#include "base/mem.h"
#include "tree/walk.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char scratch[64];

static int run(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static int run(const char *fmt, ...)
{
	char command[4096];
	va_list args;
	va_start(args, fmt);
	vsnprintf(command, sizeof command, fmt, args);
	va_end(args);
	return system(command);
}

static bool have_git(void) { return system("git --version >/dev/null 2>&1") == 0; }

static int make_tree(void **state)
{
	(void)state;
	strcpy(scratch, "/tmp/ctxcut-walk-XXXXXX");
	if (!mkdtemp(scratch))
		return -1;
	if (!have_git())
		return 0;
	if (run("tests/tree/edge_tree %s", scratch) != 0)
		return -1;
	char home[128];
	snprintf(home, sizeof home, "%s/home", scratch);
	setenv("HOME", home, 1);
	setenv("GIT_CONFIG_NOSYSTEM", "1", 1);
	unsetenv("XDG_CONFIG_HOME");
	return 0;
}

static int drop_tree(void **state)
{
	(void)state;
	return run("chmod -R u+rwx %s; rm -rf %s", scratch, scratch) != 0;
}

struct paths {
	char **list;
	size_t count, cap;
};

static void add_path(struct paths *p, struct span path)
{
	MEM_GROW(p->list, p->cap, p->count + 1);
	p->list[p->count++] = mem_strndup(path.ptr, path.len);
}

static void release(struct paths *p)
{
	for (size_t i = 0; i < p->count; i++)
		free(p->list[i]);
	free(p->list);
}

static int by_bytes(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

/* What git lists below `folder`, without tracked files that are not there. */
static void list_by_git(struct paths *out, const char *folder)
{
	struct buf all = {0};
	char command[4096], piece[4096];
	snprintf(command, sizeof command, "cd '%s' && git -c core.quotePath=false ls-files -co --exclude-standard -z", folder);
	FILE *f = popen(command, "r");
	assert_non_null(f);
	for (size_t n; (n = fread(piece, 1, sizeof piece, f)) > 0;)
		buf_add(&all, piece, n);
	assert_int_equal(pclose(f), 0);
	int top = open(folder, O_PATH | O_DIRECTORY);
	assert_true(top >= 0);
	for (size_t at = 0; at < all.len; at += strlen(all.ptr + at) + 1) {
		struct span path = span_of_str(all.ptr + at);
		struct stat st;
		if (span_ends(path, SPAN("/"))) /* an untracked repository */
			path.len--;
		/* Paths beyond PATH_MAX cannot be asked for in one call; none of those is missing. */
		if (path.len < 4096 && fstatat(top, all.ptr + at, &st, AT_SYMLINK_NOFOLLOW) != 0)
			continue;
		add_path(out, path);
	}
	close(top);
	buf_release(&all);
	if (out->count)
		qsort(out->list, out->count, sizeof *out->list, by_bytes);
	size_t kept = 0; /* a conflict has several entries for a path */
	for (size_t i = 0; i < out->count; i++) {
		if (kept && strcmp(out->list[kept - 1], out->list[i]) == 0)
			free(out->list[i]);
		else
			out->list[kept++] = out->list[i];
	}
	out->count = kept;
}

static void list_by_walk(struct paths *out, const char *folder, const struct walk_options *options)
{
	struct walk *w;
	struct walk_entry entry;
	struct err err = {0};
	if (walk_open(&w, folder, options, &err) != ERR_OK)
		fail_msg("%s", err.text);
	while (walk_next(w, &entry)) {
		if (entry.kind == WALK_FAILED)
			fail_msg("%.*s: %s", (int)entry.path.len, entry.path.ptr, entry.error.text);
		if (entry.kind != WALK_OTHER)
			add_path(out, entry.path);
	}
	walk_free(w);
}

static void assert_same(const char *folder)
{
	struct paths git = {0}, walk = {0};
	list_by_git(&git, folder);
	list_by_walk(&walk, folder, NULL);
	for (size_t i = 1; i < walk.count; i++)
		if (by_bytes(&walk.list[i - 1], &walk.list[i]) >= 0)
			print_message("out of order: %s, then %s\n", walk.list[i - 1], walk.list[i]);
	if (walk.count)
		qsort(walk.list, walk.count, sizeof *walk.list, by_bytes);
	size_t wrong = 0;
	for (size_t i = 0, j = 0; i < git.count || j < walk.count;) {
		int order = i == git.count ? 1 : j == walk.count ? -1 : strcmp(git.list[i], walk.list[j]);
		if (order < 0)
			print_message("only git lists: %s\n", git.list[i]);
		else if (order > 0)
			print_message("only the walk lists: %s\n", walk.list[j]);
		wrong += order != 0;
		i += order <= 0;
		j += order >= 0;
	}
	print_message("%s: %zu by git, %zu by the walk, %zu differ\n", folder, git.count, walk.count, wrong);
	assert_int_equal(wrong, 0);
	release(&git);
	release(&walk);
}

static const char *in_repo(const char *below)
{
	static char path[256];
	snprintf(path, sizeof path, "%s/repo%s", scratch, below);
	return path;
}

static void edge_cases_are_listed_as_git_lists_them(void **state)
{
	(void)state;
	if (!have_git())
		return;
	assert_same(in_repo(""));
}

static void folders_of_a_repository_are_listed_by_the_rules_above_them(void **state)
{
	(void)state;
	if (!have_git())
		return;
	static const char *const folders[] = {"/anchors", "/anchors/sub", "/double/a", "/double/c", "/forced", 
					      "/links", "/nested", "/nested/full", "/back/partly", "/back/partly/dir", "/stars",
					      "/sort/ab", "/sub-module", "/many"};
	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
		assert_same(in_repo(folders[i]));
}

static void every_form_of_the_index_is_understood(void **state)
{
	(void)state;
	if (!have_git())
		return;
	static const char *const forms[] = {
		"git update-index --index-version 4",
		"git update-index --index-version 3",
		"git update-index --index-version 2",
		"git update-index --skip-worktree sort/a && git update-index --index-version 2", /* extended flags */
		"git update-index --split-index",
		"git rm -q --cached forced/x.o && git add -f forced/y.o", /* of a split index */
		"git update-index --index-version 4",
		"git update-index --no-split-index",
	};
	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
		assert_int_equal(run("cd %s && { %s; } 2>/dev/null", in_repo(""), forms[i]), 0);
		print_message("# %s\n", forms[i]);
		assert_same(in_repo(""));
	}
}

static void a_worktree_is_listed_by_the_rules_of_its_repository(void **state)
{
	(void)state;
	if (!have_git())
		return;
	assert_int_equal(run("cd %s/repo && git -c user.name=a -c user.email=a@b commit -qm all >/dev/null && "
			     "git worktree add -q ../tree 2>/dev/null && cd ../tree && touch a.exclude b.global c.o d",
			     scratch),
			 0);
	char path[128];
	snprintf(path, sizeof path, "%s/tree", scratch);
	assert_same(path);
}

static void ids_of_sha256_are_understood(void **state)
{
	(void)state;
	if (!have_git())
		return;
	char path[128];
	snprintf(path, sizeof path, "%s/sha256", scratch);
	if (run("git init -q --object-format=sha256 %s 2>/dev/null", path) != 0)
		return;
	assert_int_equal(run("cd %s && echo '*.o' >.gitignore && touch a.o b.o c d && git add -f a.o c", path), 0);
	assert_same(path);
	assert_int_equal(run("cd %s && git update-index --index-version 4", path), 0);
	assert_same(path);
}

static void case_is_ignored_where_the_repository_says_so(void **state)
{
	(void)state;
	if (!have_git())
		return;
	char path[128];
	snprintf(path, sizeof path, "%s/fold", scratch);
	assert_int_equal(run("git init -q %s && cd %s && git config core.ignoreCase true && "
			     "printf '*.OBJ\\nMake\\n[A-C]x\\n/Sub/F*\\n[d]Y\\n[[:upper:]]z\\n' >.gitignore && mkdir sub && "
			     "touch a.obj B.OBJ make MAKE ax Bx dx sub/file sub/File sub/g dy Dy DY qz Qz",
			     path, path),
			 0);
	assert_same(path);
}

static void a_conflict_has_one_entry_for_a_path(void **state)
{
	(void)state;
	if (!have_git())
		return;
	char path[128];
	snprintf(path, sizeof path, "%s/conflict", scratch);
	assert_int_equal(run("git init -q %s && cd %s && git config user.name a && git config user.email a@b && "
			     "echo 1 >f && echo f >.gitignore && git add -f f && git commit -qm 1 && git checkout -q -b other && "
			     "echo 2 >f && git commit -qam 2 && git checkout -q - && echo 3 >f && git commit -qam 3 && "
			     "! git merge -q other >/dev/null 2>&1",
			     path, path),
			 0);
	assert_same(path);
}

static unsigned long seed;

static unsigned pick(unsigned below)
{
	seed = seed * 6364136223846793005UL + 1442695040888963407UL;
	return (unsigned)(seed >> 33) % below;
}

static void write_random_rules(const char *path)
{
	static const char *const parts[] = {
		"a", "b", "c", "*", "*", "**", "?", "/", "/", "[", "[a", "[!a", "[^b", "[a-c]", "[[:alpha:]]", "[[:x", "\\",
		"\\*", "-", "]", " ", "#", "!", ".", "**/", "/**", "/**/", "[]a]", "[a\\]]", "[-a]", "[a-]", "[!-]", "A", "[A-Z]",
		"[[:upper:]]", "\r", "\t", "[a/b]", "***", "{a,b}", "[[.a.]]",
	};
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	for (unsigned lines = 1 + pick(6); lines--;) {
		fputs(pick(5) ? "" : "!", f);
		for (unsigned n = 1 + pick(6); n--;)
			fputs(parts[pick(sizeof parts / sizeof *parts)], f);
		fputs(pick(6) ? "" : "/", f);
		fputs(pick(10) ? "" : "  ", f);
		fputs(lines || pick(5) ? "\n" : "", f);
	}
	fclose(f);
}

static void random_rules_decide_as_in_git(void **state)
{
	(void)state;
	if (!have_git())
		return;
	static const char *const folders[] = {"", "/a", "/a/b", "/b", "/a/a", "/a/a/b", "/ab", "/a/b/c"};
	static const char *const names[] = {"a", "b", "ab", "ba", "c", "aa", "abc", "-", "]", "*", "A", ".a", "a.b", " ", "#", "!",
					    "a ", "\\", "[a", "a-", "{a,b}"};
	for (int round = 0; round < 2; round++) {
		char top[128], path[512];
		seed = 20 + (unsigned long)round;
		snprintf(top, sizeof top, "%s/random%d", scratch, round);
		assert_int_equal(run("git init -q %s && cd %s && git config core.ignoreCase %s", top, top, round ? "true" : "false"), 0);
		for (int d = 0; d < 40; d++) {
			for (size_t f = 0; f < sizeof folders / sizeof *folders; f++) {
				snprintf(path, sizeof path, "%s/%d%s", top, d, folders[f]);
				assert_int_equal(mkdir(path, 0700), 0);
			}
			for (size_t f = 0; f < sizeof folders / sizeof *folders; f++)
				for (size_t n = 0; n < sizeof names / sizeof *names; n++) {
					snprintf(path, sizeof path, "%s/%d%s/%s", top, d, folders[f], names[n]);
					int fd = open(path, O_WRONLY | O_CREAT, 0600); /* fails where a folder is */
					if (fd >= 0)
						close(fd);
				}
			snprintf(path, sizeof path, "%s/%d/.gitignore", top, d);
			write_random_rules(path);
			snprintf(path, sizeof path, "%s/%d/a/.gitignore", top, d);
			write_random_rules(path);
		}
		assert_same(top);
	}
}

static void repositories_named_by_the_caller_are_listed_as_git_lists_them(void **state)
{
	(void)state;
	const char *named = getenv("CTXCUT_ORACLE_REPOS");
	if (!named || !have_git())
		return;
	char *list = mem_strdup(named), *rest = NULL;
	for (char *path = strtok_r(list, " ", &rest); path; path = strtok_r(NULL, " ", &rest))
		assert_same(path);
	free(list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(edge_cases_are_listed_as_git_lists_them),
		cmocka_unit_test(folders_of_a_repository_are_listed_by_the_rules_above_them),
		cmocka_unit_test(every_form_of_the_index_is_understood),
		cmocka_unit_test(ids_of_sha256_are_understood),
		cmocka_unit_test(case_is_ignored_where_the_repository_says_so),
		cmocka_unit_test(a_conflict_has_one_entry_for_a_path),
		cmocka_unit_test(a_worktree_is_listed_by_the_rules_of_its_repository),
		cmocka_unit_test(random_rules_decide_as_in_git),
		cmocka_unit_test(repositories_named_by_the_caller_are_listed_as_git_lists_them),
	};
	return cmocka_run_group_tests(tests, make_tree, drop_tree);
}
