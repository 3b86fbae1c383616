/* From the pool of candidates to an extract within the budget: choose, build, render, measure, and again until it fits.
 *
 * The choice must not depend on how an input is called (a pipe and a file of the same bytes give the same picks), so it is
 * made with stand-in names; real names that cost more than the stand-ins only ever shrink the result. */
#include "api/reduction.h"

#include "api/describe.h"
#include "api/join.h"
#include "api/pass.h"
#include "api/printed.h"
#include "base/mem.h"
#include "select/choose.h"
#include "text/clean.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SEARCHED_BYTES = 16 * 1024 * 1024, OWN_LOOKED_MOST = 8192, READ_AHEAD_MOST = 8192, READ_BESIDE = 2 };
static const float OWN_FACTOR = 2.0f; /* a frame of one's own code, beside one of others' */
enum { FIT_ROUNDS = 12, HEADER_TOKENS = 60, FOLD_LEAST = 4, SHRINK_TOKENS = 24, GAP_LINES = 100, VALUE_BYTES = 32 };
/* The cost of a line that cannot be read again: more than any budget. */
enum { UNREADABLE_TOKENS = INT32_MAX };

struct fit {
	struct ctxcut *c;
	struct pool *pool;
	size_t budget_tokens;
	struct width width;
	struct choice_set set;
	/* Arrays for choice_set, owned. */
	float *values;
	uint32_t *kinds, *anchors, *inputs;
	uint64_t *line_nos;
	bool *service, *asked;
	bool *picked;
	size_t *starts;       /* by input: index of its first candidate; one more at the end */
	uint32_t *kind_seen;  /* by kind: 1 + the gap that counted it last */
	uint32_t gap_no;
	struct printed printed;
	uint32_t key_input;   /* the private key that was counted last: its input, and 1 + its number there */
	size_t key_no;
	struct buf out;
	bool missed;          /* a line could not be read: choose again without it */
};

static void fit_release(struct fit *f)
{
	free(f->values);
	free(f->kinds);
	free(f->anchors);
	free(f->inputs);
	free(f->line_nos);
	free(f->service);
	free(f->asked);
	free(f->picked);
	free(f->starts);
	free(f->kind_seen);
	printed_release(&f->printed);
	buf_release(&f->out);
}

/* ---- lines -------------------------------------------------------------------------------------------------------- */

static void give_up(struct fit *f, size_t i)
{
	f->values[i] = 0;
	f->pool->at[i].tokens = UNREADABLE_TOKENS;
}

static bool can_be_read(struct fit *f, size_t i)
{
	const struct candidate *l = &f->pool->at[i];
	char byte;
	return l->len == 0 || held_read(&f->c->inputs[l->input]->held, l->off + l->len - 1, &byte, 1, NULL) == ERR_OK;
}

/* Candidate i cannot be read again. Of a file that changed no line can be trusted any more. A spool that found no room kept
 * a head of what came: what stands behind is gone too, and is not tried line by line. */
static void lose(struct fit *f, size_t i, const struct err *why)
{
	size_t n = f->pool->at[i].input;
	struct input *in = f->c->inputs[n];
	f->missed = true;
	in->incomplete = true;
	if (!in->told)
		reduction_note(f->c, why);
	in->told = true;
	give_up(f, i);
	size_t from = f->starts[n + 1];
	if (why->code == ERR_CHANGED) {
		in->changed = true;
		from = f->starts[n];
	} else if (why->code == ERR_LIMIT) {
		size_t low = f->starts[n];
		while (low < from) {
			size_t mid = (low + from) / 2;
			if (can_be_read(f, mid))
				low = mid + 1;
			else
				from = mid;
		}
	}
	for (; from < f->starts[n + 1]; from++)
		give_up(f, from);
}

/* Reads line i into f->printed. */
static bool read_line(struct fit *f, size_t i)
{
	struct err err = {0};
	const struct candidate *l = &f->pool->at[i];
	if (l->tokens == UNREADABLE_TOKENS)
		return false;
	if (key_blocks_find(&f->c->inputs[l->input]->keys, l->no) != SIZE_MAX) {
		buf_clear(&f->printed.text);
		buf_add_span(&f->printed.text, KEY_LINE_MASK);
		f->printed.cut_count = 0;
		f->printed.secrets = 0; /* counted once for the key: count_key */
		return true;
	}
	struct excerpt_options how = excerpt_of(&f->c->settings, f->width, (enum line_class)l->class);
	if (printed_line(&f->printed, &f->c->inputs[l->input]->held, l->off, l->len, &how, &err) == ERR_OK)
		return true;
	lose(f, i, &err);
	return false;
}

