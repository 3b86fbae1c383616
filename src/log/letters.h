/* Which bytes of a text are letters, digits and so on: bitmaps of 64 bytes, the first byte in the lowest bit. Nothing outside of
 * the text is read. What a caller does not use of them is not worked out, since all is inline. */
#ifndef CTXCUT_LOG_LETTERS_H
#define CTXCUT_LOG_LETTERS_H

#include <stdint.h>

#include "base/bytes.h"
#include "base/span.h"

#if defined __SSE2__
#include <immintrin.h>
#endif

struct letters {
	uint64_t letters, digits, colons, blanks, pluses;
};

/* The eight bytes from s[i] on, with zeros for those behind its end; i < s.len. */
static inline uint64_t eight_at(struct span s, size_t i)
{
	uint64_t x = 0;
	if (i + 8 <= s.len)
		return bytes_load64(s.ptr + i);
	if (s.len >= 8)
		return bytes_load64(s.ptr + s.len - 8) >> 8 * (i + 8 - s.len);
	for (size_t n = s.len; n-- > i;)
		x = x << 8 | (unsigned char)s.ptr[n];
	return x;
}

#if defined __SSE2__
/* Bytes from `first` on, `count` of them. SSE2 compares signed bytes: they are moved down so that `first` is the lowest. */
static inline uint32_t letters_range(__m128i x, char first, int count)
{
	const __m128i moved = _mm_add_epi8(x, _mm_set1_epi8((char)(0x80 - first)));
	return (uint32_t)_mm_movemask_epi8(_mm_cmplt_epi8(moved, _mm_set1_epi8((char)(-128 + count))));
}
static inline uint32_t letters_equal(__m128i x, char c) { return (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(x, _mm_set1_epi8(c))); }
static inline struct letters letters_of_sixteen(const char *p)
{
	const __m128i x = _mm_loadu_si128((const __m128i *)(const void *)p);
	return (struct letters){
		.letters = letters_range(_mm_or_si128(x, _mm_set1_epi8(0x20)), 'a', 26),
		.digits = letters_range(x, '0', 10),
		.colons = letters_equal(x, ':'),
		.blanks = letters_equal(x, ' '),
		.pluses = letters_equal(x, '+'),
	};
}
#else
/* A bit for each of eight bytes in [first, first + count): the sums carry into the top bit of a byte, never beyond it. */
static inline uint64_t letters_range(uint64_t x, unsigned first, unsigned count)
{
	const uint64_t ones = UINT64_C(0x0101010101010101), high = 0x80 * ones;
	const uint64_t low = x & ~high, from = low + (0x80 - first) * ones, past = low + (0x80 - first - count) * ones;
	return ((from & ~past & ~x & high) >> 7) * UINT64_C(0x0102040810204080) >> 56;
}
static inline struct letters letters_of_sixteen(const char *p)
{
	struct letters out = {0};
	for (int half = 0; half < 2; half++) {
		const uint64_t x = bytes_load64(p + 8 * half);
		out.letters |= letters_range(x | 0x20 * UINT64_C(0x0101010101010101), 'a', 26) << 8 * half;
		out.digits |= letters_range(x, '0', 10) << 8 * half;
		out.colons |= letters_range(x, ':', 1) << 8 * half;
		out.blanks |= letters_range(x, ' ', 1) << 8 * half;
		out.pluses |= letters_range(x, '+', 1) << 8 * half;
	}
	return out;
}
#endif

static inline void letters_add(struct letters *out, struct letters part, size_t drop, size_t at)
{
	out->letters |= part.letters >> drop << at;
	out->digits |= part.digits >> drop << at;
	out->colons |= part.colons >> drop << at;
	out->blanks |= part.blanks >> drop << at;
	out->pluses |= part.pluses >> drop << at;
}

/* Of the bytes from s[i] on, 64 at most. */
static inline struct letters letters_at(struct span s, size_t i)
{
	struct letters out = {0};
	size_t n = s.len - i < 64 ? s.len - i : 64, at = 0;
	for (; at + 16 <= n; at += 16)
		letters_add(&out, letters_of_sixteen(s.ptr + i + at), 0, at);
	if (at == n)
		return out;
	if (i + n >= 16) { /* laid over the end */
		letters_add(&out, letters_of_sixteen(s.ptr + i + n - 16), 16 - (n - at), at);
	} else {
		char few[16] = {0};
		for (size_t k = at; k < n; k++)
			few[k - at] = s.ptr[i + k];
		letters_add(&out, letters_of_sixteen(few), 0, at);
	}
	return out;
}

#endif
