/* The little that the program must know of UTF-8: where names and values that come from outside are printed. */
#ifndef CTXCUT_APP_CHARS_H
#define CTXCUT_APP_CHARS_H

#include <stddef.h>

/* Bytes of the well-formed UTF-8 character at the NUL-terminated p (Unicode, table 3-7), or 0 when there is none.
 * Control characters, C1 included, count as none but for `p` below 0x80, which is always 1. */
static inline size_t char_len(const unsigned char *p)
{
	if (p[0] < 0x80)
		return 1;
	size_t len = p[0] >= 0xc2 && p[0] <= 0xdf   ? 2
		     : (p[0] & 0xf0) == 0xe0        ? 3
		     : p[0] >= 0xf0 && p[0] <= 0xf4 ? 4
						    : 0;
	if (!len)
		return 0;
	unsigned char low = p[0] == 0xe0 || p[0] == 0xc2 ? 0xa0 : p[0] == 0xf0 ? 0x90 : 0x80;
	unsigned char high = p[0] == 0xed ? 0x9f : p[0] == 0xf4 ? 0x8f : 0xbf;
	if (p[1] < low || p[1] > high)
		return 0;
	for (size_t i = 2; i < len; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	return len;
}

#endif
