#include "tree/sources.h"

#include "base/mem.h"
#include "input/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { KEPT_FILES = 64, KEPT_BYTES = 48 * 1024 * 1024, ANSWERS = 1024 };

/* What a mention was found to mean: a log names the same few places over and over. */
struct answer {
	uint64_t key; /* 0: none */
	struct place_match match;
};

struct root {
	char *path;  /* owned: as given, without a slash at its end */
	char *real;  /* owned: absolute, links resolved; or NULL */
	int fd;
};

struct kept {
	struct source_file file;
	struct buf path, text;
	uint32_t *line_off;
	size_t line_cap;
	uint64_t used; /* the larger, the later */
};

struct sources {
	const struct walk_options *options;
	struct root *roots; /* owned */
	size_t root_count, root_cap;
	struct places *places;
	uint32_t *root_of;  /* owned: by number */
	size_t root_of_cap;
	bool walked;
	struct outliner *outliner;
	struct outline outline; /* for sources_outline */
	struct kept **kept;     /* owned */
	size_t kept_count, kept_cap, kept_bytes;
	uint64_t clock;
	/* The folder opened last: files come folder by folder. */
	struct buf dir_path;
	uint32_t dir_root;
	int dir_fd;             /* -1: it cannot be entered */
	bool dir_known;
	size_t trouble, passes; /* passes: over all files, so that trouble is counted once */
	struct err first_trouble;
	struct buf raw, text;   /* scratch */
	struct answer *answers; /* owned, ANSWERS of them, by key; NULL: none yet */
};

struct sources *sources_new(const struct walk_options *options)
{
	struct sources *s = mem_zalloc(1, sizeof *s);
	s->options = options;
	s->places = places_new();
	s->outliner = outliner_new();
	s->dir_fd = -1;
	return s;
}

static void kept_free(struct kept *k)
{
	outline_release(&k->file.outline);
	buf_release(&k->path);
	buf_release(&k->text);
	free(k->line_off);
	free(k);
}

void sources_free(struct sources *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->root_count; i++) {
		free(s->roots[i].path);
		free(s->roots[i].real);
		close(s->roots[i].fd);
	}
	for (size_t i = 0; i < s->kept_count; i++)
		kept_free(s->kept[i]);
	if (s->dir_fd >= 0)
		close(s->dir_fd);
	free(s->kept);
	free(s->roots);
	free(s->root_of);
	free(s->answers);
	places_free(s->places);
	outliner_free(s->outliner);
	outline_release(&s->outline);
	buf_release(&s->dir_path);
	buf_release(&s->raw);
	buf_release(&s->text);
	free(s);
}

enum err_code sources_add_root(struct sources *s, const char *path, struct err *err)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_set(err, ERR_INPUT, "%.300s: %s", path, strerror(errno));
	size_t len = strlen(path);
	while (len > 1 && path[len - 1] == '/')
		len--;
	free(s->answers);
	s->answers = NULL;
	MEM_GROW(s->roots, s->root_cap, s->root_count + 1);
	s->roots[s->root_count++] = (struct root){.path = mem_strndup(path, len), .real = realpath(path, NULL), .fd = fd};
	return ERR_OK;
}

static void note_trouble(struct sources *s, const struct err *err)
{
	if (s->trouble++ == 0)
		s->first_trouble = *err;
}

size_t sources_trouble(const struct sources *s, const char **first)
{
	*first = s->first_trouble.text;
	return s->trouble;
}

static uint32_t add_file(struct sources *s, uint32_t root, struct span path)
{
	uint32_t number = places_add(s->places, path);
	MEM_GROW(s->root_of, s->root_of_cap, (size_t)number + 1);
	s->root_of[number] = root;
	return number;
}

const struct places *sources_places(struct sources *s)
{
	if (s->walked)
		return s->places;
	s->walked = true;
	/* Files found before the walk by their exact path are listed a second time: places_find would call them alike. */
	struct places *before = s->places;
	uint32_t *root_before = s->root_of;
	s->places = places_new();
	s->root_of = NULL;
	s->root_of_cap = 0;
	for (uint32_t i = 0; i < places_count(before); i++)
		add_file(s, root_before[i], places_path(before, i));
	for (uint32_t r = 0; r < s->root_count; r++) {
		struct walk *walk;
		struct walk_entry entry;
		struct err err = {0};
		if (walk_open(&walk, s->roots[r].path, s->options, &err) != ERR_OK)
			continue;
		while (walk_next(walk, &entry)) {
			bool known = false;
			if (entry.kind == WALK_FAILED) {
				err_at(&entry.error, "%.*s", (int)entry.path.len, entry.path.ptr);
				note_trouble(s, &entry.error);
			}
			for (uint32_t i = 0; i < places_count(before) && !known; i++)
				known = root_before[i] == r && span_eq(places_path(before, i), entry.path);
			if (entry.kind == WALK_FILE && !known)
				add_file(s, r, entry.path);
		}
		walk_free(walk);
	}
	places_free(before);
	free(root_before);
	return s->places;
}

