#include "input/utf16.h"

#include "text/utf8.h"

enum { REPLACEMENT = 0xFFFD };

static void convert_unit(struct utf16 *u, uint32_t unit, struct buf *out)
{
	bool is_low = unit >= 0xdc00 && unit <= 0xdfff, is_high = unit >= 0xd800 && unit <= 0xdbff;
	if (u->high) {
		uint32_t high = u->high;
		u->high = 0;
		if (is_low) {
			utf8_encode(out, 0x10000 + ((high - 0xd800) << 10) + (unit - 0xdc00));
			return;
		}
		utf8_encode(out, REPLACEMENT);
	}
	if (is_high)
		u->high = (uint16_t)unit;
	else
		utf8_encode(out, is_low ? REPLACEMENT : unit);
}

static uint32_t unit_of(const struct utf16 *u, char first, char second)
{
	unsigned a = (unsigned char)first, b = (unsigned char)second;
	return u->big_endian ? a << 8 | b : b << 8 | a;
}

void utf16_convert(struct utf16 *u, struct span in, struct buf *out)
{
	size_t i = 0;
	if (in.len == 0)
		return;
	buf_reserve(out, in.len / 2 * 3 + 6);
	if (u->has_odd) {
		u->has_odd = false;
		convert_unit(u, unit_of(u, (char)u->odd, in.ptr[i++]), out);
	}
	for (; in.len - i >= 2; i += 2) {
		uint32_t unit = unit_of(u, in.ptr[i], in.ptr[i + 1]);
		if (unit < 0x80 && !u->high)
			out->ptr[out->len++] = (char)unit;
		else
			convert_unit(u, unit, out);
	}
	if (i < in.len) {
		u->has_odd = true;
		u->odd = (unsigned char)in.ptr[i];
	}
}

void utf16_finish(struct utf16 *u, struct buf *out)
{
	if (u->high)
		utf8_encode(out, REPLACEMENT);
	if (u->has_odd)
		utf8_encode(out, REPLACEMENT);
	u->high = 0;
	u->has_odd = false;
}
