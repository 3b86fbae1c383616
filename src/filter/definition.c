#include "filter/definition.h"

#include "base/mem.h"
#include "filter/alike.h"
#include "text/document.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static const char *const class_names[FILTER_CLASSES] = {
	[FILTER_CLASS_NONE] = "none",       [FILTER_CLASS_FAILURE] = "failure", [FILTER_CLASS_ERROR] = "error",
	[FILTER_CLASS_WARNING] = "warning", [FILTER_CLASS_SUMMARY] = "summary", [FILTER_CLASS_SECTION] = "section",
	[FILTER_CLASS_DETAIL] = "detail",   [FILTER_CLASS_CONTEXT] = "context", [FILTER_CLASS_PASS] = "pass",
	[FILTER_CLASS_PROGRESS] = "progress", [FILTER_CLASS_NOISE] = "noise",
};

const char *filter_class_name(enum filter_class c) { return class_names[c]; }

struct reading {
	struct filter_definition *d;
	bool compile;
	struct err *err;
};

static enum err_code refuse(const struct reading *r, const struct node *at, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));


static enum err_code refuse(const struct reading *r, const struct node *at, const char *fmt, ...)
{
	char text[360];
	va_list args;
	va_start(args, fmt);
	vsnprintf(text, sizeof text, fmt, args);
	va_end(args);
	return err_set(r->err, ERR_USAGE, "%s:%u:%u: %s", r->d->path, at->line, at->column, text);
}

/* ---- values ------------------------------------------------------------------------------------------------------- */

static enum err_code need_kind(const struct reading *r, const struct node *n, enum node_kind kind)
{
	if (n->kind == kind)
		return ERR_OK;
	return refuse(r, n, "'%s' is %s: write %s", n->key ? n->key->text.ptr : "this", node_kind_name(n->kind), node_kind_name(kind));
}

static enum err_code read_text(const struct reading *r, const struct node *n, size_t most, struct span *out)
{
	enum err_code code = need_kind(r, n, NODE_TEXT);
	if (code != ERR_OK)
		return code;
	if (n->text.len == 0)
		return refuse(r, n, "'%s' is empty: give it a text or leave the key out", n->key ? n->key->text.ptr : "this");
	if (n->text.len > most)
		return refuse(r, n, "%zu bytes: at most %zu are allowed here", n->text.len, most);
	*out = n->text;
	return ERR_OK;
}

static enum err_code read_number(const struct reading *r, const struct node *n, unsigned least, unsigned most, unsigned *out)
{
	enum err_code code = need_kind(r, n, NODE_TEXT);
	if (code != ERR_OK)
		return code;
	char *end = NULL;
	unsigned long value = n->text.len && n->text.len < 10 && n->text.ptr[0] >= '0' && n->text.ptr[0] <= '9'
	                              ? strtoul(n->text.ptr, &end, 10) : 0;
	if (!end || *end || value < least || value > most)
		return refuse(r, n, "'%s' is '%.40s': write a number from %u to %u", n->key->text.ptr, n->text.ptr, least, most);
	*out = (unsigned)value;
	return ERR_OK;
}

static enum err_code read_bool(const struct reading *r, const struct node *n, bool *out)
{
	if (n->kind == NODE_TEXT && (span_eq(n->text, SPAN("true")) || span_eq(n->text, SPAN("false")))) {
		*out = n->text.ptr[0] == 't';
		return ERR_OK;
	}
	return refuse(r, n, "'%s' must be true or false", n->key->text.ptr);
}

static enum err_code read_class(const struct reading *r, const struct node *n, enum filter_class *out)
{
	enum err_code code = need_kind(r, n, NODE_TEXT);
	if (code != ERR_OK)
		return code;
	for (int c = FILTER_CLASS_NONE + 1; c < FILTER_CLASSES; c++)
		if (span_eq(n->text, span_of_str(class_names[c]))) {
			*out = (enum filter_class)c;
			return ERR_OK;
		}
	return refuse(r, n, "there is no class '%.40s': use failure, error, warning, summary, section, detail, context, pass, progress or noise",
	              n->text.ptr);
}

