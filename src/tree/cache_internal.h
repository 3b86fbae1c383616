/* What the parts of the cache know of each other. */
#ifndef CTXCUT_TREE_CACHE_INTERNAL_H
#define CTXCUT_TREE_CACHE_INTERNAL_H

#include "tree/cache.h"

int64_t cache_now_ns(void);
/* Whether a change after before_ns might leave the entry's times as they are. */
bool cache_is_fresh(const struct walk_entry *e, int64_t before_ns);

int cache_folder_fd(const struct cache *c);
const char *cache_id(const struct cache *c);
uint64_t cache_cap(const struct cache *c);

/* The result that is being read ahead; owned by the cache. */
struct cache_sending;
struct cache_sending **cache_expected(struct cache *c);
void cache_sending_free(struct cache_sending *s); /* safe on NULL */

#endif
