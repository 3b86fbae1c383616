/* Hashing: XXH3 (https://github.com/Cyan4973/xxHash), 64 bit for tables, 128 bit for content ids. */
#ifndef CTXCUT_BASE_HASH_H
#define CTXCUT_BASE_HASH_H

#include <stdint.h>

#include "base/span.h"

struct hash128 {
	uint64_t high, low;
};

uint64_t hash64(const void *bytes, size_t len);
struct hash128 hash128_of(const void *bytes, size_t len);
static inline bool hash128_eq(struct hash128 a, struct hash128 b) { return a.high == b.high && a.low == b.low; }

/* 32 lower-case hex digits and a NUL, high half first (the canonical XXH128 form). */
void hash128_hex(struct hash128 h, char out[33]);

/* Content hashed piece by piece; the result equals hash128_of over the whole. */
struct hasher;
struct hasher *hasher_new(void);
void hasher_feed(struct hasher *h, const void *bytes, size_t len);
struct hash128 hasher_digest(const struct hasher *h);
void hasher_free(struct hasher *h);

/* Whether content is hashed by the widest vectors that the processor has; it is, unless told otherwise. Changes no result. */
void hash_use_wide(bool wide);

#endif
