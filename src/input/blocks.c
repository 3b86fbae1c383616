#include "input/blocks.h"

#include "base/mem.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

void blocks_init(struct blocks *b, size_t memory_bytes)
{
	size_t slots = memory_bytes / BLOCK_BYTES;
	*b = (struct blocks){.memory_slots = slots, .first_free = {0, slots}, .fd = -1};
	pthread_mutex_init(&b->lock, NULL);
	b->memory = mem_zalloc(slots + 1, sizeof *b->memory);
	b->owners = mem_zalloc(slots + 1, sizeof *b->owners);
}

void blocks_release(struct blocks *b)
{
	for (size_t i = 0; i < b->memory_slots; i++)
		free(b->memory[i]);
	free(b->memory);
	free(b->owners);
	for (size_t i = 0; i < b->chunk_cap; i++)
		free(b->chunks[i]);
	free(b->chunks);
	free(b->used);
	buf_release(&b->open);
	if (b->fd >= 0)
		close(b->fd);
	pthread_mutex_destroy(&b->lock);
	*b = (struct blocks){.fd = -1};
}

/* ---- the file ---------------------------------------------------------------------------------------------------- */

/* A file without a name, readable by us alone. */
static int open_unnamed(const char *dir)
{
	if (!dir || dir[0] != '/')
		return -1;
	int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd >= 0 || errno == ENOENT || errno == EACCES || errno == EROFS)
		return fd;
	struct buf path = {0}; /* a file system without O_TMPFILE */
	buf_addf(&path, "%s/ctxcut.XXXXXX", dir);
	fd = mkostemp(path.ptr, O_CLOEXEC);
	if (fd >= 0)
		unlink(path.ptr);
	buf_release(&path);
	return fd;
}

static bool open_file(struct blocks *b)
{
	const char *dirs[] = {secure_getenv("TMPDIR"), "/var/tmp", "/tmp"};
	for (size_t i = 0; i < sizeof dirs / sizeof *dirs && b->fd < 0; i++)
		b->fd = open_unnamed(dirs[i]);
	struct rlimit limit;
	b->file_max = getrlimit(RLIMIT_FSIZE, &limit) < 0 || limit.rlim_cur == RLIM_INFINITY ? UINT64_MAX : limit.rlim_cur;
	return b->fd >= 0;
}

/* Writes as much as the disk takes; returns how much. */
static size_t write_at(struct blocks *b, uint64_t off, struct span bytes)
{
	size_t written = 0;
	while (bytes.len) {
		uint64_t room = off < b->file_max ? b->file_max - off : 0;
		size_t want = bytes.len < room ? bytes.len : (size_t)room;
		ssize_t n = want ? pwrite(b->fd, bytes.ptr, want, (off_t)off) : 0;
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		off += (uint64_t)n;
		written += (size_t)n;
		bytes = span_from(bytes, (size_t)n);
	}
	return written;
}

ssize_t blocks_read_at(int fd, uint64_t off, void *into, size_t len)
{
	size_t got = 0;
	while (got < len) {
		ssize_t n = pread(fd, (char *)into + got, len - got, (off_t)(off + got));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (n == 0)
			break;
		got += (size_t)n;
	}
	return (ssize_t)got;
}

static uint64_t file_off(const struct blocks *b, size_t slot) { return (uint64_t)(slot - b->memory_slots) * BLOCK_BYTES; }

/* ---- slots ------------------------------------------------------------------------------------------------------- */

/* The slot of a block, or SIZE_MAX. */
static size_t slot_of(const struct blocks *b, size_t block)
{
	const struct chunk *chunk = block / CHUNK_BLOCKS < b->chunk_cap ? b->chunks[block / CHUNK_BLOCKS] : NULL;
	uint32_t slot = chunk ? chunk->slots[block % CHUNK_BLOCKS] : 0;
	return slot ? slot - 1 : SIZE_MAX;
}

static void set_slot(struct blocks *b, size_t block, size_t slot)
{
	size_t i = block / CHUNK_BLOCKS, cap = b->chunk_cap;
	MEM_GROW(b->chunks, b->chunk_cap, i + 1);
	memset(b->chunks + cap, 0, (b->chunk_cap - cap) * sizeof *b->chunks);
	if (!b->chunks[i])
		b->chunks[i] = mem_zalloc(1, sizeof *b->chunks[i]);
	b->chunks[i]->slots[block % CHUNK_BLOCKS] = (uint32_t)slot + 1;
	b->chunks[i]->kept++;
}

