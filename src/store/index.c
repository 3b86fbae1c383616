#include "store/index.h"

#include "base/mem.h"
#include "store/frame.h"
#include "store/io.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Numbers stand in the file in little-endian order, the hash in its canonical (big-endian) form. */
enum {
	SKIP_MAGIC = 0x184D2A5C, /* one of zstd's sixteen magic numbers for frames that a reader skips */
	SKIP_HEAD_BYTES = 8,
	ENTRY_BYTES = 8,
	FOOTER_BYTES = 64,
	VERSION = 1,
	MAX_FRAMES = 1 << 29,
};
static const char footer_magic[8] = {'c', 't', 'x', 'c', 'u', 't', 'i', 'x'};

static void put32(char *to, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		to[i] = (char)(v >> (8 * i));
}

static void put64(char *to, uint64_t v)
{
	put32(to, (uint32_t)v);
	put32(to + 4, (uint32_t)(v >> 32));
}

static void put64_big(char *to, uint64_t v)
{
	for (int i = 0; i < 8; i++)
		to[i] = (char)(v >> (8 * (7 - i)));
}

static uint32_t get32(const char *from)
{
	uint32_t v = 0;
	for (int i = 0; i < 4; i++)
		v |= (uint32_t)(unsigned char)from[i] << (8 * i);
	return v;
}

static uint64_t get64(const char *from) { return get32(from) | (uint64_t)get32(from + 4) << 32; }

static uint64_t get64_big(const char *from)
{
	uint64_t v = 0;
	for (int i = 0; i < 8; i++)
		v = v << 8 | (unsigned char)from[i];
	return v;
}

void index_release(struct index *x)
{
	free(x->frames);
	*x = (struct index){0};
}

uint64_t index_frame_begin(const struct index *x, size_t i) { return i ? x->frames[i - 1].off : 0; }
uint64_t index_newlines_before(const struct index *x, size_t i) { return i ? x->frames[i - 1].newlines : 0; }

size_t index_frame_content(const struct index *x, size_t i)
{
	uint64_t left = x->content_bytes - (uint64_t)i * FRAME_BYTES;
	return left < FRAME_BYTES ? (size_t)left : FRAME_BYTES;
}

void index_add(struct index *x, size_t packed_bytes, size_t content_bytes, uint64_t newlines)
{
	MEM_GROW(x->frames, x->cap, x->count + 1);
	struct frame_end end = {
		.off = index_frame_begin(x, x->count) + packed_bytes,
		.newlines = index_newlines_before(x, x->count) + newlines,
	};
	x->frames[x->count++] = end;
	x->content_bytes += content_bytes;
}

enum err_code index_write(const struct index *x, struct buf *out, struct err *err)
{
	if (x->count > MAX_FRAMES)
		return err_set(err, ERR_LIMIT, "an original of %" PRIu64 " bytes is too large for the store",
			       x->content_bytes);
	size_t table_bytes = x->count * ENTRY_BYTES;
	buf_clear(out);
	buf_reserve(out, SKIP_HEAD_BYTES + table_bytes + FOOTER_BYTES);

	char head[SKIP_HEAD_BYTES];
	put32(head, SKIP_MAGIC);
	put32(head + 4, (uint32_t)(table_bytes + FOOTER_BYTES));
	buf_add(out, head, sizeof head);
	for (size_t i = 0; i < x->count; i++) {
		char entry[ENTRY_BYTES];
		put32(entry, (uint32_t)(x->frames[i].off - index_frame_begin(x, i)));
		put32(entry + 4, (uint32_t)(x->frames[i].newlines - index_newlines_before(x, i)));
		buf_add(out, entry, sizeof entry);
	}
	char footer[FOOTER_BYTES];
	memcpy(footer, footer_magic, sizeof footer_magic);
	put32(footer + 8, VERSION);
	put32(footer + 12, FRAME_BYTES);
	put64(footer + 16, x->content_bytes);
	put64(footer + 24, x->lines);
	put64(footer + 32, x->count);
	put64_big(footer + 40, x->hash.high);
	put64_big(footer + 48, x->hash.low);
	buf_add(out, footer, FOOTER_BYTES - 8);
	put64(footer + 56, hash64(out->ptr + SKIP_HEAD_BYTES, out->len - SKIP_HEAD_BYTES));
	buf_add(out, footer + 56, 8);
	return ERR_OK;
}

