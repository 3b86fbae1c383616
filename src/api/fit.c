/* From scored records to an extract within the budget: choose, build, render, measure, and again until it fits.
 *
 * The choice must not depend on how an input is called (a pipe and a file of the same bytes give the same picks), so it is
 * made with stand-in names; real names that cost more than the stand-ins only ever shrink the result. */
#include "api/reduction.h"

#include "base/mem.h"
#include "select/choose.h"
#include "select/score.h"
#include "text/clean.h"

#include <stdio.h>
#include <stdlib.h>

enum { FIT_ROUNDS = 12, HEADER_TOKENS = 60, FOLD_LEAST = 4 };

/* The smaller the budget, the earlier a line is cut: ten lines of 300 characters would be all of a thousand tokens. */
static const struct width {
	size_t below_budget, head_chars, tail_chars;
} widths[] = {{400, 110, 40}, {1500, 165, 45}, {SIZE_MAX, LINE_PRINT_HEAD_CHARS, LINE_PRINT_TAIL_CHARS}};

struct text {
	struct span span; /* in the arena: cleaned, clipped */
	uint32_t tokens;  /* with its LF */
	bool clipped;
};

struct fit {
	struct ctxcut *c;
	struct choice_set set;
	float *values;
	uint32_t *kinds;
	uint32_t *anchors;
	uint64_t *line_nos;
	uint32_t *inputs;
	bool *service;
	bool *picked;
	uint32_t *slots;      /* 1 + index into texts, 0: not read yet */
	struct text *texts;
	size_t text_count, text_cap;
	size_t *starts;       /* by input: index of its first candidate; one more at the end */
	uint32_t *kind_seen;  /* by kind: the gap that counted it last */
	size_t kind_count;
	size_t head_chars, tail_chars;
	struct buf scratch, raw;
};

static const struct record *record_of(const struct fit *f, size_t i)
{
	uint32_t in = f->inputs[i];
	return &f->c->inputs[in]->scan.records[i - f->starts[in]];
}

/* The characters of `s` up to `count`, in bytes. */
static size_t char_prefix(struct span s, size_t count)
{
	size_t i = 0;
	while (i < s.len && count--)
		for (i++; i < s.len && ((unsigned char)s.ptr[i] & 0xc0) == 0x80;)
			i++;
	return i;
}

static struct span char_suffix(struct span s, size_t count)
{
	size_t i = s.len;
	while (i && count--)
		for (i--; i && ((unsigned char)s.ptr[i] & 0xc0) == 0x80;)
			i--;
	return span_from(s, i);
}

/* A line too long to be held: its first and last characters with a mark between. */
static void read_huge(struct fit *f, struct held *held, const struct record *r, struct buf *out)
{
	size_t head = LINE_JUDGED_BYTES, tail = LINE_TAIL_BYTES;
	buf_clear(&f->raw);
	buf_reserve(&f->raw, head + tail);
	if (held_read(held, r->off, f->raw.ptr, head, NULL) != ERR_OK ||
	    held_read(held, r->off + r->len - tail, f->raw.ptr + head, tail, NULL) != ERR_OK)
		return;
	struct buf cleaned = {0};
	clean_line(&cleaned, span_of(f->raw.ptr, head));
	size_t kept = char_prefix(buf_span(&cleaned), f->head_chars);
	buf_add(out, cleaned.ptr, kept);
	buf_clear(&cleaned);
	clean_line(&cleaned, span_of(f->raw.ptr + head, tail));
	struct span end = char_suffix(buf_span(&cleaned), f->tail_chars);
	buf_addf(out, " \xe2\x80\xa6[%llu bytes cut]\xe2\x80\xa6 ", (unsigned long long)(r->len - kept - end.len));
	buf_add_span(out, end);
	buf_release(&cleaned);
}