/* A stream that the store has taken cannot be read any more: what is printed of it must be known. */
static bool is_given_away(const struct fit *f, const struct candidate *l)
{
	return f->c->committed && !l->text && !f->c->inputs[l->input]->is_file;
}

static uint32_t cost_of(void *user, size_t i)
{
	struct fit *f = user;
	struct candidate *l = &f->pool->at[i];
	if (is_given_away(f, l))
		return UNREADABLE_TOKENS;
	if (l->tokens)
		return l->tokens;
	if (l->text) {
		buf_clear(&f->printed.text);
		buf_add_span(&f->printed.text, f->c->texts[l->text - 1].span);
	} else if (!read_line(f, i)) {
		return l->tokens;
	}
	buf_add_char(&f->printed.text, '\n');
	return l->tokens = (uint32_t)tokens_count(f->c->settings.encoding, buf_span(&f->printed.text));
}

static uint32_t small_gap_cost(const struct fit *f, size_t i)
{
	return (uint32_t)render_gap_cost(f->c->settings.encoding, f->line_nos[i], f->line_nos[i]);
}

/* What a gap costs in a log where lines fail: its marker says how many lines, errors and kinds it held. */
static uint32_t gap_cost_of(void *user, size_t i)
{
	struct fit *f = user;
	if (f->service[f->inputs[i]])
		return small_gap_cost(f, i);
	struct piece gap = {.first_line = f->line_nos[i], .last_line = f->line_nos[i] + GAP_LINES - 1, .errors = 1, .kinds = 1};
	return (uint32_t)render_marker_cost(f->c->settings.encoding, &gap);
}

static const struct cut *keep_cuts(struct fit *f)
{
	size_t bytes = f->printed.cut_count * sizeof(struct cut);
	struct cut *cuts = bytes ? arena_alloc(&f->c->arena, bytes) : NULL;
	if (cuts)
		memcpy(cuts, f->printed.cuts, bytes);
	return cuts;
}

static const struct text *text_of(struct fit *f, size_t i)
{
	static const struct text nothing = {.span = {"", 0}};
	struct candidate *l = &f->pool->at[i];
	if (!l->text) {
		if (!read_line(f, i))
			return &nothing; /* f->missed: what is built now is thrown away */
		MEM_GROW(f->c->texts, f->c->text_cap, f->c->text_count + 1);
		f->c->texts[f->c->text_count++] =
			(struct text){.span = arena_dup(&f->c->arena, buf_span(&f->printed.text)),
			              .cuts = keep_cuts(f), .cut_count = f->printed.cut_count, .secrets = (uint32_t)f->printed.secrets};
		l->text = (uint32_t)f->c->text_count;
	}
	return &f->c->texts[l->text - 1];
}

/* ---- reading ahead ------------------------------------------------------------------------------------------------ */

static int descending(const void *a, const void *b)
{
	const float x = *(const float *)a, y = *(const float *)b;
	return x > y ? -1 : x < y;
}

/* The value that only the `most` best lines have. */
static float least_of_best(const struct fit *f, size_t most)
{
	if (f->pool->count <= most)
		return 0;
	float *sorted = mem_alloc(mem_mul(f->pool->count, sizeof *sorted));
	memcpy(sorted, f->values, f->pool->count * sizeof *sorted);
	qsort(sorted, f->pool->count, sizeof *sorted, descending);
	float least = sorted[most];
	free(sorted);
	return least;
}

/* What the store has taken stands there in frames of which each takes a third of a millisecond to unpack. Lines are asked for
 * in the order of their worth, from one end of the input to the other: those that will be asked for, and their neighbours, are
 * read in the order in which they stand (a GB through a pipe: 91 frames, not 1100). */
