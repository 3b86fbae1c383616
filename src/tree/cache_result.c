/* Whole results: a head with the state of the tree, then pieces, each with its length and its sum, all of PIECE_BYTES but the last,
 * which is shorter and may be empty. So every piece has its place, and several threads read and check them. */
#include "base/mem.h"
#include "tree/cache_folder.h"
#include "tree/cache_internal.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	PIECE_BYTES = 256 * 1024,
	WINDOW_BYTES = 8 * 1024 * 1024,
	PAGE_BYTES_MOST = 64 * 1024, /* of any machine; begins of mappings are multiples of it */
	READERS = 2,
	PIECES_FOR_THREADS = 16,
};

struct cache_state {
	struct hasher *hasher;
	int64_t begun_ns;
	bool useless;
};

struct cache_state *cache_state_new(void)
{
	struct cache_state *s = mem_zalloc(1, sizeof *s);
	s->hasher = hasher_new();
	s->begun_ns = cache_now_ns();
	return s;
}

void cache_state_add(struct cache_state *s, const struct walk_entry *e)
{
	struct {
		uint64_t path_len, kind, size_bytes, inode, device;
		int64_t mtime_ns, ctime_ns;
	} what = {.path_len = e->path.len, .kind = (uint64_t)e->kind};
	if (e->kind == WALK_FAILED)
		s->useless = true;
	if (e->kind == WALK_FILE) {
		s->useless |= cache_is_fresh(e, s->begun_ns);
		what.size_bytes = e->size_bytes;
		what.inode = e->inode;
		what.device = e->device;
		what.mtime_ns = e->mtime_ns;
		what.ctime_ns = e->ctime_ns;
	}
	hasher_feed(s->hasher, &what, sizeof what);
	hasher_feed(s->hasher, e->path.ptr, e->path.len);
}

bool cache_state_done(const struct cache_state *s, struct hash128 *out)
{
	*out = hasher_digest(s->hasher);
	return !s->useless;
}

void cache_state_free(struct cache_state *s)
{
	if (!s)
		return;
	hasher_free(s->hasher);
	free(s);
}

/* ---- one result --------------------------------------------------------------------------------------------------- */

struct head {
	char magic[8];
	struct hash128 state;
};

struct piece {
	uint64_t len, sum; /* the sum begins with the piece's place, so that none can stand for another */
};

static const char magic[8] = "ctxtres2";

static uint64_t piece_sum(struct span bytes, uint64_t off) { return hash64(bytes.ptr, bytes.len) ^ hash64(&off, sizeof off); }

static void result_name(const struct cache *c, struct hash128 options, char name[CACHE_NAME_BYTES])
{
	char hex[33];
	hash128_hex(options, hex);
	snprintf(name, CACHE_NAME_BYTES, "%s.%s.result", cache_id(c), hex);
}

/* A kept result on its way out. Threads read the pieces and compare their sums; what is right is then written from a mapping of the
 * file, so that bytes are copied once only. Reading begins when the walk does, on the chance that the tree is in the state of the
 * result. A file of ours is never shortened while it has its name; were it done by someone else, the write would fail. */
struct cache_sending {
	int fd;
	struct hash128 options, state;
	char name[CACHE_NAME_BYTES];
	uint64_t size_bytes, count; /* count: of pieces that the file has room for */
	pthread_t readers[READERS];
	size_t reader_count;
	pthread_mutex_t lock; /* of what follows */
	pthread_cond_t changed;
	enum verdict { UNREAD, GOOD, BAD } *verdicts; /* owned: of each piece */
	uint64_t next;
	bool stop;
};

static uint64_t place_of(uint64_t piece) { return sizeof(struct head) + piece * (sizeof(struct piece) + PIECE_BYTES); }

/* The piece in `bytes`, which has room for its head and PIECE_BYTES. */
static bool read_piece(const struct cache_sending *s, uint64_t number, char *bytes)
{
	struct piece piece;
	uint64_t left = s->size_bytes - place_of(number);
	size_t all = left < sizeof piece + PIECE_BYTES ? (size_t)left : sizeof piece + PIECE_BYTES;
	if (all < sizeof piece || !cache_read_at(s->fd, bytes, all, place_of(number)))
		return false;
	memcpy(&piece, bytes, sizeof piece);
	bool last = number + 1 == s->count;
	return piece.len == all - sizeof piece && last == (piece.len < PIECE_BYTES) &&
	       piece_sum(span_of(bytes + sizeof piece, (size_t)piece.len), number * PIECE_BYTES) == piece.sum;
}

