/* Profiles: what begins a comment, a string, a regular expression, a here-document, an attribute. */
#include "tree/profile_read.h"

#include "base/mem.h"

#include <stdlib.h>

static bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

static enum err_code add(struct profile_reading *r, const struct node *at, const struct opener *o)
{
	if (r->p->opener_count == PROFILE_OPENERS_MOST)
		return profile_refuse(r, at, "more than %d comments, strings and attributes: leave some out", PROFILE_OPENERS_MOST);
	r->p->openers[r->p->opener_count++] = *o;
	return ERR_OK;
}

/* `open: 'r%"'`: letters, trigger, the delimiter's place. */
static enum err_code read_open(const struct profile_reading *r, const struct node *n, struct opener *o)
{
	struct span text;
	enum err_code code = profile_text(r, n, &text);
	if (code != ERR_OK)
		return code;
	const char *mark = o->delimited ? memchr(text.ptr, '%', text.len) : NULL;
	if (o->delimited && !mark)
		return profile_refuse(r, n, "no %% in '%s': it says where the delimiter stands", text.ptr);
	size_t head = mark ? (size_t)(mark - text.ptr) : text.len, letters = 0;
	while (letters < head && is_letter(text.ptr[letters]))
		letters++;
	if (letters == head && mark && head + 1 < text.len) {
		o->before = span_of(text.ptr, head);
		o->delimiter_before = true;
		o->open = span_of(mark + 1, text.len - head - 1);
		return ERR_OK;
	}
	if (letters == head)
		letters = 0;
	o->before = span_of(text.ptr, letters);
	o->open = span_of(text.ptr + letters, head - letters);
	if (mark)
		o->open_rest = span_of(mark + 1, text.len - head - 1);
	return o->open.len ? ERR_OK : profile_refuse(r, n, "'%s': nothing but a delimiter begins it", text.ptr);
}

static enum err_code read_close(const struct profile_reading *r, const struct node *n, struct opener *o)
{
	struct span text;
	enum err_code code = profile_text(r, n, &text);
	if (code != ERR_OK)
		return code;
	const char *mark = o->delimited ? memchr(text.ptr, '%', text.len) : NULL;
	if (o->delimited && !mark)
		return profile_refuse(r, n, "no %% in '%s': it says where the delimiter stands", text.ptr);
	size_t head = mark ? (size_t)(mark - text.ptr) : text.len;
	o->close = span_of(text.ptr, head);
	if (mark)
		o->close_rest = span_of(mark + 1, text.len - head - 1);
	return ERR_OK;
}

/* `delimiter: word`, `any`, or the bytes that it may hold; with `+` in front at least one. */
static enum err_code read_delimiter(const struct profile_reading *r, const struct node *n, struct opener *o)
{
	struct span text;
	enum err_code code = profile_text(r, n, &text);
	if (code != ERR_OK)
		return code;
	o->delimited = true;
	if (text.len > 1 && text.ptr[0] == '+') {
		o->delimiter_least = 1;
		text = span_from(text, 1);
	}
	for (int c = 0; c < 256; c++)
		if (span_eq(text, SPAN("word")))
			o->delimiter[c] = is_letter((char)c) || (c >= '0' && c <= '9') || c >= 0x80;
		else if (span_eq(text, SPAN("any")))
			o->delimiter[c] = c > ' ' && c != '(' && c != ')' && c != '\\' && c != '"';
		else
			o->delimiter[c] = c && memchr(text.ptr, c, text.len) != NULL;
	return ERR_OK;
}

static enum err_code read_escape(const struct profile_reading *r, const struct node *n, struct opener *o)
{
	if (n->kind == NODE_TEXT && span_eq(n->text, SPAN("none"))) {
		o->escape = -1;
		return ERR_OK;
	}
	if (n->kind != NODE_TEXT || n->text.len != 1)
		return profile_refuse(r, n, "'escape' is one character, or none");
	o->escape = (unsigned char)n->text.ptr[0];
	return ERR_OK;
}

