#include "tree/outliner.h"

#include "base/mem.h"
#include "tree/file.h"

#include <stdlib.h>

/* ---- the result --------------------------------------------------------------------------------------------------- */

void outline_reset(struct outline *out)
{
	out->count = 0;
	buf_clear(&out->text);
	buf_clear(&out->imports);
	out->line_count = out->unbalanced_line = 0;
	out->unbalanced = false;
}

void outline_release(struct outline *out)
{
	free(out->symbols);
	buf_release(&out->text);
	buf_release(&out->imports);
	*out = (struct outline){0};
}

uint32_t outline_enclosing(const struct outline *o, uint32_t line)
{
	uint32_t found = SYMBOL_NO_PARENT;
	/* Inner ones stand behind outer ones; of two on the same lines the inner one is taken. */
	for (size_t i = 0; i < o->count; i++)
		if (o->symbols[i].lead_line <= line && line <= o->symbols[i].last_line &&
		    (found == SYMBOL_NO_PARENT || o->symbols[i].last_line <= o->symbols[found].last_line ||
		     o->symbols[i].first_line > o->symbols[found].first_line))
			found = (uint32_t)i;
	return found;
}

static void add_scope(struct span scope, struct buf *into)
{
	for (size_t i = 0; i < scope.len; i++) {
		if (scope.ptr[i] == ':' && i + 1 < scope.len && scope.ptr[i + 1] == ':')
			i++, buf_add_char(into, '.');
		else
			buf_add_char(into, scope.ptr[i]);
	}
	buf_add_char(into, '.');
}

void outline_qualified_name(const struct outline *o, const struct symbol *s, struct buf *into)
{
	enum { SHOWN_SCOPES_MOST = 64 };
	const struct symbol *chain[SHOWN_SCOPES_MOST];
	size_t depth = 0;
	for (const struct symbol *at = s; depth < SHOWN_SCOPES_MOST; at = &o->symbols[at->parent]) {
		chain[depth++] = at;
		if (at->parent == SYMBOL_NO_PARENT)
			break;
	}
	while (depth-- > 0) {
		if (chain[depth]->scope_len)
			add_scope(symbol_scope(o, chain[depth]), into);
		buf_add_span(into, symbol_name(o, chain[depth]));
		if (depth > 0)
			buf_add_char(into, '.');
	}
}

/* ---- the scanner -------------------------------------------------------------------------------------------------- */

struct outliner *outliner_new(void) { return mem_zalloc(1, sizeof(struct outliner)); }

static void free_compiled(struct compiled_profile *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < PROFILE_HEADS_MOST; i++) {
		pattern_free(c->heads[i].pattern);
		pattern_free(c->heads[i].tail);
		pattern_free(c->heads[i].with);
		pattern_free(c->heads[i].until);
		for (size_t k = 0; k < HEAD_UNDER_MOST; k++)
			pattern_free(c->heads[i].under[k]);
	}
	for (size_t i = 0; c->imports && i < c->profile->import_count; i++)
		pattern_free(c->imports[i]);
	free(c->imports);
	free(c->import_groups);
	pattern_free(c->export_name);
	pattern_free(c->hidden_name);
	pattern_free(c->continues);
	pattern_free(c->endless);
	free(c);
}

void outliner_free(struct outliner *o)
{
	if (!o)
		return;
	for (size_t i = 0; i < o->profile_count; i++)
		free_compiled(o->profiles[i]);
	free(o->profiles);
	free(o->frames);
	free(o);
}

/* The built-in profiles were checked when the program was built: that their patterns compile is certain. */
static struct pattern *compile(struct span text)
{
	struct pattern *p = NULL;
	if (text.len)
		pattern_compile(&p, text, 0, NULL);
	return p;
}

static struct compiled_profile *compiled_for(struct outliner *o, const struct profile *p)
{
	for (size_t i = 0; i < o->profile_count; i++)
		if (o->profiles[i]->profile == p)
			return o->profiles[i];
	struct compiled_profile *c = mem_zalloc(1, sizeof *c);
	c->profile = p;
	c->export_name = compile(p->export_name);
	c->hidden_name = compile(p->hidden_name);
	c->continues = compile(p->continues);
	c->endless = compile(p->endless);
	c->imports = mem_zalloc(p->import_count + 1, sizeof *c->imports);
	c->import_groups = mem_zalloc(p->import_count + 1, sizeof *c->import_groups);
	for (size_t i = 0; i < p->import_count; i++) {
		c->imports[i] = compile(p->imports[i].pattern);
		c->import_groups[i] = pattern_group(c->imports[i], "module");
	}
	o->profiles = mem_realloc(o->profiles, o->profile_count + 1, sizeof *o->profiles);
	return o->profiles[o->profile_count++] = c;
}

struct compiled_head *outliner_compiled(struct outliner *o, size_t index)
{
	struct compiled_head *c = &o->compiled->heads[index];
	if (c->tried)
		return c;
	c->tried = true;
	c->pattern = compile(o->profile->heads[index].pattern);
	c->name = pattern_group(c->pattern, "name");
	c->kind = pattern_group(c->pattern, "kind");
	c->scope = pattern_group(c->pattern, "scope");
	c->level = pattern_group(c->pattern, "level");
	c->first = pattern_group(c->pattern, "first");
	c->tail = compile(o->profile->heads[index].tail);
	c->with = compile(o->profile->heads[index].with);
	c->until = compile(o->profile->heads[index].until);
	for (size_t k = 0; k < o->profile->heads[index].under_count; k++)
		c->under[k] = compile(o->profile->heads[index].under[k]);
	c->tail_name = c->tail ? pattern_group(c->tail, "name") : -1;
	return c;
}

