/* Profiles: the heads that define something, and the samples that show it. */
#include "tree/profile_read.h"

#include "base/mem.h"

#include <stdlib.h>

static enum err_code read_contexts(const struct profile_reading *r, const struct node *n, uint8_t *out)
{
	struct span *texts;
	size_t count;
	enum err_code code = profile_texts(r, n, &texts, &count);
	*out = 0;
	for (size_t i = 0; i < count && code == ERR_OK; i++) {
		int c = 0;
		while (c < CONTEXTS && !span_eq(texts[i], span_of_str(context_name((enum context)c))))
			c++;
		if (c == CONTEXTS)
			return profile_refuse(r, n, "'%.40s' is none of top, type, code, value, list", texts[i].ptr);
		*out |= (uint8_t)(1 << c);
	}
	return code;
}

static enum err_code read_context(const struct profile_reading *r, const struct node *n, enum context *out)
{
	uint8_t bits;
	enum err_code code = read_contexts(r, n, &bits);
	if (code != ERR_OK)
		return code;
	if (n->kind != NODE_TEXT)
		return profile_refuse(r, n, "'opens' is one context");
	*out = CONTEXT_TOP;
	while (!(bits & 1 << *out))
		*out = (enum context)(*out + 1);
	return ERR_OK;
}

static enum err_code read_at(const struct profile_reading *r, const struct node *n, uint8_t *out)
{
	static const char *const names[] = {"block", "statement", "either", "bracket", NULL};
	int at = 0;
	enum err_code code = profile_choice(r, n, names, &at);
	*out = (uint8_t)(at + 1);
	return code;
}

static enum err_code read_ends(const struct profile_reading *r, const struct node *n, struct head *h)
{
	static const char *const names[] = {"block", "statement", "indented", NULL};
	int ends = 0;
	enum err_code code = profile_choice(r, n, names, &ends);
	h->to_statement_end = ends == 1;
	h->to_indent_end = ends == 2;
	return code;
}

static enum err_code read_under(const struct profile_reading *r, const struct node *n, struct head *h)
{
	enum err_code code = profile_need(r, n, NODE_LIST);
	struct span *patterns = arena_alloc(&r->p->arena, mem_mul(HEAD_UNDER_MOST, sizeof *patterns));
	h->under = patterns;
	for (const struct node *k = n->first; k && code == ERR_OK; k = k->next) {
		if (h->under_count == HEAD_UNDER_MOST)
			return profile_refuse(r, k, "'under' has at most %d patterns", HEAD_UNDER_MOST);
		code = profile_pattern(r, k, NULL, &patterns[h->under_count++]);
	}
	return code;
}

static enum err_code read_level(const struct profile_reading *r, const struct node *n, int *out)
{
	if (n->kind != NODE_TEXT || n->text.len != 1 || n->text.ptr[0] < '1' || n->text.ptr[0] > '9')
		return profile_refuse(r, n, "'level' is a number from 1 to 9");
	*out = n->text.ptr[0] - '0';
	return ERR_OK;
}

static enum err_code read_first(struct profile_reading *r, const struct node *n, uint64_t bit)
{
	struct span *texts;
	size_t count;
	enum err_code code = profile_texts(r, n, &texts, &count);
	for (size_t i = 0; i < count && code == ERR_OK; i++)
		profile_add_word(r, texts[i], 0)->heads |= bit;
	return code;
}

enum context profile_opened_by(enum symbol_kind kind)
{
	switch (kind) {
	case SYMBOL_CLASS: case SYMBOL_STRUCT: case SYMBOL_UNION: case SYMBOL_INTERFACE: case SYMBOL_TRAIT: case SYMBOL_PROTOCOL:
	case SYMBOL_IMPLEMENTATION: case SYMBOL_RECORD: case SYMBOL_OBJECT: case SYMBOL_EXTENSION: case SYMBOL_SERVICE:
		return CONTEXT_TYPE;
	case SYMBOL_ENUM:
		return CONTEXT_LIST;
	case SYMBOL_MODULE: case SYMBOL_NAMESPACE: case SYMBOL_PACKAGE:
		return CONTEXT_TOP;
	case SYMBOL_FUNCTION: case SYMBOL_METHOD: case SYMBOL_CONSTRUCTOR: case SYMBOL_TEST: case SYMBOL_PROPERTY:
		return CONTEXT_CODE;
	default:
		return CONTEXT_NONE;
	}
}