static enum err_code read_inner(const struct profile_reading *r, const struct node *n, struct opener *o)
{
	enum err_code code = profile_text(r, n, &o->inner_open);
	if (code != ERR_OK)
		return code;
	char last = o->inner_open.ptr[o->inner_open.len - 1];
	if (last != '{' && last != '(')
		return profile_refuse(r, n, "'%s': what begins code inside a string ends with { or (", n->text.ptr);
	o->inner_close = last == '{' ? '}' : ')';
	return ERR_OK;
}

static enum err_code read_key(struct profile_reading *r, const struct node *n, struct opener *o, const struct node **open,
                              const struct node **close)
{
	struct span key = n->key->text;
	if (span_eq(key, SPAN("open")))
		*open = n;
	else if (span_eq(key, SPAN("close")))
		*close = n;
	else if (span_eq(key, SPAN("delimiter")))
		return read_delimiter(r, n, o);
	else if (span_eq(key, SPAN("escape")))
		return read_escape(r, n, o);
	else if (span_eq(key, SPAN("doubled")))
		return profile_bool(r, n, &o->doubled);
	else if (span_eq(key, SPAN("lines")))
		return profile_bool(r, n, &o->lines);
	else if (span_eq(key, SPAN("nested")))
		return profile_bool(r, n, &o->nested);
	else if (span_eq(key, SPAN("inner")))
		return read_inner(r, n, o);
	else if (span_eq(key, SPAN("inner-doubled")))
		return profile_bool(r, n, &o->inner_doubled);
	else if (span_eq(key, SPAN("line-begin")))
		return profile_bool(r, n, &o->at_line_begin);
	else if (span_eq(key, SPAN("after-blank")))
		return profile_bool(r, n, &o->after_blank);
	else if (span_eq(key, SPAN("to-end")))
		return profile_bool(r, n, &o->to_end);
	else if (span_eq(key, SPAN("continued")))
		return profile_bool(r, n, &o->continued);
	else if (span_eq(key, SPAN("not-after-digit")))
		return profile_bool(r, n, &o->not_after_digit);
	else if (span_eq(key, SPAN("character"))) {
		bool yes;
		enum err_code code = profile_bool(r, n, &yes);
		if (code == ERR_OK && yes)
			o->kind = OPENER_CHARACTER;
		return code;
	} else
		return profile_refuse(r, n->key, "there is no key '%s' here: see filters/languages/README.md", key.ptr);
	return ERR_OK;
}

/* One entry: a text, which then opens and closes, or a map. */
static enum err_code read_one(struct profile_reading *r, const struct node *n, enum opener_kind kind)
{
	struct opener o = {.kind = kind, .escape = kind == OPENER_STRING ? '\\' : -1};
	const struct node *open = NULL, *close = NULL;
	enum err_code code = ERR_OK;
	if (n->kind == NODE_TEXT)
		open = n;
	else if ((code = profile_need(r, n, NODE_MAP)) != ERR_OK)
		return code;
	for (const struct node *k = n->first; n->kind == NODE_MAP && k; k = k->next)
		if ((code = read_key(r, k, &o, &open, &close)) != ERR_OK)
			return code;
	if (!open)
		return profile_refuse(r, n, "nothing says how it begins: add 'open'");
	if ((code = read_open(r, open, &o)) != ERR_OK)
		return code;
	if (close)
		code = read_close(r, close, &o);
	else if (kind == OPENER_STRING && !o.delimited)
		o.close = o.open;
	else if (kind != OPENER_LINE_COMMENT && !o.to_end)
		code = profile_refuse(r, n, "nothing says how it ends: add 'close'");
	return code == ERR_OK ? add(r, n, &o) : code;
}

static enum err_code read_list(struct profile_reading *r, const struct node *n, enum opener_kind kind)
{
	enum err_code code = profile_need(r, n, NODE_LIST);
	for (const struct node *k = n->first; k && code == ERR_OK; k = k->next)
		code = read_one(r, k, kind);
	return code;
}

enum err_code profile_read_comments(struct profile_reading *r, const struct node *n)
{
	enum err_code code = profile_need(r, n, NODE_MAP);
	for (const struct node *k = n->first; k && code == ERR_OK; k = k->next) {
		if (span_eq(k->key->text, SPAN("line")))
			code = read_list(r, k, OPENER_LINE_COMMENT);
		else if (span_eq(k->key->text, SPAN("block")))
			code = read_list(r, k, OPENER_BLOCK_COMMENT);
		else
			code = profile_refuse(r, k->key, "comments are 'line' or 'block', not '%s'", k->key->text.ptr);
	}
	return code;
}

