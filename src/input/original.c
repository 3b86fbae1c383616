#include "input/original.h"

#include "base/buf.h"
#include "base/hash.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	SAMPLE_BYTES = 4096,       /* of a file's head and end, to tell an append from a rewrite */
	UNWRITTEN_BYTES = 64 * 1024, /* small appends are gathered before they are spooled */
};

struct original {
	uint64_t size_bytes;    /* all bytes, kept or not */
	int fd;                 /* owned: the file, or the spool; -1 */

	char *path;             /* owned: of a file; NULL for a stream */
	struct stat seen;       /* the file when it was opened */
	uint64_t head_hash, end_hash;

	size_t memory_bytes;    /* of a stream: how much of its head stays in memory */
	struct buf memory;      /* owned: that head */
	struct buf unwritten;   /* owned: behind the spooled bytes, not yet written */
	uint64_t spooled_bytes; /* behind the head */
	uint64_t spool_max;     /* RLIMIT_FSIZE: a write past it would raise a signal */
	bool full;              /* nothing more is kept */
};

/* Reads exactly len bytes; short at the end of the file. */
static ssize_t read_at(int fd, uint64_t off, void *into, size_t len)
{
	size_t got = 0;
	while (got < len) {
		ssize_t n = pread(fd, (char *)into + got, len - got, (off_t)(off + got));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (n == 0)
			break;
		got += (size_t)n;
	}
	return (ssize_t)got;
}

/* ---- a file ------------------------------------------------------------------------------------------------------ */

static bool sample(const struct original *o, uint64_t off, uint64_t *hash)
{
	char bytes[SAMPLE_BYTES];
	size_t len = o->size_bytes - off < SAMPLE_BYTES ? (size_t)(o->size_bytes - off) : SAMPLE_BYTES;
	if (read_at(o->fd, off, bytes, len) != (ssize_t)len)
		return false;
	*hash = hash64(bytes, len);
	return true;
}

static bool samples(const struct original *o, uint64_t *head, uint64_t *end)
{
	return sample(o, 0, head) && sample(o, o->size_bytes > SAMPLE_BYTES ? o->size_bytes - SAMPLE_BYTES : 0, end);
}

static int open_file(const char *path)
{
	return open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK); /* a FIFO must not hold us up */
}

enum err_code original_of_file(struct original **out, const char *path, struct err *err)
{
	*out = NULL;
	struct original *o = mem_zalloc(1, sizeof *o);
	o->fd = open_file(path);
	if (o->fd < 0 || fstat(o->fd, &o->seen) < 0) {
		enum err_code code = errno == ENOENT ? ERR_MISSING : ERR_INPUT;
		err_set(err, code, "%s: %s", path, strerror(errno));
		original_free(o);
		return code;
	}
	o->path = mem_strdup(path);
	if (!S_ISREG(o->seen.st_mode)) {
		original_free(o);
		return err_set(err, ERR_INPUT, "%s: not a regular file, cannot be read twice", path);
	}
	o->size_bytes = (uint64_t)o->seen.st_size;
	if (!samples(o, &o->head_hash, &o->end_hash)) {
		original_free(o);
		return err_set(err, ERR_INPUT, "%s: cannot be read: %s", path, strerror(errno));
	}
	*out = o;
	return ERR_OK;
}

/* A log that is still being written grows behind the bytes that were read, which is no change to them. Size and time
 * alone cannot tell that from a rewrite, hence the samples. */
static enum err_code check_unchanged(const struct original *o, struct err *err)
{
	struct stat now;
	if (fstat(o->fd, &now) < 0)
		return err_set(err, ERR_INPUT, "%s: %s", o->path, strerror(errno));
	if (now.st_size < o->seen.st_size)
		return err_set(err, ERR_CHANGED,
			       "%s: became shorter while it was used: %" PRIu64 " bytes before, now %jd", o->path,
			       o->size_bytes, (intmax_t)now.st_size);
	bool same_time = now.st_mtim.tv_sec == o->seen.st_mtim.tv_sec && now.st_mtim.tv_nsec == o->seen.st_mtim.tv_nsec;
	if (now.st_size == o->seen.st_size && same_time)
		return ERR_OK;
	uint64_t head, end;
	if (now.st_size > o->seen.st_size && samples(o, &head, &end) && head == o->head_hash && end == o->end_hash)
		return ERR_OK;
	return err_set(err, ERR_CHANGED, "%s: changed while it was used: run again", o->path);
}

void original_rest(struct original *o)
{
	if (o->path && o->fd >= 0) {
		close(o->fd);
		o->fd = -1;
	}
}

static enum err_code wake(struct original *o, struct err *err)
{
	struct stat now;
	if (o->fd >= 0)
		return ERR_OK;
	o->fd = open_file(o->path);
	if (o->fd < 0 || fstat(o->fd, &now) < 0)
		return err_set(err, errno == ENOENT ? ERR_CHANGED : ERR_INPUT, "%s: %s", o->path, strerror(errno));
	if (now.st_dev != o->seen.st_dev || now.st_ino != o->seen.st_ino)
		return err_set(err, ERR_CHANGED, "%s: changed while it was used: run again", o->path);
	return ERR_OK;
}

static enum err_code read_file(struct original *o, uint64_t off, void *into, size_t len, struct err *err)
{
	enum err_code code = wake(o, err);
	if (code == ERR_OK)
		code = check_unchanged(o, err);
	if (code)
		return code;
	ssize_t n = read_at(o->fd, off, into, len);
	if (n < 0)
		return err_set(err, ERR_INPUT, "%s: cannot be read at byte %" PRIu64 ": %s", o->path, off,
			       strerror(errno));
	if ((size_t)n < len) /* truncated between the check and the read */
		return err_set(err, ERR_CHANGED, "%s: became shorter while it was used: ends at byte %" PRIu64, o->path,
		               off + (uint64_t)n);
	return ERR_OK;
}

