/* Statement heads: one line of text out of the source, what it defines, the symbol. */
#include "tree/outliner.h"

#include "base/mem.h"

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v'; }
static bool is_identifier(const struct outliner *o, char c) { return o->profile->identifier[(unsigned char)c]; }

int32_t outliner_column(const struct outliner *o, size_t off)
{
	enum { LOOKED_BACK_MOST = 1000 };
	const unsigned char *b = o->lexer.begin;
	size_t begin = off;
	while (begin > 0 && b[begin - 1] != '\n' && off - begin < LOOKED_BACK_MOST)
		begin--;
	int32_t column = 0;
	for (; begin < off && column < INT32_MAX - 8; begin++)
		column += b[begin] == '\t' ? 8 - column % 8 : 1;
	return column;
}

size_t outliner_code_before(const struct outliner *o, size_t at)
{
	const struct lexer *x = &o->lexer;
	size_t from = at, gap = x->gap_count;
	for (;;) {
		while (at > 0 && is_blank((char)x->begin[at - 1]))
			at--;
		while (gap > 0 && x->gaps[gap - 1].begin >= at)
			gap--;
		if (gap > 0 && !x->gaps[gap - 1].string && !x->gaps[gap - 1].block && x->gaps[gap - 1].end == at)
			at = x->gaps[--gap].begin;
		else
			break;
	}
	return at > 0 ? at - 1 : from;
}

static bool add_byte(struct outliner *o, char text, char mask, size_t from)
{
	if (o->len == HEAD_BYTES_MOST)
		return false;
	o->text[o->len] = text;
	o->mask[o->len] = mask;
	o->from[o->len++] = (uint32_t)from;
	return true;
}

static bool add_code(struct outliner *o, size_t begin, size_t end, bool *blank)
{
	const char *b = (const char *)o->lexer.begin;
	size_t len = o->len; /* kept apart from what is written: the loop is the dearest of a scan */
	bool space = *blank;
	for (size_t i = begin; i < end && len + 2 <= HEAD_BYTES_MOST; i++) {
		char c = b[i];
		if (c <= ' ' && (is_blank(c) || c == '\0')) {
			space = true;
			continue;
		}
		if (c == '\\' && i + 1 < end && (b[i + 1] == '\n' || b[i + 1] == '\r')) {
			space = true;
			continue;
		}
		/* What is left of the statement before: its closing brackets. */
		if (!len && (c == ')' || c == ']' || c == ',' || c == ';' || c == '}'))
			continue;
		if (space && len) {
			o->text[len] = o->mask[len] = ' ';
			o->from[len++] = (uint32_t)i;
		}
		space = false;
		o->text[len] = o->mask[len] = c;
		o->from[len++] = (uint32_t)i;
	}
	o->len = len;
	*blank = space;
	return len + 2 <= HEAD_BYTES_MOST;
}

enum { BLOT = 1 };

static bool add_string(struct outliner *o, const struct gap *g, size_t end, bool *blank)
{
	if (*blank && o->len && !add_byte(o, ' ', ' ', g->begin))
		return false;
	*blank = false;
	if (g->end < end)
		end = g->end;
	for (size_t i = g->begin; i < end; i++) {
		char c = (char)o->lexer.begin[i];
		bool inside = i - g->begin >= g->open_len && g->end - i > g->close_len;
		if (is_blank(c) || c == '\0')
			c = ' ';
		if (!add_byte(o, c, inside ? BLOT : c, i))
			return false;
	}
	return true;
}

/* Takes out what stands between two places of the head. */
static void cut_out(struct outliner *o, size_t begin, size_t end)
{
	size_t rest = o->len - end;
	memmove(o->text + begin, o->text + end, rest);
	memmove(o->mask + begin, o->mask + end, rest);
	memmove(o->from + begin, o->from + end, rest * sizeof *o->from);
	o->len = begin + rest;
}

static size_t word_end(const struct outliner *o, size_t at)
{
	while (at < o->len && is_identifier(o, o->mask[at]))
		at++;
	return at;
}

