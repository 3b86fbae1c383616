/* Storing: content is gathered into frames, which one worker thread packs and writes while the caller goes on. */
#include "store/folder.h"

#include "base/mem.h"
#include "store/io.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

/* One being filled, one waiting, one being packed: with the packed frame and zstd's tables about 5 MiB. */
enum { SLOTS = 3 };

struct store_writer {
	struct store *store; /* borrowed */
	int fd;              /* owned, holds a shared lock */
	char tmp_name[48];

	char *slots[SLOTS]; /* owned; slot `given % SLOTS` is the caller's */
	size_t fill;        /* bytes in the caller's slot */

	/* Guarded by `lock` while the worker runs; without one the caller has them to itself. */
	pthread_mutex_t lock;
	pthread_cond_t changed;
	size_t given, done; /* frames handed over, frames finished */
	bool quit;
	struct err failure; /* the first; everything later fails with it */

	/* The worker's, and the caller's when given == done. */
	struct packer *packer;
	struct index index;
	struct hasher *hasher; /* also of what came after a failure */

	pthread_t worker;
	bool has_worker, tried_worker;
	bool rested;         /* nothing more comes: the last frame is written, the slots are gone */
	bool fill_hashed;
	bool open_line;      /* set with it: the content does not end in a newline */
	struct object second_look; /* reads frames that were written */
};

/* Hashes, packs and writes one frame, but for those after a failure; touches only the worker's fields. */
static enum err_code write_frame(struct store_writer *w, struct span content, bool failed, struct err *err)
{
	struct span packed;
	hasher_feed(w->hasher, content.ptr, content.len);
	if (failed)
		return ERR_OK;
	if (!w->packer)
		w->packer = packer_new();
	enum err_code code = packer_pack(w->packer, content, &packed, err);
	if (code != ERR_OK)
		return code;
	if (!io_write_at(w->fd, packed.ptr, packed.len, index_frame_begin(&w->index, w->index.count)))
		return folder_failed(w->store, "write", errno, err);
	index_add(&w->index, packed.len, content.len, count_newlines(content));
	return ERR_OK;
}

