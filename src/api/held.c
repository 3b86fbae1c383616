#include "api/held.h"

void held_init_stream(struct held *h, struct store *store, size_t memory_bytes)
{
	*h = (struct held){.store = store, .memory_bytes = memory_bytes, .hasher = hasher_new()};
}

enum err_code held_init_file(struct held *h, const char *path, struct err *err)
{
	*h = (struct held){.hasher = hasher_new()};
	return original_of_file(&h->file, path, err);
}

void held_release(struct held *h)
{
	original_free(h->file);
	original_free(h->spool);
	store_abort(h->writer);
	buf_release(&h->memory);
	hasher_free(h->hasher);
	*h = (struct held){0};
}

static void spool(struct held *h, struct span bytes)
{
	if (!h->spool) {
		h->spool = original_of_stream(h->memory_bytes);
		h->spool_off = h->bytes;
	}
	original_append(h->spool, bytes, NULL);
}

/* The store no longer takes bytes: what it has stays readable through the writer, the rest is spooled. */
static void give_up_storing(struct held *h, const struct err *why)
{
	if (h->store_err.code == ERR_OK)
		h->store_err = *why;
	h->store = NULL;
}

static bool store_takes(struct held *h, struct span bytes)
{
	struct err err = {0};
	if (!h->writer && store_begin(h->store, &h->writer, &err) != ERR_OK) {
		give_up_storing(h, &err);
		return false;
	}
	if (store_append(h->writer, bytes, &err) != ERR_OK) {
		give_up_storing(h, &err);
		return false;
	}
	h->writer_bytes += bytes.len;
	return true;
}

/* Out of memory into what lasts. */
static void move_on(struct held *h)
{
	struct span held = buf_span(&h->memory);
	uint64_t bytes = h->bytes;
	if (!h->store || !store_takes(h, held)) {
		h->bytes = 0;
		spool(h, held);
	}
	h->bytes = bytes;
	buf_release(&h->memory);
}

void held_append(struct held *h, struct span bytes)
{
	hasher_feed(h->hasher, bytes.ptr, bytes.len);
	if (h->file) {
		h->bytes += bytes.len;
		return;
	}
	if (!h->writer && !h->spool) {
		if (h->memory.len + bytes.len <= h->memory_bytes) {
			buf_add_span(&h->memory, bytes);
			h->bytes += bytes.len;
			return;
		}
		move_on(h);
	}
	if (!h->store || !h->writer || !store_takes(h, bytes))
		spool(h, bytes);
	h->bytes += bytes.len;
}

enum err_code held_read(struct held *h, uint64_t off, void *into, size_t len, struct err *err)
{
	if (off > h->bytes || len > h->bytes - off)
		return err_set(err, ERR_INPUT, "reading past the end of what was read");
	if (h->file)
		return original_read(h->file, off, into, len, err);
	if (h->spool && off >= h->spool_off)
		return original_read(h->spool, off - h->spool_off, into, len, err);
	if (h->writer) {
		size_t here = h->spool && off + len > h->spool_off ? (size_t)(h->spool_off - off) : len;
		enum err_code code = store_writer_read(h->writer, off, into, here, err);
		if (code == ERR_OK && here < len)
			code = original_read(h->spool, 0, (char *)into + here, len - here, err);
		return code;
	}
	if (len)
		memcpy(into, h->memory.ptr + off, len);
	return ERR_OK;
}

struct hash128 held_hash(const struct held *h) { return hasher_digest(h->hasher); }

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
