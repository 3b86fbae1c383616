#include "filter/answers.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* A short log needs few: the table grows up to 1 MiB. */
enum { FORMS_FIRST = 64, FORMS_MOST = 16 * 1024 };

void answers_init(struct answers *a)
{
	*a = (struct answers){.count = FORMS_FIRST};
	a->forms = mem_zalloc(FORMS_FIRST, sizeof *a->forms);
}

void answers_release(struct answers *a)
{
	free(a->forms);
	*a = (struct answers){0};
}

static struct answered *place_of(const struct answers *a, uint64_t form) { return &a->forms[(size_t)(form >> 8) & (a->count - 1)]; }

void answers_expect(const struct answers *a, uint64_t form) { __builtin_prefetch(place_of(a, form), 1); }

bool answers_find(const struct answers *a, uint64_t form, uint16_t who, struct answer *out)
{
	const struct answered *of = place_of(a, form);
	if (of->form != form)
		return false;
	if (who < ANSWERS_SILENT_WHO && of->silent.bits[who / 64] >> (who % 64) & 1) {
		*out = (struct answer){0};
		return true;
	}
	for (size_t i = 0; i < ANSWERS_TOGETHER && of->by[i].who_and_1; i++)
		if (of->by[i].who_and_1 == who + 1u) {
			*out = of->by[i].answer;
			return true;
		}
	return false;
}

bool answers_all_silent(const struct answers *a, uint64_t form, const struct whos *whos)
{
	const struct answered *of = place_of(a, form);
	uint64_t others = 0;
	for (size_t i = 0; i < ANSWERS_SILENT_WHO / 64; i++)
		others |= whos->bits[i] & ~of->silent.bits[i];
	return of->form == form && !others;
}

static void grow(struct answers *a)
{
	struct answers old = *a;
	a->count *= 4;
	a->added = 0;
	a->forms = mem_zalloc(a->count, sizeof *a->forms);
	for (size_t i = 0; i < old.count; i++)
		if (old.forms[i].form)
			*place_of(a, old.forms[i].form) = old.forms[i];
	answers_release(&old);
}

void answers_add(struct answers *a, uint64_t form, uint16_t who, struct answer answer)
{
	struct answered *of = place_of(a, form);
	if (of->form != form) {
		if (a->count < FORMS_MOST && ++a->added > a->count / 2) {
			grow(a);
			of = place_of(a, form);
		}
		*of = (struct answered){.form = form};
	}
	if (answer_is_silent(answer) && who < ANSWERS_SILENT_WHO) {
		of->silent.bits[who / 64] |= UINT64_C(1) << (who % 64);
		return;
	}
	/* The latest first; the oldest goes. */
	memmove(of->by + 1, of->by, (ANSWERS_TOGETHER - 1) * sizeof *of->by);
	of->by[0].who_and_1 = (uint16_t)(who + 1);
	of->by[0].answer = answer;
}