static const struct text *text_of(struct fit *f, size_t i)
{
	if (f->slots[i])
		return &f->texts[f->slots[i] - 1];
	const struct record *r = record_of(f, i);
	struct held *held = &f->c->inputs[f->inputs[i]]->held;
	struct text t = {.clipped = false};
	struct err err = {0};
	buf_clear(&f->scratch);
	if (r->len > LINE_JUDGED_BYTES + LINE_TAIL_BYTES) {
		read_huge(f, held, r, &f->scratch);
		t.clipped = true;
	} else {
		struct buf cleaned = {0};
		buf_clear(&f->raw);
		buf_reserve(&f->raw, r->len);
		enum err_code code = held_read(held, r->off, f->raw.ptr, r->len, &err);
		if (code == ERR_OK)
			clean_line(&cleaned, span_of(f->raw.ptr, r->len));
		else if (!f->c->inputs[f->inputs[i]]->incomplete) {
			f->c->inputs[f->inputs[i]]->incomplete = true;
			reduction_note(f->c, &err);
		}
		t.clipped = clean_clip(&f->scratch, buf_span(&cleaned), f->head_chars, f->tail_chars);
		buf_release(&cleaned);
	}
	t.span = arena_dup(&f->c->arena, buf_span(&f->scratch));
	buf_add_char(&f->scratch, '\n');
	t.tokens = (uint32_t)tokens_count(f->c->settings.encoding, buf_span(&f->scratch));
	MEM_GROW(f->texts, f->text_cap, f->text_count + 1);
	f->texts[f->text_count++] = t;
	f->slots[i] = (uint32_t)f->text_count;
	return &f->texts[f->text_count - 1];
}

static uint32_t cost_of(void *user, size_t i) { return text_of(user, i)->tokens; }

static uint32_t gap_cost_of(void *user, size_t i)
{
	struct fit *f = user;
	return (uint32_t)render_gap_cost(f->c->settings.encoding, f->line_nos[i], f->line_nos[i]);
}

struct cost_user {
	struct fit *fit;
	size_t start;
};

static uint32_t cost_in_input(void *user, size_t i)
{
	struct cost_user *u = user;
	return cost_of(u->fit, u->start + i);
}

/* ---- candidates --------------------------------------------------------------------------------------------------- */

static void gather(struct fit *f)
{
	struct ctxcut *c = f->c;
	size_t total = 0;
	f->starts = mem_zalloc(c->input_count + 1, sizeof *f->starts);
	f->service = mem_zalloc(c->input_count, sizeof *f->service);
	for (size_t n = 0; n < c->input_count; n++) {
		f->starts[n] = total;
		total += c->inputs[n]->scan.count;
	}
	f->starts[c->input_count] = total;
	f->values = mem_zalloc(total, sizeof *f->values);
	f->kinds = mem_zalloc(total, sizeof *f->kinds);
	f->anchors = mem_zalloc(total, sizeof *f->anchors);
	f->line_nos = mem_zalloc(total, sizeof *f->line_nos);
	f->inputs = mem_zalloc(total, sizeof *f->inputs);
	f->picked = mem_zalloc(total, sizeof *f->picked);
	f->slots = mem_zalloc(total, sizeof *f->slots);
	for (size_t n = 0; n < c->input_count; n++)
		for (size_t i = f->starts[n]; i < f->starts[n + 1]; i++) {
			f->inputs[i] = (uint32_t)n;
			f->line_nos[i] = c->inputs[n]->scan.records[i - f->starts[n]].no;
		}
	uint32_t first_kind = 0;
	for (size_t n = 0; n < c->input_count; n++) {
		struct cost_user user = {f, f->starts[n]};
		struct scored scored;
		size_t count = c->inputs[n]->scan.count;
		score(&scored, &c->inputs[n]->scan, c->settings.budget_tokens, cost_in_input, &user);
		f->service[n] = scored.service;
		for (size_t i = 0; i < count; i++) {
			f->values[f->starts[n] + i] = scored.values[i];
			f->kinds[f->starts[n] + i] = first_kind + scored.kinds[i];
			f->anchors[f->starts[n] + i] = (uint32_t)f->starts[n] + scored.anchors[i];
		}
		first_kind += scored.kind_count;
		scored_release(&scored);
	}
	f->kind_count = first_kind;
	f->kind_seen = mem_zalloc(first_kind, sizeof *f->kind_seen);
	f->set = (struct choice_set){.count = total, .values = f->values, .kinds = f->kinds, .anchors = f->anchors, .line_nos = f->line_nos,
	                             .inputs = f->inputs, .service = f->service, .cost = cost_of, .gap_cost = gap_cost_of, .user = f};
	/* Never green on red (promise P6): the best failure line comes first, whatever else there is. */
	size_t best = SIZE_MAX;
	for (size_t i = 0; i < total; i++)
		if (record_of(f, i)->class >= CLASS_ERROR && !(record_of(f, i)->role & RECORD_EXCLUDED) &&
		    (best == SIZE_MAX || f->values[i] > f->values[best]))
			best = i;
	if (best != SIZE_MAX)
		f->values[best] += 1000.0f;
}

