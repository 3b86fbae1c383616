#include "store/object.h"

#include "base/mem.h"
#include "store/io.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void object_init(struct object *o, int fd, const struct index *index)
{
	*o = (struct object){.fd = fd, .index = index};
}

void object_release(struct object *o)
{
	unpacker_free(o->unpacker);
	free(o->packed);
	free(o->raw);
	*o = (struct object){.fd = -1};
}

/* Sixteen bytes at a time, twice, as many counts side by side: a comparison gives -1 where it holds, and up to 255 of these fit
 * into a byte. Every compiler that knows vectors makes the instructions of its machine of it, as long as they are no longer
 * than the machine's own. */
uint64_t count_newlines(struct span s)
{
	typedef uint8_t bytes __attribute__((vector_size(16)));
	typedef uint64_t words __attribute__((vector_size(16)));
	enum { STEP = 2 * sizeof(bytes) };
	const words low = {0x00ff00ff00ff00ff, 0x00ff00ff00ff00ff};
	const uint64_t ones = 0x0001000100010001;
	uint64_t total = 0;
	size_t i = 0;
	while (s.len - i >= STEP) {
		size_t steps = (s.len - i) / STEP;
		if (steps > 255)
			steps = 255;
		bytes sums = {0}, others = {0};
		for (size_t k = 0; k < steps; k++, i += STEP) {
			bytes x, y;
			memcpy(&x, s.ptr + i, sizeof x);
			memcpy(&y, s.ptr + i + sizeof x, sizeof y);
			sums -= (bytes)(x == '\n');
			others -= (bytes)(y == '\n');
		}
		/* Bytes of up to 255 to 16-bit lanes first: their sum may pass a byte. */
		words lanes = ((words)sums & low) + ((words)sums >> 8 & low) + ((words)others & low) + ((words)others >> 8 & low);
		total += (lanes[0] * ones >> 48) + (lanes[1] * ones >> 48);
	}
	for (; i < s.len; i++)
		total += s.ptr[i] == '\n';
	return total;
}

enum err_code object_frame(struct object *o, size_t i, struct span *content, struct err *err)
{
	size_t len = index_frame_content(o->index, i);
	if (o->at == i + 1) {
		*content = span_of(o->raw, len);
		return ERR_OK;
	}
	if (!o->unpacker) {
		o->unpacker = unpacker_new();
		o->packed = mem_alloc(frame_max_bytes());
		o->raw = mem_alloc(FRAME_BYTES);
	}
	uint64_t begin = index_frame_begin(o->index, i);
	uint64_t packed_bytes = o->index->frames[i].off - begin;
	o->at = 0;
	if (packed_bytes > frame_max_bytes())
		return err_set(err, ERR_STORE, "damaged: a frame is too large");
	if (!io_read_at(o->fd, o->packed, (size_t)packed_bytes, begin))
		return err_set(err, ERR_STORE, "damaged: %s", errno ? strerror(errno) : "the file ends early");
	enum err_code code = unpacker_unpack(o->unpacker, span_of(o->packed, (size_t)packed_bytes), o->raw, len, err);
	if (code != ERR_OK) {
		err_at(err, "damaged");
		return code;
	}
	o->at = i + 1;
	o->seen_off = 0;
	o->seen_newlines = 0;
	o->frames_read++;
	*content = span_of(o->raw, len);
	return ERR_OK;
}

enum err_code object_read(struct object *o, uint64_t off, void *into, size_t len, struct err *err)
{
	char *to = into;
	while (len > 0) {
		struct span content;
		enum err_code code = object_frame(o, (size_t)(off / FRAME_BYTES), &content, err);
		if (code != ERR_OK)
			return code;
		struct span part = span_head(span_from(content, (size_t)(off % FRAME_BYTES)), len);
		if (part.len == 0)
			return err_set(err, ERR_STORE, "a read past the end of an original");
		memcpy(to, part.ptr, part.len);
		to += part.len;
		off += part.len;
		len -= part.len;
	}
	return ERR_OK;
}

/* Offset behind the n-th newline of the frame at hand, or its length when there are fewer. Goes on from where the last
 * search stopped, so that a walk through the matches of one frame is linear. */
static size_t behind_newline(struct object *o, size_t len, uint64_t n)
{
	if (n < o->seen_newlines) {
		o->seen_off = 0;
		o->seen_newlines = 0;
	}
	while (o->seen_newlines < n) {
		const char *from = o->raw + o->seen_off;
		const char *newline = memchr(from, '\n', len - o->seen_off);
		if (!newline)
			return len;
		o->seen_off += (size_t)(newline - from) + 1;
		o->seen_newlines++;
	}
	return o->seen_off;
}

/* The first frame that ends behind newline number `n` (1-based); count when there is none. */
static size_t frame_of_newline(const struct index *x, uint64_t n)
{
	size_t low = 0, high = x->count;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (x->frames[mid].newlines < n)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

enum err_code object_lines(struct object *o, uint64_t first, uint64_t last, store_sink *sink, void *user,
			   struct err *err)
{
	const struct index *x = o->index;
	if (first == 0)
		first = 1;
	if (last > x->lines)
		last = x->lines;
	if (first > last)
		return ERR_OK;
	/* Line k begins behind newline k-1 and ends with newline k, or with the content. */
	for (size_t i = first == 1 ? 0 : frame_of_newline(x, first - 1); i < x->count; i++) {
		struct span content;
		enum err_code code = object_frame(o, i, &content, err);
		if (code != ERR_OK)
			return code;
		uint64_t before = index_newlines_before(x, i);
		size_t begin = 0, end = content.len;
		if (first - 1 > before)
			begin = behind_newline(o, content.len, first - 1 - before);
		if (x->frames[i].newlines >= last)
			end = behind_newline(o, content.len, last - before);
		if (end > begin && (code = sink(user, span_of(content.ptr + begin, end - begin), err)) != ERR_OK)
			return code;
		if (x->frames[i].newlines >= last)
			break;
	}
	return ERR_OK;
}

enum err_code object_verify(struct object *o, struct err *err)
{
	const struct index *x = o->index;
	struct hasher *hasher = hasher_new();
	enum err_code code = ERR_OK;
	bool open_line = false;
	for (size_t i = 0; i < x->count && code == ERR_OK; i++) {
		struct span content;
		code = object_frame(o, i, &content, err);
		if (code != ERR_OK)
			break;
		hasher_feed(hasher, content.ptr, content.len);
		open_line = content.len > 0 && content.ptr[content.len - 1] != '\n';
		if (count_newlines(content) != x->frames[i].newlines - index_newlines_before(x, i))
			code = err_set(err, ERR_STORE, "damaged: the index of lines is wrong");
	}
	if (code == ERR_OK && !hash128_eq(hasher_digest(hasher), x->hash))
		code = err_set(err, ERR_STORE, "damaged: the content does not match its hash");
	if (code == ERR_OK && x->lines != index_newlines_before(x, x->count) + open_line)
		code = err_set(err, ERR_STORE, "damaged: the number of lines is wrong");
	hasher_free(hasher);
	return code;
}
