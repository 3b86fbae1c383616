/* Blocks by indentation: a head's block is what follows it further to the right. */
#include "tree/outliner.h"

#include "base/mem.h"

static int32_t column_of(const struct outliner *o, size_t off)
{
	const unsigned char *b = o->lexer.begin;
	size_t begin = off;
	while (begin > 0 && b[begin - 1] != '\n')
		begin--;
	int32_t column = 0;
	for (; begin < off; begin++)
		column += b[begin] == '\t' ? 8 - column % 8 : b[begin] == ' ';
	return column;
}

/* Leaves the blocks that a line at `column` does not belong to; `last` is the last byte of code before it. */
static void leave(struct outliner *o, int32_t column, size_t last)
{
	while (o->frame_count && o->frames[o->frame_count - 1].column >= column) {
		struct frame f = o->frames[--o->frame_count];
		o->out->symbols[f.symbol].last_line = outliner_line(o, last);
		o->scope = f.scope;
		o->context = (enum context)f.context;
	}
}

static void logical_line(struct outliner *o, size_t end, size_t *last)
{
	struct lexer *x = &o->lexer;
	struct head_match m;
	if (lexer_only_blanks(x, end))
		return;
	size_t begin = lexer_skip_blanks(x, x->statement);
	int32_t column = column_of(o, begin);
	if (o->frame_count && o->frames[o->frame_count - 1].column >= column)
		leave(o, column, *last);
	bool wanted = o->profile->in_context[o->context][0] || o->profile->import_count;
	if (wanted && outliner_head(o, end)) {
		if (outliner_match(o, o->context, AT_BLOCK, &m) && m.head->defines && o->frame_count < FRAMES_MOST) {
			MEM_GROW(o->frames, o->frame_cap, o->frame_count + 1);
			o->frames[o->frame_count] = (struct frame){.scope = o->scope, .column = column, .context = (uint8_t)o->context};
			o->frames[o->frame_count].symbol = o->scope = outliner_add(o, &m, end ? end - 1 : 0);
			o->frame_count++;
			o->context = m.opens;
		} else if (outliner_match(o, o->context, AT_STATEMENT, &m) && m.head->defines)
			outliner_add(o, &m, end ? end - 1 : 0);
		if (o->profile->import_count)
			outliner_imports(o, span_of(o->text, o->len), span_of(o->mask, o->len));
	}
	*last = outliner_code_before(o, end);
}

void outline_indented(struct outliner *o)
{
	struct lexer *x = &o->lexer;
	size_t last = 0, end = (size_t)(x->end - x->begin);
	uint32_t parens = 0;
	for (enum token t; (t = lexer_next(x)) != TOKEN_END;) {
		if (t == TOKEN_LEFT || t == TOKEN_OPEN)
			parens++;
		else if (t == TOKEN_RIGHT || t == TOKEN_CLOSE)
			parens -= parens > 0;
		else if (t == TOKEN_NEWLINE && !parens) {
			/* Blank lines and comments: what stands right above the next line is its lead. */
			if (lexer_only_blanks(x, x->at))
				continue;
			if (x->at > 0 && x->begin[x->at - 1] == '\\')
				continue;
			logical_line(o, x->at, &last);
			lexer_new_statement(x);
		}
	}
	logical_line(o, end, &last);
	leave(o, 0, last);
	if (parens)
		outliner_unbalanced(o, end);
}