static void *read_pieces(void *user)
{
	struct cache_sending *s = user;
	char *bytes = mem_alloc(sizeof(struct piece) + PIECE_BYTES);
	pthread_mutex_lock(&s->lock);
	while (!s->stop && s->next < s->count) {
		uint64_t number = s->next++;
		pthread_mutex_unlock(&s->lock);
		enum verdict verdict = read_piece(s, number, bytes) ? GOOD : BAD;
		pthread_mutex_lock(&s->lock);
		s->verdicts[number] = verdict;
		pthread_cond_signal(&s->changed);
	}
	pthread_mutex_unlock(&s->lock);
	free(bytes);
	return NULL;
}

static void start_reader(struct cache_sending *s)
{
	sigset_t all, before; /* signals are the caller's business */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	s->reader_count += pthread_create(&s->readers[s->reader_count], NULL, read_pieces, s) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

/* NULL: nothing was kept for these options. */
static struct cache_sending *open_result(struct cache *c, struct hash128 options)
{
	struct cache_sending *s = mem_zalloc(1, sizeof *s);
	struct head head;
	struct stat st;
	s->options = options;
	result_name(c, options, s->name);
	s->fd = openat(cache_folder_fd(c), s->name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (s->fd < 0 || fstat(s->fd, &st) != 0 || !cache_read_at(s->fd, &head, sizeof head, 0) ||
	    memcmp(head.magic, magic, sizeof magic) != 0) {
		if (s->fd >= 0)
			close(s->fd);
		free(s);
		return NULL;
	}
	s->state = head.state;
	s->size_bytes = (uint64_t)st.st_size;
	s->count = (s->size_bytes - sizeof head) / (sizeof(struct piece) + PIECE_BYTES) + 1;
	s->verdicts = mem_zalloc((size_t)s->count, sizeof *s->verdicts);
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->changed, NULL);
	return s;
}

void cache_sending_free(struct cache_sending *s)
{
	if (!s)
		return;
	pthread_mutex_lock(&s->lock);
	s->stop = true;
	pthread_mutex_unlock(&s->lock);
	for (size_t i = 0; i < s->reader_count; i++)
		pthread_join(s->readers[i], NULL);
	pthread_cond_destroy(&s->changed);
	pthread_mutex_destroy(&s->lock);
	free(s->verdicts);
	close(s->fd);
	free(s);
}

void cache_result_expect(struct cache *c, struct hash128 options)
{
	if (!c)
		return;
	struct cache_sending **expected = cache_expected(c);
	cache_sending_free(*expected);
	*expected = open_result(c, options);
	if (*expected && (*expected)->count >= PIECES_FOR_THREADS)
		start_reader(*expected);
}

static bool is_good(struct cache_sending *s, uint64_t number, char *bytes)
{
	if (!s->reader_count)
		return read_piece(s, number, bytes);
	pthread_mutex_lock(&s->lock);
	while (s->verdicts[number] == UNREAD)
		pthread_cond_wait(&s->changed, &s->lock);
	bool good = s->verdicts[number] == GOOD;
	pthread_mutex_unlock(&s->lock);
	return good;
}

/* A part of the file; NULL: it cannot be mapped. The bounds of pages are the system's concern. */
struct window {
	char *bytes;
	uint64_t from, len;
};

static void unmap(struct window *w)
{
	if (w->bytes)
		munmap(w->bytes, (size_t)w->len);
	w->bytes = NULL;
}

static const char *mapped(const struct cache_sending *s, struct window *w, uint64_t from, size_t len)
{
	if (!w->bytes || from + len > w->from + w->len) {
		unmap(w);
		w->from = from & ~(uint64_t)(PAGE_BYTES_MOST - 1);
		w->len = s->size_bytes - w->from < WINDOW_BYTES ? s->size_bytes - w->from : (uint64_t)WINDOW_BYTES;
		void *bytes = mmap(NULL, (size_t)w->len, PROT_READ, MAP_SHARED, s->fd, (off_t)w->from);
		w->bytes = bytes == MAP_FAILED ? NULL : bytes;
	}
	return w->bytes ? w->bytes + (from - w->from) : NULL;
}

static bool send_pieces(struct cache_sending *s, cache_sink *sink, void *user, uint64_t *sent, int *stopped)
{
	struct window window = {0};
	char *bytes = mem_alloc(sizeof(struct piece) + PIECE_BYTES);
	bool good = true;
	for (uint64_t number = 0; number < s->count && good && !*stopped; number++) {
		uint64_t from = place_of(number) + sizeof(struct piece), left = s->size_bytes - from;
		size_t len = left < PIECE_BYTES ? (size_t)left : (size_t)PIECE_BYTES;
		good = is_good(s, number, bytes);
		if (!good || !len)
			continue;
		const char *from_map = s->reader_count ? mapped(s, &window, from, len) : NULL;
		if (s->reader_count && !from_map)
			good = read_piece(s, number, bytes);
		if (good && (*stopped = sink(user, from_map ? from_map : bytes + sizeof(struct piece), len)) == 0)
			*sent += len;
	}
	unmap(&window);
	free(bytes);
	return good;
}

bool cache_result_send(struct cache *c, struct hash128 options, struct hash128 state, cache_sink *sink, void *user,
                       uint64_t *sent, int *stopped)
{
	*sent = 0;
	*stopped = 0;
	if (!c)
		return false;
	struct cache_sending **expected = cache_expected(c), *s = *expected;
	*expected = NULL;
	if (!s || !hash128_eq(s->options, options)) {
		cache_sending_free(s);
		s = open_result(c, options);
	}
	if (!s || !hash128_eq(s->state, state)) {
		cache_sending_free(s);
		return false;
	}
	/* This thread only writes; where there is one already, it has used the time of the walk. */
	while (s->count >= PIECES_FOR_THREADS && s->reader_count < READERS) {
		size_t before = s->reader_count;
		start_reader(s);
		if (s->reader_count == before)
			break;
	}
	bool whole = send_pieces(s, sink, user, sent, stopped);
	if (whole)
		cache_touch(cache_folder_fd(c), s->name);
	else
		unlinkat(cache_folder_fd(c), s->name, 0);
	cache_sending_free(s);
	return whole;
}

struct cache_result {
	struct cache *cache;     /* borrowed */
	int fd;
	char temporary[CACHE_NAME_BYTES], name[CACHE_NAME_BYTES];
	struct buf pending;
	uint64_t bytes;          /* written */
	bool failed;
};

struct cache_result *cache_result_begin(struct cache *c, struct hash128 options, struct hash128 state)
{
	if (!c)
		return NULL;
	struct cache_result *r = mem_zalloc(1, sizeof *r);
	struct head head = {.state = state};
	memcpy(head.magic, magic, sizeof magic);
	r->cache = c;
	result_name(c, options, r->name);
	r->fd = cache_temporary(cache_folder_fd(c), r->temporary);
	if (r->fd < 0) {
		free(r);
		return NULL;
	}
	r->failed = !cache_write_all(r->fd, &head, sizeof head);
	buf_reserve(&r->pending, PIECE_BYTES);
	return r;
}

static void write_piece(struct cache_result *r)
{
	struct piece piece = {.len = r->pending.len, .sum = piece_sum(buf_span(&r->pending), r->bytes)};
	if (!r->failed)
		r->failed = !cache_write_all(r->fd, &piece, sizeof piece) ||
			    !cache_write_all(r->fd, r->pending.ptr, r->pending.len);
	r->bytes += r->pending.len;
	buf_clear(&r->pending);
	/* The tree's rows shall find room as well. */
	r->failed |= r->bytes > cache_cap(r->cache) / 4 * 3;
}

void cache_result_add(struct cache_result *r, struct span bytes)
{
	while (r && !r->failed && bytes.len) {
		size_t room = PIECE_BYTES - r->pending.len;
		struct span now = span_head(bytes, room);
		buf_add_span(&r->pending, now);
		bytes = span_from(bytes, now.len);
		if (r->pending.len == PIECE_BYTES)
			write_piece(r);
	}
}

void cache_result_commit(struct cache_result *r)
{
	if (!r)
		return;
	int folder = cache_folder_fd(r->cache);
	write_piece(r);
	if (!r->failed && cache_lock(folder)) {
		if (renameat(folder, r->temporary, folder, r->name) == 0)
			r->temporary[0] = 0;
		cache_evict(folder, cache_id(r->cache), cache_cap(r->cache));
		cache_unlock(folder);
	}
	cache_result_abort(r);
}

void cache_result_abort(struct cache_result *r)
{
	if (!r)
		return;
	close(r->fd);
	if (r->temporary[0])
		unlinkat(cache_folder_fd(r->cache), r->temporary, 0);
	buf_release(&r->pending);
	free(r);
}
