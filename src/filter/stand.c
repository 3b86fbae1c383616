#include "filter/stand.h"

#include "base/mem.h"

#include <string.h>

static uint32_t state_of(struct classifier *c, uint64_t hash)
{
	size_t at = (size_t)hash % (2 * STANDS_MOST);
	for (; c->by_hash[at]; at = (at + 1) % (2 * STANDS_MOST))
		if (c->stands[c->by_hash[at] - 1].hash == hash)
			return c->first_state + c->by_hash[at] - 1;
	if (c->stand_count == STANDS_MOST) {
		memset(c->by_hash, 0, sizeof c->by_hash);
		c->first_state += STANDS_MOST;
		c->stand_count = 0;
		at = (size_t)hash % (2 * STANDS_MOST);
	}
	struct stand *stand = &c->stands[c->stand_count];
	c->by_hash[at] = (uint16_t)(c->stand_count + 1);
	stand->hash = hash;
	memcpy(stand->order, c->order, sizeof stand->order);
	for (size_t slot = 0; slot < ACTIVE_MOST; slot++)
		stand->blocks[slot] = c->slots[slot].block;
	return c->first_state + (uint32_t)c->stand_count++;
}

/* Lines up to which a block that opens at `line` decides alike. */
static uint64_t reach_of(const struct filter_block *b, uint64_t line, uint64_t no)
{
	bool in_first = b->first && b->first < b->max && no - line <= b->first;
	return line + (in_first ? b->first : b->max);
}

void stand_renew(struct classifier *c, uint64_t no)
{
	uint64_t hash = c->active_count, until = UINT64_MAX;
	bool counts = c->asker.watch != NULL;
	c->asked = (struct whos){{UINT64_C(1) << ANSWERS_DETECTS}};
	c->silent_is_all = !c->asker.watch;
	for (size_t i = 0; i < c->active_count; i++) {
		struct active *a = &c->slots[c->order[i]];
		const struct filter_block *b = stand_block(a);
		const uint64_t quiet = c->standing.touched[c->order[i]] + a->entry->d->quiet;
		bool beyond = false;
		if (!a->forced && quiet < until)
			until = quiet;
		counts |= b && b->last;
		if (b && !b->last && no - a->block_line > b->max && !c->asker.watch) {
			a->block = 0;
		} else if (b && !b->last) {
			beyond = b->first && no - a->block_line > b->first;
			uint64_t reach = reach_of(b, a->block_line, no);
			if (reach < until)
				until = reach;
		}
		c->silent_is_all = c->silent_is_all && !a->block && a->entry->id < ANSWERS_SILENT_WHO;
		if (a->entry->id < ANSWERS_SILENT_WHO)
			c->asked.bits[a->entry->id / 64] |= UINT64_C(1) << (a->entry->id % 64);
		hash = stand_mix(hash, (uint64_t)a->entry->id << 32 | (uint64_t)c->order[i] << 16 | (uint64_t)a->block << 8 | beyond);
	}
	c->standing.state = counts ? 0 : state_of(c, hash);
	c->standing.until = until;
}

void stand_move(void *classifier, uint32_t state, uint8_t opens, uint64_t no)
{
	struct classifier *c = classifier;
	const struct stand *to = &c->stands[state - c->first_state];
	memcpy(c->order, to->order, sizeof c->order);
	for (size_t slot = 0; slot < ACTIVE_MOST; slot++)
		c->slots[slot].block = to->blocks[slot];
	c->standing.state = state;
	c->silent_is_all = false; /* maybe: until the next renewal */
	if (!opens)
		return;
	struct active *a = &c->slots[opens - 1];
	a->block_line = no;
	uint64_t reach = reach_of(stand_block(a), no, no);
	if (reach < c->standing.until)
		c->standing.until = reach;
}

struct scan_standing *classifier_standing(struct classifier *c) { return &c->standing; }

void classifier_watch(struct classifier *c, filter_watch *watch, void *user)
{
	c->asker.watch = watch;
	c->asker.watch_user = user;
	c->standing.state = 0;
}

void stand_touch(struct classifier *c, size_t slot, uint64_t no)
{
	c->standing.touched[slot] = no;
	c->doing.touches |= stand_bit(slot);
}

static void move_to_front(struct classifier *c, size_t at)
{
	uint8_t slot = c->order[at];
	memmove(&c->order[at], &c->order[at + 1], c->active_count - 1 - at);
	c->order[c->active_count - 1] = slot;
}

static size_t place_in_order(const struct classifier *c, const struct entry *e)
{
	size_t at = 0;
	while (at < c->active_count && c->slots[c->order[at]].entry != e)
		at++;
	return at;
}

static size_t free_slot(const struct classifier *c)
{
	size_t slot = 0;
	while (c->slots[slot].entry)
		slot++;
	return slot;
}

void stand_activate(struct classifier *c, struct entry *e, uint64_t no, bool forced, const struct filter_pattern *why)
{
	size_t at = place_in_order(c, e);
	if (at < c->active_count) {
		stand_touch(c, c->order[at], no);
		c->of_front = c->of_front && at + 1 == c->active_count;
		move_to_front(c, at);
		return;
	}
	asker_tell(&c->asker, FILTER_STARTED, e, why, FILTER_CLASS_NONE, FILTER_ANY_STATUS);
	c->once = true;
	if (c->active_count < ACTIVE_MOST) {
		at = c->active_count++;
		c->order[at] = (uint8_t)free_slot(c);
	} else {
		for (at = 0; at + 1 < c->active_count && c->slots[c->order[at]].forced;)
			at++;
		asker_tell(&c->asker, FILTER_ENDED, c->slots[c->order[at]].entry, NULL, FILTER_CLASS_NONE, FILTER_ANY_STATUS);
	}
	c->slots[c->order[at]] = (struct active){.entry = e, .forced = forced};
	stand_touch(c, c->order[at], no);
	move_to_front(c, at);
}

void stand_close_block(struct classifier *c, size_t slot, uint64_t no)
{
	struct active *a = &c->slots[slot];
	const struct filter_block *b = stand_block(a);
	a->block = 0;
	if (!b || !b->last)
		return;
	size_t count = a->beyond_count < FILTER_BLOCK_LAST_MOST ? a->beyond_count : FILTER_BLOCK_LAST_MOST;
	for (size_t i = a->beyond_count - count; i < a->beyond_count && c->lifted_count < LIFTED_MOST; i++) {
		uint64_t line = a->beyond[i % FILTER_BLOCK_LAST_MOST];
		if (line + b->last < no)
			continue;
		MEM_GROW(c->lifted, c->lifted_cap, c->lifted_count + 1);
		c->lifted[c->lifted_count++] = (struct lifted){line, b->class};
	}
	a->beyond_count = 0;
}

void stand_deactivate(struct classifier *c, size_t at, uint64_t no)
{
	size_t slot = c->order[at];
	stand_close_block(c, slot, no);
	asker_tell(&c->asker, FILTER_ENDED, c->slots[slot].entry, NULL, FILTER_CLASS_NONE, FILTER_ANY_STATUS);
	c->once = true;
	c->slots[slot].entry = NULL;
	c->active_count--;
	memmove(&c->order[at], &c->order[at + 1], c->active_count - at);
}
