#include "render/slices.h"

#include "render/json_text.h"
#include "render/writer.h"
#include "text/clean.h"
#include "text/utf8.h"

enum { SCHEMA_VERSION = 1 };

struct slice_writer {
	const struct slices *s;
	const struct render_options *o;
	struct buf *out;
	size_t level; /* brackets of a marker */
};

struct span slice_lines(const struct slice_item *item, uint64_t first, uint64_t last)
{
	uint32_t begin = item->line_off[first - item->first], end = item->line_off[last + 1 - item->first];
	return span_of(item->text.ptr + begin, end - begin);
}

/* ---- what is said of an item -------------------------------------------------------------------------------------- */

static bool has_controls(struct span text)
{
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.ptr[i];
		if ((c < 0x20 && c != '\n' && c != '\t' && c != '\r' && c != '\f') || c == 0x7f)
			return true;
	}
	return false;
}

/* Characters that show as nothing, or that change the order in which others show: what a reader sees is not what is there. */
static bool has_hidden(struct span text)
{
	for (size_t i = 0; i + 2 < text.len; i++) {
		unsigned char a = (unsigned char)text.ptr[i], b = (unsigned char)text.ptr[i + 1], c = (unsigned char)text.ptr[i + 2];
		if (a == 0xe2 && b == 0x80 && ((c >= 0xaa && c <= 0xae) || c == 0x8b))
			return true;
		if (a == 0xe2 && b == 0x81 && ((c >= 0xa6 && c <= 0xa9) || c == 0xa0))
			return true;
		if (a == 0xf3 && b == 0xa0 && (c == 0x80 || c == 0x81))
			return true;
	}
	return false;
}

enum { NOT_UTF8 = 1, CONTROLS = 2, HIDDEN = 4, NO_NEWLINE = 8, CRLF = 16 };

static unsigned oddities(const struct slice_item *item)
{
	unsigned found = 0;
	for (size_t i = 0; i < item->shown_count; i++) {
		struct span text = slice_lines(item, item->shown[i].first, item->shown[i].last);
		found |= (utf8_valid(text) ? 0u : NOT_UTF8) | (has_controls(text) ? CONTROLS : 0u) | (has_hidden(text) ? HIDDEN : 0u);
		found |= text.len && text.ptr[text.len - 1] != '\n' ? NO_NEWLINE : 0u;
		found |= span_find(text, SPAN("\r\n")) != SIZE_MAX ? CRLF : 0u;
	}
	return found;
}

static const struct {
	unsigned bit;
	const char *words, *key;
} odd[] = {
	{NOT_UTF8, "not UTF-8", "not_utf8"},
	{CONTROLS, "has control characters", "control_characters"},
	{HIDDEN, "has hidden characters", "hidden_characters"},
	{NO_NEWLINE, "no newline at its end", "no_newline"},
	{CRLF, "CRLF", "crlf"},
};

static void put_reference(struct buf *out, const struct slice_item *item)
{
	struct buf text = {0};
	buf_add_span(&text, item->reference);
	buf_add_char(&text, ':');
	put_range(&text, item->first, item->last);
	put_word(out, buf_span(&text));
	buf_release(&text);
}

static void put_lines(struct buf *out, uint64_t lines)
{
	put_u64(out, lines);
	buf_add_str(out, lines == 1 ? " line" : " lines");
}

/* "88:12|frame 2" */
static void put_mark(struct buf *out, const struct slice_mark *m, const char *separator)
{
	put_u64(out, m->line);
	if (m->column) {
		buf_add_char(out, ':');
		put_u64(out, m->column);
	}
	if (m->note.len) {
		buf_add_str(out, separator);
		buf_add_span(out, m->note);
	}
}

static void add_field(struct buf *out, const char *separator, const char *words)
{
	buf_add_str(out, separator);
	buf_add_str(out, words);
}

static void item_fields(struct buf *out, const struct slice_item *item, const char *separator)
{
	const struct span words[] = {item->role, item->note};
	if (item->name.len || item->kind.len) {
		buf_add_str(out, separator);
		buf_add_span(out, item->kind);
		if (item->kind.len && item->name.len)
			buf_add_char(out, ' ');
		buf_add_span(out, item->name);
	}
	for (size_t i = 0; i < 2; i++)
		if (words[i].len) {
			buf_add_str(out, separator);
			buf_add_span(out, words[i]);
		}
	if (item->recovered)
		add_field(out, separator, "its end is a guess");
	if (item->masked)
		add_field(out, separator, "secrets are masked");
	unsigned found = oddities(item);
	for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
		if (found & odd[i].bit)
			add_field(out, separator, odd[i].words);
	if (item->shown_count)
		return;
	for (size_t i = 0; i < item->mark_count && i < 4; i++) {
		add_field(out, separator, "→ ");
		put_mark(out, &item->marks[i], " ");
	}
	if (item->text.len)
		add_field(out, separator, "not shown");
}