static enum err_code damaged(struct err *err, const char *what) { return err_set(err, ERR_STORE, "damaged: %s", what); }

/* Footer fields and table into x; each field is checked against the others and the file's size before it is used. */
static enum err_code decode(struct index *x, const char *payload, size_t payload_bytes, uint64_t file_bytes,
			    struct err *err)
{
	const char *footer = payload + payload_bytes - FOOTER_BYTES;
	if (hash64(payload, payload_bytes - 8) != get64(footer + 56))
		return damaged(err, "the index does not match its checksum");
	size_t count = (payload_bytes - FOOTER_BYTES) / ENTRY_BYTES;
	uint64_t content_bytes = get64(footer + 16);
	if (get64(footer + 32) != count || content_bytes / FRAME_BYTES + (content_bytes % FRAME_BYTES != 0) != count)
		return damaged(err, "the index contradicts itself");
	x->frames = mem_realloc(NULL, count, sizeof *x->frames);
	x->cap = count;
	for (size_t i = 0; i < count; i++) {
		const char *entry = payload + i * ENTRY_BYTES;
		uint64_t left = content_bytes - x->content_bytes;
		index_add(x, get32(entry), left < FRAME_BYTES ? (size_t)left : FRAME_BYTES, get32(entry + 4));
	}
	if (index_frame_begin(x, count) + SKIP_HEAD_BYTES + payload_bytes != file_bytes)
		return damaged(err, "the frames do not fill the file");
	x->lines = get64(footer + 24);
	x->hash = (struct hash128){get64_big(footer + 40), get64_big(footer + 48)};
	return ERR_OK;
}

enum err_code index_read(struct index *x, int fd, struct err *err)
{
	struct stat st;
	char footer[FOOTER_BYTES], head[SKIP_HEAD_BYTES];
	*x = (struct index){0};
	if (fstat(fd, &st) != 0)
		return err_set(err, ERR_STORE, "%s", strerror(errno));
	uint64_t file_bytes = (uint64_t)st.st_size;
	if (file_bytes < SKIP_HEAD_BYTES + FOOTER_BYTES)
		return damaged(err, "the file is too short");
	if (!io_read_at(fd, footer, sizeof footer, file_bytes - FOOTER_BYTES))
		return damaged(err, errno ? strerror(errno) : "the file ends early");
	if (memcmp(footer, footer_magic, sizeof footer_magic) != 0)
		return damaged(err, "no index at the end of the file");
	if (get32(footer + 8) != VERSION || get32(footer + 12) != FRAME_BYTES)
		return err_set(err, ERR_STORE, "written by another version (format %u); read it with zstd -dc",
			       (unsigned)get32(footer + 8));
	uint64_t count = get64(footer + 32);
	if (count > MAX_FRAMES || count * ENTRY_BYTES > file_bytes - SKIP_HEAD_BYTES - FOOTER_BYTES)
		return damaged(err, "the index does not fit the file");

	size_t payload_bytes = (size_t)count * ENTRY_BYTES + FOOTER_BYTES;
	uint64_t payload_off = file_bytes - payload_bytes;
	char *payload = mem_alloc(payload_bytes);
	enum err_code code;
	if (!io_read_at(fd, head, sizeof head, payload_off - SKIP_HEAD_BYTES) ||
	    !io_read_at(fd, payload, payload_bytes, payload_off))
		code = damaged(err, errno ? strerror(errno) : "the file ends early");
	else if (get32(head) != SKIP_MAGIC || get32(head + 4) != payload_bytes)
		code = damaged(err, "the index has no head");
	else
		code = decode(x, payload, payload_bytes, file_bytes, err);
	free(payload);
	if (code != ERR_OK)
		index_release(x);
	return code;
}
