/* Bytes as numbers, the same on every machine, and tables by byte. */
#ifndef CTXCUT_BASE_BYTES_H
#define CTXCUT_BASE_BYTES_H

#include <stdint.h>
#include <string.h>

/* Eight bytes, the first in the lowest byte of the number. */
static inline uint64_t bytes_load64(const void *p)
{
	uint64_t x;
	memcpy(&x, p, sizeof x);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	x = __builtin_bswap64(x);
#endif
	return x;
}

/* Four of them. */
static inline uint32_t bytes_load32(const void *p)
{
	uint32_t x;
	memcpy(&x, p, sizeof x);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	x = __builtin_bswap32(x);
#endif
	return x;
}

/* Initializers of a table: k for the bytes from c on, 10 or 26 of them. */
#define BYTES_10(c, k)                                                                                                  \
	[c] = k, [c + 1] = k, [c + 2] = k, [c + 3] = k, [c + 4] = k, [c + 5] = k, [c + 6] = k, [c + 7] = k, [c + 8] = k, \
	[c + 9] = k
#define BYTES_26(c, k)                                                                                                  \
	BYTES_10(c, k), BYTES_10(c + 10, k), [c + 20] = k, [c + 21] = k, [c + 22] = k, [c + 23] = k, [c + 24] = k, [c + 25] = k

#endif
