/* Slices of source files as text, JSON and Markdown; src/render/SLICES.md is the grammar. Unlike lines of a log, lines of a slice are
 * not cleaned: their bytes are those of the file. What a reader must not overlook in them is said beside them. */
#ifndef CTXCUT_RENDER_SLICES_H
#define CTXCUT_RENDER_SLICES_H

#include <stdint.h>

#include "render/render.h"

struct slice_range {
	uint64_t first, last; /* 1-based, inclusive */
};

/* A line that is pointed at: the frame's, the call's. */
struct slice_mark {
	uint64_t line, column; /* column 0: none */
	struct span note;      /* cleaned; may be empty */
};

struct slice_item {
	struct span reference;    /* PATH@HASH as show takes it, without its range */
	struct span path;         /* the path alone, cleaned */
	uint64_t first, last;     /* what it is: a definition's lines, with the comment above it, or those around a place */
	struct span kind, name;   /* "function", "Cart.add"; empty: it is no definition */
	struct span role;         /* why it is here, where that is not the query itself: "caller", "test", "import" … */
	struct span note;         /* more about that; cleaned */
	struct span text;         /* lines first..last, with their ends; borrowed */
	const uint32_t *line_off; /* borrowed: offset in `text` of each line, and its length behind the last */
	struct slice_range *shown; /* rising; nothing: it is only named */
	size_t shown_count;
	struct slice_mark *marks; /* by line */
	size_t mark_count;
	bool recovered;           /* its end is a guess */
	bool masked;              /* secrets in it are masked: its lines are not all those of the file */
};

struct slices {
	struct slice_item *items; /* in the order to print */
	size_t item_count;
	struct span *notes;       /* what must be said before them, each cleaned */
	size_t note_count;
	uint64_t left_out;        /* further ones, for which there is no room even to name them */
	size_t budget_tokens;     /* 0: none */
};

/* Appends the rendering. Returns its tokens (exact, or the labelled estimate). */
size_t render_slices(const struct slices *s, const struct render_options *options, struct buf *out);
/* Tokens that one item adds, about: what is printed is counted as a whole. */
size_t render_slice_cost(const struct slice_item *item, const struct render_options *options, struct buf *scratch);

/* Bytes of the lines first..last of an item. */
struct span slice_lines(const struct slice_item *item, uint64_t first, uint64_t last);

#endif
