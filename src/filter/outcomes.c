#include "filter/outcomes.h"

#include "base/mem.h"

#include <stdlib.h>

/* A short log needs few: the table grows up to 256 KiB. */
enum { OUTCOMES_FIRST = 128, OUTCOMES_MOST = 8 * 1024 };

void outcomes_init(struct outcomes *o)
{
	*o = (struct outcomes){.count = OUTCOMES_FIRST};
	o->at = mem_zalloc(o->count, sizeof *o->at);
}

void outcomes_release(struct outcomes *o)
{
	free(o->at);
	*o = (struct outcomes){0};
}

static struct outcome *place_of(const struct outcomes *o, uint64_t of) { return &o->at[(size_t)(of >> 8) & (o->count - 1)]; }

const struct outcome *outcomes_find(const struct outcomes *o, uint64_t of)
{
	const struct outcome *found = place_of(o, of);
	return found->of == of ? found : NULL;
}

static void grow(struct outcomes *o)
{
	struct outcomes old = *o;
	o->count *= 4;
	o->added = 0;
	o->at = mem_zalloc(o->count, sizeof *o->at);
	for (size_t i = 0; i < old.count; i++)
		if (old.at[i].of)
			*place_of(o, old.at[i].of) = old.at[i];
	outcomes_release(&old);
}

void outcomes_add(struct outcomes *o, const struct outcome *outcome)
{
	if (place_of(o, outcome->of)->of != outcome->of && o->count < OUTCOMES_MOST && ++o->added > o->count / 2)
		grow(o);
	*place_of(o, outcome->of) = *outcome;
}
