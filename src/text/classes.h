/* Which kinds of byte a line is made of: bitmaps, 64 bytes at a time, from vectors; and what is picked from a line by such bitmaps.
 *
 * One source for each instruction set that has bytes in vectors. Where there is none, or none is wanted, callers go byte by byte. */
#ifndef CTXCUT_TEXT_CLASSES_H
#define CTXCUT_TEXT_CLASSES_H

#include <stdint.h>

#include "base/limits.h"
#include "base/span.h"

enum { CLASSES_BLOCK = 64, CLASSES_BLOCKS = (LINE_JUDGED_BYTES + LINE_TAIL_BYTES) / CLASSES_BLOCK };

/* Bit i is byte i of the block; past the line's end all are 0. */
struct class_bits {
	uint64_t digit, upper, word; /* 0-9; A-Z; letters and digits */
	uint64_t not_hex;            /* letters past f */
	uint64_t blank, odd_blank;   /* up to 0x20, and DEL; those that are no spaces */
	uint64_t path;               /* word, "/._-~%+@$" and past ASCII */
	uint64_t joiner, comma;      /* ",-./:+"; "," */
	uint64_t slash;
};

enum class_seen {
	CLASS_SEEN_CONTROL = 1, /* but tabs */
	CLASS_SEEN_HIGH = 2,    /* past ASCII */
	CLASS_SEEN_CARET = 4,
};

struct classes {
	unsigned seen; /* enum class_seen */
	size_t blocks;
	struct class_bits at[CLASSES_BLOCKS + 2]; /* behind those that there are one that is all 0, and room to look behind that */
};

/* What is kept of a block; of that, what is written as another character. */
struct class_picks {
	uint64_t keep;
	uint64_t zero, tilde, blank; /* as '0', '~', ' ' */
};

/* False: there are no vectors, or the line is longer than CLASSES_BLOCKS. */
bool classes_of(struct span line, struct classes *out);

/* Writes what is picked from the blocks from `first` on, `line.len` bytes at most, and returns how many. After classes_of. */
size_t classes_pick(struct span line, size_t first, const struct class_picks *picks, char *out);

/* Takes this implementation from now on, as kernel_use does (text/kernel.h): the one for these instructions, or none. */
void classes_use(const char *name);

#endif
