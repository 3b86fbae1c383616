#include "select/score.h"

#include "base/mem.h"
#include "select/weights.h"

#include <math.h>
#include <stdlib.h>

struct place {
	float factor;
	bool failing; /* in a failing segment */
};

struct places {
	const struct segment *segments;
	size_t count;
	enum marker_rank rank;
	uint64_t lines;
	size_t at;    /* walks along with ascending line numbers */
};

static struct place place_of(struct places *p, uint64_t line_no)
{
	if (p->count == 0)
		return (struct place){W_SEGMENT_FIRST, true};
	while (p->at < p->count && p->segments[p->at].last < line_no)
		p->at++;
	bool mention = p->rank == MARKER_MENTION;
	if (p->at == p->count) {
		/* What follows the last failure told is clean-up, unless most of the log follows. */
		bool most = p->lines > 2 * p->segments[p->count - 1].last && p->lines > W_AFTER_LINES;
		return (struct place){most ? W_SEGMENT_LATER : mention ? W_MENTION_AFTER : W_SEGMENT_AFTER, most};
	}
	if (line_no < p->segments[p->at].first)
		return (struct place){mention ? W_MENTION_OUTSIDE : W_SEGMENT_OUTSIDE, false};
	if (p->at == 0)
		return (struct place){W_SEGMENT_FIRST, true};
	return (struct place){mention ? W_MENTION_LATER : W_SEGMENT_LATER, true};
}

static bool slows(const struct record *r)
{
	return (r->flags & (VERDICT_BLANK | VERDICT_PASS | VERDICT_NOISE)) != 0;
}

/* What a line that went well or only keeps busy is worth as another's context. */
static float quiet(const struct record *r) { return r->flags & (VERDICT_PASS | VERDICT_NOISE) ? W_QUIET : 1.0f; }

/* How much of an anchor's worth is left one line further. */
static float decay(const struct record *r, bool service)
{
	if (service)
		return W_SERVICE_FORWARD;
	if (slows(r))
		return W_FORWARD * W_ACROSS;
	if (r->flags & VERDICT_HEADING)
		return W_FORWARD * W_HEADING;
	return r->flags & VERDICT_DETAIL || (r->role & RECORD_ROLE) == TRACE_SOURCE ? W_DETAIL : W_FORWARD;
}

/* Whether the lines after record i explain it: a message, a place, values, frames. A bare entry of a list is not explained. */
static bool explained(const struct scan *scan, size_t i)
{
	const struct record *r = &scan->records[i];
	for (size_t j = i + 1, seen = 0; j < scan->count && j <= i + 6 && seen < 3; j++) {
		const struct record *next = &scan->records[j];
		if (next->no != r->no + (j - i) || next->flags & (VERDICT_NUMBERED | VERDICT_PASS | VERDICT_EXITED))
			return false;
		if (next->flags & VERDICT_BLANK)
			continue;
		seen++;
		if (next->flags & (VERDICT_LOCATION | VERDICT_DETAIL) || (next->role & RECORD_ROLE) != TRACE_NONE ||
		    (next->flags & VERDICT_STRONG && !(next->flags & VERDICT_COUNT) &&
		     miner_template_of(scan->miner, next->shape) != miner_template_of(scan->miner, r->shape)))
			return true;
	}
	return false;
}

/* Kinds of line. A service repeats itself in variants of one template; in a build log each variant is a finding of its own,
 * so there a kind is all that one exact mask makes equal. Returns how many there are; of[shape] is the kind of a shape. */
static uint32_t kinds_of_shapes(const struct scan *scan, bool service, uint32_t *of)
{
	size_t shapes = miner_shape_count(scan->miner);
	if (service) {
		for (uint32_t s = 0; s < shapes; s++)
			of[s] = miner_template_of(scan->miner, s);
		return (uint32_t)miner_template_count(scan->miner);
	}
	size_t slots = 16;
	while (slots < 2 * shapes)
		slots *= 2;
	uint32_t *first = mem_zalloc(slots, sizeof *first); /* 1 + the first shape of that key */
	uint32_t kinds = 0;
	for (uint32_t s = 0; s < shapes; s++) {
		uint64_t key = miner_shape_key(scan->miner, s);
		size_t i = key & (slots - 1);
		while (first[i] && miner_shape_key(scan->miner, first[i] - 1) != key)
			i = (i + 1) & (slots - 1);
		if (!first[i]) {
			first[i] = s + 1;
			of[s] = kinds++;
		} else {
			of[s] = of[first[i] - 1];
		}
	}
	free(first);
	return kinds;
}