/* Behind the bracket that closes the one at `at`, or the head's end. */
static size_t group_end(const struct outliner *o, size_t at)
{
	size_t depth = 0;
	for (; at < o->len; at++) {
		char c = o->mask[at];
		if (c == '(' || c == '[' || c == '{')
			depth++;
		else if ((c == ')' || c == ']' || c == '}') && --depth == 0)
			return at + 1;
	}
	return at;
}

static void drop_words(struct outliner *o)
{
	for (size_t at = 0; at < o->len;) {
		if (!is_identifier(o, o->mask[at])) {
			at++;
			continue;
		}
		size_t end = word_end(o, at);
		const struct word *w = o->profile->dropped_first[(unsigned char)o->mask[at]]
		                               ? profile_word(o->profile, span_of(o->mask + at, end - at)) : NULL;
		size_t open = end < o->len && o->mask[end] == ' ' ? end + 1 : end;
		/* A label behind what stands alone without a mark, as in `Q_OBJECT public: …` */
		if (w && w->use & WORD_LABEL && open < o->len && o->mask[open] == ':' && (open + 1 == o->len || o->mask[open + 1] != ':')) {
			cut_out(o, 0, open + 1 < o->len && o->mask[open + 1] == ' ' ? open + 2 : open + 1);
			at = 0;
			continue;
		}
		if (!w || !(w->use & WORD_DROPPED)) {
			at = end;
			continue;
		}
		size_t behind = open < o->len && o->mask[open] == '(' ? group_end(o, open) : end;
		if (behind < o->len && o->mask[behind] == ' ')
			behind++;
		cut_out(o, at, behind);
	}
	while (o->len && o->mask[o->len - 1] == ' ')
		o->len--;
}

bool outliner_head(struct outliner *o, size_t end)
{
	const struct lexer *x = &o->lexer;
	size_t at = x->statement;
	bool blank = false, fits = !x->crowded;
	o->len = 0;
	for (size_t i = x->gap_base; fits && i < x->gap_count && x->gaps[i].begin < end; i++) {
		const struct gap *g = &x->gaps[i];
		if (g->begin < at)
			continue;
		fits = add_code(o, at, g->begin, &blank);
		if (fits && g->string)
			fits = add_string(o, g, end, &blank);
		else if (fits && g->block) {
			if (blank && o->len)
				fits = add_byte(o, ' ', ' ', g->begin);
			blank = false;
			fits = fits && add_byte(o, '{', '{', g->begin) && add_byte(o, '}', '}', g->end - 1);
		}
		else
			blank = true;
		at = g->end;
	}
	if (fits && at < end)
		fits = add_code(o, at, end, &blank);
	if (fits && o->profile->drops)
		drop_words(o);
	o->cut = !fits;
	o->text[o->len] = o->mask[o->len] = '\0';
	return fits && o->len > 0;
}

/* ---- what a head defines ------------------------------------------------------------------------------------------ */

/* `public:`, `private slots:`: behind the colon, or `at`. */
static size_t skip_label(const struct outliner *o, size_t at)
{
	size_t begin = at;
	for (;;) {
		size_t end = word_end(o, at);
		const struct word *w = end > at ? profile_word(o->profile, span_of(o->mask + at, end - at)) : NULL;
		if (!w || !(w->use & WORD_LABEL))
			return begin;
		at = end < o->len && o->mask[end] == ' ' ? end + 1 : end;
		if (at < o->len && o->mask[at] == ':')
			break;
	}
	if (++at < o->len && o->mask[at] == ':')
		return begin;
	return at < o->len && o->mask[at] == ' ' ? at + 1 : at;
}

