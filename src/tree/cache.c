#include "tree/cache.h"

#include "base/mem.h"
#include "tree/cache_folder.h"
#include "tree/cache_internal.h"
#include "tree/cache_table.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
	PACK_BUFFER_BYTES = 1024 * 1024,
	READ_BYTES = 256 * 1024,
	PACKS_BEFORE_COMPACTION = 8,
	UNUSED_DAYS = 7,         /* rows that no walk met for so long are dropped when a table is written */
	HASHED_BYTES_MOST = 16 * 1024 * 1024, /* a larger file is not read only to compare it: reading it is most of the work */
};

/* A pack that is being written. */
struct writing {
	int fd;
	char name[CACHE_NAME_BYTES]; /* temporary */
	struct buf pending;
	uint64_t bytes;              /* with those pending */
	bool failed;
};

struct cache {
	int folder;
	char id[CACHE_ID_CHARS + 1];
	uint64_t cap_bytes;
	int64_t opened_ns;
	pthread_mutex_t lock;    /* of all below but `old` once it was read, which then only lookups see */
	bool loaded;
	struct cache_table old;
	bool *used;              /* rows of `old` that a walk met */
	struct refreshed {
		size_t row;
		struct cache_row now; /* only what stat says, and `fresh` */
	} *refreshed;            /* owned */
	size_t refreshed_count, refreshed_cap;
	struct cache_table fresh; /* new rows; they all are in `writing` */
	struct writing writing;
	struct cache_sending *expected; /* owned, or NULL */
};

int64_t cache_now_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* A change sets the time of change, which nobody can set back. One that comes in the same tick of the file system's clock as the
 * last does not show; where times have a fraction, ticks are of some milliseconds, else of up to two seconds. */
bool cache_is_fresh(const struct walk_entry *e, int64_t before_ns)
{
	int64_t tick = e->ctime_ns % 1000000 ? 100000000 : 2000000000;
	return e->ctime_ns > before_ns - tick;
}

int cache_folder_fd(const struct cache *c) { return c->folder; }
const char *cache_id(const struct cache *c) { return c->id; }
uint64_t cache_cap(const struct cache *c) { return c->cap_bytes; }
struct cache_sending **cache_expected(struct cache *c) { return &c->expected; }

struct cache *cache_open(const struct walk *w, struct hash128 form)
{
	uint64_t cap = cache_cap_bytes();
	int folder = cap ? cache_folder_open() : -1;
	if (folder < 0)
		return NULL;
	struct cache *c = mem_zalloc(1, sizeof *c);
	c->folder = folder;
	c->cap_bytes = cap;
	c->writing.fd = -1;
	c->opened_ns = cache_now_ns();
	pthread_mutex_init(&c->lock, NULL);
	struct hasher *h = hasher_new();
	hasher_feed(h, &form, sizeof form);
	hasher_feed(h, walk_root(w), strlen(walk_root(w)));
	hash128_hex(hasher_digest(h), c->id);
	hasher_free(h);
	return c;
}

static void drop_writing(struct cache *c)
{
	struct writing *w = &c->writing;
	if (w->fd >= 0) {
		close(w->fd);
		unlinkat(c->folder, w->name, 0);
	}
	w->fd = -1;
	buf_release(&w->pending);
}

void cache_free(struct cache *c)
{
	if (!c)
		return;
	cache_sending_free(c->expected);
	drop_writing(c);
	cache_table_release(&c->old);
	cache_table_release(&c->fresh);
	free(c->used);
	free(c->refreshed);
	close(c->folder);
	pthread_mutex_destroy(&c->lock);
	free(c);
}

static void load(struct cache *c)
{
	pthread_mutex_lock(&c->lock);
	if (!c->loaded) {
		/* Who asks for rows has no use for a result. */
		cache_sending_free(c->expected);
		c->expected = NULL;
		cache_table_read(&c->old, c->folder, c->id);
		c->used = mem_zalloc(c->old.count + 1, sizeof *c->used);
		__atomic_store_n(&c->loaded, true, __ATOMIC_RELEASE);
	}
	pthread_mutex_unlock(&c->lock);
}

