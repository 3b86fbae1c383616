/* What filters said of lines of a form (text/kernel.h), so that their patterns are not asked again.
 *
 * A bounded cache: what it gives is what the patterns would say, so which answers it happens to hold changes nothing. Where
 * digits matter to a pattern that might match, the answer is to ask for each line. */
#ifndef CTXCUT_FILTER_ANSWERS_H
#define CTXCUT_FILTER_ANSWERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum answer_fact {
	ANSWER_MATCHED = 1, /* a rule matched */
	ANSWER_ENDS = 2,    /* the line is the last of the filter's region */
	ANSWER_ASK = 4,     /* does not hold for the form: ask again */
	ANSWER_ON_SUCCESS = 8,  /* a rule matched that waits for this status */
	ANSWER_ON_FAILURE = 16,
};

struct answer {
	uint16_t rule;  /* 1 + the rule that decides; 0: none */
	uint16_t exact; /* rules before it that tell digits apart and must be asked for each line: of entry.exact_rules */
	uint8_t block;  /* 1 + the block that opens; 0: none */
	uint8_t facts;  /* enum answer_fact */
};

static inline bool answer_is_silent(struct answer a) { return !a.rule && !a.exact && !a.block && !a.facts; }

enum { ANSWERS_TOGETHER = 5, ANSWERS_DETECTS = 0 /* as `who`: all that could be detected */, ANSWERS_SILENT_WHO = 128 };

/* A bit for each who below ANSWERS_SILENT_WHO. */
struct whos {
	uint64_t bits[ANSWERS_SILENT_WHO / 64];
};

/* One cache line: what was said of one form. Most have nothing to say of most lines: of them a bit is kept. */
struct answered {
	uint64_t form; /* 0: nothing */
	struct whos silent;
	struct {
		uint16_t who_and_1; /* 0: no one */
		struct answer answer;
	} by[ANSWERS_TOGETHER];
};

struct answers {
	struct answered *forms; /* owned */
	size_t count, added;
};

void answers_init(struct answers *a);
void answers_release(struct answers *a);
/* Soon to be looked for, or added to. */
void answers_expect(const struct answers *a, uint64_t form);
bool answers_find(const struct answers *a, uint64_t form, uint16_t who, struct answer *out);
/* Whether all of these are known to have nothing to say. */
bool answers_all_silent(const struct answers *a, uint64_t form, const struct whos *whos);
void answers_add(struct answers *a, uint64_t form, uint16_t who, struct answer answer);

#endif
