/* UTF-16 to UTF-8, piece by piece. A surrogate without its other half and a last odd byte become U+FFFD. Internal to
 * src/input. */
#ifndef CTXCUT_INPUT_UTF16_H
#define CTXCUT_INPUT_UTF16_H

#include <stdint.h>

#include "base/buf.h"
#include "base/span.h"

struct utf16 {
	bool big_endian;
	bool has_odd;       /* a unit's first byte was met, its second not yet: */
	unsigned char odd;
	uint16_t high;      /* a high surrogate that waits for its low one, or 0 */
};

/* Appends at most 3 bytes for 2 of `in`, and a few for what was left over from the piece before. */
void utf16_convert(struct utf16 *u, struct span in, struct buf *out);
/* When the input has ended: appends what is left over. */
void utf16_finish(struct utf16 *u, struct buf *out);

#endif
