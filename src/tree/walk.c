#include "tree/walk.h"

#include "base/buf.h"
#include "base/mem.h"
#include "tree/git_config.h"
#include "tree/git_repo.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	FOLDERS_OPEN = 32,          /* of the folders above the one in hand; others are opened again on the way back */
	LISTING_BYTES = 64 * 1024,
	NAME_BYTES_MOST = 4096,     /* Linux has 255; some file systems count characters */
};

/* A name in a folder. `key`: its first eight bytes, most significant first, so that most comparisons end there. */
struct item {
	uint64_t key;
	size_t name_off;   /* in walk.names */
	uint32_t name_len;
	uint8_t type;      /* DT_… */
	bool submodule;    /* the index says so */
};

/* A folder on the way down. */
struct folder {
	int fd;                  /* -1: closed to spare descriptors */
	uint64_t inode, device;  /* once it was closed */
	size_t path_len;         /* of its path in walk.path, last slash included */
	size_t next, end;        /* its items that are still to come; they end the stack of items */
	size_t items_at, names_at, rules_at; /* what the stacks held before it */
	size_t rules_floor;      /* rules below this one in the stack are those of the world outside a repository */
	struct git_repo *repo;   /* borrowed; NULL outside */
	size_t repo_base;        /* bytes of walk.path above the repository's top */
	bool owns_repo;
	bool tracked_only;       /* a rule of git's excludes it: only what is tracked is listed */
	bool wanted;             /* by the globs */
};

struct rule_file {
	struct ignore_rules *rules;
	bool owned, gits; /* gits: does not count for what is tracked */
};

struct walk {
	struct walk_options options;
	struct ignore_rules *globs;     /* owned */
	struct git_repo *repo;          /* owned: the starting point's */
	struct ignore_rules *global;    /* owned: outside a repository */
	struct rule_file *rules;        /* owned stack, later ones count more */
	size_t rule_count, rule_cap;
	size_t tool_rule_count;         /* how many of them are .ignore files */
	struct folder *folders;         /* owned stack */
	size_t depth, depth_cap;
	struct item *items;             /* owned stack, a folder's after those of the one above */
	size_t item_count, item_cap;
	struct buf names;               /* likewise, each with a NUL */
	struct buf path;                /* from the repository's top, or from the starting point outside one */
	size_t start_len;               /* so much of it stands above the starting point */
	struct buf root, top;           /* absolute */
	char *listing;                  /* owned, of LISTING_BYTES */
	struct buf text;                /* a rule file */
	int single_fd;                  /* the starting point is one file in this folder; -1: it is not */
	bool index_reported;
};

/* ---- rules ------------------------------------------------------------------------------------------------------- */

static void push_rules(struct walk *w, struct ignore_rules *rules, bool owned, bool gits)
{
	if (!rules)
		return;
	MEM_GROW(w->rules, w->rule_cap, w->rule_count + 1);
	w->rules[w->rule_count++] = (struct rule_file){rules, owned, gits};
	w->tool_rule_count += !gits;
}

static void pop_rules(struct walk *w, size_t down_to)
{
	while (w->rule_count > down_to) {
		struct rule_file *r = &w->rules[--w->rule_count];
		w->tool_rule_count -= !r->gits;
		if (r->owned)
			ignore_free(r->rules);
	}
}

static void read_rules(struct walk *w, int fd, const char *name, size_t base_len, bool fold, bool gits)
{
	if (git_read_file(fd, name, false, &w->text))
		push_rules(w, ignore_parse(buf_span(&w->text), base_len, fold), true, gits);
}

/* Of the path in hand, whose last part begins at name_off. */
static bool is_excluded(const struct walk *w, const struct folder *f, size_t name_off, bool is_folder, bool tracked)
{
	if (tracked && !w->tool_rule_count)
		return false;
	for (size_t i = w->rule_count; i-- > f->rules_floor;) {
		if (tracked && w->rules[i].gits)
			continue;
		enum ignore_verdict v = ignore_match(w->rules[i].rules, buf_span(&w->path), name_off, is_folder);
		if (v != IGNORE_SILENT)
			return v == IGNORE_EXCLUDED;
	}
	return false;
}

