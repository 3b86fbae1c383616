/* Blocks between braces. A head is what stands between the end of the last statement and a brace, or a statement's end.
 *
 * When a text does not balance, it is scanned again and indentation helps: a closing brace that stands first on its line closes
 * the block whose statement begins in the same column, and a definition that begins at or left of the column of the one it would
 * stand in ends that one. What was closed so is marked as recovered. */
#include "tree/outliner.h"

#include "base/mem.h"

static int32_t column_of(const struct outliner *o, size_t off)
{
	enum { LOOKED_BACK_MOST = 400 };
	const unsigned char *b = o->lexer.begin;
	size_t begin = off;
	while (begin > 0 && b[begin - 1] != '\n') {
		if (off - begin == LOOKED_BACK_MOST)
			return -1;
		begin--;
	}
	int32_t column = 0;
	for (; b[begin] == ' ' || b[begin] == '\t'; begin++)
		column += b[begin] == '\t' ? 8 - column % 8 : 1;
	return column;
}

static bool first_on_line(const struct outliner *o, size_t off)
{
	const unsigned char *b = o->lexer.begin;
	while (off > 0 && (b[off - 1] == ' ' || b[off - 1] == '\t'))
		off--;
	return off == 0 || b[off - 1] == '\n';
}

static void enter(struct outliner *o, enum context c)
{
	o->context = c;
	/* Inside code that defines nothing only braces matter; a second pass looks for heads everywhere. */
	const struct profile *p = o->profile;
	enum context deeper = p->otherwise[c];
	bool looked_into = p->in_context[c][0] || p->in_context[c][1] || p->in_context[deeper][0] || p->in_context[deeper][1];
	o->lexer.opaque = !looked_into && (!o->recover || c == CONTEXT_LIST || c == CONTEXT_VALUE);
}

/* `end`: its last byte. */
static void end_statement_symbol(struct outliner *o, size_t end)
{
	if (o->statement_symbol == NO_SYMBOL)
		return;
	struct symbol *s = &o->out->symbols[o->statement_symbol];
	s->last_line = outliner_line(o, end);
	o->statement_symbol = NO_SYMBOL;
}

/* typedef struct { … } name; */
static void name_from_tail(struct outliner *o)
{
	const struct compiled_head *c = outliner_compiled(o, o->tail_head);
	struct symbol *s = &o->out->symbols[o->tail_symbol];
	struct pattern_groups g;
	struct span rest = span_of(o->mask, o->len);
	o->tail_symbol = NO_SYMBOL;
	if (!c->tail || pattern_find(c->tail, rest, 0, &g) != PATTERN_YES || g.at[c->tail_name].begin == SIZE_MAX)
		return;
	size_t begin = g.at[c->tail_name].begin, len = g.at[c->tail_name].end - begin;
	uint32_t last = outliner_line(o, o->from[begin]);
	if (s->name_len) {
		/* It has a tag as well: two names, two symbols. */
		if (span_eq(symbol_name(o->out, s), span_of(o->text + begin, len)))
			return;
		struct symbol second = *s;
		second.kind = SYMBOL_TYPE;
		MEM_GROW(o->out->symbols, o->out->cap, o->out->count + 1);
		s = &o->out->symbols[o->out->count++];
		*s = second;
	}
	s->name_off = (uint32_t)o->out->text.len;
	s->name_len = (uint32_t)len;
	buf_add(&o->out->text, o->text + begin, len);
	s->name_line = s->last_line = last;
}

/* A statement without a block ends before byte `at`; `end` is the last byte that belongs to it. */
static void end_statement(struct outliner *o, size_t at, size_t end)
{
	struct head_match m;
	if (!o->lexer.opaque) {
		bool wanted = o->profile->in_context[o->context][1] || o->tail_symbol != NO_SYMBOL ||
		              (o->context == CONTEXT_TOP && o->profile->import_count);
		if (wanted && !lexer_only_blanks(&o->lexer, at) && outliner_head(o, at)) {
			if (o->tail_symbol != NO_SYMBOL)
				name_from_tail(o);
			else if (o->statement_symbol == NO_SYMBOL && outliner_match(o, o->context, AT_STATEMENT, &m) && m.head->defines)
				outliner_add(o, &m, end);
			if (o->context == CONTEXT_TOP && o->profile->import_count)
				outliner_imports(o, span_of(o->text, o->len), span_of(o->mask, o->len));
		}
	}
	o->tail_symbol = NO_SYMBOL;
	end_statement_symbol(o, end);
	lexer_new_statement(&o->lexer);
	o->resumed = 0;
}

