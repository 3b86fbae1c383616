#include "tree/profile_read.h"

#include "base/buf.h"
#include "base/hash.h"
#include "base/mem.h"
#include "text/pattern.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static const char *const contexts[] = {"top", "type", "code", "value", "list", "none", NULL};
static const char *const styles[] = {"brace", "indentation", "end", "line", NULL};

const char *context_name(enum context c) { return contexts[c]; }

/* ---- what the parts share ----------------------------------------------------------------------------------------- */

enum err_code profile_refuse(const struct profile_reading *r, const struct node *at, const char *fmt, ...)
{
	char text[360];
	va_list args;
	va_start(args, fmt);
	vsnprintf(text, sizeof text, fmt, args);
	va_end(args);
	return err_set(r->err, ERR_USAGE, "%s:%u:%u: %s", r->p->path, at->line, at->column, text);
}

static const char *name_of(const struct node *n) { return n->key ? n->key->text.ptr : "this"; }

enum err_code profile_need(const struct profile_reading *r, const struct node *n, enum node_kind kind)
{
	if (n->kind == kind)
		return ERR_OK;
	return profile_refuse(r, n, "'%s' is %s: write %s", name_of(n), node_kind_name(n->kind), node_kind_name(kind));
}

enum err_code profile_text(const struct profile_reading *r, const struct node *n, struct span *out)
{
	enum err_code code = profile_need(r, n, NODE_TEXT);
	if (code != ERR_OK)
		return code;
	if (n->text.len == 0)
		return profile_refuse(r, n, "'%s' is empty: give it a text or leave the key out", name_of(n));
	*out = n->text;
	return ERR_OK;
}

enum err_code profile_bool(const struct profile_reading *r, const struct node *n, bool *out)
{
	if (n->kind != NODE_TEXT || (!span_eq(n->text, SPAN("true")) && !span_eq(n->text, SPAN("false"))))
		return profile_refuse(r, n, "'%s' must be true or false", name_of(n));
	*out = n->text.ptr[0] == 't';
	return ERR_OK;
}

enum err_code profile_texts(const struct profile_reading *r, const struct node *n, struct span **out, size_t *count)
{
	if (n->kind == NODE_TEXT) {
		*out = arena_alloc(&r->p->arena, sizeof **out);
		*count = 1;
		return profile_text(r, n, *out);
	}
	enum err_code code = profile_need(r, n, NODE_LIST);
	size_t all = 0;
	for (const struct node *k = n->first; k; k = k->next)
		all++;
	*out = arena_alloc(&r->p->arena, mem_mul(all + 1, sizeof **out));
	*count = 0;
	for (const struct node *k = n->first; code == ERR_OK && k; k = k->next)
		code = profile_text(r, k, &(*out)[(*count)++]);
	return code;
}

enum err_code profile_choice(const struct profile_reading *r, const struct node *n, const char *const *names, int *out)
{
	char all[200] = "";
	enum err_code code = profile_need(r, n, NODE_TEXT);
	if (code != ERR_OK)
		return code;
	for (int i = 0; names[i]; i++) {
		if (span_eq(n->text, span_of_str(names[i]))) {
			*out = i;
			return ERR_OK;
		}
		snprintf(all + strlen(all), sizeof all - strlen(all), "%s%s", i ? ", " : "", names[i]);
	}
	return profile_refuse(r, n, "'%.40s' is none of %s", n->text.ptr, all);
}

enum err_code profile_kind(const struct profile_reading *r, const struct node *n, enum symbol_kind *out)
{
	enum err_code code = profile_need(r, n, NODE_TEXT);
	if (code != ERR_OK)
		return code;
	*out = symbol_kind_from_name(n->text);
	return *out == SYMBOL_KINDS ? profile_refuse(r, n, "there is no kind '%.40s': see symbol_kind_name", n->text.ptr) : ERR_OK;
}

