#include "log/known.h"

#include "base/mem.h"

#include <assert.h>
#include <stdlib.h>

static_assert(sizeof(struct known_line) == 64, "a known line is one cache line");

/* In a set stand the lines seen last. A short log needs few: the table grows up to 2 MiB. */
enum { SETS_FIRST = 128, SETS_MOST = 8 * 1024 };

static struct known_line *new_lines(size_t sets)
{
	size_t bytes = sets * KNOWN_WAYS * sizeof(struct known_line);
	return memset(mem_aligned(64, bytes), 0, bytes);
}

void known_init(struct known *k) { *k = (struct known){.sets = SETS_FIRST, .lines = new_lines(SETS_FIRST)}; }

void known_release(struct known *k)
{
	free(k->lines);
	*k = (struct known){0};
}

struct known_line *known_find_behind(struct known_line *set, uint64_t form)
{
	for (size_t way = 1; way < KNOWN_WAYS; way++)
		if (set[way].form == form) {
			struct known_line found = set[way];
			set[way] = set[way - 1];
			set[way - 1] = found;
			return &set[way - 1];
		}
	return NULL;
}

/* A set's lines go to several sets, in their order: there is room for each. */
static void grow(struct known *k)
{
	struct known old = *k;
	k->sets *= 4;
	k->added = 0;
	k->lines = new_lines(k->sets);
	for (size_t i = 0; i < old.sets * KNOWN_WAYS; i++)
		if (old.lines[i].form) {
			struct known_line *to = known_set(k, old.lines[i].form);
			while (to->form)
				to++;
			*to = old.lines[i];
		}
	known_release(&old);
}

struct known_line *known_add(struct known *k, uint64_t form, struct known_line *gone)
{
	if (k->sets < SETS_MOST && ++k->added > k->sets * KNOWN_WAYS / 2)
		grow(k);
	struct known_line *set = known_set(k, form), *line = &set[KNOWN_WAYS / 2];
	*gone = set[KNOWN_WAYS - 1];
	for (size_t way = KNOWN_WAYS - 1; way > KNOWN_WAYS / 2; way--)
		set[way] = set[way - 1];
	*line = (struct known_line){.form = form};
	return line;
}
