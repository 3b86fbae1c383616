/* The Markdown form: a heading, one fenced block per run of lines with its range as info string, gaps as list items. */
#include "render/writer.h"

static void put_char_run(struct buf *out, char c, size_t n)
{
	while (n--)
		buf_add_char(out, c);
}

static size_t longest_backtick_run(struct span s)
{
	size_t longest = 0, run = 0;
	for (size_t i = 0; i < s.len; i++) {
		run = s.ptr[i] == '`' ? run + 1 : 0;
		if (run > longest)
			longest = run;
	}
	return longest;
}

/* A code span: delimiters longer than any run of backticks inside, and a blank between where they would touch one. */
static void put_code(struct buf *out, struct span s)
{
	size_t ticks = longest_backtick_run(s) + 1;
	bool padded = s.len == 0 || s.ptr[0] == '`' || s.ptr[s.len - 1] == '`' ||
	              (s.ptr[0] == ' ' && s.ptr[s.len - 1] == ' ');
	put_char_run(out, '`', ticks);
	if (padded)
		buf_add_char(out, ' ');
	buf_add_span(out, s);
	if (padded)
		buf_add_char(out, ' ');
	put_char_run(out, '`', ticks);
}

static void put_code_word(struct buf *out, const char *before, struct span word, const char *after)
{
	struct buf code = {0};
	buf_add_str(&code, before);
	put_word(&code, word);
	buf_add_str(&code, after);
	put_code(out, buf_span(&code));
	buf_release(&code);
}

static struct fields begin(const struct writer *w, const char *mark)
{
	buf_add_str(w->out, mark);
	return (struct fields){.out = w->out, .separator = ", ", .put_word = put_code_word};
}

void markdown_header(const struct writer *w, enum header_form form, size_t after)
{
	struct fields f = begin(w, "# ");
	fields_header(&f, w, form, after);
	buf_add_char(w->out, '\n');
}

static void markdown_input(struct writer *w, size_t i)
{
	if (w->x->input_count == 1 || w->x->passthrough)
		return;
	struct fields f = begin(w, "## ");
	fields_input(&f, w, i);
	buf_add_char(w->out, '\n');
}

static void markdown_mention(struct writer *w, size_t i)
{
	if (w->x->passthrough)
		return;
	struct fields f = begin(w, "## ");
	fields_mention(&f, w, i);
	buf_add_char(w->out, '\n');
}

static void markdown_rest(struct writer *w, const struct totals *rest)
{
	if (w->x->passthrough)
		return;
	struct fields f = begin(w, "## ");
	fields_rest(&f, rest);
	buf_add_char(w->out, '\n');
}

/* What fits is still fenced: unfenced lines would not be what they were once Markdown is rendered. */
static void markdown_lines(struct writer *w, const struct piece *p)
{
	size_t fence = 3;
	for (size_t i = p->line_begin; i < p->line_end; i++) {
		size_t run = longest_backtick_run(w->x->lines[i].text);
		if (run >= fence)
			fence = run + 1;
	}
	put_char_run(w->out, '`', fence);
	if (!w->x->passthrough)
		put_range(w->out, p->first_line, p->last_line);
	buf_add_char(w->out, '\n');
	for (size_t i = p->line_begin; i < p->line_end; i++) {
		put_line(w->out, &w->x->lines[i], w->plan->level);
		buf_add_char(w->out, '\n');
	}
	put_char_run(w->out, '`', fence);
	buf_add_char(w->out, '\n');
	for (uint64_t no = p->first_line; w->x->source_count && no <= p->last_line; no++) {
		size_t count;
		const struct extract_source *s = sources_of_line(w->x, p->input, no, &count);
		for (size_t i = 0; i < count; i++) {
			struct fields f = begin(w, "- ");
			put_u64(w->out, no);
			buf_add_str(w->out, " → ");
			fields_source(&f, &s[i]);
			buf_add_char(w->out, '\n');
		}
	}
}

static void markdown_gap(struct writer *w, const struct piece *p)
{
	struct fields f = begin(w, "- ");
	fields_gap(&f, p);
	buf_add_char(w->out, '\n');
}

static void markdown_fold(struct writer *w, const struct piece *p)
{
	struct fields f = begin(w, "- ");
	fields_fold(&f, p);
	if (p->varied.len) {
		buf_add_str(w->out, f.separator);
		put_code(w->out, p->varied);
	}
	buf_add_char(w->out, '\n');
}

const struct writer_ops markdown_writer = {
	.input = markdown_input, .mention = markdown_mention, .lines = markdown_lines,
	.gap = markdown_gap,     .fold = markdown_fold,       .rest = markdown_rest,
};
