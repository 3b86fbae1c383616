#include "tree/index.h"

#include "base/arena.h"
#include "base/mem.h"
#include "tree/hold.h"
#include "tree/packed.h"
#include "tree/testing.h"
#include "tree/words.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

enum { THREADS_MOST = 64, CHUNK_FILES = 8, COUNTERS = 1 << 22 };

struct item {
	struct index_file file;
	uint32_t root;         /* whose descriptor its path is opened from */
	uint32_t prefix_len;   /* of file.path: the starting point and a slash */
	int64_t mtime_ns, ctime_ns; /* as the walk saw it */
	uint64_t size_bytes, inode, device;
	uint32_t mode;
	struct hold_ref row;
};

struct tree_index {
	struct item *items; /* owned; sorted by path once the walk is over */
	size_t count, cap;
	struct arena text;  /* paths and troubles */
	char *repository;   /* owned */
	struct hold *hold;  /* owned */
	_Atomic uint32_t *counters; /* owned: by word_hash % COUNTERS; NULL without words of all */
};

void index_cursor_release(struct index_cursor *c)
{
	buf_release(&c->row);
	buf_release(&c->words);
	file_facts_release(&c->facts);
}

void tree_index_free(struct tree_index *x)
{
	if (!x)
		return;
	free(x->items);
	arena_release(&x->text);
	free(x->repository);
	hold_free(x->hold);
	free(x->counters);
	free(x);
}

size_t tree_index_count(const struct tree_index *x) { return x->count; }
const struct index_file *tree_index_file(const struct tree_index *x, size_t i) { return &x->items[i].file; }
const char *tree_index_repository(const struct tree_index *x) { return x->repository ? x->repository : ""; }

/* ---- walking ------------------------------------------------------------------------------------------------------ */

struct roots {
	int *fds; /* owned; of the folder that entries are opened from */
	size_t count;
};

/* "./src//" as "src/", "." as "": what stands before an entry's path. */
static void prefix_of(struct buf *out, const char *root)
{
	while (root[0] == '.' && root[1] == '/') {
		root += 2;
		while (*root == '/')
			root++;
	}
	size_t len = strlen(root);
	while (len > 1 && root[len - 1] == '/')
		len--;
	if (len == 0 || (len == 1 && root[0] == '.'))
		return;
	buf_add(out, root, len);
	if (root[len - 1] != '/')
		buf_add_char(out, '/');
}

static void add_item(struct tree_index *x, const struct walk_entry *entry, struct span prefix, size_t root)
{
	MEM_GROW(x->items, x->cap, x->count + 1);
	struct item *item = &x->items[x->count++];
	char *path = arena_alloc(&x->text, prefix.len + entry->path.len + 1);
	memcpy(path, prefix.ptr, prefix.len);
	memcpy(path + prefix.len, entry->path.ptr, entry->path.len);
	*item = (struct item){.root = (uint32_t)root, .prefix_len = (uint32_t)prefix.len,
	                       .mtime_ns = entry->mtime_ns, .ctime_ns = entry->ctime_ns, .size_bytes = entry->size_bytes,
	                       .inode = entry->inode, .device = entry->device, .mode = entry->mode};
	item->file = (struct index_file){.path = span_of(path, prefix.len + entry->path.len), .kind = entry->kind,
	                                 .bytes = entry->kind == WALK_FILE ? entry->size_bytes : 0};
	item->file.is_test = path_is_test(item->file.path);
	if (entry->kind == WALK_FAILED) {
		item->file.code = ERR_INPUT;
		item->file.trouble = arena_dup(&x->text, span_of_str(entry->error.text)).ptr;
	}
}

static enum err_code walk_from(struct tree_index *x, const char *root, size_t number,
                               const struct index_options *options, struct roots *roots, struct err *err)
{
	struct walk *walk;
	struct walk_entry entry;
	struct buf prefix = {0};
	enum err_code code = walk_open(&walk, root, &options->walk, err);
	if (code != ERR_OK)
		return code;
	if (!x->repository)
		x->repository = mem_strdup(walk_repository(walk));
	int fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0) {
		prefix_of(&prefix, root);
	} else {
		/* One file: it is opened from its folder. */
		struct span folder = path_folder(span_of_str(root));
		char *name = mem_strndup(folder.len ? folder.ptr : ".", folder.len ? folder.len : 1);
		fd = open(name, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (folder.len)
			prefix_of(&prefix, name);
		free(name);
	}
	roots->fds[roots->count] = fd;
	struct span before = buf_span(&prefix);
	while (walk_next(walk, &entry)) {
		add_item(x, &entry, before, roots->count);
		struct span path = x->items[x->count - 1].file.path;
		if (options->wanted && !options->wanted(options->user, number, path, span_from(path, before.len)))
			x->count--;
	}
	roots->count++;
	walk_free(walk);
	buf_release(&prefix);
	return ERR_OK;
}

