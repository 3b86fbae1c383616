#include "select/excerpt.h"

#include "log/fields.h"
#include "log/peel.h"
#include "log/verdict.h"

#include <string.h>

enum {
	MARK_CHARS = 14,      /* of a mark with its number */
	HOLE_SHARE = 5,       /* a hole of less than this share of the room is not worth one: a mark takes eight tokens */
	BEFORE_CHARS = 16,    /* a word that is kept … */
	AFTER_CHARS = 36,     /* … what follows tells more of it */
	QUERY_MATCHES = 2,
	NARROW_CHARS = 60,    /* of a line that is cut to less, only head and tail are kept */
	LEAD_CHARS = 60,      /* before the fields of a structured line */
	PEELED_CHARS = 40,
	PARTS_MOST = CUTS_MOST - 2,
};

/* Ascending, disjoint parts of a line that are kept. */
struct parts {
	struct span line;
	size_t begin[PARTS_MOST], end[PARTS_MOST];
	size_t count;
};

static bool starts_char(char c) { return ((unsigned char)c & 0xc0) != 0x80; }

static size_t count_chars(struct span s)
{
	size_t n = 0;
	for (size_t i = 0; i < s.len; i++)
		n += starts_char(s.ptr[i]);
	return n;
}

/* `chars` characters on from byte `at`, and back. */
static size_t forward(struct span s, size_t at, size_t chars)
{
	while (chars-- && at < s.len)
		do
			at++;
		while (at < s.len && !starts_char(s.ptr[at]));
	return at;
}

static size_t backward(struct span s, size_t at, size_t chars)
{
	while (chars-- && at > 0)
		do
			at--;
		while (at > 0 && !starts_char(s.ptr[at]));
	return at;
}

static bool is_kept(const struct parts *p, size_t begin, size_t end)
{
	for (size_t i = 0; i < p->count; i++)
		if (p->begin[i] <= begin && end <= p->end[i])
			return true;
	return false;
}

/* Adds [begin,end), joined with what it touches. Returns how many characters that adds. */
static size_t keep(struct parts *p, size_t begin, size_t end)
{
	size_t before = 0, first = 0;
	if (begin >= end || is_kept(p, begin, end))
		return 0;
	while (first < p->count && p->end[first] < begin)
		first++;
	size_t last = first;
	while (last < p->count && p->begin[last] <= end) {
		before += count_chars(span_of(p->line.ptr + p->begin[last], p->end[last] - p->begin[last]));
		begin = p->begin[last] < begin ? p->begin[last] : begin;
		end = p->end[last] > end ? p->end[last] : end;
		last++;
	}
	if (last == first && p->count == PARTS_MOST)
		return 0;
	size_t moved = p->count - last;
	memmove(p->begin + first + 1, p->begin + last, moved * sizeof *p->begin);
	memmove(p->end + first + 1, p->end + last, moved * sizeof *p->end);
	p->count = first + 1 + moved;
	p->begin[first] = begin;
	p->end[first] = end;
	return count_chars(span_of(p->line.ptr + begin, end - begin)) - before;
}

/* As keep, at most `most` characters of it. */
static size_t keep_head(struct parts *p, size_t begin, size_t end, size_t most)
{
	size_t stop = forward(p->line, begin, most);
	return keep(p, begin, stop < end ? stop : end);
}

static size_t keep_tail(struct parts *p, size_t begin, size_t end, size_t most)
{
	size_t start = backward(p->line, end, most);
	return keep(p, start > begin ? start : begin, end);
}

/* ---- what made a line severe -------------------------------------------------------------------------------------- */

/* Where the shortest beginning of `judged` ends that says as much as all of it; 0 when it says nothing of failure. Evidence is
 * judged as the line was, so that no word is kept here that does not count there, and none is missed. */
static size_t evidence_end(struct span judged)
{
	struct verdict all = verdict_of(judged);
	if (all.class < CLASS_WARNING)
		return 0;
	size_t low = 0, high = judged.len;
	while (low + 1 < high) {
		/* Between words: half of one can say what the whole does not. */
		size_t mid = low + (high - low) / 2;
		while (mid < high && judged.ptr[mid] != ' ')
			mid++;
		if (mid == high)
			for (mid = low + (high - low) / 2; mid > low && judged.ptr[mid] != ' ';)
				mid--;
		if (mid == low)
			break;
		struct verdict v = verdict_of(span_head(judged, mid));
		if (v.class >= (all.class > CLASS_ERROR ? CLASS_ERROR : all.class))
			high = mid;
		else
			low = mid;
	}
	return high;
}