/* ---- pieces ------------------------------------------------------------------------------------------------------- */

struct pieces {
	struct piece *at;
	size_t count, cap;
	struct extract_line *lines;
	size_t line_count, line_cap;
};

static struct piece *add_piece(struct pieces *p, struct piece piece)
{
	MEM_GROW(p->at, p->cap, p->count + 1);
	p->at[p->count] = piece;
	return &p->at[p->count++];
}

static void add_line(struct fit *f, struct pieces *p, size_t i)
{
	const struct record *r = record_of(f, i);
	const struct text *t = text_of(f, i);
	struct piece *last = p->count ? &p->at[p->count - 1] : NULL;
	if (!last || last->kind != PIECE_LINES || last->input != f->inputs[i] || last->last_line + 1 != r->no)
		last = add_piece(p, (struct piece){.kind = PIECE_LINES, .input = f->inputs[i], .first_line = r->no, .line_begin = p->line_count});
	last->last_line = r->no;
	last->errors += r->class >= CLASS_ERROR;
	last->warnings += r->class == CLASS_WARNING;
	MEM_GROW(p->lines, p->line_cap, p->line_count + 1);
	p->lines[p->line_count++] = (struct extract_line){.no = r->no, .text = t->span, .class = (enum line_class)r->class, .clipped = t->clipped};
	last->line_end = p->line_count;
}

static uint64_t kinds_of_bitmap(const uint64_t bits[4])
{
	unsigned zeros = 0;
	for (int i = 0; i < 4; i++)
		zeros += (unsigned)__builtin_popcountll(~bits[i]);
	/* Linear counting: n ≈ -m ln(z/m), by halves so that no libm is needed here; m = 256. */
	double n = 0, left = 256;
	while (left > zeros && left > 1) {
		n += 256.0 / left;
		left -= 1;
	}
	return (uint64_t)n;
}

/* The lines first..last of an input are left out: what did they hold? */
static struct piece gap_of(struct fit *f, uint32_t input, uint64_t first, uint64_t last, size_t from, size_t to, uint32_t stamp)
{
	const struct scan *scan = &f->c->inputs[input]->scan;
	struct piece gap = {.kind = PIECE_GAP, .input = input, .first_line = first, .last_line = last};
	uint64_t bits[4] = {0};
	bool dropped = false;
	for (size_t i = from; i < to; i++) {
		const struct record *r = record_of(f, i);
		gap.errors += r->class >= CLASS_ERROR;
		gap.warnings += r->class == CLASS_WARNING;
		if (f->kind_seen[f->kinds[i]] != stamp) {
			f->kind_seen[f->kinds[i]] = stamp;
			gap.kinds++;
		}
	}
	size_t low = 0, high = scan->run_count;
	while (low < high) {
		size_t mid = (low + high) / 2;
		if (scan->runs[mid].first < first)
			low = mid + 1;
		else
			high = mid;
	}
	for (; low < scan->run_count && scan->runs[low].last <= last; low++) {
		const struct run *run = &scan->runs[low];
		gap.errors += run->errors;
		gap.warnings += run->warnings;
		for (int b = 0; b < 4; b++)
			bits[b] |= run->kinds[b];
		dropped = true;
	}
	if (dropped) {
		uint64_t estimate = kinds_of_bitmap(bits);
		gap.kinds = estimate > gap.kinds ? estimate : gap.kinds;
		gap.kinds_estimated = true;
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
			size_t j = i, tokens = 0, marker = gap_cost_of(f, i);
			while (j < end && !f->picked[j] && j - i < 16 && tokens <= marker && (j == i || f->line_nos[j] == f->line_nos[j - 1] + 1))
				tokens += cost_of(f, j++);
			bool inner = j == end || f->picked[j];
			bool whole = (i == begin ? f->line_nos[i] == 1 : f->line_nos[i] == f->line_nos[i - 1] + 1) &&
			             (j == end ? f->line_nos[j - 1] == f->c->inputs[n]->scan.lines : f->line_nos[j] == f->line_nos[j - 1] + 1);
			if (inner && whole && tokens <= marker)
				for (size_t k = i; k < j; k++)
					f->picked[k] = true;
			while (i < end && !f->picked[i])
				i++;
		}
	}
}

