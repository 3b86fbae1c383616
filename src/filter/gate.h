/* Which of many texts a line may hold, in one walk over the line.
 *
 * Digits are not told apart: the walk is over the line's form (text/kernel.h), so that what it finds holds for all lines of
 * that form. So a text is looked for in vain more often, and never missed.
 *
 * Each text is known by three of its bytes, the least common ones, and by the byte behind them, if it has one. Texts have at
 * least LITERAL_LEAST_BYTES bytes. */
#ifndef CTXCUT_FILTER_GATE_H
#define CTXCUT_FILTER_GATE_H

#include <stdint.h>

#include "base/arena.h"

struct gate_text {
	struct span text;  /* its form; borrowed, or in the gate's arena */
	uint32_t owner;    /* what the caller knows it by */
	uint32_t three;    /* the three bytes */
	uint16_t at;       /* their offset in the text */
	uint16_t next;     /* 1 + the next text of this slot */
	uint16_t same;     /* 1 + the same text of another owner, which has no place in the slot */
};

enum { GATE_BITS = 12, GATE_BITS_SMALL = 10, GATE_TEXTS_MOST = UINT16_MAX - 1 };

struct gate {
	struct gate_text *texts; /* owned */
	size_t count, cap;
	unsigned slot_bits;      /* of the hash; 0: nothing is in it */
	uint32_t *behind;        /* owned: by slot, a bit for each byte (modulo 32) that stands behind the three of a text */
	uint16_t *slots;         /* owned: 1 + the first text */
	struct arena forms;
};

/* `slot_bits`: GATE_BITS, or GATE_BITS_SMALL for fewer than a hundred texts; the first call decides. Of more texts than
 * GATE_TEXTS_MOST the rest is not added: false. */
bool gate_add(struct gate *g, struct span text, uint32_t owner, unsigned slot_bits);
void gate_release(struct gate *g); /* safe on a zeroed struct */

/* Sets the bit of each owner that has a text in the line of this form; bits that are set stay. */
void gate_scan(const struct gate *g, struct span form, uint64_t *owners);

#endif