/* ---- blocks ------------------------------------------------------------------------------------------------------- */

static struct frame *push(struct outliner *o, int32_t column)
{
	if (o->frame_count == FRAMES_MOST) {
		o->over_deep++;
		return NULL;
	}
	MEM_GROW(o->frames, o->frame_cap, o->frame_count + 1);
	struct frame *f = &o->frames[o->frame_count++];
	*f = (struct frame){.symbol = NO_SYMBOL, .scope = o->scope, .parens = o->parens, .statement_symbol = o->statement_symbol,
	                    .column = column, .context = (uint8_t)o->context, .begin = (uint32_t)o->lexer.at, .resumed = o->resumed,
	                    .statement = o->lexer.statement, .lead = o->lexer.lead, .gap_base = (uint32_t)o->lexer.gap_base,
	                    .gap_count = (uint32_t)o->lexer.gap_count};
	return f;
}

static bool stands_before(const struct outliner *o, size_t at, struct span bytes)
{
	size_t next = lexer_skip_blanks(&o->lexer, at);
	return o->lexer.begin + next < o->lexer.end && memchr(bytes.ptr, o->lexer.begin[next], bytes.len);
}

/* Leaves the innermost block, whose last byte is `at`. `guessed`: nothing closed it. */
static void pop(struct outliner *o, size_t at, bool guessed)
{
	struct frame f = o->frames[--o->frame_count];
	if (!o->lexer.opaque)
		end_statement(o, guessed ? at + 1 : at, guessed ? at : outliner_code_before(o, at));
	o->scope = f.scope;
	o->parens = f.parens;
	o->statement_symbol = f.statement_symbol;
	enter(o, (enum context)f.context);
	if (f.symbol != NO_SYMBOL) {
		struct symbol *s = &o->out->symbols[f.symbol];
		const struct head *h = &o->profile->heads[f.head - 1];
		s->last_line = outliner_line(o, at);
		s->recovered = guessed;
		/* var a = function () { … }(): what was called is no a. Without a name it will go. */
		if (h->not_before.len && stands_before(o, at + 1, h->not_before))
			s->name_len = 0;
		if (h->to_statement_end)
			o->statement_symbol = f.symbol;
		if (h->tail.len) {
			o->tail_symbol = f.symbol;
			o->tail_head = f.head - 1u;
		}
	}
	if (o->lexer.opaque)
		return;
	o->lexer.gap_base = f.gap_base;
	if (f.resumes) {
		lexer_resume(&o->lexer, f.statement, f.lead, f.gap_base, f.gap_count, f.begin, at + 1);
		o->resumed = (uint8_t)(f.resumed + 1);
	} else {
		lexer_new_statement(&o->lexer);
		o->resumed = 0;
	}
}

/* A second pass: a definition that begins here ends those that begin in its column or right of it. */
static void end_left_open(struct outliner *o, size_t begin)
{
	if (!o->recover || !o->frame_count || !first_on_line(o, begin))
		return;
	int32_t column = column_of(o, begin);
	size_t depth = o->frame_count;
	for (size_t i = o->frame_count; i-- > 0;)
		if (o->frames[i].symbol != NO_SYMBOL) {
			if (column < 0 || o->frames[i].column < column)
				break;
			depth = i;
		}
	struct head_match m;
	if (depth == o->frame_count || !outliner_match(o, (enum context)o->frames[depth].context, AT_BLOCK, &m) || !m.head->defines)
		return;
	/* The head is read already: leaving blocks must not begin a new statement before it. */
	size_t last = outliner_code_before(o, begin);
	struct lexer *x = &o->lexer;
	uint32_t statement = x->statement, lead = x->lead;
	size_t base = x->gap_base;
	while (o->frame_count > depth) {
		struct frame f = o->frames[--o->frame_count];
		o->scope = f.scope;
		o->parens = f.parens;
		o->statement_symbol = f.statement_symbol;
		if (f.symbol != NO_SYMBOL) {
			o->out->symbols[f.symbol].last_line = outliner_line(o, last);
			o->out->symbols[f.symbol].recovered = true;
		}
		base = f.gap_base;
		enter(o, (enum context)f.context);
	}
	size_t gaps = x->gap_count - x->gap_base;
	memmove(x->gaps + base, x->gaps + x->gap_base, gaps * sizeof *x->gaps);
	x->gap_base = base;
	x->statement = x->blank_to = statement;
	x->lead = lead;
	x->gap_count = base + gaps;
}

