#include "tree/hold.h"

#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { BLOCK_BYTES = 256 * 1024 };

struct hold {
	pthread_mutex_t lock; /* of all below while rows are added */
	size_t memory_bytes, in_memory_bytes;
	struct block {
		char *bytes; /* owned; NULL: it is on disk */
		uint64_t disk_off;
		size_t cap;
	} *blocks;
	size_t count, cap;
	int fd;              /* owned, or -1 */
	bool diskless;
	uint64_t disk_bytes;
};

struct hold *hold_new(size_t memory_bytes)
{
	struct hold *h = mem_zalloc(1, sizeof *h);
	pthread_mutex_init(&h->lock, NULL);
	h->memory_bytes = memory_bytes;
	h->fd = -1;
	return h;
}

/* Mapped, so that what went to disk goes back to the system at once and does not stay in the heap. */
static char *acquire(size_t bytes)
{
	char *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		mem_exhausted();
	return p;
}

static void release(struct block *b)
{
	if (b->bytes)
		munmap(b->bytes, b->cap);
	b->bytes = NULL;
}

void hold_free(struct hold *h)
{
	if (!h)
		return;
	for (size_t i = 0; i < h->count; i++)
		release(&h->blocks[i]);
	free(h->blocks);
	if (h->fd >= 0)
		close(h->fd);
	pthread_mutex_destroy(&h->lock);
	free(h);
}

static int temporary_file(void)
{
	const char *folders[] = {getenv("TMPDIR"), "/var/tmp", "/tmp"};
	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
		if (!folders[i] || !*folders[i])
			continue;
		int fd = open(folders[i], O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
		if (fd >= 0)
			return fd;
		struct buf name = {0};
		buf_addf(&name, "%s/ctxcut-XXXXXX", folders[i]);
		fd = mkostemp(name.ptr, O_CLOEXEC);
		if (fd >= 0)
			unlink(name.ptr);
		buf_release(&name);
		if (fd >= 0)
			return fd;
	}
	return -1;
}

static bool write_all(int fd, const char *bytes, size_t len, uint64_t off)
{
	while (len) {
		ssize_t n = pwrite(fd, bytes, len, (off_t)off);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		bytes += n;
		len -= (size_t)n;
		off += (uint64_t)n;
	}
	return true;
}

/* A block that gets no more rows; under the lock. */
static void seal(struct hold *h, struct block *b)
{
	if (h->in_memory_bytes <= h->memory_bytes || h->diskless)
		return;
	if (h->fd < 0 && (h->fd = temporary_file()) < 0) {
		h->diskless = true;
		return;
	}
	if (!write_all(h->fd, b->bytes, b->cap, h->disk_bytes)) {
		h->diskless = true;
		return;
	}
	b->disk_off = h->disk_bytes;
	h->disk_bytes += b->cap;
	h->in_memory_bytes -= b->cap;
	release(b);
}

struct hold_ref hold_add(struct hold_writer *w, struct span row)
{
	struct hold *h = w->hold;
	if (!row.len || row.len > UINT32_MAX)
		return (struct hold_ref){0};
	pthread_mutex_lock(&h->lock);
	if (!w->has_block || h->blocks[w->block].cap - w->used < row.len) {
		if (w->has_block)
			seal(h, &h->blocks[w->block]);
		MEM_GROW(h->blocks, h->cap, h->count + 1);
		size_t cap = row.len > BLOCK_BYTES ? row.len : (size_t)BLOCK_BYTES;
		h->blocks[h->count] = (struct block){.bytes = acquire(cap), .cap = cap};
		h->in_memory_bytes += cap;
		w->block = h->count++;
		w->used = 0;
		w->has_block = true;
	}
	memcpy(h->blocks[w->block].bytes + w->used, row.ptr, row.len);
	pthread_mutex_unlock(&h->lock);
	struct hold_ref ref = {(uint32_t)w->block, (uint32_t)w->used, (uint32_t)row.len};
	w->used += row.len;
	return ref;
}

struct span hold_read(struct hold *h, struct hold_ref ref, struct buf *scratch)
{
	if (!ref.len)
		return span_of("", 0);
	const struct block *b = &h->blocks[ref.block];
	if (b->bytes)
		return span_of(b->bytes + ref.off, ref.len);
	buf_clear(scratch);
	buf_reserve(scratch, ref.len);
	while (scratch->len < ref.len) {
		ssize_t n = pread(h->fd, scratch->ptr + scratch->len, ref.len - scratch->len,
		                  (off_t)(b->disk_off + ref.off + scratch->len));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return span_of("", 0);
		scratch->len += (size_t)n;
	}
	return buf_span(scratch);
}
