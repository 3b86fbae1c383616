/* What the parts of the miner share: miner.c counts lines, miner_head.c finds header columns, miner_merge.c does stage 2. */
#ifndef CTXCUT_LOG_MINER_INTERNAL_H
#define CTXCUT_LOG_MINER_INTERNAL_H

#include "base/arena.h"
#include "log/mask.h"
#include "log/miner.h"

/* How coarse a kind is: the name of the part of the table that it went to. */
enum miner_tier { TIER_SHAPE, TIER_EXACT, TIER_COARSE, TIER_FIRST_WORD, TIER_LENGTH, TIER_COUNT };

struct shape {
	uint64_t hash; /* of the shape, or of what the tier knows the line by */
	uint64_t count, last_line;
	uint32_t kind;
	uint8_t tier;
};

/* Shapes of one masked text. */
struct kind {
	uint64_t key;
	uint64_t first_line;
	struct span text;    /* in the arena; MASK_BYTE for masks; a whole-token prefix when cut */
	struct span example; /* in the arena */
	uint32_t template_id;
	uint16_t head;       /* bytes of `text` that are header columns */
	uint8_t tier;
	bool cut;
};

struct template {
	uint64_t count, first_line, last_line;
	struct span example, pattern;
};

/* Open addressing, a power of two of slots, at most half full. */
struct table {
	uint64_t *hashes; /* 0: empty */
	uint32_t *ids;
	size_t slots, used;
};
uint32_t table_find(const struct table *t, uint64_t hash); /* UINT32_MAX: not there */
void table_add(struct table *t, uint64_t hash, uint32_t id);
void table_release(struct table *t);

struct miner {
	struct limits limits;
	struct shape *shapes;
	size_t shape_count, shape_cap;
	struct kind *kinds;
	size_t kind_count, kind_cap;
	struct table by_shape, by_kind;
	struct arena text;
	uint64_t coarsened;
	struct template *templates;
	size_t template_count;
	char *shape_buf; /* LINE_JUDGED_BYTES */
	struct masker masker;
};

#endif
