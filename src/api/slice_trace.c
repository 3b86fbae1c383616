/* The places that a text names: frames of traces, diagnostics. */
#include "api/slice.h"

#include "base/mem.h"
#include "log/peel.h"
#include "text/clean.h"

#include <stdlib.h>

enum { OUTSIDE_NAMED = 3, OUTSIDE_COUNTED = 1000, ALIKE_SHOWN = 3, NOTED_MOST = 4 };

struct trace_search {
	struct ctxcut_slice *s;
	struct span *outside; /* owned; texts in the arena */
	size_t outside_count, outside_cap;
	unsigned noted;       /* notes on single places: few, then none */
	size_t inside;
};

static const double weights[] = {2, 1, 0.5}; /* of a line about a failure, about neither, about a warning */

static double weight_of(struct span line)
{
	static const char *const loud[] = {"error", "Error", "ERROR", "fatal", "FAIL", "panic", "Assert", "assert", "Exception", "Traceback"};
	static const char *const quiet[] = {"warning", "Warning", "WARN", "note:", "help:", "deprecated"};
	for (size_t i = 0; i < sizeof loud / sizeof *loud; i++)
		if (span_find(line, span_of_str(loud[i])) != SIZE_MAX)
			return weights[0];
	for (size_t i = 0; i < sizeof quiet / sizeof *quiet; i++)
		if (span_find(line, span_of_str(quiet[i])) != SIZE_MAX)
			return weights[2];
	return weights[1];
}

static struct span last_name(struct span function)
{
	struct name_query q;
	return name_query_parse(&q, function) ? name_query_last(&q) : span_of("", 0);
}

/* Whether the definition around the line is called as the frame says. */
static bool agrees(const struct source_file *f, const struct mention *m)
{
	struct span wanted = last_name(m->function);
	uint32_t at = m->line <= f->line_count ? outline_enclosing(&f->outline, (uint32_t)m->line) : SYMBOL_NO_PARENT;
	for (; wanted.len && at != SYMBOL_NO_PARENT; at = f->outline.symbols[at].parent) {
		struct span name = symbol_name(&f->outline, &f->outline.symbols[at]);
		if (span_eq(last_name(name), wanted))
			return true;
	}
	return false;
}

/* Of several files that fit, those in which the line lies in the function that the frame names; else all of them. */
static void settle(struct ctxcut_slice *s, const struct mention *m, struct place_match *match)
{
	struct place_match agreeing = {0};
	if (match->count < 2 || match->all > match->count || !m->function.len)
		return;
	for (size_t i = 0; i < match->count; i++) {
		struct source_file *f = sources_get(s->sources, match->at[i], NULL);
		if (f && agrees(f, m))
			agreeing.at[agreeing.count++] = match->at[i];
		sources_put(s->sources, f);
	}
	agreeing.all = agreeing.count;
	if (agreeing.count)
		*match = agreeing;
}

static void note_outside(struct trace_search *t, const struct mention *m)
{
	if (!language_of(m->path, span_of("", 0)))
		return; /* a host and a port, a word and a number */
	struct buf text = {0};
	buf_add_span(&text, m->path);
	buf_addf(&text, ":%llu", (unsigned long long)m->line);
	bool known = false;
	for (size_t i = 0; i < t->outside_count && !known; i++)
		known = span_eq(t->outside[i], buf_span(&text));
	if (!known && t->outside_count < OUTSIDE_COUNTED) {
		MEM_GROW(t->outside, t->outside_cap, t->outside_count + 1);
		t->outside[t->outside_count++] = arena_dup(&t->s->arena, buf_span(&text));
	}
	buf_release(&text);
}

/* The function that the frame names, where its line does not lie in it. */
static const struct symbol *its_function(const struct source_file *f, const struct mention *m)
{
	struct span wanted = last_name(m->function);
	for (size_t i = 0; wanted.len && i < f->outline.count; i++)
		if (span_eq(last_name(symbol_name(&f->outline, &f->outline.symbols[i])), wanted))
			return &f->outline.symbols[i];
	return NULL;
}

