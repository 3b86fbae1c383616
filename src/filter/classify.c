#include "filter/classify.h"

#include "base/hash.h"
#include "base/mem.h"
#include "filter/answers.h"
#include "filter/set.h"
#include "text/kernel.h"

#include <stdlib.h>

enum { ACTIVE_MOST = 8, LIFTED_MOST = 64 * 1024 };

/* What rules set when a line is theirs; see verdict.h. A place (path:line) and a time stamp stay what they are. */
#define FLAGS_OF_CLASS                                                                                                  \
	(VERDICT_PASS | VERDICT_NOISE | VERDICT_WARNING | VERDICT_STRONG | VERDICT_COUNT | VERDICT_NUMBERED | VERDICT_LEVELLED | \
	 VERDICT_DETAIL | VERDICT_HEADING | VERDICT_BLANK)

/* ---- one input ---------------------------------------------------------------------------------------------------- */

struct active {
	struct entry *entry;
	bool forced;
	uint64_t touched;       /* the line on which a rule matched last */
	struct filter_block *block; /* NULL: none is open */
	uint64_t block_line;    /* where it opened */
	uint64_t beyond[FILTER_BLOCK_LAST_MOST]; /* lines that are noise unless they are its last, a ring */
	size_t beyond_count;
};

struct classifier {
	struct filter_set *set; /* borrowed */
	struct active active[ACTIVE_MOST]; /* asked first: the last */
	size_t active_count;
	uint64_t mix;       /* who is active, in whatever order */
	bool begun;
	struct answers answers;
	uint64_t *detected; /* owned: scratch */
	size_t detect_words;
	struct buf form;    /* scratch */
	struct lifted {
		uint64_t no;
		enum filter_class class;
	} *lifted;          /* owned, ascending: lines that turned out to be a block's last */
	size_t lifted_count, lifted_cap;
	filter_watch *watch;
	void *watch_user;
};

static void tell(const struct classifier *c, uint64_t no, enum filter_event event, const struct entry *e, const struct filter_pattern *p,
                 enum filter_class class, enum filter_status on)
{
	if (!c->watch)
		return;
	struct filter_note n = {event, e->name, e->path, p ? p->line : 0, class, on, p ? p->text : span_of("", 0)};
	c->watch(c->watch_user, no, &n);
}

void classifier_watch(struct classifier *c, filter_watch *watch, void *user)
{
	c->watch = watch;
	c->watch_user = user;
}

#define MIX_NONE UINT64_C(0xD6E8FEB86659FD93)

static bool recalls(const struct classifier *c, const struct scan_judged *line, uint16_t who, struct answer *out)
{
	return line->form && !line->form_is_new && !c->watch && answers_find(&c->answers, line->form, who, out);
}

static void remember(struct classifier *c, const struct scan_judged *line, uint16_t who, struct answer answer)
{
	if (line->form && !c->watch)
		answers_add(&c->answers, line->form, who, answer);
}

static void note_active(struct classifier *c)
{
	c->mix = MIX_NONE;
	for (size_t i = 0; i < c->active_count; i++)
		c->mix ^= c->active[i].entry->name_hash;
}

/* Becomes the first to be asked. When there are too many, the one that has waited longest goes. */
static void activate(struct classifier *c, struct entry *e, uint64_t no, bool forced, const struct filter_pattern *why)
{
	if (c->active_count && c->active[c->active_count - 1].entry == e) {
		c->active[c->active_count - 1].touched = no;
		return;
	}
	struct active a = {.entry = e, .forced = forced, .touched = no};
	size_t i = 0;
	while (i < c->active_count && c->active[i].entry != e)
		i++;
	bool fresh = i == c->active_count;
	if (!fresh) {
		a = c->active[i];
		a.touched = no;
	} else {
		tell(c, no, FILTER_STARTED, e, why, FILTER_CLASS_NONE, FILTER_ANY_STATUS);
		if (c->active_count < ACTIVE_MOST) {
			c->active_count++;
		} else {
			for (i = 0; i + 1 < c->active_count && c->active[i].forced;)
				i++;
			tell(c, no, FILTER_ENDED, c->active[i].entry, NULL, FILTER_CLASS_NONE, FILTER_ANY_STATUS);
		}
	}
	memmove(&c->active[i], &c->active[i + 1], (c->active_count - 1 - i) * sizeof *c->active);
	c->active[c->active_count - 1] = a;
	if (fresh)
		note_active(c);
}

