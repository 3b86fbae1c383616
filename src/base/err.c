#include "base/err.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum {
	RAW_BYTES = 8192,  /* a path may have 4096 bytes, and a message may name two */
	HEAD_BYTES = 200,  /* of a text that is too long; its end stays too, for there it says what is wrong */
};

/* The bytes of the character at p, 0 when they are no UTF-8. */
static size_t char_at(const unsigned char *p, uint32_t *cp)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t len = *p < 0x80 ? 1 : *p >> 5 == 6 ? 2 : *p >> 4 == 14 ? 3 : *p >> 3 == 30 ? 4 : 0;
	*cp = len == 1 ? *p : *p & (0x7fu >> len);
	for (size_t i = 1; i < len; i++) {
		if (p[i] >> 6 != 2) /* a NUL is none either */
			return 0;
		*cp = *cp << 6 | (p[i] & 0x3f);
	}
	return len && *cp >= least[len] && *cp <= 0x10ffff && !(*cp >= 0xd800 && *cp <= 0xdfff) ? len : 0;
}

/* What would drive a terminal, or be read in another order than it is written. */
static bool is_printable(uint32_t cp)
{
	return cp >= 0x20 && !(cp >= 0x7f && cp <= 0x9f) && !(cp >= 0x200b && cp <= 0x200f) && !(cp >= 0x2028 && cp <= 0x202e) &&
	       !(cp >= 0x2060 && cp <= 0x206f) && cp != 0xfeff && !(cp >= 0xe0000 && cp <= 0xe007f);
}

/* Copies `in` to `out`, what is not printable and what is no UTF-8 as \xNN. Of a text that is too long the middle goes. */
static void escape(char *out, size_t out_size, const char *in)
{
	char all[4 * RAW_BYTES + 1];
	size_t n = 0, head = 0, tail;
	for (const unsigned char *p = (const unsigned char *)in; *p && n + 16 < sizeof all;) {
		uint32_t cp;
		size_t len = char_at(p, &cp);
		bool plain = len && is_printable(cp);
		for (len = len ? len : 1; len; len--, p++)
			if (plain)
				all[n++] = (char)*p;
			else
				n += (size_t)snprintf(all + n, sizeof all - n, "\\x%02x", *p);
		if (n <= HEAD_BYTES)
			head = n;
	}
	if (n < out_size) {
		memcpy(out, all, n);
		out[n] = '\0';
		return;
	}
	tail = n - (out_size - head - sizeof "…");
	while (tail < n && ((unsigned char)all[tail] & 0xc0) == 0x80)
		tail++;
	memcpy(out, all, head);
	memcpy(out + head, "…", sizeof "…" - 1);
	memcpy(out + head + sizeof "…" - 1, all + tail, n - tail);
	out[head + sizeof "…" - 1 + n - tail] = '\0';
}

enum err_code err_set(struct err *e, enum err_code code, const char *fmt, ...)
{
	if (!e)
		return code;
	char raw[RAW_BYTES];
	va_list args;
	va_start(args, fmt);
	vsnprintf(raw, sizeof raw, fmt, args);
	va_end(args);
	e->code = code;
	escape(e->text, sizeof e->text, raw);
	return code;
}

enum err_code err_at(struct err *e, const char *fmt, ...)
{
	if (!e)
		return ERR_OK;
	char both[RAW_BYTES];
	va_list args;
	va_start(args, fmt);
	int n = vsnprintf(both, sizeof both - sizeof e->text - 3, fmt, args);
	va_end(args);
	size_t len = n < 0 ? 0 : strlen(both);
	snprintf(both + len, sizeof both - len, ": %s", e->text);
	escape(e->text, sizeof e->text, both);
	return e->code;
}