enum err_code profile_read_strings(struct profile_reading *r, const struct node *n) { return read_list(r, n, OPENER_STRING); }

enum err_code profile_read_regex(struct profile_reading *r, const struct node *n)
{
	struct opener o = {.kind = OPENER_REGEX, .escape = '\\', .open = SPAN("/"), .close = SPAN("/")};
	enum err_code code = profile_need(r, n, NODE_MAP);
	for (const struct node *k = n->first; k && code == ERR_OK; k = k->next) {
		if (span_eq(k->key->text, SPAN("after")))
			code = profile_text(r, k, &o.allowed_after);
		else if (span_eq(k->key->text, SPAN("after-words")))
			code = profile_add_words(r, k, WORD_REGEX);
		else if (span_eq(k->key->text, SPAN("lines")))
			code = profile_bool(r, k, &o.spans_lines);
		else
			code = profile_refuse(r, k->key, "a regex has 'after', 'after-words' and 'lines', not '%s'", k->key->text.ptr);
	}
	return code == ERR_OK ? add(r, n, &o) : code;
}

enum err_code profile_read_heredocs(struct profile_reading *r, const struct node *n)
{
	enum err_code code = profile_need(r, n, NODE_LIST);
	for (const struct node *h = n->first; h && code == ERR_OK; h = h->next) {
		struct opener o = {.kind = OPENER_HEREDOC, .escape = -1};
		if ((code = profile_need(r, h, NODE_MAP)) != ERR_OK)
			return code;
		for (const struct node *k = h->first; k && code == ERR_OK; k = k->next) {
			if (span_eq(k->key->text, SPAN("open")))
				code = profile_text(r, k, &o.open);
			else if (span_eq(k->key->text, SPAN("flags")))
				code = profile_text(r, k, &o.flags);
			else if (span_eq(k->key->text, SPAN("indented")))
				code = profile_bool(r, k, &o.indented);
			else if (span_eq(k->key->text, SPAN("rest")))
				code = profile_bool(r, k, &o.rest);
			else if (span_eq(k->key->text, SPAN("blanks")))
				code = profile_bool(r, k, &o.blanks);
			else if (span_eq(k->key->text, SPAN("upper")))
				code = profile_bool(r, k, &o.upper);
			else
				code = profile_refuse(r, k->key, "a here-document has 'open', 'flags', 'indented', 'rest', 'blanks' and 'upper', not '%s'",
				                      k->key->text.ptr);
		}
		if (code == ERR_OK && !o.open.len)
			code = profile_refuse(r, h, "nothing says how it begins: add 'open'");
		if (code == ERR_OK)
			code = add(r, h, &o);
	}
	return code;
}

enum err_code profile_read_attributes(struct profile_reading *r, const struct node *n)
{
	enum err_code code = profile_need(r, n, NODE_LIST);
	for (const struct node *a = n->first; a && code == ERR_OK; a = a->next) {
		struct opener o = {.kind = OPENER_ATTRIBUTE, .escape = -1};
		if ((code = profile_need(r, a, NODE_MAP)) != ERR_OK)
			return code;
		for (const struct node *k = a->first; k && code == ERR_OK; k = k->next) {
			struct span *list;
			if (span_eq(k->key->text, SPAN("open")))
				code = profile_text(r, k, &o.open);
			else if (span_eq(k->key->text, SPAN("word")))
				code = profile_bool(r, k, &o.word);
			else if (span_eq(k->key->text, SPAN("except"))) {
				code = profile_texts(r, k, &list, &o.except_count);
				o.except = list;
			} else
				code = profile_refuse(r, k->key, "an attribute has 'open', 'word' and 'except', not '%s'", k->key->text.ptr);
		}
		if (code == ERR_OK && (!o.open.len || (!o.word && !memchr("[({", o.open.ptr[o.open.len - 1], 3))))
			code = profile_refuse(r, a, "say how it begins with 'open': a text that ends with a bracket, or one with 'word: true'");
		if (code == ERR_OK)
			code = add(r, a, &o);
		r->p->annotations |= o.word && span_eq(o.open, SPAN("@"));
	}
	return code;
}