static int by_path(const void *left, const void *right)
{
	struct span a = ((const struct item *)left)->file.path, b = ((const struct item *)right)->file.path;
	int order = memcmp(a.ptr, b.ptr, a.len < b.len ? a.len : b.len);
	return order ? order : a.len < b.len ? -1 : a.len > b.len;
}

static void sort_items(struct tree_index *x)
{
	bool sorted = true;
	for (size_t i = 1; i < x->count && sorted; i++)
		sorted = by_path(&x->items[i - 1], &x->items[i]) < 0;
	if (sorted)
		return;
	qsort(x->items, x->count, sizeof *x->items, by_path);
	size_t kept = 0;
	for (size_t i = 0; i < x->count; i++)
		if (!kept || by_path(&x->items[kept - 1], &x->items[i]) != 0)
			x->items[kept++] = x->items[i];
	x->count = kept;
}

size_t tree_index_find(const struct tree_index *x, struct span path)
{
	size_t low = 0, high = x->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		struct item key = {.file.path = path};
		int order = by_path(&x->items[middle], &key);
		if (order == 0)
			return middle;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return SIZE_MAX;
}

/* ---- reading ------------------------------------------------------------------------------------------------------ */

struct scan {
	struct tree_index *x;
	const struct index_options *options;
	const struct roots *roots;
	atomic_size_t next;
	pthread_mutex_t lock; /* of the arena */
};

struct scanner {
	struct scan *scan;
	unsigned number;
	struct file_reader *reader;
	struct words *words;
	struct hold_writer writer;
	struct file_facts facts;
	struct buf row;
};

static void count_words(struct tree_index *x, const uint32_t *words, size_t count)
{
	for (size_t i = 0; x->counters && i < count; i++)
		atomic_fetch_add_explicit(&x->counters[words[i] % COUNTERS], 1, memory_order_relaxed);
}

static void keep_facts(struct index_file *f, const struct file_facts *facts)
{
	f->nature = facts->nature;
	f->language = facts->language;
	f->bytes = facts->bytes;
	f->lines = facts->lines;
	f->tokens = facts->tokens;
	f->hash = facts->hash;
	f->symbol_count = (uint32_t)facts->outline.count;
	f->unbalanced = facts->outline.unbalanced;
	f->unbalanced_line = facts->outline.unbalanced_line;
}

static void scan_item(struct scanner *s, size_t i)
{
	const struct index_options *options = s->scan->options;
	struct tree_index *x = s->scan->x;
	struct item *item = &x->items[i];
	struct walk_entry entry = {.kind = WALK_FILE, .size_bytes = item->size_bytes, .mtime_ns = item->mtime_ns,
	                           .ctime_ns = item->ctime_ns, .inode = item->inode, .device = item->device, .mode = item->mode};
	struct span text;
	struct err err = {0};
	/* Names in the arena end in NUL. */
	entry.path = span_from(item->file.path, item->prefix_len);
	entry.name = entry.path.ptr;
	entry.dir = s->scan->roots->fds[item->root];
	enum err_code code = file_read(s->reader, &entry, &s->facts, &text, &err);
	if (code != ERR_OK) {
		pthread_mutex_lock(&s->scan->lock);
		item->file.code = code;
		item->file.trouble = arena_dup(&x->text, span_of_str(err.text)).ptr;
		pthread_mutex_unlock(&s->scan->lock);
		if (code != ERR_CHANGED)
			return;
	}
	keep_facts(&item->file, &s->facts);
	bool wants_words = options->words == INDEX_WORDS_OF_ALL || (options->words == INDEX_WORDS_OF_TESTS && item->file.is_test);
	const uint32_t *words = NULL;
	size_t word_count = wants_words && s->facts.nature == FILE_SOURCE && s->facts.language ? words_of(s->words, text, &words) : 0;
	count_words(x, words, word_count);
	if (s->facts.outline.count || s->facts.outline.imports.len || word_count) {
		buf_clear(&s->row);
		packed_write(&s->facts, words, word_count, &s->row);
		item->row = hold_add(&s->writer, buf_span(&s->row));
	}
	if (options->look)
		options->look(options->user, s->number, i, &s->facts, text);
}

