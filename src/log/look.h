/* What can be said of a line by itself, whatever stands before it. Costs most of the pass, needs nothing of its state: so
 * another thread may have looked before the pass comes to the line. Whether one did changes nothing but the time it takes. */
#ifndef CTXCUT_LOG_LOOK_H
#define CTXCUT_LOG_LOOK_H

#include "base/buf.h"
#include "input/lines.h"
#include "log/verdict.h"
#include "text/classes.h"

enum look_fact {
	LOOK_IN_PLACE = 1, /* the judged text is part of the line as it stands: behind `skip` bytes, before the last `cut` */
	LOOK_ORDINARY = 2, /* set by the pass: opens no trace */
	LOOK_COMMAND = 4,  /* begins as a shell shows commands */
	LOOK_JUNK = 8,     /* binary data */
	LOOK_LOOKED = 16,  /* all but `form` and `verdict` is filled in */
	LOOK_JUDGED = 32,  /* and `verdict` */
};

struct glance {
	uint64_t form;  /* hash of the line's form (text/kernel.h) */
	uint64_t shape; /* hash of the judged text's shape */
	struct verdict verdict;
	uint16_t skip;
	uint8_t cut;
	uint8_t facts;  /* enum look_fact */
	uint8_t event;  /* enum peel_event */
};

/* A line, and what was seen of it ahead of the pass: at least its form. */
struct seen {
	struct line line;
	struct glance glance;
};

struct looker {
	bool ci;                   /* rules that know a CI system */
	struct buf cleaned, plain; /* scratch */
	char *shape;               /* owned: scratch */
	bool shapeless;            /* no shape is asked for: glance.shape is 0 */
	uint16_t *lately;          /* owned: a mark for each form, then for each shape, that came lately; NULL: not asked for */
	struct classes classes;    /* scratch */
};

void looker_init(struct looker *l, bool ci);
void looker_release(struct looker *l); /* safe on a zeroed struct */

/* Fills in the form. */
void look_at_form(struct span text, struct glance *out);
/* Fills in all but form and verdict. Returns the judged text: cleaned, without CI decoration; borrowed from the line or until
 * the next call. */
struct span look_at_line(struct looker *l, struct span text, struct glance *out);
/* The judged text again, of a line that was looked at. */
struct span look_again(struct looker *l, struct span text, const struct glance *glance);

/* For a thread that looks ahead. Whether a line of this form was asked for lately: then the pass is likely to know it. A form
 * that did not come may be taken for one that did, once in tens of thousands. */
bool look_came_lately(struct looker *l, uint64_t form);
/* Looks at a line of which only the form is filled in: all that is likely to be needed, since its form did not come lately. */
void look_ahead(struct looker *l, struct span text, struct glance *out);

#endif
