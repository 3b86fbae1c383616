/* Blocks that words open and close: def … end, function … end, do … end.
 *
 * A head is complete where the brackets behind its word close, where its line ends, or where `do` opens its block. Braces are
 * blocks as well, so that what stands in them is looked at. When a text does not balance, it is scanned again and indentation
 * helps: an `end` that stands first on its line closes the block whose word stands in the same column, and a definition that
 * begins at or left of the column of the one it would stand in ends that one. */
#include "tree/outliner.h"

#include "base/mem.h"

struct run {
	bool waiting;      /* the innermost block's word stands in the current statement, whose head is not complete */
	uint32_t parens;   /* open where that word stands */
	bool behind_end;   /* the statement goes on behind an `end` */
	bool loop;         /* a loop opened a block: its own `do` does not */
	size_t loop_depth;
};

enum { BRACE = 255 }; /* frame.head of a brace */
enum { LINE_LOOKED_BACK_MOST = 400, ENDLESS_BYTES_MOST = 500 };

static int32_t column_of(const struct outliner *o, size_t off, bool *first)
{
	const unsigned char *b = o->lexer.begin;
	size_t begin = off;
	*first = false;
	/* Only a second pass asks for columns. */
	if (!o->recover || o->over_deep)
		return -1;
	/* Far into a line the column says nothing, and looking for its begin each time would not end. */
	while (begin > 0 && b[begin - 1] != '\n' && off - begin < LINE_LOOKED_BACK_MOST)
		begin--;
	int32_t column = 0;
	for (; (b[begin] == ' ' || b[begin] == '\t') && column < INT32_MAX - 8; begin++)
		column += b[begin] == '\t' ? 8 - column % 8 : 1;
	*first = begin >= off;
	return column;
}

static void new_statement(struct outliner *o, struct run *r)
{
	r->behind_end = false;
	lexer_new_statement(&o->lexer);
}

/* ---- blocks ------------------------------------------------------------------------------------------------------- */

static void pop(struct outliner *o, size_t at, bool guessed)
{
	struct frame f = o->frames[--o->frame_count];
	o->scope = f.scope;
	o->context = (enum context)f.context;
	o->parens = f.parens;
	if (f.symbol == NO_SYMBOL)
		return;
	o->out->symbols[f.symbol].last_line = outliner_line(o, at);
	o->out->symbols[f.symbol].recovered = guessed;
	if (f.resumes)
		o->statement_symbol = f.symbol;
}

static struct frame *push(struct outliner *o, int32_t column, uint8_t head)
{
	if (o->frame_count == FRAMES_MOST) {
		o->over_deep++;
		return NULL;
	}
	MEM_GROW(o->frames, o->frame_cap, o->frame_count + 1);
	struct frame *f = &o->frames[o->frame_count++];
	*f = (struct frame){.symbol = NO_SYMBOL, .scope = o->scope, .context = (uint8_t)o->context, .parens = o->parens, .column = column,
	                    .head = head};
	o->parens = 0;
	return f;
}

/* The innermost block's head ends before byte `end`. */
static void complete(struct outliner *o, struct run *r, size_t end)
{
	struct head_match m;
	if (!r->waiting)
		return;
	r->waiting = false;
	if (!o->frame_count)
		return;
	struct frame *f = &o->frames[o->frame_count - 1];
	if (outliner_head(o, end) && outliner_match(o, (enum context)f->context, AT_BLOCK, &m)) {
		o->context = m.opens;
		if (m.head->defines) {
			f->symbol = outliner_add(o, &m, end ? end - 1 : 0);
			f->resumes = m.head->to_statement_end;
			o->scope = f->symbol;
		}
	} else
		o->context = o->profile->otherwise[f->context];
	if (o->len && o->profile->import_count)
		outliner_imports(o, span_of(o->text, o->len), span_of(o->mask, o->len));
	o->parens = 0;
}

static void end_statement_symbol(struct outliner *o, size_t at)
{
	if (o->statement_symbol == NO_SYMBOL)
		return;
	o->out->symbols[o->statement_symbol].last_line = outliner_line(o, at);
	o->statement_symbol = NO_SYMBOL;
}

/* `last`: the last byte of the statement. */
static void end_statement(struct outliner *o, struct run *r, size_t at, size_t last)
{
	struct head_match m;
	struct lexer *x = &o->lexer;
	if (r->waiting)
		complete(o, r, at);
	else if (!r->behind_end && !lexer_only_blanks(x, at) && outliner_head(o, at)) {
		if (outliner_match(o, o->context, AT_STATEMENT, &m) && m.head->defines)
			outliner_add(o, &m, last);
		if (o->profile->import_count)
			outliner_imports(o, span_of(o->text, o->len), span_of(o->mask, o->len));
	}
	end_statement_symbol(o, last);
	new_statement(o, r);
}

/* ---- words -------------------------------------------------------------------------------------------------------- */