/* How many picked lines from i on repeat the kind of the line before i, and may be folded. */
static size_t fold_length(const struct fit *f, size_t i, size_t end)
{
	size_t j = i;
	while (j < end && f->picked[j] && f->kinds[j] == f->kinds[i - 1] && f->line_nos[j] == f->line_nos[j - 1] + 1 &&
	       record_of(f, j)->class < CLASS_WARNING && !(record_of(f, j)->flags & (VERDICT_DETAIL | VERDICT_LOCATION)))
		j++;
	return j - i;
}

static void build(struct fit *f, struct pieces *p)
{
	uint32_t stamp = 0;
	memset(f->kind_seen, 0xff, f->kind_count * sizeof *f->kind_seen);
	p->count = p->line_count = 0;
	for (size_t n = 0; n < f->c->input_count; n++) {
		size_t begin = f->starts[n], end = f->starts[n + 1], gap_from = begin;
		uint64_t next = 1, lines = f->c->inputs[n]->scan.lines;
		for (size_t i = begin; i < end; i++) {
			if (!f->picked[i])
				continue;
			if (f->line_nos[i] > next)
				add_piece(p, gap_of(f, (uint32_t)n, next, f->line_nos[i] - 1, gap_from, i, stamp++));
			add_line(f, p, i);
			next = f->line_nos[i] + 1;
			size_t fold = fold_length(f, i + 1, end);
			if (fold >= FOLD_LEAST) {
				struct piece piece = gap_of(f, (uint32_t)n, next, next + fold - 1, i + 1, i + 1 + fold, stamp++);
				piece.kind = PIECE_FOLD;
				add_piece(p, piece);
				i += fold;
				next += fold;
			}
			gap_from = i + 1;
		}
		if (next <= lines)
			add_piece(p, gap_of(f, (uint32_t)n, next, lines, gap_from, end, stamp++));
	}
}

/* ---- inputs of the extract ---------------------------------------------------------------------------------------- */

static struct span arena_str(struct ctxcut *c, const char *s) { return arena_dup(&c->arena, span_of_str(s)); }

static void describe_inputs(struct ctxcut *c, bool real_names)
{
	struct extract *x = &c->extract;
	if (!x->inputs)
		x->inputs = mem_zalloc(c->input_count, sizeof *x->inputs);
	x->input_count = c->input_count;
	for (size_t n = 0; n < c->input_count; n++) {
		struct input *in = c->inputs[n];
		struct extract_input *e = &x->inputs[n];
		const struct scan *s = &in->scan;
		uint64_t shown = e->errors_shown;
		*e = (struct extract_input){
			.lines = s->lines, .bytes = in->held.bytes, .tokens = in->tokens, .tokens_estimated = in->tokens_estimated,
			.errors = s->errors, .warnings = s->warnings, .error_kinds = scan_error_kinds(s), .errors_shown = shown,
			.binary = in->binary, .incomplete = in->incomplete, .decoded_from = span_of_str(in->decoded_from),
		};
		if (!real_names) {
			e->name = SPAN("logs/some-build.log");
			e->reference = SPAN("logs/some-build.log@3f2a91c4");
			continue;
		}
		struct buf cleaned = {0};
		clean_line(&cleaned, span_of_str(in->name));
		for (size_t i = 0; i < cleaned.len; i++)
			if (cleaned.ptr[i] == '\t' || cleaned.ptr[i] == '\n')
				cleaned.ptr[i] = ' ';
		e->name = arena_dup(&c->arena, buf_span(&cleaned));
		if (in->reference[0] && in->is_file) {
			buf_addf(&cleaned, "@%s", in->reference);
			e->reference = arena_dup(&c->arena, buf_span(&cleaned));
		} else {
			e->reference = arena_str(c, in->reference);
		}
		buf_release(&cleaned);
	}
}

