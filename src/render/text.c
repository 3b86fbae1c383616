/* The text form; src/render/FORMAT.md is its grammar. */
#include "render/writer.h"

#define SGR_OFF "\033[0m"
#define SGR_DIM "\033[2m"

static const char *class_color(enum line_class c)
{
	switch (c) {
	case CLASS_FAILURE: return "\033[1;31m";
	case CLASS_ERROR: return "\033[31m";
	case CLASS_WARNING: return "\033[33m";
	case CLASS_PASS: return "\033[32m";
	case CLASS_SECTION: return "\033[36m";
	case CLASS_SUMMARY: return "\033[1m";
	case CLASS_NOISE: return SGR_DIM;
	case CLASS_PLAIN:
	case CLASS_TRACE: break;
	}
	return NULL;
}

static void open_marker(const struct writer *w)
{
	if (w->color)
		buf_add_str(w->out, SGR_DIM);
	for (size_t i = 0; i < w->plan->level; i++)
		buf_add_char(w->out, '[');
}

static void close_marker(const struct writer *w)
{
	for (size_t i = 0; i < w->plan->level; i++)
		buf_add_char(w->out, ']');
	if (w->color)
		buf_add_str(w->out, SGR_OFF);
	buf_add_char(w->out, '\n');
}

static void put_plain_word(struct buf *out, const char *before, struct span word, const char *after)
{
	buf_add_str(out, before);
	put_word(out, word);
	buf_add_str(out, after);
}

static struct fields fields_of(const struct writer *w)
{
	return (struct fields){.out = w->out, .separator = "|", .put_word = put_plain_word};
}

void text_header(const struct writer *w, enum header_form form, size_t after)
{
	struct fields f = fields_of(w);
	open_marker(w);
	fields_header(&f, w, form, after);
	close_marker(w);
}

static void text_input(struct writer *w, size_t i)
{
	if (w->x->input_count == 1 || w->x->passthrough)
		return;
	struct fields f = fields_of(w);
	open_marker(w);
	fields_input(&f, w, i);
	close_marker(w);
}

static void text_mention(struct writer *w, size_t i)
{
	if (w->x->passthrough)
		return;
	struct fields f = fields_of(w);
	open_marker(w);
	fields_mention(&f, w, i);
	close_marker(w);
}

static void text_rest(struct writer *w, const struct totals *rest)
{
	if (w->x->passthrough)
		return;
	struct fields f = fields_of(w);
	open_marker(w);
	fields_rest(&f, rest);
	close_marker(w);
}

/* Behind the line that names the place. */
static void text_sources(struct writer *w, uint32_t input, uint64_t line)
{
	size_t count;
	const struct extract_source *s = sources_of_line(w->x, input, line, &count);
	for (size_t i = 0; i < count; i++) {
		struct fields f = fields_of(w);
		open_marker(w);
		buf_add_str(w->out, "→ ");
		fields_source(&f, &s[i]);
		close_marker(w);
	}
}

static void text_lines(struct writer *w, const struct piece *p)
{
	bool number = w->o->line_numbers && !w->x->passthrough;
	for (size_t i = p->line_begin; i < p->line_end; i++) {
		const struct extract_line *line = &w->x->lines[i];
		const char *color = w->color ? class_color(line->class) : NULL;
		if (number) {
			if (w->color)
				buf_add_str(w->out, SGR_DIM);
			put_u64(w->out, line->no);
			buf_add_char(w->out, ':');
			if (w->color)
				buf_add_str(w->out, SGR_OFF);
		}
		if (color && line->text.len) {
			buf_add_str(w->out, color);
			put_line(w->out, line, w->plan->level);
			buf_add_str(w->out, SGR_OFF);
		} else {
			put_line(w->out, line, w->plan->level);
		}
		if (!(w->x->passthrough && p->open_end && i + 1 == p->line_end))
			buf_add_char(w->out, '\n');
		if (w->x->source_count)
			text_sources(w, p->input, line->no);
	}
}

static void text_gap(struct writer *w, const struct piece *p)
{
	struct fields f = fields_of(w);
	open_marker(w);
	fields_gap(&f, p);
	close_marker(w);
}

static void text_fold(struct writer *w, const struct piece *p)
{
	struct fields f = fields_of(w);
	open_marker(w);
	fields_fold(&f, p);
	if (p->varied.len) {
		buf_add_str(w->out, f.separator);
		buf_add_span(w->out, p->varied);
	}
	close_marker(w);
}

const struct writer_ops text_writer = {
	.input = text_input, .mention = text_mention, .lines = text_lines,
	.gap = text_gap,     .fold = text_fold,       .rest = text_rest,
};
