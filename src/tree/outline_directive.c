/* The preprocessor: macros, and which branch of #if counts.
 *
 * Both branches of a condition are read when each leaves the blocks as it found them. Else the first counts: of two heads for one
 * body, of `} else if (a) {` and `} else if (b) {`, one is enough, and one keeps the blocks balanced. */
#include "tree/outliner.h"

static struct span directive_word(const struct lexer *x, size_t at, size_t *behind)
{
	while (at < x->pos && (x->begin[at] == ' ' || x->begin[at] == '\t'))
		at++;
	size_t begin = at;
	while (at < x->pos && x->profile->identifier[x->begin[at]])
		at++;
	*behind = at;
	return span_of((const char *)x->begin + begin, at - begin);
}

static size_t line_end(const struct lexer *x, size_t at)
{
	const unsigned char *lf = memchr(x->begin + at, '\n', (size_t)(x->end - (x->begin + at)));
	return lf ? (size_t)(lf - x->begin) : (size_t)(x->end - x->begin);
}

/* The directive that ends the branch begun before `at`: its first byte, or the text's end. `any`: also #else and #elif. */
static size_t branch_end(const struct lexer *x, size_t at, bool any)
{
	size_t end = (size_t)(x->end - x->begin), depth = 0;
	for (at = line_end(x, at); at < end; at = line_end(x, at)) {
		size_t hash = ++at;
		while (hash < end && (x->begin[hash] == ' ' || x->begin[hash] == '\t'))
			hash++;
		if (hash >= end || x->begin[hash] != '#')
			continue;
		size_t word = hash + 1;
		while (word < end && (x->begin[word] == ' ' || x->begin[word] == '\t'))
			word++;
		struct span rest = span_of((const char *)x->begin + word, end - word);
		if (span_starts(rest, SPAN("if")))
			depth++;
		else if (span_starts(rest, SPAN("endif"))) {
			if (depth-- == 0)
				return hash;
		} else if (any && depth == 0 && span_starts(rest, SPAN("el")))
			return hash;
	}
	return end;
}

static void define_macro(struct outliner *o, size_t at)
{
	struct lexer *x = &o->lexer;
	size_t behind;
	struct span name = directive_word(x, at, &behind);
	if (!name.len)
		return;
	/* Include guards and switches define nothing to read; a table of a thousand numbers is no outline. */
	bool function = behind < x->pos && x->begin[behind] == '(';
	if (!function && !span_trim(span_of((const char *)x->begin + behind, x->pos - behind)).len)
		return;
	if (!function && o->constants++ >= MACRO_CONSTANTS_MOST)
		return;
	size_t lead = x->at;
	if (x->lead != LEXER_NO_LEAD && !x->opaque && lexer_only_blanks(x, x->at) &&
	    outliner_line(o, x->at) <= outliner_line(o, x->statement) + 1)
		lead = x->lead;
	outliner_add_plain(o, function ? SYMBOL_MACRO : SYMBOL_CONSTANT, x->at, name, x->pos > 0 ? x->pos - 1 : 0, lead);
}

static void begin_condition(struct outliner *o, struct span word, size_t behind)
{
	struct lexer *x = &o->lexer;
	if (o->condition_count == CONDITIONS_MOST) {
		o->conditions_over++;
		return;
	}
	struct span test = span_trim(span_of((const char *)x->begin + behind, x->pos - behind));
	o->conditions[o->condition_count++] = (struct condition){.depth = (uint32_t)(o->frame_count + o->over_deep), .parens = o->parens};
	if (o->profile->skip_if_zero && span_eq(word, SPAN("if")) && test.len && test.ptr[0] == '0' &&
	    (test.len == 1 || !x->profile->identifier[(unsigned char)test.ptr[1]]))
		x->pos = branch_end(x, x->at, true);
}

/* What follows the #endif of the condition whose #else stands at lexer.at. */
static unsigned char behind_endif(const struct lexer *x, size_t endif)
{
	size_t end = (size_t)(x->end - x->begin);
	size_t at = endif < end ? lexer_skip_blanks(x, line_end(x, endif)) : end;
	return at < end ? x->begin[at] : 0;
}

static void other_branch(struct outliner *o)
{
	struct lexer *x = &o->lexer;
	if (o->conditions_over || !o->condition_count)
		return;
	const struct condition *c = &o->conditions[o->condition_count - 1];
	bool differs = c->depth != o->frame_count + o->over_deep || (!x->opaque && c->parens != o->parens);
	if (!differs && !x->opaque && !lexer_only_blanks(x, x->at)) {
		/* A head without its body yet: one of two for the same body, or a statement that ends without a mark. */
		size_t endif = branch_end(x, x->at, false);
		differs = o->parens || behind_endif(x, endif) == '{';
		if (!differs)
			lexer_new_statement(x);
	}
	if (differs)
		x->pos = branch_end(x, x->at, false);
}

void outliner_directive(struct outliner *o)
{
	struct lexer *x = &o->lexer;
	size_t begin = x->at, behind;
	struct span word = directive_word(x, begin + 1, &behind);
	if (span_starts(word, SPAN("if")))
		begin_condition(o, word, behind);
	else if (span_eq(word, SPAN("else")) || span_starts(word, SPAN("elif")))
		other_branch(o);
	else if (span_eq(word, SPAN("endif"))) {
		if (o->conditions_over)
			o->conditions_over--;
		else if (o->condition_count)
			o->condition_count--;
	} else if (span_eq(word, SPAN("define")) && o->profile->macros)
		define_macro(o, behind);
	else if (o->profile->import_count) {
		struct span line = span_of((const char *)x->begin + begin, x->pos - begin);
		outliner_imports(o, line, line);
	}
	if (!x->opaque)
		lexer_gap(x, begin, x->pos, false);
}
