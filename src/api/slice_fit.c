/* What is shown of each slice within the budget.
 *
 * Every slice has a line that names it. What the budget holds beyond those lines is shared by weight: who needs less than its share
 * leaves the rest to the others. A slice that gets less than it needs is cut: the lines near its marks, its head and its end stay.
 * What is printed is counted as a whole; as long as that is over the budget, less is shared out. */
#include "api/slice.h"

#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>

enum {
	FIT_ROUNDS = 24,
	NAMED_SHARE = 4,      /* at most one in so many tokens goes to slices that are only named */
	RANKED_PARTS = 8,     /* the best fit may take all of these but one */
	LEAST_TOKENS = 30,    /* less than that shows nothing of use */
	GAP_LINES_LEAST = 2,  /* a shorter gap costs as much as its lines */
};

struct fit_item {
	struct slice_item *item;
	const struct found *found;
	size_t named_cost, full_cost, share;
	uint64_t most;     /* radius at which all that is wanted is shown */
	bool settled;
};

struct fit {
	struct ctxcut_slice *s;
	struct render_options options;
	struct fit_item *at; /* owned */
	size_t count;
	struct buf scratch;
};

void slice_release_items(struct ctxcut_slice *s)
{
	for (size_t i = 0; i < s->item_count; i++) {
		free(s->items[i].shown);
		free(s->items[i].marks);
	}
	for (size_t i = 0; i < s->file_count; i++)
		sources_put(s->sources, s->files[i]);
	free(s->items);
	free(s->files);
	s->items = NULL;
	s->files = NULL;
	s->item_count = s->file_count = s->file_cap = 0;
}

/* ---- items -------------------------------------------------------------------------------------------------------- */

static struct span role_name(enum found_role role)
{
	switch (role) {
	case FOUND_CALLER: return SPAN("caller");
	case FOUND_TEST: return SPAN("test");
	case FOUND_IMPORT: return SPAN("import");
	case FOUND_QUERY: break;
	}
	return span_of("", 0);
}

/* The slice with its secrets masked. The whole file is looked at: a private key may begin before the slice. */
static void mask_item(struct ctxcut_slice *s, const struct source_file *file, struct slice_item *item)
{
	struct buf masked = {0};
	uint32_t *all = NULL;
	size_t cap = 0;
	if (!s->redact)
		s->redact = masking_new();
	masking_apply_lines(s->redact, &masked, file->text);
	uint32_t lines = source_lines(buf_span(&masked), &all, &cap);
	if (lines == file->line_count && !span_eq(buf_span(&masked), file->text)) {
		uint32_t begin = all[item->first - 1], end = all[item->last];
		struct span text = arena_dup(&s->arena, span_of(masked.ptr + begin, end - begin));
		uint32_t *off = arena_alloc(&s->arena, (size_t)(item->last - item->first + 2) * sizeof *off);
		for (uint64_t no = item->first; no <= item->last + 1; no++)
			off[no - item->first] = all[no - 1] - begin;
		item->masked = !span_eq(text, item->text);
		item->text = text;
		item->line_off = off;
	}
	free(all);
	buf_release(&masked);
}

static bool make_item(struct ctxcut_slice *s, const struct found *f, struct slice_item *item)
{
	struct err err = {0};
	struct source_file *file = sources_get(s->sources, f->file, &err);
	if (!file || f->first > file->line_count) {
		slice_note(s, "%s", file ? "a file changed while it was read" : err.text);
		sources_put(s->sources, file);
		return false;
	}
	MEM_GROW(s->files, s->file_cap, s->file_count + 1);
	s->files[s->file_count++] = file;
	uint64_t last = f->last < file->line_count ? f->last : file->line_count;
	char hex[33];
	struct buf reference = {0};
	hash128_hex(file->hash, hex);
	buf_add_span(&reference, file->path);
	buf_addf(&reference, "@%.8s", hex);
	*item = (struct slice_item){
		.reference = arena_dup(&s->arena, buf_span(&reference)), .path = file->path, .first = f->first, .last = last, .kind = f->kind,
		.name = f->name, .role = role_name(f->role), .note = f->note, .recovered = f->recovered,
		.text = span_of(file->text.ptr + file->line_off[f->first - 1], file->line_off[last] - file->line_off[f->first - 1]),
		.mark_count = f->mark_count,
	};
	buf_release(&reference);
	/* Offsets from the slice's own begin. */
	uint32_t *off = arena_alloc(&s->arena, (size_t)(last - f->first + 2) * sizeof *off);
	for (uint64_t no = f->first; no <= last + 1; no++)
		off[no - f->first] = file->line_off[no - 1] - file->line_off[f->first - 1];
	item->line_off = off;
	if (s->settings.redact)
		mask_item(s, file, item);
	item->marks = mem_zalloc(f->mark_count, sizeof *item->marks);
	for (size_t i = 0; i < f->mark_count; i++)
		item->marks[i] = (struct slice_mark){f->marks[i].line, f->marks[i].column, f->marks[i].note};
	return true;
}

