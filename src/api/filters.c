/* Where filters come from: built in, the user's folder, a repository's folder as far as its files are trusted. */
#include "api/filters.h"

#include "base/hash.h"
#include "base/mem.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FOLDERS_UP_MOST = 64, FILES_MOST = 1000, FILE_BYTES_MOST = 1024 * 1024 };

/* ---- files -------------------------------------------------------------------------------------------------------- */

enum err_code filter_file_read(struct buf *out, const char *path, struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	if (fd < 0)
		return err_set(err, errno == ENOENT ? ERR_MISSING : ERR_INPUT, "%s: %s", path, strerror(errno));
	enum err_code code = ERR_OK;
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		code = err_set(err, ERR_USAGE, "%s: is no file", path);
	if (code == ERR_OK && !buf_read(out, fd, FILE_BYTES_MOST))
		code = err_set(err, ERR_INPUT, "%s: %s", path, strerror(errno));
	else if (code == ERR_OK && out->len > FILE_BYTES_MOST)
		code = err_set(err, ERR_USAGE, "%s:1:1: more than %d bytes: a filter file is smaller", path, FILE_BYTES_MOST);
	close(fd);
	return code;
}

/* "$VARIABLE/ctxcut/tail", or "$HOME/otherwise/ctxcut/tail". False when neither is set. */
static bool user_path(struct buf *out, const char *variable, const char *otherwise, const char *tail)
{
	const char *base = getenv(variable), *home = getenv("HOME");
	buf_clear(out);
	if (base && base[0] == '/')
		buf_addf(out, "%s/ctxcut/%s", base, tail);
	else if (home && home[0] == '/')
		buf_addf(out, "%s/%s/ctxcut/%s", home, otherwise, tail);
	return out->len > 0;
}

/* ---- trust -------------------------------------------------------------------------------------------------------- */

static bool trust_path(struct buf *out) { return user_path(out, "XDG_STATE_HOME", ".local/state", "trusted-filters"); }

/* One line of the list: the content's hash, two blanks, the file's path. */
static void trust_line(struct buf *out, struct span yaml, const char *real_path)
{
	char hex[33];
	hash128_hex(hash128_of(yaml.ptr, yaml.len), hex);
	buf_clear(out);
	buf_addf(out, "%s  %s\n", hex, real_path);
}

static bool is_trusted(struct span yaml, const char *path)
{
	struct buf list_path = {0}, list = {0}, line = {0};
	char *real = realpath(path, NULL);
	bool trusted = false;
	if (real && trust_path(&list_path) && filter_file_read(&list, list_path.ptr, NULL) == ERR_OK) {
		trust_line(&line, yaml, real);
		struct span rest = buf_span(&list);
		for (size_t at; !trusted && (at = span_find(rest, buf_span(&line))) != SIZE_MAX; rest = span_from(rest, at + 1))
			trusted = at == 0 ? rest.ptr == list.ptr || rest.ptr[-1] == '\n' : rest.ptr[at - 1] == '\n';
	}
	free(real);
	buf_release(&list_path);
	buf_release(&list);
	buf_release(&line);
	return trusted;
}

static void make_folders(char *path)
{
	for (char *p = path + 1; (p = strchr(p, '/')) != NULL; p++) {
		*p = '\0';
		mkdir(path, 0700);
		*p = '/';
	}
}

