/* What the parts of the miner share: miner.c counts lines, miner_head.c finds header columns, miner_merge.c does
 * stage 2. */
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
	uint16_t head; /* bytes of `text` that are header columns */
	uint8_t tier;
	bool cut;
};

struct template
{
	uint64_t count, first_line, last_line;
	struct span example, pattern;
};

/* Open addressing, a power of two of slots, at most half full. */
struct table {
	uint64_t *hashes; /* 0: empty */
	uint32_t *ids;
	uint64_t *marks;  /* four bits a slot, one set for each hash: most of what is not there is not searched for */
	size_t slots, used;
};
uint32_t table_find(const struct table *t, uint64_t hash); /* UINT32_MAX: not there */
void table_add(struct table *t, uint64_t hash, uint32_t id);
void table_release(struct table *t);

/* Stage 2's working set: one entry for each kind, joined by `into`. */
enum { TOKEN_MASK = 0, TOKEN_EQUALS, TOKEN_QUOTE, TOKEN_COMMA, TOKEN_COLON, TOKENS_KNOWN };
enum {
	WORD_TEXT = 1,       /* has a letter */
	WORD_OPENER = 2,     /* what follows it is often a name */
	WORD_IDENTIFIER = 4, /* a name itself */
	WORD_BOOLEAN = 8,    /* true, false, yes, no */
	WORD_NOTHING = 16,   /* "-", which stands for a value that is not there */
	WORD_MESSAGE = 32,   /* a key whose value is the message */
};
struct entry {
	struct span text; /* borrowed: without header columns */
	uint64_t count, hash;
	uint32_t at;   /* of its tokens in merge.tokens */
	uint32_t into; /* the entry that it became part of; itself while it stands */
	uint16_t len, masks, words;
	bool fixed; /* takes no part: only its key is known */
};
struct merge {
	struct entry *entries;
	size_t entry_count;
	uint32_t *tokens;
	size_t token_count, token_cap;
	uint8_t *flags; /* of each word */
	size_t word_count, flag_cap;
	struct table words, variable;
	struct arena arena;
};
bool merge_tokenize(struct merge *g, struct entry *e); /* from e->text; false when there is no room */
bool merge_is_alive(const struct merge *g, uint32_t e);
uint32_t merge_root(const struct merge *g, uint32_t e);
void merge_join(struct merge *g, uint32_t from, uint32_t into);
void merge_mask(struct merge *g, struct entry *e, size_t position);
void merge_equals(struct merge *g); /* joins entries that have become equal */
void merge_release(struct merge *g);
/* A term of an entry's hash, which is their sum and its length: so terms can be taken out and put in. */
uint64_t merge_mix(uint32_t token, size_t position);
uint64_t merge_hash(const struct merge *g, const struct entry *e);

struct miner {
	struct limits limits;
	struct shape *shapes;
	size_t shape_count, shape_cap;
	struct kind *kinds;
	size_t kind_count, kind_cap;
	struct table by_shape, by_kind;
	struct table by_outline; /* shapes of the coarsest tiers: few, and asked for much */
	struct arena text;
	uint64_t coarsened;
	struct template *templates;
	size_t template_count;
	struct merge merge; /* while miner_finish runs */
	char *shape_buf;    /* LINE_JUDGED_BYTES */
	bool hurries;       /* miner_hurry */
	uint32_t tried, found; /* lines that were looked up in full tiers, and of them those that were known */
	uint32_t skip, skipped; /* so many lines are still not tried; after the last trial it were so many */
	struct masker masker;
};

#endif
