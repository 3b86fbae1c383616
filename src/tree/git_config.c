#include "tree/git_config.h"

#include "tree/glob.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

enum { INCLUDES_DEEP = 10, SMALL_FILE_BYTES = 100 * 1024 * 1024 };

static const char *environment(const char *name)
{
	const char *value = getenv(name);
	return value && *value ? value : NULL;
}

bool git_user_file(const char *name, struct buf *into)
{
	const char *config = environment("XDG_CONFIG_HOME"), *home = environment("HOME");
	if (!config && !home)
		return false;
	buf_clear(into);
	if (config)
		buf_addf(into, "%s/%s", config, name);
	else
		buf_addf(into, "%s/.config/%s", home, name);
	return true;
}

bool git_read_file(int at, const char *path, bool follow, struct buf *into)
{
	buf_clear(into);
	int fd = openat(at, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | (follow ? 0 : O_NOFOLLOW));
	struct stat st;
	if (fd < 0)
		return false;
	bool good = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size <= SMALL_FILE_BYTES;
	while (good && into->len <= SMALL_FILE_BYTES) {
		buf_reserve(into, into->len ? into->len : (size_t)st.st_size + 1);
		ssize_t n = read(fd, into->ptr + into->len, into->cap - into->len - 1);
		if (n < 0 && errno == EINTR)
			continue;
		good = n >= 0;
		if (n <= 0)
			break;
		into->len += (size_t)n;
	}
	close(fd);
	return good;
}

/* ---- syntax ------------------------------------------------------------------------------------------------------ */

struct reading {
	struct git_config *config;
	struct span git_folder;
	struct span folder;      /* of the file, its last slash included */
	unsigned depth;          /* of includes */
	struct buf section, key, value; /* owned; section as "core" or "includeif.gitdir:~/x/" */
};

static void read_file(struct git_config *c, const char *path, struct span git_folder, unsigned depth);

static bool is_true(struct span value, bool given)
{
	if (!given)
		return true;
	static const char *const words[] = {"true", "yes", "on"};
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (value.len == strlen(words[i]) && strncasecmp(value.ptr, words[i], value.len) == 0)
			return true;
	bool number = value.len > 0, zero = true;
	for (size_t i = 0; i < value.len; i++) {
		number &= value.ptr[i] >= '0' && value.ptr[i] <= '9';
		zero &= value.ptr[i] == '0';
	}
	return number && !zero;
}

/* "~/x" and paths relative to the file that names them. "~user/" and "%(prefix)/" are left alone: no file has that name. */
static void resolve_path(struct span value, struct span folder, struct buf *into)
{
	const char *home = environment("HOME");
	buf_clear(into);
	if (home && (span_starts(value, SPAN("~/")) || span_eq(value, SPAN("~")))) {
		buf_add_str(into, home);
		value = span_from(value, 1);
	} else if (value.len && value.ptr[0] != '/') {
		buf_add_span(into, folder);
	}
	buf_add_span(into, value);
}

/* includeIf "gitdir:PATTERN" */
static bool condition_holds(struct reading *r, struct span condition)
{
	unsigned flags = GLOB_PATHNAME;
	if (span_starts(condition, SPAN("gitdir/i:")))
		flags |= GLOB_FOLD;
	else if (!span_starts(condition, SPAN("gitdir:")))
		return false;
	struct span written = span_from(condition, (flags & GLOB_FOLD) ? 9 : 7);
	if (!written.len || !r->git_folder.len)
		return false;
	struct buf pattern = {0};
	if (span_starts(written, SPAN("./")))
		resolve_path(span_from(written, 2), r->folder, &pattern);
	else if (written.ptr[0] == '~')
		resolve_path(written, r->folder, &pattern);
	else
		buf_addf(&pattern, "%s%.*s", written.ptr[0] == '/' ? "" : "**/", (int)written.len, written.ptr);
	if (pattern.ptr[pattern.len - 1] == '/')
		buf_add_str(&pattern, "**");
	struct buf folder = {0};
	buf_add_span(&folder, r->git_folder);
	bool holds = glob_match(buf_span(&pattern), buf_span(&folder), flags);
	buf_add_char(&folder, '/');
	holds |= glob_match(buf_span(&pattern), buf_span(&folder), flags);
	buf_release(&folder);
	buf_release(&pattern);
	return holds;
}

