/* The folder in which caches of trees lie: finding it, bounding it, one writer at a time. Internal to the cache.
 *
 * Names: ID.table, ID.NUMBER.pack, ID.OPTIONS.result, ID and OPTIONS of 32 hex digits, NUMBER of 16; and temporary ones that begin
 * with "tmp.". All files of an ID go together when room has to be made. */
#ifndef CTXCUT_TREE_CACHE_FOLDER_H
#define CTXCUT_TREE_CACHE_FOLDER_H

#include <stdint.h>

#include "base/span.h"

enum { CACHE_ID_CHARS = 32, CACHE_NAME_BYTES = 96 };

/* A descriptor of the folder, made when it is not there; -1: there is no home, or no place in it. */
int cache_folder_open(void);
/* CACHE_BYTES_MOST, or what CTXCUT_CACHE_CAP says ("500M"). */
uint64_t cache_cap_bytes(void);

/* One writer at a time; false: it was busy for a second. Closing the descriptor unlocks as well. */
bool cache_lock(int folder);
void cache_unlock(int folder);

/* A new file of a temporary name; -1: none. */
int cache_temporary(int folder, char name[CACHE_NAME_BYTES]);
bool cache_write_all(int fd, const void *bytes, size_t len);
bool cache_read_at(int fd, void *into, size_t len, uint64_t off);
uint64_t cache_random(void);

/* Deletes temporary files that nobody can be writing any more, then whole IDs, the longest unused first and `own` last, until
 * `cap_bytes` are kept. Under the lock. */
void cache_evict(int folder, const char *own, uint64_t cap_bytes);
/* Marks it as used now. */
void cache_touch(int folder, const char *name);

#endif
