#include "app/report.h"

#include "app/chars.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum exit_code exit_of(enum ctxcut_status status)
{
	switch (status) {
	case CTXCUT_OK:
		return EXIT_FINE;
	case CTXCUT_USAGE:
		return EXIT_USAGE;
	case CTXCUT_OUTPUT:
	case CTXCUT_STORE:
		return EXIT_OUTPUT;
	case CTXCUT_INPUT:
	case CTXCUT_MISSING:
	case CTXCUT_CHANGED:
		break;
	}
	return EXIT_INPUT;
}

void complain(const char *fmt, ...)
{
	char raw[2048], line[4 * sizeof raw];
	va_list args;
	va_start(args, fmt);
	vsnprintf(raw, sizeof raw, fmt, args);
	va_end(args);
	size_t n = (size_t)snprintf(line, sizeof line, "ctxcut: ");
	for (const unsigned char *p = (const unsigned char *)raw; *p && n + 6 < sizeof line;) {
		size_t len = *p < 0x20 || *p == 0x7f ? 0 : char_len(p);
		if (len)
			memcpy(line + n, p, len);
		n += len ? len : (size_t)snprintf(line + n, sizeof line - n, "\\x%02x", *p);
		p += len ? len : 1;
	}
	line[n++] = '\n';
	for (size_t done = 0; done < n;) {
		ssize_t wrote = write(STDERR_FILENO, line + done, n - done);
		if (wrote < 0 && errno != EINTR)
			return; /* there is nowhere left to say so; the exit code does */
		done += wrote > 0 ? (size_t)wrote : 0;
	}
}

void *app_zalloc(size_t count, size_t size_bytes)
{
	void *p = calloc(count ? count : 1, size_bytes);
	if (!p) {
		complain("out of memory");
		abort();
	}
	return p;
}
