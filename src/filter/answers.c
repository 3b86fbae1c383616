#include "filter/answers.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* A short log needs few: the table grows up to 1 MiB. */
enum { SLOTS_FIRST = 256, SLOTS_MOST = 64 * 1024, WAYS = 4 };

void answers_init(struct answers *a)
{
	*a = (struct answers){.count = SLOTS_FIRST};
	a->slots = mem_zalloc(SLOTS_FIRST, sizeof *a->slots);
}

void answers_release(struct answers *a)
{
	free(a->slots);
	*a = (struct answers){0};
}

static struct answered *set_of(const struct answers *a, uint64_t key) { return a->slots + (size_t)(key & (a->count / WAYS - 1)) * WAYS; }

bool answers_find(const struct answers *a, uint64_t key, struct answer *out)
{
	const struct answered *set = set_of(a, key);
	for (size_t way = 0; way < WAYS; way++)
		if (set[way].key == key) {
			*out = set[way].answer;
			return true;
		}
	return false;
}

static void put(struct answers *a, struct answered what)
{
	struct answered *set = set_of(a, what.key);
	memmove(set + 1, set, (WAYS - 1) * sizeof *set);
	set[0] = what;
}

static void grow(struct answers *a)
{
	struct answers old = *a;
	a->count *= 4;
	a->added = 0;
	a->slots = mem_zalloc(a->count, sizeof *a->slots);
	for (size_t i = 0; i < old.count; i++)
		if (old.slots[i].key)
			put(a, old.slots[i]);
	answers_release(&old);
}

void answers_add(struct answers *a, uint64_t key, struct answer answer)
{
	if (a->count < SLOTS_MOST && ++a->added > a->count / 2)
		grow(a);
	put(a, (struct answered){key, answer});
}
