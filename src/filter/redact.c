#include "filter/redact.h"

#include "base/arena.h"
#include "base/mem.h"
#include "text/document.h"
#include "text/literals.h"
#include "text/pattern.h"

#include <stdlib.h>

/* Of text that goes on, what is held back: longer than the begin of any secret up to where its form is plain. */
enum { HELD_BACK_BYTES = 8 * 1024 };

struct redact_rule {
	struct span name;
	struct pattern *pattern; /* owned */
	struct literals gate;
	int group;
	const struct node *masked, *untouched;
};

struct secret {
	size_t match;      /* where the match begins that tells it, at or before the secret */
	size_t begin, end;
	const struct redact_rule *rule;
};

struct redact {
	struct arena arena;
	const char *path;
	struct redact_rule rules[REDACT_RULES_MOST];
	size_t rule_count;
	struct secret *found; /* owned */
	size_t found_count, found_cap;
};

/* ---- reading ------------------------------------------------------------------------------------------------------ */

static enum err_code refuse(const struct redact *r, const struct node *n, const char *what, struct err *err)
{
	return err_set(err, ERR_USAGE, "%s:%u:%u: %s", r->path, n->line, n->column, what);
}

static bool is_key(const struct node *n, const char *key) { return span_eq(n->key->text, span_of_str(key)); }

static enum err_code need(const struct redact *r, const struct node *n, enum node_kind kind, struct err *err)
{
	if (n->kind == kind)
		return ERR_OK;
	return err_set(err, ERR_USAGE, "%s:%u:%u: this is %s: write %s", r->path, n->line, n->column, node_kind_name(n->kind),
	               node_kind_name(kind));
}

static enum err_code read_samples(struct redact *r, struct redact_rule *rule, const struct node *n, struct err *err)
{
	enum err_code code = need(r, n, NODE_MAP, err);
	for (const struct node *c = n->first; c && code == ERR_OK; c = c->next) {
		code = need(r, c, NODE_LIST, err);
		for (const struct node *i = c->first; i && code == ERR_OK; i = i->next)
			code = need(r, i, NODE_TEXT, err);
		if (code != ERR_OK)
			break;
		if (is_key(c, "masked"))
			rule->masked = c;
		else if (is_key(c, "untouched"))
			rule->untouched = c;
		else
			code = refuse(r, c->key, "samples are either masked or untouched", err);
	}
	return code;
}

static enum err_code read_pattern(struct redact *r, struct redact_rule *rule, const struct node *n, struct err *err)
{
	struct err why = {0};
	enum err_code code = need(r, n, NODE_TEXT, err);
	if (code != ERR_OK)
		return code;
	if (pattern_compile(&rule->pattern, n->text, 0, &why) != ERR_OK)
		return err_set(err, ERR_USAGE, "%s:%u:%u: pattern, %s", r->path, n->line, n->column, why.text);
	rule->gate = literals_of(&r->arena, n->text);
	int group = pattern_group(rule->pattern, "secret");
	rule->group = group < 0 ? 0 : group;
	return ERR_OK;
}

static enum err_code read_rule(struct redact *r, const struct node *n, struct err *err)
{
	enum err_code code = need(r, n, NODE_MAP, err);
	if (code != ERR_OK)
		return code;
	if (r->rule_count == REDACT_RULES_MOST)
		return refuse(r, n, "too many rules: 64 are the most", err);
	struct redact_rule *rule = &r->rules[r->rule_count++];
	for (const struct node *c = n->first; c && code == ERR_OK; c = c->next) {
		if (is_key(c, "name") && c->kind == NODE_TEXT)
			rule->name = c->text;
		else if (is_key(c, "match"))
			code = read_pattern(r, rule, c, err);
		else if (is_key(c, "samples"))
			code = read_samples(r, rule, c, err);
		else
			code = refuse(r, c->key, "the keys of a rule are name, match and samples", err);
	}
	if (code == ERR_OK && !(rule->name.len && rule->pattern && rule->masked && rule->untouched))
		code = refuse(r, n, "a rule needs a name, a pattern in match, and samples that are masked and untouched", err);
	return code;
}