/* Where a statement begins, behind modifiers too (`private def f`), and where a value may stand, if the word says so. */
static bool begins_here(struct outliner *o, const struct run *r)
{
	struct lexer *x = &o->lexer;
	if (r->waiting)
		return false;
	if (!r->behind_end && lexer_only_blanks(x, x->at))
		return true;
	size_t before = outliner_code_before(o, x->at);
	if (x->word->use & WORD_VALUE && before < x->at &&
	    (memchr("=([{,&|", x->begin[before], 7) || (x->begin[before] == '<' && before > 0 && x->begin[before - 1] == '<')))
		return true;
	if (r->behind_end || !outliner_head(o, x->at))
		return false;
	for (size_t at = 0; at < o->len; at++) {
		size_t begin = at;
		while (at < o->len && o->profile->identifier[(unsigned char)o->mask[at]])
			at++;
		const struct word *w = at > begin ? profile_word(o->profile, span_of(o->mask + begin, at - begin)) : NULL;
		if (!w || !(w->use & WORD_MODIFIER))
			return false;
	}
	return true;
}

static bool is_endless(struct outliner *o)
{
	const struct lexer *x = &o->lexer;
	if (!o->compiled->endless)
		return false;
	struct span rest = span_head(span_of((const char *)x->begin + x->at, (size_t)(x->end - x->begin) - x->at), ENDLESS_BYTES_MOST);
	const char *lf = memchr(rest.ptr, '\n', rest.len);
	return pattern_find(o->compiled->endless, span_head(rest, lf ? (size_t)(lf - rest.ptr) : rest.len), 0, NULL) == PATTERN_YES;
}

/* A second pass: a definition that begins here ends those that begin in its column or right of it. */
static void end_left_open(struct outliner *o, int32_t column, bool first)
{
	struct lexer *x = &o->lexer;
	if (!o->recover || !first || !x->word->heads)
		return;
	size_t depth = o->frame_count;
	for (size_t i = o->frame_count; i-- > 0 && o->frames[i].column >= column;)
		if (o->frames[i].symbol != NO_SYMBOL)
			depth = i;
	size_t last = outliner_code_before(o, x->at);
	while (o->frame_count > depth)
		pop(o, last, true);
}

static void open_block(struct outliner *o, struct run *r)
{
	struct lexer *x = &o->lexer;
	bool first;
	int32_t column = column_of(o, x->at, &first);
	if (r->waiting) {
		complete(o, r, x->at);
		lexer_new_statement(x);
		x->statement = x->blank_to = (uint32_t)x->at;
	}
	end_left_open(o, column, first);
	r->waiting = push(o, column, 0) != NULL;
	r->parens = o->parens;
}

/* do |x| */
static void skip_parameters(struct outliner *o, struct run *r)
{
	enum { PARAMETERS_BYTES_MOST = 500 };
	struct lexer *x = &o->lexer;
	size_t at = lexer_skip_blanks(x, x->pos), end = (size_t)(x->end - x->begin);
	if (at >= end || x->begin[at] != '|')
		return;
	if (end - at > PARAMETERS_BYTES_MOST)
		end = at + PARAMETERS_BYTES_MOST;
	for (size_t bar = at + 1; bar < end && x->begin[bar] != '\n'; bar++)
		if (x->begin[bar] == '|') {
			x->pos = bar + 1;
			new_statement(o, r);
			return;
		}
}

/* `do`: what stands before it is the head. */
static void open_at_do(struct outliner *o, struct run *r)
{
	struct lexer *x = &o->lexer;
	complete(o, r, x->at);
	bool first;
	push(o, column_of(o, x->at, &first), 0);
	if (r->behind_end)
		o->len = 0, o->context = o->profile->otherwise[o->context];
	else {
		r->waiting = true;
		complete(o, r, x->at);
	}
	new_statement(o, r);
	skip_parameters(o, r);
}

static bool word_block_within(const struct outliner *o)
{
	for (size_t i = o->frame_count; i-- > 0;)
		if (o->frames[i].head != BRACE)
			return true;
	return false;
}

/* A second pass: an `end` first on its line closes the block that began in its column. */
static void end_by_column(struct outliner *o, int32_t column, size_t last)
{
	size_t i = o->frame_count;
	while (i > 0 && o->frames[i - 1].column != column)
		i--;
	while (i > 0 && o->frame_count > i)
		pop(o, last, true);
}

static void close_block(struct outliner *o, struct run *r)
{
	struct lexer *x = &o->lexer;
	size_t end = x->pos - 1;
	bool first;
	int32_t column = column_of(o, x->at, &first);
	size_t last = outliner_code_before(o, x->at);
	end_statement(o, r, x->at, last);
	if (o->over_deep) {
		o->over_deep--;
		return;
	}
	if (!word_block_within(o)) {
		outliner_unbalanced(o, x->at);
		return;
	}
	if (o->recover && first) {
		/* One too many: nothing that is open begins here or to the right. */
		if (o->frames[o->frame_count - 1].column < column)
			return;
		end_by_column(o, column, last);
	}
	while (o->frames[o->frame_count - 1].head == BRACE) {
		outliner_unbalanced(o, x->at);
		pop(o, last, true);
	}
	pop(o, end, false);
	r->behind_end = true;
}

