#include "input/utf16.h"

static size_t put(char *out, uint32_t cp)
{
	if (cp < 0x80) {
		out[0] = (char)cp;
		return 1;
	}
	if (cp < 0x800) {
		out[0] = (char)(0xc0 | cp >> 6);
		out[1] = (char)(0x80 | (cp & 0x3f));
		return 2;
	}
	if (cp < 0x10000) {
		out[0] = (char)(0xe0 | cp >> 12);
		out[1] = (char)(0x80 | (cp >> 6 & 0x3f));
		out[2] = (char)(0x80 | (cp & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | cp >> 18);
	out[1] = (char)(0x80 | (cp >> 12 & 0x3f));
	out[2] = (char)(0x80 | (cp >> 6 & 0x3f));
	out[3] = (char)(0x80 | (cp & 0x3f));
	return 4;
}

static size_t put_unit(struct utf16 *u, uint32_t unit, char *out)
{
	bool is_low = unit >= 0xdc00 && unit <= 0xdfff, is_high = unit >= 0xd800 && unit <= 0xdbff;
	size_t n = 0;
	if (u->high) {
		uint32_t high = u->high;
		u->high = 0;
		if (is_low)
			return put(out, 0x10000 + ((high - 0xd800) << 10) + (unit - 0xdc00));
		n = put(out, 0xfffd);
	}
	if (is_high) {
		u->high = (uint16_t)unit;
		return n;
	}
	return n + put(out + n, is_low ? 0xfffd : unit);
}

size_t utf16_step(struct utf16 *u, struct span *in, char *out, size_t cap)
{
	size_t n = 0, i = 0;
	while (i < in->len && cap - n >= UTF16_ROOM_BYTES) {
		unsigned char byte = (unsigned char)in->ptr[i++];
		if (!u->has_odd) {
			u->has_odd = true;
			u->odd = byte;
			continue;
		}
		u->has_odd = false;
		n += put_unit(u, u->big_endian ? (uint32_t)u->odd << 8 | byte : (uint32_t)byte << 8 | u->odd, out + n);
	}
	*in = span_from(*in, i);
	return n;
}

size_t utf16_finish(struct utf16 *u, char out[UTF16_ROOM_BYTES])
{
	size_t n = u->high ? put(out, 0xfffd) : 0;
	if (u->has_odd)
		n += put(out + n, 0xfffd);
	u->high = 0;
	u->has_odd = false;
	return n;
}