/* ---- patterns ----------------------------------------------------------------------------------------------------- */

enum pattern_use { USE_DETECT, USE_RULE, USE_LIMIT /* ends something: may match much, and an empty line */ };

/* Lines that have nothing in common: who matches them all, matches everything. */
static const char *const unlike[] = {"x", "0", "The quick brown fox jumps over it.", "    return a[1] + {'b': 2}", "/usr/lib/x86:12,7",
                                     "\xc3\xa4 \xe2\x82\xac", "2024-05-06T07:08:09Z INFO up", "--", "AB_CD=\"ef\"", "7 of 8 (87%)"};

static enum err_code try_pattern(const struct reading *r, const struct node *n, struct filter_pattern *p, enum pattern_use use)
{
	struct err why = {0};
	if (pattern_compile(&p->compiled, p->text, 0, &why) != ERR_OK)
		return refuse(r, n, "pattern, %s", why.text);
	if (use != USE_LIMIT && pattern_find(p->compiled, SPAN(""), 0, NULL) == PATTERN_YES)
		return refuse(r, n, "the pattern matches an empty line, so it matches every line: add what tells its lines apart");
	size_t matches = 0, count = sizeof unlike / sizeof *unlike;
	for (size_t i = 0; i < count; i++)
		matches += pattern_find(p->compiled, span_of_str(unlike[i]), 0, NULL) == PATTERN_YES;
	if (use == USE_DETECT ? matches > 1 : use == USE_RULE && matches > count / 2)
		return refuse(r, n, "the pattern matches nearly every line: add what tells its lines apart");
	return ERR_OK;
}

static enum err_code read_pattern(const struct reading *r, const struct node *n, enum pattern_use use, struct filter_pattern *out)
{
	enum err_code code = need_kind(r, n, NODE_TEXT);
	if (code != ERR_OK)
		return code;
	if (n->text.len == 0)
		return refuse(r, n, "an empty pattern matches every line: write what the lines have in common");
	if (n->text.len > FILTER_PATTERN_BYTES_MOST)
		return refuse(r, n, "the pattern has %zu bytes: at most %d; split it into several rules", n->text.len,
		              FILTER_PATTERN_BYTES_MOST);
	*out = (struct filter_pattern){.text = n->text, .line = n->line, .column = n->column};
	out->gate = literals_of(&r->d->arena, n->text);
	out->digits_alike = digits_are_alike(n->text);
	if (!out->digits_alike)
		out->spots = spots_of(&r->d->arena, n->text);
	out->first = first_bytes_of(n->text);
	out->head = head_of(&r->d->arena, n->text);
	if (use == USE_DETECT && !out->gate.count)
		return refuse(r, n, "no text of at least %d characters is certain in what this pattern matches: a pattern that gives a tool "
		                    "away needs one (and no options such as (?i))", LITERAL_LEAST_BYTES);
	return r->compile ? try_pattern(r, n, out, use) : ERR_OK;
}

/* One pattern or a list of them. */
static size_t item_count(const struct node *n)
{
	size_t count = 0;
	if (n->kind == NODE_TEXT)
		return 1;
	for (const struct node *c = n->first; c; c = c->next)
		count++;
	return count;
}

static const struct node *first_item(const struct node *n) { return n->kind == NODE_LIST ? n->first : n; }
static const struct node *next_item(const struct node *list, const struct node *n) { return list->kind == NODE_LIST ? n->next : NULL; }

static enum err_code need_items(const struct reading *r, const struct node *n)
{
	if (n->kind == NODE_MAP)
		return refuse(r, n, "'%s' is a map: write a text or a list of texts", n->key->text.ptr);
	return item_count(n) ? ERR_OK : refuse(r, n, "'%s' is empty: give it a text or leave the key out", n->key->text.ptr);
}

struct pattern *filter_pattern_ready(const char *path, struct filter_pattern *p, struct err *err)
{
	if (p->off || p->compiled)
		return p->off ? NULL : p->compiled;
	struct err why = {0};
	if (pattern_compile(&p->compiled, p->text, 0, &why) != ERR_OK) {
		p->off = true;
		err_set(err, ERR_USAGE, "%s:%u:%u: pattern, %s", path, p->line, p->column, why.text);
		return NULL;
	}
	return p->compiled;
}

