/* Definitions by name and by words. */
#include "api/slice.h"

#include "base/mem.h"
#include "tree/nature.h"
#include "tree/rank.h"
#include "tree/testing.h"

#include <stdlib.h>

enum { RANKED_FILES = 40, NEAREST = 6, MADE_LESS = 150 /* of the score of what a program wrote */ };
static const double NEXT_SHARE = 0.6; /* of the one before it: the best fit whole, then what else there is */
static const double TEST_SHARE = 0.4; /* of a test's score: who does not ask for tests looks for what they test */

/* ---- by name ------------------------------------------------------------------------------------------------------ */

struct match {
	struct found found;
	unsigned score;
	size_t order;
};

struct name_search {
	struct ctxcut_slice *s;
	struct name_query query;
	struct span within; /* only in this file, or everywhere */
	struct match *matches; /* owned */
	size_t count, cap;
};

static void look_for_name(void *user, uint32_t number, struct span path, struct span text)
{
	struct name_search *n = user;
	if (n->within.len && !span_eq(path, n->within))
		return;
	const struct outline *o = sources_outline(n->s->sources, path, text);
	if (!o)
		return;
	uint32_t lines = o->line_count;
	struct span file = span_from(path, path_folder(path).len);
	bool made = nature_says_generated(span_head(text, 4096)) || nature_is_minified(file, o->language, text);
	for (size_t i = 0; i < o->count; i++) {
		unsigned score = name_match(&n->query, path, o, &o->symbols[i]);
		if (!score)
			continue;
		if (made && score > MADE_LESS)
			score -= MADE_LESS;
		MEM_GROW(n->matches, n->cap, n->count + 1);
		n->matches[n->count] = (struct match){slice_definition(n->s, number, o, &o->symbols[i], lines), score, n->count};
		n->count++;
	}
}

static void look_for_name_in_any_case(void *user, uint32_t number, struct span path, struct span text)
{
	struct name_search *n = user;
	struct span name = name_query_last(&n->query);
	char *folded = mem_strndup(name.ptr, name.len);
	bool holds = false;
	/* strcasestr would stop at a NUL and needs a terminator: the first letter in either case is a good enough gate. */
	for (size_t i = 0; i < text.len && !holds; i++)
		holds = (text.ptr[i] | 0x20) == (name.ptr[0] | 0x20) && text.len - i >= name.len && strncasecmp(text.ptr + i, folded, name.len) == 0;
	free(folded);
	if (!holds || (n->within.len && !span_eq(path, n->within)))
		return;
	const struct outline *o = sources_outline(n->s->sources, path, text);
	for (size_t i = 0; o && i < o->count; i++) {
		unsigned score = name_match(&n->query, path, o, &o->symbols[i]);
		if (!score)
			continue;
		MEM_GROW(n->matches, n->cap, n->count + 1);
		n->matches[n->count] = (struct match){slice_definition(n->s, number, o, &o->symbols[i], o->line_count), score, n->count};
		n->count++;
	}
}

