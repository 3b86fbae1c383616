#include "app/out.h"

#include "app/chars.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum exit_code out_open(struct out *o, const char *path)
{
	o->error = 0;
	o->used = 0;
	o->fd = STDOUT_FILENO;
	o->name = "standard output";
	if (!path || strcmp(path, "-") == 0)
		return EXIT_FINE;
	o->name = path;
	do
		o->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	while (o->fd < 0 && errno == EINTR);
	if (o->fd >= 0)
		return EXIT_FINE;
	complain("%s: %s", path, strerror(errno));
	return EXIT_OUTPUT;
}

static void write_all(struct out *o, const char *bytes, size_t len)
{
	while (len && !o->error) {
		ssize_t n = write(o->fd, bytes, len);
		if (n >= 0) {
			bytes += n;
			len -= (size_t)n;
		} else if (errno == EAGAIN || errno == EWOULDBLOCK) {
			/* Someone we share the terminal or pipe with made it non-blocking. */
			poll(&(struct pollfd){.fd = o->fd, .events = POLLOUT}, 1, -1);
		} else if (errno != EINTR) {
			o->error = errno;
		}
	}
}

static void flush(struct out *o)
{
	write_all(o, o->bytes, o->used);
	o->used = 0;
}

int out_write(void *out, const char *bytes, size_t len)
{
	struct out *o = out;
	if (len > sizeof o->bytes - o->used)
		flush(o);
	if (len > sizeof o->bytes) {
		write_all(o, bytes, len);
	} else if (len) {
		memcpy(o->bytes + o->used, bytes, len);
		o->used += len;
	}
	return o->error != 0;
}

void out_text(struct out *o, const char *text) { out_write(o, text, strlen(text)); }

void out_printf(struct out *o, const char *fmt, ...)
{
	char *text = NULL;
	va_list args;
	va_start(args, fmt);
	int len = vasprintf(&text, fmt, args);
	va_end(args);
	if (len < 0) {
		complain("out of memory");
		abort();
	}
	out_write(o, text, (size_t)len);
	free(text);
}

void out_clean(struct out *o, const char *text)
{
	for (const unsigned char *p = (const unsigned char *)text; *p;) {
		size_t len = *p < 0x20 || *p == 0x7f ? 0 : char_len(p);
		if (len)
			out_write(o, (const char *)p, len);
		else
			out_text(o, "\xef\xbf\xbd");
		p += len ? len : 1;
	}
}

void out_json_string(struct out *o, const char *text)
{
	out_text(o, "\"");
	for (const unsigned char *p = (const unsigned char *)text; *p;) {
		size_t len = char_len(p);
		if (*p == '"' || *p == '\\')
			out_printf(o, "\\%c", *p);
		else if (*p < 0x20 || *p == 0x7f)
			out_printf(o, "\\u%04x", *p);
		else if (len == 0)
			out_text(o, "\xef\xbf\xbd");
		else
			out_write(o, (const char *)p, len);
		p += len ? len : 1;
	}
	out_text(o, "\"");
}

enum exit_code out_close(struct out *o)
{
	flush(o);
	if (close(o->fd) != 0 && errno != EINTR && !o->error)
		o->error = errno;
	if (!o->error || o->error == EPIPE)
		return EXIT_FINE;
	complain("%s: %s", o->name, strerror(o->error));
	return EXIT_OUTPUT;
}