/* ---- detect ------------------------------------------------------------------------------------------------------- */

static enum err_code read_detects(const struct reading *r, const struct node *n, enum filter_detect_kind kind)
{
	enum err_code code = need_items(r, n);
	if (code != ERR_OK)
		return code;
	size_t count = item_count(n);
	struct filter_definition *d = r->d;
	if (d->detect_count + count > FILTER_DETECTS_MOST)
		return refuse(r, n, "more than %d patterns that give the tool away: join some with |", FILTER_DETECTS_MOST);
	for (const struct node *i = first_item(n); i; i = next_item(n, i)) {
		struct filter_detect *one = &d->detects[d->detect_count++];
		one->kind = kind;
		if ((code = read_pattern(r, i, USE_DETECT, &one->pattern)) != ERR_OK)
			return code;
	}
	return ERR_OK;
}

static enum err_code read_ends(const struct reading *r, const struct node *n)
{
	enum err_code code = need_items(r, n);
	if (code != ERR_OK)
		return code;
	struct filter_definition *d = r->d;
	size_t count = item_count(n);
	if (count > FILTER_DETECTS_MOST)
		return refuse(r, n, "more than %d patterns that end the region: join some with |", FILTER_DETECTS_MOST);
	d->ends = arena_alloc(&d->arena, count * sizeof *d->ends);
	for (const struct node *i = first_item(n); i; i = next_item(n, i))
		if ((code = read_pattern(r, i, USE_LIMIT, &d->ends[d->end_count++])) != ERR_OK)
			return code;
	return ERR_OK;
}

static bool is_key(const struct node *n, const char *key) { return span_eq(n->key->text, span_of_str(key)); }

static enum err_code unknown_key(const struct reading *r, const struct node *n, const char *known)
{
	return refuse(r, n->key, "the key '%.60s' is not known here: use %s", n->key->text.ptr, known);
}

static enum err_code read_detect(const struct reading *r, const struct node *n)
{
	enum err_code code = need_kind(r, n, NODE_MAP);
	for (const struct node *c = n->first; c && code == ERR_OK; c = c->next) {
		if (is_key(c, "line")) {
			code = read_detects(r, c, DETECT_LINE);
		} else if (is_key(c, "command")) {
			code = read_detects(r, c, DETECT_COMMAND);
		} else if (is_key(c, "region")) {
			code = need_kind(r, c, NODE_MAP);
			for (const struct node *e = c->first; e && code == ERR_OK; e = e->next)
				code = is_key(e, "from") ? read_detects(r, e, DETECT_REGION) : is_key(e, "to") ? read_ends(r, e) : unknown_key(r, e, "from and to");
		} else if (is_key(c, "quiet")) {
			code = read_number(r, c, 1, 1000000, &r->d->quiet);
		} else {
			code = unknown_key(r, c, "command, line, region and quiet");
		}
	}
	if (code == ERR_OK && !r->d->detect_count)
		code = refuse(r, n, "nothing gives the tool away: add line, command or region");
	return code;
}

/* ---- rules and blocks --------------------------------------------------------------------------------------------- */

static enum err_code read_on(const struct reading *r, const struct node *n, enum filter_status *out)
{
	if (n->kind == NODE_TEXT && (span_eq(n->text, SPAN("success")) || span_eq(n->text, SPAN("failure")))) {
		*out = n->text.ptr[0] == 's' ? FILTER_ON_SUCCESS : FILTER_ON_FAILURE;
		return ERR_OK;
	}
	return refuse(r, n, "'on' must be success or failure");
}