static void read_ahead(struct fit *f)
{
	size_t most = f->budget_tokens < READ_AHEAD_MOST ? f->budget_tokens : READ_AHEAD_MOST, next = 0;
	bool packed = false;
	for (size_t n = 0; n < f->c->input_count; n++)
		packed |= f->c->inputs[n]->held.writer != NULL;
	if (!packed)
		return;
	float least = least_of_best(f, most);
	for (size_t i = 0; i < f->pool->count; i++) {
		if (!(f->values[i] > least))
			continue;
		size_t begin = i < READ_BESIDE ? 0 : i - READ_BESIDE, end = i + READ_BESIDE + 1;
		for (next = next < begin ? begin : next; next < end && next < f->pool->count; next++)
			if (f->c->inputs[f->pool->at[next].input]->held.writer && f->pool->at[next].tokens != UNREADABLE_TOKENS) {
				text_of(f, next);
				cost_of(f, next);
			}
	}
}

/* ---- candidates --------------------------------------------------------------------------------------------------- */

static void gather(struct fit *f)
{
	struct pool *p = f->pool;
	f->values = mem_zalloc(p->count, sizeof *f->values);
	f->kinds = mem_zalloc(p->count, sizeof *f->kinds);
	f->anchors = mem_zalloc(p->count, sizeof *f->anchors);
	f->inputs = mem_zalloc(p->count, sizeof *f->inputs);
	f->line_nos = mem_zalloc(p->count, sizeof *f->line_nos);
	f->picked = mem_zalloc(p->count, sizeof *f->picked);
	f->service = mem_zalloc(p->input_count, sizeof *f->service);
	f->asked = mem_zalloc(p->count, sizeof *f->asked);
	f->starts = mem_zalloc(p->input_count + 1, sizeof *f->starts);
	f->kind_seen = mem_zalloc(p->kind_count, sizeof *f->kind_seen);
	for (size_t n = 0; n < p->input_count; n++) {
		f->service[n] = p->inputs[n].service;
		f->starts[n] = pool_begin(p, n);
	}
	f->starts[p->input_count] = p->count;
	for (size_t i = 0; i < p->count; i++) {
		const struct candidate *l = &p->at[i];
		f->values[i] = l->value;
		f->kinds[i] = l->kind;
		f->anchors[i] = l->anchor;
		f->inputs[i] = l->input;
		f->line_nos[i] = l->no;
		f->asked[i] = (l->role & (RECORD_QUERY | RECORD_IN_RANGE)) != 0 && !(l->role & RECORD_EXCLUDED);
	}
	/* Never green on red (promise P6): the best failure line comes first, whatever else there is. */
	size_t best = pool_best_failure(p);
	if (best != SIZE_MAX)
		f->values[best] += 1000.0f;
	f->set = (struct choice_set){.count = p->count, .values = f->values, .kinds = f->kinds, .anchors = f->anchors,
	                             .line_nos = f->line_nos, .inputs = f->inputs, .service = f->service, .asked = f->asked, .cost = cost_of,
	                             .gap_cost = gap_cost_of, .user = f};
}

/* ---- pieces ------------------------------------------------------------------------------------------------------- */

/* One key, however many of its lines are printed. */
static size_t count_key(struct fit *f, const struct candidate *l)
{
	size_t no = key_blocks_find(&f->c->inputs[l->input]->keys, l->no) + 1;
	if (!no || (f->key_no == no && f->key_input == l->input))
		return 0;
	f->key_no = no;
	f->key_input = l->input;
	return 1;
}

static void add_line(struct fit *f, size_t i)
{
	struct pieces *p = &f->c->pieces;
	const struct candidate *l = &f->pool->at[i];
	const struct text *t = text_of(f, i);
	struct piece *last = p->count ? &p->at[p->count - 1] : NULL;
	if (!last || last->kind != PIECE_LINES || last->input != l->input || last->last_line + 1 != l->no)
		last = pieces_add(p, &(struct piece){.kind = PIECE_LINES, .input = l->input, .first_line = l->no, .line_begin = p->line_count});
	last->last_line = l->no;
	f->c->line_redactions += t->secrets + count_key(f, l);
	last->errors += l->class >= CLASS_ERROR;
	last->warnings += l->class == CLASS_WARNING;
	pieces_add_line(p, &(struct extract_line){.no = l->no, .text = t->span, .class = (enum line_class)l->class,
	                                         .cuts = t->cuts, .cut_count = t->cut_count});
	last->line_end = p->line_count;
}

