#include "tree/index.h"

#include "base/arena.h"
#include "base/build_id.h"
#include "base/mem.h"
#include "tree/builtin_languages.h"
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
	bool cached;           /* its row is in the cache */
};

struct start {
	int fd;              /* owned: of the folder that entries are opened from */
	struct cache *cache; /* owned, or NULL */
};

struct tree_index {
	const struct index_options *options; /* borrowed until the scan is over */
	struct start *starts; /* owned */
	size_t start_count;
	bool has_state;       /* of the first start */
	struct hash128 state;
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
	for (size_t i = 0; i < x->start_count; i++) {
		cache_free(x->starts[i].cache);
		if (x->starts[i].fd >= 0)
			close(x->starts[i].fd);
	}
	free(x->starts);
	free(x->counters);
	free(x);
}

size_t tree_index_count(const struct tree_index *x) { return x->count; }
const struct index_file *tree_index_file(const struct tree_index *x, size_t i) { return &x->items[i].file; }
const char *tree_index_repository(const struct tree_index *x) { return x->repository ? x->repository : ""; }

/* ---- walking ------------------------------------------------------------------------------------------------------ */

void tree_index_prefix(struct buf *out, const char *root)
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
	if (entry->kind == WALK_FAILED) {
		item->file.code = ERR_INPUT;
		item->file.trouble = arena_dup(&x->text, span_of_str(entry->error.text)).ptr;
	}
}

/* All that makes a row what it is, but the file. */
static struct hash128 form_of_rows(const struct index_options *options, struct span prefix)
{
	struct buf form = {0};
	buf_addf(&form, "row %d, words %d, %s, build ", PACKED_VERSION, (int)options->words, encoding_name(options->encoding));
	build_id(&form);
	/* Whether a file is a test, and so has words, is told by its whole path. */
	buf_addf(&form, " below %zu ", prefix.len);
	buf_add_span(&form, prefix);
	for (size_t i = 0; i < builtin_language_count; i++)
		buf_add(&form, builtin_languages[i].yaml, builtin_languages[i].yaml_bytes);
	struct hash128 hash = hash128_of(form.ptr, form.len);
	buf_release(&form);
	return hash;
}

static enum err_code walk_from(struct tree_index *x, const char *root, size_t number, struct err *err)
{
	const struct index_options *options = x->options;
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
		tree_index_prefix(&prefix, root);
	} else {
		/* One file: it is opened from its folder. */
		struct span folder = path_folder(span_of_str(root));
		char *name = mem_strndup(folder.len ? folder.ptr : ".", folder.len ? folder.len : 1);
		fd = open(name, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (folder.len)
			tree_index_prefix(&prefix, name);
		free(name);
	}
	x->starts[number].fd = fd;
	if (options->cache && !options->look)
		x->starts[number].cache = cache_open(walk, form_of_rows(options, buf_span(&prefix)));
	if (number == 0 && options->expected)
		cache_result_expect(x->starts[0].cache, *options->expected);
	struct cache_state *state = number == 0 && x->starts[0].cache ? cache_state_new() : NULL;
	struct span before = buf_span(&prefix);
	while (walk_next(walk, &entry)) {
		if (state)
			cache_state_add(state, &entry);
		add_item(x, &entry, before, number);
		struct span path = x->items[x->count - 1].file.path;
		if (options->wanted && !options->wanted(options->user, number, path, span_from(path, before.len)))
			x->count--;
	}
	x->has_state = state ? cache_state_done(state, &x->state) : x->has_state;
	cache_state_free(state);
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
	struct buf row, cached_words;
};

static void count_words(struct tree_index *x, const uint32_t *words, size_t count)
{
	for (size_t i = 0; x->counters && i < count; i++)
		atomic_fetch_add_explicit(&x->counters[words[i] % COUNTERS], 1, memory_order_relaxed);
}