static enum err_code read_rule(const struct reading *r, const struct node *n, struct filter_rule *rule)
{
	enum err_code code = need_kind(r, n, NODE_MAP);
	const struct node *group = NULL;
	for (const struct node *c = n->first; c && code == ERR_OK; c = c->next) {
		if (is_key(c, "match"))
			code = read_pattern(r, c, USE_RULE, &rule->match);
		else if (is_key(c, "unless"))
			code = read_pattern(r, c, USE_RULE, &rule->unless);
		else if (is_key(c, "class"))
			code = read_class(r, c, &rule->class);
		else if (is_key(c, "on"))
			code = read_on(r, c, &rule->on);
		else if (is_key(c, "fold"))
			code = read_bool(r, c, &rule->fold);
		else if (is_key(c, "group-by")) {
			struct span name = {0};
			code = read_text(r, c, 32, &name);
			rule->group_by = name.ptr;
			group = c;
		} else
			code = unknown_key(r, c, "match, class, unless, on, fold and group-by");
	}
	if (code != ERR_OK)
		return code;
	if (!rule->match.text.len || !rule->class)
		return refuse(r, n, "a rule needs both match and class");
	if (rule->on == FILTER_ON_SUCCESS && (rule->class != FILTER_CLASS_NOISE || !rule->unless.text.len))
		return refuse(r, n, "`on: success` goes with class noise, and with an `unless` that names what it must never touch");
	if (rule->on == FILTER_ON_FAILURE && rule->class != FILTER_CLASS_FAILURE)
		return refuse(r, n, "`on: failure` goes with class failure only");
	if (group && rule->fold)
		return refuse(r, group, "fold and group-by at once: fold makes all lines of the rule one kind, leave one of them out");
	if (group && rule->match.compiled && pattern_group(rule->match.compiled, rule->group_by) < 0)
		return refuse(r, group, "the pattern has no capture of that name: write (?<%s>…) in match", rule->group_by);
	return ERR_OK;
}

static enum err_code read_block(const struct reading *r, const struct node *n, struct filter_block *b)
{
	enum err_code code = need_kind(r, n, NODE_MAP);
	b->class = FILTER_CLASS_DETAIL;
	b->max = FILTER_BLOCK_LINES_DEFAULT;
	for (const struct node *c = n->first; c && code == ERR_OK; c = c->next) {
		if (is_key(c, "from"))
			code = read_pattern(r, c, USE_RULE, &b->from);
		else if (is_key(c, "to") && c->kind == NODE_TEXT && span_eq(c->text, SPAN("blank")) && c->plain)
			b->to_blank = true;
		else if (is_key(c, "to"))
			code = read_pattern(r, c, USE_LIMIT, &b->to);
		else if (is_key(c, "class"))
			code = read_class(r, c, &b->class);
		else if (is_key(c, "head"))
			code = read_class(r, c, &b->head);
		else if (is_key(c, "max"))
			code = read_number(r, c, 1, FILTER_BLOCK_LINES_MOST, &b->max);
		else if (is_key(c, "first"))
			code = read_number(r, c, 1, FILTER_BLOCK_LINES_MOST, &b->first);
		else if (is_key(c, "last"))
			code = read_number(r, c, 1, FILTER_BLOCK_LAST_MOST, &b->last);
		else if (is_key(c, "on"))
			code = read_on(r, c, &b->on);
		else
			code = unknown_key(r, c, "from, to, class, head, max, first, last and on");
	}
	if (code == ERR_OK && b->on != FILTER_ANY_STATUS && (b->first || b->last))
		code = refuse(r, n, "a block has on, or first and last, not both");
	if (code == ERR_OK && ((b->on == FILTER_ON_SUCCESS && b->class != FILTER_CLASS_NOISE) ||
	                       (b->on == FILTER_ON_FAILURE && b->class != FILTER_CLASS_FAILURE)))
		code = refuse(r, n, "`on: success` goes with class noise, `on: failure` with class failure");
	if (code == ERR_OK && !b->from.text.len)
		code = refuse(r, n, "a block needs from");
	return code;
}

static enum err_code need_list(const struct reading *r, const struct node *n, size_t most)
{
	enum err_code code = need_kind(r, n, NODE_LIST);
	if (code == ERR_OK && item_count(n) > most)
		code = refuse(r, n, "%zu entries in '%s': at most %zu", item_count(n), n->key->text.ptr, most);
	return code;
}