/* Whether a bracket that opens behind byte `at` of the head is left open. */
static bool open_bracket_behind(const struct outliner *o, size_t at)
{
	size_t depth = 0;
	for (; at < o->len; at++) {
		if (o->mask[at] == '(' || o->mask[at] == '[')
			depth++;
		else if ((o->mask[at] == ')' || o->mask[at] == ']') && depth)
			depth--;
	}
	return depth > 0;
}

static void open_block(struct outliner *o)
{
	struct lexer *x = &o->lexer;
	size_t at = x->at;
	struct head_match m;
	if (o->over_deep) {
		o->over_deep++;
		return;
	}
	int32_t column = o->recover ? column_of(o, at) : -1;
	if (x->opaque) {
		push(o, column);
		return;
	}
	/* In a long list of blocks the head is looked at for the first ones only. */
	bool has_head = o->resumed < RESUMES_MOST && outliner_head(o, at);
	if (has_head)
		end_left_open(o, o->from[0]);
	bool matched = has_head && outliner_match(o, o->context, AT_BLOCK, &m);
	/* fun f() = g(x, { … }): the block is no body, the statement's end tells. */
	if (matched && o->parens && m.head->defines && (m.head->to_statement_end || m.head->opens == CONTEXT_TYPE) &&
	    (x->inner_count || open_bracket_behind(o, m.name)))
		matched = false;
	if (matched && o->recover)
		column = column_of(o, o->from[0]);
	struct frame *f = push(o, column);
	if (!f)
		return;
	enum context inside = matched ? m.opens : o->profile->otherwise[o->context];
	if (!matched && o->profile->brackets_given && o->parens && o->context == CONTEXT_TOP)
		inside = o->profile->in_brackets;
	/* In brackets, as in f(x => { … }, y), or where the profile says so, the braces are part of a longer statement. */
	f->resumes = (o->parens || (matched && m.head->goes_on)) && (o->profile->brackets_given || o->resumed < RESUMES_MOST);
	if (matched && m.head->defines && o->statement_symbol != NO_SYMBOL) {
		/* A later block of a statement that has its symbol: a => f({ … }, { … }) */
		o->scope = o->statement_symbol;
	} else if (matched && m.head->defines) {
		f->symbol = outliner_add(o, &m, at);
		f->head = (uint8_t)(m.index + 1);
		o->scope = f->symbol;
	}
	o->parens = 0;
	o->resumed = 0;
	o->statement_symbol = o->tail_symbol = NO_SYMBOL;
	x->gap_base = x->gap_count;
	enter(o, inside);
	lexer_new_statement(x);
}

/* A second pass: which block a brace that stands first on its line closes. false: none. */
static bool close_by_column(struct outliner *o, size_t at)
{
	if (!first_on_line(o, at))
		return true;
	int32_t column = column_of(o, at), top = o->frames[o->frame_count - 1].column;
	if (column < 0 || top < 0 || top == column)
		return true;
	size_t i = o->frame_count;
	while (i > 0 && o->frames[i - 1].column != column)
		i--;
	if (!i)
		return top > column || o->frames[o->frame_count - 1].symbol == NO_SYMBOL;
	while (o->frame_count > i)
		pop(o, outliner_code_before(o, at), true);
	return true;
}

/* import ( … ), type ( … ): brackets that hold statements. */
static void open_bracket(struct outliner *o)
{
	struct head_match m;
	if (!o->parens && !o->lexer.opaque && o->profile->in_context[o->context][2] && o->lexer.begin[o->lexer.at] == '(' &&
	    outliner_head(o, o->lexer.at) && outliner_match(o, o->context, AT_BRACKET, &m)) {
		struct frame *f = push(o, -1);
		if (f) {
			f->bracket = true;
			o->statement_symbol = o->tail_symbol = NO_SYMBOL;
			o->lexer.gap_base = o->lexer.gap_count;
			enter(o, m.opens);
			lexer_new_statement(&o->lexer);
			return;
		}
		o->over_deep--;
	}
	o->parens++;
}

static void close_bracket(struct outliner *o)
{
	if (o->parens)
		o->parens--;
	else if (o->frame_count && o->frames[o->frame_count - 1].bracket && !o->over_deep)
		pop(o, o->lexer.at, false);
}