/* The lines first..last of an input are left out, candidates [from,to) among them: what did they hold? */
static struct piece gap_of(struct fit *f, size_t input, uint64_t first, uint64_t last, size_t from, size_t to)
{
	const struct runs *runs = &f->pool->inputs[input].runs;
	struct piece gap = {.kind = PIECE_GAP, .input = (uint32_t)input, .first_line = first, .last_line = last};
	uint64_t bits[4] = {0};
	f->gap_no++;
	for (size_t i = from; i < to; i++) {
		const struct candidate *l = &f->pool->at[i];
		gap.errors += l->class >= CLASS_ERROR;
		gap.warnings += l->class == CLASS_WARNING;
		run_set(bits, l->bit);
		if (f->kind_seen[l->kind] != f->gap_no) {
			f->kind_seen[l->kind] = f->gap_no;
			gap.kinds++;
		}
	}
	size_t run = runs_from(runs, first);
	gap.kinds_estimated = run < runs->count && runs->at[run].last <= last;
	for (; run < runs->count && runs->at[run].last <= last; run++) {
		gap.errors += runs->at[run].errors;
		gap.warnings += runs->at[run].warnings;
		for (int b = 0; b < 4; b++)
			bits[b] |= runs->at[run].kinds[b];
	}
	if (gap.kinds_estimated) {
		uint64_t estimate = run_kinds(bits), lines = last - first + 1;
		if (estimate > lines)
			estimate = lines;
		gap.kinds = estimate > gap.kinds ? estimate : gap.kinds;
	}
	return gap;
}

/* Gaps that cost less as text than as a marker are taken back. */
static void close_small_gaps(struct fit *f)
{
	for (size_t n = 0; n < f->c->input_count; n++) {
		size_t begin = f->starts[n], end = f->starts[n + 1];
		for (size_t i = begin; i < end;) {
			if (f->picked[i]) {
				i++;
				continue;
			}
			size_t j = i, tokens = 0, marker = small_gap_cost(f, i);
			while (j < end && !f->picked[j] && j - i < 16 && tokens <= marker && (j == i || f->line_nos[j] == f->line_nos[j - 1] + 1))
				tokens += cost_of(f, j++);
			bool inner = j == end || f->picked[j];
			bool whole = (i == begin ? f->line_nos[i] == 1 : f->line_nos[i] == f->line_nos[i - 1] + 1) &&
			             (j == end ? f->line_nos[j - 1] == f->pool->inputs[n].lines : f->line_nos[j] == f->line_nos[j - 1] + 1);
			if (inner && whole && tokens <= marker)
				for (size_t k = i; k < j; k++)
					f->picked[k] = true;
			while (i < end && !f->picked[i])
				i++;
		}
	}
}

/* How many lines from i on repeat the kind of the line before i, and may be folded. Lines that were not picked count when picked
 * ones are folded anyway, or when otherwise all of a gap would be of this kind: one marker, not two. */
static size_t fold_length(const struct fit *f, size_t i, size_t end)
{
	size_t j = i, picked = 0;
	for (; j < end && f->kinds[j] == f->kinds[i - 1] && f->line_nos[j] == f->line_nos[j - 1] + 1; j++) {
		const struct candidate *l = &f->pool->at[j];
		if (l->class >= CLASS_WARNING || f->asked[j] || l->flags & (VERDICT_DETAIL | VERDICT_LOCATION))
			break;
		picked += f->picked[j] && picked == j - i;
	}
	size_t n = f->inputs[i - 1];
	bool to_the_next = j > i && !f->picked[j - 1] &&
	                   (j < end ? f->picked[j] && f->line_nos[j] == f->line_nos[j - 1] + 1 : f->line_nos[j - 1] == f->pool->inputs[n].lines);
	return picked >= FOLD_LEAST || (to_the_next && j - i >= FOLD_LEAST) ? j - i : 0;
}

static bool is_value(char c) { return c != ' ' && c != '\t' && !strchr("\"'=,;()[]{}<>|", c); }

/* The value that holds byte `at`. */
static struct span value_at(struct span s, size_t at)
{
	size_t begin = at, end = at;
	while (begin > 0 && is_value(s.ptr[begin - 1]))
		begin--;
	while (end < s.len && is_value(s.ptr[end]))
		end++;
	while (end > begin && (s.ptr[end - 1] == ':' || s.ptr[end - 1] == '.'))
		end--;
	return span_of(s.ptr + begin, end - begin);
}