static void *work(void *user)
{
	struct store_writer *w = user;
	pthread_mutex_lock(&w->lock);
	for (;;) {
		while (w->done == w->given && !w->quit)
			pthread_cond_wait(&w->changed, &w->lock);
		if (w->done == w->given)
			break;
		struct span content = span_of(w->slots[w->done % SLOTS], FRAME_BYTES);
		bool failed = w->failure.code != ERR_OK;
		pthread_mutex_unlock(&w->lock);
		struct err failure = {0};
		write_frame(w, content, failed, &failure);
		pthread_mutex_lock(&w->lock);
		if (failure.code != ERR_OK)
			w->failure = failure;
		w->done++;
		pthread_cond_broadcast(&w->changed);
	}
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

/* Signals are the program's business: the worker takes none. A file-size limit then shows as an error of write. */
static void start_worker(struct store_writer *w)
{
	sigset_t all, before;
	w->tried_worker = true;
	sigfillset(&all);
	if (pthread_sigmask(SIG_SETMASK, &all, &before) != 0)
		return;
	w->has_worker = pthread_create(&w->worker, NULL, work, w) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

/* Hands the full slot over and waits until the next one is free. */
static void give(struct store_writer *w)
{
	if (!w->tried_worker)
		start_worker(w);
	if (w->has_worker) {
		pthread_mutex_lock(&w->lock);
		w->given++;
		pthread_cond_broadcast(&w->changed);
		while (w->given - w->done >= SLOTS)
			pthread_cond_wait(&w->changed, &w->lock);
		pthread_mutex_unlock(&w->lock);
	} else {
		struct err failure = {0};
		if (write_frame(w, span_of(w->slots[w->given % SLOTS], FRAME_BYTES), w->failure.code != ERR_OK, &failure))
			w->failure = failure;
		w->given++;
		w->done++;
	}
	w->fill = 0;
}

/* Waits until every frame that was handed over is written; then index and packer are the caller's. */
static void drain(struct store_writer *w)
{
	if (!w->has_worker)
		return;
	pthread_mutex_lock(&w->lock);
	while (w->done < w->given)
		pthread_cond_wait(&w->changed, &w->lock);
	pthread_mutex_unlock(&w->lock);
}

static enum err_code failure_of(struct store_writer *w, struct err *err)
{
	if (w->has_worker)
		pthread_mutex_lock(&w->lock);
	struct err failure = w->failure;
	if (w->has_worker)
		pthread_mutex_unlock(&w->lock);
	if (failure.code != ERR_OK && err)
		*err = failure;
	return failure.code;
}

/* A new file in tmp/, held by a shared lock. Between creating and locking it a sweeper may take it for a dead writer's
 * and delete it; then another one is made. */
static int create_tmp(struct store *s, char *name, size_t name_size)
{
	static atomic_uint counter;
	for (;;) {
		snprintf(name, name_size, "%ld.%u", (long)getpid(), atomic_fetch_add(&counter, 1));
		int fd = openat(s->tmp_fd, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (fd < 0 && errno == EEXIST)
			continue;
		if (fd < 0)
			return -1;
		int locked;
		do
			locked = flock(fd, LOCK_SH);
		while (locked != 0 && errno == EINTR);
		if (locked == 0 && folder_is_same(s->tmp_fd, name, fd))
			return fd;
		int error = errno;
		close(fd);
		if (locked != 0) {
			unlinkat(s->tmp_fd, name, 0);
			errno = error;
			return -1;
		}
	}
}

enum err_code store_begin(struct store *s, struct store_writer **out, struct err *err)
{
	*out = NULL;
	enum err_code code = folder_open(s, true, err);
	if (code != ERR_OK)
		return code;
	struct store_writer *w = mem_zalloc(1, sizeof *w);
	w->fd = create_tmp(s, w->tmp_name, sizeof w->tmp_name);
	if (w->fd < 0) {
		code = folder_failed(s, "make and lock a file", errno, err);
		free(w);
		return code;
	}
	w->store = s;
	w->hasher = hasher_new();
	for (size_t i = 0; i < SLOTS; i++)
		w->slots[i] = NULL;
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->changed, NULL);
	object_init(&w->second_look, w->fd, &w->index);
	*out = w;
	return ERR_OK;
}

enum err_code store_append(struct store_writer *w, struct span bytes, struct err *err)
{
	while (bytes.len > 0) {
		/* A slot is filled anew only when the frame that was in it is known to be written: see store_writer_salvage. */
		if (w->fill == 0 && failure_of(w, err) != ERR_OK)
			return w->failure.code;
		char **slot = &w->slots[w->given % SLOTS];
		if (!*slot)
			*slot = mem_alloc(FRAME_BYTES);
		struct span part = span_head(bytes, FRAME_BYTES - w->fill);
		memcpy(*slot + w->fill, part.ptr, part.len);
		w->fill += part.len;
		bytes = span_from(bytes, part.len);
		if (w->fill == FRAME_BYTES)
			give(w);
	}
	return failure_of(w, err);
}

uint64_t store_writer_appended(const struct store_writer *w)
{
	return w->rested ? w->index.content_bytes : (uint64_t)w->given * FRAME_BYTES + w->fill;
}

enum err_code store_writer_read(struct store_writer *w, uint64_t off, void *into, size_t len, struct err *err)
{
	uint64_t handed_over = w->rested ? w->index.content_bytes : (uint64_t)w->given * FRAME_BYTES;
	if (off > store_writer_appended(w) || len > store_writer_appended(w) - off)
		return err_set(err, ERR_STORE, "a read past the end of what was stored so far");
	char *to = into;
	if (off < handed_over && len > 0) {
		drain(w);
		size_t part = handed_over - off < len ? (size_t)(handed_over - off) : len;
		/* After a failure what had been written before can still be had. */
		if (off + part > w->index.content_bytes)
			return failure_of(w, err);
		enum err_code code = object_read(&w->second_look, off, to, part, err);
		if (code != ERR_OK)
			return code;
		to += part;
		off += part;
		len -= part;
	}
	if (len > 0)
		memcpy(to, w->slots[w->given % SLOTS] + (off - handed_over), len);
	return ERR_OK;
}

static void stop_worker(struct store_writer *w)
{
	if (!w->has_worker)
		return;
	pthread_mutex_lock(&w->lock);
	w->quit = true;
	pthread_cond_broadcast(&w->changed);
	pthread_mutex_unlock(&w->lock);
	pthread_join(w->worker, NULL);
	w->has_worker = false;
}

static void free_slots(struct store_writer *w)
{
	for (size_t i = 0; i < SLOTS; i++) {
		free(w->slots[i]);
		w->slots[i] = NULL;
	}
	packer_free(w->packer);
	w->packer = NULL;
}

enum err_code store_writer_rest(struct store_writer *w, struct err *err)
{
	if (w->rested)
		return ERR_OK;
	stop_worker(w);
	enum err_code code = failure_of(w, err);
	w->open_line = w->fill > 0 ? w->slots[w->given % SLOTS][w->fill - 1] != '\n'
	                           : w->given > 0 && w->slots[(w->given - 1) % SLOTS][FRAME_BYTES - 1] != '\n';
	if (code == ERR_OK && w->fill > 0) {
		struct err failure = {0};
		code = write_frame(w, span_of(w->slots[w->given % SLOTS], w->fill), false, &failure);
		w->fill_hashed = true;
		if (code != ERR_OK) {
			w->failure = failure;
			if (err)
				*err = failure;
		}
	}
	if (code != ERR_OK)
		return code;
	w->rested = true;
	free_slots(w);
	return ERR_OK;
}

uint64_t store_writer_salvage(struct store_writer *w, store_salvage *take, void *user)
{
	stop_worker(w);
	uint64_t from = w->index.content_bytes;
	if (w->rested)
		return from;
	for (size_t i = w->index.count; i < w->given; i++)
		take(user, from, span_of(w->slots[i % SLOTS], FRAME_BYTES));
	if (w->fill > 0) {
		struct span rest = span_of(w->slots[w->given % SLOTS], w->fill);
		take(user, from, rest);
		if (!w->fill_hashed)
			hasher_feed(w->hasher, rest.ptr, rest.len);
	}
	w->rested = true;
	free_slots(w);
	return from;
}

struct hash128 store_writer_hash(const struct store_writer *w) { return hasher_digest(w->hasher); }

struct hasher *store_writer_take_hasher(struct store_writer *w)
{
	struct hasher *hasher = w->hasher;
	w->hasher = NULL;
	return hasher;
}

/* All but the file. */
static void writer_free(struct store_writer *w)
{
	stop_worker(w);
	object_release(&w->second_look);
	index_release(&w->index);
	free_slots(w);
	hasher_free(w->hasher);
	pthread_cond_destroy(&w->changed);
	pthread_mutex_destroy(&w->lock);
	free(w);
}

void store_abort(struct store_writer *w)
{
	if (!w)
		return;
	stop_worker(w);
	unlinkat(w->store->tmp_fd, w->tmp_name, 0);
	close(w->fd);
	writer_free(w);
}

/* The last frame, the index and the sync: after it the temporary file is a whole object. */
static enum err_code complete(struct store_writer *w, uint64_t *file_bytes, struct err *err)
{
	enum err_code code = store_writer_rest(w, err);
	if (code == ERR_OK)
		code = failure_of(w, err);
	if (code != ERR_OK)
		return code;
	w->index.lines = index_newlines_before(&w->index, w->index.count) + w->open_line;
	w->index.hash = hasher_digest(w->hasher);

	struct buf tail = {0};
	uint64_t at = index_frame_begin(&w->index, w->index.count);
	code = index_write(&w->index, &tail, err);
	*file_bytes = at + tail.len;
	if (code == ERR_OK && folder_charge(*file_bytes) > w->store->cap_bytes)
		code = err_set(err, ERR_STORE,
			       "the original takes %" PRIu64 " bytes in the store, whose cap is %" PRIu64
			       ": raise CTXCUT_STORE_CAP",
			       *file_bytes, w->store->cap_bytes);
	if (code == ERR_OK && !io_write_at(w->fd, tail.ptr, tail.len, at))
		code = folder_failed(w->store, "write", errno, err);
	if (code == ERR_OK && fsync(w->fd) != 0)
		code = folder_failed(w->store, "write", errno, err);
	buf_release(&tail);
	return code;
}

struct neighbours {
	const char *hex;
	size_t digits; /* enough to tell it from all others */
};

static bool tell_apart(void *user, const char *hex, const char *name)
{
	(void)name;
	struct neighbours *n = user;
	size_t same = 0;
	while (same < 32 && hex[same] == n->hex[same])
		same++;
	if (same < 32 && same + 1 > n->digits)
		n->digits = same + 1;
	return true;
}

enum err_code store_commit(struct store_writer *w, char id[33], struct err *err)
{
	struct store *s = w->store;
	id[0] = '\0';
	uint64_t file_bytes;
	bool added;
	enum err_code code = complete(w, &file_bytes, err);
	if (code != ERR_OK) {
		store_abort(w);
		return code;
	}
	char hex[33];
	hash128_hex(w->index.hash, hex);
	code = publish(s, w->tmp_name, w->fd, &w->second_look, &added, err);
	writer_free(w);
	if (code != ERR_OK)
		return code;
	if (added)
		folder_added(s, file_bytes);
	struct neighbours neighbours = {.hex = hex, .digits = 8};
	if (folder_scan(s, tell_apart, &neighbours, NULL) != ERR_OK)
		neighbours.digits = 32;
	memcpy(id, hex, neighbours.digits);
	id[neighbours.digits] = '\0';
	return ERR_OK;
}