static void close_block(struct outliner *o)
{
	if (o->over_deep) {
		o->over_deep--;
		return;
	}
	if (!o->frame_count) {
		outliner_unbalanced(o, o->lexer.at);
		lexer_new_statement(&o->lexer);
		return;
	}
	/* A bracket with statements in it that nothing closed. */
	while (o->frame_count > 1 && o->frames[o->frame_count - 1].bracket)
		pop(o, o->lexer.at, true);
	if (o->recover && !close_by_column(o, o->lexer.at))
		return;
	pop(o, o->lexer.at, false);
}

/* ---- line ends ---------------------------------------------------------------------------------------------------- */

/* Whether the statement goes on behind the line end at `at`. */
bool outliner_goes_on(const struct outliner *o, size_t at)
{
	const struct lexer *x = &o->lexer;
	const struct profile *p = o->profile;
	size_t before = outliner_code_before(o, at);
	if (before < at && p->newline_after[x->begin[before]] && !(memchr("+-", x->begin[before], 2) && before > 0 && x->begin[before - 1] == x->begin[before]))
		return true;
	size_t from = before + 1;
	while (from > 0 && before < at && before + 1 - from < 24 && p->identifier[x->begin[from - 1]])
		from--;
	const struct word *leads = before < at ? profile_word(p, span_of((const char *)x->begin + from, before + 1 - from)) : NULL;
	if (leads && leads->use & WORD_LEADS_ON)
		return true;
	size_t next = at + 1, end = (size_t)(x->end - x->begin);
	while (next < end && (x->begin[next] == ' ' || x->begin[next] == '\t' || x->begin[next] == '\r'))
		next++;
	if (next >= end)
		return false;
	if (p->newline_before[x->begin[next]])
		return true;
	size_t word = next;
	while (word < end && word - next < 24 && p->identifier[x->begin[word]])
		word++;
	const struct word *w = profile_word(p, span_of((const char *)x->begin + next, word - next));
	if (w && w->use & WORD_GOES_ON)
		return true;
	return p->newline_deeper && x->begin[next] != '\n' && !(x->begin[next] == '/' && next + 1 < end && memchr("/*", x->begin[next + 1], 2)) &&
	       column_of(o, next) > column_of(o, lexer_skip_blanks(x, x->statement));
}

static void end_line(struct outliner *o)
{
	if (o->parens || o->lexer.opaque)
		return;
	size_t at = o->lexer.at;
	if (lexer_only_blanks(&o->lexer, at)) {
		if (o->statement_symbol != NO_SYMBOL && !outliner_goes_on(o, at))
			end_statement_symbol(o, outliner_code_before(o, at));
		return;
	}
	if (!outliner_goes_on(o, at))
		end_statement(o, at, outliner_code_before(o, at));
}

/* K&R: int f(a) int a; { … } */
static bool continues(struct outliner *o)
{
	if (!o->compiled->continues || o->context != CONTEXT_TOP || o->tail_symbol != NO_SYMBOL || !outliner_head(o, o->lexer.at))
		return false;
	return pattern_find(o->compiled->continues, span_of(o->mask, o->len), 0, NULL) == PATTERN_YES;
}

void outline_braces(struct outliner *o)
{
	struct lexer *x = &o->lexer;
	enter(o, CONTEXT_TOP);
	for (enum token t; (t = lexer_next(x)) != TOKEN_END;) {
		switch (t) {
		case TOKEN_OPEN:
			open_block(o);
			break;
		case TOKEN_CLOSE:
			close_block(o);
			break;
		case TOKEN_LEFT:
			open_bracket(o);
			break;
		case TOKEN_RIGHT:
			close_bracket(o);
			break;
		case TOKEN_SEMICOLON:
			if (!o->parens && !continues(o))
				end_statement(o, x->at, x->at);
			break;
		case TOKEN_COMMA:
			if (!o->parens && o->profile->separators[o->context])
				end_statement(o, x->at, outliner_code_before(o, x->at));
			break;
		case TOKEN_NEWLINE:
			end_line(o);
			break;
		case TOKEN_DIRECTIVE:
			outliner_directive(o);
			break;
		default:
			break;
		}
	}
	size_t end = (size_t)(x->end - x->begin);
	if (!o->frame_count && !o->parens && !lexer_only_blanks(x, end))
		end_statement(o, end, end ? outliner_code_before(o, end) : 0);
	if (o->frame_count || o->over_deep)
		outliner_unbalanced(o, end);
	o->over_deep = 0;
	while (o->frame_count)
		pop(o, outliner_code_before(o, end), true);
	end_statement_symbol(o, end ? outliner_code_before(o, end) : 0);
}
