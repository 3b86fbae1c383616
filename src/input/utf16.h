/* UTF-16 to UTF-8, step by step. A surrogate without its other half and a last odd byte become U+FFFD. Internal to
 * src/input. */
#ifndef CTXCUT_INPUT_UTF16_H
#define CTXCUT_INPUT_UTF16_H

#include <stdint.h>

#include "base/span.h"

struct utf16 {
	bool big_endian;
	bool has_odd;          /* a unit's first byte was met, its second not yet: */
	unsigned char odd;
	uint16_t high;         /* a high surrogate that waits for its low one, or 0 */
};

enum { UTF16_ROOM_BYTES = 6 }; /* what one unit can give: U+FFFD for the one before, and its own */

/* Takes bytes off the head of *in and writes up to cap (≥ UTF16_ROOM_BYTES) bytes; returns how many. */
size_t utf16_step(struct utf16 *u, struct span *in, char *out, size_t cap);
/* When the input has ended: writes what is left over. */
size_t utf16_finish(struct utf16 *u, char out[UTF16_ROOM_BYTES]);

#endif
