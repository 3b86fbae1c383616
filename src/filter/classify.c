#include "filter/classify.h"

#include "base/hash.h"
#include "base/mem.h"
#include "filter/apply.h"
#include "filter/stand.h"

#include <stdlib.h>

struct classifier *classifier_new(struct filter_set *s)
{
	struct classifier *c = mem_zalloc(1, sizeof *c);
	filter_set_make_ready(s);
	c->set = s;
	c->asker.set = s;
	c->detect_words = (s->detect_count + 63) / 64;
	c->detected = mem_zalloc(c->detect_words + 1, sizeof *c->detected);
	c->first_state = 1;
	c->standing.move = stand_move;
	c->standing.of = c;
	answers_init(&c->answers);
	outcomes_init(&c->outcomes);
	return c;
}

void classifier_free(struct classifier *c)
{
	if (!c)
		return;
	free(c->detected);
	free(c->lifted);
	asker_release(&c->asker);
	answers_release(&c->answers);
	outcomes_release(&c->outcomes);
	free(c);
}

static void begin(struct classifier *c, uint64_t no)
{
	c->begun = true;
	for (size_t i = 0; i < c->set->count; i++)
		if (c->set->entries[i]->forced)
			stand_activate(c, filter_set_use(c->set, i), no, true, NULL);
}

/* ---- what gives tools away ---------------------------------------------------------------------------------------- */

static bool recalls(const struct classifier *c, const struct scan_judged *line, uint16_t who, struct answer *out)
{
	return line->form && !line->form_is_new && !c->asker.watch && answers_find(&c->answers, line->form, who, out);
}

static void remember(struct classifier *c, const struct scan_judged *line, uint16_t who, struct answer answer)
{
	if (line->form && !c->asker.watch)
		answers_add(&c->answers, line->form, who, answer);
}

/* What a shell or a CI system was told to run, or nothing. */
static struct span command_of(struct span text)
{
	static const char *const leads[] = {"$ ", "+ ", "##[group]Run ", "::group::Run ", "##[section]Starting: ", "[command]", "> "};
	if (!text.len || !memchr("$+#:[>", text.ptr[0], 6))
		return span_of(text.ptr, 0);
	for (size_t i = 0; i < sizeof leads / sizeof *leads; i++)
		if (leads[i][0] == text.ptr[0] && span_starts(text, span_of_str(leads[i])))
			return span_from(text, strlen(leads[i]));
	return span_of(text.ptr, 0);
}

/* Activates the filters that the text gives away. The answer: the one detect that does so, or the two. */
static struct answer detect(struct classifier *c, struct span text, const struct gate *g, uint64_t no)
{
	struct filter_set *s = c->set;
	struct answer out = {0};
	size_t at = 0;
	uint32_t owner;
	const size_t gave_up = s->gave_up;
	struct span form = asker_gate(&c->asker, g, text, c->detected);
	while (filter_next_owner(c->detected, c->detect_words, &at, &owner)) {
		const struct detect *found = &s->detects[owner];
		if (!first_bytes_pass(&found->first, text) || !span_starts(form, found->head))
			continue;
		struct filter_pattern *p = found->pattern;
		bool matches = asker_matches(&c->asker, s->entries[found->filter]->path, p, text, NULL);
		if (!p->digits_alike)
			form = asker_form(&c->asker, text); /* its place was taken */
		if (!p->digits_alike || (matches && (out.exact || owner >= UINT16_MAX)))
			out.facts |= ANSWER_ASK;
		if (!matches)
			continue;
		stand_activate(c, filter_set_use(s, found->filter), no, false, p);
		if (!out.rule)
			out.rule = (uint16_t)(owner + 1);
		else if (s->detects[out.rule - 1u].filter != found->filter)
			out.exact = (uint16_t)(owner + 1);
	}
	if (s->gave_up != gave_up)
		out.facts |= ANSWER_ASK;
	return out;
}

static void activate_detected(struct classifier *c, size_t detect, uint64_t no)
{
	if (!detect)
		return;
	const struct detect *found = &c->set->detects[detect - 1];
	stand_activate(c, filter_set_use(c->set, found->filter), no, false, found->pattern);
}

/* The same, by what is known of the form. */
static void detect_line(struct classifier *c, const struct scan_judged *line)
{
	struct answer answer;
	bool known = recalls(c, line, ANSWERS_DETECTS, &answer);
	if (known && !(answer.facts & ANSWER_ASK)) {
		activate_detected(c, answer.rule, line->no);
		activate_detected(c, answer.exact, line->no);
		return;
	}
	answer = detect(c, line->text, &c->set->lines, line->no);
	if (!known)
		remember(c, line, ANSWERS_DETECTS, answer);
}

