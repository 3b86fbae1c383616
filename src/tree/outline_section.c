/* `package A;`: what follows is in it, to the next one. */
#include "tree/outliner.h"

static bool has_children(const struct outline *out, size_t i)
{
	/* Children stand behind their parent, the first of them next. */
	return i + 1 < out->count && out->symbols[i + 1].parent == i;
}

void outliner_sections(struct outliner *o, uint32_t line_count)
{
	struct outline *out = o->out;
	uint32_t open = NO_SYMBOL;
	for (size_t i = 0; i < out->count; i++) {
		struct symbol *s = &out->symbols[i];
		bool begins = s->kind == o->profile->section_kind && !has_children(out, i);
		if (open != NO_SYMBOL && s->parent == out->symbols[open].parent) {
			if (s->kind == o->profile->section_kind) {
				if (s->lead_line > out->symbols[open].first_line)
					out->symbols[open].last_line = s->lead_line - 1;
				open = NO_SYMBOL;
			} else
				s->parent = open;
		}
		if (begins && open == NO_SYMBOL) {
			open = (uint32_t)i;
			uint32_t end = s->parent == NO_SYMBOL ? line_count : out->symbols[s->parent].last_line;
			s->last_line = end > s->last_line ? end : s->last_line;
		}
	}
}
