#include "input/source.h"

#include "base/buf.h"
#include "base/limits.h"
#include "base/mem.h"
#include "input/child.h"
#include "input/format.h"
#include "input/stop.h"
#include "input/unzstd.h"
#include "input/utf16.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PIPE_BYTES = 1024 * 1024 };

/* The input passes through three stages, each a function that reads from the one before:
 * read_packed (bytes as they are) -> read_unpacked (decompressed) -> source_read (as UTF-8). */
struct source {
	char *name;            /* owned, for messages */
	int fd;
	bool owns_fd;
	source_reader *read;   /* in place of fd */
	void *read_user;

	bool regular;          /* a file that has a size; it may grow, the input does not */
	uint64_t size_at_open, start_off;
	uint64_t packed_bytes; /* read from fd */
	bool begun;            /* the two heads were read, the stages are set up */
	char head[FORMAT_HEAD_BYTES];
	struct span head_left; /* read to begin, not yet passed on */

	const struct format *format; /* NULL: not packed */
	struct unzstd *unzstd;       /* owned; or */
	struct child *child;         /* owned */
	char *window;                /* owned: packed bytes for unzstd, … */
	struct span window_left;     /* … those it has not taken yet */
	bool unpacked_ended;
	char peek[TEXT_HEAD_BYTES];
	struct span peek_left;       /* likewise */

	enum text_form text_form;
	size_t mark_bytes;
	struct utf16 utf16;
	char *units;                 /* owned: a window of unpacked bytes for utf16, … */
	struct buf text;             /* owned: … what it made of them, … */
	struct span text_left;       /* … and of that what was not taken yet */

	uint64_t given_bytes;
	bool ended;
	struct err failure;          /* the first one; reported when all before it was handed out */
};

static size_t take(struct span *from, char *into, size_t size)
{
	struct span head = span_head(*from, size);
	memcpy(into, head.ptr, head.len);
	*from = span_from(*from, head.len);
	return head.len;
}

/* ---- packed ------------------------------------------------------------------------------------------------------ */

/* Up to size bytes; 0 at the end, on a stop and on failure. */
static size_t read_packed(struct source *s, char *into, size_t size)
{
	if (s->head_left.len)
		return take(&s->head_left, into, size);
	if (s->regular) {
		uint64_t at = s->start_off + s->packed_bytes, left = at < s->size_at_open ? s->size_at_open - at : 0;
		if (size > left)
			size = (size_t)left;
		if (size == 0)
			return 0;
	}
	if (s->read) {
		size_t n = stop_pending() ? 0 : s->read(s->read_user, into, size);
		s->packed_bytes += n;
		return n;
	}
	for (;;) {
		struct pollfd wait[2] = {{.fd = s->fd}};
		if (s->regular ? stop_pending() : !stop_wait_readable(wait, 1))
			return 0;
		ssize_t n = read(s->fd, into, size);
		if (n > 0) {
			s->packed_bytes += (uint64_t)n;
			return (size_t)n;
		}
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n < 0)
			err_set(&s->failure, ERR_INPUT, "cannot be read at byte %" PRIu64 ": %s", s->packed_bytes,
				strerror(errno));
		else if (s->regular)
			err_set(&s->failure, ERR_INPUT,
				"became shorter while it was read: %" PRIu64
				" bytes at first, it ended at byte %" PRIu64,
				s->size_at_open, s->start_off + s->packed_bytes);
		return 0;
	}
}

/* ---- unpacked ---------------------------------------------------------------------------------------------------- */

static size_t read_zstd(struct source *s, char *into, size_t size)
{
	for (;;) {
		size_t n;
		if (unzstd_step(s->unzstd, &s->window_left, into, size, &n, &s->failure))
			return 0;
		if (n)
			return n;
		if (s->window_left.len)
			continue;
		s->window_left = span_of(s->window, read_packed(s, s->window, READ_WINDOW_BYTES));
		if (s->window_left.len)
			continue;
		if (!stop_pending() && !s->failure.code)
			unzstd_finish(s->unzstd, &s->failure);
		return 0;
	}
}

static size_t read_child(struct source *s, char *into, size_t size)
{
	ssize_t n = child_read(s->child, into, size, &s->failure);
	return n > 0 ? (size_t)n : 0;
}

static size_t read_unpacked(struct source *s, char *into, size_t size)
{
	if (s->peek_left.len)
		return take(&s->peek_left, into, size);
	if (s->unpacked_ended)
		return 0;
	size_t n = s->child    ? read_child(s, into, size)
		   : s->unzstd ? read_zstd(s, into, size)
			       : read_packed(s, into, size);
	s->unpacked_ended = n == 0;
	return n;
}

/* ---- text -------------------------------------------------------------------------------------------------------- */

static size_t read_utf16(struct source *s, char *into, size_t size)
{
	for (bool at_end = false; s->text_left.len == 0 && !at_end; s->text_left = buf_span(&s->text)) {
		size_t n = read_unpacked(s, s->units, READ_WINDOW_BYTES);
		at_end = n == 0;
		buf_clear(&s->text);
		if (at_end)
			utf16_finish(&s->utf16, &s->text);
		else
			utf16_convert(&s->utf16, span_of(s->units, n), &s->text);
	}
	return take(&s->text_left, into, size);
}

/* ---- opening ----------------------------------------------------------------------------------------------------- */

static struct span read_head(struct source *s, size_t (*read_stage)(struct source *, char *, size_t), char *head,
			     size_t size)
{
	size_t got = 0, n;
	do
		got += n = read_stage(s, head + got, size - got);
	while (n && got < size);
	return span_of(head, got);
}

