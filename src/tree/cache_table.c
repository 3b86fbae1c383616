#include "tree/cache_table.h"

#include "base/mem.h"
#include "tree/cache_folder.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct head {
	char magic[8];
	uint32_t row_bytes, pack_count;
	uint64_t count, paths_len;
	struct hash128 sum; /* of all behind the head */
};

struct pack_note {
	uint64_t number, bytes;
};

static const char magic[8] = "ctxtree1";

static void put_slot(struct cache_table *t, size_t row)
{
	struct span path = cache_row_path(t, &t->rows[row]);
	size_t at = (size_t)hash64(path.ptr, path.len) & (t->slot_count - 1);
	while (t->slots[at])
		at = (at + 1) & (t->slot_count - 1);
	t->slots[at] = (uint32_t)row + 1;
}

static void grow_slots(struct cache_table *t, size_t count)
{
	if (t->slot_count >= count * 2 && t->slot_count)
		return;
	size_t want = 1024;
	while (want < count * 2)
		want *= 2;
	free(t->slots);
	t->slots = mem_zalloc(want, sizeof *t->slots);
	t->slot_count = want;
	for (size_t i = 0; i < t->count; i++)
		put_slot(t, i);
}

/* Everything in bounds; then nothing that is read from it later needs a check. */
static bool is_sound(const struct cache_table *t)
{
	for (size_t i = 0; i < t->count; i++) {
		const struct cache_row *r = &t->rows[i];
		if (r->path_off > t->paths.len || r->path_len > t->paths.len - r->path_off || r->pack >= t->pack_count)
			return false;
		uint64_t bytes = t->packs[r->pack].bytes;
		if (r->row_off > bytes || r->row_len > bytes - r->row_off)
			return false;
	}
	return true;
}

static bool read_table(struct cache_table *t, int fd)
{
	struct head head;
	struct stat st;
	if (fstat(fd, &st) != 0 || !cache_read_at(fd, &head, sizeof head, 0) || memcmp(head.magic, magic, sizeof magic) != 0 ||
	    head.row_bytes != sizeof *t->rows || head.pack_count > CACHE_PACKS_MOST || head.count >= UINT32_MAX ||
	    head.paths_len > (uint64_t)st.st_size)
		return false;
	struct pack_note notes[CACHE_PACKS_MOST];
	size_t notes_len = head.pack_count * sizeof *notes, rows_len = mem_mul((size_t)head.count, sizeof *t->rows);
	if ((uint64_t)st.st_size != sizeof head + notes_len + rows_len + head.paths_len)
		return false;
	t->rows = mem_alloc(rows_len + 1);
	t->count = t->cap = (size_t)head.count;
	buf_reserve(&t->paths, (size_t)head.paths_len);
	t->paths.len = (size_t)head.paths_len;
	uint64_t off = sizeof head;
	if (!cache_read_at(fd, notes, notes_len, off) || !cache_read_at(fd, t->rows, rows_len, off + notes_len) ||
	    !cache_read_at(fd, t->paths.ptr, t->paths.len, off + notes_len + rows_len))
		return false;
	struct hasher *h = hasher_new();
	hasher_feed(h, notes, notes_len);
	hasher_feed(h, t->rows, rows_len);
	hasher_feed(h, t->paths.ptr, t->paths.len);
	struct hash128 sum = hasher_digest(h);
	hasher_free(h);
	if (!hash128_eq(sum, head.sum))
		return false;
	for (size_t i = 0; i < head.pack_count; i++)
		t->packs[i] = (struct cache_pack){.number = notes[i].number, .bytes = notes[i].bytes, .fd = -1};
	t->pack_count = head.pack_count;
	return is_sound(t);
}

void cache_table_read(struct cache_table *t, int folder, const char *id)
{
	char name[CACHE_NAME_BYTES];
	snprintf(name, sizeof name, "%s.table", id);
	int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	bool good = fd >= 0 && read_table(t, fd);
	if (fd >= 0)
		close(fd);
	if (!good)
		cache_table_release(t);
	for (size_t i = 0; i < t->pack_count; i++) {
		struct stat st;
		snprintf(name, sizeof name, "%s.%016" PRIx64 ".pack", id, t->packs[i].number);
		t->packs[i].fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
		if (t->packs[i].fd >= 0 && (fstat(t->packs[i].fd, &st) != 0 || (uint64_t)st.st_size < t->packs[i].bytes)) {
			close(t->packs[i].fd);
			t->packs[i].fd = -1;
		}
	}
	grow_slots(t, t->count);
}

bool cache_table_write(const struct cache_table *t, int fd)
{
	struct head head = {.row_bytes = sizeof *t->rows, .pack_count = (uint32_t)t->pack_count, .count = t->count,
			    .paths_len = t->paths.len};
	struct pack_note notes[CACHE_PACKS_MOST] = {0};
	memcpy(head.magic, magic, sizeof magic);
	for (size_t i = 0; i < t->pack_count; i++)
		notes[i] = (struct pack_note){t->packs[i].number, t->packs[i].bytes};
	size_t notes_len = t->pack_count * sizeof *notes, rows_len = t->count * sizeof *t->rows;
	struct hasher *h = hasher_new();
	hasher_feed(h, notes, notes_len);
	hasher_feed(h, t->rows, rows_len);
	hasher_feed(h, t->paths.ptr, t->paths.len);
	head.sum = hasher_digest(h);
	hasher_free(h);
	return cache_write_all(fd, &head, sizeof head) && cache_write_all(fd, notes, notes_len) &&
	       cache_write_all(fd, t->rows, rows_len) && cache_write_all(fd, t->paths.ptr, t->paths.len);
}

void cache_table_release(struct cache_table *t)
{
	for (size_t i = 0; i < t->pack_count; i++)
		if (t->packs[i].fd >= 0)
			close(t->packs[i].fd);
	free(t->rows);
	free(t->slots);
	buf_release(&t->paths);
	*t = (struct cache_table){0};
}

size_t cache_table_find(const struct cache_table *t, struct span path)
{
	if (!t->slot_count)
		return SIZE_MAX;
	size_t at = (size_t)hash64(path.ptr, path.len) & (t->slot_count - 1);
	for (; t->slots[at]; at = (at + 1) & (t->slot_count - 1))
		if (span_eq(cache_row_path(t, &t->rows[t->slots[at] - 1]), path))
			return t->slots[at] - 1;
	return SIZE_MAX;
}

void cache_table_add(struct cache_table *t, struct span path, struct cache_row row)
{
	grow_slots(t, t->count + 1);
	row.path_off = t->paths.len;
	row.path_len = (uint32_t)path.len;
	buf_add_span(&t->paths, path);
	MEM_GROW(t->rows, t->cap, t->count + 1);
	t->rows[t->count++] = row;
	put_slot(t, t->count - 1);
}
