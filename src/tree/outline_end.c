/* Blocks that words open and close: def … end, function … end, do … end. */
#include "tree/outliner.h"

#include "base/mem.h"

struct run {
	uint32_t pending_symbol; /* of this line's head, until a word opens its block */
	enum context pending_context;
	bool loop;               /* a loop opened a block on this line: its own `do` does not */
	bool matched;            /* the head of this statement was looked at */
};

static void end_statement(struct outliner *o, struct run *r, size_t at)
{
	struct lexer *x = &o->lexer;
	struct head_match m;
	if (!r->matched && !lexer_only_blanks(x, at) && outliner_head(o, at)) {
		if (outliner_match(o, o->context, AT_STATEMENT, &m) && m.head->defines)
			outliner_add(o, &m, at ? at - 1 : 0);
		if (o->profile->import_count)
			outliner_imports(o, span_of(o->text, o->len), span_of(o->mask, o->len));
	}
	*r = (struct run){.pending_symbol = NO_SYMBOL};
	lexer_new_statement(x);
}

/* The head of the statement up to its line's end, when a word opens a block in it. */
static void match_head(struct outliner *o, struct run *r)
{
	struct lexer *x = &o->lexer;
	struct head_match m;
	if (r->matched)
		return;
	r->matched = true;
	const unsigned char *lf = memchr(x->begin + x->at, '\n', (size_t)(x->end - (x->begin + x->at)));
	size_t end = lf ? (size_t)(lf - x->begin) : (size_t)(x->end - x->begin);
	if (outliner_head(o, end) && outliner_match(o, o->context, AT_BLOCK, &m) && m.head->defines) {
		r->pending_symbol = outliner_add(o, &m, x->at);
		r->pending_context = m.opens;
	}
}

static void open_block(struct outliner *o, struct run *r)
{
	match_head(o, r);
	if (o->frame_count == FRAMES_MOST) {
		o->over_deep++;
		return;
	}
	MEM_GROW(o->frames, o->frame_cap, o->frame_count + 1);
	o->frames[o->frame_count++] = (struct frame){.symbol = r->pending_symbol, .scope = o->scope, .context = (uint8_t)o->context,
	                                             .parens = o->parens};
	o->parens = 0;
	if (r->pending_symbol != NO_SYMBOL) {
		o->scope = r->pending_symbol;
		o->context = r->pending_context;
		r->pending_symbol = NO_SYMBOL;
	}
}

static void close_block(struct outliner *o, size_t at, bool guessed)
{
	if (o->over_deep) {
		o->over_deep--;
		return;
	}
	if (!o->frame_count) {
		outliner_unbalanced(o, at);
		return;
	}
	struct frame f = o->frames[--o->frame_count];
	o->scope = f.scope;
	o->context = (enum context)f.context;
	o->parens = f.parens;
	if (f.symbol != NO_SYMBOL) {
		o->out->symbols[f.symbol].last_line = outliner_line(o, at);
		o->out->symbols[f.symbol].recovered = guessed;
	}
}

/* Whether a word that begins a block where a statement begins does so here. */
static bool begins_here(struct outliner *o)
{
	struct lexer *x = &o->lexer;
	if (lexer_only_blanks(x, x->at))
		return true;
	size_t before = outliner_code_before(o, x->at);
	if (x->word->use & WORD_VALUE && before < x->at && memchr("=([{,|&!", x->begin[before], 8))
		return true;
	/* Behind modifiers, as in `private def f` */
	if (!outliner_head(o, x->at))
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

static void word(struct outliner *o, struct run *r)
{
	struct lexer *x = &o->lexer;
	uint32_t use = x->word->use;
	if (use & WORD_END) {
		size_t at = x->pos - 1;
		end_statement(o, r, x->at);
		close_block(o, at, false);
	} else if (use & WORD_MIDDLE) {
		end_statement(o, r, x->at);
	} else if (use & WORD_ANYWHERE) {
		open_block(o, r);
	} else if (use & WORD_DO) {
		if (r->loop)
			r->loop = false;
		else
			open_block(o, r);
	} else if (use & WORD_BEGIN && begins_here(o)) {
		open_block(o, r);
		r->loop = (use & WORD_LOOP) != 0;
	}
}

void outline_ends(struct outliner *o)
{
	struct lexer *x = &o->lexer;
	struct run r = {.pending_symbol = NO_SYMBOL};
	size_t end = (size_t)(x->end - x->begin);
	for (enum token t; (t = lexer_next(x)) != TOKEN_END;) {
		if (t == TOKEN_LEFT || t == TOKEN_OPEN)
			o->parens++;
		else if (t == TOKEN_RIGHT || t == TOKEN_CLOSE)
			o->parens -= o->parens > 0;
		else if (t == TOKEN_WORD)
			word(o, &r);
		else if (t == TOKEN_SEMICOLON || (t == TOKEN_NEWLINE && !o->parens && !lexer_only_blanks(x, x->at)))
			end_statement(o, &r, x->at);
	}
	end_statement(o, &r, end);
	if (o->frame_count || o->over_deep)
		outliner_unbalanced(o, end);
	o->over_deep = 0;
	while (o->frame_count)
		close_block(o, end ? end - 1 : 0, true);
}