enum err_code redact_new(struct redact **out, struct span yaml, const char *path, struct err *err)
{
	struct redact *r = mem_zalloc(1, sizeof *r);
	struct node *root;
	bool known = false;
	r->path = arena_dup(&r->arena, span_of_str(path)).ptr;
	enum err_code code = document_parse(&root, &r->arena, yaml, path, err);
	if (code == ERR_OK)
		code = need(r, root, NODE_MAP, err);
	for (const struct node *c = code == ERR_OK ? root->first : NULL; c && code == ERR_OK; c = c->next) {
		if (is_key(c, "ctxcut-redact") && c->kind == NODE_TEXT && span_eq(c->text, SPAN("1"))) {
			known = true;
		} else if (is_key(c, "rules")) {
			code = need(r, c, NODE_LIST, err);
			for (const struct node *i = c->first; i && code == ERR_OK; i = i->next)
				code = read_rule(r, i, err);
		} else {
			code = refuse(r, c->key, "the keys are ctxcut-redact: 1 and rules", err);
		}
	}
	if (code == ERR_OK && (!known || !r->rule_count))
		code = refuse(r, root, "a file of secrets has ctxcut-redact: 1 and a list of rules", err);
	*out = code == ERR_OK ? r : NULL;
	if (code != ERR_OK)
		redact_free(r);
	return code;
}

void redact_free(struct redact *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < r->rule_count; i++)
		pattern_free(r->rules[i].pattern);
	arena_release(&r->arena);
	free(r->found);
	free(r);
}

/* ---- masking ------------------------------------------------------------------------------------------------------ */

static bool may_match(const struct redact_rule *rule, struct span text)
{
	for (size_t i = 0; i < rule->gate.count; i++)
		if (span_find(text, rule->gate.texts[i]) != SIZE_MAX)
			return true;
	return rule->gate.count == 0;
}

static void add(struct redact *r, const struct redact_rule *rule, size_t match, size_t begin, size_t end)
{
	MEM_GROW(r->found, r->found_cap, r->found_count + 1);
	r->found[r->found_count++] = (struct secret){match, begin, end, rule};
}

static void find(struct redact *r, const struct redact_rule *rule, struct span text)
{
	struct pattern_groups g;
	if (!may_match(rule, text))
		return;
	for (size_t from = 0; from < text.len;) {
		enum pattern_verdict verdict = pattern_find(rule->pattern, text, from, &g);
		if (verdict == PATTERN_NO)
			return;
		if (verdict == PATTERN_GAVE_UP) {
			add(r, rule, from, from, text.len);
			return;
		}
		int group = g.at[rule->group].begin == SIZE_MAX ? 0 : rule->group;
		if (g.at[group].end <= from)
			return; /* an empty match: the pattern is useless */
		add(r, rule, g.at[0].begin, g.at[group].begin, g.at[group].end);
		from = g.at[group].end;
	}
}

static int in_order(const void *left, const void *right)
{
	const struct secret *a = left, *b = right;
	if (a->begin != b->begin)
		return a->begin < b->begin ? -1 : 1;
	return a->rule < b->rule ? -1 : a->rule > b->rule;
}

/* Secrets of all rules from first to last, those that overlap joined. */
static void find_all(struct redact *r, const struct redact_rule *first, size_t count, struct span text)
{
	size_t kept = 0;
	r->found_count = 0;
	for (size_t i = 0; i < count; i++)
		find(r, &first[i], text);
	if (r->found_count > 1)
		qsort(r->found, r->found_count, sizeof *r->found, in_order);
	for (size_t i = 0; i < r->found_count; i++) {
		if (kept && r->found[i].begin < r->found[kept - 1].end) {
			if (r->found[i].end > r->found[kept - 1].end)
				r->found[kept - 1].end = r->found[i].end;
			if (r->found[i].match < r->found[kept - 1].match)
				r->found[kept - 1].match = r->found[i].match;
		} else {
			r->found[kept++] = r->found[i];
		}
	}
	r->found_count = kept;
}

