#include "log/known.h"

#include "base/mem.h"

#include <assert.h>
#include <stdlib.h>

static_assert(sizeof(struct known_line) == 64, "a known line is one cache line");

/* In a set stand the lines seen last. A short log needs few: the table grows up to 8 MiB. */
enum { SETS_FIRST = 128, SETS_MOST = 32 * 1024, MET = 32 * 1024 };

static struct known known_of(size_t sets)
{
	size_t bytes = sets * KNOWN_WAYS * sizeof(struct known_line);
	struct known k = {.sets = sets, .lines = mem_aligned(64, bytes), .marks = mem_zalloc(sets, sizeof *k.marks)};
	memset(k.lines, 0, bytes);
	return k;
}

void known_init(struct known *k)
{
	*k = known_of(SETS_FIRST);
	k->met = mem_zalloc(MET, sizeof *k->met);
}

void known_release(struct known *k)
{
	free(k->lines);
	free(k->marks);
	free(k->met);
	*k = (struct known){0};
}

bool known_met(struct known *k, uint64_t form)
{
	uint16_t *slot = &k->met[form % MET], mark = (uint16_t)(form >> 40 | 1); /* 0 is none */
	bool met = *slot == mark;
	*slot = mark;
	return met;
}

static uint8_t *marks_of(const struct known *k, uint64_t form) { return k->marks[form & (k->sets - 1)]; }

struct known_line *known_find_behind(const struct known *k, uint64_t form)
{
	struct known_line *set = known_place(k, form);
	uint8_t *marks = marks_of(k, form), mark = known_mark(form);
	for (size_t way = 1; way < KNOWN_WAYS; way++) {
		if (marks[way] != mark || set[way].form != form)
			continue;
		struct known_line found = set[way];
		set[way] = set[way - 1];
		set[way - 1] = found;
		marks[way] = marks[way - 1];
		marks[way - 1] = mark;
		return &set[way - 1];
	}
	return NULL;
}

/* A set's lines go to several sets, in their order: there is room for each. */
static void grow(struct known *k)
{
	struct known old = *k;
	*k = known_of(old.sets * 4);
	k->met = old.met;
	old.met = NULL;
	for (size_t i = 0; i < old.sets * KNOWN_WAYS; i++)
		if (old.lines[i].form) {
			struct known_line *to = known_place(k, old.lines[i].form);
			uint8_t *mark = marks_of(k, old.lines[i].form);
			for (; to->form; to++)
				mark++;
			*to = old.lines[i];
			*mark = known_mark(to->form);
		}
	known_release(&old);
}

struct known_line *known_add(struct known *k, uint64_t form, struct known_line *gone)
{
	if (k->sets < SETS_MOST && ++k->added > k->sets * KNOWN_WAYS / 2)
		grow(k);
	struct known_line *set = known_place(k, form);
	uint8_t *marks = marks_of(k, form);
	/* In the first place that is free, or the last: what never comes again must not drive out what does. */
	size_t way = 0;
	while (way + 1 < KNOWN_WAYS && marks[way])
		way++;
	*gone = set[way];
	set[way] = (struct known_line){.form = form};
	marks[way] = known_mark(form);
	return &set[way];
}
