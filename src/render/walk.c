#include "render/writer.h"

#include "base/mem.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

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

enum { LEVELS = 256 }; /* beyond, the longest run tells: no log gets there by itself */

struct levels {
	bool taken[LEVELS];
	size_t longest;
};

static size_t brackets_at(struct span s, size_t at)
{
	size_t n = 0;
	while (at + n < s.len && s.ptr[at + n] == '[')
		n++;
	return n;
}

static void take(struct levels *l, size_t n)
{
	if (n < LEVELS)
		l->taken[n] = true;
	if (n > l->longest)
		l->longest = n;
}

/* What of the input could be taken for the mark of a cut: an ellipsis and brackets. */
static void take_from_text(struct levels *l, struct span s)
{
	for (size_t at; (at = span_find(s, SPAN("…["))) != SIZE_MAX; s = span_from(s, at)) {
		at += strlen("…");
		take(l, brackets_at(s, at));
	}
}

/* The smallest number of brackets such that no printed line, blanks at its start aside, begins with exactly so many, and no
 * piece of a line that was cut has so many behind an ellipsis. */
static size_t bracket_level(const struct extract *x, bool markers_are_lines)
{
	struct levels l = {0};
	bool any_cut = false;
	for (size_t i = 0; i < x->line_count; i++)
		any_cut |= x->lines[i].cut_count > 0;
	for (size_t i = 0; i < x->line_count && (any_cut || markers_are_lines); i++) {
		const struct extract_line *line = &x->lines[i];
		size_t at = 0;
		while (at < line->text.len && (line->text.ptr[at] == ' ' || line->text.ptr[at] == '\t'))
			at++;
		if (markers_are_lines)
			take(&l, brackets_at(line->text, at));
		if (!any_cut)
			continue;
		at = 0;
		for (size_t k = 0; k < line->cut_count; at = line->cuts[k++].end)
			take_from_text(&l, span_of(line->text.ptr + at, line->cuts[k].begin - at));
		take_from_text(&l, span_from(line->text, at));
	}
	size_t level = 1;
	while (level < LEVELS && l.taken[level])
		level++;
	return level < LEVELS ? level : l.longest + 1;
}

void put_line(struct buf *out, const struct extract_line *line, size_t level)
{
	size_t at = 0;
	for (size_t k = 0; level > 1 && k < line->cut_count; k++) {
		size_t open = line->cuts[k].begin + strlen("…"), close = line->cuts[k].end - strlen("…");
		buf_add(out, line->text.ptr + at, open - at);
		for (size_t i = 1; i < level; i++)
			buf_add_char(out, '[');
		buf_add(out, line->text.ptr + open, close - open);
		for (size_t i = 1; i < level; i++)
			buf_add_char(out, ']');
		at = close;
	}
	buf_add_span(out, span_from(line->text, at));
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
	plan->level = x->passthrough ? 1 : bracket_level(x, o->format == RENDER_TEXT);
}

void plan_release(struct plan *plan)
{
	free(plan->inputs);
	*plan = (struct plan){0};
}

const struct extract_source *sources_of_line(const struct extract *x, uint32_t input, uint64_t line, size_t *count)
{
	size_t low = 0, high = x->source_count;
	while (low < high) {
		size_t mid = (low + high) / 2;
		if (x->sources[mid].input < input || (x->sources[mid].input == input && x->sources[mid].line < line))
			low = mid + 1;
		else
			high = mid;
	}
	*count = 0;
	while (low + *count < x->source_count && x->sources[low + *count].input == input && x->sources[low + *count].line == line)
		++*count;
	return x->sources + low;
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