/* ---- what filters make of a line ---------------------------------------------------------------------------------- */

static uint64_t group_of(const struct entry *e, size_t rule, struct span key)
{
	struct hash128 h = hash128_of(key.ptr, key.len);
	uint64_t parts[3] = {h.high, h.low, rule};
	uint64_t group = hash64(parts, sizeof parts) ^ e->name_hash;
	return group | !group;
}

/* Digits that lines of this form may differ by in that part of the line. A few are added to those that decide: they are mostly codes
 * and states. Returns whether there are more. */
static bool may_differ(struct asker *a, size_t begin, size_t end)
{
	enum { FEW = 4 };
	size_t digits = 0;
	for (size_t i = begin; i < end; i++)
		digits += a->line.ptr[i] >= '0' && a->line.ptr[i] <= '9';
	if (digits > FEW || a->digit_count + digits > OUTCOME_DIGITS_MOST || end > UINT16_MAX)
		return digits > 0;
	for (size_t i = begin; i < end; i++)
		if (a->line.ptr[i] >= '0' && a->line.ptr[i] <= '9')
			asker_add_digit(a, (uint16_t)i);
	return false;
}

/* Lines of a rule are of one kind, or those with equal captures are. */
static void join(struct classifier *c, size_t slot, size_t rule, struct scan_judged *line)
{
	const struct entry *e = c->slots[slot].entry;
	const size_t begin = c->asker.key_begin, end = c->asker.key_end;
	if (e->d->rules[rule].fold) {
		line->group = group_of(e, rule, span_of("", 0));
	} else if (c->asker.has_key) {
		line->group = group_of(e, rule, span_head(span_from(line->text, begin), end - begin));
		if (may_differ(&c->asker, begin, end)) {
			c->doing.facts |= OUTCOME_KEYED;
			c->doing.key.begin = (uint16_t)begin;
			c->doing.key.end = (uint16_t)end;
			c->doing.key.rule = (uint16_t)rule;
			c->doing.key.slot = (uint16_t)slot;
			c->once |= end > UINT16_MAX;
			return;
		}
	}
	c->doing.group = line->group;
}

static bool is_quiet_class(enum filter_class c)
{
	return c == FILTER_CLASS_NOISE || c == FILTER_CLASS_PROGRESS || c == FILTER_CLASS_PASS || c == FILTER_CLASS_CONTEXT;
}

static bool is_blank(struct span text) { return span_trim(text).len == 0; }

/* Whether the block that is open still holds this line. */
static bool block_holds(struct classifier *c, const struct active *a, struct span text, uint64_t no)
{
	struct filter_block *b = &a->entry->d->blocks[a->block - 1];
	if (no - a->block_line > b->max || (b->to_blank && is_blank(text)))
		return false;
	return !(b->to.text.len && asker_matches(&c->asker, a->entry->path, &b->to, text, NULL));
}

static void wait_for_status(struct classifier *c, struct record *r, enum filter_status on)
{
	c->doing.facts |= on == FILTER_ON_SUCCESS ? OUTCOME_ON_SUCCESS : OUTCOME_ON_FAILURE;
	filter_wait_for_status(r, on);
}

/* A line that no rule and no block's begin claims, in an open block. Returns its class; *waits: it is decided by the status. */
static enum filter_class hold(struct classifier *c, size_t slot, struct scan_judged *line, bool *waits)
{
	struct active *a = &c->slots[slot];
	const struct filter_block *b = stand_block(a);
	const uint64_t no = line->no;
	enum filter_class class = FILTER_CLASS_NONE;
	stand_touch(c, slot, no);
	bool beyond = (b->first || b->last) && no - a->block_line > b->first;
	/* What the trace reader knows of a frame is more than that it stands in a block, unless the block says that nothing in it
	 * counts. */
	if (line->role == TRACE_NONE || beyond || is_quiet_class(b->class))
		class = beyond ? FILTER_CLASS_NOISE : b->class;
	if (class)
		asker_tell(&c->asker, FILTER_HELD, a->entry, &b->from, class, b->on);
	if (beyond && b->last)
		a->beyond[a->beyond_count++ % FILTER_BLOCK_LAST_MOST] = no;
	*waits = class && b->on != FILTER_ANY_STATUS;
	if (*waits)
		wait_for_status(c, line->record, b->on);
	return class;
}