/* ---- text --------------------------------------------------------------------------------------------------------- */

static void brackets(const struct slice_writer *w, char c)
{
	for (size_t i = 0; i < w->level; i++)
		buf_add_char(w->out, c);
	if (c == ']')
		buf_add_char(w->out, '\n');
}

static void text_lines(const struct slice_writer *w, const struct slice_item *item, uint64_t first, uint64_t last)
{
	struct span text = slice_lines(item, first, last);
	if (!w->o->line_numbers) {
		buf_add_span(w->out, text);
	} else {
		for (uint64_t no = first; no <= last; no++) {
			put_u64(w->out, no);
			buf_add_char(w->out, ':');
			buf_add_span(w->out, slice_lines(item, no, no));
		}
	}
	if (text.len && text.ptr[text.len - 1] != '\n')
		buf_add_char(w->out, '\n');
}

typedef void line_writer(const struct slice_writer *w, const struct slice_item *item, uint64_t first, uint64_t last);
typedef void mark_writer(const struct slice_writer *w, const struct slice_item *item, const struct slice_mark *m);

/* The lines of a range, with its marks before the lines that they point at. */
static void marked_lines(const struct slice_writer *w, const struct slice_item *item, const struct slice_range *r, line_writer *lines,
                         mark_writer *mark)
{
	uint64_t next = r->first;
	for (size_t i = 0; i < item->mark_count; i++) {
		const struct slice_mark *m = &item->marks[i];
		if (m->line < r->first || m->line > r->last)
			continue;
		if (m->line > next)
			lines(w, item, next, m->line - 1);
		next = m->line;
		mark(w, item, m);
	}
	lines(w, item, next, r->last);
}

static void text_mark(const struct slice_writer *w, const struct slice_item *item, const struct slice_mark *m)
{
	(void)item;
	brackets(w, '[');
	buf_add_str(w->out, "→ ");
	put_mark(w->out, m, "|");
	brackets(w, ']');
}

static void text_gap(const struct slice_writer *w, uint64_t first, uint64_t last)
{
	brackets(w, '[');
	put_range(w->out, first, last);
	buf_add_char(w->out, '|');
	put_lines(w->out, last - first + 1);
	brackets(w, ']');
}

static void text_item(const struct slice_writer *w, const struct slice_item *item)
{
	brackets(w, '[');
	put_reference(w->out, item);
	item_fields(w->out, item, "|");
	brackets(w, ']');
	uint64_t next = item->first;
	for (size_t i = 0; i < item->shown_count; i++) {
		if (item->shown[i].first > next)
			text_gap(w, next, item->shown[i].first - 1);
		marked_lines(w, item, &item->shown[i], text_lines, text_mark);
		next = item->shown[i].last + 1;
	}
	if (item->shown_count && next <= item->last)
		text_gap(w, next, item->last);
}

static void rest_words(struct buf *out, const struct slices *s)
{
	put_u64(out, s->left_out);
	buf_add_str(out, s->item_count ? " more not shown" : " not shown");
}

static void render_text(const struct slice_writer *w)
{
	for (size_t i = 0; i < w->s->note_count; i++) {
		brackets(w, '[');
		buf_add_span(w->out, w->s->notes[i]);
		brackets(w, ']');
	}
	for (size_t i = 0; i < w->s->item_count; i++)
		text_item(w, &w->s->items[i]);
	if (!w->s->left_out)
		return;
	brackets(w, '[');
	rest_words(w->out, w->s);
	brackets(w, ']');
}

/* As for logs: the smallest number of brackets with which no printed line, blanks aside, begins. */
static void take_level(const struct slice_item *item, uint64_t *taken)
{
	for (size_t i = 0; i < item->shown_count; i++) {
		struct span text = slice_lines(item, item->shown[i].first, item->shown[i].last);
		while (text.len) {
			const char *newline = memchr(text.ptr, '\n', text.len);
			size_t len = newline ? (size_t)(newline - text.ptr) : text.len, at = 0, n = 0;
			while (at < len && (text.ptr[at] == ' ' || text.ptr[at] == '\t'))
				at++;
			while (at + n < len && text.ptr[at + n] == '[')
				n++;
			*taken |= n < 64 ? UINT64_C(1) << n : 0;
			text = span_from(text, len + 1);
		}
	}
}