static const struct fragment *fragment_named(const struct profile_reading *r, struct span name)
{
	for (size_t i = 0; i < r->fragment_count; i++)
		if (span_eq(r->fragments[i].name, name))
			return &r->fragments[i];
	return NULL;
}

/* {{name}} becomes the fragment's text. */
static enum err_code put_fragments_in(const struct profile_reading *r, const struct node *n, struct span text, struct span *out)
{
	struct buf b = {0};
	enum err_code code = ERR_OK;
	for (size_t at; code == ERR_OK && (at = span_find(text, SPAN("{{"))) != SIZE_MAX;) {
		struct span rest = span_from(text, at + 2);
		size_t end = span_find(rest, SPAN("}}"));
		const struct fragment *f = end == SIZE_MAX ? NULL : fragment_named(r, span_of(rest.ptr, end));
		buf_add(&b, text.ptr, at);
		if (!f)
			code = profile_refuse(r, n, "no fragment '{{%.40s': 'fragments' names those that are known before here", rest.ptr);
		else {
			buf_add_span(&b, f->text);
			text = span_from(rest, end + 2);
		}
	}
	buf_add_span(&b, text);
	if (code == ERR_OK && b.len > PROFILE_PATTERN_BYTES_MOST)
		code = profile_refuse(r, n, "the pattern has %zu bytes: at most %d", b.len, PROFILE_PATTERN_BYTES_MOST);
	*out = arena_dup(&r->p->arena, buf_span(&b));
	buf_release(&b);
	return code;
}

/* A fragment that is a group of its own name stands in a pattern once; further uses call it. Inner ones were known first. */
static void call_repeated(const struct profile_reading *r, struct span *pattern)
{
	for (size_t i = r->fragment_count; i-- > 0;) {
		const struct fragment *f = &r->fragments[i];
		struct buf b = {0}, group = {0};
		buf_addf(&group, "(?<%.*s>", (int)f->name.len, f->name.ptr);
		size_t at = span_starts(f->text, buf_span(&group)) ? span_find(*pattern, f->text) : SIZE_MAX;
		if (at != SIZE_MAX) {
			struct span rest = span_from(*pattern, at + f->text.len);
			buf_add(&b, pattern->ptr, at + f->text.len);
			while ((at = span_find(rest, f->text)) != SIZE_MAX) {
				buf_add(&b, rest.ptr, at);
				buf_addf(&b, "(?&%.*s)", (int)f->name.len, f->name.ptr);
				rest = span_from(rest, at + f->text.len);
			}
			buf_add_span(&b, rest);
			*pattern = arena_dup(&r->p->arena, buf_span(&b));
		}
		buf_release(&b);
		buf_release(&group);
	}
}

enum err_code profile_pattern(const struct profile_reading *r, const struct node *n, const char *group, struct span *out)
{
	struct span text;
	struct err why = {0};
	struct pattern *compiled;
	enum err_code code = profile_text(r, n, &text);
	if (code == ERR_OK && (code = put_fragments_in(r, n, text, out)) == ERR_OK)
		call_repeated(r, out);
	if (code != ERR_OK || !r->compile)
		return code;
	if (pattern_compile(&compiled, *out, 0, &why) != ERR_OK)
		return profile_refuse(r, n, "pattern, %s (with its fragments: %.120s)", why.text, out->ptr);
	if (group && pattern_group(compiled, group) < 0)
		code = profile_refuse(r, n, "the pattern has no group (?<%s>…): add one around what shall be taken", group);
	else if (pattern_find(compiled, SPAN(""), 0, NULL) == PATTERN_YES)
		code = profile_refuse(r, n, "the pattern matches an empty text: add what tells its texts apart");
	pattern_free(compiled);
	return code;
}