static void keep_facts(struct index_file *f, const struct file_facts *facts, size_t symbol_count)
{
	f->nature = facts->nature;
	f->language = facts->language;
	f->bytes = facts->bytes;
	f->lines = facts->lines;
	f->tokens = facts->tokens;
	f->hash = facts->hash;
	f->symbol_count = (uint32_t)symbol_count;
	f->unbalanced = facts->outline.unbalanced;
	f->unbalanced_line = facts->outline.unbalanced_line;
}

/* As the walk gave it; path and name end in NUL, for they are in the arena. */
static struct walk_entry entry_of(const struct tree_index *x, const struct item *item)
{
	struct span path = span_from(item->file.path, item->prefix_len);
	return (struct walk_entry){.kind = item->file.kind, .path = path, .dir = x->starts[item->root].fd, .name = path.ptr,
	                           .size_bytes = item->size_bytes, .mtime_ns = item->mtime_ns, .ctime_ns = item->ctime_ns,
	                           .inode = item->inode, .device = item->device, .mode = item->mode};
}

static bool take_from_cache(struct scanner *s, struct item *item, const struct walk_entry *entry)
{
	struct tree_index *x = s->scan->x;
	uint32_t symbol_count;
	if (!cache_find(x->starts[item->root].cache, entry, &s->row) ||
	    !packed_read_head(buf_span(&s->row), &s->facts, &symbol_count))
		return false;
	keep_facts(&item->file, &s->facts, symbol_count);
	if (x->counters && packed_read_words(buf_span(&s->row), &s->cached_words))
		count_words(x, (const uint32_t *)(const void *)s->cached_words.ptr, s->cached_words.len / sizeof(uint32_t));
	return item->cached = true;
}

static void scan_item(struct scanner *s, size_t i)
{
	struct tree_index *x = s->scan->x;
	const struct index_options *options = x->options;
	struct item *item = &x->items[i];
	struct walk_entry entry = entry_of(x, item);
	struct cache *cache = x->starts[item->root].cache;
	struct span text;
	struct err err = {0};
	if (take_from_cache(s, item, &entry))
		return;
	enum err_code code = file_read(s->reader, &entry, &s->facts, &text, &err);
	if (code != ERR_OK) {
		pthread_mutex_lock(&s->scan->lock);
		item->file.code = code;
		item->file.trouble = arena_dup(&x->text, span_of_str(err.text)).ptr;
		pthread_mutex_unlock(&s->scan->lock);
		if (code != ERR_CHANGED)
			return;
	}
	keep_facts(&item->file, &s->facts, s->facts.outline.count);
	bool wants_words = options->words == INDEX_WORDS_OF_ALL || (options->words == INDEX_WORDS_OF_TESTS && item->file.is_test);
	const uint32_t *words = NULL;
	size_t word_count = wants_words && s->facts.nature == FILE_SOURCE && s->facts.language ? words_of(s->words, text, &words) : 0;
	count_words(x, words, word_count);
	bool has_row = s->facts.outline.count || s->facts.outline.imports.len || word_count;
	if (has_row || cache) {
		buf_clear(&s->row);
		packed_write(&s->facts, words, word_count, &s->row);
	}
	if (has_row)
		item->row = hold_add(&s->writer, buf_span(&s->row));
	if (cache && code == ERR_OK)
		cache_keep(cache, &entry, s->facts.hash, buf_span(&s->row));
	if (options->look)
		options->look(options->user, s->number, i, &s->facts, text);
}

static void *scan_files(void *user)
{
	struct scanner *s = user;
	struct tree_index *x = s->scan->x;
	s->reader = file_reader_new(s->scan->x->options->encoding);
	s->words = words_new();
	s->writer.hold = x->hold;
	for (size_t begin; (begin = atomic_fetch_add(&s->scan->next, CHUNK_FILES)) < x->count;)
		for (size_t i = begin; i < x->count && i < begin + CHUNK_FILES; i++) {
			x->items[i].file.is_test = path_is_test(x->items[i].file.path);
			if (x->items[i].file.kind == WALK_FILE)
				scan_item(s, i);
		}
	file_reader_free(s->reader);
	words_free(s->words);
	file_facts_release(&s->facts);
	buf_release(&s->row);
	buf_release(&s->cached_words);
	return NULL;
}