/* What one filter says of the line. *text: the line without the filter's prefix, where that is needed. */
static struct answer answer_of(struct classifier *c, size_t slot, const struct scan_judged *line, struct span *text)
{
	struct active *a = &c->slots[slot];
	struct filter_definition *d = a->entry->d;
	struct answer answer;
	bool known = recalls(c, line, a->entry->id, &answer), told = known && !(answer.facts & ANSWER_ASK);
	*text = line->text;
	if (!told || a->block || answer.exact || (answer.rule && d->rules[answer.rule - 1].group_by))
		*text = asker_without_prefix(&c->asker, d, line->text);
	if (a->block && !block_holds(c, a, *text, line->no)) {
		asker_tell(&c->asker, FILTER_CLOSED, a->entry, &stand_block(a)->from, FILTER_CLASS_NONE, FILTER_ANY_STATUS);
		stand_close_block(c, slot, line->no);
	}
	if (!told)
		answer = asker_ask(&c->asker, a->entry, *text);
	if (!known)
		remember(c, line, a->entry->id, answer);
	uint16_t rule_of_form = answer.rule;
	asker_ask_exact(&c->asker, a->entry, *text, &answer);
	if (told && answer.rule && answer.rule == rule_of_form)
		asker_find_key(&c->asker, a->entry, answer.rule - 1u, *text);
	return answer;
}

/* What one filter makes of the line. Returns whether it has anything to say. */
static bool consult(struct classifier *c, size_t slot, struct scan_judged *line, bool *ends)
{
	struct active *a = &c->slots[slot];
	const struct entry *e = a->entry;
	struct span text;
	c->asker.has_key = false;
	struct answer answer = answer_of(c, slot, line, &text);
	enum filter_class class = answer.rule ? e->d->rules[answer.rule - 1].class : FILTER_CLASS_NONE;
	*ends = answer.facts & ANSWER_ENDS;
	if (answer.facts & ANSWER_ON_SUCCESS)
		wait_for_status(c, line->record, FILTER_ON_SUCCESS);
	if (answer.facts & ANSWER_ON_FAILURE)
		wait_for_status(c, line->record, FILTER_ON_FAILURE);
	if (answer.facts & ANSWER_MATCHED)
		stand_touch(c, slot, line->no);
	if (answer.rule)
		join(c, slot, answer.rule - 1u, line);
	if (answer.block) {
		stand_close_block(c, slot, line->no);
		a->block = answer.block;
		a->block_line = line->no;
		stand_touch(c, slot, line->no);
		c->once |= c->doing.opens != 0;
		c->doing.opens = (uint8_t)(slot + 1);
		if (!class)
			class = stand_block(a)->head;
	} else if (!class && a->block && !is_blank(text)) {
		bool waits;
		class = hold(c, slot, line, &waits);
		if (waits)
			return true;
	}
	if (class) {
		c->doing.class = (uint8_t)class;
		filter_apply(line->record, class);
	} else if (!answer.rule && !answer.block) {
		asker_tell(&c->asker, FILTER_SILENT, e, NULL, FILTER_CLASS_NONE, FILTER_ANY_STATUS);
	}
	return class != FILTER_CLASS_NONE;
}

static void ask_all(struct classifier *c, struct scan_judged *line)
{
	struct span command = command_of(line->text);
	if (command.len && c->set->commands.count)
		detect(c, command, &c->set->commands, line->no);
	detect_line(c, line);
	bool decided = false;
	for (size_t at = c->active_count; at-- > 0;) {
		size_t slot = c->order[at];
		const struct active *a = &c->slots[slot];
		if (!a->forced && line->no - c->standing.touched[slot] > a->entry->d->quiet) {
			stand_deactivate(c, at, line->no);
			continue;
		}
		if (decided)
			continue;
		bool ends = false;
		decided = consult(c, slot, line, &ends);
		c->of_front = c->of_front && decided;
		if (ends && !a->forced)
			stand_deactivate(c, at, line->no);
	}
}

/* ---- what is known without asking --------------------------------------------------------------------------------- */

static uint64_t key_of(const struct classifier *c, const struct scan_judged *line)
{
	uint64_t key = stand_mix(line->form, (uint64_t)c->standing.state << 1 | (line->role != TRACE_NONE));
	return key | !key;
}

/* Where only the filter that is asked first matters. Tools come and go, so that many states are there once, but the lines of a tool
 * are mostly decided by its filter, which is in front then. */
static uint64_t key_of_front(const struct classifier *c, const struct scan_judged *line)
{
	const struct active *a = &c->slots[c->order[c->active_count - 1]];
	const struct filter_block *b = stand_block(a);
	bool beyond = b && b->first && line->no - a->block_line > b->first;
	uint64_t front = (uint64_t)a->entry->id << 16 | (uint64_t)a->block << 8 | (uint64_t)beyond << 1 | (line->role != TRACE_NONE);
	uint64_t key = stand_mix(~line->form, front);
	return key | !key;
}

