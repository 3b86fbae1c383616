#include "filter/ask.h"

#include "text/kernel.h"

void asker_release(struct asker *a) { buf_release(&a->form); }

void asker_begin(struct asker *a, struct span line, uint64_t line_no)
{
	a->line = line;
	a->line_no = line_no;
	a->line_only = false;
	a->digit_count = 0;
}

struct span asker_form(struct asker *a, struct span text)
{
	buf_clear(&a->form);
	buf_reserve(&a->form, text.len);
	kernel_form(text.ptr, text.len, a->form.ptr);
	return span_of(a->form.ptr, text.len);
}

void asker_add_digit(struct asker *a, uint16_t at)
{
	for (size_t i = 0; i < a->digit_count; i++)
		if (a->digits[i] == at)
			return;
	if (a->digit_count == OUTCOME_DIGITS_MOST)
		a->line_only = true;
	else
		a->digits[a->digit_count++] = at;
}

/* What the pattern says of the text depends on some of its digits. */
static void note_digits(struct asker *a, const struct filter_pattern *p, struct span text)
{
	uint16_t found[OUTCOME_DIGITS_MOST];
	size_t count = a->line_only ? 0 : spots_find(&p->spots, asker_form(a, text), found, OUTCOME_DIGITS_MOST);
	const size_t before = (size_t)(text.ptr - a->line.ptr);
	a->line_only |= count > OUTCOME_DIGITS_MOST || before + text.len > UINT16_MAX;
	for (size_t i = 0; i < count && !a->line_only; i++)
		asker_add_digit(a, (uint16_t)(before + found[i]));
}

void asker_tell(const struct asker *a, enum filter_event event, const struct entry *e, const struct filter_pattern *p,
                enum filter_class class, enum filter_status on)
{
	if (!a->watch)
		return;
	struct filter_note n = {event, e->name, e->path, p ? p->line : 0, class, on, p ? p->text : span_of("", 0)};
	a->watch(a->watch_user, a->line_no, &n);
}

bool asker_matches(struct asker *a, const char *path, struct filter_pattern *p, struct span text, struct pattern_groups *groups)
{
	const size_t gave_up = a->set->gave_up;
	bool matches = filter_set_matches(a->set, path, p, text, groups);
	if (a->set->gave_up != gave_up)
		a->line_only = true;
	else if (!p->digits_alike)
		note_digits(a, p, text);
	return matches;
}

struct span asker_gate(struct asker *a, const struct gate *g, struct span text, uint64_t *owners)
{
	struct span form = asker_form(a, text);
	gate_scan(g, form, owners);
	return form;
}

static void take_key(struct asker *a, const struct filter_rule *rule, const struct pattern_groups *groups, struct span text)
{
	int number = rule->group_by ? pattern_group(rule->match.compiled, rule->group_by) : 0;
	if (number <= 0 || (size_t)number >= groups->count || groups->at[number].begin == SIZE_MAX)
		return;
	size_t before = (size_t)(text.ptr - a->line.ptr);
	a->has_key = true;
	a->key_begin = before + groups->at[number].begin;
	a->key_end = before + groups->at[number].end;
}

/* Puts one rule to the line. True: it decides. */
static bool ask_rule(struct asker *a, const struct entry *e, size_t i, bool decided, struct span text, struct answer *out)
{
	struct filter_rule *rule = &e->d->rules[i];
	struct pattern_groups groups;
	if (!asker_matches(a, e->path, &rule->match, text, &groups))
		return false;
	if (rule->unless.text.len && asker_matches(a, e->path, &rule->unless, text, NULL)) {
		asker_tell(a, FILTER_VETOED, e, &rule->unless, rule->class, rule->on);
		return false;
	}
	asker_tell(a, decided ? FILTER_LATER : FILTER_RULE, e, &rule->match, rule->class, rule->on);
	if (decided)
		return false;
	out->facts |= ANSWER_MATCHED;
	if (rule->on == FILTER_ANY_STATUS) {
		take_key(a, rule, &groups, text);
		return true;
	}
	out->facts |= rule->on == FILTER_ON_SUCCESS ? ANSWER_ON_SUCCESS : ANSWER_ON_FAILURE;
	return false;
}

