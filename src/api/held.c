#include "api/held.h"

#include <assert.h>

void shelf_init(struct shelf *s, size_t memory_bytes) { *s = (struct shelf){.memory_bytes = memory_bytes}; }

void shelf_release(struct shelf *s)
{
	original_free(s->spool);
	*s = (struct shelf){0};
}

void held_init_stream(struct held *h, struct shelf *shelf, struct store *store)
{
	*h = (struct held){.shelf = shelf, .store = store, .scratch = !store, .hasher = store ? NULL : hasher_new()};
}

static bool is_same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

enum err_code held_init_file(struct held *h, struct shelf *shelf, const char *path, const struct stat *before, struct err *err)
{
	struct stat now;
	*h = (struct held){.shelf = shelf};
	enum err_code code = original_of_file(&h->file, path, err);
	if (code == ERR_OK && (stat(path, &now) != 0 || !is_same_file(before, &now)))
		code = err_set(err, ERR_CHANGED, "%s: changed while it was opened", path);
	if (code != ERR_OK) {
		held_release(h);
		return code;
	}
	h->hasher = hasher_new();
	h->file_open = true;
	shelf->open_files++;
	return ERR_OK;
}

static void drop_memory(struct held *h)
{
	h->shelf->held_bytes -= h->memory.len;
	buf_release(&h->memory);
}

void held_release(struct held *h)
{
	if (h->shelf)
		drop_memory(h);
	if (h->file_open)
		h->shelf->open_files--;
	original_free(h->file);
	store_abort(h->writer);
	hasher_free(h->hasher);
	sample_release(&h->sample);
	*h = (struct held){0};
}

static void spool(struct held *h, uint64_t off, struct span bytes)
{
	struct shelf *s = h->shelf;
	if (!s->spool)
		s->spool = original_of_stream(s->memory_bytes);
	if (!h->spooled) {
		h->spooled = true;
		h->spool_off = off;
		h->spool_at = original_size(s->spool);
	}
	assert(h->spool_at + (off - h->spool_off) == original_size(s->spool));
	original_append(s->spool, bytes, h->spool_err.code == ERR_OK ? &h->spool_err : NULL);
}

static void spool_salvaged(void *user, uint64_t from, struct span bytes)
{
	struct held *h = user;
	spool(h, h->spooled ? h->spool_off + h->salvaged_bytes : from, bytes);
	h->salvaged_bytes += bytes.len;
}

/* The store failed: what it has stays readable through the writer, the rest is spooled. */
static void give_up_storing(struct held *h, const struct err *why)
{
	h->store_err = *why;
	h->store = NULL;
	if (h->writer) {
		store_writer_salvage(h->writer, spool_salvaged, h);
		h->hasher = store_writer_take_hasher(h->writer);
	} else {
		h->hasher = hasher_new();
	}
}

/* Gives bytes, which begin at `off`, to the store, or to the spool once the store fails. The store hashes what it takes. */
static void store_or_spool(struct held *h, uint64_t off, struct span bytes)
{
	struct err err = {0};
	if (h->store && !h->writer && store_begin(h->store, &h->writer, &err) != ERR_OK)
		give_up_storing(h, &err);
	if (h->store) {
		if (store_append(h->writer, bytes, &err) == ERR_OK)
			return;
		size_t taken = (size_t)(store_writer_appended(h->writer) - off);
		bytes = span_from(bytes, taken);
		off += taken;
		give_up_storing(h, &err);
	}
	hasher_feed(h->hasher, bytes.ptr, bytes.len);
	spool(h, off, bytes);
}

/* Out of memory into what lasts. */
static void move_on(struct held *h)
{
	store_or_spool(h, 0, buf_span(&h->memory));
	drop_memory(h);
}

void held_append(struct held *h, struct span bytes)
{
	if (h->sampling)
		sample_feed(&h->sample, h->bytes, bytes);
	if (h->file) {
		hasher_feed(h->hasher, bytes.ptr, bytes.len);
	} else if (h->store && !h->writer && h->shelf->held_bytes + bytes.len <= h->shelf->memory_bytes) {
		buf_add_span(&h->memory, bytes);
		h->shelf->held_bytes += bytes.len;
	} else {
		if (h->store && !h->writer)
			move_on(h);
		store_or_spool(h, h->bytes, bytes);
	}
	h->bytes += bytes.len;
}

void held_forget(struct held *h, uint64_t from, uint64_t to)
{
	if (h->scratch)
		original_forget(h->shelf->spool, h->spool_at + from, h->spool_at + to);
}

void held_settle(struct held *h, uint64_t to)
{
	if (h->scratch)
		original_settle(h->shelf->spool, h->spool_at + to);
}

uint64_t held_scratch(struct held *h) { return h->scratch && h->spooled ? original_kept(h->shelf->spool) : 0; }

void held_close(struct held *h)
{
	struct err err = {0};
	if (h->store && h->writer && store_writer_rest(h->writer, &err) != ERR_OK)
		give_up_storing(h, &err);
	h->hash = h->hasher   ? hasher_digest(h->hasher)
	          : h->writer ? store_writer_hash(h->writer)
	                      : hash128_of(h->memory.ptr, h->memory.len);
	hasher_free(h->hasher);
	h->hasher = NULL;
	if (h->file && h->shelf->open_files > SHELF_OPEN_FILES) {
		original_rest(h->file);
		h->shelf->open_files--;
		h->file_open = false;
	}
}

enum err_code held_read(struct held *h, uint64_t off, void *into, size_t len, struct err *err)
{
	if (off > h->bytes || len > h->bytes - off)
		return err_set(err, ERR_INPUT, "a read past the end of what was read");
	if (h->file) {
		enum err_code code = original_read(h->file, off, into, len, err);
		if (!h->file_open)
			original_rest(h->file);
		return code;
	}
	char *to = into;
	if (!h->spooled || off < h->spool_off) {
		size_t here = h->spooled && len > h->spool_off - off ? (size_t)(h->spool_off - off) : len;
		if (h->writer) {
			enum err_code code = store_writer_read(h->writer, off, to, here, err);
			if (code != ERR_OK)
				return code;
		} else if (off > h->memory.len || here > h->memory.len - off) {
			return err_set(err, ERR_INPUT, "the input was given to the store");
		} else if (here) {
			memcpy(to, h->memory.ptr + off, here);
		}
		off += here;
		to += here;
		len -= here;
	}
	return len ? original_read(h->shelf->spool, h->spool_at + (off - h->spool_off), to, len, err) : ERR_OK;
}

enum err_code held_commit(struct held *h, char id[33], struct err *err)
{
	if (h->file)
		return ERR_OK;
	if (!h->writer && h->store)
		move_on(h);
	if (!h->store) {
		if (h->store_err.code != ERR_OK && err)
			*err = h->store_err;
		return ERR_STORE;
	}
	struct store_writer *w = h->writer;
	h->writer = NULL;
	enum err_code code = store_commit(w, id, err);
	return code == ERR_OK ? ERR_OK : ERR_STORE;
}
