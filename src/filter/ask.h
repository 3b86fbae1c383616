/* Puts the patterns of filters to a line: which match, and on what of the line that depends. */
#ifndef CTXCUT_FILTER_ASK_H
#define CTXCUT_FILTER_ASK_H

#include "filter/answers.h"
#include "filter/outcomes.h"
#include "filter/set.h"

struct asker {
	struct filter_set *set; /* borrowed */
	struct buf form;        /* scratch */
	filter_watch *watch;    /* NULL: no one is told */
	void *watch_user;
	/* Of the line at hand: */
	struct span line;
	uint64_t line_no;
	bool has_key;           /* the deciding rule joins lines by what stands here */
	size_t key_begin, key_end;
	bool line_only;         /* what was said holds for no other line */
	uint16_t digits[OUTCOME_DIGITS_MOST]; /* it holds for lines of this form with the same digits at these places of the line */
	size_t digit_count;
};

void asker_release(struct asker *a);
void asker_begin(struct asker *a, struct span line, uint64_t line_no);

/* What was said depends on the digit at this place of the line, too. */
void asker_add_digit(struct asker *a, uint16_t at);

/* To whoever watches. `p` may be NULL. */
void asker_tell(const struct asker *a, enum filter_event event, const struct entry *e, const struct filter_pattern *p,
                enum filter_class class, enum filter_status on);

/* Whether a text of this line (or a part of it) matches. */
bool asker_matches(struct asker *a, const char *path, struct filter_pattern *p, struct span text, struct pattern_groups *groups);

/* The form of the text (text/kernel.h): borrowed until the next call. */
struct span asker_form(struct asker *a, struct span text);

/* The bits of the owners whose texts the line may hold. Returns the text's form, borrowed until the next call. */
struct span asker_gate(struct asker *a, const struct gate *g, struct span text, uint64_t *owners);

/* Rules, blocks and ends of one filter. Rules that tell digits apart are left to ask_exact, unless someone watches. */
struct answer asker_ask(struct asker *a, const struct entry *e, struct span text);
/* Rules that tell digits apart, for this line. */
void asker_ask_exact(struct asker *a, const struct entry *e, struct span text, struct answer *answer);
/* What the deciding rule joins lines by, when its answer was known. */
void asker_find_key(struct asker *a, const struct entry *e, size_t rule, struct span text);

/* The line behind what the filter's `prefix` matches. */
struct span asker_without_prefix(struct asker *a, struct filter_definition *d, struct span text);

#endif
