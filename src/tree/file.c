#include "tree/file.h"

#include "base/limits.h"
#include "base/mem.h"
#include "input/source.h"
#include "tree/nature.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HEAD_BYTES = 64 * 1024, WINDOW_BYTES = 1024 * 1024 };

struct file_reader {
	enum encoding encoding;
	struct outliner *outliner; /* owned */
	struct buf text;           /* owned: the file read last, or a window of a huge one */
};

struct file_reader *file_reader_new(enum encoding encoding)
{
	struct file_reader *r = mem_zalloc(1, sizeof *r);
	r->encoding = encoding;
	r->outliner = outliner_new();
	return r;
}

void file_reader_free(struct file_reader *r)
{
	if (!r)
		return;
	outliner_free(r->outliner);
	buf_release(&r->text);
	free(r);
}

void file_facts_release(struct file_facts *facts)
{
	outline_release(&facts->outline);
	*facts = (struct file_facts){0};
}

enum { LANES = 16, BLOCK = 128 };
typedef signed char lanes __attribute__((vector_size(LANES)));

/* Of eight bytes. A byte of `zero` has its high bit set where `word` has an LF; exact, carries do not cross bytes. */
static uint64_t newlines_in(uint64_t word)
{
	const uint64_t low = UINT64_C(0x7f7f7f7f7f7f7f7f);
	uint64_t x = word ^ UINT64_C(0x0a0a0a0a0a0a0a0a);
	uint64_t zero = ~(((x & low) + low) | x | low);
	return ((zero >> 7) * UINT64_C(0x0101010101010101)) >> 56;
}

uint64_t file_count_newlines(struct span text)
{
	uint64_t count = 0;
	const char *p = text.ptr;
	size_t left = text.len;
	/* Lanes, not a call for each line: those are short in sources. A lane counts up to 127. */
	while (left >= LANES) {
		lanes sum = {0}, chunk;
		for (int i = 0; i < 127 && left >= LANES; i++, p += LANES, left -= LANES) {
			memcpy(&chunk, p, sizeof chunk);
			sum -= chunk == '\n';
		}
		uint64_t half[2];
		memcpy(half, &sum, sizeof half);
		for (int i = 0; i < 2; i++) {
			uint64_t pairs = (half[i] & UINT64_C(0x00ff00ff00ff00ff)) + (half[i] >> 8 & UINT64_C(0x00ff00ff00ff00ff));
			count += (pairs * UINT64_C(0x0001000100010001)) >> 48;
		}
	}
	if (left >= 8) {
		uint64_t word;
		memcpy(&word, p, sizeof word);
		count += newlines_in(word);
		p += sizeof word;
		left -= sizeof word;
	}
	for (size_t i = 0; i < left; i++)
		count += p[i] == '\n';
	return count;
}

