#include "render/writer.h"

#include <assert.h>

/* The body is counted once: where a cut is exact, only what stands before the cut is counted together with the header,
 * again for each figure that the header tries. */
struct body_count {
	struct span before_cut;
	size_t after_cut_tokens;
};

static struct body_count count_body(struct span body, enum encoding encoding)
{
	size_t cut = 0;
	/* A rounded-up factor does not add up over parts. */
	bool exact = !encoding_is_estimate(encoding);
	while (exact && cut < body.len && !tokens_cut_is_exact(span_from(body, cut))) {
		const char *newline = memchr(body.ptr + cut, '\n', body.len - cut);
		cut = newline ? (size_t)(newline - body.ptr) + 1 : body.len;
	}
	if (!exact)
		cut = body.len;
	return (struct body_count){span_head(body, cut), tokens_count(encoding, span_from(body, cut))};
}

static size_t count_with_head(struct buf *scratch, const struct body_count *body, enum encoding encoding)
{
	buf_add_span(scratch, body->before_cut);
	return tokens_count(encoding, buf_span(scratch)) + body->after_cut_tokens;
}

typedef void header_writer(const struct writer *w, enum header_form form, size_t after);

/* The richest header that leaves half of the budget to what was chosen. Decided with the budget as its figure, so that
 * it does not depend on the choice. */
static enum header_form fitting_form(const struct writer *w, header_writer *header)
{
	size_t budget = w->x->budget_tokens;
	if (budget == 0)
		return HEADER_FULL;
	struct buf scratch = {0};
	struct writer trial = *w;
	trial.out = &scratch;
	trial.color = false;
	enum header_form form = HEADER_FULL;
	for (; form < HEADER_LEAST; form++) {
		buf_clear(&scratch);
		header(&trial, form, budget);
		if (tokens_count(w->o->encoding, buf_span(&scratch)) <= budget / 2)
			break;
	}
	buf_release(&scratch);
	return form;
}

/* Finds the figure that is true of the output that states it. */
static size_t settle(const struct writer *w, header_writer *header, enum header_form form, struct span body)
{
	struct body_count counted = count_body(body, w->o->encoding);
	struct buf head = {0};
	struct writer plain = *w;
	plain.out = &head;
	plain.color = false;
	size_t figure = FIRST_FIGURE, tokens = 0;
	for (int i = 0; i < FIGURE_TRIES; i++) {
		buf_clear(&head);
		header(&plain, form, figure);
		tokens = count_with_head(&head, &counted, w->o->encoding);
		if (tokens == figure)
			break;
		figure = tokens;
	}
	assert(tokens == figure);
	buf_release(&head);
	return figure;
}

static size_t render_headed(struct writer *w, header_writer *header)
{
	bool bare = w->x->passthrough;
	struct buf *out = w->out, body = {0};
	bool color = w->color;
	w->out = &body;
	w->color = false;
	walk(w);
	size_t tokens;
	enum header_form form = HEADER_FULL;
	if (bare) {
		tokens = tokens_count(w->o->encoding, buf_span(&body));
	} else {
		form = fitting_form(w, header);
		tokens = settle(w, header, form, buf_span(&body));
	}
	w->out = out;
	w->color = color;
	if (!bare)
		header(w, form, tokens);
	if (color)
		walk(w);
	else
		buf_add_span(out, buf_span(&body));
	buf_release(&body);
	return tokens;
}

size_t render(const struct extract *x, const struct render_options *options, struct buf *out)
{
	struct plan plan;
	plan_init(&plan, x, options);
	struct writer w = {.x = x, .o = options, .plan = &plan, .out = out};
	size_t tokens = 0;
	switch (options->format) {
	case RENDER_TEXT:
		w.ops = &text_writer;
		w.color = options->color;
		tokens = render_headed(&w, text_header);
		break;
	case RENDER_MARKDOWN:
		w.ops = &markdown_writer;
		tokens = render_headed(&w, markdown_header);
		break;
	case RENDER_JSON: tokens = json_render(&w); break;
	}
	plan_release(&plan);
	return tokens;
}
