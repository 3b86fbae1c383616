#include "tree/ignore.h"

#include "base/mem.h"
#include "tree/glob.h"

#include <stdint.h>
#include <stdlib.h>

struct rule {
	struct span pattern; /* in text; without '!' before it and '/' around it */
	size_t plain_len;    /* so many bytes at its begin have no special meaning */
	bool negated, folders_only;
	bool by_name;        /* no slash: matches the last part at any depth */
	bool any_head;       /* by_name: `*` and then plain bytes */
};

struct ignore_rules {
	char *text; /* owned */
	struct rule *rules;
	size_t count, cap;
	size_t base_len;
	bool fold, excludes;
};

static bool is_special(char c) { return c == '*' || c == '?' || c == '[' || c == '\\'; }

static size_t plain_length(struct span s)
{
	size_t n = 0;
	while (n < s.len && !is_special(s.ptr[n]))
		n++;
	return n;
}

/* Spaces at the end count only where a backslash stands before them. */
static struct span without_blanks(struct span line)
{
	size_t end = SIZE_MAX;
	for (size_t i = 0; i < line.len; i++) {
		if (line.ptr[i] == ' ') {
			if (end == SIZE_MAX)
				end = i;
			continue;
		}
		end = SIZE_MAX;
		if (line.ptr[i] == '\\' && ++i == line.len)
			return line;
	}
	return span_head(line, end);
}

static void add_rule(struct ignore_rules *r, struct span line)
{
	const char *nul = memchr(line.ptr, 0, line.len);
	if (nul)
		line.len = (size_t)(nul - line.ptr);
	struct span p = without_blanks(line);
	struct rule rule = {0};
	if (p.len && p.ptr[0] == '!') {
		rule.negated = true;
		p = span_from(p, 1);
	}
	bool any_head = p.len && p.ptr[0] == '*' && plain_length(span_from(p, 1)) == p.len - 1;
	if (p.len && p.ptr[p.len - 1] == '/') {
		rule.folders_only = true;
		p.len--;
	}
	rule.by_name = !p.len || !memchr(p.ptr, '/', p.len);
	rule.any_head = any_head && rule.by_name;
	if (p.len && p.ptr[0] == '/')
		p = span_from(p, 1);
	if (!p.len)
		return; /* matches nothing */
	rule.plain_len = plain_length(p);
	rule.pattern = p;
	r->excludes |= !rule.negated;
	MEM_GROW(r->rules, r->cap, r->count + 1);
	r->rules[r->count++] = rule;
}

struct ignore_rules *ignore_parse(struct span text, size_t base_len, bool fold_case)
{
	struct ignore_rules *r = mem_zalloc(1, sizeof *r);
	r->base_len = base_len;
	r->fold = fold_case;
	r->text = mem_strndup(text.len ? text.ptr : "", text.len);
	struct span rest = span_of(r->text, text.len);
	if (span_starts(rest, SPAN("\xef\xbb\xbf")))
		rest = span_from(rest, 3);
	while (rest.len) {
		const char *lf = memchr(rest.ptr, '\n', rest.len);
		struct span line = span_head(rest, lf ? (size_t)(lf - rest.ptr) : rest.len);
		rest = span_from(rest, line.len + 1);
		if (line.len && line.ptr[line.len - 1] == '\r')
			line.len--;
		if (line.len && line.ptr[0] != '#')
			add_rule(r, line);
	}
	if (r->count)
		return r;
	ignore_free(r);
	return NULL;
}

void ignore_free(struct ignore_rules *rules)
{
	if (!rules)
		return;
	free(rules->rules);
	free(rules->text);
	free(rules);
}

static bool plain_equal(const char *a, const char *b, size_t len, bool fold)
{
	if (!fold)
		return memcmp(a, b, len) == 0;
	for (size_t i = 0; i < len; i++) {
		unsigned char x = (unsigned char)a[i], y = (unsigned char)b[i];
		x = x >= 'A' && x <= 'Z' ? (unsigned char)(x + 32) : x;
		y = y >= 'A' && y <= 'Z' ? (unsigned char)(y + 32) : y;
		if (x != y)
			return false;
	}
	return true;
}

static bool name_matches(const struct rule *rule, struct span name, bool fold)
{
	struct span p = rule->pattern;
	if (rule->plain_len == p.len)
		return p.len == name.len && plain_equal(p.ptr, name.ptr, p.len, fold);
	if (rule->any_head)
		return p.len - 1 <= name.len && plain_equal(p.ptr + 1, name.ptr + name.len - (p.len - 1), p.len - 1, fold);
	return glob_match(p, name, fold ? GLOB_FOLD : 0);
}

static bool path_matches(const struct rule *rule, struct span path, bool fold)
{
	size_t plain = rule->plain_len;
	if (plain > path.len || !plain_equal(rule->pattern.ptr, path.ptr, plain, fold))
		return false;
	if (plain == rule->pattern.len)
		return plain == path.len;
	/* Git matches what is left as a pattern of its own, which is why `a**` + `/b` reaches into folders. */
	return glob_match(span_from(rule->pattern, plain), span_from(path, plain), GLOB_PATHNAME | (fold ? GLOB_FOLD : 0u));
}

enum ignore_verdict ignore_match(const struct ignore_rules *rules, struct span path, size_t name_off, bool is_folder)
{
	struct span name = span_from(path, name_off), below = span_from(path, rules->base_len);
	for (size_t i = rules->count; i-- > 0;) {
		const struct rule *rule = &rules->rules[i];
		if (rule->folders_only && !is_folder)
			continue;
		if (rule->by_name ? name_matches(rule, name, rules->fold) : path_matches(rule, below, rules->fold))
			return rule->negated ? IGNORE_INCLUDED : IGNORE_EXCLUDED;
	}
	return IGNORE_SILENT;
}

bool ignore_excludes(const struct ignore_rules *rules) { return rules->excludes; }