/* ---- what is shown at a radius ------------------------------------------------------------------------------------ */

static void show(struct slice_item *item, uint64_t first, uint64_t last)
{
	if (first < item->first)
		first = item->first;
	if (last > item->last)
		last = item->last;
	if (first > last)
		return;
	/* Ranges come in any order: keep them rising, apart by more than a gap that would not pay. */
	size_t at = 0;
	while (at < item->shown_count && item->shown[at].last + GAP_LINES_LEAST < first)
		at++;
	if (at < item->shown_count && item->shown[at].first <= last + GAP_LINES_LEAST) {
		if (first < item->shown[at].first)
			item->shown[at].first = first;
		if (last > item->shown[at].last)
			item->shown[at].last = last;
		while (at + 1 < item->shown_count && item->shown[at + 1].first <= item->shown[at].last + GAP_LINES_LEAST) {
			if (item->shown[at + 1].last > item->shown[at].last)
				item->shown[at].last = item->shown[at + 1].last;
			memmove(item->shown + at + 1, item->shown + at + 2, (item->shown_count - at - 2) * sizeof *item->shown);
			item->shown_count--;
		}
		return;
	}
	item->shown = mem_realloc(item->shown, item->shown_count + 1, sizeof *item->shown);
	memmove(item->shown + at + 1, item->shown + at, (item->shown_count - at) * sizeof *item->shown);
	item->shown[at] = (struct slice_range){first, last};
	item->shown_count++;
}

/* Radius 0: the marks and the line with the name. It grows around the marks, half as fast at the head, and at last at the end. */
static void choose_lines(struct fit_item *f, uint64_t radius)
{
	struct slice_item *item = f->item;
	const struct found *found = f->found;
	uint64_t lines = item->last - item->first + 1;
	item->shown_count = 0;
	if (found->named)
		return;
	if (radius >= lines && !found->around) {
		show(item, item->first, item->last);
		return;
	}
	for (size_t i = 0; i < item->mark_count; i++) {
		uint64_t line = item->marks[i].line;
		show(item, line > radius ? line - radius : 1, line + radius);
	}
	uint64_t head = found->head < item->first || found->head > item->last ? item->first : found->head;
	if (found->around) {
		show(item, head, head);
		return;
	}
	uint64_t reach = item->mark_count ? radius / 2 : radius;
	show(item, reach > head - item->first ? item->first : head - (item->mark_count ? reach : 0), head + reach);
	if (radius >= 2)
		show(item, item->last - (radius / 4 < lines ? radius / 4 : lines - 1), item->last);
}

/* A single line at either end costs no more than its gap. */
static void close_ends(struct slice_item *item)
{
	if (item->shown_count == 0)
		return;
	struct slice_range *first = &item->shown[0], *last = &item->shown[item->shown_count - 1];
	first->first -= first->first == item->first + 1;
	last->last += last->last + 1 == item->last;
}

static void show_radius(struct fit_item *f, uint64_t radius)
{
	choose_lines(f, radius);
	close_ends(f->item);
}

static uint64_t most_radius(const struct fit *fit, const struct fit_item *f)
{
	if (!f->found->around)
		return f->item->last - f->item->first + 1;
	return fit->s->settings.has_context ? fit->s->settings.context : CONTEXT_OF_USE;
}

static size_t cost(struct fit *fit, const struct fit_item *f) { return render_slice_cost(f->item, &fit->options, &fit->scratch); }

/* The largest radius whose cost is within the share; nothing when even the least is over. Returns what it costs. */
static size_t show_within(struct fit *fit, struct fit_item *f, size_t share)
{
	show_radius(f, f->most);
	if (f->full_cost <= share)
		return f->full_cost;
	uint64_t low = 0, high = f->most;
	size_t at_low;
	show_radius(f, 0);
	if (share < LEAST_TOKENS || (at_low = cost(fit, f)) > share) {
		f->item->shown_count = 0;
		return f->named_cost;
	}
	while (high - low > 1) {
		uint64_t mid = low + (high - low) / 2;
		show_radius(f, mid);
		size_t n = cost(fit, f);
		if (n <= share) {
			low = mid;
			at_low = n;
		} else {
			high = mid;
		}
	}
	show_radius(f, low);
	return at_low;
}

/* ---- shares ------------------------------------------------------------------------------------------------------- */