static enum err_code start_unpacking(struct source *s, struct err *err)
{
	s->format = format_of(s->head_left);
	if (s->format && s->format->program && s->read)
		s->format = NULL;
	if (!s->format)
		return ERR_OK;
	if (!s->format->program) {
		s->unzstd = unzstd_new();
		s->window = mem_alloc(READ_WINDOW_BYTES);
		s->window_left = span_of(s->window, 0);
		return ERR_OK;
	}
	struct span head = s->head_left;
	s->head_left.len = 0;
	if (s->regular && lseek(s->fd, (off_t)s->start_off, SEEK_SET) >= 0)
		head.len = 0; /* the process reads the file itself */
	return child_start(&s->child, s->format, s->fd, head, err);
}

/* Reads the heads and sets up the stages. */
static enum err_code begin(struct source *s, struct err *err)
{
	s->begun = true;
	s->head_left = read_head(s, read_packed, s->head, sizeof s->head);
	enum err_code code = start_unpacking(s, err);
	if (code)
		return code;
	s->peek_left = read_head(s, read_unpacked, s->peek, sizeof s->peek);
	s->text_form = text_form_of(s->peek_left, &s->mark_bytes);
	s->peek_left = span_from(s->peek_left, s->mark_bytes);
	if (s->text_form != TEXT_AS_IS) {
		s->utf16.big_endian = s->text_form == TEXT_UTF16BE;
		s->units = mem_alloc(READ_WINDOW_BYTES);
		s->text_left = buf_span(&s->text);
	}
	return ERR_OK;
}

static enum err_code inspect(struct source *s, struct err *err)
{
	struct stat st;
	if (fstat(s->fd, &st) < 0)
		return err_set(err, ERR_INPUT, "%s", strerror(errno));
	if (S_ISDIR(st.st_mode))
		return err_set(err, ERR_INPUT, "is a directory: name the files in it");
	off_t at = S_ISREG(st.st_mode) && st.st_size > 0 ? lseek(s->fd, 0, SEEK_CUR) : -1;
	if (at >= 0) {
		s->regular = true;
		s->size_at_open = (uint64_t)st.st_size;
		s->start_off = (uint64_t)at;
		posix_fadvise(s->fd, at, 0, POSIX_FADV_SEQUENTIAL);
	}
	/* Fewer turns between who writes and us. Not granted, or not a pipe: as it is. */
	if (S_ISFIFO(st.st_mode) && fcntl(s->fd, F_GETPIPE_SZ) < PIPE_BYTES)
		fcntl(s->fd, F_SETPIPE_SZ, PIPE_BYTES);
	stop_prepare();
	return s->regular ? begin(s, err) : ERR_OK; /* a pipe may let us wait: not before the first read */
}

/* fd < 0: it could not be had, `why` is the errno. */
static enum err_code open_named(struct source **out, const char *name, int fd, bool owns_fd, int why, struct err *err)
{
	struct err what = {0}; /* `err` may be NULL */
	struct source *s = mem_zalloc(1, sizeof *s);
	s->name = mem_strdup(name);
	s->fd = fd;
	s->owns_fd = owns_fd;
	enum err_code code = fd < 0 ? err_set(&what, ERR_INPUT, "%s", strerror(why)) : inspect(s, &what);
	if (code) {
		err_set(err, code, "%s", what.text);
		err_at(err, "%s", name);
		source_free(s);
		return code;
	}
	*out = s;
	return ERR_OK;
}

enum err_code source_open(struct source **out, const char *path, struct err *err)
{
	int fd;
	*out = NULL;
	do
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	while (fd < 0 && errno == EINTR && !stop_pending());
	return open_named(out, path, fd, true, errno, err);
}

enum err_code source_open_fd(struct source **out, int fd, const char *name, struct err *err)
{
	*out = NULL;
	return open_named(out, name, fd, false, EBADF, err);
}

void source_open_reader(struct source **out, source_reader *read_from, void *user, const char *name, bool decode)
{
	struct source *s = mem_zalloc(1, sizeof *s);
	s->name = mem_strdup(name);
	s->fd = -1;
	s->read = read_from;
	s->read_user = user;
	s->begun = !decode;
	*out = s;
}

ssize_t source_read(struct source *s, char *into, size_t size, struct err *err)
{
	size_t got = 0;
	if (!s->begun && begin(s, &s->failure))
		s->ended = true;
	while (got < size && !s->ended) {
		size_t n = s->text_form == TEXT_AS_IS ? read_unpacked(s, into + got, size - got)
						      : read_utf16(s, into + got, size - got);
		s->ended = n == 0;
		got += n;
	}
	s->given_bytes += got;
	if (got == 0 && s->failure.code) {
		err_set(err, s->failure.code, "%s; %" PRIu64 " bytes were read", s->failure.text, s->given_bytes);
		err_at(err, "%s", s->name);
		s->failure = (struct err){0};
		return -1;
	}
	return (ssize_t)got;
}

bool source_is_plain_file(const struct source *s)
{
	return s->regular && s->owns_fd && !s->format && s->text_form == TEXT_AS_IS && s->mark_bytes == 0;
}

const char *source_decoded_from(const struct source *s)
{
	static const char *const text_names[] = {"", "utf-16le", "utf-16be"};
	return s->format ? s->format->name : text_names[s->text_form];
}

void source_free(struct source *s)
{
	if (!s)
		return;
	child_free(s->child);
	unzstd_free(s->unzstd);
	if (s->owns_fd && s->fd >= 0)
		close(s->fd);
	free(s->window);
	free(s->units);
	buf_release(&s->text);
	free(s->name);
	free(s);
}