struct word *profile_add_word(struct profile_reading *r, struct span text, uint32_t use)
{
	for (size_t i = 0; i < r->word_count; i++)
		if (span_eq(r->words[i].text, text)) {
			r->words[i].use |= use;
			return &r->words[i];
		}
	MEM_GROW(r->words, r->word_cap, r->word_count + 1);
	struct word *w = &r->words[r->word_count++];
	*w = (struct word){.text = text, .use = use, .kind = SYMBOL_KINDS};
	return w;
}

enum err_code profile_add_words(struct profile_reading *r, const struct node *n, uint32_t use)
{
	struct span *texts;
	size_t count;
	enum err_code code = profile_texts(r, n, &texts, &count);
	for (size_t i = 0; i < count && code == ERR_OK; i++)
		profile_add_word(r, texts[i], use);
	return code;
}

/* ---- the words as a table ----------------------------------------------------------------------------------------- */

static void lay_out_words(struct profile_reading *r)
{
	struct profile *p = r->p;
	size_t size = 16;
	while (size < 3 * r->word_count)
		size *= 2;
	p->words = arena_alloc(&p->arena, mem_mul(size, sizeof *p->words));
	p->word_mask = size - 1;
	p->word_count = r->word_count;
	for (size_t i = 0; i < r->word_count; i++) {
		size_t at = hash64(r->words[i].text.ptr, r->words[i].text.len) & p->word_mask;
		while (p->words[at].text.ptr)
			at = (at + 1) & p->word_mask;
		p->words[at] = r->words[i];
		if (r->words[i].use & (WORD_DROPPED | WORD_LABEL))
			p->drops = p->dropped_first[(unsigned char)r->words[i].text.ptr[0]] = true;
	}
}

const struct word *profile_word(const struct profile *p, struct span text)
{
	if (!text.len)
		return NULL;
	for (size_t at = hash64(text.ptr, text.len) & p->word_mask; p->words[at].text.ptr; at = (at + 1) & p->word_mask)
		if (span_eq(p->words[at].text, text))
			return &p->words[at];
	return NULL;
}

/* ---- the keys ----------------------------------------------------------------------------------------------------- */

static enum err_code read_version(struct profile_reading *r, const struct node *n)
{
	return n->kind == NODE_TEXT && span_eq(n->text, SPAN("1")) ? ERR_OK : profile_refuse(r, n, "this program knows version 1 only");
}

static enum err_code read_name(struct profile_reading *r, const struct node *n)
{
	enum err_code code = profile_text(r, n, &r->p->name);
	for (size_t i = 0; code == ERR_OK && i < n->text.len; i++)
		if (!memchr("abcdefghijklmnopqrstuvwxyz0123456789+#-", n->text.ptr[i], 39))
			return profile_refuse(r, n, "a name has small letters, digits, +, # and -");
	return code;
}

static enum err_code read_about(struct profile_reading *r, const struct node *n) { return profile_text(r, n, &r->p->about); }
static enum err_code read_aliases(struct profile_reading *r, const struct node *n)
{
	return profile_texts(r, n, &r->p->aliases, &r->p->alias_count);
}
static enum err_code read_extensions(struct profile_reading *r, const struct node *n)
{
	enum err_code code = profile_texts(r, n, &r->p->extensions, &r->p->extension_count);
	for (size_t i = 0; code == ERR_OK && i < r->p->extension_count; i++)
		if (r->p->extensions[i].ptr[0] != '.')
			code = profile_refuse(r, n, "'%s': an extension begins with a dot", r->p->extensions[i].ptr);
	return code;
}
static enum err_code read_files(struct profile_reading *r, const struct node *n)
{
	return profile_texts(r, n, &r->p->files, &r->p->file_count);
}
static enum err_code read_interpreters(struct profile_reading *r, const struct node *n)
{
	return profile_texts(r, n, &r->p->interpreters, &r->p->interpreter_count);
}