static enum err_code read_rules(const struct reading *r, const struct node *n)
{
	struct filter_definition *d = r->d;
	enum err_code code = need_list(r, n, FILTER_RULES_MOST);
	if (code != ERR_OK)
		return code;
	d->rules = arena_alloc(&d->arena, (item_count(n) + 1) * sizeof *d->rules);
	for (const struct node *c = n->first; c && code == ERR_OK; c = c->next)
		code = read_rule(r, c, &d->rules[d->rule_count++]);
	return code;
}

static enum err_code read_blocks(const struct reading *r, const struct node *n)
{
	struct filter_definition *d = r->d;
	enum err_code code = need_list(r, n, FILTER_BLOCKS_MOST);
	if (code != ERR_OK)
		return code;
	d->blocks = arena_alloc(&d->arena, (item_count(n) + 1) * sizeof *d->blocks);
	for (const struct node *c = n->first; c && code == ERR_OK; c = c->next)
		code = read_block(r, c, &d->blocks[d->block_count++]);
	return code;
}

/* ---- samples ------------------------------------------------------------------------------------------------------ */

static enum err_code read_texts(const struct reading *r, const struct node *n, struct span **out, size_t *count)
{
	enum err_code code = need_list(r, n, 200);
	if (code != ERR_OK)
		return code;
	*out = arena_alloc(&r->d->arena, (item_count(n) + 1) * sizeof **out);
	for (const struct node *c = n->first; c && code == ERR_OK; c = c->next)
		code = read_text(r, c, 4096, &(*out)[(*count)++]);
	return code;
}

static enum err_code read_sample(const struct reading *r, const struct node *n, struct filter_sample *s)
{
	enum err_code code = need_kind(r, n, NODE_MAP);
	bool has_status = false;
	s->line = n->line;
	for (const struct node *c = n->first; c && code == ERR_OK; c = c->next) {
		unsigned number = 0;
		if (is_key(c, "about"))
			code = read_text(r, c, 400, &s->about);
		else if (is_key(c, "input"))
			code = read_text(r, c, 256 * 1024, &s->input);
		else if (is_key(c, "status")) {
			code = read_number(r, c, 0, 255, &number);
			s->status = (int)number;
			has_status = true;
		} else if (is_key(c, "budget")) {
			code = read_number(r, c, 100, 100000, &number);
			s->budget = number;
		} else if (is_key(c, "keep"))
			code = read_texts(r, c, &s->keep, &s->keep_count);
		else if (is_key(c, "drop"))
			code = read_texts(r, c, &s->drop, &s->drop_count);
		else
			code = unknown_key(r, c, "about, status, input, keep, drop and budget");
	}
	if (code == ERR_OK && (!s->input.len || !has_status))
		code = refuse(r, n, "a sample needs input and status");
	for (size_t i = 0; i < s->keep_count + s->drop_count && code == ERR_OK; i++) {
		struct span text = i < s->keep_count ? s->keep[i] : s->drop[i - s->keep_count];
		if (span_find(s->input, text) == SIZE_MAX)
			code = refuse(r, n, "the sample's input does not hold '%.100s': correct keep or drop", text.ptr);
	}
	return code;
}

static enum err_code read_samples(const struct reading *r, const struct node *n)
{
	struct filter_definition *d = r->d;
	enum err_code code = need_list(r, n, FILTER_SAMPLES_MOST);
	if (code != ERR_OK)
		return code;
	d->samples = arena_alloc(&d->arena, (item_count(n) + 1) * sizeof *d->samples);
	for (const struct node *c = n->first; c && code == ERR_OK; c = c->next)
		code = read_sample(r, c, &d->samples[d->sample_count++]);
	return code;
}

enum err_code definition_check_samples(const struct filter_definition *d, struct err *err)
{
	bool failing = false, passing = false;
	for (size_t i = 0; i < d->sample_count; i++) {
		const struct filter_sample *s = &d->samples[i];
		failing |= s->status != 0 && s->keep_count;
		passing |= s->status == 0 && (s->drop_count || s->keep_count);
	}
	if (failing && passing)
		return ERR_OK;
	return err_set(err, ERR_USAGE, "%s: no sample of a run that %s: add one under `samples:` (status: %s, input, keep, drop)", d->path,
	               failing ? "passed" : "failed", failing ? "0" : "1");
}