static size_t free_level(uint64_t taken)
{
	size_t level = 1;
	while (level < 63 && taken >> level & 1)
		level++;
	return level;
}

/* ---- Markdown ----------------------------------------------------------------------------------------------------- */

static size_t longest_run(struct span s, char c)
{
	size_t longest = 0, run = 0;
	for (size_t i = 0; i < s.len; i++) {
		run = s.ptr[i] == c ? run + 1 : 0;
		longest = run > longest ? run : longest;
	}
	return longest;
}

static void put_fence(struct buf *out, size_t n)
{
	while (n--)
		buf_add_char(out, '`');
}

static void markdown_lines(const struct slice_writer *w, const struct slice_item *item, uint64_t first, uint64_t last)
{
	struct span text = slice_lines(item, first, last);
	size_t run = longest_run(text, '`'), fence = run < 3 ? 3 : run + 1;
	put_fence(w->out, fence);
	put_range(w->out, first, last);
	buf_add_char(w->out, '\n');
	text_lines(w, item, first, last);
	put_fence(w->out, fence);
	buf_add_char(w->out, '\n');
}

static void markdown_mark(const struct slice_writer *w, const struct slice_item *item, const struct slice_mark *m)
{
	(void)item;
	buf_add_str(w->out, "- → ");
	put_mark(w->out, m, ", ");
	buf_add_char(w->out, '\n');
}

static void put_code(struct buf *out, struct span s)
{
	size_t ticks = longest_run(s, '`') + 1;
	bool padded = s.len == 0 || s.ptr[0] == '`' || s.ptr[s.len - 1] == '`';
	put_fence(out, ticks);
	buf_add_str(out, padded ? " " : "");
	buf_add_span(out, s);
	buf_add_str(out, padded ? " " : "");
	put_fence(out, ticks);
}

static void markdown_item(const struct slice_writer *w, const struct slice_item *item)
{
	struct buf reference = {0};
	put_reference(&reference, item);
	buf_add_str(w->out, "## ");
	put_code(w->out, buf_span(&reference));
	buf_release(&reference);
	item_fields(w->out, item, ", ");
	buf_add_char(w->out, '\n');
	uint64_t next = item->first;
	for (size_t i = 0; i <= item->shown_count && item->shown_count; i++) {
		uint64_t until = i < item->shown_count ? item->shown[i].first - 1 : item->last;
		if (until >= next) {
			buf_add_str(w->out, "- ");
			put_range(w->out, next, until);
			buf_add_str(w->out, ", ");
			put_lines(w->out, until - next + 1);
			buf_add_char(w->out, '\n');
		}
		if (i == item->shown_count)
			break;
		marked_lines(w, item, &item->shown[i], markdown_lines, markdown_mark);
		next = item->shown[i].last + 1;
	}
}

static void render_markdown(const struct slice_writer *w)
{
	for (size_t i = 0; i < w->s->note_count; i++) {
		buf_add_str(w->out, "> ");
		buf_add_span(w->out, w->s->notes[i]);
		buf_add_char(w->out, '\n');
	}
	for (size_t i = 0; i < w->s->item_count; i++)
		markdown_item(w, &w->s->items[i]);
	if (!w->s->left_out)
		return;
	buf_add_str(w->out, "> ");
	rest_words(w->out, w->s);
	buf_add_char(w->out, '\n');
}

/* ---- JSON --------------------------------------------------------------------------------------------------------- */