static void adopt(struct ctxcut *c, struct pieces *p)
{
	struct extract *x = &c->extract;
	x->pieces = p->at;
	x->piece_count = p->count;
	x->lines = p->lines;
	x->line_count = p->line_count;
	for (size_t n = 0; n < x->input_count; n++)
		x->inputs[n].errors_shown = 0;
	for (size_t i = 0; i < p->count; i++)
		if (p->at[i].kind == PIECE_LINES)
			x->inputs[p->at[i].input].errors_shown += p->at[i].errors;
}

static size_t rendered_tokens(struct ctxcut *c, struct buf *out)
{
	buf_clear(out);
	return reduction_render(c, out);
}

/* ---- passing through ---------------------------------------------------------------------------------------------- */

/* Reads an input once more, line by line. */
static bool each_line(struct input *in, void (*take)(void *user, const struct line *line), void *user)
{
	struct lines lines;
	struct line line;
	bool ok = true;
	char *window = mem_alloc(READ_WINDOW_BYTES);
	lines_init(&lines);
	for (uint64_t off = 0; off < in->held.bytes && ok;) {
		size_t n = in->held.bytes - off < READ_WINDOW_BYTES ? (size_t)(in->held.bytes - off) : (size_t)READ_WINDOW_BYTES;
		ok = held_read(&in->held, off, window, n, NULL) == ERR_OK;
		if (!ok)
			break;
		lines_push(&lines, span_of(window, n));
		while (lines_next(&lines, &line))
			take(user, &line);
		off += n;
	}
	if (ok && lines_finish(&lines, &line))
		take(user, &line);
	lines_release(&lines);
	free(window);
	return ok;
}

struct passing {
	struct ctxcut *c;
	struct pieces *pieces;
	uint32_t input;
	struct buf text;  /* the whole output */
	struct buf line;
};

static void pass_line(void *user, const struct line *line)
{
	struct passing *p = user;
	struct pieces *out = p->pieces;
	buf_clear(&p->line);
	if (line->tail.len) /* longer than what is held: only without a budget, or of very few tokens */
		clean_line(&p->line, line->text);
	else
		clean_line(&p->line, line->text);
	buf_add_span(&p->text, buf_span(&p->line));
	buf_add_char(&p->text, '\n');
	MEM_GROW(out->lines, out->line_cap, out->line_count + 1);
	out->lines[out->line_count++] = (struct extract_line){.no = line->no, .text = arena_dup(&p->c->arena, buf_span(&p->line))};
}

/* Everything fits: tries to make the extract of all lines. False when it is over the budget after all. */
static bool pass_through(struct ctxcut *c, struct pieces *pieces)
{
	size_t budget = c->settings.budget_tokens;
	uint64_t bound = 0;
	for (size_t n = 0; n < c->input_count; n++)
		bound += c->inputs[n]->pass_tokens;
	if (budget && bound > budget)
		return false;
	struct passing p = {.c = c, .pieces = pieces};
	bool ok = true;
	for (size_t n = 0; n < c->input_count && ok; n++) {
		size_t begin = pieces->line_count;
		p.input = (uint32_t)n;
		ok = each_line(c->inputs[n], pass_line, &p);
		if (pieces->line_count > begin)
			add_piece(pieces, (struct piece){.kind = PIECE_LINES, .input = (uint32_t)n, .first_line = 1,
			                                 .last_line = pieces->line_count - begin, .line_begin = begin,
			                                 .line_end = pieces->line_count});
	}
	if (ok && budget)
		ok = tokens_count_upto(c->settings.encoding, buf_span(&p.text), budget) <= budget;
	buf_release(&p.text);
	buf_release(&p.line);
	if (!ok) {
		pieces->count = pieces->line_count = 0;
		return false;
	}
	c->extract.passthrough = true;
	return true;
}

/* ---- fitting ------------------------------------------------------------------------------------------------------ */

static void fit_release(struct fit *f)
{
	free(f->values);
	free(f->kinds);
	free(f->anchors);
	free(f->line_nos);
	free(f->inputs);
	free(f->service);
	free(f->picked);
	free(f->slots);
	free(f->texts);
	free(f->starts);
	free(f->kind_seen);
	buf_release(&f->scratch);
	buf_release(&f->raw);
}