/* What varies in the lines [from,to]: the first value in which the last of them differs from the first. */
static struct span varied_of(struct fit *f, size_t from, size_t to)
{
	struct span none = SPAN("");
	if (f->c->committed && (!f->pool->at[from].text || !f->pool->at[to].text))
		return none;
	struct span first = text_of(f, from)->span, last = text_of(f, to)->span;
	size_t at = 0;
	while (at < first.len && at < last.len && first.ptr[at] == last.ptr[at])
		at++;
	struct span a = value_at(first, at), b = value_at(last, at);
	if (!a.len || !b.len || a.len > VALUE_BYTES || b.len > VALUE_BYTES || span_eq(a, b))
		return none;
	struct buf text = {0};
	buf_addf(&text, "%.*s … %.*s", (int)a.len, a.ptr, (int)b.len, b.ptr);
	struct span kept = arena_dup(&f->c->arena, buf_span(&text));
	buf_release(&text);
	return kept;
}

static void build(struct fit *f)
{
	struct pieces *p = &f->c->pieces;
	pieces_clear(p);
	f->c->line_redactions = 0;
	f->key_no = 0;
	for (size_t n = 0; n < f->c->input_count; n++) {
		size_t begin = f->starts[n], end = f->starts[n + 1], gap_from = begin;
		uint64_t next = 1, lines = f->pool->inputs[n].lines;
		struct piece gap;
		for (size_t i = begin; i < end; i++) {
			if (!f->picked[i])
				continue;
			if (f->line_nos[i] > next) {
				gap = gap_of(f, n, next, f->line_nos[i] - 1, gap_from, i);
				pieces_add(p, &gap);
			}
			add_line(f, i);
			next = f->line_nos[i] + 1;
			size_t fold = fold_length(f, i + 1, end);
			if (fold) {
				gap = gap_of(f, n, next, next + fold - 1, i + 1, i + 1 + fold);
				gap.kind = PIECE_FOLD;
				gap.varied = varied_of(f, i + 1, i + fold);
				pieces_add(p, &gap);
				i += fold;
				next += fold;
			}
			gap_from = i + 1;
		}
		if (next <= lines) {
			gap = gap_of(f, n, next, lines, gap_from, end);
			pieces_add(p, &gap);
		}
	}
	reduction_adopt(f->c);
}

/* ---- fitting ------------------------------------------------------------------------------------------------------ */

static size_t rendered_tokens(struct ctxcut *c, struct buf *out)
{
	buf_clear(out);
	return reduction_render(c, out);
}

/* One attempt with `target` tokens for lines and gaps, 0: none at all; returns what the whole then costs. */
static size_t attempt(struct fit *f, size_t target)
{
	do {
		f->missed = false;
		choose(&f->set, target, f->picked);
		if (target)
			close_small_gaps(f);
		build(f);
	} while (f->missed);
	return rendered_tokens(f->c, &f->out);
}

/* Returns what the result costs. */
static size_t fit_to_budget(struct fit *f)
{
	size_t budget = f->budget_tokens;
	size_t target = budget > HEADER_TOKENS ? budget - HEADER_TOKENS : budget / 2;
	size_t best = 0, low = 0, high = budget + budget / 2;
	for (int round = 0; round < FIT_ROUNDS && high - low > 4; round++) {
		size_t cost = attempt(f, target), next;
		if (cost <= budget) {
			best = low = target;
			if (cost + budget / 64 + 8 >= budget)
				return cost;
			next = target + (budget - cost);
		} else {
			high = target;
			/* A little more than the excess: a step of one token may change nothing. */
			size_t less = cost - budget + (size_t)(round + 1) * (budget / 128 + 2);
			next = less < target ? target - less : 0;
		}
		target = next > low && next < high ? next : (low + high) / 2;
	}
	/* The last attempt may have been over: back to the best that fitted. */
	size_t cost = attempt(f, best);
	return cost > budget ? attempt(f, 0) : cost;
}

static bool shows_a_failure(const struct ctxcut *c)
{
	for (size_t n = 0; n < c->extract.input_count; n++)
		if (c->extract.inputs[n].errors_shown)
			return true;
	return false;
}

