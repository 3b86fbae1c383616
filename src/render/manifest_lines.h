/* Inside src/render only: the lines that the text form of a manifest is made of, and the counts of what it leaves out. */
#ifndef CTXCUT_RENDER_MANIFEST_LINES_H
#define CTXCUT_RENDER_MANIFEST_LINES_H

#include "render/manifest.h"

/* 999, 9.9k, 312k, 1.2M. */
void line_add_short(struct buf *out, uint64_t n);

/* `more`: how many of its definitions are not shown below it. */
void line_add_file(struct buf *out, const struct manifest *m, size_t file, uint64_t more);
void line_add_symbol(struct buf *out, const struct manifest *m, const struct outline *o, size_t k);

struct shown_totals {
	uint64_t files, lines, tokens, links, submodules, others, unreadable;
};
struct shown_totals totals_of(const struct manifest *m);
/* brief: for budgets that the whole would eat up. */
void line_add_header(struct buf *out, const struct manifest *m, const struct shown_totals *all, bool brief);

/* Adds rows that count what is left out (is_left[file]), as detailed as at most `budget` tokens allow; at least one row, whatever
 * it costs, when anything is left out. */
void folders_add(struct buf *out, const struct manifest *m, const bool *is_left, size_t budget);

#endif