static enum err_code read_key(struct profile_reading *r, const struct node *n, struct head *h, uint64_t bit, bool *opens, bool *member,
                              bool *first)
{
	struct span key = n->key->text;
	if (span_eq(key, SPAN("kind"))) {
		h->defines = true;
		return profile_kind(r, n, &h->kind);
	}
	if (span_eq(key, SPAN("member"))) {
		*member = true;
		return profile_kind(r, n, &h->member_kind);
	}
	if (span_eq(key, SPAN("in")))
		return read_contexts(r, n, &h->in);
	if (span_eq(key, SPAN("at")))
		return read_at(r, n, &h->at);
	if (span_eq(key, SPAN("opens"))) {
		*opens = true;
		return read_context(r, n, &h->opens);
	}
	if (span_eq(key, SPAN("ends")))
		return read_ends(r, n, h);
	if (span_eq(key, SPAN("level")))
		return read_level(r, n, &h->level);
	if (span_eq(key, SPAN("with")))
		return profile_pattern(r, n, NULL, &h->with);
	if (span_eq(key, SPAN("until")))
		return profile_pattern(r, n, NULL, &h->until);
	if (span_eq(key, SPAN("under")))
		return read_under(r, n, h);
	if (span_eq(key, SPAN("goes-on")))
		return profile_bool(r, n, &h->goes_on);
	if (span_eq(key, SPAN("hidden")))
		return profile_bool(r, n, &h->hidden);
	if (span_eq(key, SPAN("named-as-scope")))
		return profile_bool(r, n, &h->named_as_scope);
	if (span_eq(key, SPAN("exported")))
		return profile_bool(r, n, &h->exported);
	if (span_eq(key, SPAN("first"))) {
		*first = true;
		return read_first(r, n, bit);
	}
	if (span_eq(key, SPAN("pattern"))) {
		h->line = n->line;
		h->column = n->column;
		return profile_pattern(r, n, NULL, &h->pattern);
	}
	if (span_eq(key, SPAN("not-before")))
		return profile_text(r, n, &h->not_before);
	if (span_eq(key, SPAN("tail")))
		return profile_pattern(r, n, "name", &h->tail);
	return profile_refuse(r, n->key, "there is no key '%.40s' in a head: see filters/languages/README.md", key.ptr);
}

enum err_code profile_read_heads(struct profile_reading *r, const struct node *n)
{
	enum err_code code = profile_need(r, n, NODE_LIST);
	struct profile *p = r->p;
	for (const struct node *e = n->first; e && code == ERR_OK; e = e->next) {
		if (p->head_count == PROFILE_HEADS_MOST)
			return profile_refuse(r, e, "more than %d heads: join some", PROFILE_HEADS_MOST);
		size_t i = p->head_count++;
		uint64_t bit = UINT64_C(1) << i;
		struct head *h = &p->heads[i];
		bool opens = false, member = false, first = false;
		*h = (struct head){.in = 1 << CONTEXT_TOP, .at = AT_BLOCK};
		if ((code = profile_need(r, e, NODE_MAP)) != ERR_OK)
			return code;
		for (const struct node *k = e->first; k && code == ERR_OK; k = k->next)
			code = read_key(r, k, h, bit, &opens, &member, &first);
		if (code != ERR_OK)
			return code;
		if (!h->pattern.len)
			return profile_refuse(r, e, "a head needs a 'pattern'");
		if (!h->defines && !opens && !h->goes_on)
			return profile_refuse(r, e, "a head without a 'kind' says with 'opens' or 'goes-on' what it is for");
		if (h->defines && !h->tail.len && span_find(h->pattern, SPAN("(?<name>")) == SIZE_MAX &&
		    span_find(h->pattern, SPAN("(?|")) == SIZE_MAX)
			return profile_refuse(r, e, "the pattern has no group (?<name>…), and there is no 'tail': what is the symbol's name?");
		if (!opens)
			h->opens = h->defines ? profile_opened_by(h->kind) : CONTEXT_NONE;
		h->opens_by_kind = !opens;
		if (!member)
			h->member_kind = h->kind == SYMBOL_FUNCTION ? SYMBOL_METHOD : h->kind;
		if (!first)
			p->any_word |= bit;
		h->holds = literals_of(&p->arena, h->pattern);
		for (int c = 0; c < CONTEXTS; c++)
			for (int at = 0; at < PLACES; at++)
				if (h->in & 1 << c && h->at & 1 << at)
					p->in_context[c][at] |= bit;
	}
	return code;
}