/* Fills the buffer up to `size` bytes. */
static enum err_code fill(int fd, struct buf *into, size_t size, struct err *err)
{
	buf_clear(into);
	buf_reserve(into, size);
	while (into->len < size) {
		ssize_t n = read(fd, into->ptr + into->len, size - into->len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_set(err, ERR_INPUT, "%s", strerror(errno));
		if (n == 0)
			break;
		into->len += (size_t)n;
	}
	into->ptr[into->len] = '\0';
	return ERR_OK;
}

static struct span base_name(struct span path)
{
	const char *slash = memrchr(path.ptr, '/', path.len);
	return slash ? span_from(path, (size_t)(slash - path.ptr) + 1) : path;
}

static inline unsigned char is_odd(unsigned char c)
{
	return (unsigned char)((c < 0x20) & (c != '\t') & (c != '\n') & (c != '\r')) | (c >= 0x7f);
}

/* Plain ASCII text, as most sources are, is seen at the speed of vectors; only else it is looked at closely. */
static bool is_binary(struct span head)
{
	const unsigned char *p = (const unsigned char *)head.ptr;
	size_t left = head.len;
	unsigned char odd = 0;
	for (; left >= BLOCK && !odd; left -= BLOCK, p += BLOCK)
		for (size_t i = 0; i < BLOCK; i++)
			odd |= is_odd(p[i]);
	for (size_t i = 0; i < left && !odd; i++)
		odd |= is_odd(p[i]);
	return odd && source_looks_binary(head);
}

/* What needs no more than the file's begin. */
static enum file_nature nature_of_head(const struct walk_entry *entry, struct span head)
{
	if (is_binary(head))
		return FILE_BINARY;
	if (nature_is_vendored(entry->path))
		return FILE_VENDORED;
	return nature_is_lock_file(base_name(entry->path)) || nature_says_generated(head) ? FILE_GENERATED : FILE_SOURCE;
}

static void measure(struct file_reader *r, const struct walk_entry *entry, struct file_facts *facts)
{
	struct span text = buf_span(&r->text), head = span_head(text, HEAD_BYTES);
	facts->bytes = text.len;
	facts->lines = file_count_newlines(text) + (text.len && text.ptr[text.len - 1] != '\n');
	facts->hash = hash128_of(text.ptr, text.len);
	facts->nature = nature_of_head(entry, head);
	if (facts->nature == FILE_BINARY)
		return;
	facts->tokens = tokens_count(r->encoding, text);
	facts->language = language_of(entry->path, head);
	if (facts->nature == FILE_SOURCE && nature_is_minified(base_name(entry->path), facts->language, text))
		facts->nature = FILE_MINIFIED;
	if (facts->nature == FILE_SOURCE && facts->language)
		outline_scan(r->outliner, facts->language, text, &facts->outline);
}

/* In windows: what is huge is counted only. */
static enum err_code measure_huge(struct file_reader *r, int fd, const struct walk_entry *entry, struct file_facts *facts,
                                  struct err *err)
{
	struct hasher *hasher = hasher_new();
	struct token_stream *stream = NULL;
	enum err_code code;
	char last = '\n';
	facts->nature = FILE_HUGE;
	while ((code = fill(fd, &r->text, WINDOW_BYTES, err)) == ERR_OK && r->text.len) {
		struct span window = buf_span(&r->text);
		if (facts->bytes == 0) {
			struct span head = span_head(window, HEAD_BYTES);
			if (is_binary(head))
				facts->nature = FILE_BINARY;
			else
				facts->language = language_of(entry->path, head);
		}
		if (facts->nature != FILE_BINARY) {
			if (!stream)
				stream = token_stream_new(r->encoding);
			token_stream_feed(stream, window);
		}
		hasher_feed(hasher, window.ptr, window.len);
		facts->bytes += window.len;
		facts->lines += file_count_newlines(window);
		last = window.ptr[window.len - 1];
	}
	facts->lines += last != '\n';
	facts->hash = hasher_digest(hasher);
	facts->tokens = stream ? token_stream_finish(stream) : 0;
	token_stream_free(stream);
	hasher_free(hasher);
	buf_clear(&r->text);
	return code;
}

enum err_code file_read(struct file_reader *r, const struct walk_entry *entry, struct file_facts *facts, struct span *text,
                        struct err *err)
{
	struct outline outline = facts->outline;
	*facts = (struct file_facts){.outline = outline};
	outline_reset(&facts->outline);
	if (text)
		*text = span_of("", 0);
	/* Not blocking: what was a file when the walk saw it may be a pipe by now. */
	int fd = openat(entry->dir, entry->name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return err_set(err, errno == ENOENT || errno == ELOOP ? ERR_CHANGED : ERR_INPUT, "%s", strerror(errno));
	struct stat before, after;
	enum err_code code = ERR_OK;
	if (fstat(fd, &before) != 0)
		code = err_set(err, ERR_INPUT, "%s", strerror(errno));
	else if (!S_ISREG(before.st_mode))
		code = err_set(err, ERR_CHANGED, "is no regular file any more");
	else if (before.st_size > FILE_OUTLINED_BYTES_MOST)
		code = measure_huge(r, fd, entry, facts, err);
	else if ((code = fill(fd, &r->text, (size_t)before.st_size, err)) == ERR_OK) {
		measure(r, entry, facts);
		if (text && facts->nature != FILE_BINARY)
			*text = buf_span(&r->text);
	}
	if (code == ERR_OK &&
	    (fstat(fd, &after) != 0 || after.st_size != before.st_size || after.st_mtim.tv_sec != before.st_mtim.tv_sec ||
	     after.st_mtim.tv_nsec != before.st_mtim.tv_nsec || (uint64_t)before.st_size != facts->bytes))
		code = err_set(err, ERR_CHANGED, "it changed while it was read");
	close(fd);
	return code;
}
