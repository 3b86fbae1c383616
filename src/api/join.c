#include "api/join.h"

#include "api/pass.h"
#include "base/mem.h"
#include "log/peel.h"
#include "text/clean.h"
#include "tree/name.h"
#include "tree/sources.h"

#include <stdlib.h>

enum {
	JOINED_MOST = 32,     /* references: who follows more of them reads the sources themselves */
	JOIN_SHARE = 5,       /* of the budget, at most one token in so many */
	LINES_SEARCHED = 20000,
	LINES_BEHIND = 15,    /* so far behind a failure a line without a class of its own may belong to it, */
	LINES_BEFORE = 3,     /* and so far before it */
	MARKER_TOKENS = 5,    /* brackets, arrow, separator, line end */
};

struct join {
	struct sources *sources;
	struct walk_options walk;
	struct extract_source *found; /* owned; texts in the arena of c */
	unsigned *worth;              /* owned: by found */
	size_t count, cap, worth_cap;
};

void join_free(struct join *j)
{
	if (!j)
		return;
	sources_free(j->sources);
	free(j->found);
	free(j->worth);
	free(j);
}

static struct join *join_at_need(struct ctxcut *c)
{
	struct err err = {0};
	if (c->join)
		return c->join;
	c->join = mem_zalloc(1, sizeof *c->join);
	c->join->sources = sources_new(&c->join->walk);
	if (sources_add_root(c->join->sources, c->settings.source, &err) != ERR_OK) {
		err_at(&err, "source");
		reduction_note(c, &err);
	}
	return c->join;
}

/* ---- places of lines ---------------------------------------------------------------------------------------------- */

static unsigned worth_of(enum line_class class)
{
	switch (class) {
	case CLASS_FAILURE: return 4;
	case CLASS_ERROR: return 3;
	case CLASS_TRACE: return 2;
	case CLASS_PLAIN:
	case CLASS_SECTION:
	case CLASS_SUMMARY: return 1;
	case CLASS_WARNING:
	case CLASS_PASS:
	case CLASS_NOISE: break;
	}
	return 0;
}

/* Of several files that fit, the one in which the line lies in the function that the frame names. */
static struct source_file *the_file(struct join *j, const struct mention *m)
{
	struct place_match match;
	struct source_file *found = NULL;
	struct name_query wanted;
	sources_find(j->sources, m, &match);
	if (match.all == 1)
		return sources_get(j->sources, match.at[0], NULL);
	if (match.all > match.count || !name_query_parse(&wanted, m->function))
		return NULL;
	for (size_t i = 0; i < match.count; i++) {
		struct source_file *f = sources_get(j->sources, match.at[i], NULL);
		uint32_t at = f && m->line <= f->line_count ? outline_enclosing(&f->outline, (uint32_t)m->line) : SYMBOL_NO_PARENT;
		bool agrees = at != SYMBOL_NO_PARENT && span_eq(symbol_name(&f->outline, &f->outline.symbols[at]), name_query_last(&wanted));
		if (agrees && found) { /* in both */
			sources_put(j->sources, f);
			sources_put(j->sources, found);
			return NULL;
		}
		if (agrees)
			found = f;
		else
			sources_put(j->sources, f);
	}
	return found;
}

static struct span kept(struct ctxcut *c, struct span text)
{
	struct buf cleaned = {0};
	clean_line(&cleaned, text);
	struct span copy = arena_dup(&c->arena, buf_span(&cleaned));
	buf_release(&cleaned);
	return copy;
}

static void add(struct ctxcut *c, struct join *j, const struct mention *m, uint32_t input, uint64_t line, unsigned worth)
{
	struct source_file *f = the_file(j, m);
	uint32_t at = f && m->line <= f->line_count ? outline_enclosing(&f->outline, (uint32_t)m->line) : SYMBOL_NO_PARENT;
	/* A variable or a field of one line says nothing of where it stands. */
	while (at != SYMBOL_NO_PARENT && f->outline.symbols[at].parent != SYMBOL_NO_PARENT &&
	       f->outline.symbols[at].last_line == f->outline.symbols[at].first_line)
		at = f->outline.symbols[at].parent;
	struct buf reference = {0}, name = {0};
	struct extract_source source = {.input = input, .line = line};
	if (at != SYMBOL_NO_PARENT) {
		const struct symbol *s = &f->outline.symbols[at];
		outline_qualified_name(&f->outline, s, &name);
		source.kind = span_of_str(symbol_kind_name(s->kind));
		buf_add_span(&reference, f->path);
		buf_addf(&reference, ":%u-%u", s->lead_line, s->last_line);
	} else if (f && m->line <= f->line_count && worth > 1 && !span_eq(f->path, m->path)) {
		/* In no definition, but the line names the file in another way. */
		buf_add_span(&reference, f->path);
		buf_addf(&reference, ":%llu", (unsigned long long)m->line);
	}
	sources_put(j->sources, f);
	bool known = reference.len == 0;
	for (size_t i = 0; i < j->count && !known; i++)
		known = span_eq(j->found[i].reference, buf_span(&reference));
	if (!known) {
		source.reference = arena_dup(&c->arena, buf_span(&reference));
		source.name = kept(c, buf_span(&name));
		MEM_GROW(j->found, j->cap, j->count + 1);
		MEM_GROW(j->worth, j->worth_cap, j->count + 1);
		j->found[j->count] = source;
		j->worth[j->count++] = worth;
	}
	buf_release(&reference);
	buf_release(&name);
}