/* Marks the odd ones out: lines of a rare kind in a mass of common ones, such as the seven findings among hundreds of
 * "X: ok". No word need announce them. */
static void mark_odd(const struct scan *scan, const uint32_t *kinds, const uint64_t *lines, bool *odd)
{
	size_t common = 0, window = 2 * ODD_REACH + 1;
	if (scan->count < window)
		return;
	for (size_t i = 0; i < scan->count; i++) {
		common += lines[kinds[i]] >= ODD_COMMON_LINES;
		if (i >= window)
			common -= lines[kinds[i - window]] >= ODD_COMMON_LINES;
		if (i + 1 < window)
			continue;
		size_t middle = i - ODD_REACH;
		odd[middle] = lines[kinds[middle]] <= ODD_RARE_LINES && common >= ODD_SURROUNDED &&
		              !(scan->records[middle].flags & (VERDICT_BLANK | VERDICT_NOISE));
	}
}

/* Anchors: what a line is worth by itself, with its late factors. */
static void anchors(struct scored *out, const struct scan *scan, struct places *places)
{
	uint32_t *of = mem_zalloc(miner_shape_count(scan->miner), sizeof *of);
	out->kind_count = kinds_of_shapes(scan, out->service, of);
	uint64_t *lines = mem_zalloc(out->kind_count, sizeof *lines);
	for (uint32_t shape = 0; shape < miner_shape_count(scan->miner); shape++)
		lines[of[shape]] += miner_shape_lines(scan->miner, shape);
	for (size_t i = 0; i < scan->count; i++)
		out->kinds[i] = of[scan->records[i].shape];
	bool *seen = mem_zalloc(out->kind_count, sizeof *seen);
	bool *came = mem_zalloc(out->kind_count, sizeof *came);
	float *rarity = mem_zalloc(out->kind_count, sizeof *rarity);
	for (uint32_t k = 0; k < out->kind_count; k++)
		rarity[k] = powf((float)(lines[k] ? lines[k] : 1), -(out->service ? W_SERVICE_RARITY : W_RARITY));
	bool *odd = mem_zalloc(scan->count, sizeof *odd);
	mark_odd(scan, out->kinds, lines, odd);
	/* A program under test that logs hundreds of errors does so on purpose, or as a consequence. */
	float common_level = 1.0f;
	if (!out->service && (float)scan->levelled_errors > W_COMMON_LEVEL_LINES)
		common_level = powf((float)scan->levelled_errors / W_COMMON_LEVEL_LINES, -W_COMMON_LEVEL);
	unsigned distinct = 0;
	for (size_t i = 0; i < scan->count; i++) {
		const struct record *r = &scan->records[i];
		struct place place = out->service ? (struct place){W_SEGMENT_FIRST, true} : place_of(places, r->no);
		uint32_t t = out->kinds[i];
		float value = r->base;
		if (out->service && r->class == CLASS_WARNING && value < W_SERVICE_WARNING)
			value = W_SERVICE_WARNING;
		bool levelled = (r->flags & VERDICT_LEVELLED) && r->class >= CLASS_ERROR;
		if (levelled)
			value *= common_level;
		if (odd[i] && value < W_ODD)
			value = W_ODD;
		int beside_good = r->role & RECORD_VARIED;
		if (beside_good == RECORD_NEW)
			value += W_NEW;
		else if (beside_good == RECORD_VARIED)
			value += W_VARIED;
		else if (beside_good == RECORD_KNOWN)
			value *= W_KNOWN;
		value *= place.factor * (came[t] || out->service ? rarity[t] : 1.0f);
		came[t] = true;
		if (place.failing && (out->service ? r->class >= CLASS_WARNING : (r->flags & VERDICT_STRONG) != 0) && !seen[t]) {
			seen[t] = true;
			value += out->service ? W_NOVELTY : W_NOVELTY * (levelled ? common_level : 1.0f) * place.factor * expf(-(float)distinct++ / W_NOVELTY_DECAY);
		}
		if (!out->service && (r->flags & VERDICT_STRONG) && !(r->flags & VERDICT_WARNING) && explained(scan, i))
			value += W_EXPLAINED * place.factor * (levelled ? common_level : 1.0f);
		if (r->role & RECORD_QUERY)
			value += W_QUERY;
		if ((r->role & RECORD_IN_RANGE) && value < W_IN_RANGE && !(r->flags & VERDICT_BLANK))
			value = W_IN_RANGE;
		out->values[i] = r->role & RECORD_EXCLUDED ? 0 : value;
		if (r->class == CLASS_FAILURE && out->values[i] > out->best_failure)
			out->best_failure = out->values[i];
	}
	free(of);
	free(lines);
	free(seen);
	free(came);
	free(rarity);
	free(odd);
}