/* ---- opening ------------------------------------------------------------------------------------------------------ */

/* The folder of a path below a root, entered part by part; the caller must not close it. -1: there is none, or a link leads to it. */
static int open_folder(struct sources *s, uint32_t root, struct span folder)
{
	if (s->dir_known && s->dir_root == root && span_eq(buf_span(&s->dir_path), folder))
		return s->dir_fd;
	if (s->dir_fd >= 0)
		close(s->dir_fd);
	buf_clear(&s->dir_path);
	buf_add_span(&s->dir_path, folder);
	s->dir_root = root;
	s->dir_known = true;
	s->dir_fd = openat(s->roots[root].fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	while (folder.len && s->dir_fd >= 0) {
		const char *slash = memchr(folder.ptr, '/', folder.len);
		size_t len = slash ? (size_t)(slash - folder.ptr) : folder.len;
		char *part = mem_strndup(folder.ptr, len);
		bool up = strcmp(part, "..") == 0;
		int next = up ? -1 : openat(s->dir_fd, part, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		free(part);
		close(s->dir_fd);
		s->dir_fd = next;
		folder = span_from(folder, len + 1);
	}
	return s->dir_fd;
}

static int open_file(struct sources *s, uint32_t root, struct span path)
{
	const char *slash = memrchr(path.ptr, '/', path.len);
	struct span folder = span_head(path, slash ? (size_t)(slash - path.ptr) : 0);
	int dir = open_folder(s, root, folder);
	if (dir < 0)
		return -1;
	char *name = mem_strndup(slash ? slash + 1 : path.ptr, path.len - folder.len - (slash != NULL));
	/* A pipe that took the file's place must not make us wait. */
	int fd = strcmp(name, "..") == 0 ? -1 : openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	free(name);
	return fd;
}

static void append(void *user, struct span bytes) { buf_add_span(user, bytes); }

static bool is_text(struct span head)
{
	return !source_looks_binary(span_head(head, 64 * 1024)) && !memchr(head.ptr, '\0', head.len < 1024 ? head.len : 1024);
}

/* The file's text into `text`. ERR_MISSING: it does not hold these bytes. */
static enum err_code read_text(struct sources *s, uint32_t root, struct span path, struct span holding, struct buf *text, struct err *err)
{
	struct stat st;
	int fd = open_file(s, root, path);
	if (fd < 0 || fstat(fd, &st) != 0) {
		int why = errno;
		struct err trouble = {0};
		if (fd >= 0)
			close(fd);
		err_set(&trouble, ERR_INPUT, "%.*s: %s", (int)path.len, path.ptr, strerror(why));
		if (s->passes < 2 && why != ENOENT && why != ELOOP && why != ENXIO && why != ENOTDIR)
			note_trouble(s, &trouble);
		return err_set(err, ERR_INPUT, "%.*s: %s", (int)path.len, path.ptr, strerror(why));
	}
	if (!S_ISREG(st.st_mode) || st.st_size > SOURCE_BYTES_MOST) {
		close(fd);
		return err_set(err, ERR_LIMIT, "%.*s: %s", (int)path.len, path.ptr,
		               S_ISREG(st.st_mode) ? "is larger than 64 MiB" : "is no regular file");
	}
	buf_clear(&s->raw);
	buf_reserve(&s->raw, (size_t)st.st_size + 1);
	for (;;) {
		if (s->raw.len == s->raw.cap - 1)
			buf_reserve(&s->raw, s->raw.len);
		ssize_t n = read(fd, s->raw.ptr + s->raw.len, s->raw.cap - 1 - s->raw.len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		s->raw.len += (size_t)n;
		if (s->raw.len > SOURCE_BYTES_MOST)
			break;
	}
	close(fd);
	struct span raw = buf_span(&s->raw);
	buf_clear(text);
	/* Whether it is text takes longer to tell than whether it holds a word. */
	if (holding.len && !memmem(raw.ptr, raw.len, holding.ptr, holding.len) && !span_starts(raw, SPAN("\xff\xfe")) &&
	    !span_starts(raw, SPAN("\xfe\xff")))
		return ERR_MISSING;
	bool marked = span_starts(raw, SPAN("\xef\xbb\xbf")) || span_starts(raw, SPAN("\xff\xfe")) || span_starts(raw, SPAN("\xfe\xff"));
	if (marked) {
		struct decoder *d = decoder_new();
		decoder_feed(d, raw, append, text, NULL);
		decoder_finish(d, append, text, NULL);
		decoder_free(d);
	} else {
		struct buf other = *text;
		*text = s->raw;
		s->raw = other;
	}
	if (!is_text(buf_span(text)))
		return err_set(err, ERR_INPUT, "%.*s: is no text", (int)path.len, path.ptr);
	return ERR_OK;
}

/* ---- finding ------------------------------------------------------------------------------------------------------ */

/* The path below a root that an absolute or relative path means, into `out`; the root, or SIZE_MAX. */
static size_t below_root(const struct sources *s, struct span path, struct buf *out)
{
	for (size_t r = 0; r < s->root_count; r++) {
		const char *tops[] = {path.len && path.ptr[0] == '/' ? s->roots[r].real : s->roots[r].path, ""};
		for (size_t i = 0; i < 2; i++) {
			const char *top = tops[i];
			buf_clear(out);
			if (!top || (i == 1 && path.len && path.ptr[0] == '/'))
				continue;
			struct span rest = path;
			while (span_starts(rest, SPAN("./")))
				rest = span_from(rest, 2);
			if (*top && strcmp(top, ".") != 0 && strcmp(top, "/") != 0) {
				struct span t = span_of_str(top);
				while (span_starts(t, SPAN("./")))
					t = span_from(t, 2);
				if (!span_starts(rest, t) || rest.len <= t.len || rest.ptr[t.len] != '/')
					continue;
				rest = span_from(rest, t.len + 1);
			}
			size_t up = span_find(rest, SPAN(".."));
			if (up != SIZE_MAX && (up == 0 || rest.ptr[up - 1] == '/') && (up + 2 == rest.len || rest.ptr[up + 2] == '/'))
				continue; /* the walk's list will do */
			place_normal(rest, out);
			struct stat st;
			const char *slash = memrchr(out->ptr ? out->ptr : "", '/', out->len);
			size_t folder = slash ? (size_t)(slash - out->ptr) : 0;
			int dir = out->len ? open_folder((struct sources *)s, (uint32_t)r, span_of(out->ptr, folder)) : -1;
			if (dir >= 0 && fstatat(dir, slash ? slash + 1 : out->ptr, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode))
				return r;
		}
	}
	return SIZE_MAX;
}

/* A file that is just where the path says. */
static bool find_exact(struct sources *s, struct span path, struct place_match *out)
{
	struct buf below = {0};
	size_t root = path.len < 4096 && !memchr(path.ptr, '\0', path.len) ? below_root(s, path, &below) : SIZE_MAX;
	if (root != SIZE_MAX) {
		struct place_match alike;
		uint32_t number = UINT32_MAX;
		places_find_path(s->places, buf_span(&below), &alike);
		for (size_t i = 0; i < alike.count; i++)
			if (s->root_of[alike.at[i]] == root && span_eq(places_path(s->places, alike.at[i]), buf_span(&below)))
				number = alike.at[i];
		if (number == UINT32_MAX)
			number = add_file(s, (uint32_t)root, buf_span(&below));
		*out = (struct place_match){.at = {number}, .count = 1, .all = 1};
	}
	buf_release(&below);
	return root != SIZE_MAX;
}

static void find(struct sources *s, const struct mention *m, struct place_match *out)
{
	bool inner = memchr(m->path.ptr, '/', m->path.len) != NULL;
	if (place_is_foreign(m->path) && m->path.ptr[0] != '/') {
		sources_places(s); /* others' code below the root counts only when the walk lists it */
	} else if ((m->wide.len && inner && find_exact(s, m->wide, out)) || (inner && find_exact(s, m->path, out))) {
		return;
	}
	sources_places(s);
	places_find(s->places, m, out);
}

void sources_find(struct sources *s, const struct mention *m, struct place_match *out)
{
	if (!s->answers)
		s->answers = mem_zalloc(ANSWERS, sizeof *s->answers);
	uint64_t key = hash64(m->path.ptr, m->path.len) + 3 * hash64(m->wide.ptr, m->wide.len) + 5 * hash64(m->function.ptr, m->function.len);
	struct answer *known = &s->answers[key % ANSWERS];
	if (known->key != key || key == 0) {
		find(s, m, &known->match);
		known->key = key;
	}
	*out = known->match;
}

void sources_find_path(struct sources *s, struct span path, struct place_match *out)
{
	if (find_exact(s, path, out))
		return;
	sources_places(s);
	places_find_path(s->places, path, out);
}

/* ---- reading ------------------------------------------------------------------------------------------------------ */

uint32_t source_lines(struct span text, uint32_t **line_off, size_t *cap)
{
	uint32_t count = 0;
	size_t at = 0;
	while (at < text.len) {
		MEM_GROW(*line_off, *cap, (size_t)count + 2);
		(*line_off)[count++] = (uint32_t)at;
		const char *newline = memchr(text.ptr + at, '\n', text.len - at);
		at = newline ? (size_t)(newline - text.ptr) + 1 : text.len;
	}
	MEM_GROW(*line_off, *cap, (size_t)count + 1);
	(*line_off)[count] = (uint32_t)text.len;
	return count;
}

void sources_path(const struct sources *s, uint32_t number, struct buf *out)
{
	const char *top = s->roots[s->root_of[number]].path;
	struct span path = places_path(s->places, number);
	buf_clear(out);
	if (strcmp(top, ".") != 0) {
		buf_add_str(out, top);
		if (strcmp(top, "/") != 0)
			buf_add_char(out, '/');
	}
	if (out->len == 0 && path.len && path.ptr[0] == '-')
		buf_add_str(out, "./"); /* else it would be taken for an option */
	buf_add_span(out, path);
}

const struct outline *sources_outline(struct sources *s, struct span path, struct span text)
{
	const struct language *language = language_of(path, span_head(text, 64 * 1024));
	if (!language)
		return NULL;
	outline_scan(s->outliner, language, text, &s->outline);
	return &s->outline;
}

/* Those that nobody uses go, the oldest first, until there is room. */
static void make_room(struct sources *s)
{
	while (s->kept_count >= KEPT_FILES || s->kept_bytes > KEPT_BYTES) {
		size_t oldest = SIZE_MAX;
		for (size_t i = 0; i < s->kept_count; i++)
			if (!s->kept[i]->file.in_use && (oldest == SIZE_MAX || s->kept[i]->used < s->kept[oldest]->used))
				oldest = i;
		if (oldest == SIZE_MAX)
			return;
		s->kept_bytes -= s->kept[oldest]->text.len;
		kept_free(s->kept[oldest]);
		s->kept[oldest] = s->kept[--s->kept_count];
	}
}

struct source_file *sources_get(struct sources *s, uint32_t number, struct err *why)
{
	for (size_t i = 0; i < s->kept_count; i++)
		if (s->kept[i]->file.number == number) {
			s->kept[i]->used = ++s->clock;
			s->kept[i]->file.in_use++;
			return &s->kept[i]->file;
		}
	struct kept *k = mem_zalloc(1, sizeof *k);
	if (read_text(s, s->root_of[number], places_path(s->places, number), span_of("", 0), &k->text, why) != ERR_OK) {
		kept_free(k);
		return NULL;
	}
	make_room(s);
	struct source_file *f = &k->file;
	sources_path(s, number, &k->path);
	f->path = buf_span(&k->path);
	f->number = number;
	f->text = buf_span(&k->text);
	f->hash = hash128_of(f->text.ptr, f->text.len);
	f->line_count = source_lines(f->text, &k->line_off, &k->line_cap);
	f->line_off = k->line_off;
	f->language = language_of(f->path, span_head(f->text, 64 * 1024));
	if (f->language)
		outline_scan(s->outliner, f->language, f->text, &f->outline);
	f->in_use = 1;
	k->used = ++s->clock;
	MEM_GROW(s->kept, s->kept_cap, s->kept_count + 1);
	s->kept[s->kept_count++] = k;
	s->kept_bytes += k->text.len;
	return f;
}

void sources_put(struct sources *s, struct source_file *f)
{
	(void)s;
	if (f && f->in_use)
		f->in_use--;
}

void sources_each(struct sources *s, struct span holding, sources_look *look, void *user)
{
	sources_places(s);
	s->passes++;
	for (uint32_t i = 0; i < places_count(s->places); i++) {
		struct span path = places_path(s->places, i);
		if (read_text(s, s->root_of[i], path, holding, &s->text, NULL) == ERR_OK)
			look(user, i, path, buf_span(&s->text));
	}
}
