#include "render/manifest_lines.h"

#include "text/clean.h"
#include "tree/testing.h"

enum { SIGNATURE_CHARS_MOST = 160, TEST_PERCENT_LEAST = 80 };

void line_add_short(struct buf *out, uint64_t n)
{
	static const char units[] = " kMGTPE";
	size_t unit = 0;
	uint64_t tenths = n;
	if (n < 1000) {
		buf_addf(out, "%u", (unsigned)n);
		return;
	}
	for (; n >= 1000; n = (n + 500) / 1000) {
		tenths = n < 10000 ? (n + 50) / 100 : 0;
		unit++;
	}
	if (tenths && tenths < 100 && tenths % 10)
		buf_addf(out, "%u.%u%c", (unsigned)(tenths / 10), (unsigned)(tenths % 10), units[unit]);
	else
		buf_addf(out, "%u%c", (unsigned)n, units[unit]);
}

static void add_clipped(struct buf *out, struct span text)
{
	struct buf scratch = {0};
	struct span clean = clean_view(text, &scratch);
	size_t at = 0;
	for (size_t chars = 0; at < clean.len && chars < SIGNATURE_CHARS_MOST; chars++)
		do
			at++;
		while (at < clean.len && ((unsigned char)clean.ptr[at] & 0xc0) == 0x80);
	buf_add(out, clean.ptr, at);
	if (at < clean.len)
		buf_add_str(out, "…");
	buf_release(&scratch);
}

/* Which marks the reader needs to see code: as many backticks as the text has none of. */
static void add_code(struct buf *out, struct span text, bool markdown)
{
	if (!markdown) {
		buf_add_span(out, text);
		return;
	}
	bool has_mark = memchr(text.ptr, '`', text.len) != NULL;
	buf_add_str(out, has_mark ? "`` " : "`");
	buf_add_span(out, text);
	buf_add_str(out, has_mark ? " ``" : "`");
}

void line_add_file(struct buf *out, const struct manifest *m, size_t file, uint64_t more)
{
	const struct index_file *f = tree_index_file(m->index, file);
	const struct test_link *links;
	struct buf reference = {0};
	text_add_path(&reference, f->path);
	if (f->lines > 1)
		buf_addf(&reference, ":1-%llu", (unsigned long long)f->lines);
	else if (f->lines)
		buf_add_str(&reference, ":1");
	if (m->markdown)
		buf_add_str(out, "- ");
	add_code(out, buf_span(&reference), m->markdown);
	buf_add_char(out, ' ');
	if (f->nature != FILE_SOURCE)
		buf_addf(out, "%s, ", file_nature_name(f->nature));
	if (f->nature == FILE_BINARY) {
		line_add_short(out, f->bytes);
		buf_add_str(out, " bytes");
	} else {
		line_add_short(out, f->tokens);
		buf_add_str(out, " tokens");
	}
	if (f->unbalanced)
		buf_addf(out, ", unbalanced at %u", f->unbalanced_line);
	if (more)
		buf_addf(out, ", +%llu definition%s", (unsigned long long)more, more == 1 ? "" : "s");
	if (test_links_of_file(m->links, file, &links) && links[0].percent >= TEST_PERCENT_LEAST) {
		buf_add_str(out, ", test ");
		text_add_path(out, tree_index_file(m->index, links[0].test)->path);
	}
	buf_add_char(out, '\n');
	buf_release(&reference);
}

static bool holds_keyword(struct span signature, const char *word)
{
	size_t at = span_find(signature, span_of_str(word)), len = strlen(word);
	return at != SIZE_MAX && (at == 0 || signature.ptr[at - 1] == ' ') && (at + len >= signature.len || signature.ptr[at + len] == ' ');
}

/* The kind where the signature does not tell it. Functions show by their parentheses, headings by their marks. */
static bool needs_kind(enum symbol_kind kind, struct span signature)
{
	switch (kind) {
	case SYMBOL_FUNCTION: case SYMBOL_METHOD: case SYMBOL_CONSTRUCTOR: case SYMBOL_RPC:
		return memchr(signature.ptr, '(', signature.len) == NULL && !holds_keyword(signature, "def");
	case SYMBOL_MACRO:
		return !span_starts(signature, SPAN("#")) && !holds_keyword(signature, "macro") && !holds_keyword(signature, "macro_rules!");
	case SYMBOL_HEADING:
		return !span_starts(signature, SPAN("#"));
	case SYMBOL_TYPE: case SYMBOL_KEY: case SYMBOL_FIELD: case SYMBOL_PROPERTY: case SYMBOL_VARIABLE: case SYMBOL_CONSTANT:
	case SYMBOL_ENUM_MEMBER: case SYMBOL_TARGET: case SYMBOL_TEST: case SYMBOL_IMPLEMENTATION: case SYMBOL_RESOURCE:
		return false;
	default:
		return !holds_keyword(signature, symbol_kind_name(kind));
	}
}

