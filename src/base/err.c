#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Copies `in` to `out`, control bytes as \xNN, so that a name out of a log cannot drive a terminal. */
static void escape(char *out, size_t out_size, const char *in)
{
	size_t n = 0;
	for (; *in && n + 5 < out_size; in++) {
		unsigned char c = (unsigned char)*in;
		if (c < 0x20 || c == 0x7f)
			n += (size_t)snprintf(out + n, out_size - n, "\\x%02x", c);
		else
			out[n++] = (char)c;
	}
	out[n] = '\0';
}

enum err_code err_set(struct err *e, enum err_code code, const char *fmt, ...)
{
	if (!e)
		return code;
	char raw[sizeof e->text];
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
	char where[sizeof e->text], both[2 * sizeof e->text + 2];
	va_list args;
	va_start(args, fmt);
	vsnprintf(where, sizeof where, fmt, args);
	va_end(args);
	snprintf(both, sizeof both, "%s: %s", where, e->text);
	escape(e->text, sizeof e->text, both);
	return e->code;
}
