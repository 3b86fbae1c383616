/* Whole results: a head with the state of the tree, then pieces, each with its length and its sum; one of length 0 ends it. */
#include "base/mem.h"
#include "tree/cache_folder.h"
#include "tree/cache_internal.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { PIECE_BYTES = 256 * 1024 };

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

static const char magic[8] = "ctxtres1";

static uint64_t piece_sum(struct span bytes, uint64_t off) { return hash64(bytes.ptr, bytes.len) ^ hash64(&off, sizeof off); }

static void result_name(const struct cache *c, struct hash128 options, char name[CACHE_NAME_BYTES])
{
	char hex[33];
	hash128_hex(options, hex);
	snprintf(name, CACHE_NAME_BYTES, "%s.%s.result", cache_id(c), hex);
}

/* Behind the head of the result; -1: there is none for this state. */
static int open_result(struct cache *c, struct hash128 options, struct hash128 state, char name[CACHE_NAME_BYTES])
{
	struct head head;
	if (!c)
		return -1;
	result_name(c, options, name);
	int fd = openat(cache_folder_fd(c), name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 || (cache_read_at(fd, &head, sizeof head, 0) && memcmp(head.magic, magic, sizeof magic) == 0 &&
		       hash128_eq(head.state, state)))
		return fd;
	close(fd);
	return -1;
}

bool cache_result_send(struct cache *c, struct hash128 options, struct hash128 state, cache_sink *sink, void *user,
                       uint64_t *sent, int *stopped)
{
	char name[CACHE_NAME_BYTES];
	*sent = 0;
	*stopped = 0;
	int fd = open_result(c, options, state, name);
	if (fd < 0)
		return false;
	/* A piece and the length of the next are one read. */
	char *bytes = mem_alloc(PIECE_BYTES + sizeof(struct piece));
	struct piece piece;
	uint64_t off = sizeof(struct head);
	bool good = cache_read_at(fd, &piece, sizeof piece, off);
	while (good && piece.len && piece.len <= PIECE_BYTES) {
		off += sizeof piece;
		good = cache_read_at(fd, bytes, (size_t)piece.len + sizeof piece, off) &&
		       piece_sum(span_of(bytes, (size_t)piece.len), *sent) == piece.sum;
		if (!good || (*stopped = sink(user, bytes, (size_t)piece.len)) != 0)
			break;
		*sent += piece.len;
		off += piece.len;
		memcpy(&piece, bytes + piece.len, sizeof piece);
	}
	bool whole = *stopped || (good && !piece.len && piece.sum == piece_sum(span_of("", 0), *sent));
	free(bytes);
	close(fd);
	if (whole)
		cache_touch(cache_folder_fd(c), name);
	else
		unlinkat(cache_folder_fd(c), name, 0);
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
	if (r->pending.len)
		write_piece(r);
	write_piece(r); /* the empty one */
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