/* @Name.name(…) among modifiers. */
static size_t skip_annotation(const struct outliner *o, size_t at)
{
	size_t begin = at++;
	while (at < o->len && (is_identifier(o, o->mask[at]) || o->mask[at] == '.' || o->mask[at] == ':'))
		at++;
	if (at == begin + 1 || span_eq(span_of(o->mask + begin, at - begin), SPAN("@interface")))
		return begin;
	if (at < o->len && o->mask[at] == '(')
		at = group_end(o, at);
	return at < o->len && o->mask[at] == ' ' ? at + 1 : at;
}

/* `static (int, int) f(`: a type in brackets, where `get (a)` has a name before them. */
static bool is_tuple(const struct outliner *o, size_t at)
{
	if (o->mask[at] != '(' || o->mask[at - 1] != ' ')
		return false;
	size_t behind = group_end(o, at);
	while (behind < o->len && (o->mask[behind] == '?' || o->mask[behind] == ' '))
		behind++;
	return behind < o->len && is_identifier(o, o->mask[behind]);
}

/* Over labels and modifiers; *first is the word behind them, or NULL when the profile has no use for it. */
static size_t skip_modifiers(const struct outliner *o, struct head_match *m, const struct word **first)
{
	size_t at = 0;
	*first = NULL;
	for (;;) {
		if (o->profile->annotations && at < o->len && o->mask[at] == '@') {
			size_t behind = skip_annotation(o, at);
			if (behind == at)
				return at;
			at = behind;
			continue;
		}
		size_t end = word_end(o, at);
		const struct word *w = end > at ? profile_word(o->profile, span_of(o->mask + at, end - at)) : NULL;
		if (!w)
			return at;
		if (w->use & WORD_LABEL) {
			size_t behind = skip_label(o, at);
			if (behind > at) {
				at = behind;
				continue;
			}
			if (!(w->use & (WORD_PLAIN_MODIFIER | WORD_EXPORTS | WORD_HIDES))) {
				*first = w;
				return at;
			}
		}
		size_t next = end;
		if (w->use & WORD_TAKES && next < o->len && (o->mask[next] == '(' || o->mask[next] == '['))
			next = group_end(o, next);
		if (next < o->len && o->mask[next] == ' ')
			next++;
		/* `get(…)`, `static = 1`: here it is a name. */
		bool names = next >= o->len || (!is_identifier(o, o->mask[next]) && !memchr("*#[\"'`~<&{@", o->mask[next], 11) &&
		                                !is_tuple(o, next));
		if (!(w->use & WORD_MODIFIER) || names) {
			*first = w;
			return at;
		}
		m->exported |= (w->use & WORD_EXPORTS) != 0;
		m->hidden |= (w->use & WORD_HIDES) != 0;
		at = next;
	}
}

static bool holds_one(const struct literals *l, struct span text)
{
	for (size_t i = 0; i < l->count; i++)
		if (span_find(text, l->texts[i]) != SIZE_MAX)
			return true;
	return !l->count;
}

static struct span group_text(const struct outliner *o, const struct pattern_groups *g, int number, size_t rest, size_t *at)
{
	if (number < 0 || (size_t)number >= g->count || g->at[number].begin == SIZE_MAX)
		return span_of("", 0);
	*at = rest + g->at[number].begin;
	return span_of(o->text + *at, g->at[number].end - g->at[number].begin);
}

static bool try_head(struct outliner *o, size_t index, struct head_match *m)
{
	const struct head *h = &o->profile->heads[index];
	struct span rest = span_of(o->mask + m->rest, o->len - m->rest);
	struct pattern_groups groups;
	if (!holds_one(&h->holds, rest))
		return false;
	const struct compiled_head *c = outliner_compiled(o, index);
	if (!c->pattern || pattern_find(c->pattern, rest, 0, &groups) != PATTERN_YES)
		return false;
	size_t at = 0;
	struct span name = group_text(o, &groups, c->name, m->rest, &at);
	m->name = at;
	m->name_len = name.len;
	if (h->named_as_scope && (o->scope == NO_SYMBOL || !span_eq(name, symbol_name(o->out, &o->out->symbols[o->scope]))))
		return false;
	m->scope_len = group_text(o, &groups, c->scope, m->rest, &m->scope).len;
	struct span kind = group_text(o, &groups, c->kind, m->rest, &at);
	m->level = (int)group_text(o, &groups, c->level, m->rest, &at).len;
	m->first = 0;
	if (group_text(o, &groups, c->first, m->rest, &at).len)
		m->first = at;
	m->head = h;
	m->index = index;
	m->kind = h->kind;
	const struct word *w = kind.len ? profile_word(o->profile, kind) : NULL;
	if (w && w->use & WORD_KIND)
		m->kind = w->kind;
	m->opens = h->opens_by_kind && h->kind != m->kind ? profile_opened_by(m->kind) : h->opens;
	return true;
}

