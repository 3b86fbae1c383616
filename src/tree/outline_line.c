/* Outlines of lines: headings, sections, targets, top keys. A symbol reaches to the line before the next one of its level or
 * above, or, as its head says, over the lines that stand further to the right or to a line that a pattern matches; blank lines
 * at its end are not part of it. */
#include "tree/outliner.h"

#include "base/mem.h"

struct run {
	size_t last;             /* the last byte of code so far */
	const struct head *open; /* of the definition that the lines belong to, while `symbol` is one */
	size_t open_index;
	uint32_t symbol;
};

/* The statement's last byte; a here-document that its line announced is part of it. */
static size_t last_byte(const struct outliner *o, size_t end)
{
	const struct lexer *x = &o->lexer;
	return x->at == end && x->pos > end + 1 ? x->pos - 1 : outliner_code_before(o, end);
}

static void leave(struct outliner *o, const struct run *r, int32_t level)
{
	while (o->frame_count && o->frames[o->frame_count - 1].column >= level) {
		struct frame f = o->frames[--o->frame_count];
		o->out->symbols[f.symbol].last_line = outliner_line(o, r->last);
		o->scope = f.scope;
	}
}

/* A head with `under` is one only above a line that matches. */
static bool stands_above(struct outliner *o, struct head_match *m, size_t end)
{
	const struct lexer *x = &o->lexer;
	if (!m->head->under_count)
		return true;
	if (end >= (size_t)(x->end - x->begin))
		return false;
	size_t next = end + 1, to = lexer_line_end(x, next);
	const struct compiled_head *c = outliner_compiled(o, m->index);
	for (size_t i = 0; i < m->head->under_count; i++)
		if (pattern_find(c->under[i], span_of((const char *)x->begin + next, to - next), 0, NULL) == PATTERN_YES) {
			m->level = (int)i + 1;
			return true;
		}
	return false;
}

static void define(struct outliner *o, struct run *r, size_t end)
{
	struct head_match m;
	if (!outliner_match(o, CONTEXT_TOP, AT_BLOCK, &m) && !outliner_match(o, CONTEXT_TOP, AT_STATEMENT, &m))
		return;
	if (!stands_above(o, &m, end))
		return;
	int32_t level = m.head->level ? m.head->level : m.level ? m.level : 1;
	leave(o, r, level);
	r->symbol = NO_SYMBOL;
	r->last = last_byte(o, end);
	if (!m.head->defines)
		return;
	uint32_t symbol = outliner_add(o, &m, r->last);
	if (m.head->to_statement_end)
		return;
	if (m.head->to_indent_end || m.head->until.len) {
		r->open = m.head;
		r->open_index = m.index;
		r->symbol = symbol;
		return;
	}
	if (o->frame_count < FRAMES_MOST) {
		MEM_GROW(o->frames, o->frame_cap, o->frame_count + 1);
		o->frames[o->frame_count++] = (struct frame){.symbol = symbol, .scope = o->scope, .column = level};
		o->scope = symbol;
	}
}

/* Whether the line still belongs to the definition that is open. */
static bool belongs(struct outliner *o, struct run *r, size_t begin, size_t end)
{
	if (r->symbol == NO_SYMBOL)
		return false;
	const struct compiled_head *c = outliner_compiled(o, r->open_index);
	struct span line = span_of((const char *)o->lexer.begin + begin, end - begin);
	if (r->open->to_indent_end) {
		if (outliner_column(o, begin) == 0 && (!c->with || pattern_find(c->with, line, 0, NULL) != PATTERN_YES))
			return false;
	} else {
		if (c->until && pattern_find(c->until, line, 0, NULL) == PATTERN_YES) {
			o->out->symbols[r->symbol].last_line = outliner_line(o, begin);
			r->symbol = NO_SYMBOL;
			return true;
		}
	}
	o->out->symbols[r->symbol].last_line = outliner_line(o, last_byte(o, end));
	return true;
}

static void one_line(struct outliner *o, struct run *r, size_t end)
{
	struct lexer *x = &o->lexer;
	if (lexer_only_blanks(x, end))
		return;
	size_t begin = lexer_skip_blanks(x, x->statement);
	if (belongs(o, r, begin, end)) {
		r->last = last_byte(o, end);
		return;
	}
	r->symbol = NO_SYMBOL;
	if (outliner_column(o, begin) <= o->profile->columns && outliner_head(o, end)) {
		define(o, r, end);
		if (o->profile->import_count)
			outliner_imports(o, span_of(o->text, o->len), span_of(o->mask, o->len));
	}
	r->last = last_byte(o, end);
}

void outline_lines(struct outliner *o)
{
	struct lexer *x = &o->lexer;
	struct run r = {.symbol = NO_SYMBOL};
	size_t end = (size_t)(x->end - x->begin);
	for (enum token t; (t = lexer_next(x)) != TOKEN_END;) {
		if (t != TOKEN_NEWLINE || lexer_only_blanks(x, x->at))
			continue;
		one_line(o, &r, x->at);
		lexer_new_statement(x);
	}
	one_line(o, &r, end);
	leave(o, &r, -1);
}