static bool has_a_failure(const struct fit *f)
{
	for (size_t i = 0; i < f->pool->count; i++)
		if (f->pool->at[i].class >= CLASS_ERROR && f->values[i] > 0)
			return true;
	return false;
}

/* Narrower and narrower, until a failure is shown if there is one. */
/* With the sources at hand it is known which frames and diagnostics are of the reader's own code. */
static void weigh_own(struct fit *f)
{
	size_t looked = 0;
	if (!f->c->settings.source || f->c->committed || !width_for(f->c->extract.budget_tokens, 0, &f->width))
		return;
	for (size_t i = 0; i < f->pool->count && looked < OWN_LOOKED_MOST; i++) {
		const struct candidate *l = &f->pool->at[i];
		if (!(f->values[i] > 0) || (l->class != CLASS_TRACE && l->class < CLASS_ERROR && !(l->flags & VERDICT_LOCATION)))
			continue;
		looked++;
		if (read_line(f, i) && join_is_own(f->c, buf_span(&f->printed.text)))
			f->values[i] *= OWN_FACTOR;
	}
}

static void fit_lines(struct fit *f)
{
	for (unsigned step = 0; width_for(f->c->extract.budget_tokens, step, &f->width); step++) {
		if (f->c->committed && step != f->c->width_step)
			continue;
		for (size_t i = 0; step != f->c->width_step && i < f->pool->count; i++) {
			struct candidate *l = &f->pool->at[i];
			l->text = 0;
			l->tokens = l->tokens == UNREADABLE_TOKENS ? l->tokens : 0;
		}
		f->c->width_step = step;
		if (!f->c->committed)
			read_ahead(f);
		fit_to_budget(f);
		if (shows_a_failure(f->c) || !has_a_failure(f))
			return;
	}
	/* Not even cut short: then the shortest one, or the last, which may need no gap after it. */
	size_t others[2] = {SIZE_MAX, SIZE_MAX};
	for (size_t i = 0; i < f->pool->count; i++) {
		if (f->pool->at[i].class < CLASS_ERROR || !(f->values[i] > 0))
			continue;
		if (others[0] == SIZE_MAX || f->pool->at[i].len < f->pool->at[others[0]].len)
			others[0] = i;
		others[1] = i;
	}
	for (int i = 0; i < 2 && others[i] != SIZE_MAX && !shows_a_failure(f->c); i++) {
		f->values[others[i]] += 2000.0f * (float)(i + 1);
		if (attempt(f, cost_of(f, others[i]) + gap_cost_of(f, others[i])) > f->budget_tokens)
			attempt(f, 0);
	}
}

/* Names longer than the stand-ins: less of the rest. */
static void shrink(struct fit *f)
{
	size_t budget = f->budget_tokens, most = budget > HEADER_TOKENS ? budget - HEADER_TOKENS : 0;
	for (size_t less = 0; rendered_tokens(f->c, &f->out) > budget && less <= most; less += SHRINK_TOKENS)
		attempt(f, less < most ? most - less : 0);
	if (rendered_tokens(f->c, &f->out) > budget)
		attempt(f, 0);
}

static void commit_streams(struct ctxcut *c)
{
	if (c->committed)
		return;
	c->committed = true;
	for (size_t n = 0; n < c->input_count; n++) {
		struct input *in = c->inputs[n];
		struct err err = {0};
		if (in->is_file || (!in->held.store && in->held.store_err.code == ERR_OK))
			continue;
		if (held_commit(&in->held, in->reference, &err) != ERR_OK) {
			in->reference[0] = '\0';
			err.code = ERR_STORE;
			err_at(&err, "%s is not stored, so what was left out cannot be had back",
			       strcmp(in->name, "-") == 0 ? "standard input" : in->name);
			reduction_note(c, &err);
		}
	}
}

/* A command that succeeded and said too much is worth a summary only; what was left out is stated all the same. */
size_t reduction_budget(const struct ctxcut *c)
{
	const struct settings *s = &c->settings;
	if (s->status_known && s->exit_status == 0 && s->pass_budget_tokens != BUDGET_NONE &&
	    (s->budget_tokens == BUDGET_NONE || s->pass_budget_tokens < s->budget_tokens))
		return s->pass_budget_tokens;
	return s->budget_tokens;
}

