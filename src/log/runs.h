/* Lines that are no longer known one by one, but still counted: what stands between the records that are left. */
#ifndef CTXCUT_LOG_RUNS_H
#define CTXCUT_LOG_RUNS_H

#include <stddef.h>
#include <stdint.h>

struct run {
	uint64_t first, last; /* line numbers, inclusive */
	uint64_t errors, warnings;
	uint64_t kinds[4];    /* linear-counting bitmap of kinds (Whang et al. 1990) */
};

struct runs {
	struct run *at; /* owned, ascending, no two adjacent */
	size_t count, cap;
};

void runs_release(struct runs *r);
/* Behind the last one, or joined to it when they are adjacent. */
void runs_add(struct runs *r, const struct run *run);
/* Index of the first run that begins at `line_no` or later. */
size_t runs_from(const struct runs *r, uint64_t line_no);

/* The bit that an id sets in the bitmap. */
static inline uint8_t run_bit(uint32_t id)
{
	return (uint8_t)(id * 2654435761u >> 24); /* Knuth's multiplicative hash, 8 bits */
}
static inline void run_set(uint64_t kinds[4], uint8_t bit) { kinds[bit >> 6] |= UINT64_C(1) << (bit & 63); }
/* About how many ids set these bits: exact for a few, within a tenth for hundreds, at most 1311. */
uint64_t run_kinds(const uint64_t kinds[4]);

#endif
