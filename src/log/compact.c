#include "log/compact.h"

#include "base/mem.h"

#include <stdlib.h>

/* What compaction keeps around an anchor: beyond this reach its context value is below every tail's (.92^40 = .04). */
enum { KEEP_AFTER = 40, KEEP_BEFORE = 14, KEEP_TAIL = 400, KEEP_HEAD = 8, TAIL_RECORDS = KEEP_TAIL * 4 };
/* Once records had to go, young ones are looked at before they are so many that they leave the processor's cache. */
enum { YOUNG_PART = 32 };

/* Where the records begin that the end of the input may need. */
static size_t tail_of(const struct scan *s) { return s->count > TAIL_RECORDS ? s->count - TAIL_RECORDS : 0; }

/* Marks what stays of the records from `from` on, keep[0] being the first: context of anchors worth at least `threshold`,
 * segment tails, head and tail of the input. Returns how many. */
static size_t mark_kept(const struct scan *s, size_t from, float threshold, bool *keep)
{
	memset(keep, 0, (s->count - from) * sizeof *keep);
	/* Anchors may stand close: what the ones before have marked is not marked again. */
	size_t ahead = from, previous = from;
	for (size_t i = from > KEEP_AFTER ? from - KEEP_AFTER : 0; i < s->count; i++) {
		const struct record *r = &s->records[i];
		if (r->base < threshold && !(r->role & RECORD_QUERY))
			continue;
		if (ahead < i)
			ahead = i;
		while (ahead < s->count && s->records[ahead].no <= r->no + KEEP_AFTER)
			keep[ahead++ - from] = true;
		for (size_t j = i; j-- > previous && s->records[j].no + KEEP_BEFORE >= r->no;)
			keep[j - from] = true;
		previous = i > from ? i : from;
	}
	for (int rank = 1; rank < MARKER_RANKS; rank++) {
		size_t n = s->segment_count[rank] < SEGMENTS_MAX ? s->segment_count[rank] : SEGMENTS_MAX;
		for (size_t g = 0; g < n; g++) {
			if (g >= 4 && g + 2 < n)
				continue;
			uint64_t last = s->segments[rank][g].last;
			for (size_t j = scan_past(s, last); j-- > from && s->records[j].no + KEEP_TAIL > last;)
				keep[j - from] = true;
		}
	}
	for (size_t i = from; i < s->count && s->records[i].no <= KEEP_HEAD; i++)
		keep[i - from] = true;
	for (size_t i = tail_of(s) > from ? tail_of(s) : from; i < s->count; i++)
		keep[i - from] = true;
	size_t kept = 0;
	for (size_t i = 0; i < s->count - from; i++)
		kept += keep[i];
	return kept;
}

/* So that each shape has its number of lines held. */
static void know_held(struct scan *s)
{
	const size_t shapes = miner_shape_count(s->miner), old = s->held_cap;
	if (shapes > old) {
		MEM_GROW(s->held, s->held_cap, shapes);
		memset(s->held + old, 0, (s->held_cap - old) * sizeof *s->held);
	}
}

/* Of each shape the first s->most stay. Returns how many records do. */
static size_t thin_out(struct scan *s, size_t from, bool *keep)
{
	const size_t tail = tail_of(s);
	size_t kept = 0;
	know_held(s);
	for (size_t i = from; i < s->count; i++) {
		if (keep[i - from] && i < tail && s->records[i].no > KEEP_HEAD && ++s->held[s->records[i].shape] > s->most)
			keep[i - from] = false;
		kept += keep[i - from];
	}
	return kept;
}

/* When even the best anchors are too many. */
static void thin_out_all(struct scan *s, bool *keep, size_t target)
{
	s->most = (uint32_t)(target / (miner_shape_count(s->miner) + 1) / 2 + 4);
	know_held(s);
	memset(s->held, 0, s->held_cap * sizeof *s->held);
	size_t kept = thin_out(s, 0, keep);
	/* Still too many kinds: the earliest win, since first errors explain and later ones cascade. */
	for (size_t i = tail_of(s); i-- > 0 && kept > target;)
		if (keep[i]) {
			keep[i] = false;
			kept--;
		}
}

/* Records with consecutive numbers as what is left of them. */
static struct run run_of(const struct record *records, size_t count)
{
	struct run run = {.first = records[0].no, .last = records[count - 1].no};
	uint32_t shape = ~records[0].shape;
	for (size_t i = 0; i < count; i++) {
		run.errors += records[i].class >= CLASS_ERROR;
		run.warnings += records[i].class == CLASS_WARNING;
		if (records[i].shape != shape)
			run_set(run.kinds, run_bit(shape = records[i].shape));
	}
	return run;
}

/* Drops the records from `from` on that are not to be kept into runs behind `runs`; those of `between`, which is ascending too,
 * come at their places. */
static void drop(struct scan *s, size_t from, const bool *keep, struct runs *runs, const struct runs *between)
{
	size_t old = 0, out = from;
	for (size_t i = from; i < s->count;) {
		const struct record *r = &s->records[i];
		if (keep[i - from]) {
			s->records[out++] = *r;
			i++;
			continue;
		}
		while (old < between->count && between->at[old].first < r->no)
			runs_add(runs, &between->at[old++]);
		size_t n = 1;
		while (i + n < s->count && !keep[i + n - from] && r[n].no == r->no + n)
			n++;
		struct run dropped = run_of(r, n);
		runs_add(runs, &dropped);
		i += n;
	}
	while (old < between->count)
		runs_add(runs, &between->at[old++]);
	s->count = out;
}

static void compact_all(struct scan *s)
{
	bool *keep = mem_alloc(s->count * sizeof *keep);
	static const float thresholds[] = {0.05f, 0.25f, 0.45f, 0.85f};
	size_t target = s->count / 2, kept = s->count;
	for (size_t t = 0; t < sizeof thresholds / sizeof *thresholds && kept > target; t++)
		kept = mark_kept(s, 0, s->threshold = thresholds[t], keep);
	s->most = UINT32_MAX;
	if (kept > target)
		thin_out_all(s, keep, target);
	struct runs merged = {0};
	drop(s, 0, keep, &merged, &s->runs);
	runs_release(&s->runs);
	s->runs = merged;
	free(keep);
}

/* Whether enough lines are held of each shape that the young ones have, but for the end of the input. */
static bool has_enough(struct scan *s)
{
	know_held(s);
	for (size_t i = s->young; i < tail_of(s); i++)
		if (s->held[s->records[i].shape] < s->most)
			return false;
	return true;
}

/* The young ones only, by what was decided for all of them last. */
static void compact_young(struct scan *s)
{
	const size_t count = s->count - s->young, tail = tail_of(s) - s->young;
	bool *keep = mem_alloc(count * sizeof *keep);
	if (s->most != UINT32_MAX && has_enough(s)) {
		memset(keep, false, tail * sizeof *keep);
		memset(keep + tail, true, (count - tail) * sizeof *keep);
	} else {
		mark_kept(s, s->young, s->threshold, keep);
		if (s->most != UINT32_MAX)
			thin_out(s, s->young, keep);
	}
	drop(s, s->young, keep, &s->runs, &(struct runs){0});
	free(keep);
}

void compact(struct scan *s)
{
	const size_t limit = s->limits.records, young = limit / YOUNG_PART;
	if (s->count == limit)
		compact_all(s);
	else
		compact_young(s);
	/* What the end of the input may need is decided upon later. */
	s->young = tail_of(s);
	s->room = young > 2 * TAIL_RECORDS && limit - s->count > young ? s->count + young : limit;
}
