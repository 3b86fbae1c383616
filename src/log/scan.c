#include "log/scan.h"

#include "base/hash.h"
#include "base/mem.h"
#include "log/compact.h"
#include "log/peel.h"

#include <stdlib.h>

enum { MESSAGE_LINES = 3 };

void scan_init(struct scan *s, const struct limits *limits, const struct scan_options *options)
{
	*s = (struct scan){.limits = *limits, .options = *options, .in_range = true, .command_first = 1};
	for (int r = 0; r < MARKER_RANKS; r++)
		s->rank_first[r] = 1;
	s->room = limits->records;
	s->alone.state = 1;
	s->alone.until = UINT64_MAX;
	s->standing = options->standing ? options->standing : &s->alone;
	s->settles = (!options->classify || options->standing) && !options->query && !options->known && !options->keyed &&
	             !options->since && !options->until && options->level == LEVEL_NONE;
	s->miner = miner_new(limits);
	miner_hurry(s->miner);
	looker_init(&s->looker, options->ci);
	known_init(&s->known);
	trace_init(&s->trace);
}

void scan_drop_kinds(struct scan *s)
{
	miner_free(s->miner);
	free(s->verdicts);
	free(s->errored);
	looker_release(&s->looker);
	known_release(&s->known);
	s->miner = NULL;
	s->verdicts = NULL;
	s->errored = NULL;
	s->verdict_cap = 0;
}

void scan_release(struct scan *s)
{
	scan_drop_kinds(s);
	free(s->records);
	free(s->held);
	runs_release(&s->runs);
	*s = (struct scan){0};
}

/* ---- segments ----------------------------------------------------------------------------------------------------- */

/* Whether a line that tells a failing exit does so as a statement of its own: the status ends it, at its left margin. */
static enum marker_rank rank_of(struct span judged, enum peel_event event)
{
	if (event == PEEL_FAILED)
		return MARKER_CI;
	struct span t = span_trim(judged);
	if (span_find(t, SPAN("marked build as failure")) != SIZE_MAX)
		return MARKER_CI;
	while (t.len && strchr(".)'\"`", t.ptr[t.len - 1]))
		t.len--;
	bool status_last = t.len && t.ptr[t.len - 1] >= '0' && t.ptr[t.len - 1] <= '9';
	if (status_last && span_find(t, SPAN("exited with ")) != SIZE_MAX && span_find(t, SPAN("command ")) != SIZE_MAX)
		return MARKER_CI; /* "The command "x" exited with 2." */
	bool own_line = t.len < 200 && t.ptr == judged.ptr;
	return status_last && own_line && span_find(t, SPAN("exit")) != SIZE_MAX ? MARKER_STATEMENT : MARKER_MENTION;
}

static void end_segment(struct scan *s, enum marker_rank rank, uint64_t line_no)
{
	uint64_t first = s->rank_first[rank];
	if (rank > MARKER_MENTION && s->command_first > first)
		first = s->command_first;
	size_t n = s->segment_count[rank]++;
	s->segments[rank][n < SEGMENTS_MAX ? n : SEGMENTS_MAX - 1] = (struct segment){first, line_no};
	for (enum marker_rank r = MARKER_MENTION; r <= rank; r++)
		s->rank_first[r] = line_no + 1;
}

size_t scan_segments(const struct scan *s, const struct segment **out, enum marker_rank *rank)
{
	for (int r = MARKER_RANKS - 1; r > MARKER_NONE; r--)
		if (s->segment_count[r]) {
			*out = s->segments[r];
			*rank = (enum marker_rank)r;
			return s->segment_count[r] < SEGMENTS_MAX ? s->segment_count[r] : SEGMENTS_MAX;
		}
	*out = NULL;
	*rank = MARKER_NONE;
	return 0;
}

/* ---- lines ------------------------------------------------------------------------------------------------------- */

