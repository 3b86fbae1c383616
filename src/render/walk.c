#include "render/writer.h"

#include "base/mem.h"

#include <assert.h>
#include <stdlib.h>

enum {
	MENTIONS_MAX = 32,        /* inputs without a pick that are named; people stop reading long before */
	MENTION_SHARE = 8,        /* of the budget, at most one in this many tokens goes to mentions */
	MENTION_TEXT_TOKENS = 20, /* about what a mention costs beside its name: counts and words … */
	MENTION_JSON_TOKENS = 90, /* … and keys: an input object and a gap object */
};

uint64_t add_clamped(uint64_t a, uint64_t b) { return a > UINT64_MAX - b ? UINT64_MAX : a + b; }

static void totals_add(struct totals *t, const struct extract_input *in)
{
	t->inputs++;
	t->lines = add_clamped(t->lines, in->lines);
	t->tokens = add_clamped(t->tokens, in->tokens);
	t->errors = add_clamped(t->errors, in->errors);
	t->errors_shown = add_clamped(t->errors_shown, in->errors_shown);
	t->warnings = add_clamped(t->warnings, in->warnings);
	t->tokens_estimated |= in->tokens_estimated;
	t->stdin_read |= is_stdin(in);
}

static size_t mention_cost(const struct extract_input *in, const struct render_options *o)
{
	size_t name_tokens = 0;
	if (in->reference.len)
		name_tokens += tokens_count(o->encoding, in->reference);
	if (!reference_names(in) || o->format == RENDER_JSON)
		name_tokens += tokens_count(o->encoding, in->name);
	return name_tokens + (o->format == RENDER_JSON ? MENTION_JSON_TOKENS : MENTION_TEXT_TOKENS);
}

/* Names the inputs of which nothing was chosen, those with errors first, until they would cost too much. */
static void choose_mentions(struct plan *plan, const struct extract *x, const struct render_options *o)
{
	size_t left_tokens = x->budget_tokens ? x->budget_tokens / MENTION_SHARE : SIZE_MAX;
	size_t left_count = MENTIONS_MAX;
	for (int with_errors = 1; with_errors >= 0; with_errors--) {
		for (size_t i = 0; i < x->input_count; i++) {
			const struct extract_input *in = &x->inputs[i];
			if (plan->inputs[i].showing != SHOW_COUNTED || (in->errors > 0) != (with_errors == 1))
				continue;
			size_t cost = left_count ? mention_cost(in, o) : 0;
			if (left_count == 0 || cost > left_tokens)
				return;
			left_count--;
			left_tokens -= cost;
			plan->inputs[i].showing = SHOW_MENTION;
		}
	}
}

/* The smallest number of brackets such that no printed line, blanks at its start aside, begins with exactly so many. */
static size_t bracket_level(const struct extract *x)
{
	size_t size = x->line_count + 2; /* among so many levels one is free */
	bool *taken = mem_zalloc(size, sizeof *taken);
	for (size_t i = 0; i < x->line_count; i++) {
		struct span s = x->lines[i].text;
		size_t at = 0, n = 0;
		while (at < s.len && (s.ptr[at] == ' ' || s.ptr[at] == '\t'))
			at++;
		while (at + n < s.len && s.ptr[at + n] == '[')
			n++;
		if (n < size)
			taken[n] = true;
	}
	size_t level = 1;
	while (taken[level])
		level++;
	free(taken);
	return level;
}

void plan_init(struct plan *plan, const struct extract *x, const struct render_options *o)
{
	*plan = (struct plan){.inputs = mem_zalloc(x->input_count + 1, sizeof *plan->inputs)};
	for (size_t i = 0; i < x->input_count; i++) {
		plan->inputs[i].showing = x->input_count == 1 ? SHOW_PIECES : SHOW_COUNTED;
		plan->any_reference |= x->inputs[i].reference.len > 0;
		totals_add(&plan->all, &x->inputs[i]);
	}
	for (size_t k = 0; k < x->piece_count; k++) {
		assert(x->pieces[k].input < x->input_count);
		struct input_plan *in = &plan->inputs[x->pieces[k].input];
		if (in->piece_end == 0)
			in->piece_begin = k;
		else
			assert(in->piece_end == k && x->pieces[k].first_line == x->pieces[k - 1].last_line + 1);
		in->piece_end = k + 1;
		if (x->pieces[k].kind == PIECE_LINES)
			in->showing = SHOW_PIECES;
	}
	choose_mentions(plan, x, o);
	for (size_t i = 0; i < x->input_count; i++)
		if (plan->inputs[i].showing == SHOW_COUNTED)
			totals_add(&plan->rest, &x->inputs[i]);
	plan->level = o->format == RENDER_TEXT && !x->passthrough ? bracket_level(x) : 1;
}

void plan_release(struct plan *plan)
{
	free(plan->inputs);
	*plan = (struct plan){0};
}

void walk(struct writer *w)
{
	for (size_t i = 0; i < w->x->input_count; i++) {
		const struct input_plan *in = &w->plan->inputs[i];
		if (in->showing == SHOW_COUNTED)
			continue;
		if (in->showing == SHOW_MENTION) {
			w->ops->mention(w, i);
			continue;
		}
		w->ops->input(w, i);
		for (size_t k = in->piece_begin; k < in->piece_end; k++) {
			const struct piece *p = &w->x->pieces[k];
			switch (p->kind) {
			case PIECE_LINES: w->ops->lines(w, p); break;
			case PIECE_GAP: w->ops->gap(w, p); break;
			case PIECE_FOLD: w->ops->fold(w, p); break;
			}
		}
	}
	if (w->plan->rest.inputs)
		w->ops->rest(w, &w->plan->rest);
}
