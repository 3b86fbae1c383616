#include "input/original.h"

#include "base/hash.h"
#include "base/mem.h"
#include "input/blocks.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SAMPLE_BYTES = 4096 }; /* of a file's head and end, to tell an append from a rewrite */

struct original {
	uint64_t size_bytes;    /* all bytes, kept or not */
	bool is_stream;
	struct blocks blocks;   /* owned: of a stream */

	int fd;                 /* owned, as is the next: of a file; -1 */
	char *path;
	struct stat seen;       /* the file when it was opened */
	uint64_t head_hash, end_hash;
};

/* ---- a file ------------------------------------------------------------------------------------------------------ */

static bool sample(const struct original *o, uint64_t off, uint64_t *hash)
{
	char bytes[SAMPLE_BYTES];
	size_t len = o->size_bytes - off < SAMPLE_BYTES ? (size_t)(o->size_bytes - off) : SAMPLE_BYTES;
	if (blocks_read_at(o->fd, off, bytes, len) != (ssize_t)len)
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
	ssize_t n = blocks_read_at(o->fd, off, into, len);
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
	o->is_stream = true;
	blocks_init(&o->blocks, memory_bytes);
	return o;
}

enum err_code original_append(struct original *o, struct span bytes, struct err *err)
{
	o->size_bytes += bytes.len;
	return blocks_append(&o->blocks, bytes, err);
}

void original_forget(struct original *o, uint64_t from, uint64_t to) { blocks_forget(&o->blocks, from, to); }
void original_settle(struct original *o, uint64_t to) { blocks_settle(&o->blocks, to); }
uint64_t original_kept(struct original *o) { return (uint64_t)blocks_kept(&o->blocks) * BLOCK_BYTES; }

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
	return o->is_stream ? blocks_read(&o->blocks, off, into, len, err) : read_file(o, off, into, len, err);
}

void original_free(struct original *o)
{
	if (!o)
		return;
	if (o->fd >= 0)
		close(o->fd);
	free(o->path);
	if (o->is_stream)
		blocks_release(&o->blocks);
	free(o);
}
