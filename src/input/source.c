#include "input/source.h"

#include "base/mem.h"
#include "input/stop.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct source {
	char *name;             /* owned, for messages */
	int fd;
	bool owns_fd, regular;
	uint64_t left_bytes;    /* of a regular file up to its size at open; it may grow, the input does not */
	uint64_t size_at_open;
	uint64_t raw_bytes;     /* read from fd */
	uint64_t given_bytes;   /* handed out */
	bool ended;
	struct err failure;     /* found while bytes were still to be handed out */
};

/* What happened, in the form that source.h promises. */
static void fail(struct source *s, const char *what)
{
	err_set(&s->failure, ERR_INPUT, "%s: %s", s->name, what);
	s->ended = true;
}

static ssize_t read_raw(struct source *s, char *into, size_t size)
{
	if (s->regular) {
		if (size > s->left_bytes)
			size = (size_t)s->left_bytes;
		if (size == 0)
			return 0;
	}
	for (;;) {
		struct pollfd wait[2] = {{.fd = s->fd}};
		if (s->regular ? stop_pending() : !stop_wait_readable(wait, 1))
			return 0;
		ssize_t n = read(s->fd, into, size);
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		char what[200];
		if (n < 0) {
			snprintf(what, sizeof what, "cannot be read at byte %" PRIu64 ": %s", s->raw_bytes, strerror(errno));
			fail(s, what);
			return 0;
		}
		if (n == 0 && s->regular) {
			snprintf(what, sizeof what, "became shorter while it was read: %" PRIu64 " bytes at first, it ended at %" PRIu64,
			         s->size_at_open, s->raw_bytes);
			fail(s, what);
		}
		s->raw_bytes += (uint64_t)n;
		if (s->regular)
			s->left_bytes -= (uint64_t)n;
		return n;
	}
}

static enum err_code refuse(struct source *s, struct err *err, const char *what)
{
	err_set(err, ERR_INPUT, "%s: %s", s->name, what);
	source_free(s);
	return ERR_INPUT;
}

/* Takes s; gives it to *out when it can be read. */
static enum err_code begin(struct source *s, struct source **out, struct err *err)
{
	struct stat st;
	if (fstat(s->fd, &st) < 0)
		return refuse(s, err, strerror(errno));
	if (S_ISDIR(st.st_mode))
		return refuse(s, err, "is a directory: name the files in it");
	off_t at = S_ISREG(st.st_mode) && st.st_size > 0 ? lseek(s->fd, 0, SEEK_CUR) : -1;
	if (at >= 0) { /* files of size 0 may be those of /proc, which have no size: they are read to their end */
		s->regular = true;
		s->size_at_open = (uint64_t)st.st_size;
		s->left_bytes = at < st.st_size ? (uint64_t)(st.st_size - at) : 0;
		posix_fadvise(s->fd, at, 0, POSIX_FADV_SEQUENTIAL);
	}
	stop_prepare();
	*out = s;
	return ERR_OK;
}

enum err_code source_open(struct source **out, const char *path, struct err *err)
{
	*out = NULL;
	struct source *s = mem_zalloc(1, sizeof *s);
	s->name = mem_strdup(path);
	s->owns_fd = true;
	do
		s->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	while (s->fd < 0 && errno == EINTR && !stop_pending());
	return s->fd < 0 ? refuse(s, err, strerror(errno)) : begin(s, out, err);
}

enum err_code source_open_fd(struct source **out, int fd, const char *name, struct err *err)
{
	*out = NULL;
	struct source *s = mem_zalloc(1, sizeof *s);
	s->name = mem_strdup(name);
	s->fd = fd;
	return begin(s, out, err);
}

ssize_t source_read(struct source *s, char *into, size_t size, struct err *err)
{
	size_t got = 0;
	while (got < size && !s->ended) {
		ssize_t n = read_raw(s, into + got, size - got);
		if (n == 0)
			s->ended = true;
		got += (size_t)n;
	}
	s->given_bytes += got;
	if (got == 0 && s->failure.code) {
		err_set(err, s->failure.code, "%s; %" PRIu64 " bytes were read", s->failure.text, s->given_bytes);
		s->failure = (struct err){0};
		return -1;
	}
	return (ssize_t)got;
}

bool source_is_plain_file(const struct source *s) { return s->regular && s->owns_fd; }

const char *source_decoded_from(const struct source *s) { return (void)s, ""; }

void source_free(struct source *s)
{
	if (!s)
		return;
	if (s->owns_fd && s->fd >= 0)
		close(s->fd);
	free(s->name);
	free(s);
}
