#include "base/hash_wide.h"

/* xxHash compiled a second time, for processors with AVX2: its own choice at run time is not in every libxxhash. */
#if defined __x86_64__
#include <immintrin.h>
#if defined __clang__
#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2")
#endif
#define XXH_VECTOR 2 /* XXH_AVX2, which has its name only inside */
#define XXH_INLINE_ALL
#include <xxhash.h>

void hash_wide_feed(void *state, const void *bytes, size_t len) { XXH3_128bits_update(state, bytes, len); }

#if defined __clang__
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif

bool hash_wide_runs_here(void) { return __builtin_cpu_supports("avx2"); }

#else

bool hash_wide_runs_here(void) { return false; }
void hash_wide_feed(void *state, const void *bytes, size_t len) { (void)state, (void)bytes, (void)len; }

#endif