static void take(struct reading *r, bool given)
{
	struct git_config *c = r->config;
	struct span section = buf_span(&r->section), key = buf_span(&r->key), value = buf_span(&r->value);
	if (span_eq(section, SPAN("core")) && span_eq(key, SPAN("excludesfile"))) {
		c->excludes_file_set = true;
		resolve_path(value, span_of("", 0), &c->excludes_file);
	} else if (span_eq(section, SPAN("core")) && span_eq(key, SPAN("ignorecase"))) {
		c->ignore_case = is_true(value, given);
	} else if (span_eq(section, SPAN("extensions")) && span_eq(key, SPAN("objectformat"))) {
		c->sha256 = span_eq(value, SPAN("sha256"));
	} else if (span_eq(section, SPAN("extensions")) && span_eq(key, SPAN("worktreeconfig"))) {
		c->worktree_config = is_true(value, given);
	} else if (span_eq(key, SPAN("path")) && value.len && r->depth < INCLUDES_DEEP &&
		   (span_eq(section, SPAN("include")) ||
		    (span_starts(section, SPAN("includeif.")) && condition_holds(r, span_from(section, 10))))) {
		struct buf path = {0};
		resolve_path(value, r->folder, &path);
		read_file(c, path.ptr, r->git_folder, r->depth + 1);
		buf_release(&path);
	}
}

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }
static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c; }

/* `[core]`, `[includeIf "gitdir:~/x/"]`; returns where it ends. */
static size_t read_section(struct reading *r, struct span text, size_t i)
{
	buf_clear(&r->section);
	for (i++; i < text.len && text.ptr[i] != ']' && text.ptr[i] != '\n' && !is_blank(text.ptr[i]); i++)
		buf_add_char(&r->section, lower(text.ptr[i]));
	while (i < text.len && is_blank(text.ptr[i]))
		i++;
	if (i < text.len && text.ptr[i] == '"') {
		buf_add_char(&r->section, '.');
		for (i++; i < text.len && text.ptr[i] != '"' && text.ptr[i] != '\n'; i++) {
			if (text.ptr[i] == '\\' && i + 1 < text.len)
				i++;
			buf_add_char(&r->section, text.ptr[i]);
		}
		i += i < text.len && text.ptr[i] == '"';
	}
	return i < text.len && text.ptr[i] == ']' ? i + 1 : i;
}

/* Behind the `=`: quotes, escapes, a comment, lines that go on behind a backslash. Returns the end of the line. */
static size_t read_value(struct reading *r, struct span text, size_t i)
{
	bool quoted = false, comment = false;
	size_t kept = 0; /* blanks at the end do not count */
	while (i < text.len && is_blank(text.ptr[i]))
		i++;
	for (; i < text.len && text.ptr[i] != '\n'; i++) {
		char c = text.ptr[i];
		if (comment)
			continue;
		if (!quoted && (c == '#' || c == ';')) {
			comment = true;
			continue;
		}
		if (c == '"') {
			quoted = !quoted;
			kept = r->value.len;
			continue;
		}
		if (c == '\\' && i + 1 < text.len) {
			c = text.ptr[++i];
			if (c == '\r' && i + 1 < text.len && text.ptr[i + 1] == '\n')
				c = text.ptr[++i];
			if (c == '\n')
				continue;
			c = c == 'n' ? '\n' : c == 't' ? '\t' : c == 'b' ? '\b' : c;
			buf_add_char(&r->value, c);
			kept = r->value.len;
			continue;
		}
		buf_add_char(&r->value, c);
		if (quoted || !is_blank(c))
			kept = r->value.len;
	}
	r->value.len = kept;
	return i;
}