bool join_is_own(struct ctxcut *c, struct span line)
{
	struct join *j = join_at_need(c);
	struct mention m;
	size_t cursor = 0;
	line = peel_line(line, c->settings.ci).text;
	while (mention_next(line, &cursor, &m)) {
		struct place_match match;
		sources_find(j->sources, &m, &match);
		if (match.all == 1)
			return true;
	}
	return false;
}

/* What a line is worth that says nothing of itself: what a failure near it makes it. All in a piece are neighbours. */
static unsigned worth_at(const struct extract *x, const struct piece *piece, size_t i)
{
	unsigned own = worth_of(x->lines[i].class);
	if (own != 1 || x->passthrough) /* whose lines have no classes */
		return own;
	size_t from = i - piece->line_begin > LINES_BEHIND ? i - LINES_BEHIND : piece->line_begin;
	for (size_t k = from; k < piece->line_end && k <= i + LINES_BEFORE; k++)
		if (worth_of(x->lines[k].class) > 1)
			return 1;
	return 0;
}

/* What the lines of the extract name, each definition once, where it is named first. */
static void collect(struct ctxcut *c, struct join *j)
{
	struct mention_reader reader = {0};
	const struct extract *x = &c->extract;
	uint32_t input = 0;
	uint64_t next = 0;
	size_t searched = 0;
	j->count = 0;
	for (size_t p = 0; p < x->piece_count; p++) {
		const struct piece *piece = &x->pieces[p];
		if (piece->kind != PIECE_LINES)
			continue;
		if (piece->input != input || piece->first_line != next) /* a heading holds for what stands right below it */
			mention_reader_release(&reader);
		for (size_t i = piece->line_begin; i < piece->line_end && searched < LINES_SEARCHED; i++, searched++) {
			const struct extract_line *line = &x->lines[i];
			unsigned worth = worth_at(x, piece, i);
			struct mention m;
			mention_reader_line(&reader, peel_line(line->text, c->settings.ci).text);
			while (mention_reader_next(&reader, &m))
				if (worth)
					add(c, j, &m, piece->input, line->no, worth);
		}
		input = piece->input;
		next = piece->last_line + 1;
	}
	mention_reader_release(&reader);
}

static size_t cost_of(const struct ctxcut *c, const struct extract_source *s)
{
	enum encoding e = c->settings.encoding;
	size_t keys = c->settings.format == RENDER_JSON ? 20 : 0;
	return tokens_count(e, s->reference) + tokens_count(e, s->name) + (s->kind.len ? 2 : 0) + MARKER_TOKENS + keys;
}

/* Keeps the worthiest that cost at most `most` tokens together, in their order. Returns what they cost. */
static size_t keep_worthiest(struct ctxcut *c, struct join *j, size_t most)
{
	bool *keep = mem_zalloc(j->count, sizeof *keep);
	size_t cost = 0, kept_count = 0, n = 0;
	for (unsigned worth = 4; worth > 0; worth--)
		for (size_t i = 0; i < j->count && kept_count < JOINED_MOST; i++) {
			size_t one = j->worth[i] == worth ? cost_of(c, &j->found[i]) : SIZE_MAX;
			if (one == SIZE_MAX || one > most - cost)
				continue;
			keep[i] = true;
			kept_count++;
			cost += one;
		}
	for (size_t i = 0; i < j->count; i++)
		if (keep[i]) {
			j->found[n] = j->found[i];
			j->worth[n++] = j->worth[i];
		}
	j->count = n;
	free(keep);
	return cost;
}

static size_t share_of(size_t budget_tokens)
{
	return budget_tokens == BUDGET_NONE ? SIZE_MAX / 2 : budget_tokens / JOIN_SHARE;
}

size_t join_cost(struct ctxcut *c, size_t budget_tokens)
{
	struct join *j = join_at_need(c);
	collect(c, j);
	return keep_worthiest(c, j, share_of(budget_tokens));
}

void join_attach(struct ctxcut *c, size_t budget_tokens)
{
	struct join *j = join_at_need(c);
	struct extract *x = &c->extract;
	struct buf out = {0};
	bool bare = x->passthrough;
	collect(c, j);
	keep_worthiest(c, j, share_of(budget_tokens));
	x->sources = j->found;
	x->source_count = j->count;
	x->passthrough = bare && j->count == 0;
	/* The least worthy go until the rest has room. */
	while (x->source_count && budget_tokens != BUDGET_NONE && reduction_render(c, &out) > budget_tokens) {
		size_t least = 0;
		for (size_t i = 1; i < x->source_count; i++)
			if (j->worth[i] <= j->worth[least])
				least = i;
		memmove(j->found + least, j->found + least + 1, (j->count - least - 1) * sizeof *j->found);
		memmove(j->worth + least, j->worth + least + 1, (j->count - least - 1) * sizeof *j->worth);
		x->source_count = --j->count;
		x->passthrough = bare && j->count == 0;
		buf_clear(&out);
	}
	buf_release(&out);
}