/* `{words: [q, qq], parts: 1}`: each word is an opener of its own. */
static enum err_code read_quote(struct profile_reading *r, const struct node *n)
{
	struct opener o = {.kind = OPENER_QUOTE, .escape = '\\', .parts = 1};
	struct span *words = NULL;
	size_t count = 0;
	enum err_code code = profile_need(r, n, NODE_MAP);
	for (const struct node *k = n->first; k && code == ERR_OK; k = k->next) {
		if (span_eq(k->key->text, SPAN("words")))
			code = profile_texts(r, k, &words, &count);
		else if (span_eq(k->key->text, SPAN("value")))
			code = profile_bool(r, k, &o.value);
		else if (!span_eq(k->key->text, SPAN("parts")))
			code = profile_refuse(r, k->key, "a quote has 'words', 'parts' and 'value', not '%s'", k->key->text.ptr);
		else if (k->kind != NODE_TEXT || k->text.len != 1 || k->text.ptr[0] < '0' || k->text.ptr[0] > '2')
			code = profile_refuse(r, k, "'parts' is 0 (one character), 1 or 2");
		else
			o.parts = (uint8_t)(k->text.ptr[0] - '0');
	}
	for (size_t i = 0; i < count && code == ERR_OK; i++) {
		o.open = words[i];
		code = add(r, n, &o);
	}
	return code;
}

enum err_code profile_read_quotes(struct profile_reading *r, const struct node *n)
{
	enum err_code code = profile_need(r, n, NODE_LIST);
	for (const struct node *k = n->first; k && code == ERR_OK; k = k->next)
		code = read_quote(r, k);
	return code;
}

enum err_code profile_read_fences(struct profile_reading *r, const struct node *n)
{
	struct span *marks;
	size_t count;
	enum err_code code = profile_texts(r, n, &marks, &count);
	for (size_t i = 0; i < count && code == ERR_OK; i++)
		code = add(r, n, &(struct opener){.kind = OPENER_FENCE, .escape = -1, .open = marks[i], .at_line_begin = true});
	return code;
}

enum err_code profile_read_islands(struct profile_reading *r, const struct node *n)
{
	struct profile *p = r->p;
	enum err_code code = profile_need(r, n, NODE_MAP);
	for (const struct node *k = n->first; k && code == ERR_OK; k = k->next) {
		if (span_eq(k->key->text, SPAN("open")))
			code = profile_texts(r, k, &p->island_open, &p->island_open_count);
		else if (span_eq(k->key->text, SPAN("close")))
			code = profile_text(r, k, &p->island_close);
		else
			code = profile_refuse(r, k->key, "'islands' has 'open' and 'close', not '%s'", k->key->text.ptr);
	}
	if (code == ERR_OK && (!p->island_open_count || !p->island_close.len))
		return profile_refuse(r, n, "islands need 'open' and 'close'");
	return code == ERR_OK ? add(r, n, &(struct opener){.kind = OPENER_ISLAND, .escape = -1, .open = p->island_close}) : code;
}

static unsigned char trigger(const struct opener *o) { return (unsigned char)o->open.ptr[0]; }

static size_t weight(const struct opener *o)
{
	return o->before.len + o->open.len + o->open_rest.len + (o->delimited ? 1 : 0) + (o->kind == OPENER_HEREDOC ? 1 : 0);
}

static int by_trigger(const void *left, const void *right)
{
	const struct opener *a = left, *b = right;
	if (trigger(a) != trigger(b))
		return trigger(a) < trigger(b) ? -1 : 1;
	return weight(a) == weight(b) ? 0 : weight(a) > weight(b) ? -1 : 1;
}

void profile_sort_openers(struct profile *p)
{
	qsort(p->openers, p->opener_count, sizeof *p->openers, by_trigger);
	for (size_t i = 0; i < p->opener_count; i++) {
		unsigned char c = trigger(&p->openers[i]);
		if (!p->opener_first[c])
			p->opener_first[c] = (uint8_t)(i + 1);
		p->opener_last[c] = (uint8_t)(i + 1);
	}
}
