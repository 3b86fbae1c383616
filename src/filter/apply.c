#include "filter/apply.h"

#include "filter/classify.h"

/* What rules set when a line is theirs; see verdict.h. A place (path:line) and a time stamp stay what they are. */
#define FLAGS_OF_CLASS                                                                                                  \
	(VERDICT_PASS | VERDICT_NOISE | VERDICT_WARNING | VERDICT_STRONG | VERDICT_COUNT | VERDICT_NUMBERED | VERDICT_LEVELLED | \
	 VERDICT_DETAIL | VERDICT_HEADING | VERDICT_BLANK)

static void make_quiet(struct record *r, uint8_t class, unsigned flag)
{
	r->base = 0;
	r->class = class;
	r->flags = (uint16_t)((r->flags & ~(unsigned)VERDICT_EXITED) | flag);
}

/* The worth follows verdict.c: what decides on evidence there is known here. */
void filter_apply(struct record *r, enum filter_class class)
{
	bool counted = r->class >= CLASS_ERROR;
	r->flags &= (uint16_t)~FLAGS_OF_CLASS;
	switch (class) {
	case FILTER_CLASS_FAILURE:
		r->base = 1.0f;
		r->class = CLASS_FAILURE;
		r->flags |= VERDICT_STRONG;
		break;
	case FILTER_CLASS_ERROR:
		r->base = 0.5f;
		r->class = CLASS_ERROR;
		break;
	case FILTER_CLASS_WARNING:
		r->base = 0.15f;
		r->class = CLASS_WARNING;
		r->flags |= VERDICT_WARNING;
		break;
	case FILTER_CLASS_SUMMARY:
		/* A total that states failures stays an error: a red run never looks green (promise P6). */
		r->base = 0.6f;
		r->class = counted ? CLASS_ERROR : CLASS_SUMMARY;
		break;
	case FILTER_CLASS_SECTION:
		r->base = 0.05f;
		r->class = CLASS_SECTION;
		r->flags |= VERDICT_HEADING;
		break;
	case FILTER_CLASS_DETAIL:
		r->base = 0.3f;
		r->class = CLASS_PLAIN;
		r->flags = (uint16_t)((r->flags & ~(unsigned)VERDICT_EXITED) | VERDICT_DETAIL);
		break;
	case FILTER_CLASS_CONTEXT:
		make_quiet(r, CLASS_PLAIN, 0);
		break;
	case FILTER_CLASS_PASS:
		make_quiet(r, CLASS_PASS, VERDICT_PASS);
		break;
	case FILTER_CLASS_PROGRESS:
	case FILTER_CLASS_NOISE:
		make_quiet(r, CLASS_NOISE, VERDICT_NOISE);
		break;
	case FILTER_CLASS_NONE:
	case FILTER_CLASSES:
		break;
	}
}

void filter_wait_for_status(struct record *r, enum filter_status on)
{
	if (on == FILTER_ON_FAILURE)
		r->flags |= VERDICT_FAILURE_ON_FAILURE;
	else if (r->class < CLASS_ERROR)
		r->flags |= VERDICT_QUIET_ON_SUCCESS;
}

void filters_apply_status(struct scan *scan, int status)
{
	for (size_t i = 0; i < scan->count; i++) {
		struct record *r = &scan->records[i];
		if (status == 0 && r->flags & VERDICT_QUIET_ON_SUCCESS && r->class < CLASS_ERROR) {
			scan->warnings -= r->class == CLASS_WARNING;
			filter_apply(r, FILTER_CLASS_NOISE);
		} else if (status != 0 && r->flags & VERDICT_FAILURE_ON_FAILURE) {
			scan->warnings -= r->class == CLASS_WARNING;
			scan->errors += r->class < CLASS_ERROR;
			scan->errored[r->shape] = true;
			filter_apply(r, FILTER_CLASS_FAILURE);
		}
	}
}
