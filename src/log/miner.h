/* Template mining: which lines are of one kind (DESIGN section 6). Zero configuration.
 *
 * Two levels of identity. A *shape* is a line with its variable parts masked: worked out for every line. A
 * *template* joins shapes that differ only in a variable word: worked out once, at the end. Memory is bounded: past
 * the limits the mask coarsens and the miner counts what it coarsened; it never grows without bound and never loses
 * a line's count. */
#ifndef CTXCUT_LOG_MINER_H
#define CTXCUT_LOG_MINER_H

#include <stdint.h>

#include "base/limits.h"
#include "base/span.h"

struct miner;

struct miner *miner_new(const struct limits *limits);
void miner_free(struct miner *m);

/* Counts one judged line (cleaned, CI decoration off). Returns its shape id, dense from 0. *is_new tells first sight.
 * `line_no` must not decrease. */
uint32_t miner_add(struct miner *m, struct span judged, uint64_t line_no, bool *is_new);

/* The same for a line whose shape_hash (log/shape.h) is known. Only this hurries. */
uint32_t miner_add_shape(struct miner *m, struct span judged, uint64_t hash, uint64_t line_no, bool *is_new);

/* From now on lines for which there is no room cost less: less of them is looked at, and finer tiers are not searched while they
 * know hardly any of the lines that come. While they are not, the hash of the next line's shape is not needed. Then what a coarse shape holds depends on what came before, and miner_find may name
 * another shape than a line was counted under: for who never asks it. */
void miner_hurry(struct miner *m);
bool miner_needs_no_shape(const struct miner *m);

/* The shape of this shape_hash, when lines of it alone have come; UINT32_MAX: there is none, or a miner in a hurry does not look. */
uint32_t miner_shape_of(struct miner *m, uint64_t hash);
/* A line of this shape_hash is soon to be added. */
void miner_expect(const struct miner *m, uint64_t hash);

/* Counts more lines of a shape that miner_add gave; the last of them is `line_no`. In any order. */
void miner_count(struct miner *m, uint32_t shape, uint64_t lines, uint64_t line_no);

/* The shape that a line was counted under, also after miner_finish; UINT32_MAX for a line that was never added. */
uint32_t miner_find(struct miner *m, struct span judged);

/* Stage 2: joins shapes into templates. Call once, after the last line. */
void miner_finish(struct miner *m);

size_t miner_shape_count(const struct miner *m);
uint64_t miner_shape_lines(const struct miner *m, uint32_t shape); /* how many lines have this shape */
/* Identity that holds across miners (for a baseline): the hash of the exact masked text, known from the first sight
 * on. Times, process numbers and hosts with a digit are masks; a syslog host without one is left out. Level, thread
 * and component are kept: they do not change from run to run. */
uint64_t miner_shape_key(const struct miner *m, uint32_t shape);
uint64_t miner_coarsened(const struct miner *m); /* lines counted under a coarser mask */
/* True for a shape that stands for lines of several shapes, its table being full: what holds for its first line (a
 * severity, a class) need not hold for its others. */
bool miner_shape_is_coarse(const struct miner *m, uint32_t shape);

/* After miner_finish. Template ids are dense from 0, in order of first line. */
size_t miner_template_count(const struct miner *m);
uint32_t miner_template_of(const struct miner *m, uint32_t shape);

struct template_info {
	uint64_t count, first_line, last_line;
	struct span example; /* borrowed from the miner: the first line, judged form, cut at 512 bytes */
	struct span pattern; /* borrowed: the masked text, "<*>" for what varies */
};
void miner_template(const struct miner *m, uint32_t template_id, struct template_info *out);

#endif