/* ---- samples ------------------------------------------------------------------------------------------------------ */

/* "KIND NAME FIRST-LAST"; the name may have blanks, and so may the kind. */
static enum err_code read_symbol(const struct profile_reading *r, const struct node *n, struct sample_symbol *s)
{
	struct span text;
	enum err_code code = profile_text(r, n, &text);
	if (code != ERR_OK)
		return code;
	s->line = n->line;
	s->column = n->column;
	size_t kind_len = 0;
	for (int k = 0; k < SYMBOL_KINDS; k++) {
		struct span name = span_of_str(symbol_kind_name((enum symbol_kind)k));
		if (span_starts(text, name) && text.len > name.len && text.ptr[name.len] == ' ' && name.len > kind_len) {
			kind_len = name.len;
			s->kind = (enum symbol_kind)k;
		}
	}
	size_t blank = text.len;
	while (blank > 0 && text.ptr[blank - 1] != ' ')
		blank--;
	char *end = NULL;
	unsigned long from = blank < text.len ? strtoul(text.ptr + blank, &end, 10) : 0, to = from;
	if (from && *end == '-')
		to = strtoul(end + 1, &end, 10);
	if (!kind_len || !from || *end || to < from || blank < kind_len + 3)
		return profile_refuse(r, n, "'%.60s': write a symbol as `kind name first-last`, as in `method Stack.push 3-7`", text.ptr);
	s->first_line = (uint32_t)from;
	s->last_line = (uint32_t)to;
	s->name = span_of(text.ptr + kind_len + 1, blank - kind_len - 2);
	return ERR_OK;
}

static enum err_code read_symbols(const struct profile_reading *r, const struct node *n, struct sample *s)
{
	enum err_code code = profile_need(r, n, NODE_LIST);
	size_t all = 0;
	for (const struct node *k = n->first; k; k = k->next)
		all++;
	s->symbols = arena_alloc(&r->p->arena, mem_mul(all + 1, sizeof *s->symbols));
	for (const struct node *k = n->first; k && code == ERR_OK; k = k->next)
		code = read_symbol(r, k, &s->symbols[s->symbol_count++]);
	return code;
}

enum err_code profile_read_samples(struct profile_reading *r, const struct node *n)
{
	enum err_code code = profile_need(r, n, NODE_LIST);
	size_t all = 0, shown = 0;
	for (const struct node *k = n->first; k; k = k->next)
		all++;
	r->p->samples = arena_alloc(&r->p->arena, mem_mul(all + 1, sizeof *r->p->samples));
	for (const struct node *e = n->first; e && code == ERR_OK; e = e->next) {
		struct sample *s = &r->p->samples[r->p->sample_count++];
		s->line = e->line;
		if ((code = profile_need(r, e, NODE_MAP)) != ERR_OK)
			return code;
		for (const struct node *k = e->first; k && code == ERR_OK; k = k->next) {
			if (span_eq(k->key->text, SPAN("text")))
				code = profile_text(r, k, &s->text);
			else if (span_eq(k->key->text, SPAN("symbols")))
				code = read_symbols(r, k, s);
			else if (span_eq(k->key->text, SPAN("imports")))
				code = profile_texts(r, k, &s->imports, &s->import_count);
			else if (span_eq(k->key->text, SPAN("unbalanced")))
				code = profile_bool(r, k, &s->unbalanced);
			else
				code = profile_refuse(r, k->key, "a sample has 'text', 'symbols', 'imports' and 'unbalanced', not '%s'", k->key->text.ptr);
		}
		if (code == ERR_OK && !s->text.len)
			code = profile_refuse(r, e, "a sample needs a 'text'");
		shown += s->symbol_count;
	}
	if (code == ERR_OK && !shown)
		code = profile_refuse(r, n, "no sample has a symbol: a profile is shown by at least one");
	return code;
}