/* The first rule that matches decides. */
static void ask_rules(struct asker *a, const struct entry *e, struct span text, const uint64_t *fired, bool leave_exact, struct answer *out)
{
	size_t exact = 0;
	for (size_t word = 0; word * 64 < e->d->rule_count; word++)
		for (uint64_t left = fired[word]; left; left &= left - 1) {
			size_t i = word * 64 + (size_t)__builtin_ctzll(left);
			if (i >= e->d->rule_count)
				return;
			while (exact < e->exact_rule_count && e->exact_rules[exact] < i)
				exact++;
			if (exact < e->exact_rule_count && e->exact_rules[exact] == i && leave_exact) {
				out->exact |= (uint16_t)(1u << exact);
				continue;
			}
			if (ask_rule(a, e, i, out->rule, text, out))
				out->rule = (uint16_t)(i + 1);
			if (out->rule && !a->watch)
				return;
		}
}

void asker_ask_exact(struct asker *a, const struct entry *e, struct span text, struct answer *answer)
{
	for (unsigned left = answer->exact; left; left &= left - 1) {
		size_t i = e->exact_rules[__builtin_ctz(left)];
		if (!ask_rule(a, e, i, false, text, answer))
			continue;
		answer->rule = (uint16_t)(i + 1);
		return;
	}
}

struct answer asker_ask(struct asker *a, const struct entry *e, struct span text)
{
	struct filter_definition *d = e->d;
	struct answer out = {0};
	uint64_t fired[OWNER_WORDS];
	const size_t gave_up = a->set->gave_up;
	memcpy(fired, e->always, sizeof fired);
	asker_gate(a, &e->gate, text, fired);
	bool line_by_line = e->line_by_line;
	for (size_t word = 0; word < OWNER_WORDS; word++)
		line_by_line |= (fired[word] & e->exact[word]) != 0;

	ask_rules(a, e, text, fired, !a->watch, &out);
	if (out.exact && out.facts & (ANSWER_ON_SUCCESS | ANSWER_ON_FAILURE)) {
		/* A rule that was left out may keep one behind it from being asked. */
		out = (struct answer){0};
		ask_rules(a, e, text, fired, false, &out);
		line_by_line = true;
	}
	size_t owner = d->rule_count;
	for (size_t i = 0; i < d->block_count; i++, owner++) {
		struct filter_block *b = &d->blocks[i];
		if (out.block || !filter_has_owner(fired, owner) || !asker_matches(a, e->path, &b->from, text, NULL))
			continue;
		asker_tell(a, FILTER_OPENED, e, &b->from, b->head, FILTER_ANY_STATUS);
		out.block = (uint8_t)(i + 1);
	}
	for (size_t i = 0; i < d->end_count; i++, owner++)
		if (filter_has_owner(fired, owner) && asker_matches(a, e->path, &d->ends[i], text, NULL))
			out.facts |= ANSWER_ENDS;
	if (line_by_line || a->set->gave_up != gave_up)
		out.facts |= ANSWER_ASK;
	return out;
}

void asker_find_key(struct asker *a, const struct entry *e, size_t i, struct span text)
{
	struct filter_rule *rule = &e->d->rules[i];
	struct pattern_groups groups;
	if (rule->group_by && asker_matches(a, e->path, &rule->match, text, &groups))
		take_key(a, rule, &groups, text);
}

struct span asker_without_prefix(struct asker *a, struct filter_definition *d, struct span text)
{
	struct pattern_groups groups;
	return d->prefix.text.len && asker_matches(a, d->path, &d->prefix, text, &groups) && groups.at[0].begin == 0
	               ? span_from(text, groups.at[0].end)
	               : text;
}