/* As text never more than the input has (promise P5), but for the few tokens that any output takes. */
static size_t most_tokens(const struct ctxcut *c)
{
	uint64_t tokens = 0;
	size_t budget = reduction_budget(c);
	if (c->settings.format != RENDER_TEXT || c->settings.never_whole)
		return budget;
	for (size_t n = 0; n < c->input_count; n++) {
		tokens += c->inputs[n]->tokens;
		if (c->inputs[n]->tokens_estimated)
			return budget;
	}
	if (tokens < BUDGET_LEAST)
		tokens = BUDGET_LEAST;
	return tokens < budget ? (size_t)tokens : budget;
}

static bool pass_through(struct ctxcut *c)
{
	if (!pass_fits(c))
		return false;
	if (c->settings.format != RENDER_TEXT || c->settings.source)
		reduction_complete(c);
	c->extract.passthrough = true;
	describe_inputs(c, NAMES_ALONE);
	pass_describe(c);
	c->streams = true;
	if (c->settings.format == RENDER_TEXT || c->settings.budget_tokens == BUDGET_NONE)
		return true;
	struct buf out = {0};
	c->streams = false;
	bool fits = pass_hold(c, NULL) == ERR_OK && rendered_tokens(c, &out) <= c->settings.budget_tokens;
	buf_release(&out);
	return fits;
}

/* What is passed through is held only to be searched for places; a very large one is not. */
static bool hold_to_search(struct ctxcut *c)
{
	uint64_t bytes = 0;
	for (size_t n = 0; n < c->input_count; n++)
		bytes += c->inputs[n]->held.bytes;
	return bytes <= SEARCHED_BYTES && pass_hold(c, NULL) == ERR_OK;
}

/* What was chosen, as text, beside all of it (promise P5). */
static bool costs_more_than_all(struct ctxcut *c, struct buf *out)
{
	uint64_t tokens = 0;
	for (size_t n = 0; n < c->input_count; n++) {
		tokens += c->inputs[n]->tokens;
		if (c->inputs[n]->tokens_estimated)
			return false;
	}
	return c->settings.format == RENDER_TEXT && !c->committed && rendered_tokens(c, out) > tokens;
}

static void choose_lines(struct ctxcut *c)
{
	reduction_complete(c);
	struct fit f = {.c = c, .pool = &c->pool, .budget_tokens = most_tokens(c), .printed = {.rules = c->redact}};
	c->extract.passthrough = false;
	c->extract.budget_tokens = reduction_budget(c);
	describe_inputs(c, NAMES_STAND_IN);
	gather(&f);
	weigh_own(&f);
	fit_lines(&f);
	if (c->settings.source) {
		/* Room for the references: what most_tokens allows is for lines alone. */
		size_t all = reduction_budget(c), refs = join_cost(c, all), left = all > refs ? all - refs : 0;
		if (refs && all != BUDGET_NONE && left < f.budget_tokens) {
			f.budget_tokens = left;
			fit_lines(&f);
		}
	}
	describe_inputs(c, c->committed ? NAMES_REAL : NAMES_EXPECTED);
	reduction_adopt(c);
	shrink(&f);
	if (c->settings.narrowed && costs_more_than_all(c, &f.out) && pass_through(c)) {
		fit_release(&f);
		return;
	}
	commit_streams(c); /* what is printed is known by now */
	describe_inputs(c, NAMES_REAL);
	reduction_adopt(c);
	shrink(&f);
	fit_release(&f);
}

void reduction_fit(struct ctxcut *c)
{
	struct extract *x = &c->extract;
	x->budget_tokens = c->settings.budget_tokens;
	x->encoding = encoding_name(c->settings.encoding);
	x->encoding_is_estimate = encoding_is_estimate(c->settings.encoding);
	x->status_known = c->settings.status_known;
	x->exit_status = c->settings.exit_status;
	x->term_signal = c->settings.term_signal;
	c->streams = false;
	x->source_count = 0;
	if (c->settings.never_whole || c->settings.narrowed || !pass_through(c))
		choose_lines(c);
	else if (c->settings.source && (!c->streams || hold_to_search(c)))
		c->streams = false;
	else
		return;
	if (c->settings.source)
		join_attach(c, reduction_budget(c));
}