static bool in_time_range(struct scan *s, struct span judged)
{
	struct stamp stamp;
	if (!s->options.since && !s->options.until)
		return true;
	/* A line without a stamp belongs to the stamped line before it. */
	if (stamp_find(judged, &stamp)) {
		s->in_range = (!s->options.since || stamp_compare(&stamp, s->options.since) >= 0) &&
		              (!s->options.until || stamp_compare(&stamp, s->options.until) <= 0);
		s->in_time += s->in_range;
	}
	return s->in_range;
}

/* `ready`: the verdict of this line, when it is there already. */
static const struct verdict *verdict_for(struct scan *s, uint32_t shape, bool is_new, struct span judged, const struct verdict *ready)
{
	if (shape >= s->verdict_cap) {
		size_t cap = s->verdict_cap;
		MEM_GROW(s->verdicts, cap, (size_t)shape + 1);
		s->errored = mem_realloc(s->errored, cap, sizeof *s->errored);
		s->verdict_cap = cap;
	}
	if (is_new)
		s->errored[shape] = false;
	/* A coarse shape stands for lines that say different things: its first line speaks for none of the others. */
	if (is_new || (s->verdicts[shape].flags & VERDICT_VOLATILE) || miner_shape_is_coarse(s->miner, shape)) {
		uint16_t kept = is_new ? 0 : s->verdicts[shape].flags & VERDICT_ORDINARY;
		s->verdicts[shape] = ready ? *ready : verdict_of(judged);
		s->verdicts[shape].flags |= kept;
	}
	return &s->verdicts[shape];
}

/* A trace's own lines are worth what their role says, whatever words stand in them. */
static void apply_role(struct scan *s, struct record *r, enum trace_role role)
{
	s->messages = role == TRACE_MESSAGE ? s->messages + 1 : 0;
	r->role |= (uint8_t)role;
	switch (role) {
	case TRACE_HEAD:
	case TRACE_MESSAGE:
		/* A message's first lines say it; the tenth is a dump. */
		if (s->messages <= MESSAGE_LINES)
			r->base = r->base > 0.9f ? r->base : 0.9f;
		else if (r->base < 0.35f)
			r->base = 0.35f;
		r->class = r->class == CLASS_WARNING ? CLASS_WARNING : CLASS_FAILURE;
		break;
	case TRACE_FRAME:
		r->base = 0.35f;
		r->class = CLASS_TRACE;
		break;
	case TRACE_SOURCE: /* what the code says of failures is no failure */
		r->base = 0.3f;
		r->class = CLASS_TRACE;
		r->flags &= (uint16_t)~(VERDICT_STRONG | VERDICT_EXITED | VERDICT_COUNT);
		break;
	case TRACE_FOREIGN:
	case TRACE_MORE:
		r->base = 0.05f;
		r->class = CLASS_TRACE;
		break;
	case TRACE_NONE:
		break;
	}
}

static bool is_word(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (unsigned char)c >= 0x80; }

static uint64_t line_key_of(struct span judged)
{
	char masked[512];
	size_t n = 0;
	for (size_t i = 0; i < judged.len && n < sizeof masked;) {
		if (!is_word(judged.ptr[i])) {
			masked[n++] = judged.ptr[i++];
			continue;
		}
		size_t first = i, digits = 0;
		for (; i < judged.len && is_word(judged.ptr[i]); i++)
			digits += judged.ptr[i] >= '0' && judged.ptr[i] <= '9';
		if (digits) {
			masked[n++] = '0';
		} else {
			size_t len = i - first < sizeof masked - n ? i - first : sizeof masked - n;
			memcpy(masked + n, judged.ptr + first, len);
			n += len;
		}
	}
	return ~hash64(masked, n); /* apart from the shape keys, which are hashes too */
}

/* Most lines stand outside of traces and are of a shape, or a form, that was seen there: they cannot open one. Worth a quarter
 * of the run. */
