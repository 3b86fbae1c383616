/* The manifest as a tags file that editors read: sorted by name, extended format. The search field is a line number, which all
 * readers take; `end` is what universal-ctags calls the last line. Format: ctags(1), tags(5). */
#include "render/manifest.h"

#include "base/mem.h"

#include <stdlib.h>

/* What Universal Ctags calls these, in words; every reader that knows kinds takes them so. */
static const char *tag_kind(enum symbol_kind kind) { return symbol_kind_name(kind); }

static void add_field(struct buf *out, struct span text)
{
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.ptr[i];
		if (c == '\\')
			buf_add_str(out, "\\\\");
		else if (c == '\t')
			buf_add_str(out, "\\t");
		else if (c < 0x20 || c == 0x7f)
			buf_addf(out, "\\x%02x", c);
		else
			buf_add_char(out, (char)c);
	}
}

struct tag {
	uint32_t name_len;
	uint64_t off; /* of its line, in `lines` */
	uint32_t len;
};

struct tags {
	struct buf lines;
	struct tag *list; /* owned */
	size_t count, cap;
};

static void add_tag(struct tags *t, const struct index_file *f, const struct outline *o, const struct symbol *s)
{
	struct span name = symbol_name(o, s);
	/* A name with a tab or newline in it (a heading, a test's words) would break the line. */
	if (!name.len || memchr(name.ptr, '\t', name.len) || memchr(name.ptr, '\n', name.len) || name.ptr[0] == '!')
		return;
	MEM_GROW(t->list, t->cap, t->count + 1);
	struct tag *tag = &t->list[t->count++];
	tag->off = t->lines.len;
	tag->name_len = (uint32_t)name.len;
	buf_add_span(&t->lines, name);
	buf_add_char(&t->lines, '\t');
	add_field(&t->lines, f->path);
	buf_addf(&t->lines, "\t%u;\"\tkind:%s\tline:%u", s->name_line, tag_kind(s->kind), s->name_line);
	if (f->language)
		buf_addf(&t->lines, "\tlanguage:%s", language_name(f->language));
	if (s->parent != SYMBOL_NO_PARENT) {
		struct buf scope = {0};
		outline_qualified_name(o, &o->symbols[s->parent], &scope);
		buf_addf(&t->lines, "\tscope:%s:", tag_kind(o->symbols[s->parent].kind));
		add_field(&t->lines, buf_span(&scope));
		buf_release(&scope);
	}
	if (symbol_signature(o, s).len) {
		buf_add_str(&t->lines, "\tsignature:");
		add_field(&t->lines, symbol_signature(o, s));
	}
	buf_addf(&t->lines, "\tend:%u", s->last_line);
	buf_add_char(&t->lines, '\n');
	tag->len = (uint32_t)(t->lines.len - tag->off);
}


static int by_line(const void *left, const void *right, void *user)
{
	const struct tag *a = left, *b = right;
	const char *lines = user;
	uint32_t shorter = a->len < b->len ? a->len : b->len;
	int order = memcmp(lines + a->off, lines + b->off, shorter);
	return order ? order : a->len < b->len ? -1 : a->len > b->len;
}

enum err_code manifest_ctags(const struct manifest *m, manifest_sink *sink, void *user)
{
	static const char head[] = "!_TAG_FILE_FORMAT\t2\t/extended format; --format=1 will not append ;\" to lines/\n"
				   "!_TAG_FILE_SORTED\t1\t/0=unsorted, 1=sorted, 2=foldcase/\n"
				   "!_TAG_FILE_ENCODING\tutf-8\t//\n"
				   "!_TAG_PROGRAM_NAME\tctxcut\t/manifest/\n";
	struct tags t = {0};
	struct index_cursor cursor = {0};
	for (size_t i = 0; i < tree_index_count(m->index); i++) {
		const struct index_file *f = tree_index_file(m->index, i);
		if (!f->symbol_count)
			continue;
		const struct outline *o = tree_index_outline(m->index, i, &cursor);
		for (size_t k = 0; k < o->count; k++)
			add_tag(&t, f, o, &o->symbols[k]);
	}
	if (t.count)
		qsort_r(t.list, t.count, sizeof *t.list, by_line, t.lines.ptr);
	bool stopped = sink(user, head, sizeof head - 1) != 0;
	for (size_t i = 0; i < t.count && !stopped; i++)
		stopped = sink(user, t.lines.ptr + t.list[i].off, t.list[i].len) != 0;
	index_cursor_release(&cursor);
	buf_release(&t.lines);
	free(t.list);
	return stopped ? ERR_OUTPUT : ERR_OK;
}