/* One attempt with `target` tokens for lines and gaps; returns what the whole then costs. */
static size_t attempt(struct fit *f, struct pieces *p, size_t target, struct buf *out)
{
	choose(&f->set, target, f->picked);
	close_small_gaps(f);
	build(f, p);
	adopt(f->c, p);
	return rendered_tokens(f->c, out);
}

static void fit_to_budget(struct fit *f, struct pieces *p, struct buf *out)
{
	size_t budget = f->c->settings.budget_tokens;
	size_t target = budget > HEADER_TOKENS ? budget - HEADER_TOKENS : budget / 2;
	size_t best = 0, low = 0, high = budget + budget / 2;
	for (int round = 0; round < FIT_ROUNDS && high - low > 4; round++) {
		size_t cost = attempt(f, p, target, out);
		size_t next;
		if (cost <= budget) {
			best = low = target;
			if (cost + budget / 64 + 8 >= budget)
				break;
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
	if (attempt(f, p, best, out) > budget)
		attempt(f, p, 0, out);
}

static void commit_inputs(struct ctxcut *c)
{
	for (size_t n = 0; n < c->input_count; n++) {
		struct input *in = c->inputs[n];
		char hex[33];
		struct err err = {0};
		hash128_hex(held_hash(&in->held), hex);
		in->reference[0] = '\0';
		if (in->is_file) {
			snprintf(in->reference, sizeof in->reference, "%.8s", hex);
		} else if (c->settings.store && (c->store || in->held.store_err.code != ERR_OK)) {
			if (held_commit(&in->held, in->reference, &err) != ERR_OK) {
				in->reference[0] = '\0';
				err.code = ERR_STORE;
				err_at(&err, "%s is not stored, so what was left out cannot be had back", in->name);
				reduction_note(c, &err);
			}
		}
	}
}

/* A command that succeeded and said too much is worth a summary only; what was left out is stated all the same. */
static void use_pass_budget(struct ctxcut *c)
{
	struct settings *s = &c->settings;
	if (!s->status_known || s->exit_status != 0 || s->pass_budget_tokens == BUDGET_NONE)
		return;
	if (s->budget_tokens == BUDGET_NONE || s->pass_budget_tokens < s->budget_tokens)
		s->budget_tokens = s->pass_budget_tokens;
	c->extract.budget_tokens = s->budget_tokens;
}

void reduction_fit(struct ctxcut *c)
{
	struct pieces pieces = {0};
	struct buf out = {0};
	struct extract *x = &c->extract;
	x->budget_tokens = c->settings.budget_tokens;
	x->encoding = encoding_name(c->settings.encoding);
	x->encoding_is_estimate = encoding_is_estimate(c->settings.encoding);
	x->status_known = c->settings.status_known;
	x->exit_status = c->settings.exit_status;
	x->term_signal = c->settings.term_signal;
	describe_inputs(c, false);
	if (!c->settings.never_whole && pass_through(c, &pieces)) {
		adopt(c, &pieces);
		describe_inputs(c, true);
		if (c->settings.format != RENDER_TEXT && c->settings.budget_tokens && rendered_tokens(c, &out) > c->settings.budget_tokens)
			c->extract.passthrough = false;
		else
			goto done;
	}
	use_pass_budget(c);
	struct fit f = {.c = c};
	const struct width *width = widths;
	while (c->settings.budget_tokens >= width->below_budget)
		width++;
	f.head_chars = width->head_chars;
	f.tail_chars = width->tail_chars;
	gather(&f);
	fit_to_budget(&f, &pieces, &out);
	commit_inputs(c);
	describe_inputs(c, true);
	adopt(c, &pieces);
	/* Names longer than the stand-ins: less of the rest. */
	for (size_t less = 0; rendered_tokens(c, &out) > c->settings.budget_tokens && less < c->settings.budget_tokens;) {
		less += 24;
		choose(&f.set, c->settings.budget_tokens > HEADER_TOKENS + less ? c->settings.budget_tokens - HEADER_TOKENS - less : 0, f.picked);
		build(&f, &pieces);
		adopt(c, &pieces);
	}
	fit_release(&f);
done:
	buf_release(&out);
}