static enum trace_role role_of_line(struct scan *s, struct known_line *k, struct span judged)
{
	bool idle = trace_is_idle(&s->trace);
	if (idle && s->verdicts[k->shape].flags & VERDICT_ORDINARY)
		k->facts |= LOOK_ORDINARY;
	if (idle && k->facts & LOOK_ORDINARY)
		return TRACE_NONE;
	enum trace_role role = trace_next(&s->trace, judged);
	if (idle && role == TRACE_NONE && trace_is_idle(&s->trace)) {
		k->facts |= LOOK_ORDINARY;
		if (!miner_shape_is_coarse(s->miner, k->shape))
			s->verdicts[k->shape].flags |= VERDICT_ORDINARY;
	}
	return role;
}

/* Lines that a filter joins are of one kind: they count under a text made of their group's key, in letters that no mask takes
 * for a number. */
static uint32_t shape_of_group(struct scan *s, uint64_t group, uint64_t line_no)
{
	struct scan_group *seen = &s->groups[(group >> 32) % SCAN_GROUPS];
	if (seen->group == group) {
		miner_count(s->miner, seen->shape, 1, line_no);
		return seen->shape;
	}
	char text[] = "joined by filter rule ----------------";
	for (int i = 0; i < 16; i++)
		text[sizeof text - 2 - (size_t)i] = (char)('g' + (group >> (4 * i) & 15));
	bool is_new;
	uint32_t shape = miner_add(s->miner, span_of_str(text), line_no, &is_new);
	verdict_for(s, shape, is_new, span_of_str(text), NULL);
	if (!miner_shape_is_coarse(s->miner, shape))
		*seen = (struct scan_group){group, shape};
	return shape;
}

/* Adds what was only counted to the totals. */
static void tally(struct scan *s, struct known_line *k)
{
	const uint64_t n = k->times;
	if (!n)
		return;
	k->times = 0;
	miner_count(s->miner, k->shape, n, k->last);
	if (k->record_shape != k->shape)
		miner_count(s->miner, k->record_shape, n, k->last);
	if (!(k->verdict.flags & VERDICT_BLANK) && k->last > s->last_nonblank)
		s->last_nonblank = k->last;
	s->levelled += k->verdict.level != LEVEL_NONE ? n : 0;
	s->levelled_errors += k->verdict.level >= LEVEL_ERROR ? n : 0;
	s->stamped += k->verdict.flags & VERDICT_STAMPED ? n : 0;
	s->errors += k->class >= CLASS_ERROR ? n : 0;
	s->warnings += k->class == CLASS_WARNING ? n : 0;
}

