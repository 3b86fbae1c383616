#include "api/reduction.h"
#include "base/mem.h"

#include <stdlib.h>

struct piece *pieces_add(struct pieces *p, const struct piece *piece)
{
	MEM_GROW(p->at, p->cap, p->count + 1);
	p->at[p->count] = *piece;
	return &p->at[p->count++];
}

void pieces_add_line(struct pieces *p, const struct extract_line *line)
{
	MEM_GROW(p->lines, p->line_cap, p->line_count + 1);
	p->lines[p->line_count++] = *line;
}

void pieces_clear(struct pieces *p) { p->count = p->line_count = 0; }

void pieces_release(struct pieces *p)
{
	free(p->at);
	free(p->lines);
	*p = (struct pieces){0};
}

void reduction_adopt(struct ctxcut *c)
{
	struct extract *x = &c->extract;
	x->pieces = c->pieces.at;
	x->piece_count = c->pieces.count;
	x->lines = c->pieces.lines;
	x->line_count = c->pieces.line_count;
	x->redactions = c->name_redactions + c->line_redactions;
	for (size_t n = 0; n < x->input_count; n++)
		x->inputs[n].errors_shown = 0;
	for (size_t i = 0; i < x->piece_count; i++)
		if (x->pieces[i].kind == PIECE_LINES)
			x->inputs[x->pieces[i].input].errors_shown += x->pieces[i].errors;
}
