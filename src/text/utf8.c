#include "text/utf8.h"

enum { REPLACEMENT = 0xFFFD };

/* What the second byte may be is all that differs between lead bytes (Unicode standard, table 3-7). */
static size_t lead_info(unsigned char lead, unsigned char *low, unsigned char *high)
{
	*low = 0x80;
	*high = 0xBF;
	if (lead < 0xC2 || lead > 0xF4)
		return 0;
	if (lead < 0xE0)
		return 2;
	if (lead < 0xF0) {
		if (lead == 0xE0)
			*low = 0xA0;
		if (lead == 0xED)
			*high = 0x9F;
		return 3;
	}
	if (lead == 0xF0)
		*low = 0x90;
	if (lead == 0xF4)
		*high = 0x8F;
	return 4;
}

size_t utf8_decode(const char *p, const char *end, uint32_t *cp, bool *valid)
{
	const unsigned char *s = (const unsigned char *)p;
	size_t have = (size_t)(end - p);
	unsigned char low, high;

	if (s[0] < 0x80) {
		*cp = s[0];
		*valid = true;
		return 1;
	}
	*cp = REPLACEMENT;
	*valid = false;
	size_t need = lead_info(s[0], &low, &high);
	if (need == 0 || have < 2 || s[1] < low || s[1] > high)
		return 1;
	uint32_t value = ((uint32_t)s[0] & (0xFFu >> (need + 1))) << 6 | (s[1] & 0x3Fu);
	for (size_t i = 2; i < need; i++) {
		if (i >= have || (s[i] & 0xC0) != 0x80)
			return i;
		value = value << 6 | (s[i] & 0x3Fu);
	}
	*cp = value;
	*valid = true;
	return need;
}

void utf8_encode(struct buf *out, uint32_t cp)
{
	unsigned char s[4];
	size_t len;

	if (cp > 0x10FFFF || (cp >= 0xD800 && cp <= 0xDFFF))
		cp = REPLACEMENT;
	if (cp < 0x80) {
		s[0] = (unsigned char)cp;
		len = 1;
	} else if (cp < 0x800) {
		s[0] = (unsigned char)(0xC0 | cp >> 6);
		len = 2;
	} else if (cp < 0x10000) {
		s[0] = (unsigned char)(0xE0 | cp >> 12);
		len = 3;
	} else {
		s[0] = (unsigned char)(0xF0 | cp >> 18);
		len = 4;
	}
	for (size_t i = len - 1; i > 0; i--) {
		s[i] = (unsigned char)(0x80 | (cp & 0x3F));
		cp >>= 6;
	}
	buf_add(out, s, len);
}

size_t utf8_ascii_prefix(struct span s)
{
	size_t i = 0;

	/* Four words at a time: the compiler makes vector code of it, and one test serves 32 bytes. */
	for (; s.len - i >= 32; i += 32) {
		uint64_t w[4];
		memcpy(w, s.ptr + i, sizeof w);
		if ((w[0] | w[1] | w[2] | w[3]) & 0x8080808080808080u)
			break;
	}
	while (i < s.len && (unsigned char)s.ptr[i] < 0x80)
		i++;
	return i;
}

bool utf8_valid(struct span s)
{
	const char *p = s.ptr, *end = s.ptr + s.len;

	while (p < end) {
		uint32_t cp;
		bool valid;
		p += utf8_ascii_prefix(span_of(p, (size_t)(end - p)));
		/* Text in another script stays out of ASCII for long: decode on while it does. */
		while (p < end && (unsigned char)*p >= 0x80) {
			p += utf8_decode(p, end, &cp, &valid);
			if (!valid)
				return false;
		}
	}
	return true;
}