static uint64_t key_of_digits(uint64_t of, const struct outcome *where, struct span text)
{
	uint64_t places[2], digits = 0;
	_Static_assert(sizeof places == sizeof where->digits, "places are mixed eight bytes at a time");
	memcpy(places, where->digits, sizeof places);
	for (size_t i = 0; i < OUTCOME_DIGITS_MOST; i++)
		digits = digits << 8 | (where->digits[i] < text.len ? (unsigned char)text.ptr[where->digits[i]] : 0);
	uint64_t key = stand_mix(stand_mix(stand_mix(of, digits), places[0]), places[1]);
	return key | !key;
}

/* Tells scan what came of the line, if it is so of all such lines outside of traces. `where`: the digits that count, or NULL. */
static void settle(struct scan_judged *line, uint32_t state, const struct outcome *o, const struct outcome *where)
{
	line->state = state;
	line->settled = line->role == TRACE_NONE && !(o->facts & (OUTCOME_ASK | OUTCOME_KEYED));
	line->touches = o->touches;
	line->next = o->next;
	line->step = o->opens;
	line->digits = where ? where->digits : NULL;
}

/* Whether no one has anything to say of the line, as is known of its form: so it is with many lines whoever is active, also where
 * tools come and go. */
static bool is_silent(const struct classifier *c, const struct scan_judged *line)
{
	return c->silent_is_all && !line->form_is_new && line->no <= c->standing.until && !command_of(line->text).len &&
	       answers_all_silent(&c->answers, line->form, &c->asked);
}

/* Does what was done at the last such line. */
static void repeat(struct classifier *c, struct scan_judged *line, const struct outcome *o)
{
	struct record *r = line->record;
	for (unsigned left = o->touches; left; left &= left - 1)
		c->standing.touched[__builtin_ctz(left)] = line->no;
	if (o->facts & OUTCOME_ON_SUCCESS)
		filter_wait_for_status(r, FILTER_ON_SUCCESS);
	if (o->facts & OUTCOME_ON_FAILURE)
		filter_wait_for_status(r, FILTER_ON_FAILURE);
	if (o->facts & OUTCOME_KEYED)
		line->group = group_of(c->slots[o->key.slot].entry, o->key.rule,
		                       span_head(span_from(line->text, o->key.begin), (size_t)(o->key.end - o->key.begin)));
	else
		line->group = o->group;
	if (o->class)
		filter_apply(r, (enum filter_class)o->class);
	if (o->next != c->standing.state || o->opens)
		stand_move(c, o->next, o->opens, line->no);
}

/* The outcome of a line that depends on the filter in front alone, in the terms of the state that it meets. */
static struct outcome with_front(struct classifier *c, const struct outcome *of_front, uint64_t no)
{
	const uint8_t slot = c->order[c->active_count - 1];
	struct active *a = &c->slots[slot];
	struct outcome o = *of_front;
	const uint8_t block = (uint8_t)o.next;
	o.touches = o.touches ? stand_bit(slot) : 0;
	o.opens = o.opens ? (uint8_t)(slot + 1) : 0;
	if (o.facts & OUTCOME_KEYED)
		o.key.slot = slot;
	if (block != a->block || o.opens) {
		a->block = block;
		a->block_line = o.opens ? no : a->block_line;
		stand_renew(c, no);
	}
	o.next = c->standing.state;
	return o;
}

/* Notes at which places digits count: where they did so far, and where they did this time. Returns what the line goes by. */
static uint64_t learn_digits(struct classifier *c, const struct scan_judged *line, uint64_t of)
{
	struct asker *a = &c->asker;
	const struct outcome *known = outcomes_find(&c->outcomes, of);
	if (known && known->facts & OUTCOME_DIGITS)
		for (size_t i = 0; i < OUTCOME_DIGITS_MOST; i++)
			asker_add_digit(a, known->digits[i]);
	if (a->line_only)
		return of;
	struct outcome where = {.of = of, .facts = OUTCOME_DIGITS};
	for (size_t i = 0; i < OUTCOME_DIGITS_MOST; i++)
		where.digits[i] = a->digits[i < a->digit_count ? i : a->digit_count - 1];
	outcomes_add(&c->outcomes, &where);
	return key_of_digits(of, &where, line->text);
}