enum err_code filter_trust(const char *path, struct err *err)
{
	struct buf yaml = {0}, list_path = {0}, line = {0};
	struct filter_definition *d = NULL;
	char *real = NULL;
	enum err_code code = filter_file_read(&yaml, path, err);
	if (code == ERR_OK)
		code = definition_read(&d, buf_span(&yaml), path, true, err);
	if (code != ERR_OK || is_trusted(buf_span(&yaml), path))
		goto done;
	real = realpath(path, NULL);
	if (!real || strchr(real, '\n')) {
		code = err_set(err, ERR_USAGE, "%s: has no path that can be kept", path);
		goto done;
	}
	if (!trust_path(&list_path)) {
		code = err_set(err, ERR_STORE, "neither XDG_STATE_HOME nor HOME is set: there is no place to keep what is trusted");
		goto done;
	}
	make_folders(list_path.ptr);
	trust_line(&line, buf_span(&yaml), real);
	int fd = open(list_path.ptr, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	/* One write: a line is there whole or not at all. */
	if (fd < 0 || write(fd, line.ptr, line.len) != (ssize_t)line.len)
		code = err_set(err, ERR_STORE, "%s: %s", list_path.ptr, strerror(errno));
	if (fd >= 0 && close(fd) != 0 && code == ERR_OK)
		code = err_set(err, ERR_STORE, "%s: %s", list_path.ptr, strerror(errno));
done:
	free(real);
	definition_free(d);
	buf_release(&yaml);
	buf_release(&list_path);
	buf_release(&line);
	return code;
}

/* ---- folders ------------------------------------------------------------------------------------------------------ */

static int by_text(const void *left, const void *right) { return strcmp(*(char *const *)left, *(char *const *)right); }

/* The *.yaml of a folder, sorted. A folder that is not there has none. */
static size_t list_folder(const char *folder, char ***out)
{
	size_t count = 0, cap = 0;
	*out = NULL;
	DIR *dir = opendir(folder);
	if (!dir)
		return 0;
	for (struct dirent *e; (e = readdir(dir)) != NULL && count < FILES_MOST;) {
		if (e->d_name[0] == '.' || !span_ends(span_of_str(e->d_name), SPAN(".yaml")))
			continue;
		struct buf path = {0};
		buf_addf(&path, "%s/%s", folder, e->d_name);
		MEM_GROW(*out, cap, count + 1);
		(*out)[count++] = path.ptr;
	}
	closedir(dir);
	if (count)
		qsort(*out, count, sizeof **out, by_text);
	return count;
}

static void add_folder(struct filter_set *set, const char *folder, enum filter_origin origin, filter_trouble *trouble, void *user)
{
	char **files;
	size_t count = list_folder(folder, &files);
	for (size_t i = 0; i < count; i++) {
		struct err err = {0};
		struct buf yaml = {0};
		enum err_code code = filter_file_read(&yaml, files[i], &err);
		if (code == ERR_OK && origin == FILTER_REPOSITORY && !is_trusted(buf_span(&yaml), files[i])) {
			err_set(&err, ERR_LIMIT, "%s: is not trusted, so it is not used: read it, then: ctxcut filters trust %s", files[i], files[i]);
			trouble(user, &err);
		} else if (code != ERR_OK || filter_set_add(set, buf_span(&yaml), files[i], origin, &err) != ERR_OK) {
			err.code = ERR_USAGE;
			trouble(user, &err);
		}
		buf_release(&yaml);
		free(files[i]);
	}
	free(files);
}

/* The folder .ctxcut/filters of the work tree: upwards from here, not beyond the tree's root. */
static bool repository_folder(struct buf *out)
{
	char *here = getcwd(NULL, 0);
	bool found = false;
	struct stat st;
	for (int up = 0; here && up < FOLDERS_UP_MOST && !found; up++) {
		buf_clear(out);
		buf_addf(out, "%s/.ctxcut/filters", strcmp(here, "/") == 0 ? "" : here);
		found = stat(out->ptr, &st) == 0 && S_ISDIR(st.st_mode);
		struct buf git = {0};
		buf_addf(&git, "%s/.git", here);
		bool root = access(git.ptr, F_OK) == 0;
		buf_release(&git);
		char *slash = strrchr(here, '/');
		if (found || root || !slash || slash == here)
			break;
		*slash = '\0';
	}
	free(here);
	return found;
}

struct filter_set *filters_load(filter_trouble *trouble, void *user)
{
	struct filter_set *set = filter_set_new();
	struct buf folder = {0};
	filter_set_add_builtins(set);
	if (user_path(&folder, "XDG_CONFIG_HOME", ".config", "filters"))
		add_folder(set, folder.ptr, FILTER_USER, trouble, user);
	if (repository_folder(&folder))
		add_folder(set, folder.ptr, FILTER_REPOSITORY, trouble, user);
	buf_release(&folder);
	return set;
}

/* ---- in a reduction ----------------------------------------------------------------------------------------------- */

struct loading {
	struct ctxcut *c;
	size_t untrusted;
};

/* That a repository's file is not trusted is a state, not a fault: it is said once for all, and `ctxcut filters list` tells which. */
static void note_trouble(void *user, const struct err *err)
{
	struct loading *l = user;
	if (err->code == ERR_LIMIT)
		l->untrusted++;
	else
		reduction_note(l->c, err);
}

/* By name, or by the path of a file: who names a file trusts it. */
static enum err_code force_filter(struct filter_set *set, const char *name, struct err *err)
{
	struct buf yaml = {0};
	struct filter_info info;
	if (filter_set_force(set, name))
		return ERR_OK;
	if (!strpbrk(name, "/."))
		return err_set(err, ERR_USAGE, "there is no filter '%s'; see: ctxcut filters list", name);
	enum err_code code = filter_file_read(&yaml, name, err);
	if (code == ERR_OK)
		code = filter_set_add(set, buf_span(&yaml), name, FILTER_GIVEN, err);
	buf_release(&yaml);
	for (size_t i = 0; code == ERR_OK && i < filter_set_count(set); i++) {
		filter_set_info(set, i, &info);
		if (strcmp(info.path, name) == 0)
			filter_set_force(set, info.name);
	}
	return code;
}

void reduction_load_filters(struct ctxcut *c)
{
	struct settings *s = &c->settings;
	if (c->filters_tried || !s->filters)
		return;
	c->filters_tried = true;
	if (!c->filters) {
		struct loading loading = {.c = c};
		char text[160];
		c->filters = filters_load(note_trouble, &loading);
		snprintf(text, sizeof text, "%zu filter%s of this repository %s not trusted, so not used; to see which: ctxcut filters list",
		         loading.untrusted, loading.untrusted == 1 ? "" : "s", loading.untrusted == 1 ? "is" : "are");
		if (loading.untrusted)
			reduction_tell(c, text);
	}
	for (size_t i = 0; i < s->filter_name_count; i++) {
		struct err err = {0};
		if (force_filter(c->filters, s->filter_names[i], &err) != ERR_OK)
			reduction_note(c, &err);
	}
	if (s->command)
		filter_set_command(c->filters, span_of_str(s->command));
}

void reduction_note_filters(struct ctxcut *c)
{
	for (size_t i = 0; c->filters && i < filter_set_message_count(c->filters); i++)
		reduction_note(c, filter_set_message(c->filters, i));
}