static void word(struct outliner *o, struct run *r)
{
	struct lexer *x = &o->lexer;
	uint32_t use = x->word->use;
	if (use & WORD_END) {
		close_block(o, r);
	} else if (use & WORD_MIDDLE) {
		if (!o->parens)
			end_statement(o, r, x->at, x->at ? x->at - 1 : 0);
	} else if (use & WORD_DO) {
		if (r->loop && o->frame_count == r->loop_depth) {
			r->loop = false;
			complete(o, r, x->at);
			new_statement(o, r);
		} else
			open_at_do(o, r);
	} else if ((use & WORD_ANYWHERE && !is_endless(o)) || (use & WORD_BEGIN && begins_here(o, r)) ||
	           (use & WORD_INSIDE && (o->frame_count || !lexer_only_blanks(x, x->at)))) {
		open_block(o, r);
		if (use & WORD_LOOP) {
			r->loop = true;
			r->loop_depth = o->frame_count;
		}
	}
}

/* ---- brackets and line ends --------------------------------------------------------------------------------------- */

enum { WAITING = 1, BEHIND_END = 2 }; /* frame.resumed of a brace */

/* The statement around it goes on behind it. */
static void open_brace(struct outliner *o, struct run *r)
{
	struct lexer *x = &o->lexer;
	bool first;
	struct frame *f = push(o, column_of(o, x->at, &first), BRACE);
	if (!f)
		return;
	f->resumed = (uint8_t)((r->waiting ? WAITING : 0) | (r->behind_end ? BEHIND_END : 0));
	f->statement = x->statement;
	f->lead = x->lead;
	f->gap_base = (uint32_t)x->gap_base;
	f->gap_count = (uint32_t)x->gap_count;
	f->begin = (uint32_t)x->at;
	f->statement_symbol = o->statement_symbol;
	o->statement_symbol = NO_SYMBOL;
	r->waiting = false;
	x->gap_base = x->gap_count;
	o->context = o->profile->braces;
	new_statement(o, r);
	skip_parameters(o, r);
}

static void close_brace(struct outliner *o, struct run *r)
{
	struct lexer *x = &o->lexer;
	end_statement(o, r, x->at, outliner_code_before(o, x->at));
	if (o->over_deep) {
		o->over_deep--;
		return;
	}
	if (!o->frame_count || o->frames[o->frame_count - 1].head != BRACE) {
		outliner_unbalanced(o, x->at);
		return;
	}
	struct frame f = o->frames[o->frame_count - 1];
	pop(o, x->at, false);
	o->statement_symbol = f.statement_symbol;
	lexer_resume(x, f.statement, f.lead, f.gap_base, f.gap_count, f.begin, x->pos);
	r->waiting = (f.resumed & WAITING) != 0;
	r->behind_end = (f.resumed & BEHIND_END) != 0;
}

static void right(struct outliner *o, struct run *r)
{
	struct lexer *x = &o->lexer;
	o->parens -= o->parens > 0;
	/* function f(a) … : the head ends with its brackets, unless others follow. */
	if (r->waiting && !o->parens && x->pos < (size_t)(x->end - x->begin) && x->begin[x->pos] != '(' && x->begin[x->pos - 1] == ')') {
		complete(o, r, x->pos);
		new_statement(o, r);
	}
}

static void line_end(struct outliner *o, struct run *r)
{
	struct lexer *x = &o->lexer;
	if (r->loop && o->profile->newlines && o->frame_count <= r->loop_depth)
		r->loop = false;
	if (r->waiting && !o->profile->newlines)
		return;
	if (o->parens || (!o->profile->newlines && !r->waiting))
		return;
	if (lexer_only_blanks(x, x->at) ? r->behind_end || o->statement_symbol != NO_SYMBOL : !outliner_goes_on(o, x->at))
		end_statement(o, r, x->at, outliner_code_before(o, x->at));
}

void outline_ends(struct outliner *o)
{
	struct lexer *x = &o->lexer;
	struct run r = {0};
	size_t end = (size_t)(x->end - x->begin);
	for (enum token t; (t = lexer_next(x)) != TOKEN_END;) {
		switch (t) {
		case TOKEN_OPEN:
			open_brace(o, &r);
			break;
		case TOKEN_CLOSE:
			close_brace(o, &r);
			break;
		case TOKEN_LEFT:
			o->parens++;
			break;
		case TOKEN_RIGHT:
			right(o, &r);
			break;
		case TOKEN_WORD:
			word(o, &r);
			break;
		case TOKEN_SEMICOLON:
			if (!o->parens)
				end_statement(o, &r, x->at, x->at);
			break;
		case TOKEN_COMMA:
			if (!o->parens && o->profile->separators[o->context] && o->frame_count && o->frames[o->frame_count - 1].head == BRACE)
				end_statement(o, &r, x->at, x->at);
			break;
		case TOKEN_NEWLINE:
			line_end(o, &r);
			break;
		default:
			break;
		}
	}
	end_statement(o, &r, end, outliner_code_before(o, end));
	if (o->frame_count || o->over_deep)
		outliner_unbalanced(o, end);
	o->over_deep = 0;
	while (o->frame_count)
		pop(o, end ? outliner_code_before(o, end) : 0, true);
}
