/* Where the filters stand in an input: who is active, in which order, which blocks are open; and the states that name this for
 * lines that are settled (log/scan.h). Private to the classifier. */
#ifndef CTXCUT_FILTER_STAND_H
#define CTXCUT_FILTER_STAND_H

#include "filter/ask.h"
#include "filter/classify.h"
#include "filter/outcomes.h"

enum { ACTIVE_MOST = 8, LIFTED_MOST = 64 * 1024, STANDS_MOST = 256 };

struct active {
	struct entry *entry;
	bool forced;
	uint8_t block;          /* 1 + the one that is open; 0: none */
	uint64_t block_line;    /* where it opened */
	uint64_t beyond[FILTER_BLOCK_LAST_MOST]; /* lines that are noise unless they are its last, a ring */
	size_t beyond_count;
};

/* Where the filters stand: who is active, in which order, and which block of theirs is open. */
struct stand {
	uint64_t hash;              /* of all this */
	uint8_t order[ACTIVE_MOST]; /* slots; asked first: the last */
	uint8_t blocks[ACTIVE_MOST]; /* by slot, as active.block */
};

struct classifier {
	struct filter_set *set; /* borrowed */
	struct active slots[ACTIVE_MOST];
	uint8_t order[ACTIVE_MOST]; /* who is active: slots; asked first: the last */
	size_t active_count;
	struct scan_standing standing; /* touched: by slot, the line on which a rule matched last */
	struct stand stands[STANDS_MOST]; /* those that a state stands for: state - first_state is the place */
	uint16_t by_hash[2 * STANDS_MOST]; /* 1 + the place; 0: empty */
	size_t stand_count;
	struct whos asked;      /* who is active, and ANSWERS_DETECTS */
	bool silent_is_all;     /* and nothing else can come of a line: no block is open, all of them have a bit */
	uint32_t first_state;   /* no state stands for two things in one input: when there are too many, all are forgotten */
	bool begun;
	struct asker asker;
	struct answers answers;
	struct outcomes outcomes;
	struct outcome doing;   /* of the line at hand */
	bool once;              /* what comes of it holds for no other line */
	bool of_front;          /* what comes of it depends on no filter but the one that is asked first */
	uint64_t *detected;     /* owned: scratch */
	size_t detect_words;
	struct lifted {
		uint64_t no;
		enum filter_class class;
	} *lifted;              /* owned, ascending: lines that turned out to be a block's last */
	size_t lifted_count, lifted_cap;
};

static inline uint8_t stand_bit(size_t slot) { return (uint8_t)(1u << slot); }

static inline const struct filter_block *stand_block(const struct active *a) { return a->block ? &a->entry->d->blocks[a->block - 1] : NULL; }

static inline uint64_t stand_mix(uint64_t h, uint64_t with)
{
	h = (h ^ with) * UINT64_C(0x9E3779B97F4A7C15);
	return h ^ h >> 32;
}

/* The state at line `no`, and up to which line it stands. Two lines of one form that meet one state are the same to all filters,
 * but for the digits in them. */
void stand_renew(struct classifier *c, uint64_t no);
/* To a state to which a line like this one led before. Of the type of scan_standing.move. */
void stand_move(void *classifier, uint32_t state, uint8_t opens, uint64_t no);
/* A rule of the filter in this slot matched. */
void stand_touch(struct classifier *c, size_t slot, uint64_t no);
/* Becomes the first to be asked. When there are too many, the one that has waited longest goes. */
void stand_activate(struct classifier *c, struct entry *e, uint64_t no, bool forced, const struct filter_pattern *why);
void stand_close_block(struct classifier *c, size_t slot, uint64_t no);
/* `at`: its place in the order. */
void stand_deactivate(struct classifier *c, size_t at, uint64_t no);

#endif
