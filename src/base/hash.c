#include "base/hash.h"

#include "base/hash_wide.h"
#include "base/mem.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

struct hasher {
	XXH3_state_t *state;
};

uint64_t hash64(const void *bytes, size_t len) { return XXH3_64bits(bytes, len); }

static struct hash128 from_xxh(XXH128_hash_t h) { return (struct hash128){h.high64, h.low64}; }

struct hash128 hash128_of(const void *bytes, size_t len) { return from_xxh(XXH3_128bits(bytes, len)); }

void hash128_hex(struct hash128 h, char out[33]) { snprintf(out, 33, "%016" PRIx64 "%016" PRIx64, h.high, h.low); }

struct hasher *hasher_new(void)
{
	struct hasher *h = mem_zalloc(1, sizeof *h);
	/* XXH3_state_t wants 64-byte alignment, which its own allocator gives. */
	h->state = XXH3_createState();
	if (!h->state)
		mem_alloc(SIZE_MAX); /* reports exhaustion like every other allocation */
	XXH3_128bits_reset(h->state);
	return h;
}

/* Whoever finds out, at the same time even, finds the same. */
static _Atomic(enum { UNKNOWN, PLAIN, WIDE }) vectors;

void hash_use_wide(bool wide) { atomic_store_explicit(&vectors, wide && hash_wide_runs_here() ? WIDE : PLAIN, memory_order_relaxed); }

void hasher_feed(struct hasher *h, const void *bytes, size_t len)
{
	if (atomic_load_explicit(&vectors, memory_order_relaxed) == UNKNOWN)
		hash_use_wide(true);
	if (atomic_load_explicit(&vectors, memory_order_relaxed) == WIDE)
		hash_wide_feed(h->state, bytes, len);
	else
		XXH3_128bits_update(h->state, bytes, len);
}
struct hash128 hasher_digest(const struct hasher *h) { return from_xxh(XXH3_128bits_digest(h->state)); }

void hasher_free(struct hasher *h)
{
	if (!h)
		return;
	XXH3_freeState(h->state);
	free(h);
}
