#include "log/known.h"

#include "base/mem.h"

#include <stdlib.h>

/* A set is two cache lines; in it stand the lines seen last. A short log needs few: the table grows up to 1 MiB. */
enum { SETS_FIRST = 64, SETS_MOST = 8 * 1024, WAYS = 4 };

void known_init(struct known *k)
{
	*k = (struct known){.sets = SETS_FIRST};
	k->lines = mem_zalloc(SETS_FIRST * WAYS, sizeof *k->lines);
}

void known_release(struct known *k)
{
	free(k->lines);
	*k = (struct known){0};
}

static struct known_line *set_of(const struct known *k, uint64_t form) { return k->lines + (size_t)(form & (k->sets - 1)) * WAYS; }

void known_prefetch(const struct known *k, uint64_t form)
{
	const struct known_line *set = set_of(k, form);
	__builtin_prefetch(set);
	__builtin_prefetch(set + WAYS - 1);
}

struct known_line *known_find(struct known *k, uint64_t form)
{
	struct known_line *set = set_of(k, form);
	if (set[0].form == form)
		return set;
	for (size_t way = 1; way < WAYS; way++)
		if (set[way].form == form) {
			/* One place up, so that what comes often stays. */
			struct known_line found = set[way];
			set[way] = set[way - 1];
			set[way - 1] = found;
			return &set[way - 1];
		}
	return NULL;
}

static struct known_line *make_room(struct known_line *set)
{
	for (size_t way = WAYS - 1; way > WAYS / 2; way--)
		set[way] = set[way - 1];
	return &set[WAYS / 2];
}

static void grow(struct known *k)
{
	struct known old = *k;
	k->sets *= 4;
	k->added = 0;
	k->lines = mem_zalloc(k->sets * WAYS, sizeof *k->lines);
	for (size_t i = 0; i < old.sets * WAYS; i++)
		if (old.lines[i].form)
			*make_room(set_of(k, old.lines[i].form)) = old.lines[i];
	known_release(&old);
}

struct known_line *known_add(struct known *k, uint64_t form)
{
	if (k->sets < SETS_MOST && ++k->added > k->sets * WAYS / 2)
		grow(k);
	struct known_line *line = make_room(set_of(k, form));
	*line = (struct known_line){.form = form};
	return line;
}