/* What the globs say of the path in hand: the folder's own answer unless one of them matches. */
static enum ignore_verdict ask_globs(const struct walk *w, size_t name_off, bool is_folder)
{
	if (!w->globs)
		return IGNORE_SILENT;
	struct span path = span_from(buf_span(&w->path), w->start_len);
	/* In ignore_match's words a plain pattern excludes; a plain glob includes. */
	enum ignore_verdict v = ignore_match(w->globs, path, name_off - w->start_len, is_folder);
	return v == IGNORE_SILENT ? v : v == IGNORE_EXCLUDED ? IGNORE_INCLUDED : IGNORE_EXCLUDED;
}

/* ---- folders ----------------------------------------------------------------------------------------------------- */

static struct folder *top_folder(struct walk *w) { return &w->folders[w->depth - 1]; }

static int open_folder(int at, const char *name)
{
	return openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
}

static void close_for_now(struct folder *f)
{
	struct stat st;
	if (f->fd < 0)
		return;
	bool known = fstat(f->fd, &st) == 0;
	f->inode = known ? st.st_ino : 0;
	f->device = known ? st.st_dev : 0;
	close(f->fd);
	f->fd = -1;
}

/* The folder's descriptor; opened again, from the nearest one above that is open, when it was closed. -1: it has gone, or
 * something else has its name. */
static int folder_fd(struct walk *w, size_t i)
{
	size_t from = i;
	while (w->folders[from].fd < 0)
		from--; /* the first is never closed */
	for (; from < i; from++) {
		struct folder *f = &w->folders[from + 1];
		char name[NAME_BYTES_MOST + 1];
		size_t begin = w->folders[from].path_len, len = f->path_len - 1 - begin;
		struct stat st;
		memcpy(name, w->path.ptr + begin, len);
		name[len] = 0;
		int fd = open_folder(w->folders[from].fd, name);
		if (fd < 0)
			return -1;
		if (fstat(fd, &st) != 0 || st.st_ino != f->inode || st.st_dev != f->device) {
			close(fd);
			return -1;
		}
		f->fd = fd;
		if (from > 0 && i - from > FOLDERS_OPEN)
			close_for_now(&w->folders[from]);
	}
	return w->folders[i].fd;
}

static int compare_items(const void *left, const void *right, void *names)
{
	const struct item *a = left, *b = right;
	if (a->key != b->key)
		return a->key < b->key ? -1 : 1;
	/* A folder stands where the paths below it do: as if its name ended in a slash. */
	const char *x = (const char *)names + a->name_off, *y = (const char *)names + b->name_off;
	size_t len = a->name_len < b->name_len ? a->name_len : b->name_len;
	int order = memcmp(x, y, len);
	if (order)
		return order;
	bool a_slash = a->type == DT_DIR && !a->submodule, b_slash = b->type == DT_DIR && !b->submodule;
	unsigned char p = a->name_len > len ? (unsigned char)x[len] : a_slash ? '/' : 0;
	unsigned char q = b->name_len > len ? (unsigned char)y[len] : b_slash ? '/' : 0;
	return p < q ? -1 : p > q;
}

static uint64_t sort_key(const char *name, size_t len, bool slash)
{
	uint64_t key = 0;
	for (size_t i = 0; i < 8; i++)
		key = key << 8 | (i < len ? (unsigned char)name[i] : i == len && slash ? (unsigned char)'/' : 0u);
	return key;
}

static uint8_t type_of_mode(mode_t mode)
{
	return S_ISDIR(mode) ? DT_DIR : S_ISREG(mode) ? DT_REG : S_ISLNK(mode) ? DT_LNK : DT_FIFO;
}

struct found {
	bool git, gitignore, ignore;
};