static void *scan_files(void *user)
{
	struct scanner *s = user;
	struct tree_index *x = s->scan->x;
	s->reader = file_reader_new(s->scan->options->encoding);
	s->words = words_new();
	s->writer.hold = x->hold;
	for (size_t begin; (begin = atomic_fetch_add(&s->scan->next, CHUNK_FILES)) < x->count;)
		for (size_t i = begin; i < x->count && i < begin + CHUNK_FILES; i++)
			if (x->items[i].file.kind == WALK_FILE)
				scan_item(s, i);
	file_reader_free(s->reader);
	words_free(s->words);
	file_facts_release(&s->facts);
	buf_release(&s->row);
	return NULL;
}

static unsigned processors(void)
{
	cpu_set_t set;
	int count = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
	return count > 0 ? (unsigned)count : 1;
}

static void scan_all(struct tree_index *x, const struct index_options *options, const struct roots *roots)
{
	struct scan scan = {.x = x, .options = options, .roots = roots};
	unsigned count = options->threads ? options->threads : processors();
	if (count > THREADS_MOST)
		count = THREADS_MOST;
	pthread_mutex_init(&scan.lock, NULL);
	struct scanner *scanners = mem_zalloc(count, sizeof *scanners);
	pthread_t *threads = mem_zalloc(count, sizeof *threads);
	unsigned started = 0;
	for (unsigned i = 0; i < count; i++)
		scanners[i] = (struct scanner){.scan = &scan, .number = i};
	/* This thread is the first; where no more can be had, it does the work of all. */
	for (unsigned i = 1; i < count && pthread_create(&threads[i], NULL, scan_files, &scanners[i]) == 0; i++)
		started = i;
	scan_files(&scanners[0]);
	for (unsigned i = 1; i <= started; i++)
		pthread_join(threads[i], NULL);
	free(threads);
	free(scanners);
	pthread_mutex_destroy(&scan.lock);
}

static bool language_wanted(const struct index_options *options, const struct index_file *f)
{
	for (size_t i = 0; i < options->language_count; i++)
		if (f->language && f->language == options->languages[i])
			return true;
	return options->languages == NULL;
}

enum err_code tree_index_build(struct tree_index **out, const char *const *paths, size_t path_count,
                               const struct index_options *options, struct err *err)
{
	struct tree_index *x = *out = mem_zalloc(1, sizeof *x);
	struct roots roots = {.fds = mem_zalloc(path_count, sizeof *roots.fds)};
	enum err_code code = ERR_OK;
	x->hold = hold_new(INDEX_HELD_BYTES);
	if (options->words == INDEX_WORDS_OF_ALL)
		x->counters = mem_zalloc(COUNTERS, sizeof *x->counters);
	for (size_t i = 0; i < path_count; i++) {
		struct err one = {0};
		enum err_code each = walk_from(x, paths[i], i, options, &roots, &one);
		if (each != ERR_OK && code == ERR_OK) {
			code = each;
			if (err)
				*err = one;
		}
	}
	sort_items(x);
	scan_all(x, options, &roots);
	for (size_t i = 0; i < roots.count; i++)
		if (roots.fds[i] >= 0)
			close(roots.fds[i]);
	free(roots.fds);
	size_t kept = 0;
	for (size_t i = 0; i < x->count; i++)
		if (language_wanted(options, &x->items[i].file))
			x->items[kept++] = x->items[i];
	x->count = kept;
	return code;
}

/* ---- rows --------------------------------------------------------------------------------------------------------- */

const struct outline *tree_index_outline(struct tree_index *x, size_t i, struct index_cursor *c)
{
	struct span row = hold_read(x->hold, x->items[i].row, &c->row);
	if (!row.len || !packed_read(row, &c->facts, &c->words)) {
		outline_reset(&c->facts.outline);
		c->facts.outline.language = x->items[i].file.language;
	}
	return &c->facts.outline;
}

size_t tree_index_words(struct tree_index *x, size_t i, struct index_cursor *c, const uint32_t **out)
{
	struct span row = hold_read(x->hold, x->items[i].row, &c->row);
	if (!row.len || !packed_read_words(row, &c->words))
		buf_clear(&c->words);
	*out = (const uint32_t *)(const void *)c->words.ptr;
	return c->words.len / sizeof **out;
}

uint32_t tree_index_files_with(const struct tree_index *x, uint32_t word)
{
	return x->counters ? atomic_load_explicit(&x->counters[word % COUNTERS], memory_order_relaxed) : 0;
}