static enum err_code read_shared(struct profile_reading *r, const struct node *n)
{
	enum err_code code = profile_need(r, n, NODE_LIST);
	size_t all = 0;
	for (const struct node *k = n->first; k; k = k->next)
		all++;
	r->p->claims = arena_alloc(&r->p->arena, mem_mul(all + 1, sizeof *r->p->claims));
	for (const struct node *c = n->first; c && code == ERR_OK; c = c->next) {
		struct claim *claim = &r->p->claims[r->p->claim_count++];
		if ((code = profile_need(r, c, NODE_MAP)) != ERR_OK)
			return code;
		for (const struct node *k = c->first; k && code == ERR_OK; k = k->next) {
			struct span *first;
			if (span_eq(k->key->text, SPAN("extension")))
				code = profile_text(r, k, &claim->extension);
			else if (span_eq(k->key->text, SPAN("line")))
				code = profile_pattern(r, k, NULL, &claim->pattern);
			else if (span_eq(k->key->text, SPAN("first"))) {
				code = profile_texts(r, k, &first, &claim->first_count);
				claim->first = first;
			} else
				code = profile_refuse(r, k->key, "'shared' has 'extension', 'line' and 'first', not '%s'", k->key->text.ptr);
		}
		if (code == ERR_OK && !claim->extension.len)
			code = profile_refuse(r, c, "which extension? add 'extension'");
		if (code == ERR_OK && claim->pattern.len && !claim->first_count)
			code = profile_refuse(r, c, "add 'first': what the lines begin with on which the pattern is tried");
	}
	return code;
}

static enum err_code read_style(struct profile_reading *r, const struct node *n)
{
	int style = 0;
	enum err_code code = profile_choice(r, n, styles, &style);
	r->p->style = (enum block_style)style;
	return code;
}

static enum err_code read_bytes(struct profile_reading *r, const struct node *n, bool *set)
{
	struct span text;
	enum err_code code = profile_text(r, n, &text);
	for (size_t i = 0; code == ERR_OK && i < text.len; i++)
		set[(unsigned char)text.ptr[i]] = true;
	return code;
}

static enum err_code read_identifier(struct profile_reading *r, const struct node *n) { return read_bytes(r, n, r->p->identifier); }

static enum err_code read_escape(struct profile_reading *r, const struct node *n)
{
	if (n->kind != NODE_TEXT || n->text.len != 1)
		return profile_refuse(r, n, "'escape' is one character");
	r->p->escape = (unsigned char)n->text.ptr[0];
	return ERR_OK;
}

static enum err_code read_newlines(struct profile_reading *r, const struct node *n)
{
	enum err_code code = profile_need(r, n, NODE_MAP);
	r->p->newlines = true;
	for (const struct node *k = n->first; k && code == ERR_OK; k = k->next) {
		if (span_eq(k->key->text, SPAN("not-after")))
			code = read_bytes(r, k, r->p->newline_after);
		else if (span_eq(k->key->text, SPAN("not-before")))
			code = read_bytes(r, k, r->p->newline_before);
		else if (span_eq(k->key->text, SPAN("deeper")))
			code = profile_bool(r, k, &r->p->newline_deeper);
		else if (span_eq(k->key->text, SPAN("not-after-words")))
			code = profile_add_words(r, k, WORD_LEADS_ON);
		else if (span_eq(k->key->text, SPAN("not-before-words")))
			code = profile_add_words(r, k, WORD_GOES_ON);
		else
			code = profile_refuse(r, k->key, "'newlines' has 'not-after', 'not-before', 'not-after-words', 'not-before-words' and 'deeper', not '%s'",
			                      k->key->text.ptr);
	}
	return code;
}