/* From slot `from` on the lowest one that is free. */
static size_t free_slot(struct blocks *b, size_t from)
{
	while (from < b->slot_cap && b->used[from])
		from++;
	if (from >= b->slot_cap) {
		size_t cap = b->slot_cap;
		MEM_GROW(b->used, b->slot_cap, from + 1);
		memset(b->used + cap, 0, (b->slot_cap - cap) * sizeof *b->used);
	}
	return from;
}

static void give_back(struct blocks *b, size_t slot)
{
	size_t *first = &b->first_free[slot >= b->memory_slots];
	b->used[slot] = false;
	b->in_memory -= slot < b->memory_slots;
	if (slot < *first)
		*first = slot;
}

/* Free slots, one behind the other and all in memory or all in the file, for blocks from `block` on: how many of `most` there
 * are, and the first of them. 0: there is no file to be had. */
static size_t take_slots(struct blocks *b, size_t block, size_t most, size_t *first)
{
	pthread_mutex_lock(&b->lock);
	bool file = b->in_memory == b->memory_slots;
	size_t slot = free_slot(b, b->first_free[file]), count = 0, end = file ? SIZE_MAX : b->memory_slots;
	if (file && b->fd < 0 && !open_file(b))
		most = 0;
	*first = slot;
	for (; count < most && slot < end && free_slot(b, slot) == slot; count++, slot++) {
		b->used[slot] = true;
		set_slot(b, block + count, slot);
		if (!file)
			b->owners[slot] = block + count;
	}
	b->first_free[file] = slot;
	b->in_memory += file ? 0 : count;
	b->kept += count;
	pthread_mutex_unlock(&b->lock);
	return count;
}

/* Takes a slot of the file for what stands in a slot of the memory; false when that is free, or its block is not before `to`. */
static bool begin_move(struct blocks *b, size_t slot, uint64_t to, size_t *into)
{
	pthread_mutex_lock(&b->lock);
	bool moves = b->used[slot] && (uint64_t)(b->owners[slot] + 1) * BLOCK_BYTES <= to && (b->fd >= 0 || open_file(b));
	if (moves) {
		*into = free_slot(b, b->first_free[1]);
		b->first_free[1] = *into + 1;
		b->used[*into] = true;
	}
	pthread_mutex_unlock(&b->lock);
	return moves;
}

static void end_move(struct blocks *b, size_t slot, size_t into, bool moved)
{
	pthread_mutex_lock(&b->lock);
	size_t block = b->owners[slot];
	if (moved)
		b->chunks[block / CHUNK_BLOCKS]->slots[block % CHUNK_BLOCKS] = (uint32_t)into + 1;
	give_back(b, moved ? slot : into);
	pthread_mutex_unlock(&b->lock);
}

void blocks_settle(struct blocks *b, uint64_t to)
{
	pthread_mutex_lock(&b->lock);
	bool much = b->in_memory > b->memory_slots / 2;
	pthread_mutex_unlock(&b->lock);
	bool moved = true;
	for (size_t slot = 0, into; much && moved && slot < b->memory_slots; slot++) {
		if (!begin_move(b, slot, to, &into))
			continue;
		moved = write_at(b, file_off(b, into), span_of(b->memory[slot], BLOCK_BYTES)) == BLOCK_BYTES;
		end_move(b, slot, into, moved);
	}
}

void blocks_forget(struct blocks *b, uint64_t from, uint64_t to)
{
	size_t block = (size_t)((from + BLOCK_BYTES - 1) / BLOCK_BYTES), end = (size_t)(to / BLOCK_BYTES);
	if (block >= end)
		return;
	pthread_mutex_lock(&b->lock);
	for (; block < end; block++) {
		size_t slot = slot_of(b, block), i = block / CHUNK_BLOCKS;
		if (slot == SIZE_MAX) {
			if (i >= b->chunk_cap)
				break;
			if (!b->chunks[i])
				block = (i + 1) * CHUNK_BLOCKS - 1;
			continue;
		}
		give_back(b, slot);
		b->chunks[i]->slots[block % CHUNK_BLOCKS] = 0;
		if (--b->chunks[i]->kept == 0) {
			free(b->chunks[i]);
			b->chunks[i] = NULL;
		}
		b->kept--;
	}
	pthread_mutex_unlock(&b->lock);
}