bool outliner_match(struct outliner *o, enum context context, unsigned at, struct head_match *m)
{
	const struct profile *p = o->profile;
	uint64_t candidates = p->in_context[context][at == AT_BLOCK ? 0 : at == AT_STATEMENT ? 1 : 2];
	if (!candidates || !o->len)
		return false;
	const struct word *first;
	memset(m, 0, sizeof *m);
	m->rest = skip_modifiers(o, m, &first);
	uint64_t allowed = first && first->use & WORD_STATEMENT ? 0 : p->any_word;
	if (first)
		allowed |= first->heads;
	candidates &= allowed;
	for (; candidates; candidates &= candidates - 1)
		if (try_head(o, (size_t)__builtin_ctzll(candidates), m))
			return true;
	return false;
}

/* ---- symbols ------------------------------------------------------------------------------------------------------ */

static bool is_type(enum symbol_kind k)
{
	return k == SYMBOL_CLASS || k == SYMBOL_STRUCT || k == SYMBOL_UNION || k == SYMBOL_ENUM || k == SYMBOL_INTERFACE || k == SYMBOL_TRAIT ||
	       k == SYMBOL_PROTOCOL || k == SYMBOL_IMPLEMENTATION || k == SYMBOL_RECORD || k == SYMBOL_OBJECT || k == SYMBOL_EXTENSION;
}

static struct span put(struct buf *text, struct span s, uint32_t *off, uint32_t *len)
{
	*off = (uint32_t)text->len;
	*len = (uint32_t)s.len;
	buf_add_span(text, s);
	return s;
}

/* A scope without what its templates are filled with and without the mark at its end. */
static void put_scope(struct buf *text, struct span scope, struct symbol *s)
{
	size_t depth = 0;
	s->scope_off = (uint32_t)text->len;
	for (size_t i = 0; i < scope.len; i++) {
		char c = scope.ptr[i];
		depth += c == '<';
		if (!depth && c != ' ')
			buf_add_char(text, c);
		depth -= c == '>' && depth;
	}
	while (text->len > s->scope_off && memchr(":.\\#", text->ptr[text->len - 1], 4))
		text->len--;
	s->scope_len = (uint32_t)(text->len - s->scope_off);
}

static bool is_exported(struct outliner *o, const struct head_match *m, struct span name)
{
	const struct compiled_profile *c = o->compiled;
	if (m->hidden || m->head->hidden)
		return false;
	if (m->exported || m->head->exported)
		return true;
	if (c->export_name)
		return pattern_find(c->export_name, name, 0, NULL) == PATTERN_YES;
	if (c->hidden_name && pattern_find(c->hidden_name, name, 0, NULL) == PATTERN_YES)
		return false;
	return o->profile->export_default;
}

static struct symbol *new_symbol(struct outliner *o)
{
	struct outline *out = o->out;
	MEM_GROW(out->symbols, out->cap, out->count + 1);
	struct symbol *s = &out->symbols[out->count++];
	*s = (struct symbol){.parent = o->scope};
	return s;
}