/* ---- a stream ---------------------------------------------------------------------------------------------------- */

struct original *original_of_stream(size_t memory_bytes)
{
	struct original *o = mem_zalloc(1, sizeof *o);
	o->fd = -1;
	o->memory_bytes = memory_bytes;
	return o;
}

/* A file without a name, readable by us alone. */
static int open_unnamed(const char *dir)
{
	if (!dir || dir[0] != '/')
		return -1;
	int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd >= 0 || errno == ENOENT || errno == EACCES || errno == EROFS)
		return fd;
	struct buf path = {0}; /* a file system without O_TMPFILE */
	buf_addf(&path, "%s/ctxcut.XXXXXX", dir);
	fd = mkostemp(path.ptr, O_CLOEXEC);
	if (fd >= 0)
		unlink(path.ptr);
	buf_release(&path);
	return fd;
}

static bool open_spool(struct original *o)
{
	const char *dirs[] = {secure_getenv("TMPDIR"), "/var/tmp", "/tmp"};
	for (size_t i = 0; i < sizeof dirs / sizeof *dirs && o->fd < 0; i++)
		o->fd = open_unnamed(dirs[i]);
	struct rlimit limit;
	o->spool_max =
		getrlimit(RLIMIT_FSIZE, &limit) < 0 || limit.rlim_cur == RLIM_INFINITY ? UINT64_MAX : limit.rlim_cur;
	return o->fd >= 0;
}

/* Writes as much as the disk takes; false when that is not all. */
static bool spool(struct original *o, struct span bytes)
{
	while (bytes.len) {
		uint64_t room = o->spool_max - o->spooled_bytes;
		size_t want = bytes.len < room ? bytes.len : (size_t)room;
		ssize_t n = want ? pwrite(o->fd, bytes.ptr, want, (off_t)o->spooled_bytes) : 0;
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		o->spooled_bytes += (uint64_t)n;
		bytes = span_from(bytes, (size_t)n);
	}
	return true;
}

static bool flush(struct original *o)
{
	bool ok = spool(o, buf_span(&o->unwritten));
	buf_clear(&o->unwritten);
	return ok;
}

static uint64_t kept_bytes(const struct original *o)
{
	return o->memory.len + o->spooled_bytes + o->unwritten.len;
}

static enum err_code full(struct original *o, struct err *err)
{
	o->full = true;
	return err_set(err, ERR_LIMIT,
		       "no room for the input: its first %" PRIu64 " bytes are kept, what follows cannot be shown "
		       "again (free some space, or set TMPDIR to a folder with room)",
		       kept_bytes(o));
}

enum err_code original_append(struct original *o, struct span bytes, struct err *err)
{
	o->size_bytes += bytes.len;
	if (o->full)
		return full(o, err);
	size_t room = o->memory_bytes - o->memory.len;
	struct span head = span_head(bytes, room), rest = span_from(bytes, room);
	if (head.len)
		buf_add_span(&o->memory, head);
	if (rest.len == 0)
		return ERR_OK;
	if (o->fd < 0 && !open_spool(o))
		return full(o, err);
	if (o->unwritten.len + rest.len <= UNWRITTEN_BYTES) {
		buf_add_span(&o->unwritten, rest);
		return ERR_OK;
	}
	return flush(o) && spool(o, rest) ? ERR_OK : full(o, err);
}

static enum err_code read_stream(struct original *o, uint64_t off, char *into, size_t len, struct err *err)
{
	if (o->unwritten.len && !flush(o))
		full(o, NULL);
	if (kept_bytes(o) - off < len || kept_bytes(o) < off)
		return err_set(err, ERR_LIMIT, "bytes %" PRIu64 " to %" PRIu64 " of the input were not kept", off,
			       off + len - 1);
	if (off < o->memory.len) {
		size_t n = o->memory.len - (size_t)off < len ? o->memory.len - (size_t)off : len;
		memcpy(into, o->memory.ptr + off, n);
		into += n;
		off += n;
		len -= n;
	}
	ssize_t n = len ? read_at(o->fd, off - o->memory.len, into, len) : 0;
	if (n < 0 || (size_t)n < len)
		return err_set(err, ERR_INPUT, "the temporary file cannot be read at byte %" PRIu64 ": %s",
			       off - o->memory.len, n < 0 ? strerror(errno) : "it is too short");
	return ERR_OK;
}

/* ---- either ------------------------------------------------------------------------------------------------------ */

uint64_t original_size(const struct original *o) { return o->size_bytes; }

enum err_code original_read(struct original *o, uint64_t off, void *into, size_t len, struct err *err)
{
	if (off > o->size_bytes || len > o->size_bytes - off)
		return err_set(err, ERR_MISSING,
			       "bytes %" PRIu64 " to %" PRIu64 " lie past the end of the input at %" PRIu64, off,
			       off + len - 1, o->size_bytes);
	if (len == 0)
		return ERR_OK;
	return o->path ? read_file(o, off, into, len, err) : read_stream(o, off, into, len, err);
}

void original_free(struct original *o)
{
	if (!o)
		return;
	if (o->fd >= 0)
		close(o->fd);
	free(o->path);
	buf_release(&o->memory);
	buf_release(&o->unwritten);
	free(o);
}