size_t scan_past(const struct scan *s, uint64_t line_no)
{
	size_t low = 0, high = s->count;
	while (low < high) {
		size_t mid = (low + high) / 2;
		if (s->records[mid].no <= line_no)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

void scan_tally(struct scan *s)
{
	for (size_t i = 0; i < s->known.sets * KNOWN_WAYS; i++)
		tally(s, &s->known.lines[i]);
}

/* A line of a form that was not seen before, or not lately: what was seen of it by itself. */
static struct span look(struct scan *s, const struct line *line, struct glance *glance)
{
	s->looker.shapeless = miner_needs_no_shape(s->miner);
	return glance->facts & LOOK_LOOKED ? look_again(&s->looker, line->text, glance) : look_at_line(&s->looker, line->text, glance);
}

/* Where what is learnt of the form is kept. Filters cost more to ask than a place that is kept in vain. */
static struct known_line *place_for(struct scan *s, uint64_t form)
{
	if (!s->options.classify && !known_met(&s->known, form)) {
		s->passing = (struct known_line){.form = form};
		return &s->passing;
	}
	struct known_line gone, *k = known_add(&s->known, form, &gone);
	tally(s, &gone);
	return k;
}

static void fill(struct known_line *k, const struct glance *glance, uint32_t shape, const struct verdict *verdict)
{
	k->verdict = *verdict;
	k->verdict.flags &= (uint16_t)~VERDICT_ORDINARY;
	k->shape = shape;
	k->skip = glance->skip;
	k->cut = glance->cut;
	k->facts = glance->facts;
	k->event = glance->event;
}

static struct known_line *learn(struct scan *s, const struct line *line, const struct glance *glance, struct span judged, bool *is_new)
{
	uint32_t shape = miner_add_shape(s->miner, judged, glance->shape, line->no, is_new);
	struct known_line *k = place_for(s, glance->form);
	fill(k, glance, shape, verdict_for(s, shape, *is_new, judged, glance->facts & LOOK_JUDGED ? &glance->verdict : NULL));
	return k;
}

static void recall(struct scan *s, const struct line *line, struct known_line *k, struct span *judged)
{
	*judged = look_again(&s->looker, line->text, &(struct glance){.skip = k->skip, .cut = k->cut, .facts = k->facts});
	miner_count(s->miner, k->shape, 1, line->no);
	if (k->verdict.flags & VERDICT_VOLATILE) {
		k->verdict = *verdict_for(s, k->shape, false, *judged, NULL);
		k->verdict.flags &= (uint16_t)~VERDICT_ORDINARY;
	}
}

/* Whether lines of this form leave the record that this one left, for as long as the filters' state stands. */
static bool is_settled(const struct scan *s, const struct known_line *k, const struct record *r, const struct scan_judged *told)
{
	return s->settles && (!s->options.classify || told->settled) && told->role == TRACE_NONE && trace_is_idle(&s->trace) &&
	       k->facts & LOOK_ORDINARY && !(k->facts & LOOK_COMMAND) && k->event == PEEL_NONE &&
	       !((k->verdict.flags | r->flags) & (VERDICT_VOLATILE | VERDICT_EXITED));
}

/* Notes the record for lines of a form that meet the state that this one met. */
static void settle(struct known_line *k, const struct record *r, const struct scan_judged *told)
{
	const bool same = !k->by_digits && k->states[0] && k->record_shape == r->shape && !(k->base < r->base) && !(k->base > r->base) &&
	                  k->flags == r->flags && k->class == r->class && k->role == r->role && k->touches == told->touches &&
	                  k->next == told->next && k->step == told->step;
	if (!same || k->states[0] != told->state)
		k->states[1] = same ? k->states[0] : 0;
	k->states[0] = told->state;
	k->by_digits = false;
	k->record_shape = r->shape;
	k->base = r->base;
	k->flags = r->flags;
	k->class = r->class;
	k->role = r->role;
	k->touches = told->touches;
	k->step = told->step;
	k->next = told->next;
}

static uint64_t form_with_digits(const struct known_line *k, struct span text)
{
	uint64_t parts[4] = {k->form};
	memcpy(parts + 1, k->digits, sizeof k->digits);
	for (size_t i = 0; i < SCAN_DIGITS; i++)
		parts[3] = parts[3] << 8 | (k->digits[i] < text.len ? (unsigned char)text.ptr[k->digits[i]] : 0);
	uint64_t form = hash64(parts, sizeof parts);
	return form | !form;
}

/* The same for those that have the digits that count in common with this one: it stands with a form of their own. */
static void settle_by_digits(struct scan *s, struct known_line *k, const struct line *line, const struct record *r,
                             const struct scan_judged *told)
{
	size_t before = (size_t)(told->text.ptr - line->text.ptr);
	if (!(k->facts & LOOK_IN_PLACE) || line->text.len > UINT16_MAX)
		return;
	k->by_digits = true;
	for (size_t i = 0; i < SCAN_DIGITS; i++)
		k->digits[i] = (uint16_t)(before + told->digits[i]);
	struct known_line gone, copy = *k;
	copy.form = form_with_digits(k, line->text);
	struct known_line *own = known_find(&s->known, copy.form);
	if (!own) {
		own = known_add(&s->known, copy.form, &gone);
		tally(s, &gone);
		*own = copy;
	}
	tally(s, own);
	settle(own, r, told);
}

static void make_room(struct scan *s)
{
	if (s->count == s->room)
		compact(s);
	MEM_GROW(s->records, s->cap, s->count + 1);
}

/* Where the next record goes. To be written field by field: copied, it would have to wait for its own parts. */
static inline struct record *next_record(struct scan *s)
{
	if (s->count == s->room || s->count == s->cap)
		make_room(s);
	return &s->records[s->count++];
}

/* `judged`: its text when the form is not known; then it was looked at. */
static void judge(struct scan *s, const struct line *line, const struct glance *glance, struct span judged)
{
	bool is_new = false;
	const uint64_t form = glance->form;
	struct known_line *k = known_find(&s->known, form);
	const bool form_is_new = !k;
	if (k)
		recall(s, line, k, &judged);
	else
		k = learn(s, line, glance, judged, &is_new);
	const struct verdict own = k->verdict, *v = &own;
	const uint32_t shape = k->shape;
	const enum peel_event event = (enum peel_event)k->event;
	struct record r = {
		.no = line->no, .off = line->off, .len = line->len_bytes > UINT32_MAX ? UINT32_MAX : (uint32_t)line->len_bytes,
		.shape = shape, .base = v->base, .flags = v->flags, .class = v->class,
	};
	enum trace_role role = role_of_line(s, k, judged);
	apply_role(s, &r, role);
	s->ci_seen |= event != PEEL_NONE;
	/* Where a CI system marks its commands, a "$ " in what they print is theirs. */
	bool command = k->facts & LOOK_COMMAND, begins_command = event == PEEL_COMMAND || (!s->ci_seen && command);
	struct scan_judged told = {judged, line->no, form, form_is_new, shape, is_new, begins_command, role, &r, .state = s->alone.state, .next = s->alone.state};
	if (s->options.classify) {
		s->options.classify(s->options.classify_user, &told);
		if (told.group)
			r.shape = shape_of_group(s, told.group, line->no);
	}

	s->lines = line->no;
	if (!(v->flags & VERDICT_BLANK))
		s->last_nonblank = line->no;
	if (v->level != LEVEL_NONE)
		s->levelled++;
	s->stamped += (v->flags & VERDICT_STAMPED) != 0;
	if (v->level >= LEVEL_ERROR)
		s->levelled_errors++;
	if (event == PEEL_COMMAND || command) {
		if (begins_command)
			s->command_first = line->no;
		if (r.class < CLASS_SECTION)
			r.class = CLASS_SECTION;
	}
	if (r.flags & VERDICT_EXITED || event == PEEL_FAILED)
		end_segment(s, rank_of(judged, event), line->no);
	if ((s->options.level != LEVEL_NONE && v->level != LEVEL_NONE && v->level < s->options.level) || !in_time_range(s, judged))
		r.role |= RECORD_EXCLUDED;
	else if (s->options.since || s->options.until)
		r.role |= RECORD_IN_RANGE;
	if (s->options.level != LEVEL_NONE && v->level >= s->options.level) {
		r.role |= RECORD_QUERY;
		s->at_level++;
	}
	if (k->facts & LOOK_JUNK)
		r.role |= RECORD_EXCLUDED;
	if (s->options.query && s->options.query(s->options.query_user, judged)) {
		r.role |= RECORD_QUERY;
		s->queried++;
	}
	if (s->options.keyed || s->options.known)
		s->line_key = line_key_of(judged);
	if (s->options.known && !(v->flags & VERDICT_BLANK)) {
		/* The same but for numbers: known. Only the same kind: neither, since the words are what changed. */
		if (s->options.known(s->options.known_user, s->line_key))
			r.role |= RECORD_KNOWN;
		else if (!s->options.known(s->options.known_user, miner_shape_key(s->miner, shape)))
			r.role |= RECORD_NEW;
		else
			r.role |= RECORD_VARIED;
	}
	if (r.class >= CLASS_ERROR)
		s->errored[r.shape] = true;
	s->errors += r.class >= CLASS_ERROR;
	s->warnings += r.class == CLASS_WARNING;

	tally(s, k); /* before it changes */
	if (is_settled(s, k, &r, &told)) {
		if (told.digits)
			settle_by_digits(s, k, line, &r, &told);
		else
			settle(k, &r, &told);
	}
	*next_record(s) = r;
}

static inline void leave_record(struct scan *s, const struct line *line, const struct known_line *k)
{
	struct record *r = next_record(s);
	r->no = line->no;
	r->off = line->off;
	r->len = line->len_bytes > UINT32_MAX ? UINT32_MAX : (uint32_t)line->len_bytes;
	r->shape = k->record_shape;
	r->base = k->base;
	r->flags = k->flags;
	r->class = k->class;
	r->role = k->role;
	s->lines = line->no;
	s->messages = 0;
}

/* Most lines of most logs: the form is known, and whatever looks at lines has said all that it will of it. */
static inline bool pass_settled(struct scan *s, const struct line *line, struct known_line *k)
{
	struct scan_standing *standing = s->standing;
	const uint32_t state = standing->state;
	if (k->by_digits)
		k = known_find(&s->known, form_with_digits(k, line->text));
	if (!k || !state || (k->states[0] != state && k->states[1] != state) || line->no > standing->until || !trace_is_idle(&s->trace))
		return false;
	k->times++;
	k->last = line->no;
	for (unsigned left = k->touches; left; left &= left - 1)
		standing->touched[__builtin_ctz(left)] = line->no;
	if (k->next != state || k->step)
		standing->move(standing->of, k->next, k->step, line->no);
	leave_record(s, line, k);
	if (k->times == UINT32_MAX)
		tally(s, k);
	return true;
}

/* The form is not known, but the shape is, and nothing but the generic rules looks at lines: they say the same of all of it. */
static bool pass_by_shape(struct scan *s, const struct line *line, const struct glance *glance)
{
	if (s->options.classify || !s->settles || !trace_is_idle(&s->trace) || glance->facts & (LOOK_COMMAND | LOOK_JUNK) || glance->event != PEEL_NONE)
		return false;
	uint32_t shape = miner_shape_of(s->miner, glance->shape);
	if (shape == UINT32_MAX)
		return false;
	const struct verdict *v = &s->verdicts[shape];
	if (!(v->flags & VERDICT_ORDINARY) || v->flags & (VERDICT_VOLATILE | VERDICT_EXITED))
		return false;
	struct known_line *k = place_for(s, glance->form);
	fill(k, glance, shape, v);
	k->facts |= LOOK_ORDINARY;
	k->states[0] = k->next = s->alone.state;
	k->record_shape = shape;
	k->base = v->base;
	k->flags = k->verdict.flags;
	k->class = v->class;
	k->times = 1;
	k->last = line->no;
	if (v->class >= CLASS_ERROR)
		s->errored[shape] = true;
	leave_record(s, line, k);
	if (k == &s->passing)
		tally(s, k);
	return true;
}

void scan_line(struct scan *s, const struct line *line)
{
	struct seen seen = {.line = *line};
	look_at_form(line->text, &seen.glance);
	scan_seen(s, &seen, 1);
}

void scan_seen(struct scan *s, const struct seen *lines, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		__builtin_prefetch(known_expected(&s->known, lines[i].glance.form));
		if (lines[i].glance.facts & LOOK_LOOKED)
			miner_expect(s->miner, lines[i].glance.shape);
	}
	for (size_t i = 0; i < count; i++) {
		const struct line *line = &lines[i].line;
		struct known_line *k = known_find(&s->known, lines[i].glance.form);
		if (k) {
			if (!pass_settled(s, line, k))
				judge(s, line, &lines[i].glance, SPAN(""));
			continue;
		}
		struct glance glance = lines[i].glance;
		struct span judged = look(s, line, &glance);
		if (!pass_by_shape(s, line, &glance))
			judge(s, line, &glance, judged);
	}
}

void scan_finish(struct scan *s)
{
	scan_tally(s);
	miner_finish(s->miner);
}

uint64_t scan_error_kinds(const struct scan *s)
{
	size_t templates = miner_template_count(s->miner);
	bool *seen = mem_zalloc(templates, sizeof *seen);
	uint64_t kinds = 0;
	for (size_t shape = 0; shape < miner_shape_count(s->miner); shape++) {
		uint32_t t = miner_template_of(s->miner, (uint32_t)shape);
		kinds += s->errored[shape] && !seen[t];
		seen[t] |= s->errored[shape];
	}
	free(seen);
	return kinds;
}
