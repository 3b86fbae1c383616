/* The table of a cached tree: for each path, what its file looked like and where its row is. Internal to the cache. The form on
 * disk is that of the machine; a table of another form, or one whose sum is wrong, is none. */
#ifndef CTXCUT_TREE_CACHE_TABLE_H
#define CTXCUT_TREE_CACHE_TABLE_H

#include <stdint.h>

#include "base/buf.h"
#include "base/hash.h"

struct cache_row {
	uint64_t size_bytes;
	int64_t mtime_ns, ctime_ns;
	uint64_t inode, device;
	struct hash128 content;
	uint64_t path_off, row_off, row_sum;
	uint32_t path_len, row_len;
	uint32_t pack;       /* index */
	uint32_t used_day;   /* days since 1970 */
	uint32_t fresh;      /* 1: changed so short before it was read that the times prove nothing */
	uint32_t unused;
};

struct cache_pack {
	uint64_t number;     /* in its name */
	uint64_t bytes;
	int fd;              /* -1: it is not there */
};

enum { CACHE_PACKS_MOST = 16 };

struct cache_table {
	struct cache_row *rows; /* owned */
	size_t count, cap;
	struct buf paths;
	struct cache_pack packs[CACHE_PACKS_MOST];
	size_t pack_count;
	uint32_t *slots;     /* owned: rows by path, plus one; 0: free */
	size_t slot_count;   /* a power of two */
};

/* An empty table when there is none, or none that can be used. Opens its packs. */
void cache_table_read(struct cache_table *t, int folder, const char *id);
bool cache_table_write(const struct cache_table *t, int fd);
void cache_table_release(struct cache_table *t);

/* SIZE_MAX: none. */
size_t cache_table_find(const struct cache_table *t, struct span path);
/* The path must not be there yet. Its path_off and path_len are set here. */
void cache_table_add(struct cache_table *t, struct span path, struct cache_row row);
static inline struct span cache_row_path(const struct cache_table *t, const struct cache_row *r)
{
	return span_of(t->paths.ptr + r->path_off, r->path_len);
}

#endif