static size_t read_setting(struct reading *r, struct span text, size_t i)
{
	buf_clear(&r->key);
	buf_clear(&r->value);
	for (; i < text.len && ((text.ptr[i] | 32) >= 'a' || text.ptr[i] == '-' || (text.ptr[i] >= '0' && text.ptr[i] <= '9')) &&
	       text.ptr[i] != '=';
	     i++)
		buf_add_char(&r->key, lower(text.ptr[i]));
	while (i < text.len && is_blank(text.ptr[i]))
		i++;
	bool given = i < text.len && text.ptr[i] == '=';
	if (given)
		i = read_value(r, text, i + 1);
	while (i < text.len && text.ptr[i] != '\n')
		i++;
	if (r->key.len)
		take(r, given);
	return i;
}

static void read_text(struct reading *r, struct span text)
{
	size_t i = span_starts(text, SPAN("\xef\xbb\xbf")) ? 3 : 0;
	while (i < text.len) {
		char c = text.ptr[i];
		if (is_blank(c) || c == '\n') {
			i++;
		} else if (c == '#' || c == ';') {
			while (i < text.len && text.ptr[i] != '\n')
				i++;
		} else if (c == '[') {
			i = read_section(r, text, i);
		} else {
			i = read_setting(r, text, i);
		}
	}
}

static void read_file(struct git_config *c, const char *path, struct span git_folder, unsigned depth)
{
	struct buf text = {0};
	const char *slash = strrchr(path, '/');
	if (git_read_file(AT_FDCWD, path, true, &text)) {
		struct reading r = {.config = c, .git_folder = git_folder, .depth = depth,
				    .folder = span_of(path, slash ? (size_t)(slash - path) + 1 : 0)};
		read_text(&r, buf_span(&text));
		buf_release(&r.section);
		buf_release(&r.key);
		buf_release(&r.value);
	}
	buf_release(&text);
}

void git_config_read_file(struct git_config *c, const char *path, struct span git_folder)
{
	read_file(c, path, git_folder, 0);
}

void git_config_read_global(struct git_config *c, struct span git_folder)
{
	const char *system = environment("GIT_CONFIG_SYSTEM"), *global = getenv("GIT_CONFIG_GLOBAL");
	const char *without = environment("GIT_CONFIG_NOSYSTEM"), *home = environment("HOME");
	struct buf path = {0};
	if (!without || !is_true(span_of_str(without), true))
		read_file(c, system ? system : "/etc/gitconfig", git_folder, 0);
	if (global) {
		read_file(c, global, git_folder, 0);
	} else {
		if (git_user_file("git/config", &path))
			read_file(c, path.ptr, git_folder, 0);
		if (home) {
			buf_clear(&path);
			buf_addf(&path, "%s/.gitconfig", home);
			read_file(c, path.ptr, git_folder, 0);
		}
	}
	buf_release(&path);
}

void git_config_read_environment(struct git_config *c)
{
	const char *count = environment("GIT_CONFIG_COUNT");
	unsigned long n = count ? strtoul(count, NULL, 10) : 0;
	struct reading r = {.config = c, .depth = INCLUDES_DEEP};
	struct buf name = {0};
	for (unsigned long i = 0; i < n && i < 10000; i++) {
		buf_clear(&name);
		buf_addf(&name, "GIT_CONFIG_KEY_%lu", i);
		const char *key = getenv(name.ptr);
		buf_clear(&name);
		buf_addf(&name, "GIT_CONFIG_VALUE_%lu", i);
		const char *value = getenv(name.ptr), *dot = key ? strrchr(key, '.') : NULL;
		if (!dot || !value)
			continue;
		buf_clear(&r.section);
		buf_clear(&r.key);
		buf_clear(&r.value);
		for (const char *s = key; *s; s++)
			if (s != dot)
				buf_add_char(s < dot ? &r.section : &r.key, lower(*s));
		buf_add_str(&r.value, value);
		take(&r, true);
	}
	buf_release(&name);
	buf_release(&r.section);
	buf_release(&r.key);
	buf_release(&r.value);
}

void git_config_release(struct git_config *c) { buf_release(&c->excludes_file); }