size_t blocks_kept(struct blocks *b)
{
	pthread_mutex_lock(&b->lock);
	size_t kept = b->kept;
	pthread_mutex_unlock(&b->lock);
	return kept;
}

/* ---- appending --------------------------------------------------------------------------------------------------- */

static enum err_code full(struct blocks *b, struct err *err)
{
	b->full = true;
	return err_set(err, ERR_LIMIT,
		       "no room for the input: its first %" PRIu64 " bytes are kept, what follows cannot be shown "
		       "again (free some space, or set TMPDIR to a folder with room)",
		       b->kept_bytes);
}

/* Puts whole blocks, the first of which is `block`, where they stay. */
static enum err_code put(struct blocks *b, size_t block, struct span bytes, struct err *err)
{
	while (bytes.len) {
		size_t slot, count = take_slots(b, block, bytes.len / BLOCK_BYTES, &slot), len = count * BLOCK_BYTES, kept = len;
		if (slot >= b->memory_slots) {
			kept = count ? write_at(b, file_off(b, slot), span_head(bytes, len)) : 0;
		} else {
			for (size_t i = 0; i < count; i++) {
				if (!b->memory[slot + i])
					b->memory[slot + i] = mem_alloc(BLOCK_BYTES);
				memcpy(b->memory[slot + i], bytes.ptr + i * BLOCK_BYTES, BLOCK_BYTES);
			}
		}
		if (kept < len || !count) {
			b->kept_bytes = (uint64_t)block * BLOCK_BYTES + kept;
			return full(b, err);
		}
		block += count;
		bytes = span_from(bytes, len);
	}
	return ERR_OK;
}

enum err_code blocks_append(struct blocks *b, struct span bytes, struct err *err)
{
	enum err_code code = ERR_OK;
	while (bytes.len && !b->full) {
		size_t block = (size_t)(b->size_bytes / BLOCK_BYTES);
		struct span part;
		if (b->open.len == 0 && bytes.len >= BLOCK_BYTES) {
			part = span_head(bytes, bytes.len / BLOCK_BYTES * BLOCK_BYTES);
			code = put(b, block, part, err);
		} else {
			part = span_head(bytes, BLOCK_BYTES - b->open.len);
			buf_add_span(&b->open, part);
			if (b->open.len == BLOCK_BYTES) {
				code = put(b, block, buf_span(&b->open), err);
				buf_clear(&b->open);
			}
		}
		b->size_bytes += part.len;
		bytes = span_from(bytes, part.len);
	}
	b->size_bytes += bytes.len;
	return b->full && code == ERR_OK ? full(b, err) : code;
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

enum err_code blocks_read(struct blocks *b, uint64_t off, char *into, size_t len, struct err *err)
{
	uint64_t end = b->full ? b->kept_bytes : b->size_bytes, put_end = end - (b->full ? 0 : b->open.len);
	bool there = off <= end && len <= end - off;
	while (len && there) {
		size_t block = (size_t)(off / BLOCK_BYTES), in = (size_t)(off % BLOCK_BYTES), part = BLOCK_BYTES - in;
		if (part > len)
			part = len;
		size_t slot = off < put_end ? slot_of(b, block) : SIZE_MAX;
		ssize_t n = (ssize_t)part;
		if (off >= put_end)
			memcpy(into, b->open.ptr + in, part);
		else if (slot < b->memory_slots)
			memcpy(into, b->memory[slot] + in, part);
		else if (slot != SIZE_MAX)
			n = blocks_read_at(b->fd, file_off(b, slot) + in, into, part);
		else
			there = false;
		if (n < 0 || (size_t)n < part)
			return err_set(err, ERR_INPUT, "the temporary file cannot be read at byte %" PRIu64 ": %s",
				       file_off(b, slot) + in, n < 0 ? strerror(errno) : "it is too short");
		off += part;
		into += part;
		len -= part;
	}
	if (there)
		return ERR_OK;
	return err_set(err, ERR_LIMIT, "bytes %" PRIu64 " to %" PRIu64 " of the input were not kept", off, off + len - 1);
}