/* Among the first `count`: who needs less than its share leaves the rest to the others. */
static void share_out(struct fit *fit, size_t count, size_t tokens)
{
	for (size_t i = 0; i < count; i++) {
		fit->at[i].settled = fit->at[i].full_cost <= fit->at[i].named_cost;
		fit->at[i].share = fit->at[i].named_cost;
		tokens -= fit->at[i].named_cost < tokens ? fit->at[i].named_cost : tokens;
	}
	/* Who asks for a name or by words wants the best fit whole, then the next. */
	for (size_t i = 0; i < count && fit->at[i].found->ranked; i++) {
		struct fit_item *f = &fit->at[i];
		size_t wanted = f->settled ? 0 : f->full_cost - f->named_cost;
		if (wanted > tokens / RANKED_PARTS * (RANKED_PARTS - 1))
			break;
		f->settled = true;
		f->share = f->named_cost + wanted;
		tokens -= wanted;
	}
	for (bool again = true; again;) {
		double weights = 0;
		again = false;
		for (size_t i = 0; i < count; i++)
			weights += fit->at[i].settled ? 0 : fit->at[i].found->weight;
		size_t left = tokens;
		for (size_t i = 0; i < count; i++) {
			struct fit_item *f = &fit->at[i];
			size_t wanted = f->full_cost - f->named_cost;
			if (f->settled || (double)wanted > (double)left * f->found->weight / weights)
				continue;
			f->settled = again = true;
			f->share = f->full_cost;
			tokens -= wanted;
		}
		if (again)
			continue;
		for (size_t i = 0; i < count; i++)
			if (!fit->at[i].settled)
				fit->at[i].share = fit->at[i].named_cost + (size_t)((double)tokens * fit->at[i].found->weight / weights);
	}
}

/* How many can be named with that many tokens. */
static size_t nameable(const struct fit *fit, size_t tokens)
{
	size_t n = 0, used = 0;
	while (n < fit->count && used + fit->at[n].named_cost <= tokens)
		used += fit->at[n++].named_cost;
	return n;
}

/* Decides for `tokens`; returns how many are printed at all. */
static size_t plan(struct fit *fit, size_t tokens)
{
	size_t all = 0, count;
	for (size_t i = 0; i < fit->count && all <= tokens; i++)
		all += fit->at[i].full_cost;
	if (all <= tokens) {
		for (size_t i = 0; i < fit->count; i++)
			show_radius(&fit->at[i], fit->at[i].most);
		return fit->count;
	}
	count = nameable(fit, tokens / NAMED_SHARE);
	if (count == 0)
		count = nameable(fit, tokens) > 0;
	share_out(fit, count, tokens);
	/* What a cut leaves of its share goes to who comes next. */
	size_t left = 0, used = 0;
	for (size_t i = 0; i < count; i++) {
		size_t may = fit->at[i].share + left, took = show_within(fit, &fit->at[i], may);
		left = may > took ? may - took : 0;
		used += took;
	}
	/* What is left names some more. */
	left = tokens > used ? tokens - used : 0;
	for (; count < fit->count && fit->at[count].named_cost <= left; count++) {
		fit->at[count].item->shown_count = 0;
		left -= fit->at[count].named_cost;
	}
	return count;
}

static size_t rendered(struct fit *fit, size_t count, struct slices *all)
{
	struct ctxcut_slice *s = fit->s;
	*all = (struct slices){.items = s->items, .item_count = count, .notes = s->notes, .note_count = s->note_count,
	                       .left_out = s->more + (fit->count - count), .budget_tokens = s->settings.budget_tokens};
	buf_clear(&s->out);
	return render_slices(all, &fit->options, &s->out);
}

void slice_fit(struct ctxcut_slice *s)
{
	struct fit fit = {.s = s, .options = {.format = s->settings.format, .encoding = s->settings.encoding, .line_numbers = s->settings.line_numbers}};
	size_t budget = s->settings.budget_tokens ? s->settings.budget_tokens : SIZE_MAX / 4;
	s->items = mem_zalloc(s->found_count, sizeof *s->items);
	fit.at = mem_zalloc(s->found_count, sizeof *fit.at);
	for (size_t i = 0; i < s->found_count; i++) {
		struct slice_item *item = &s->items[fit.count];
		if (!make_item(s, &s->found[i], item))
			continue;
		struct fit_item *f = &fit.at[fit.count++];
		*f = (struct fit_item){.item = item, .found = &s->found[i]};
		f->most = most_radius(&fit, f);
		f->named_cost = cost(&fit, f);
		/* What alone is over the budget by its bytes need not be counted to know it: no vocabulary has tokens that long. */
		show_radius(f, f->most);
		f->full_cost = s->settings.budget_tokens && item->text.len / 128 > budget ? budget + 1 : cost(&fit, f);
	}
	s->item_count = fit.count;
	struct slices all;
	size_t target = budget, tokens = 0, count = 0;
	for (int round = 0; round < FIT_ROUNDS; round++) {
		count = plan(&fit, target);
		tokens = rendered(&fit, count, &all);
		if (tokens <= budget)
			break;
		size_t over = tokens - budget + 2 + (size_t)round * (budget / 64);
		target = target > over ? target - over : 0;
	}
	/* Not even so: fewer notes, then nothing but how many there are. */
	while (tokens > budget && s->note_count) {
		s->note_count--;
		tokens = rendered(&fit, 0, &all);
	}
	free(fit.at);
	buf_release(&fit.scratch);
}
