#include "app/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void spool_open(struct spool *s)
{
	char path[1024];
	const char *dir = getenv("TMPDIR");
	*s = (struct spool){.fd = -1};
	if (snprintf(path, sizeof path, "%s/ctxcut-XXXXXX", dir && *dir ? dir : "/tmp") >= (int)sizeof path) {
		s->error = ENAMETOOLONG;
		return;
	}
	s->fd = mkostemp(path, O_CLOEXEC);
	if (s->fd < 0)
		s->error = errno;
	else
		unlink(path);
}

void spool_write(struct spool *s, const void *bytes, size_t len)
{
	const char *p = bytes;
	while (len && !s->error) {
		ssize_t n = write(s->fd, p, len);
		if (n > 0) {
			p += n;
			len -= (size_t)n;
		} else if (n < 0 && errno != EINTR) {
			s->error = errno;
		}
	}
}

size_t spool_read(struct spool *s, off_t off, void *into, size_t size)
{
	ssize_t n;
	while ((n = pread(s->fd, into, size, off)) < 0 && errno == EINTR)
		continue;
	if (n < 0 && !s->error)
		s->error = errno;
	return n > 0 ? (size_t)n : 0;
}

void spool_close(struct spool *s)
{
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
}