static int better(const void *a, const void *b)
{
	const struct match *x = a, *y = b;
	if (x->score != y->score)
		return x->score > y->score ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

static size_t add_matches(struct ctxcut_slice *s, struct match *matches, size_t count)
{
	size_t added = 0;
	double weight = 1;
	if (count)
		qsort(matches, count, sizeof *matches, better);
	/* With the case as asked for, others are not meant. */
	while (count && matches[0].score >= 1000 && matches[count - 1].score < 1000)
		count--;
	for (size_t i = 0; i < count; i++) {
		if (added >= FOUND_MOST) {
			s->more += count - i;
			break;
		}
		matches[i].found.weight = weight;
		matches[i].found.ranked = true;
		weight *= NEXT_SHARE;
		slice_add(s, &matches[i].found);
		added++;
	}
	return added;
}

size_t slice_by_name(struct ctxcut_slice *s, struct span text, struct span within)
{
	struct name_search n = {.s = s, .within = within};
	if (!name_query_parse(&n.query, text))
		return 0;
	sources_each(s->sources, name_query_last(&n.query), look_for_name, &n);
	if (n.count == 0)
		sources_each(s->sources, SPAN(""), look_for_name_in_any_case, &n);
	size_t added = add_matches(s, n.matches, n.count);
	free(n.matches);
	return added;
}

/* ---- by words ----------------------------------------------------------------------------------------------------- */

struct word_search {
	struct ctxcut_slice *s;
	struct ranker *files;
	uint32_t *numbers; /* owned: of the documents */
	size_t count, cap;
};

static void rank_file(void *user, uint32_t number, struct span path, struct span text)
{
	struct word_search *w = user;
	if (!language_of(path, span_head(text, 64 * 1024)))
		return; /* what has no language has no definitions */
	ranker_document(w->files);
	ranker_feed(w->files, RANK_PATH, path);
	ranker_feed(w->files, RANK_TEXT, text);
	/* What it defines stands in its text: where that holds hardly a word, no outline is needed to know. */
	size_t terms = ranker_term_count(w->files);
	const struct outline *o = ranker_terms_held(w->files) >= (terms > 2 ? 2 : 1) ? sources_outline(w->s->sources, path, text) : NULL;
	for (size_t i = 0; o && i < o->count; i++)
		ranker_feed(w->files, RANK_NAMES, symbol_name(o, &o->symbols[i]));
	MEM_GROW(w->numbers, w->cap, w->count + 1);
	w->numbers[w->count++] = number;
}

struct candidate {
	uint32_t file_rank, symbol;
	double score;
	size_t order;
};

static int by_score(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;
	if (x->score != y->score)
		return x->score > y->score ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

static bool is_definition(const struct outline *o, uint32_t i)
{
	const struct symbol *d = &o->symbols[i];
	enum symbol_kind k = d->kind;
	if (k == SYMBOL_VARIABLE || k == SYMBOL_FIELD || k == SYMBOL_PROPERTY || k == SYMBOL_ENUM_MEMBER || k == SYMBOL_CONSTANT)
		return d->parent == SYMBOL_NO_PARENT && d->last_line > d->first_line;
	if (k == SYMBOL_MACRO && d->last_line == d->first_line)
		return false; /* guards, constants */
	return k != SYMBOL_MODULE && k != SYMBOL_NAMESPACE && k != SYMBOL_PACKAGE;
}

/* A class stands for what its members do not hold: its own lines up to the first of them. */
static uint32_t own_last(const struct source_file *f, uint32_t i)
{
	const struct symbol *d = &f->outline.symbols[i];
	if (d->kind == SYMBOL_FUNCTION || d->kind == SYMBOL_METHOD || d->kind == SYMBOL_CONSTRUCTOR || d->kind == SYMBOL_TEST)
		return d->last_line; /* what it defines is a part of it */
	for (uint32_t k = i + 1; k < f->outline.count && f->outline.symbols[k].first_line <= d->last_line; k++)
		if (f->outline.symbols[k].parent == i && is_definition(&f->outline, k) && f->outline.symbols[k].lead_line > d->name_line)
			return f->outline.symbols[k].lead_line - 1;
	return d->last_line;
}

static struct span own_text(const struct source_file *f, uint32_t i)
{
	const struct symbol *d = &f->outline.symbols[i];
	uint32_t last = own_last(f, i);
	if (d->lead_line == 0 || last > f->line_count || last < d->lead_line)
		return span_of("", 0);
	uint32_t begin = f->line_off[d->lead_line - 1], end = f->line_off[last];
	return span_of(f->text.ptr + begin, end - begin);
}

static bool tests_count_less(struct span text)
{
	return span_find(text, SPAN("test")) == SIZE_MAX && span_find(text, SPAN("Test")) == SIZE_MAX;
}

static int by_rank(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;
	if (x->score != y->score)
		return x->score > y->score ? -1 : 1;
	return x->document < y->document ? -1 : x->document > y->document;
}

/* Among the definitions of the best files the best ones. */
static size_t rank_definitions(struct ctxcut_slice *s, struct span text, const struct word_search *w, const struct ranked *order, size_t count)
{
	struct ranker *symbols = ranker_new(text);
	struct source_file *files[RANKED_FILES] = {0};
	struct candidate *c = NULL;
	size_t n = 0, cap = 0, added = 0;
	for (size_t r = 0; r < count && r < RANKED_FILES; r++) {
		struct source_file *f = files[r] = sources_get(s->sources, w->numbers[order[r].document], NULL);
		for (uint32_t i = 0; f && i < f->outline.count; i++) {
			if (!is_definition(&f->outline, i))
				continue;
			struct buf name = {0};
			outline_qualified_name(&f->outline, &f->outline.symbols[i], &name);
			ranker_document(symbols);
			ranker_feed(symbols, RANK_NAMES, buf_span(&name));
			ranker_feed(symbols, RANK_TEXT, own_text(f, i));
			buf_release(&name);
			MEM_GROW(c, cap, n + 1);
			c[n] = (struct candidate){.file_rank = (uint32_t)r, .symbol = i, .order = n};
			n++;
		}
	}
	size_t hits;
	struct ranked *best = ranker_order_summed(symbols, &hits);
	double weight = 1;
	for (size_t i = 0; i < hits; i++) {
		struct candidate *hit = &c[best[i].document];
		hit->score = best[i].score * (1 + 1.0 / (1 + hit->file_rank));
		if (tests_count_less(text) && path_is_test(places_path(sources_places(s->sources), files[hit->file_rank]->number)))
			hit->score *= TEST_SHARE;
	}
	if (n)
		qsort(c, n, sizeof *c, by_score);
	for (size_t i = 0; i < n && c[i].score > 0; i++) {
		if (added >= FOUND_MOST) {
			s->more++;
			continue;
		}
		const struct source_file *f = files[c[i].file_rank];
		struct found found = slice_definition(s, f->number, &f->outline, &f->outline.symbols[c[i].symbol], f->line_count);
		uint32_t last = own_last(f, c[i].symbol);
		if (last < f->outline.symbols[c[i].symbol].last_line) {
			found.last = last;
			found.note = SPAN("to its first member");
		}
		found.weight = weight;
		found.ranked = true;
		if (slice_add(s, &found)) {
			weight *= NEXT_SHARE;
			added++;
		}
	}
	free(best);
	free(c);
	ranker_free(symbols);
	for (size_t r = 0; r < RANKED_FILES; r++)
		sources_put(s->sources, files[r]);
	return added;
}

size_t slice_by_words(struct ctxcut_slice *s, struct span text)
{
	struct word_search w = {.s = s, .files = ranker_new(text)};
	size_t added = 0;
	if (ranker_term_count(w.files)) {
		size_t count;
		sources_each(s->sources, SPAN(""), rank_file, &w);
		struct ranked *order = ranker_order(w.files, &count);
		for (size_t i = 0; i < count && tests_count_less(text); i++)
			if (!order[i].mentioned && path_is_test(places_path(sources_places(s->sources), w.numbers[order[i].document])))
				order[i].score *= TEST_SHARE;
		qsort(order, count, sizeof *order, by_rank);
		added = rank_definitions(s, text, &w, order, count);
		free(order);
	}
	ranker_free(w.files);
	free(w.numbers);
	return added;
}

/* ---- a word somewhere --------------------------------------------------------------------------------------------- */

struct word_look {
	struct span word;
	bool found;
};

static void look_for_word(void *user, uint32_t number, struct span path, struct span text)
{
	struct word_look *w = user;
	(void)number, (void)path;
	w->found = w->found || name_find(text, w->word, 0) != SIZE_MAX;
}

bool slice_holds_word(struct ctxcut_slice *s, struct span word)
{
	struct word_look w = {.word = word};
	sources_each(s->sources, word, look_for_word, &w);
	return w.found;
}

/* ---- the nearest names -------------------------------------------------------------------------------------------- */

struct near {
	struct span name, where; /* in the arena */
	uint32_t distance;
};

struct near_search {
	struct ctxcut_slice *s;
	struct span wanted;
	struct near best[NEAREST];
	size_t count;
};

static void look_for_near(void *user, uint32_t number, struct span path, struct span text)
{
	struct near_search *n = user;
	const struct outline *o = sources_outline(n->s->sources, path, text);
	for (size_t i = 0; o && i < o->count; i++) {
		struct span name = symbol_name(o, &o->symbols[i]);
		uint32_t distance = name_distance(n->wanted, name);
		bool known = distance == UINT32_MAX || o->symbols[i].kind == SYMBOL_HEADING || o->symbols[i].kind == SYMBOL_KEY;
		for (size_t k = 0; k < n->count && !known; k++)
			known = span_eq(n->best[k].name, name);
		size_t at = n->count;
		while (at > 0 && n->best[at - 1].distance > distance)
			at--;
		if (known || at == NEAREST)
			continue;
		if (n->count < NEAREST)
			n->count++;
		memmove(n->best + at + 1, n->best + at, (n->count - at - 1) * sizeof *n->best);
		struct buf where = {0};
		sources_path(n->s->sources, number, &where);
		buf_addf(&where, ":%u", o->symbols[i].name_line);
		n->best[at] = (struct near){arena_dup(&n->s->arena, name), arena_dup(&n->s->arena, buf_span(&where)), distance};
		buf_release(&where);
	}
}

void slice_note_nearest(struct ctxcut_slice *s, struct span text)
{
	struct name_query q;
	if (!name_query_parse(&q, text))
		return;
	struct near_search n = {.s = s, .wanted = name_query_last(&q)};
	struct buf list = {0};
	sources_each(s->sources, SPAN(""), look_for_near, &n);
	for (size_t i = 0; i < n.count; i++) {
		buf_add_str(&list, i ? ", " : "");
		buf_add_span(&list, n.best[i].name);
		buf_addf(&list, " (%s)", n.best[i].where.ptr);
	}
	if (n.count)
		slice_note(s, "the nearest names: %s", list.ptr);
	buf_release(&list);
}
