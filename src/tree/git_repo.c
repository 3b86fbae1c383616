#include "tree/git_repo.h"

#include "base/mem.h"
#include "tree/git_config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static bool exists(const struct buf *folder, const char *name, mode_t type)
{
	struct buf path = {0};
	struct stat st;
	buf_addf(&path, "%s/%s", folder->ptr, name);
	bool there = (type ? stat(path.ptr, &st) : lstat(path.ptr, &st)) == 0 && (!type || (st.st_mode & S_IFMT) == type);
	buf_release(&path);
	return there;
}

/* Reads a path from a file of one line, `folder` before it when it is relative. */
static bool path_from_file(const char *file, const char *prefix, const char *folder, struct buf *into)
{
	struct buf text = {0};
	bool good = git_read_file(AT_FDCWD, file, true, &text) && span_starts(buf_span(&text), span_of_str(prefix));
	struct span path = good ? span_from(buf_span(&text), strlen(prefix)) : SPAN("");
	while (path.len && (path.ptr[path.len - 1] == '\n' || path.ptr[path.len - 1] == '\r'))
		path.len--;
	good = path.len && !memchr(path.ptr, 0, path.len);
	buf_clear(into);
	if (good) {
		if (path.ptr[0] != '/')
			buf_addf(into, "%s/", folder);
		buf_add_span(into, path);
	}
	buf_release(&text);
	return good;
}

/* Where the parts are that all worktrees share. */
static void common_folder(const struct buf *git_folder, struct buf *into)
{
	struct buf file = {0};
	buf_addf(&file, "%s/commondir", git_folder->ptr);
	if (!path_from_file(file.ptr, "", git_folder->ptr, into)) {
		buf_clear(into);
		buf_add_span(into, buf_span(git_folder));
	}
	buf_release(&file);
}

/* The folder that holds HEAD and index. False: `folder` is not the top of a repository. */
static bool find_git_folder(const char *folder, struct buf *into)
{
	struct stat st;
	buf_clear(into);
	buf_addf(into, "%s/.git", folder);
	if (stat(into->ptr, &st) != 0)
		return false;
	if (S_ISREG(st.st_mode)) {
		struct buf file = *into;
		*into = (struct buf){0};
		bool named = path_from_file(file.ptr, "gitdir: ", folder, into);
		buf_release(&file);
		if (!named)
			return false;
	}
	struct buf common = {0};
	if (!exists(into, "HEAD", 0))
		return false;
	common_folder(into, &common);
	bool good = exists(&common, "objects", S_IFDIR) && exists(&common, "refs", S_IFDIR);
	buf_release(&common);
	return good;
}

bool git_repo_at(const char *folder)
{
	struct buf git_folder = {0};
	bool found = find_git_folder(folder, &git_folder);
	buf_release(&git_folder);
	return found;
}

static struct ignore_rules *rules_of(const char *path, size_t base_len, bool fold)
{
	struct buf text = {0};
	struct ignore_rules *rules = NULL;
	if (git_read_file(AT_FDCWD, path, true, &text))
		rules = ignore_parse(buf_span(&text), base_len, fold);
	buf_release(&text);
	return rules;
}

/* A relative core.excludesFile counts from `top`, where git goes before it looks. */
static struct ignore_rules *global_rules(struct git_config *c, const struct buf *top, size_t base_len)
{
	struct buf path = {0};
	if (c->excludes_file_set) {
		if (c->excludes_file.len && c->excludes_file.ptr[0] != '/')
			buf_addf(&path, "%s/", top->len ? top->ptr : "");
		buf_add_span(&path, buf_span(&c->excludes_file));
	} else {
		git_user_file("git/ignore", &path);
	}
	struct ignore_rules *rules = path.len ? rules_of(path.ptr, base_len, c->ignore_case) : NULL;
	buf_release(&path);
	return rules;
}

struct git_repo *git_repo_open(const char *folder, size_t base_len, bool no_rules)
{
	struct buf git_folder = {0}, common = {0}, path = {0};
	if (!find_git_folder(folder, &git_folder)) {
		buf_release(&git_folder);
		return NULL;
	}
	struct git_repo *r = mem_zalloc(1, sizeof *r);
	buf_add_str(&r->top, folder);
	common_folder(&git_folder, &common);
	char *real = realpath(git_folder.ptr, NULL);
	struct span condition = real ? span_of_str(real) : buf_span(&git_folder);

	struct git_config c = {0};
	git_config_read_global(&c, condition);
	buf_addf(&path, "%s/config", common.ptr);
	c.worktree_config = false;
	git_config_read_file(&c, path.ptr, condition);
	if (c.worktree_config) {
		buf_clear(&path);
		buf_addf(&path, "%s/config.worktree", git_folder.ptr);
		git_config_read_file(&c, path.ptr, condition);
	}
	git_config_read_environment(&c);

	r->fold_case = c.ignore_case;
	if (!no_rules) {
		r->global = global_rules(&c, &r->top, base_len);
		buf_clear(&path);
		buf_addf(&path, "%s/info/exclude", common.ptr);
		r->exclude = rules_of(path.ptr, base_len, r->fold_case);
	}
	git_index_open(&r->index, git_folder.ptr, c.sha256, &r->index_error);
	free(real);
	git_config_release(&c);
	buf_release(&path);
	buf_release(&common);
	buf_release(&git_folder);
	return r;
}

void git_repo_free(struct git_repo *r)
{
	if (!r)
		return;
	buf_release(&r->top);
	ignore_free(r->global);
	ignore_free(r->exclude);
	git_index_free(r->index);
	free(r);
}

struct ignore_rules *git_global_rules(size_t base_len)
{
	struct git_config c = {0};
	struct buf top = {0};
	git_config_read_global(&c, span_of("", 0));
	git_config_read_environment(&c);
	struct ignore_rules *rules = global_rules(&c, &top, base_len);
	git_config_release(&c);
	return rules;
}
