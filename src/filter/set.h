/* The filters of a set and the asking of their patterns: what classify.c and ask.c work with, private to these. */
#ifndef CTXCUT_FILTER_SET_H
#define CTXCUT_FILTER_SET_H

#include "base/buf.h"
#include "filter/builtin.h"
#include "filter/classify.h"
#include "filter/gate.h"

enum {
	OWNER_WORDS = (FILTER_RULES_MOST + FILTER_BLOCKS_MOST + FILTER_DETECTS_MOST + 63) / 64,
	MESSAGES_MOST = 32,
	EXACT_RULES_MOST = 16,
};

/* Owners: rules, then blocks, then ends. */
struct entry {
	const struct builtin_filter *builtin; /* NULL: of a file */
	char *name, *about, *path;            /* owned */
	struct buf yaml;                      /* owned; of a file */
	enum filter_origin origin;
	struct filter_definition *d;          /* owned; NULL until needed. Of a builtin one: without samples */
	struct filter_definition *whole;      /* owned; NULL until asked for: a builtin one as its text has it */
	bool forced;
	uint16_t id;                          /* 1 + its place in the set, once that is ready */
	uint64_t name_hash;                   /* since then as well */
	struct gate gate;                     /* of rules, blocks and ends */
	uint64_t always[OWNER_WORDS];         /* owners without certain texts */
	uint16_t exact_rules[EXACT_RULES_MOST]; /* the first rules to which digits are not alike (alike.h) */
	size_t exact_rule_count;
	uint64_t exact[OWNER_WORDS];          /* the other owners to which they are not */
	bool line_by_line;                    /* another of them is also without texts, or the prefix is such: nothing holds for a form */
};

/* A pattern that gives a tool away. What is asked of most lines stands together; its answer is the same for all digits. */
struct detect {
	struct first_bytes first; /* all, if the pattern tells digits apart */
	struct span head;
	struct filter_pattern *pattern;
	uint32_t filter;
};

struct filter_set {
	struct entry **entries; /* owned, sorted by name */
	size_t count, cap;
	bool ready;
	struct detect *detects; /* owned: owners of the gates */
	size_t detect_count, detect_cap;
	struct arena arena;     /* … of builtin filters */
	struct gate lines, commands;
	size_t gave_up;         /* matches that reached a limit: what they said of a line is not remembered */
	struct err messages[MESSAGES_MOST];
	size_t message_count;
};

/* Before the gates of the set are used. */
void filter_set_make_ready(struct filter_set *s);
/* The filter with all that its work needs. */
struct entry *filter_set_use(struct filter_set *s, size_t i);
/* Whether the pattern matches. One that gave up too often is switched off, and a message says so. `path`: of its filter. */
bool filter_set_matches(struct filter_set *s, const char *path, struct filter_pattern *p, struct span text, struct pattern_groups *groups);
/* The next owner whose bit is set, from word *at on; takes the bit. */
bool filter_next_owner(uint64_t *bits, size_t words, size_t *at, uint32_t *owner);

static inline bool filter_has_owner(const uint64_t *bits, size_t owner) { return bits[owner >> 6] >> (owner & 63) & 1; }

#endif