static void print(const struct redact *r, struct buf *out, struct span text, size_t *count)
{
	size_t at = 0;
	for (size_t i = 0; i < r->found_count && r->found[i].begin < text.len; i++) {
		const struct secret *s = &r->found[i];
		buf_add(out, text.ptr + at, s->begin - at);
		buf_add_str(out, "[redacted:");
		buf_add_span(out, s->rule->name);
		buf_add_char(out, ']');
		at = s->end;
		++*count;
	}
	buf_add_span(out, span_from(text, at));
}

void redact_line(struct redact *r, struct buf *out, struct span text, size_t *count)
{
	find_all(r, r->rules, r->rule_count, text);
	print(r, out, text, count);
}

size_t redact_part(struct redact *r, struct buf *out, struct span text, size_t *count)
{
	if (text.len <= HELD_BACK_BYTES)
		return 0;
	size_t cut = text.len - HELD_BACK_BYTES;
	while (cut && ((unsigned char)text.ptr[cut] & 0xc0) == 0x80)
		cut--;
	find_all(r, r->rules, r->rule_count, text);
	for (size_t i = 0; i < r->found_count; i++)
		if (r->found[i].match < cut && r->found[i].end > cut)
			cut = r->found[i].end < text.len || r->found[i].match == 0 ? r->found[i].end : r->found[i].match;
	print(r, out, span_head(text, cut), count);
	return cut;
}

/* ---- samples ------------------------------------------------------------------------------------------------------ */

static void without_marks(struct buf *out, struct span sample)
{
	for (size_t i = 0; i < sample.len;) {
		struct span rest = span_from(sample, i);
		if (span_starts(rest, SPAN("«")) || span_starts(rest, SPAN("»")))
			i += sizeof "«" - 1;
		else
			buf_add_char(out, sample.ptr[i++]);
	}
}

static void as_expected(struct buf *out, struct span sample, struct span name)
{
	for (;;) {
		size_t open = span_find(sample, SPAN("«")), close = span_find(sample, SPAN("»"));
		if (open == SIZE_MAX || close == SIZE_MAX)
			break;
		buf_add_span(out, span_head(sample, open));
		buf_addf(out, "[redacted:%s]", name.ptr);
		sample = span_from(sample, close + sizeof "»" - 1);
	}
	buf_add_span(out, sample);
}

static enum err_code check_sample(struct redact *r, const struct redact_rule *rule, const struct node *n, bool masked,
                                  struct err *err)
{
	struct buf text = {0}, expected = {0}, got = {0};
	size_t count = 0;
	enum err_code code = ERR_OK;
	without_marks(&text, n->text);
	as_expected(&expected, n->text, rule->name);
	find_all(r, rule, 1, buf_span(&text));
	print(r, &got, buf_span(&text), &count);
	if (!span_eq(buf_span(&got), buf_span(&expected)) || (count > 0) != masked)
		code = err_set(err, ERR_USAGE, "%s:%u:%u: rule %s makes of this sample: %.200s", r->path, n->line, n->column,
		               rule->name.ptr, got.len ? got.ptr : "");
	buf_release(&text);
	buf_release(&expected);
	buf_release(&got);
	return code;
}

enum err_code redact_check(struct redact *r, struct err *err)
{
	enum err_code code = ERR_OK;
	for (size_t i = 0; i < r->rule_count; i++) {
		const struct redact_rule *rule = &r->rules[i];
		for (const struct node *n = rule->masked->first; n && code == ERR_OK; n = n->next)
			code = check_sample(r, rule, n, true, err);
		for (const struct node *n = rule->untouched->first; n && code == ERR_OK; n = n->next)
			code = check_sample(r, rule, n, false, err);
	}
	return code;
}