/* Decided once the status is known; never against the generic rules' word that this is a failure. */
static void wait_for_status(struct record *r, enum filter_status on)
{
	if (on == FILTER_ON_FAILURE)
		r->flags |= VERDICT_FAILURE_ON_FAILURE;
	else if (r->class < CLASS_ERROR)
		r->flags |= VERDICT_QUIET_ON_SUCCESS;
}

static void close_block(struct classifier *c, struct active *a, uint64_t no)
{
	const struct filter_block *b = a->block;
	a->block = NULL;
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

static void deactivate(struct classifier *c, size_t i, uint64_t no)
{
	close_block(c, &c->active[i], no);
	tell(c, no, FILTER_ENDED, c->active[i].entry, NULL, FILTER_CLASS_NONE, FILTER_ANY_STATUS);
	c->active_count--;
	memmove(&c->active[i], &c->active[i + 1], (c->active_count - i) * sizeof *c->active);
	note_active(c);
}

struct classifier *classifier_new(struct filter_set *s)
{
	struct classifier *c = mem_zalloc(1, sizeof *c);
	filter_set_make_ready(s);
	c->set = s;
	c->detect_words = (s->detect_count + 63) / 64;
	c->detected = mem_zalloc(c->detect_words + 1, sizeof *c->detected);
	c->mix = MIX_NONE;
	answers_init(&c->answers);
	return c;
}

void classifier_free(struct classifier *c)
{
	if (!c)
		return;
	free(c->detected);
	free(c->lifted);
	buf_release(&c->form);
	answers_release(&c->answers);
	free(c);
}

static void begin(struct classifier *c, uint64_t no)
{
	c->begun = true;
	for (size_t i = 0; i < c->set->count; i++)
		if (c->set->entries[i]->forced && filter_set_definition(c->set, i))
			activate(c, c->set->entries[i], no, true, NULL);
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

static struct span form_of(struct classifier *c, struct span text)
{
	buf_clear(&c->form);
	buf_reserve(&c->form, text.len);
	kernel_form(text.ptr, text.len, c->form.ptr);
	return span_of(c->form.ptr, text.len);
}

/* Activates the filters that the text gives away. The answer: the one detect that does so, or the two. */
static struct answer detect(struct classifier *c, struct span text, const struct gate *g, uint64_t no)
{
	struct filter_set *s = c->set;
	struct answer out = {0};
	size_t at = 0;
	uint32_t owner;
	const size_t gave_up = s->gave_up;
	gate_scan(g, form_of(c, text), c->detected);
	while (filter_next_owner(c->detected, c->detect_words, &at, &owner)) {
		const struct detect *found = &s->detects[owner];
		const struct filter_definition *d = filter_set_definition(s, found->filter);
		if (!d)
			continue;
		struct filter_pattern *p = &d->detects[found->index].pattern;
		bool matches = filter_set_matches(s, d, p, text, NULL);
		if (!p->digits_alike || (matches && (out.exact || owner >= UINT16_MAX)))
			out.facts |= ANSWER_ASK;
		if (!matches)
			continue;
		activate(c, s->entries[found->filter], no, false, p);
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
	struct entry *e = c->set->entries[found->filter];
	activate(c, e, no, false, &e->d->detects[found->index].pattern);
}

/* The same, by what is known of the form. Returns whether there is nothing to detect. */
static bool detect_line(struct classifier *c, const struct scan_judged *line)
{
	struct answer answer;
	bool known = recalls(c, line, ANSWERS_DETECTS, &answer);
	if (!known || answer.facts & ANSWER_ASK) {
		answer = detect(c, line->text, &c->set->lines, line->no);
		if (!known)
			remember(c, line, ANSWERS_DETECTS, answer);
	} else {
		activate_detected(c, answer.rule, line->no);
		activate_detected(c, answer.exact, line->no);
	}
	return answer_is_silent(answer);
}

static void make_quiet(struct record *r, uint8_t class, unsigned flag)
{
	r->base = 0;
	r->class = class;
	r->flags = (uint16_t)((r->flags & ~(unsigned)VERDICT_EXITED) | flag);
}

/* The classes in the terms of the scorer. Their worth follows verdict.c: what decides on evidence there is known here. */
static void apply(struct record *r, enum filter_class class)
{
	bool counted = r->class >= CLASS_ERROR;
	r->flags &= (uint16_t)~FLAGS_OF_CLASS;
	switch (class) {
	case FILTER_CLASS_FAILURE:
		r->base = 1.0f;
		r->class = CLASS_FAILURE;
		r->flags |= VERDICT_STRONG;
		break;
	case FILTER_CLASS_ERROR:
		r->base = 0.5f;
		r->class = CLASS_ERROR;
		break;
	case FILTER_CLASS_WARNING:
		r->base = 0.15f;
		r->class = CLASS_WARNING;
		r->flags |= VERDICT_WARNING;
		break;
	case FILTER_CLASS_SUMMARY:
		/* A total that states failures stays an error: a red run never looks green (promise P6). */
		r->base = 0.6f;
		r->class = counted ? CLASS_ERROR : CLASS_SUMMARY;
		break;
	case FILTER_CLASS_SECTION:
		r->base = 0.05f;
		r->class = CLASS_SECTION;
		r->flags |= VERDICT_HEADING;
		break;
	case FILTER_CLASS_DETAIL:
		r->base = 0.3f;
		r->class = CLASS_PLAIN;
		r->flags = (uint16_t)((r->flags & ~(unsigned)VERDICT_EXITED) | VERDICT_DETAIL);
		break;
	case FILTER_CLASS_CONTEXT:
		make_quiet(r, CLASS_PLAIN, 0);
		break;
	case FILTER_CLASS_PASS:
		make_quiet(r, CLASS_PASS, VERDICT_PASS);
		break;
	case FILTER_CLASS_PROGRESS:
	case FILTER_CLASS_NOISE:
		make_quiet(r, CLASS_NOISE, VERDICT_NOISE);
		break;
	case FILTER_CLASS_NONE:
	case FILTER_CLASSES:
		break;
	}
}

static uint64_t group_of(const struct entry *e, size_t rule, struct span key)
{
	struct hash128 h = hash128_of(key.ptr, key.len);
	uint64_t parts[3] = {h.high, h.low, rule};
	uint64_t group = hash64(parts, sizeof parts) ^ e->name_hash;
	return group | !group;
}

/* Lines with equal captures are of one kind. */
static void group_by(const struct entry *e, size_t i, const struct pattern_groups *groups, struct span text, struct scan_judged *line)
{
	const struct filter_rule *rule = &e->d->rules[i];
	int number = rule->group_by ? pattern_group(rule->match.compiled, rule->group_by) : 0;
	if (number > 0 && (size_t)number < groups->count && groups->at[number].begin != SIZE_MAX)
		line->group = group_of(e, i, span_of(text.ptr + groups->at[number].begin, groups->at[number].end - groups->at[number].begin));
}

/* Puts one rule to the line. True: it decides. */
static bool ask_rule(struct classifier *c, const struct entry *e, size_t i, bool decided, struct scan_judged *line, struct span text,
                     struct answer *out)
{
	struct filter_rule *rule = &e->d->rules[i];
	struct pattern_groups groups;
	if (!filter_set_matches(c->set, e->d, &rule->match, text, &groups))
		return false;
	if (rule->unless.text.len && filter_set_matches(c->set, e->d, &rule->unless, text, NULL)) {
		tell(c, line->no, FILTER_VETOED, e, &rule->unless, rule->class, rule->on);
		return false;
	}
	tell(c, line->no, decided ? FILTER_LATER : FILTER_RULE, e, &rule->match, rule->class, rule->on);
	if (decided)
		return false;
	out->facts |= ANSWER_MATCHED;
	if (rule->on == FILTER_ANY_STATUS) {
		group_by(e, i, &groups, text, line);
		return true;
	}
	wait_for_status(line->record, rule->on);
	out->facts |= ANSWER_ASK;
	return false;
}

/* The first rule that matches decides; those that tell digits apart are left to ask_exact, unless each is to be told. */
static void ask_rules(struct classifier *c, const struct active *a, struct scan_judged *line, struct span text, const uint64_t *fired,
                      struct answer *out)
{
	const struct entry *e = a->entry;
	size_t exact = 0;
	for (size_t i = 0; i < e->d->rule_count; i++) {
		bool is_exact = exact < e->exact_rule_count && e->exact_rules[exact] == i;
		exact += is_exact;
		if (!filter_has_owner(fired, i))
			continue;
		if (is_exact && !c->watch) {
			out->exact |= (uint16_t)(1u << (exact - 1));
			continue;
		}
		if (ask_rule(c, e, i, out->rule, line, text, out))
			out->rule = (uint16_t)(i + 1);
		if (out->rule && !c->watch)
			break;
	}
}

/* Rules that tell digits apart, for this line. */
static void ask_exact(struct classifier *c, const struct active *a, struct scan_judged *line, struct span text, struct answer *answer)
{
	for (unsigned left = answer->exact; left; left &= left - 1) {
		size_t i = a->entry->exact_rules[__builtin_ctz(left)];
		if (!ask_rule(c, a->entry, i, false, line, text, answer))
			continue;
		answer->rule = (uint16_t)(i + 1);
		return;
	}
}

/* Puts the patterns of one filter to a line. */
static struct answer ask(struct classifier *c, const struct active *a, struct scan_judged *line, struct span text)
{
	const struct entry *e = a->entry;
	struct filter_definition *d = e->d;
	struct answer out = {0};
	uint64_t fired[OWNER_WORDS];
	const size_t gave_up = c->set->gave_up;
	memcpy(fired, e->always, sizeof fired);
	gate_scan(&e->gate, form_of(c, text), fired);
	for (size_t word = 0; word < OWNER_WORDS; word++)
		if (fired[word] & e->exact[word])
			out.facts |= ANSWER_ASK;
	if (e->line_by_line)
		out.facts |= ANSWER_ASK;

	ask_rules(c, a, line, text, fired, &out);
	size_t owner = d->rule_count;
	for (size_t i = 0; i < d->block_count; i++, owner++) {
		struct filter_block *b = &d->blocks[i];
		if (out.block || !filter_has_owner(fired, owner) || !filter_set_matches(c->set, d, &b->from, text, NULL))
			continue;
		tell(c, line->no, FILTER_OPENED, e, &b->from, b->head, FILTER_ANY_STATUS);
		out.block = (uint8_t)(i + 1);
	}
	for (size_t i = 0; i < d->end_count; i++, owner++)
		if (filter_has_owner(fired, owner) && filter_set_matches(c->set, d, &d->ends[i], text, NULL))
			out.facts |= ANSWER_ENDS;
	if (c->set->gave_up != gave_up)
		out.facts |= ANSWER_ASK;
	return out;
}

static bool is_quiet_class(enum filter_class c)
{
	return c == FILTER_CLASS_NOISE || c == FILTER_CLASS_PROGRESS || c == FILTER_CLASS_PASS || c == FILTER_CLASS_CONTEXT;
}

static bool is_blank(struct span text) { return span_trim(text).len == 0; }

/* Whether the block that is open still holds this line. */
static bool block_holds(struct classifier *c, struct active *a, struct span text, uint64_t no)
{
	struct filter_block *b = a->block;
	if (no - a->block_line > b->max || (b->to_blank && is_blank(text)))
		return false;
	return !(b->to.text.len && filter_set_matches(c->set, a->entry->d, &b->to, text, NULL));
}

static struct span without_prefix(struct classifier *c, const struct filter_definition *d, struct filter_pattern *prefix, struct span text)
{
	struct pattern_groups groups;
	return prefix->text.len && filter_set_matches(c->set, d, prefix, text, &groups) && groups.at[0].begin == 0
	               ? span_from(text, groups.at[0].end)
	               : text;
}

/* What one filter makes of the line. Returns whether it has anything to say. */
static bool consult(struct classifier *c, struct active *a, struct scan_judged *line, bool *silent, bool *ends)
{
	const struct entry *e = a->entry;
	struct filter_definition *d = e->d;
	struct answer answer;
	const uint64_t no = line->no;
	bool known = recalls(c, line, e->id, &answer);
	struct filter_rule *rule = known && answer.rule ? &d->rules[answer.rule - 1] : NULL;
	bool told = known && !(answer.facts & ANSWER_ASK);
	struct span text = told && !a->block && !answer.exact && !(rule && rule->group_by) ? line->text
	                                                                                    : without_prefix(c, d, &d->prefix, line->text);

	if (a->block && !block_holds(c, a, text, no)) {
		tell(c, no, FILTER_CLOSED, e, &a->block->from, FILTER_CLASS_NONE, FILTER_ANY_STATUS);
		close_block(c, a, no);
	}
	struct pattern_groups groups;
	if (!told)
		answer = ask(c, a, line, text);
	if (!known)
		remember(c, line, e->id, answer);
	*silent = *silent && answer_is_silent(answer);
	uint16_t rule_of_form = answer.rule;
	ask_exact(c, a, line, text, &answer);
	rule = answer.rule ? &d->rules[answer.rule - 1] : NULL;
	if (rule && rule->group_by && told && answer.rule == rule_of_form && filter_set_matches(c->set, d, &rule->match, text, &groups))
		group_by(e, answer.rule - 1u, &groups, text, line);
	*ends = answer.facts & ANSWER_ENDS;

	enum filter_class class = rule ? rule->class : FILTER_CLASS_NONE;
	if (answer.facts & ANSWER_MATCHED)
		a->touched = no;
	if (rule && rule->fold && !line->group)
		line->group = group_of(e, answer.rule - 1u, span_of("", 0));
	if (answer.block) {
		close_block(c, a, no);
		a->block = &d->blocks[answer.block - 1];
		a->block_line = a->touched = no;
		if (!class)
			class = a->block->head;
	} else if (!class && a->block && !is_blank(text)) {
		a->touched = no;
		const struct filter_block *b = a->block;
		bool beyond = (b->first || b->last) && no - a->block_line > b->first;
		/* What the trace reader knows of a frame is more than that it stands in a block, unless the block says that nothing
		 * in it counts. */
		if (line->role == TRACE_NONE || beyond || is_quiet_class(a->block->class))
			class = beyond ? FILTER_CLASS_NOISE : a->block->class;
		if (class)
			tell(c, no, FILTER_HELD, e, &b->from, class, b->on);
		if (beyond && b->last)
			a->beyond[a->beyond_count++ % FILTER_BLOCK_LAST_MOST] = no;
		if (class && b->on != FILTER_ANY_STATUS) {
			wait_for_status(line->record, b->on);
			return true;
		}
	}
	if (class)
		apply(line->record, class);
	else if (!rule && !answer.block)
		tell(c, no, FILTER_SILENT, e, NULL, FILTER_CLASS_NONE, FILTER_ANY_STATUS);
	return class != FILTER_CLASS_NONE;
}

/* Noted with a form that says nothing to anyone who is active. */
static uint32_t memo_of(const struct classifier *c) { return (uint32_t)(c->mix >> 32) | 1; }

/* Nothing can come of this line: its form says nothing to anyone, and no one's time is up. */
static bool is_silent(const struct classifier *c, const struct scan_judged *line)
{
	if (!line->memo || *line->memo != memo_of(c) || c->watch)
		return false;
	for (size_t i = 0; i < c->active_count; i++) {
		const struct active *a = &c->active[i];
		if (a->block || (!a->forced && line->no - a->touched > a->entry->d->quiet))
			return false;
	}
	return true;
}

void classifier_line(void *classifier, struct scan_judged *line)
{
	struct classifier *c = classifier;
	if (!c->begun)
		begin(c, line->no);
	if (line->begins_command)
		for (size_t i = c->active_count; i-- > 0;)
			if (!c->active[i].forced)
				deactivate(c, i, line->no);
	if (is_silent(c, line))
		return;
	bool silent = true;
	struct span command = command_of(line->text);
	if (command.len && c->set->commands.count)
		silent = answer_is_silent(detect(c, command, &c->set->commands, line->no));
	silent = detect_line(c, line) && silent;

	bool decided = false;
	for (size_t i = c->active_count; i-- > 0;) {
		struct active *a = &c->active[i];
		if (!a->forced && line->no - a->touched > a->entry->d->quiet) {
			deactivate(c, i, line->no);
			continue;
		}
		if (decided)
			continue;
		bool ends = false;
		decided = consult(c, a, line, &silent, &ends);
		if (ends && !a->forced)
			deactivate(c, i, line->no);
	}
	if (silent && !decided && line->memo)
		*line->memo = memo_of(c);
}

static struct record *record_of(struct scan *scan, uint64_t no)
{
	size_t low = 0, high = scan->count;
	while (low < high) {
		size_t mid = (low + high) / 2;
		if (scan->records[mid].no < no)
			low = mid + 1;
		else
			high = mid;
	}
	return low < scan->count && scan->records[low].no == no ? &scan->records[low] : NULL;
}

void classifier_finish(struct classifier *c, struct scan *scan)
{
	for (size_t i = 0; c && i < c->active_count; i++)
		close_block(c, &c->active[i], scan->lines + 1);
	for (size_t i = 0; c && i < c->lifted_count; i++) {
		struct record *r = record_of(scan, c->lifted[i].no);
		if (!r) /* so large an input that it is only counted */
			continue;
		apply(r, c->lifted[i].class);
		scan->errors += r->class >= CLASS_ERROR;
		scan->warnings += r->class == CLASS_WARNING;
		scan->errored[r->shape] |= r->class >= CLASS_ERROR;
	}
}

void filters_apply_status(struct scan *scan, int status)
{
	for (size_t i = 0; i < scan->count; i++) {
		struct record *r = &scan->records[i];
		if (status == 0 && r->flags & VERDICT_QUIET_ON_SUCCESS && r->class < CLASS_ERROR) {
			scan->warnings -= r->class == CLASS_WARNING;
			apply(r, FILTER_CLASS_NOISE);
		} else if (status != 0 && r->flags & VERDICT_FAILURE_ON_FAILURE) {
			scan->warnings -= r->class == CLASS_WARNING;
			scan->errors += r->class < CLASS_ERROR;
			scan->errored[r->shape] = true;
			apply(r, FILTER_CLASS_FAILURE);
		}
	}
}