static enum err_code read_preprocessor(struct profile_reading *r, const struct node *n)
{
	enum err_code code = profile_need(r, n, NODE_MAP);
	r->p->directives = true;
	for (const struct node *k = n->first; k && code == ERR_OK; k = k->next) {
		if (span_eq(k->key->text, SPAN("macros")))
			code = profile_bool(r, k, &r->p->macros);
		else if (span_eq(k->key->text, SPAN("skip-if-zero")))
			code = profile_bool(r, k, &r->p->skip_if_zero);
		else
			code = profile_refuse(r, k->key, "'preprocessor' has 'macros' and 'skip-if-zero', not '%s'", k->key->text.ptr);
	}
	return code;
}

static const struct {
	const char *key;
	uint32_t use;
} word_keys[] = {
	{"modifiers", WORD_MODIFIER | WORD_PLAIN_MODIFIER}, {"with-brackets", WORD_TAKES}, {"exports", WORD_MODIFIER | WORD_EXPORTS}, {"hides", WORD_MODIFIER | WORD_HIDES},
	{"statements", WORD_STATEMENT}, {"labels", WORD_LABEL | WORD_MODIFIER}, {"dropped", WORD_DROPPED}, {NULL, 0},
}, block_keys[] = {
	{"begin", WORD_BEGIN}, {"value", WORD_BEGIN | WORD_VALUE}, {"anywhere", WORD_ANYWHERE}, {"do", WORD_DO},
	{"loops", WORD_LOOP | WORD_BEGIN}, {"end", WORD_END}, {"middle", WORD_MIDDLE}, {"inside", WORD_INSIDE}, {NULL, 0},
};

static enum err_code read_words(struct profile_reading *r, const struct node *n)
{
	for (size_t i = 0; word_keys[i].key; i++)
		if (span_eq(n->key->text, span_of_str(word_keys[i].key)))
			return profile_add_words(r, n, word_keys[i].use);
	return ERR_OK;
}

static enum err_code read_blocks(struct profile_reading *r, const struct node *n)
{
	enum err_code code = profile_need(r, n, NODE_MAP);
	for (const struct node *k = n->first; k && code == ERR_OK; k = k->next) {
		size_t i = 0;
		if (span_eq(k->key->text, SPAN("endless"))) {
			code = profile_pattern(r, k, NULL, &r->p->endless);
			continue;
		}
		if (span_eq(k->key->text, SPAN("braces"))) {
			int c = 0;
			code = profile_choice(r, k, contexts, &c);
			r->p->braces = (enum context)c;
			continue;
		}
		while (block_keys[i].key && !span_eq(k->key->text, span_of_str(block_keys[i].key)))
			i++;
		code = block_keys[i].key ? profile_add_words(r, k, block_keys[i].use)
		                         : profile_refuse(r, k->key, "'blocks' has begin, value, anywhere, inside, do, loops, end, middle, endless and braces, not '%s'",
		                                          k->key->text.ptr);
	}
	return code;
}

static enum err_code read_separators(struct profile_reading *r, const struct node *n)
{
	enum err_code code = profile_need(r, n, NODE_LIST);
	memset(r->p->separators, 0, sizeof r->p->separators);
	for (const struct node *k = n->first; k && code == ERR_OK; k = k->next) {
		int c = 0;
		code = profile_choice(r, k, contexts, &c);
		r->p->separators[c] = true;
	}
	return code;
}

static enum err_code read_otherwise(struct profile_reading *r, const struct node *n)
{
	enum err_code code = profile_need(r, n, NODE_MAP);
	for (const struct node *k = n->first; k && code == ERR_OK; k = k->next) {
		int from = 0, to = 0;
		if (span_eq(k->key->text, SPAN("brackets"))) {
			code = profile_choice(r, k, contexts, &to);
			r->p->brackets_given = true;
			r->p->in_brackets = (enum context)to;
			continue;
		}
		if ((code = profile_choice(r, k->key, contexts, &from)) == ERR_OK)
			code = profile_choice(r, k, contexts, &to);
		r->p->otherwise[from] = (enum context)to;
	}
	return code;
}