static void add_item(struct walk *w, int fd, const struct dirent64 *e, struct found *found)
{
	const char *name = e->d_name;
	size_t len = strlen(name);
	uint8_t type = e->d_type;
	if (name[0] == '.') {
		if (len == 1 || (len == 2 && name[1] == '.'))
			return;
		if (strcmp(name, ".git") == 0) {
			found->git = true;
			return;
		}
		found->gitignore |= strcmp(name, ".gitignore") == 0;
		found->ignore |= strcmp(name, ".ignore") == 0;
	}
	if (len > NAME_BYTES_MOST)
		return;
	if (type == DT_UNKNOWN) {
		struct stat st;
		if (fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
			return;
		type = type_of_mode(st.st_mode);
	}
	MEM_GROW(w->items, w->item_cap, w->item_count + 1);
	w->items[w->item_count++] = (struct item){.name_off = w->names.len, .name_len = (uint32_t)len, .type = type,
						  .key = sort_key(name, len, type == DT_DIR)};
	buf_add(&w->names, name, len + 1);
}

/* All names of the folder onto the stacks. False with errno set. */
static bool list_folder(struct walk *w, int fd, struct found *found)
{
	for (;;) {
		ssize_t n = getdents64(fd, w->listing, LISTING_BYTES);
		if (n <= 0)
			return n == 0;
		for (ssize_t at = 0; at < n;) {
			const struct dirent64 *e = (const void *)(w->listing + at);
			add_item(w, fd, e, found);
			at += e->d_reclen;
		}
	}
}

/* The path in hand from the repository's top. */
static struct span repo_path(const struct walk *w, const struct folder *f)
{
	return span_from(buf_span(&w->path), f->repo_base);
}

/* Submodules stand where a file of their name would, as in the index. */
static void mark_submodules(struct walk *w, const struct folder *f)
{
	if (!f->repo || !f->repo->index || !git_index_has_submodules(f->repo->index))
		return;
	size_t path_len = w->path.len;
	for (size_t i = f->items_at; i < w->item_count; i++) {
		struct item *item = &w->items[i];
		if (item->type != DT_DIR)
			continue;
		const char *name = w->names.ptr + item->name_off;
		buf_add(&w->path, name, item->name_len);
		item->submodule = git_index_is_submodule(f->repo->index, repo_path(w, f));
		w->path.len = path_len;
		if (item->submodule)
			item->key = sort_key(name, item->name_len, false);
	}
}

static void drop_items(struct walk *w, const struct folder *f)
{
	w->item_count = f->items_at;
	w->names.len = f->names_at;
}

/* The absolute path of the folder in hand, which ends in a slash in walk.path. */
static void absolute_path(const struct walk *w, struct buf *into)
{
	buf_add_span(into, buf_span(&w->root));
	struct span below = span_from(buf_span(&w->path), w->start_len);
	if (below.len) {
		if (into->ptr[into->len - 1] != '/')
			buf_add_char(into, '/');
		buf_add(into, below.ptr, below.len - 1);
	}
}

enum entered { ENTERED, IS_REPOSITORY, CANNOT_READ };

/* Takes fd. w->path is the folder's, with a slash. `f` has what it inherits. */
static enum entered enter(struct walk *w, int fd, struct folder f, bool may_be_repository)
{
	struct found found = {0};
	f.fd = fd;
	f.path_len = w->path.len;
	f.items_at = w->item_count;
	f.names_at = w->names.len;
	f.rules_at = w->rule_count;
	f.owns_repo = false;
	if (!list_folder(w, fd, &found)) {
		int code = errno;
		drop_items(w, &f);
		close(fd);
		errno = code;
		return CANNOT_READ;
	}
	if (found.git && may_be_repository) {
		struct buf path = {0};
		absolute_path(w, &path);
		bool nested = git_repo_at(path.ptr);
		if (nested && f.repo) {
			buf_release(&path);
			drop_items(w, &f);
			close(fd);
			return IS_REPOSITORY;
		}
		if (nested) {
			f.repo = git_repo_open(path.ptr, w->path.len, w->options.no_ignore);
			f.owns_repo = f.repo != NULL;
			f.repo_base = w->path.len;
		}
		buf_release(&path);
		if (f.owns_repo) {
			w->index_reported = false;
			f.rules_floor = w->rule_count;
			push_rules(w, f.repo->global, false, true);
			push_rules(w, f.repo->exclude, false, true);
		}
	}
	if (!w->options.no_ignore) {
		bool fold = f.repo && f.repo->fold_case;
		if (found.gitignore)
			read_rules(w, fd, ".gitignore", w->path.len, fold, true);
		if (found.ignore)
			read_rules(w, fd, ".ignore", w->path.len, fold, false);
	}
	mark_submodules(w, &f);
	if (w->item_count - f.items_at > 1)
		qsort_r(w->items + f.items_at, w->item_count - f.items_at, sizeof *w->items, compare_items, w->names.ptr);
	f.next = f.items_at;
	f.end = w->item_count;
	MEM_GROW(w->folders, w->depth_cap, w->depth + 1);
	w->folders[w->depth++] = f;
	if (w->depth > FOLDERS_OPEN + 1)
		close_for_now(&w->folders[w->depth - 1 - FOLDERS_OPEN]);
	return ENTERED;
}

static void leave(struct walk *w)
{
	struct folder *f = top_folder(w);
	drop_items(w, f);
	pop_rules(w, f->rules_at);
	if (f->owns_repo)
		git_repo_free(f->repo);
	if (f->fd >= 0)
		close(f->fd);
	w->depth--;
}

/* ---- starting ---------------------------------------------------------------------------------------------------- */

static void set_options(struct walk *w, const struct walk_options *options)
{
	if (!options)
		return;
	w->options = *options;
	struct buf text = {0};
	for (size_t i = 0; options->globs && i < options->glob_count; i++) {
		/* A number sign begins a comment in a file only. */
		buf_addf(&text, "%s%s\n", options->globs[i][0] == '#' ? "\\" : "", options->globs[i]);
	}
	w->globs = text.len ? ignore_parse(buf_span(&text), 0, false) : NULL;
	buf_release(&text);
}

/* The nearest repository that holds the starting point; git does not look beyond its file system either. */
static void find_repository(struct walk *w)
{
	struct buf folder = {0};
	struct stat st;
	buf_add_span(&folder, buf_span(&w->root));
	bool known = stat(folder.ptr, &st) == 0;
	dev_t device = known ? st.st_dev : 0;
	for (;;) {
		if (git_repo_at(folder.len > 1 ? folder.ptr : "")) {
			buf_add_span(&w->top, buf_span(&folder));
			break;
		}
		if (folder.len <= 1)
			break;
		while (folder.ptr[folder.len - 1] != '/')
			folder.len--;
		folder.len -= folder.len > 1;
		folder.ptr[folder.len] = 0;
		if (!known || stat(folder.ptr, &st) != 0 || st.st_dev != device)
			break;
	}
	buf_release(&folder);
}

/* The rule files from the repository's top down to above the starting point; w->path becomes the way between them. */
static void read_rules_above(struct walk *w)
{
	struct buf file = {0};
	size_t top_len = w->top.len > 1 ? w->top.len : 0; /* the top may be "/" */
	struct span way = span_from(buf_span(&w->root), top_len + 1);
	for (;;) {
		const char *slash = way.len > w->path.len ? memchr(way.ptr + w->path.len, '/', way.len - w->path.len) : NULL;
		bool above = way.len > w->path.len;
		for (int own = 0; above && own < 2 && !w->options.no_ignore; own++) {
			buf_clear(&file);
			buf_add(&file, w->root.ptr, top_len + 1 + w->path.len);
			buf_add_str(&file, own ? ".ignore" : ".gitignore");
			read_rules(w, AT_FDCWD, file.ptr, w->path.len, w->repo->fold_case, !own);
		}
		if (!above)
			break;
		size_t end = slash ? (size_t)(slash - way.ptr) : way.len;
		buf_add(&w->path, way.ptr + w->path.len, end - w->path.len);
		buf_add_char(&w->path, '/');
	}
	buf_release(&file);
}

static enum err_code start_at_file(struct walk *w, const char *root, struct err *err)
{
	const char *slash = strrchr(root, '/'), *name = slash ? slash + 1 : root;
	struct buf folder = {0};
	if (!slash)
		buf_add_char(&folder, '.');
	else
		buf_add(&folder, root, slash == root ? 1 : (size_t)(slash - root));
	w->single_fd = open(folder.ptr, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	buf_add_str(&w->path, name);
	buf_clear(&w->root);
	char *real = realpath(folder.ptr, NULL);
	buf_add_str(&w->root, real ? real : folder.ptr);
	free(real);
	buf_release(&folder);
	if (w->single_fd < 0)
		return err_set(err, ERR_INPUT, "%s: %s", root, strerror(errno));
	find_repository(w);
	return ERR_OK;
}

static enum err_code start_at_folder(struct walk *w, const char *root, struct err *err)
{
	char *real = realpath(root, NULL);
	int fd = real ? open(real, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	if (fd < 0) {
		int code = errno;
		free(real);
		return err_set(err, ERR_INPUT, "%s: %s", root, strerror(code));
	}
	buf_add_str(&w->root, real);
	free(real);
	find_repository(w);
	struct folder f = {.wanted = !w->globs || !ignore_excludes(w->globs)};
	if (w->top.len)
		w->repo = git_repo_open(w->top.len > 1 ? w->top.ptr : "", 0, w->options.no_ignore);
	if (w->repo) {
		push_rules(w, w->repo->global, false, true);
		push_rules(w, w->repo->exclude, false, true);
		read_rules_above(w);
		w->start_len = w->path.len;
		f.repo = w->repo;
	} else if (!w->options.no_ignore) {
		w->global = git_global_rules(0);
		push_rules(w, w->global, false, true);
	}
	if (enter(w, fd, f, false) != ENTERED)
		return err_set(err, ERR_INPUT, "%s: %s", root, strerror(errno));
	return ERR_OK;
}

enum err_code walk_open(struct walk **out, const char *root, const struct walk_options *options, struct err *err)
{
	struct walk *w = mem_zalloc(1, sizeof *w);
	struct stat st;
	w->single_fd = -1;
	w->listing = mem_alloc(LISTING_BYTES);
	set_options(w, options);
	buf_add_str(&w->top, "");
	buf_add_str(&w->path, "");
	*out = NULL;
	enum err_code code;
	if (stat(root, &st) != 0)
		code = err_set(err, ERR_INPUT, "%s: %s", root, strerror(errno));
	else if (S_ISDIR(st.st_mode))
		code = start_at_folder(w, root, err);
	else
		code = start_at_file(w, root, err);
	if (code != ERR_OK)
		walk_free(w);
	else
		*out = w;
	return code;
}

/* ---- walking ----------------------------------------------------------------------------------------------------- */

static void fill_stat(struct walk_entry *out, const struct stat *st)
{
	out->size_bytes = (uint64_t)st->st_size;
	out->mtime_ns = (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec;
	out->ctime_ns = (int64_t)st->st_ctim.tv_sec * 1000000000 + st->st_ctim.tv_nsec;
	out->inode = st->st_ino;
	out->device = st->st_dev;
	out->mode = st->st_mode;
}

/* An entry for the path in hand. False: it is not there any more. */
static bool make_entry(struct walk *w, struct walk_entry *out, int dir, const char *name)
{
	struct stat st;
	*out = (struct walk_entry){.dir = dir, .name = name, .path = span_from(buf_span(&w->path), w->start_len)};
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
		if (errno == ENOENT)
			return false;
		out->kind = WALK_FAILED;
		err_set(&out->error, ERR_INPUT, "%s", strerror(errno));
		return true;
	}
	fill_stat(out, &st);
	out->kind = S_ISREG(st.st_mode) ? WALK_FILE : S_ISLNK(st.st_mode) ? WALK_LINK : WALK_OTHER;
	if (S_ISDIR(st.st_mode)) {
		out->kind = WALK_FAILED;
		err_set(&out->error, ERR_CHANGED, "became a folder while the tree was walked");
	}
	return true;
}

static void fail_entry(struct walk_entry *out, enum walk_kind kind, int code)
{
	out->kind = kind;
	if (kind == WALK_FAILED)
		err_set(&out->error, ERR_INPUT, "%s", strerror(code));
}

/* A folder's turn: it is entered, or an entry of its own (true). w->path is its path without a slash. */
static bool visit_folder(struct walk *w, const struct item *item, const char *name, size_t name_off, struct walk_entry *out)
{
	struct folder *f = top_folder(w);
	struct git_index *index = f->repo ? f->repo->index : NULL;
	enum ignore_verdict glob = ask_globs(w, name_off, true);
	if (glob == IGNORE_EXCLUDED)
		return false;
	bool wanted = f->wanted || glob == IGNORE_INCLUDED;
	int dir = f->fd;
	struct stat st;
	if (item->submodule) {
		if (!wanted || is_excluded(w, f, name_off, true, true) || !make_entry(w, out, dir, name))
			return false;
		out->kind = WALK_SUBMODULE;
		out->error = (struct err){0};
		return true;
	}
	buf_add_char(&w->path, '/');
	bool tracked = index && git_index_has_below(index, repo_path(w, f));
	w->path.ptr[--w->path.len] = 0;
	if (tracked && is_excluded(w, f, name_off, true, true))
		return false;
	bool excluded = !w->options.no_ignore && (f->tracked_only || is_excluded(w, f, name_off, true, false));
	if (excluded && !tracked)
		return false;
	struct folder below = {
		.rules_floor = f->rules_floor, .repo = f->repo, .repo_base = f->repo_base,
		.tracked_only = excluded, .wanted = wanted,
	};
	int fd = open_folder(dir, name), code = errno;
	if (fd < 0 && (code == ENOENT || !make_entry(w, out, dir, name)))
		return false;
	if (fd < 0) {
		fail_entry(out, WALK_FAILED, code);
		return true;
	}
	buf_add_char(&w->path, '/');
	enum entered entered = enter(w, fd, below, !tracked);
	code = errno;
	if (entered == ENTERED)
		return false;
	w->path.ptr[--w->path.len] = 0;
	if (entered == IS_REPOSITORY && !wanted)
		return false;
	name = w->names.ptr + item->name_off; /* listing may have moved it */
	*out = (struct walk_entry){.dir = dir, .name = name, .path = span_from(buf_span(&w->path), w->start_len)};
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		fill_stat(out, &st);
	fail_entry(out, entered == IS_REPOSITORY ? WALK_SUBMODULE : WALK_FAILED, code);
	return true;
}

static bool visit_file(struct walk *w, const char *name, size_t name_off, struct walk_entry *out)
{
	struct folder *f = top_folder(w);
	struct git_index *index = f->repo ? f->repo->index : NULL;
	enum ignore_verdict glob = ask_globs(w, name_off, false);
	if (glob == IGNORE_EXCLUDED || (glob == IGNORE_SILENT && !f->wanted))
		return false;
	if (!w->options.no_ignore) {
		bool tracked = index && git_index_has_file(index, repo_path(w, f));
		if ((!tracked && f->tracked_only) || is_excluded(w, f, name_off, false, tracked))
			return false;
	}
	return make_entry(w, out, f->fd, name);
}

/* Once per repository: what is known of its index being damaged. */
static bool report_index(struct walk *w, const struct folder *f, struct walk_entry *out)
{
	struct err err = {0};
	if (w->index_reported || !f->repo)
		return false;
	if (f->repo->index_error.code)
		err = f->repo->index_error;
	else if (!f->repo->index || !git_index_failed(f->repo->index, &err))
		return false;
	w->index_reported = true;
	*out = (struct walk_entry){.kind = WALK_FAILED, .dir = f->fd, .name = ".git", .path = SPAN(".git"), .error = err};
	return true;
}

static bool next_of_file(struct walk *w, struct walk_entry *out)
{
	if (w->index_reported)
		return false;
	w->index_reported = true; /* here: the one file had its turn */
	struct stat st;
	if (!make_entry(w, out, w->single_fd, w->path.ptr))
		return false;
	/* A link that was named is followed, like a starting folder that is one. */
	if (out->kind == WALK_LINK && fstatat(w->single_fd, w->path.ptr, &st, 0) == 0) {
		fill_stat(out, &st);
		out->kind = S_ISREG(st.st_mode) ? WALK_FILE : WALK_OTHER;
	}
	return true;
}

bool walk_next(struct walk *w, struct walk_entry *out)
{
	if (w->single_fd >= 0)
		return next_of_file(w, out);
	while (w->depth) {
		struct folder *f = top_folder(w);
		if (report_index(w, f, out))
			return true;
		if (f->next == f->end) {
			leave(w);
			continue;
		}
		w->path.len = f->path_len;
		w->path.ptr[f->path_len] = 0;
		if (f->fd < 0 && folder_fd(w, w->depth - 1) < 0) {
			/* What was still to come in it cannot be reached. */
			f->next = f->end;
			w->path.ptr[--w->path.len] = 0;
			*out = (struct walk_entry){.kind = WALK_FAILED, .dir = -1, .name = "",
						   .path = span_from(buf_span(&w->path), w->start_len)};
			err_set(&out->error, ERR_CHANGED, "was moved or replaced while the tree was walked");
			return true;
		}
		const struct item item = w->items[f->next++];
		const char *name = w->names.ptr + item.name_off;
		if (name[0] == '.' && !f->repo && !w->options.hidden)
			continue;
		buf_add(&w->path, name, item.name_len);
		if (item.type == DT_DIR ? visit_folder(w, &item, name, f->path_len, out)
					: visit_file(w, name, f->path_len, out))
			return true;
	}
	return false;
}

const char *walk_root(const struct walk *w) { return w->root.ptr; }
const char *walk_repository(const struct walk *w) { return w->top.ptr; }

void walk_free(struct walk *w)
{
	if (!w)
		return;
	while (w->depth)
		leave(w);
	pop_rules(w, 0);
	git_repo_free(w->repo);
	ignore_free(w->global);
	ignore_free(w->globs);
	if (w->single_fd >= 0)
		close(w->single_fd);
	free(w->rules);
	free(w->folders);
	free(w->items);
	free(w->listing);
	buf_release(&w->names);
	buf_release(&w->path);
	buf_release(&w->root);
	buf_release(&w->top);
	buf_release(&w->text);
	free(w);
}
