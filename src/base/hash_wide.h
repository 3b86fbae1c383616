/* XXH3 by wider vectors than every processor of the kind has. The same results. */
#ifndef CTXCUT_BASE_HASH_WIDE_H
#define CTXCUT_BASE_HASH_WIDE_H

#include <stdbool.h>
#include <stddef.h>

bool hash_wide_runs_here(void);
/* XXH3_128bits_update. Only where it runs. `state` is an XXH3_state_t. */
void hash_wide_feed(void *state, const void *bytes, size_t len);

#endif