/* Context: an anchor's worth spreads to its neighbours, faster across lines that say nothing. */
static void spread(struct scored *out, const struct scan *scan)
{
	float backward = out->service ? W_SERVICE_BACKWARD : W_BACKWARD;
	float *own = mem_zalloc(scan->count, sizeof *own);
	memcpy(own, out->values, scan->count * sizeof *own);
	float carry = 0;
	size_t from = 0;
	for (size_t i = 0; i < scan->count; i++) {
		const struct record *r = &scan->records[i];
		if (i && scan->records[i - 1].no + 1 != r->no)
			carry = 0;
		carry *= decay(r, out->service);
		if (i && (scan->records[i - 1].flags & VERDICT_EXITED))
			carry *= W_PAST_EXIT;
		if (own[i] >= carry) {
			carry = own[i];
			from = i;
		}
		out->anchors[i] = (uint32_t)from;
		if (!(r->role & RECORD_EXCLUDED) && carry * (quiet(r)) > out->values[i])
			out->values[i] = carry * (quiet(r));
	}
	carry = 0;
	for (size_t i = scan->count; i-- > 0;) {
		const struct record *r = &scan->records[i];
		if (i + 1 < scan->count && r->no + 1 != scan->records[i + 1].no)
			carry = 0;
		carry *= slows(r) ? backward * W_ACROSS : backward;
		if (own[i] >= carry) {
			carry = own[i];
			from = i;
		}
		if (!(r->role & RECORD_EXCLUDED) && carry * (quiet(r)) > out->values[i]) {
			out->values[i] = carry * (quiet(r));
			out->anchors[i] = (uint32_t)from;
		}
	}
	free(own);
}

/* The tail of [first,last] gains e^(-d/τ), d its tokens to the end. */
static void add_tail(struct scored *out, const struct scan *scan, uint64_t first, uint64_t last, float weight, float reach,
                     score_cost *cost, void *user)
{
	float d = 0;
	for (size_t i = scan_past(scan, last); i-- > 0 && scan->records[i].no >= first;) {
		float gain = weight * expf(-d / reach);
		if (gain < 0.01f * weight)
			break;
		if (!(scan->records[i].role & RECORD_EXCLUDED))
			out->values[i] += gain * (slows(&scan->records[i]) ? W_TAIL_QUIET : 1.0f) *
			                  ((scan->records[i].role & RECORD_VARIED) == RECORD_KNOWN ? W_KNOWN : 1.0f);
		d += (float)cost(user, i);
	}
}

static bool is_service_log(const struct scan *scan)
{
	float lines = (float)scan->lines;
	return (float)scan->stamped > W_SERVICE_STAMPED * lines && (float)scan->levelled > W_SERVICE_LEVELLED * lines;
}

void score(struct scored *out, const struct scan *scan, size_t budget_tokens, score_cost *cost, void *user)
{
	*out = (struct scored){0};
	out->values = mem_zalloc(scan->count, sizeof *out->values);
	out->kinds = mem_zalloc(scan->count, sizeof *out->kinds);
	out->anchors = mem_zalloc(scan->count, sizeof *out->anchors);
	struct places places = {.lines = scan->lines};
	places.count = scan_segments(scan, &places.segments, &places.rank);
	out->service = places.rank < MARKER_CI && is_service_log(scan);
	anchors(out, scan, &places);
	spread(out, scan);
	float reach = W_TAIL_REACH * (float)budget_tokens;
	if (places.count == 0) {
		add_tail(out, scan, 1, scan->last_nonblank, out->service ? W_SERVICE_TAIL : W_TAIL, reach, cost, user);
	} else {
		bool mention = places.rank == MARKER_MENTION;
		for (size_t g = 0; g < places.count; g++)
			add_tail(out, scan, places.segments[g].first, places.segments[g].last,
			         W_TAIL * (g == 0 ? W_SEGMENT_FIRST : mention ? W_MENTION_LATER : W_TAIL_LATER), g == 0 ? reach : reach * W_TAIL_LATER, cost,
			         user);
		if (mention)
			add_tail(out, scan, places.segments[places.count - 1].last + 1, scan->last_nonblank, W_TAIL * W_MENTION_AFTER, reach, cost, user);
	}
}

void scored_release(struct scored *s)
{
	free(s->values);
	free(s->kinds);
	free(s->anchors);
	*s = (struct scored){0};
}
