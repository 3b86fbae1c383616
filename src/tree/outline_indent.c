/* Blocks by indentation: what follows a line further to the right is its block.
 *
 * A line is a logical one: it goes on inside brackets and behind a backslash. Where a bracket is left open, the next line that
 * begins with a word of a definition ends it: no expression holds one. */
#include "tree/outliner.h"

#include "base/mem.h"

struct run {
	size_t last;        /* the last byte of code so far */
	uint32_t parens;
	uint32_t sibling;   /* the definition that the last left block was of */
};

/* Leaves the blocks that a line at `column` does not belong to. */
static void leave(struct outliner *o, struct run *r, int32_t column)
{
	r->sibling = NO_SYMBOL;
	while (o->frame_count && o->frames[o->frame_count - 1].column >= column) {
		struct frame f = o->frames[--o->frame_count];
		if (f.symbol != NO_SYMBOL)
			o->out->symbols[f.symbol].last_line = outliner_line(o, r->last);
		r->sibling = f.symbol;
		o->scope = f.scope;
		o->context = (enum context)f.context;
	}
}

static void enter(struct outliner *o, int32_t column, uint32_t symbol, enum context inside)
{
	if (o->frame_count == FRAMES_MOST)
		return;
	MEM_GROW(o->frames, o->frame_cap, o->frame_count + 1);
	o->frames[o->frame_count++] = (struct frame){.symbol = symbol, .scope = o->scope, .column = column, .context = (uint8_t)o->context};
	if (symbol != NO_SYMBOL)
		o->scope = symbol;
	o->context = inside;
}

/* The symbol of the head, or the one right above that has the same name and that this one continues. */
static uint32_t add(struct outliner *o, const struct run *r, const struct head_match *m, size_t last)
{
	struct span name = span_of(o->text + m->name, m->name_len);
	if (o->profile->joins && r->sibling != NO_SYMBOL && span_eq(symbol_name(o->out, &o->out->symbols[r->sibling]), name) &&
	    o->out->symbols[r->sibling].kind != SYMBOL_CLASS) {
		o->out->symbols[r->sibling].last_line = outliner_line(o, last);
		return r->sibling;
	}
	return outliner_add(o, m, last);
}

static void logical_line(struct outliner *o, struct run *r, size_t end)
{
	struct lexer *x = &o->lexer;
	struct head_match m;
	if (lexer_only_blanks(x, end))
		return;
	size_t begin = lexer_skip_blanks(x, x->statement);
	int32_t column = outliner_column(o, begin);
	leave(o, r, column);
	r->last = outliner_code_before(o, end);
	bool wanted = o->profile->in_context[o->context][0] || o->profile->in_context[o->context][1] || o->profile->import_count;
	uint32_t symbol = NO_SYMBOL;
	enum context inside = o->profile->otherwise[o->context];
	/* Of a head that is too long its begin is enough. */
	if (wanted && (outliner_head(o, end) || o->len)) {
		if (outliner_match(o, o->context, AT_BLOCK, &m) || outliner_match(o, o->context, AT_STATEMENT, &m)) {
			inside = m.opens;
			if (m.head->defines && m.head->to_statement_end) {
				outliner_add(o, &m, r->last);
				return;
			}
			if (m.head->defines)
				symbol = add(o, r, &m, r->last);
		}
		if (o->profile->import_count)
			outliner_imports(o, span_of(o->text, o->len), span_of(o->mask, o->len));
	}
	enter(o, column, symbol, inside);
}

/* Whether the line behind the line end at `at` begins a definition: then a bracket was left open. */
static bool defines_next(const struct outliner *o, size_t at, int32_t column)
{
	const struct lexer *x = &o->lexer;
	size_t end = (size_t)(x->end - x->begin), begin = at + 1;
	while (begin < end && (x->begin[begin] == ' ' || x->begin[begin] == '\t'))
		begin++;
	size_t word = begin;
	while (word < end && word - begin < 16 && o->profile->identifier[x->begin[word]])
		word++;
	if (word == begin || word >= end || x->begin[word] != ' ' || word + 1 >= end || !o->profile->identifier[x->begin[word + 1]])
		return false;
	const struct word *w = profile_word(o->profile, span_of((const char *)x->begin + begin, word - begin));
	return w && w->heads && outliner_column(o, begin) <= column;
}

static void line_end(struct outliner *o, struct run *r)
{
	struct lexer *x = &o->lexer;
	/* Blank lines and comments: what stands right above the next line is its lead. */
	if (lexer_only_blanks(x, x->at))
		return;
	if (r->parens) {
		if (x->inner_count || !defines_next(o, x->at, outliner_column(o, lexer_skip_blanks(x, x->statement))))
			return;
		outliner_unbalanced(o, x->at);
		r->parens = 0;
	}
	if (outliner_goes_on(o, x->at))
		return;
	logical_line(o, r, x->at);
	lexer_new_statement(x);
}

void outline_indented(struct outliner *o)
{
	struct lexer *x = &o->lexer;
	struct run r = {.sibling = NO_SYMBOL};
	size_t end = (size_t)(x->end - x->begin);
	for (enum token t; (t = lexer_next(x)) != TOKEN_END;) {
		if (t == TOKEN_LEFT || t == TOKEN_OPEN)
			r.parens++;
		else if (t == TOKEN_RIGHT || t == TOKEN_CLOSE)
			r.parens -= r.parens > 0;
		else if (t == TOKEN_DIRECTIVE)
			outliner_directive(o);
		else if (t == TOKEN_NEWLINE)
			line_end(o, &r);
	}
	logical_line(o, &r, end);
	leave(o, &r, -1);
	if (r.parens)
		outliner_unbalanced(o, end);
}