uint32_t outliner_line(struct outliner *o, size_t off)
{
	const unsigned char *b = o->lexer.begin;
	if (off >= o->line_off)
		o->line += (uint32_t)file_count_newlines(span_of((const char *)b + o->line_off, off - o->line_off));
	else
		o->line -= (uint32_t)file_count_newlines(span_of((const char *)b + off, o->line_off - off));
	o->line_off = off;
	return o->line;
}

void outliner_unbalanced(struct outliner *o, size_t off)
{
	if (o->out->unbalanced)
		return;
	o->out->unbalanced = true;
	o->out->unbalanced_line = outliner_line(o, off);
}

static void begin(struct outliner *o, struct span text)
{
	lexer_begin(&o->lexer, o->profile, text);
	o->line_off = 0;
	o->line = 1;
	o->frame_count = o->over_deep = o->condition_count = o->conditions_over = o->constants = 0;
	o->context = CONTEXT_TOP;
	o->scope = o->statement_symbol = o->tail_symbol = NO_SYMBOL;
	o->parens = 0;
	o->resumed = 0;
	o->out->count = 0;
	buf_clear(&o->out->text);
	buf_clear(&o->out->imports);
}

static void scan(struct outliner *o, struct span text)
{
	begin(o, text);
	switch (o->profile->style) {
	case STYLE_BRACE:
		outline_braces(o);
		break;
	case STYLE_INDENT:
		outline_indented(o);
		break;
	case STYLE_END:
		outline_ends(o);
		break;
	default:
		outline_lines(o);
		break;
	}
}

/* In a language with a preprocessor constants are its macros. */
static void forget_constants(struct outline *out)
{
	for (size_t i = 0; i < out->count; i++)
		if (out->symbols[i].kind == SYMBOL_CONSTANT)
			out->symbols[i].name_len = 0;
}

/* Symbols whose name never came go; numbers of parents follow. */
static void drop_nameless(struct outline *out)
{
	size_t kept = 0;
	bool any = false;
	for (size_t i = 0; i < out->count && !any; i++)
		any = !out->symbols[i].name_len;
	if (!any)
		return;
	uint32_t *number = mem_alloc(mem_mul(out->count, sizeof *number));
	for (size_t i = 0; i < out->count; i++) {
		struct symbol s = out->symbols[i];
		s.parent = s.parent == SYMBOL_NO_PARENT ? SYMBOL_NO_PARENT : number[s.parent];
		if (!s.name_len) {
			number[i] = s.parent;
			continue;
		}
		number[i] = (uint32_t)kept;
		out->symbols[kept++] = s;
	}
	out->count = kept;
	free(number);
}

struct place {
	uint32_t first_line, number;
};

static int by_place(const void *left, const void *right)
{
	const struct place *a = left, *b = right;
	if (a->first_line != b->first_line)
		return a->first_line < b->first_line ? -1 : 1;
	return a->number < b->number ? -1 : a->number > b->number;
}

/* A name that comes behind its block, a macro within a head: they were added late. */
static void put_in_order(struct outline *out)
{
	size_t sorted = 1;
	while (sorted < out->count && out->symbols[sorted - 1].first_line <= out->symbols[sorted].first_line)
		sorted++;
	if (sorted >= out->count)
		return;
	struct place *places = mem_alloc(mem_mul(out->count, sizeof *places));
	uint32_t *number = mem_alloc(mem_mul(out->count, sizeof *number));
	struct symbol *symbols = mem_alloc(mem_mul(out->count, sizeof *symbols));
	for (size_t i = 0; i < out->count; i++)
		places[i] = (struct place){.first_line = out->symbols[i].first_line, .number = (uint32_t)i};
	qsort(places, out->count, sizeof *places, by_place);
	for (size_t i = 0; i < out->count; i++)
		number[places[i].number] = (uint32_t)i;
	for (size_t i = 0; i < out->count; i++) {
		symbols[i] = out->symbols[places[i].number];
		if (symbols[i].parent != SYMBOL_NO_PARENT)
			symbols[i].parent = number[symbols[i].parent];
	}
	free(out->symbols);
	out->symbols = symbols;
	out->cap = out->count;
	free(number);
	free(places);
}

void outline_scan(struct outliner *o, const struct language *language, struct span text, struct outline *out)
{
	outline_reset(out);
	out->language = language;
	if (!language || text.len >= UINT32_MAX)
		return;
	o->out = out;
	o->profile = language_profile(language);
	o->compiled = compiled_for(o, o->profile);
	o->recover = false;
	scan(o, text);
	if (out->unbalanced && (o->profile->style == STYLE_BRACE || o->profile->style == STYLE_END)) {
		o->recover = true;
		scan(o, text);
	}
	out->line_count = text.len ? outliner_line(o, text.len) - (text.ptr[text.len - 1] == '\n') : 0;
	if (o->constants > MACRO_CONSTANTS_MOST)
		forget_constants(out);
	drop_nameless(out);
	if (o->profile->sections)
		outliner_sections(o, out->line_count);
	put_in_order(out);
	o->out = NULL;
}
