/* Inside src/render only: the one walk over an extract, and what its three writers share.
 *
 * The walk goes through the inputs in their order. An input with printed lines is opened by `input`, then its pieces
 * follow; an input of which nothing was chosen is mentioned in its place while mentions are affordable, and the rest of
 * those is counted in one `rest` at the end. Every line of every input is accounted for once (promise P2). */
#ifndef CTXCUT_RENDER_WRITER_H
#define CTXCUT_RENDER_WRITER_H

#include "render/render.h"

struct totals {
	uint64_t inputs, lines, tokens, errors, errors_shown, warnings;
	bool tokens_estimated, stdin_read;
};

enum showing {
	SHOW_PIECES,  /* has printed lines, or is the only input */
	SHOW_MENTION, /* nothing chosen: one line */
	SHOW_COUNTED, /* nothing chosen: a part of the rest */
};

struct input_plan {
	enum showing showing;
	size_t piece_begin, piece_end; /* range in extract.pieces */
};

struct plan {
	struct input_plan *inputs; /* owned, one for each input */
	struct totals all;         /* of every input */
	struct totals rest;        /* of the inputs that are SHOW_COUNTED */
	size_t level;              /* brackets of a marker and of the mark of a cut: the smallest number that none can be taken for */
	bool any_reference;
};

/* How much of the header is given up when the budget is so small that the header alone would eat half of it. */
enum header_form { HEADER_FULL, HEADER_NO_NAME, HEADER_BARE, HEADER_LEAST };

struct writer;
struct writer_ops {
	void (*input)(struct writer *w, size_t i);
	void (*mention)(struct writer *w, size_t i);
	void (*lines)(struct writer *w, const struct piece *p);
	void (*gap)(struct writer *w, const struct piece *p);
	void (*fold)(struct writer *w, const struct piece *p);
	void (*rest)(struct writer *w, const struct totals *rest);
};

struct writer {
	const struct writer_ops *ops;
	const struct extract *x;
	const struct render_options *o;
	const struct plan *plan;
	struct buf *out; /* borrowed */
	bool color;
	void *state;     /* the writer's own */
};

void plan_init(struct plan *plan, const struct extract *x, const struct render_options *o);
void plan_release(struct plan *plan);
void walk(struct writer *w);

/* The sources of one line: the first, and *count of them. */
const struct extract_source *sources_of_line(const struct extract *x, uint32_t input, uint64_t line, size_t *count);

static inline uint64_t piece_line_count(const struct piece *p) { return p->last_line - p->first_line + 1; }
uint64_t add_clamped(uint64_t a, uint64_t b);

/* The first guess of an output's own number of tokens. The tokens of a number never fall as it grows, so taking the
 * count of one try as the figure of the next only rises or only falls, and ends at a figure that is true. Numbers grow
 * a token every three digits: from here all that have four to six are right at the second try. */
enum { FIRST_FIGURE = 1000, FIGURE_TRIES = 16 };

/* ---- words that text and Markdown share -------------------------------------------------------------------------- */

/* What a marker or heading says is a list of fields. The separator goes before every field but the first; a name, a
 * reference or a command is printed by `put_word` as one shell word between `before` and `after`. */
struct fields {
	struct buf *out;
	const char *separator;
	void (*put_word)(struct buf *out, const char *before, struct span word, const char *after);
	bool any;
};

/* The fields of the header, of an input with picks, of one without, of the uncounted rest, of a gap and of a fold. */
void fields_header(struct fields *f, const struct writer *w, enum header_form form, size_t after);
void fields_input(struct fields *f, const struct writer *w, size_t i);
void fields_mention(struct fields *f, const struct writer *w, size_t i);
void fields_rest(struct fields *f, const struct totals *rest);
void fields_gap(struct fields *f, const struct piece *p);
void fields_fold(struct fields *f, const struct piece *p);

/* A line with the marks of its cuts. */
void put_line(struct buf *out, const struct extract_line *line, size_t level);
/* A reference to a source: "src/cart.c:80-112|function cart_add". */
void fields_source(struct fields *f, const struct extract_source *s);

void put_u64(struct buf *out, uint64_t n);
/* "7" or "2-1870" */
void put_range(struct buf *out, uint64_t first, uint64_t last);
/* One word for a POSIX shell; $'…' (POSIX 2024, bash, zsh, ksh) only when it holds what must not be printed. */
void put_word(struct buf *out, struct span word);

/* True when the reference begins with the name: then the name need not be printed beside it. */
bool reference_names(const struct extract_input *in);
static inline bool is_stdin(const struct extract_input *in) { return span_eq(in->name, SPAN("-")); }

/* ---- the writers ------------------------------------------------------------------------------------------------- */

extern const struct writer_ops text_writer, markdown_writer;

/* The header line of text and Markdown, "\n" included, stating `after` tokens. */
void text_header(const struct writer *w, enum header_form form, size_t after);
void markdown_header(const struct writer *w, enum header_form form, size_t after);

/* JSON is one tree: builds it, settles its token figure, appends it with "\n". Returns its tokens. */
size_t json_render(struct writer *w);

#endif
