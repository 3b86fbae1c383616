#include "api/origin.h"

#include "base/limits.h"
#include "base/mem.h"
#include "input/source.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct origin {
	struct store_reader *reader; /* owned; NULL: a file, with all that follows */

	struct source *source; /* owned */
	char *window;          /* owned */
	struct span rest;      /* of the window, not yet passed */
	uint64_t line;         /* the line that `rest` begins in */
	bool open_line;        /* the last byte passed was not an LF */
	bool at_end;
	struct hasher *hasher; /* owned; NULL when the reference has no hash to compare with */
	struct err failure;    /* of the source */
};

static enum err_code open_file(struct origin *o, const struct reference *r, struct err *err)
{
	struct stat st;
	if (stat(r->name, &st) != 0 && (errno == ENOENT || errno == ENOTDIR))
		return err_set(err, ERR_MISSING, "%.300s: there is no such file", r->name);
	enum err_code code = source_open(&o->source, r->name, err);
	if (code != ERR_OK)
		return code;
	o->window = mem_alloc(READ_WINDOW_BYTES);
	if (r->hash[0])
		o->hasher = hasher_new();
	o->line = 1;
	return ERR_OK;
}

enum err_code origin_open(struct origin **out, const struct reference *r, struct store *store, struct err *err)
{
	*out = NULL;
	struct origin *o = mem_zalloc(1, sizeof *o);
	enum err_code code =
		r->kind == REFERENCE_STORED ? store_get(store, r->name, &o->reader, err) : open_file(o, r, err);
	if (code != ERR_OK) {
		origin_free(o);
		return code;
	}
	*out = o;
	return ERR_OK;
}

void origin_free(struct origin *o)
{
	if (!o)
		return;
	store_reader_free(o->reader);
	source_free(o->source);
	hasher_free(o->hasher);
	free(o->window);
	free(o);
}

/* The next window into `rest`; false at the end. */
static bool refill(struct origin *o)
{
	if (o->at_end)
		return false;
	ssize_t n = source_read(o->source, o->window, READ_WINDOW_BYTES, &o->failure);
	if (n <= 0) {
		o->at_end = true;
		return false;
	}
	o->rest = span_of(o->window, (size_t)n);
	if (o->hasher)
		hasher_feed(o->hasher, o->window, (size_t)n);
	return true;
}

/* Takes from `rest` up to and with its next `newlines` LFs, or all of it. */
static struct span take_lines(struct origin *o, uint64_t newlines)
{
	struct span s = o->rest;
	size_t len = 0;
	while (newlines > 0 && len < s.len) {
		const char *newline = memchr(s.ptr + len, '\n', s.len - len);
		if (!newline) {
			len = s.len;
			break;
		}
		len = (size_t)(newline - s.ptr) + 1;
		newlines--;
		o->line++;
	}
	if (len > 0)
		o->open_line = s.ptr[len - 1] != '\n';
	o->rest = span_from(s, len);
	return span_head(s, len);
}

enum err_code origin_lines(struct origin *o, uint64_t first, uint64_t last, store_sink *sink, void *user,
			   struct err *err)
{
	if (o->reader)
		return store_read_lines(o->reader, first, last, sink, user, err);
	while (o->line <= last) {
		if (o->rest.len == 0 && !refill(o))
			break;
		if (o->line < first) {
			take_lines(o, first - o->line);
			continue;
		}
		struct span part = take_lines(o, last == UINT64_MAX ? UINT64_MAX : last - o->line + 1);
		enum err_code code = sink(user, part, err);
		if (code != ERR_OK)
			return code;
	}
	if (o->failure.code != ERR_OK && err)
		*err = o->failure;
	return o->failure.code;
}

enum err_code origin_finish(struct origin *o, uint64_t *lines, struct hash128 *hash, struct err *err)
{
	if (o->reader) {
		if (lines)
			*lines = store_reader_lines(o->reader);
		if (hash)
			*hash = store_reader_hash(o->reader);
		return ERR_OK;
	}
	while (o->rest.len > 0 || refill(o))
		take_lines(o, UINT64_MAX);
	if (lines)
		*lines = o->line - 1 + o->open_line;
	if (hash)
		*hash = hasher_digest(o->hasher);
	if (o->failure.code != ERR_OK && err)
		*err = o->failure;
	return o->failure.code;
}

bool origin_at_end(const struct origin *o) { return o->reader || (o->at_end && o->rest.len == 0); }