/* The bytes of a row, when they are what was written. */
static bool read_row(const struct cache_table *t, const struct cache_row *r, struct buf *row)
{
	int fd = t->packs[r->pack].fd;
	buf_clear(row);
	if (fd < 0)
		return false;
	buf_reserve(row, r->row_len);
	if (!cache_read_at(fd, row->ptr, r->row_len, r->row_off) || hash64(row->ptr, r->row_len) != r->row_sum)
		return false;
	row->len = r->row_len;
	row->ptr[row->len] = 0;
	return true;
}

static bool same_stat(const struct cache_row *r, const struct walk_entry *e)
{
	return r->size_bytes == e->size_bytes && r->mtime_ns == e->mtime_ns && r->ctime_ns == e->ctime_ns && r->inode == e->inode &&
	       r->device == e->device;
}

static bool is_still(int fd, const struct walk_entry *e)
{
	struct stat st;
	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (uint64_t)st.st_size == e->size_bytes && st.st_ino == e->inode &&
	       st.st_dev == e->device &&
	       (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec == e->mtime_ns &&
	       (int64_t)st.st_ctim.tv_sec * 1000000000 + st.st_ctim.tv_nsec == e->ctime_ns;
}

/* Whether the file's bytes have this hash, and it is the file that the walk saw before and after. */
static bool has_content(const struct walk_entry *e, struct hash128 content)
{
	int fd = openat(e->dir, e->name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return false;
	bool same = is_still(fd, e);
	if (same) {
		struct hasher *h = hasher_new();
		char *bytes = mem_alloc(READ_BYTES);
		for (uint64_t off = 0; same && off < e->size_bytes;) {
			uint64_t left = e->size_bytes - off;
			size_t len = left < READ_BYTES ? (size_t)left : (size_t)READ_BYTES;
			same = cache_read_at(fd, bytes, len, off);
			hasher_feed(h, bytes, len);
			off += len;
		}
		same = same && hash128_eq(hasher_digest(h), content) && is_still(fd, e);
		free(bytes);
		hasher_free(h);
	}
	close(fd);
	return same;
}

static void take_stat(struct cache_row *r, const struct walk_entry *e, int64_t before_ns)
{
	r->size_bytes = e->size_bytes;
	r->mtime_ns = e->mtime_ns;
	r->ctime_ns = e->ctime_ns;
	r->inode = e->inode;
	r->device = e->device;
	r->fresh = cache_is_fresh(e, before_ns);
}

bool cache_find(struct cache *c, const struct walk_entry *entry, struct buf *row)
{
	buf_clear(row);
	if (!c || entry->kind != WALK_FILE)
		return false;
	if (!__atomic_load_n(&c->loaded, __ATOMIC_ACQUIRE))
		load(c);
	size_t i = cache_table_find(&c->old, entry->path);
	if (i == SIZE_MAX)
		return false;
	const struct cache_row *r = &c->old.rows[i];
	bool same = same_stat(r, entry);
	if (same && !r->fresh) {
		if (!read_row(&c->old, r, row))
			return false;
		__atomic_store_n(&c->used[i], true, __ATOMIC_RELAXED);
		return true;
	}
	if (r->size_bytes != entry->size_bytes || r->size_bytes > HASHED_BYTES_MOST || !read_row(&c->old, r, row))
		return false;
	if (!has_content(entry, r->content)) {
		buf_clear(row);
		return false;
	}
	struct refreshed now = {.row = i};
	take_stat(&now.now, entry, c->opened_ns);
	__atomic_store_n(&c->used[i], true, __ATOMIC_RELAXED);
	if (!same || !now.now.fresh) {
		pthread_mutex_lock(&c->lock);
		MEM_GROW(c->refreshed, c->refreshed_cap, c->refreshed_count + 1);
		c->refreshed[c->refreshed_count++] = now;
		pthread_mutex_unlock(&c->lock);
	}
	return true;
}

/* ---- keeping ------------------------------------------------------------------------------------------------------ */

static void flush(struct writing *w)
{
	if (!w->failed && w->pending.len && !cache_write_all(w->fd, w->pending.ptr, w->pending.len))
		w->failed = true;
	buf_clear(&w->pending);
}

/* Under the lock. False: it was not taken. */
static bool write_row(struct cache *c, struct span bytes, struct cache_row *r)
{
	struct writing *w = &c->writing;
	if (w->fd < 0 && !w->failed) {
		w->fd = cache_temporary(c->folder, w->name);
		w->failed = w->fd < 0;
		if (!w->failed)
			buf_reserve(&w->pending, PACK_BUFFER_BYTES);
	}
	if (w->failed || bytes.len > UINT32_MAX || w->bytes + bytes.len > c->cap_bytes / 2)
		return false;
	r->row_off = w->bytes;
	r->row_len = (uint32_t)bytes.len;
	r->row_sum = hash64(bytes.ptr, bytes.len);
	if (w->pending.len + bytes.len > PACK_BUFFER_BYTES)
		flush(w);
	buf_add_span(&w->pending, bytes);
	w->bytes += bytes.len;
	return !w->failed;
}

static uint32_t today(const struct cache *c) { return (uint32_t)(c->opened_ns / 1000000000 / 86400); }

void cache_keep(struct cache *c, const struct walk_entry *entry, struct hash128 content, struct span row)
{
	if (!c || entry->kind != WALK_FILE || !row.len)
		return;
	struct cache_row r = {.content = content, .used_day = today(c)};
	take_stat(&r, entry, c->opened_ns);
	pthread_mutex_lock(&c->lock);
	if (cache_table_find(&c->fresh, entry->path) == SIZE_MAX && write_row(c, row, &r))
		cache_table_add(&c->fresh, entry->path, r);
	pthread_mutex_unlock(&c->lock);
}

/* ---- committing --------------------------------------------------------------------------------------------------- */

/* Old rows that go on, with what is known of them now. */
static void choose_old(struct cache *c, bool *keep)
{
	for (size_t i = 0; i < c->refreshed_count; i++) {
		const struct cache_row *now = &c->refreshed[i].now;
		struct cache_row *r = &c->old.rows[c->refreshed[i].row];
		r->mtime_ns = now->mtime_ns;
		r->ctime_ns = now->ctime_ns;
		r->inode = now->inode;
		r->device = now->device;
		r->fresh = now->fresh;
	}
	for (size_t i = 0; i < c->old.count; i++) {
		struct cache_row *r = &c->old.rows[i];
		if (c->used[i])
			r->used_day = today(c);
		keep[i] = c->old.packs[r->pack].fd >= 0 && r->used_day + UNUSED_DAYS >= today(c) &&
			  cache_table_find(&c->fresh, cache_row_path(&c->old, r)) == SIZE_MAX;
	}
}

/* Another process may have made room, or made one pack of several, since the packs were opened. */
static bool lost_a_name(const struct cache *c)
{
	bool lost = false;
	for (size_t i = 0; i < c->old.pack_count; i++) {
		char name[CACHE_NAME_BYTES];
		struct stat st;
		snprintf(name, sizeof name, "%s.%016" PRIx64 ".pack", c->id, c->old.packs[i].number);
		lost |= c->old.packs[i].fd >= 0 && fstatat(c->folder, name, &st, AT_SYMLINK_NOFOLLOW) != 0;
	}
	return lost;
}

static bool should_compact(const struct cache *c, const bool *keep)
{
	if (lost_a_name(c))
		return true;
	uint64_t live = 0, all = 0;
	for (size_t i = 0; i < c->old.count; i++)
		live += keep[i] ? c->old.rows[i].row_len : 0;
	for (size_t i = 0; i < c->old.pack_count; i++)
		all += c->old.packs[i].bytes;
	return c->old.pack_count >= PACKS_BEFORE_COMPACTION || live < all / 2;
}

/* The table to be written: what is kept of the old, then what is new. Rows move into the pack that is being written when
 * `compact`. */
static void merge(struct cache *c, const bool *keep, bool compact, struct cache_table *into)
{
	struct buf row = {0};
	size_t number[CACHE_PACKS_MOST] = {0};
	for (size_t i = 0; !compact && i < c->old.pack_count; i++) {
		bool live = false;
		for (size_t r = 0; r < c->old.count && !live; r++)
			live = keep[r] && c->old.rows[r].pack == i;
		number[i] = into->pack_count;
		if (live) {
			into->packs[into->pack_count] = c->old.packs[i];
			into->packs[into->pack_count++].fd = -1; /* stays the old table's */
		}
	}
	uint32_t own = (uint32_t)into->pack_count;
	for (size_t i = 0; i < c->old.count; i++) {
		struct cache_row r = c->old.rows[i];
		if (!keep[i])
			continue;
		if (compact && (!read_row(&c->old, &r, &row) || !write_row(c, buf_span(&row), &r)))
			continue;
		r.pack = compact ? own : (uint32_t)number[r.pack];
		cache_table_add(into, cache_row_path(&c->old, &c->old.rows[i]), r);
	}
	for (size_t i = 0; i < c->fresh.count; i++) {
		struct cache_row r = c->fresh.rows[i];
		r.pack = own;
		cache_table_add(into, cache_row_path(&c->fresh, &c->fresh.rows[i]), r);
	}
	buf_release(&row);
}

static bool publish_pack(struct cache *c, struct cache_table *t)
{
	struct writing *w = &c->writing;
	if (w->fd < 0)
		return true;
	flush(w);
	char name[CACHE_NAME_BYTES];
	struct cache_pack pack = {.number = cache_random(), .bytes = w->bytes, .fd = -1};
	snprintf(name, sizeof name, "%s.%016" PRIx64 ".pack", c->id, pack.number);
	if (w->failed || renameat(c->folder, w->name, c->folder, name) != 0)
		return false;
	close(w->fd);
	w->fd = -1;
	t->packs[t->pack_count++] = pack;
	return true;
}

static bool publish_table(struct cache *c, const struct cache_table *t)
{
	char temporary[CACHE_NAME_BYTES], name[CACHE_NAME_BYTES];
	int fd = cache_temporary(c->folder, temporary);
	if (fd < 0)
		return false;
	snprintf(name, sizeof name, "%s.table", c->id);
	bool good = cache_table_write(t, fd) && renameat(c->folder, temporary, c->folder, name) == 0;
	int code = errno;
	close(fd);
	if (!good)
		unlinkat(c->folder, temporary, 0);
	errno = code;
	return good;
}

/* Those of this run's old table, and those of a table that another process wrote meanwhile and this one replaced. */
static void delete_other_packs(struct cache *c, const struct cache_table *now)
{
	int fd = openat(c->folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir) {
		if (fd >= 0)
			close(fd);
		return;
	}
	struct dirent *entry;
	while ((entry = readdir(dir))) {
		struct span name = span_of_str(entry->d_name);
		bool live = !span_starts(name, span_of_str(c->id)) || !span_ends(name, SPAN(".pack"));
		for (size_t j = 0; j < now->pack_count && !live; j++) {
			char own[CACHE_NAME_BYTES];
			snprintf(own, sizeof own, "%s.%016" PRIx64 ".pack", c->id, now->packs[j].number);
			live = strcmp(own, entry->d_name) == 0;
		}
		if (!live)
			unlinkat(c->folder, entry->d_name, 0);
	}
	closedir(dir);
}

enum err_code cache_commit(struct cache *c, struct err *err)
{
	if (!c || !c->loaded)
		return ERR_OK;
	char name[CACHE_NAME_BYTES];
	snprintf(name, sizeof name, "%s.table", c->id);
	if (!c->fresh.count && !c->refreshed_count) {
		cache_touch(c->folder, name);
		return ERR_OK;
	}
	/* Who is busy with it writes about the same; what this run found out is then found out again some time. */
	if (!cache_lock(c->folder))
		return ERR_OK;
	struct cache_table now = {0};
	bool *keep = mem_zalloc(c->old.count + 1, sizeof *keep);
	choose_old(c, keep);
	merge(c, keep, should_compact(c, keep), &now);
	bool good = publish_pack(c, &now) && publish_table(c, &now);
	enum err_code code = good ? ERR_OK : err_set(err, ERR_STORE, "the cache cannot be written: %s", strerror(errno));
	if (good)
		delete_other_packs(c, &now);
	cache_evict(c->folder, c->id, c->cap_bytes);
	cache_unlock(c->folder);
	drop_writing(c);
	free(keep);
	cache_table_release(&now);
	return code;
}