static size_t keep_around(struct parts *p, size_t begin, size_t end)
{
	if (is_kept(p, begin, end))
		return 0;
	return keep(p, backward(p->line, begin, BEFORE_CHARS), forward(p->line, end, AFTER_CHARS));
}

static size_t keep_hints(struct parts *p, size_t lead, const struct excerpt_options *o)
{
	size_t added = 0;
	if (o->class >= CLASS_WARNING) {
		size_t end = evidence_end(span_from(p->line, lead));
		while (end && strchr(" \t\",:;.)]}'", p->line.ptr[lead + end - 1]))
			end--;
		if (end)
			added += keep_around(p, backward(p->line, lead + end, 8), lead + end);
	}
	size_t from = 0;
	for (int i = 0; o->query && i < QUERY_MATCHES; i++) {
		struct pattern_groups groups;
		if (pattern_find(o->query, p->line, from, &groups) != PATTERN_YES || groups.at[0].end <= groups.at[0].begin)
			break;
		added += keep_around(p, groups.at[0].begin, groups.at[0].end);
		from = groups.at[0].end;
	}
	return added;
}

/* ---- structured lines --------------------------------------------------------------------------------------------- */

/* The share of a line's room that one field of a role may take, in percent; what remains goes to the line's begin. */
static const unsigned char shares[FIELD_ROLES] = {
	[FIELD_LEVEL] = 12, [FIELD_MESSAGE] = 45, [FIELD_ERROR] = 35, [FIELD_STATUS] = 10, [FIELD_PLACE] = 20, [FIELD_STACK] = 35,
	[FIELD_TIME] = 16,
};
static const enum field_role order[] = {FIELD_LEVEL, FIELD_MESSAGE, FIELD_ERROR, FIELD_STATUS, FIELD_STACK, FIELD_PLACE, FIELD_TIME};

/* The cause stands at the end of a Python traceback, at the begin of others'. */
static bool cause_is_last(struct span value) { return span_starts(value, SPAN("Traceback ")) || span_starts(value, SPAN("\\nTraceback ")); }

static bool keep_fields(struct parts *p, size_t room)
{
	struct field fields[FIELDS_MOST];
	size_t count = fields_find(p->line, fields, FIELDS_MOST), left = room;
	if (!count)
		return false;
	size_t used = keep_head(p, 0, fields[0].begin, LEAD_CHARS);
	for (size_t r = 0; r < sizeof order / sizeof *order; r++) {
		for (size_t i = 0; i < count; i++) {
			const struct field *f = &fields[i];
			size_t most = room * shares[order[r]] / 100;
			left = room > used ? room - used : 0;
			if (f->role != order[r] || left < MARK_CHARS)
				continue;
			most = most < left ? most : left;
			struct span value = span_of(p->line.ptr + f->value, f->end - f->value);
			size_t key = count_chars(span_of(p->line.ptr + f->begin, f->value - f->begin));
			if (key + count_chars(value) <= most || most < key + 2 * MARK_CHARS) {
				used += keep_head(p, f->begin, f->end, most);
			} else if ((f->role == FIELD_STACK || f->role == FIELD_ERROR || f->role == FIELD_MESSAGE) && cause_is_last(value)) {
				used += keep(p, f->begin, f->value);
				used += keep_tail(p, f->value, f->end, most - key);
			} else {
				used += keep_head(p, f->begin, f->end, most);
			}
		}
	}
	/* The rest of the room goes to the line from its begin on. */
	left = room > used ? room - used : 0;
	for (size_t at = 0; left >= MARK_CHARS && at < p->line.len;) {
		size_t i = 0;
		while (i < p->count && p->end[i] <= at)
			i++;
		if (i < p->count && p->begin[i] <= at) {
			at = p->end[i];
			continue;
		}
		size_t stop = i < p->count ? p->begin[i] : p->line.len, added = keep_head(p, at, stop, left);
		if (!added)
			break;
		left -= added;
	}
	return true;
}

/* ---- parts to text ------------------------------------------------------------------------------------------------ */

static void put_mark(struct buf *out, size_t chars, struct cut *cut)
{
	cut->begin = (uint32_t)out->len;
	buf_addf(out, "…[%zu cut]…", chars);
	cut->end = (uint32_t)out->len;
}

static bool is_small(struct span hole, size_t chars) { return hole.len <= 4 * chars && count_chars(hole) <= chars; }