uint32_t outliner_add(struct outliner *o, const struct head_match *m, size_t last)
{
	struct outline *out = o->out;
	struct symbol *s = new_symbol(o);
	const struct symbol *parent = s->parent == NO_SYMBOL ? NULL : &out->symbols[s->parent];
	struct span name = span_of(o->text + m->name, m->name_len);
	size_t first = o->from[m->first], lead = o->lexer.lead;
	s->kind = m->kind;
	if (parent && is_type(parent->kind) && m->kind == m->head->kind)
		s->kind = m->head->member_kind;
	else if (m->scope_len && m->kind == SYMBOL_FUNCTION)
		s->kind = SYMBOL_METHOD;
	if (s->kind == SYMBOL_METHOD && name.len) {
		struct span scope = m->scope_len ? span_of(o->text + m->scope, m->scope_len) : parent ? symbol_name(out, parent) : span_of("", 0);
		if (scope.len >= name.len && span_ends(scope, name) && (scope.len == name.len || !is_identifier(o, scope.ptr[scope.len - name.len - 1])))
			s->kind = SYMBOL_CONSTRUCTOR;
	}
	if (lead != LEXER_NO_LEAD && lead < first) {
		s->lead_line = outliner_line(o, lead);
		/* A comment that a blank line sets apart belongs to nothing. */
		if (outliner_line(o, first) > outliner_line(o, o->lexer.statement) + 1)
			s->lead_line = 0;
	}
	s->first_line = outliner_line(o, first);
	if (!s->lead_line)
		s->lead_line = s->first_line;
	s->name_line = outliner_line(o, o->from[m->name]);
	s->last_line = outliner_line(o, last);
	s->exported = is_exported(o, m, name);
	put(&out->text, name, &s->name_off, &s->name_len);
	put_scope(&out->text, span_of(o->text + m->scope, m->scope_len), s);
	size_t end = o->len;
	if (end > m->first + SIGNATURE_BYTES_MOST)
		for (end = m->first + SIGNATURE_BYTES_MOST; end > m->first && ((unsigned char)o->text[end] & 0xc0) == 0x80;)
			end--;
	put(&out->text, span_of(o->text + m->first, end - m->first), &s->signature_off, &s->signature_len);
	return (uint32_t)(out->count - 1);
}

uint32_t outliner_add_plain(struct outliner *o, enum symbol_kind kind, size_t begin, struct span name, size_t last, size_t lead)
{
	struct outline *out = o->out;
	struct symbol *s = new_symbol(o);
	const unsigned char *b = o->lexer.begin;
	s->kind = kind;
	s->lead_line = outliner_line(o, lead < begin ? lead : begin);
	s->first_line = outliner_line(o, begin);
	s->name_line = outliner_line(o, (size_t)(name.ptr - (const char *)b));
	s->last_line = outliner_line(o, last);
	s->exported = o->profile->export_default;
	put(&out->text, name, &s->name_off, &s->name_len);
	s->scope_off = s->name_off;
	const unsigned char *lf = memchr(b + begin, '\n', (size_t)(o->lexer.end - (b + begin)));
	struct span line = span_trim(span_of((const char *)b + begin, (size_t)((lf ? lf : o->lexer.end) - (b + begin))));
	put(&out->text, span_head(line, SIGNATURE_BYTES_MOST), &s->signature_off, &s->signature_len);
	return (uint32_t)(out->count - 1);
}

void outliner_imports(struct outliner *o, struct span text, struct span masked)
{
	const struct profile *p = o->profile;
	for (size_t i = 0; i < p->import_count; i++) {
		struct pattern_groups g;
		int group = o->compiled->import_groups[i];
		if (!holds_one(&p->imports[i].holds, masked))
			continue;
		/* A head may import more than once: import a, b. */
		for (size_t from = 0; pattern_find(o->compiled->imports[i], masked, from, &g) == PATTERN_YES; from = g.at[0].end) {
			if (g.at[group].begin != SIZE_MAX) {
				buf_add(&o->out->imports, text.ptr + g.at[group].begin, g.at[group].end - g.at[group].begin);
				buf_add_char(&o->out->imports, '\n');
			}
			if (g.at[0].end <= from)
				break;
		}
	}
}