void symbol_text(struct buf *out, const struct outline *o, size_t k)
{
	const struct symbol *s = &o->symbols[k];
	struct span signature = symbol_signature(o, s);
	if (!signature.len)
		signature = symbol_name(o, s);
	if (needs_kind(s->kind, signature))
		buf_addf(out, "%s ", symbol_kind_name(s->kind));
	add_clipped(out, signature);
	/* A name may stand behind the body: typedef struct { … } name. */
	if (s->name_len && span_find(signature, symbol_name(o, s)) == SIZE_MAX) {
		buf_add_char(out, ' ');
		add_clipped(out, symbol_name(o, s));
	}
}

void line_add_symbol(struct buf *out, const struct manifest *m, const struct outline *o, size_t k)
{
	const struct symbol *s = &o->symbols[k];
	struct buf text = {0};
	buf_add_str(out, m->markdown ? "  - `:" : ":");
	buf_addf(out, "%u", s->first_line);
	if (s->last_line > s->first_line)
		buf_addf(out, "-%u", s->last_line);
	buf_add_str(out, m->markdown ? "` " : " ");
	for (uint32_t parent = s->parent; parent != SYMBOL_NO_PARENT && !m->markdown; parent = o->symbols[parent].parent)
		buf_add_str(out, "  ");
	symbol_text(&text, o, k);
	add_code(out, buf_span(&text), m->markdown);
	if (s->recovered)
		buf_add_str(out, SYMBOL_UNSURE_MARK);
	buf_add_char(out, '\n');
	buf_release(&text);
}

struct shown_totals totals_of(const struct manifest *m)
{
	struct shown_totals t = {0};
	for (size_t i = 0; i < tree_index_count(m->index); i++) {
		const struct index_file *f = tree_index_file(m->index, i);
		t.links += f->kind == WALK_LINK;
		t.submodules += f->kind == WALK_SUBMODULE;
		t.others += f->kind == WALK_OTHER;
		if (f->code != ERR_OK && f->code != ERR_CHANGED) {
			t.unreadable++;
		} else if (f->kind == WALK_FILE) {
			t.files++;
			t.lines += f->lines;
			t.tokens += f->tokens;
		}
	}
	return t;
}

static void add_count(struct buf *out, uint64_t n, const char *what)
{
	if (n)
		buf_addf(out, ", %llu %s%s", (unsigned long long)n, what, n == 1 ? "" : "s");
}

/* By name, as far as a tenth of the budget goes. */
static void add_gone(struct buf *out, const struct manifest *m)
{
	size_t begin = out->len, shown = 0, most = m->budget_tokens / 10;
	if (!m->gone_count)
		return;
	buf_add_str(out, "[gone: ");
	for (size_t before = out->len; shown < m->gone_count; shown++, before = out->len) {
		buf_add_str(out, shown ? ", " : "");
		text_add_path(out, m->gone[shown]);
		if (tokens_count_upto(m->encoding, span_from(buf_span(out), begin), most) > most) {
			out->len = before;
			break;
		}
	}
	if (!shown)
		out->len = begin;
	else if (shown < m->gone_count)
		buf_addf(out, " and %zu more]\n", m->gone_count - shown);
	else
		buf_add_str(out, "]\n");
}

void line_add_header(struct buf *out, const struct manifest *m, const struct shown_totals *all, bool brief)
{
	buf_addf(out, "[ctxcut manifest: %llu file%s, ", (unsigned long long)all->files, all->files == 1 ? "" : "s");
	line_add_short(out, all->lines);
	buf_addf(out, " lines, %s", encoding_is_estimate(m->encoding) ? "≤" : "");
	line_add_short(out, all->tokens);
	buf_add_str(out, encoding_is_estimate(m->encoding) ? " tokens (estimate)" : " tokens");
	add_count(out, all->links, "link");
	add_count(out, all->submodules, "submodule");
	add_count(out, all->others, "special file");
	if (all->unreadable)
		buf_addf(out, ", %llu unreadable", (unsigned long long)all->unreadable);
	if (m->gone_count)
		buf_addf(out, ", %zu gone", m->gone_count);
	if (!brief && all->files)
		buf_add_str(out, ". A line :A-B is a part of the file above it; get it: ctxcut show PATH:A-B");
	buf_add_str(out, "]\n");
	if (!brief)
		add_gone(out, m);
	if (m->markdown)
		buf_add_char(out, '\n');
}