static enum err_code read_export(struct profile_reading *r, const struct node *n)
{
	enum err_code code = profile_need(r, n, NODE_MAP);
	for (const struct node *k = n->first; k && code == ERR_OK; k = k->next) {
		if (span_eq(k->key->text, SPAN("default")))
			code = profile_bool(r, k, &r->p->export_default);
		else if (span_eq(k->key->text, SPAN("name")))
			code = profile_pattern(r, k, NULL, &r->p->export_name);
		else if (span_eq(k->key->text, SPAN("hidden-name")))
			code = profile_pattern(r, k, NULL, &r->p->hidden_name);
		else
			code = profile_refuse(r, k->key, "'export' has 'default', 'name' and 'hidden-name', not '%s'", k->key->text.ptr);
	}
	return code;
}

static enum err_code read_kinds(struct profile_reading *r, const struct node *n)
{
	enum err_code code = profile_need(r, n, NODE_MAP);
	for (const struct node *k = n->first; k && code == ERR_OK; k = k->next)
		code = profile_kind(r, k, &profile_add_word(r, k->key->text, WORD_KIND)->kind);
	return code;
}

static enum err_code read_fragments(struct profile_reading *r, const struct node *n)
{
	enum err_code code = profile_need(r, n, NODE_MAP);
	size_t all = 0;
	for (const struct node *k = n->first; k; k = k->next)
		all++;
	r->fragments = arena_alloc(&r->p->arena, mem_mul(all + 1, sizeof *r->fragments));
	for (const struct node *k = n->first; k && code == ERR_OK; k = k->next) {
		struct span text;
		if ((code = profile_text(r, k, &text)) == ERR_OK &&
		    (code = put_fragments_in(r, k, text, &r->fragments[r->fragment_count].text)) == ERR_OK)
			r->fragments[r->fragment_count++].name = k->key->text;
	}
	return code;
}

static enum err_code read_imports(struct profile_reading *r, const struct node *n)
{
	enum err_code code = profile_need(r, n, NODE_LIST);
	size_t all = 0;
	for (const struct node *k = n->first; k; k = k->next)
		all++;
	r->p->imports = arena_alloc(&r->p->arena, mem_mul(all + 1, sizeof *r->p->imports));
	for (const struct node *k = n->first; k && code == ERR_OK; k = k->next) {
		struct import_rule *rule = &r->p->imports[r->p->import_count++];
		if ((code = profile_pattern(r, k, "module", &rule->pattern)) == ERR_OK)
			rule->holds = literals_of(&r->p->arena, rule->pattern);
	}
	return code;
}

static enum err_code read_joins(struct profile_reading *r, const struct node *n) { return profile_bool(r, n, &r->p->joins); }

static enum err_code read_sections(struct profile_reading *r, const struct node *n)
{
	r->p->sections = true;
	return profile_kind(r, n, &r->p->section_kind);
}

static enum err_code read_columns(struct profile_reading *r, const struct node *n)
{
	enum err_code code = profile_need(r, n, NODE_TEXT);
	if (code != ERR_OK)
		return code;
	char *end;
	long columns = strtol(n->text.ptr, &end, 10);
	if (end == n->text.ptr || *end || columns < 0 || columns > 1000)
		return profile_refuse(r, n, "'columns' is a number from 0 to 1000");
	r->p->columns = (int)columns;
	return ERR_OK;
}

static enum err_code read_continues(struct profile_reading *r, const struct node *n)
{
	return profile_pattern(r, n, NULL, &r->p->continues);
}