static size_t small_hole(const struct excerpt_options *o)
{
	size_t share = (o->head_chars + o->tail_chars) / HOLE_SHARE;
	return share > MARK_CHARS ? share : MARK_CHARS;
}

/* Holes that cost less than their mark are closed. */
static void close_holes(struct parts *p, size_t chars)
{
	size_t at = 0;
	struct parts closed = {.line = p->line};
	for (size_t i = 0; i < p->count; i++) {
		bool small = is_small(span_of(p->line.ptr + at, p->begin[i] - at), chars);
		if (small && closed.count) {
			closed.end[closed.count - 1] = p->end[i];
		} else {
			closed.begin[closed.count] = small ? at : p->begin[i];
			closed.end[closed.count++] = p->end[i];
		}
		at = p->end[i];
	}
	if (closed.count && is_small(span_from(p->line, at), chars))
		closed.end[closed.count - 1] = p->line.len;
	*p = closed;
}

static size_t put_parts(struct buf *out, const struct parts *p, struct cut *cuts)
{
	size_t at = 0, count = 0;
	for (size_t i = 0; i < p->count; i++) {
		if (p->begin[i] > at)
			put_mark(out, count_chars(span_of(p->line.ptr + at, p->begin[i] - at)), &cuts[count++]);
		buf_add(out, p->line.ptr + p->begin[i], p->end[i] - p->begin[i]);
		at = p->end[i];
	}
	if (at < p->line.len)
		put_mark(out, count_chars(span_from(p->line, at)), &cuts[count++]);
	return count;
}

/* `open`: more follows, so that the line's tail is not here. */
static void choose_parts(struct parts *p, const struct excerpt_options *o, bool open)
{
	struct span judged = peel_line(p->line, o->ci).text;
	size_t lead = judged.ptr >= p->line.ptr && judged.ptr <= p->line.ptr + p->line.len ? (size_t)(judged.ptr - p->line.ptr) : 0;
	size_t peeled = count_chars(span_head(p->line, lead)), head = o->head_chars + (peeled < PEELED_CHARS ? peeled : PEELED_CHARS);
	if (head + o->tail_chars < NARROW_CHARS) {
		keep_head(p, 0, p->line.len, head);
		if (!open)
			keep_tail(p, 0, p->line.len, o->tail_chars);
		return;
	}
	if (keep_fields(p, head + o->tail_chars)) {
		keep_hints(p, lead, o);
		return;
	}
	keep_head(p, 0, p->line.len, head);
	/* What is kept for a reason comes out of the tail, which is kept for none. */
	struct parts without_tail = *p;
	if (!open)
		keep_tail(p, 0, p->line.len, o->tail_chars);
	if (keep_hints(p, lead, o) && !open) {
		*p = without_tail;
		keep_hints(p, lead, o);
	}
}

size_t excerpt_line(struct buf *out, struct span cleaned, const struct excerpt_options *o, struct cut cuts[CUTS_MOST])
{
	/* As many bytes as are shown whole are never more characters than that: no need to count. */
	size_t shown = o->head_chars + o->tail_chars + small_hole(o);
	if (cleaned.len <= shown || count_chars(cleaned) <= shown) {
		buf_add_span(out, cleaned);
		return 0;
	}
	struct parts p = {.line = cleaned};
	choose_parts(&p, o, false);
	close_holes(&p, small_hole(o));
	return put_parts(out, &p, cuts);
}

size_t excerpt_ends(struct buf *out, struct span first, struct span last, uint64_t bytes, const struct excerpt_options *o,
                    struct cut cuts[CUTS_MOST])
{
	struct parts p = {.line = first};
	choose_parts(&p, o, true);
	close_holes(&p, small_hole(o));
	/* What is left out at the end of `first` and at the begin of `last` goes into the one mark between them. */
	size_t end = p.count ? p.end[p.count - 1] : 0;
	p.line = span_head(first, end);
	size_t count = put_parts(out, &p, cuts);
	struct span tail = span_from(last, backward(last, last.len, o->tail_chars));
	struct cut *cut = &cuts[count++];
	cut->begin = (uint32_t)out->len;
	if (bytes)
		buf_addf(out, "…[%llu bytes cut]…", (unsigned long long)(bytes - end - tail.len));
	else
		buf_add_str(out, "…[more than 4 GiB cut]…");
	cut->end = (uint32_t)out->len;
	buf_add_span(out, tail);
	return count;
}