static unsigned processors(void)
{
	cpu_set_t set;
	int count = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
	return count > 0 ? (unsigned)count : 1;
}

static void scan_all(struct tree_index *x)
{
	struct scan scan = {.x = x};
	unsigned count = x->options->threads ? x->options->threads : processors();
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

enum err_code tree_index_walk(struct tree_index **out, const char *const *paths, size_t path_count,
                              const struct index_options *options, struct err *err)
{
	struct tree_index *x = *out = mem_zalloc(1, sizeof *x);
	enum err_code code = ERR_OK;
	x->options = options;
	x->starts = mem_zalloc(path_count, sizeof *x->starts);
	x->start_count = path_count;
	for (size_t i = 0; i < path_count; i++)
		x->starts[i].fd = -1;
	for (size_t i = 0; i < path_count; i++) {
		struct err one = {0};
		enum err_code each = walk_from(x, paths[i], i, &one);
		if (each != ERR_OK && code == ERR_OK) {
			code = each;
			if (err)
				*err = one;
		}
	}
	sort_items(x);
	return code;
}

void tree_index_scan(struct tree_index *x)
{
	x->hold = hold_new(INDEX_HELD_BYTES);
	if (x->options->words == INDEX_WORDS_OF_ALL)
		x->counters = mem_zalloc(COUNTERS, sizeof *x->counters);
	scan_all(x);
	/* What could not be written is only missing from the next run's speed. */
	for (size_t i = 0; i < x->start_count; i++)
		cache_commit(x->starts[i].cache, NULL);
	size_t kept = 0;
	for (size_t i = 0; i < x->count; i++)
		if (language_wanted(x->options, &x->items[i].file))
			x->items[kept++] = x->items[i];
	x->count = kept;
	x->options = NULL;
}

enum err_code tree_index_build(struct tree_index **out, const char *const *paths, size_t path_count,
                               const struct index_options *options, struct err *err)
{
	enum err_code code = tree_index_walk(out, paths, path_count, options, err);
	tree_index_scan(*out);
	return code;
}

struct cache *tree_index_cache(const struct tree_index *x) { return x->start_count ? x->starts[0].cache : NULL; }

bool tree_index_state(const struct tree_index *x, struct hash128 *state)
{
	*state = x->state;
	return x->has_state && x->start_count == 1;
}

/* ---- rows --------------------------------------------------------------------------------------------------------- */

static struct span row_of(struct tree_index *x, size_t i, struct index_cursor *c)
{
	struct item *item = &x->items[i];
	if (!item->cached)
		return hold_read(x->hold, item->row, &c->row);
	struct walk_entry entry = entry_of(x, item);
	cache_find(x->starts[item->root].cache, &entry, &c->row);
	return buf_span(&c->row);
}

const struct outline *tree_index_outline(struct tree_index *x, size_t i, struct index_cursor *c)
{
	struct span row = row_of(x, i, c);
	if (!row.len || !packed_read(row, &c->facts, &c->words)) {
		outline_reset(&c->facts.outline);
		c->facts.outline.language = x->items[i].file.language;
	}
	return &c->facts.outline;
}

size_t tree_index_words(struct tree_index *x, size_t i, struct index_cursor *c, const uint32_t **out)
{
	struct span row = row_of(x, i, c);
	if (!row.len || !packed_read_words(row, &c->words))
		buf_clear(&c->words);
	*out = (const uint32_t *)(const void *)c->words.ptr;
	return c->words.len / sizeof **out;
}

uint32_t tree_index_files_with(const struct tree_index *x, uint32_t word)
{
	return x->counters ? atomic_load_explicit(&x->counters[word % COUNTERS], memory_order_relaxed) : 0;
}