/* In the order in which they are needed, whatever their order in the file. */
static const struct {
	const char *key;
	enum err_code (*read)(struct profile_reading *r, const struct node *n);
	bool needed;
} keys[] = {
	{"ctxcut-language", read_version, true}, {"name", read_name, true}, {"about", read_about, true}, {"aliases", read_aliases, false},
	{"extensions", read_extensions, false}, {"files", read_files, false}, {"interpreters", read_interpreters, false},
	{"style", read_style, true}, {"fragments", read_fragments, false}, {"shared", read_shared, false},
	{"identifier", read_identifier, false}, {"escape", read_escape, false}, {"comments", profile_read_comments, false},
	{"strings", profile_read_strings, false}, {"regex", profile_read_regex, false}, {"heredocs", profile_read_heredocs, false},
	{"quotes", profile_read_quotes, false}, {"fences", profile_read_fences, false},
	{"islands", profile_read_islands, false}, {"joins-same-name", read_joins, false}, {"columns", read_columns, false},
	{"sections", read_sections, false}, {"attributes", profile_read_attributes, false}, {"preprocessor", read_preprocessor, false}, {"newlines", read_newlines, false},
	{"modifiers", read_words, false}, {"exports", read_words, false}, {"hides", read_words, false}, {"statements", read_words, false},
	{"with-brackets", read_words, false}, {"labels", read_words, false}, {"dropped", read_words, false}, {"blocks", read_blocks, false}, {"separators", read_separators, false},
	{"otherwise", read_otherwise, false}, {"export", read_export, false}, {"kinds", read_kinds, false},
	{"continues", read_continues, false}, {"heads", profile_read_heads, true}, {"imports", read_imports, false},
	{"samples", profile_read_samples, true},
};
enum { KEYS = sizeof keys / sizeof *keys };

static enum err_code read_root(struct profile_reading *r, const struct node *root)
{
	if (root->kind != NODE_MAP)
		return profile_refuse(r, root, "a profile is a map: begin with `ctxcut-language: 1`");
	const struct node *values[KEYS] = {0};
	for (const struct node *k = root->first; k; k = k->next) {
		size_t i = 0;
		while (i < KEYS && !span_eq(k->key->text, span_of_str(keys[i].key)))
			i++;
		if (i == KEYS)
			return profile_refuse(r, k->key, "there is no key '%.40s': see filters/languages/README.md", k->key->text.ptr);
		values[i] = k;
	}
	enum err_code code = ERR_OK;
	for (size_t i = 0; i < KEYS && code == ERR_OK; i++) {
		if (values[i])
			code = keys[i].read(r, values[i]);
		else if (keys[i].needed)
			code = profile_refuse(r, root, "'%s' is missing: add it", keys[i].key);
	}
	return code;
}

static void set_defaults(struct profile *p)
{
	for (int c = 0; c < 256; c++)
		p->identifier[c] = c >= 0x80 || c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
	p->escape = -1;
	p->separators[CONTEXT_VALUE] = p->separators[CONTEXT_LIST] = true;
	for (int c = 0; c < CONTEXTS; c++)
		p->otherwise[c] = CONTEXT_NONE;
	p->braces = CONTEXT_CODE;
	p->otherwise[CONTEXT_CODE] = CONTEXT_CODE;
	p->otherwise[CONTEXT_VALUE] = CONTEXT_VALUE;
}

enum err_code profile_read(struct profile **out, struct span yaml, const char *path, bool compile, struct err *err)
{
	struct err own = {0};
	struct profile *p = mem_zalloc(1, sizeof *p);
	struct profile_reading r = {.p = p, .compile = compile, .err = err ? err : &own};
	struct node *root;
	p->path = arena_dup(&p->arena, span_of_str(path)).ptr;
	set_defaults(p);
	/* The nodes' texts are kept: they live as long as the profile. */
	enum err_code code = document_parse(&root, &p->arena, yaml, path, r.err);
	if (code == ERR_OK)
		code = read_root(&r, root);
	if (code == ERR_OK) {
		profile_sort_openers(p);
		lay_out_words(&r);
	}
	free(r.words);
	if (code != ERR_OK) {
		profile_free(p);
		p = NULL;
	}
	*out = p;
	return code;
}

void profile_free(struct profile *p)
{
	if (!p)
		return;
	arena_release(&p->arena);
	free(p);
}