/* Remembers what came of a line. `of`: the line and the state that it met. */
static void learn(struct classifier *c, const struct scan_judged *line, uint64_t of, bool by_digits)
{
	c->doing.of = by_digits ? learn_digits(c, line, of) : of;
	if (c->asker.line_only)
		c->doing = (struct outcome){.of = of, .facts = OUTCOME_ASK};
	outcomes_add(&c->outcomes, &c->doing);
}

/* What is known of such a line, by its digits where they count: at *where, or NULL. */
static const struct outcome *recall(const struct classifier *c, const struct scan_judged *line, uint64_t of, const struct outcome **where)
{
	const struct outcome *o = outcomes_find(&c->outcomes, of);
	*where = o && o->facts & OUTCOME_DIGITS ? o : NULL;
	return *where ? outcomes_find(&c->outcomes, key_of_digits(of, o, line->text)) : o;
}

/* Whether what came of lines of this form says what comes of this one, which is done then. *asks: they are known not to. */
static bool repeats(struct classifier *c, struct scan_judged *line, bool *asks)
{
	const uint32_t state = c->standing.state;
	const struct outcome *where, *known = recall(c, line, key_of(c, line), &where);
	struct outcome fronts;
	if (!known && c->active_count && (known = recall(c, line, key_of_front(c, line), &where)) != NULL && !(known->facts & OUTCOME_ASK)) {
		fronts = with_front(c, known, line->no);
		known = &fronts;
	}
	*asks = known && known->facts & OUTCOME_ASK;
	if (!known || *asks)
		return false;
	settle(line, state, known, where);
	repeat(c, line, known);
	return true;
}

/* `of`, `of_front`: what the line goes by; it met `state`. */
static void learn_line(struct classifier *c, struct scan_judged *line, uint32_t state, uint64_t of, uint64_t of_front)
{
	const bool by_digits = c->asker.digit_count && !c->asker.line_only;
	c->doing.next = c->standing.state;
	if (c->asker.line_only || !c->doing.next)
		c->doing = (struct outcome){.facts = OUTCOME_ASK};
	if (!by_digits) /* else it is when such a line comes again */
		settle(line, state, &c->doing, NULL);
	/* Many a form comes once: what is to be remembered of others is found at their second line, from the answers. */
	if (line->form_is_new)
		return;
	if (c->of_front)
		c->doing.next = c->slots[c->order[c->active_count - 1]].block;
	learn(c, line, c->of_front ? of_front : of, by_digits);
}

void classifier_line(void *classifier, struct scan_judged *line)
{
	struct classifier *c = classifier;
	c->doing = (struct outcome){0};
	c->once = !line->form || line->begins_command;
	asker_begin(&c->asker, line->text, line->no);
	if (!c->begun)
		begin(c, line->no);
	if (line->no > c->standing.until)
		stand_renew(c, line->no);
	const uint32_t state = c->standing.state, first_state = c->first_state;
	const bool may_know = state && line->form && !line->begins_command;
	bool asks = false;
	if (may_know && is_silent(c, line)) {
		settle(line, state, &(struct outcome){.next = state}, NULL);
		return;
	}
	if (may_know && !line->form_is_new && line->no <= c->standing.until && repeats(c, line, &asks))
		return;
	if (line->begins_command)
		for (size_t at = c->active_count; at-- > 0;)
			if (!c->slots[c->order[at]].forced)
				stand_deactivate(c, at, line->no);
	const uint64_t of = key_of(c, line), of_front = c->active_count ? key_of_front(c, line) : 0;
	c->of_front = of_front != 0;
	c->asker.line_only = asks;
	answers_expect(&c->answers, line->form);
	ask_all(c, line);
	stand_renew(c, line->no);
	if (!asks && may_know && !c->once && c->first_state == first_state)
		learn_line(c, line, state, of, of_front);
}

static struct record *record_of(struct scan *scan, uint64_t no)
{
	const size_t past = scan_past(scan, no);
	return past && scan->records[past - 1].no == no ? &scan->records[past - 1] : NULL;
}

void classifier_finish(struct classifier *c, struct scan *scan)
{
	for (size_t i = 0; c && i < c->active_count; i++)
		stand_close_block(c, c->order[i], scan->lines + 1);
	for (size_t i = 0; c && i < c->lifted_count; i++) {
		struct record *r = record_of(scan, c->lifted[i].no);
		if (!r) /* so large an input that it is only counted */
			continue;
		filter_apply(r, c->lifted[i].class);
		scan->errors += r->class >= CLASS_ERROR;
		scan->warnings += r->class == CLASS_WARNING;
		scan->errored[r->shape] |= r->class >= CLASS_ERROR;
	}
}