/* A frame whose line lies in another function than it says: the tree is not what ran. */
static struct span doubt(struct trace_search *t, const struct source_file *f, const struct mention *m)
{
	const struct symbol *s = agrees(f, m) ? NULL : its_function(f, m);
	if (!s)
		return span_of("", 0);
	struct buf text = {0};
	buf_add_str(&text, "the trace says ");
	clean_line(&text, last_name(m->function));
	buf_addf(&text, ", which is at %u-%u: the tree is not what ran", s->lead_line, s->last_line);
	struct span kept = arena_dup(&t->s->arena, buf_span(&text));
	buf_release(&text);
	return kept;
}

static void take(struct trace_search *t, const struct mention *m, const struct place_match *match, double weight)
{
	struct ctxcut_slice *s = t->s;
	if (match->all > 1 && t->noted++ < NOTED_MOST)
		slice_note(s, "%.*s:%llu may be any of %zu files", (int)m->path.len, m->path.ptr, (unsigned long long)m->line, match->all);
	for (size_t i = 0; i < match->count && i < ALIKE_SHOWN; i++) {
		struct source_file *f = sources_get(s->sources, match->at[i], NULL);
		if (!f)
			continue;
		if (m->line > f->line_count) {
			if (match->all == 1 && t->noted++ < NOTED_MOST)
				slice_note(s, "%.*s has %u lines, not %llu: the tree is not what ran", (int)f->path.len, f->path.ptr, f->line_count,
				           (unsigned long long)m->line);
			const struct symbol *function = its_function(f, m);
			if (function) {
				struct found found = slice_definition(s, f->number, &f->outline, function, f->line_count);
				slice_add(s, &found);
			}
		} else {
			struct found found = slice_place(s, f, m->line, m->line);
			found.weight = weight;
			slice_add_mark(&found, m->line, m->column, doubt(t, f, m));
			slice_add(s, &found);
		}
		sources_put(s->sources, f);
	}
}

/* The places in lines of one weight. */
static void search(struct trace_search *t, struct span text, double weight, size_t before)
{
	struct ctxcut_slice *s = t->s;
	struct mention_reader reader = {0};
	struct buf cleaned = {0};
	while (text.len) {
		const char *newline = memchr(text.ptr, '\n', text.len);
		struct span raw = span_head(text, newline ? (size_t)(newline - text.ptr) : text.len);
		text = span_from(text, raw.len + 1);
		struct span line = peel_line(clean_view(raw, &cleaned), true).text;
		struct mention m;
		mention_reader_line(&reader, line);
		if (weight_of(line) != weight)
			continue;
		while (mention_reader_next(&reader, &m)) {
			struct place_match match;
			sources_find(s->sources, &m, &match);
			settle(s, &m, &match);
			if (match.count == 0) {
				note_outside(t, &m);
				continue;
			}
			t->inside++;
			if (s->found_count - before < FOUND_MOST)
				take(t, &m, &match, weight);
			else
				s->more++;
		}
	}
	mention_reader_release(&reader);
	buf_release(&cleaned);
}

size_t slice_by_trace(struct ctxcut_slice *s, struct span text, size_t *named)
{
	struct trace_search t = {.s = s};
	size_t before = s->found_count;
	/* Errors first: among thousands of warnings there would be no room for them. */
	for (size_t i = 0; i < sizeof weights / sizeof *weights; i++)
		search(&t, text, weights[i], before);
	if (t.outside_count) {
		struct buf list = {0};
		for (size_t i = 0; i < t.outside_count && i < OUTSIDE_NAMED; i++) {
			buf_add_str(&list, i ? ", " : "");
			buf_add_span(&list, t.outside[i]);
		}
		slice_note(s, "%zu%s place%s outside the tree: %s%s", t.outside_count, t.outside_count == OUTSIDE_COUNTED ? " and more" : "",
		           t.outside_count == 1 ? "" : "s", list.ptr,
		           t.outside_count > OUTSIDE_NAMED ? ", …" : "");
		buf_release(&list);
	}
	*named = t.inside + t.outside_count;
	free(t.outside);
	return t.inside;
}