/* ---- the whole ---------------------------------------------------------------------------------------------------- */

static enum err_code read_name(const struct reading *r, const struct node *n)
{
	enum err_code code = read_text(r, n, 40, &r->d->name);
	for (size_t i = 0; code == ERR_OK && i < n->text.len; i++) {
		char c = n->text.ptr[i];
		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c == '-' && i) || (c == '_' && i)))
			code = refuse(r, n, "the name '%s': use small letters, digits, - and _", n->text.ptr);
	}
	return code;
}

static enum err_code read_filter(const struct reading *r, const struct node *root)
{
	struct filter_definition *d = r->d;
	enum err_code code = need_kind(r, root, NODE_MAP);
	if (code != ERR_OK)
		return code;
	const struct node *version = root->first;
	if (!version || !is_key(version, "ctxcut-filter"))
		return refuse(r, version ? version->key : root, "a filter begins with `ctxcut-filter: 1`");
	if (version->kind != NODE_TEXT || !span_eq(version->text, SPAN("1")))
		return refuse(r, version, "this ctxcut knows version 1 of the filter format only");
	bool detect = false;
	for (const struct node *c = version->next; c && code == ERR_OK; c = c->next) {
		if (is_key(c, "name"))
			code = read_name(r, c);
		else if (is_key(c, "about"))
			code = read_text(r, c, 400, &d->about);
		else if (is_key(c, "detect")) {
			detect = true;
			code = read_detect(r, c);
		} else if (is_key(c, "prefix"))
			code = read_pattern(r, c, USE_RULE, &d->prefix);
		else if (is_key(c, "rules"))
			code = read_rules(r, c);
		else if (is_key(c, "blocks"))
			code = read_blocks(r, c);
		else if (is_key(c, "samples"))
			code = read_samples(r, c);
		else
			code = unknown_key(r, c, "name, about, detect, prefix, rules, blocks and samples");
	}
	if (code == ERR_OK && (!d->name.len || !detect))
		code = refuse(r, root, "'%s' is missing", d->name.len ? "detect" : "name");
	if (code == ERR_OK && !d->rule_count && !d->block_count)
		code = refuse(r, root, "there are neither rules nor blocks: add some");
	return code;
}

enum err_code definition_read(struct filter_definition **out, struct span yaml, const char *path, bool compile, struct err *err)
{
	struct filter_definition *d = mem_zalloc(1, sizeof *d);
	struct err ignored;
	struct reading r = {d, compile, err ? err : &ignored};
	struct node *root;
	*out = NULL;
	d->path = arena_dup(&d->arena, span_of_str(path)).ptr;
	d->quiet = FILTER_QUIET_DEFAULT;
	d->detects = arena_alloc(&d->arena, FILTER_DETECTS_MOST * sizeof *d->detects);
	enum err_code code = document_parse(&root, &d->arena, yaml, d->path, r.err);
	if (code == ERR_OK)
		code = read_filter(&r, root);
	if (code != ERR_OK) {
		definition_free(d);
		return code;
	}
	*out = d;
	return ERR_OK;
}

void definition_free(struct filter_definition *d)
{
	if (!d)
		return;
	for (size_t i = 0; i < d->detect_count; i++)
		pattern_free(d->detects[i].pattern.compiled);
	for (size_t i = 0; i < d->end_count; i++)
		pattern_free(d->ends[i].compiled);
	for (size_t i = 0; i < d->rule_count; i++) {
		pattern_free(d->rules[i].match.compiled);
		pattern_free(d->rules[i].unless.compiled);
	}
	for (size_t i = 0; i < d->block_count; i++) {
		pattern_free(d->blocks[i].from.compiled);
		pattern_free(d->blocks[i].to.compiled);
	}
	pattern_free(d->prefix.compiled);
	arena_release(&d->arena);
	free(d);
}