static void json_item(const struct slice_writer *w, const struct slice_item *item)
{
	struct buf *out = w->out, reference = {0};
	buf_addf(&reference, "%.*s:", (int)item->reference.len, item->reference.ptr);
	put_range(&reference, item->first, item->last);
	buf_add_char(out, '{');
	/* A reference must come back byte for byte, which a JSON string can only do for UTF-8. */
	if (utf8_valid(buf_span(&reference))) {
		buf_add_str(out, "\"reference\":");
		put_json_string(out, buf_span(&reference));
		buf_add_char(out, ',');
	}
	buf_release(&reference);
	buf_add_str(out, "\"path\":");
	put_json_string(out, item->path);
	buf_addf(out, ",\"first\":%llu,\"last\":%llu", (unsigned long long)item->first, (unsigned long long)item->last);
	const struct {
		const char *key;
		struct span value;
	} words[] = {{"kind", item->kind}, {"name", item->name}, {"role", item->role}, {"note", item->note}};
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (words[i].value.len) {
			buf_addf(out, ",\"%s\":", words[i].key);
			put_json_string(out, words[i].value);
		}
	if (item->recovered)
		buf_add_str(out, ",\"recovered\":true");
	if (item->masked)
		buf_add_str(out, ",\"masked\":true");
	unsigned found = oddities(item);
	for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
		if (found & odd[i].bit)
			buf_addf(out, ",\"%s\":true", odd[i].key);
	if (item->mark_count) {
		buf_add_str(out, ",\"marks\":[");
		for (size_t i = 0; i < item->mark_count; i++) {
			buf_addf(out, "%s{\"line\":%llu", i ? "," : "", (unsigned long long)item->marks[i].line);
			if (item->marks[i].column)
				buf_addf(out, ",\"column\":%llu", (unsigned long long)item->marks[i].column);
			if (item->marks[i].note.len) {
				buf_add_str(out, ",\"note\":");
				put_json_string(out, item->marks[i].note);
			}
			buf_add_char(out, '}');
		}
		buf_add_char(out, ']');
	}
	buf_add_str(out, ",\"shown\":[");
	for (size_t i = 0; i < item->shown_count; i++) {
		buf_addf(out, "%s{\"first\":%llu,\"last\":%llu,\"text\":", i ? "," : "", (unsigned long long)item->shown[i].first,
		         (unsigned long long)item->shown[i].last);
		put_json_string(out, slice_lines(item, item->shown[i].first, item->shown[i].last));
		buf_add_char(out, '}');
	}
	buf_add_str(out, "]}");
}

static void render_json(const struct slice_writer *w, size_t tokens)
{
	const struct slices *s = w->s;
	buf_addf(w->out, "{\"version\":%d,\"tokens\":%zu,\"encoding\":\"%s\",", SCHEMA_VERSION, tokens, encoding_name(w->o->encoding));
	if (encoding_is_estimate(w->o->encoding))
		buf_add_str(w->out, "\"tokens_estimated\":true,");
	if (s->budget_tokens)
		buf_addf(w->out, "\"budget\":%zu,", s->budget_tokens);
	if (s->note_count) {
		buf_add_str(w->out, "\"notes\":[");
		for (size_t i = 0; i < s->note_count; i++) {
			if (i)
				buf_add_char(w->out, ',');
			put_json_string(w->out, s->notes[i]);
		}
		buf_add_str(w->out, "],");
	}
	if (s->left_out)
		buf_addf(w->out, "\"left_out\":%llu,", (unsigned long long)s->left_out);
	buf_add_str(w->out, "\"slices\":[");
	for (size_t i = 0; i < s->item_count; i++) {
		if (i)
			buf_add_char(w->out, ',');
		json_item(w, &s->items[i]);
	}
	buf_add_str(w->out, "]}\n");
}

/* ---- all of them -------------------------------------------------------------------------------------------------- */

size_t render_slices(const struct slices *s, const struct render_options *options, struct buf *out)
{
	struct slice_writer w = {.s = s, .o = options, .out = out, .level = 1};
	size_t begin = out->len, tokens = 0;
	uint64_t taken = 0;
	switch (options->format) {
	case RENDER_TEXT:
		for (size_t i = 0; i < s->item_count; i++)
			take_level(&s->items[i], &taken);
		w.level = free_level(taken);
		render_text(&w);
		break;
	case RENDER_MARKDOWN: render_markdown(&w); break;
	case RENDER_JSON:
		for (size_t figure = FIRST_FIGURE, i = 0; i < FIGURE_TRIES; i++, figure = tokens) {
			out->len = begin;
			render_json(&w, figure);
			tokens = tokens_count(options->encoding, span_from(buf_span(out), begin));
			if (tokens == figure)
				break;
		}
		return tokens;
	}
	return tokens_count(options->encoding, span_from(buf_span(out), begin));
}

size_t render_slice_cost(const struct slice_item *item, const struct render_options *options, struct buf *scratch)
{
	struct slice_writer w = {.o = options, .out = scratch, .level = 1};
	uint64_t taken = 0;
	buf_clear(scratch);
	switch (options->format) {
	case RENDER_TEXT:
		take_level(item, &taken);
		w.level = free_level(taken);
		text_item(&w, item);
		break;
	case RENDER_MARKDOWN: markdown_item(&w, item); break;
	case RENDER_JSON:
		json_item(&w, item);
		buf_add_char(scratch, ',');
		break;
	}
	return tokens_count(options->encoding, buf_span(scratch));
}
