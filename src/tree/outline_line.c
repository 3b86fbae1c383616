/* Outlines of single lines: headings, targets, top keys. A symbol reaches to the next one of its level or above. */
#include "tree/outliner.h"

#include "base/mem.h"

static void leave(struct outliner *o, int32_t level, size_t last)
{
	while (o->frame_count && o->frames[o->frame_count - 1].column >= level) {
		struct frame f = o->frames[--o->frame_count];
		o->out->symbols[f.symbol].last_line = outliner_line(o, last);
		o->scope = f.scope;
	}
}

static void one_line(struct outliner *o, size_t end, size_t *last)
{
	struct lexer *x = &o->lexer;
	struct head_match m;
	if (lexer_only_blanks(x, end))
		return;
	size_t begin = lexer_skip_blanks(x, x->statement);
	bool indented = begin > 0 && (x->begin[begin - 1] == ' ' || x->begin[begin - 1] == '\t');
	enum context c = indented ? CONTEXT_TYPE : CONTEXT_TOP;
	if ((o->profile->in_context[c][0] || o->profile->import_count) && outliner_head(o, end)) {
		if (outliner_match(o, c, AT_BLOCK, &m) && m.head->defines && o->frame_count < FRAMES_MOST) {
			int32_t level = m.level ? m.level : 1;
			leave(o, level, *last);
			MEM_GROW(o->frames, o->frame_cap, o->frame_count + 1);
			o->frames[o->frame_count] = (struct frame){.scope = o->scope, .column = level};
			o->frames[o->frame_count].symbol = o->scope = outliner_add(o, &m, end ? end - 1 : 0);
			o->frame_count++;
		}
		if (o->profile->import_count)
			outliner_imports(o, span_of(o->text, o->len), span_of(o->mask, o->len));
	}
	*last = outliner_code_before(o, end);
}

void outline_lines(struct outliner *o)
{
	struct lexer *x = &o->lexer;
	size_t last = 0, end = (size_t)(x->end - x->begin);
	for (enum token t; (t = lexer_next(x)) != TOKEN_END;) {
		if (t != TOKEN_NEWLINE || lexer_only_blanks(x, x->at) || x->begin[x->at - 1] == '\\')
			continue;
		one_line(o, x->at, &last);
		lexer_new_statement(x);
	}
	one_line(o, end, &last);
	leave(o, 0, last);
}
