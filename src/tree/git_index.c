#include "tree/git_index.h"

#include "base/buf.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	WINDOW_BYTES = 128 * 1024,
	PATH_BYTES_MOST = 1024 * 1024,   /* of one entry; longer ones are taken for damage */
	LINK_BYTES_MOST = 64 * 1024 * 1024,
	STAT_BYTES = 40,
	FLAG_EXTENDED = 0x4000, FLAG_NAME = 0x0fff,
	MODE_TYPE = 0170000, MODE_COMMIT = 0160000,
};

/* One index file, entry by entry. */
struct stream {
	int fd;
	char *window;            /* owned */
	size_t begin, end, cap;  /* unread bytes of it */
	uint32_t version, count, next; /* `next`: number of the entry behind the one in `path` */
	size_t id_bytes;
	struct buf path;
	uint32_t mode;
	bool at_end, broken;
};

struct bitmap {
	uint64_t *words; /* owned */
	size_t bits;
};

struct git_index {
	struct stream own, shared;  /* shared.fd < 0: the index is not split */
	struct bitmap deleted;      /* entries of `shared` that are gone */
	struct buf submodules;      /* paths, each with a NUL behind it */
	bool broken;
};

static uint32_t be32(const void *bytes)
{
	const unsigned char *b = bytes;
	return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static uint64_t be64(const void *bytes) { return (uint64_t)be32(bytes) << 32 | be32((const char *)bytes + 4); }

/* ---- one file ---------------------------------------------------------------------------------------------------- */

/* At least n unread bytes in the window, if the file has them. */
static bool need(struct stream *s, size_t n)
{
	if (s->end - s->begin >= n)
		return true;
	if (s->begin) { /* NULL at first, and nothing to move then */
		memmove(s->window, s->window + s->begin, s->end - s->begin);
		s->end -= s->begin;
		s->begin = 0;
	}
	MEM_GROW(s->window, s->cap, n > WINDOW_BYTES ? n : WINDOW_BYTES);
	while (s->end < n) {
		ssize_t got = read(s->fd, s->window + s->end, s->cap - s->end);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		s->end += (size_t)got;
	}
	return true;
}

static bool stream_open(struct stream *s, const char *path, size_t id_bytes)
{
	s->fd = open(path, O_RDONLY | O_CLOEXEC);
	s->id_bytes = id_bytes;
	return s->fd >= 0;
}

/* To the first entry. */
static bool stream_begin(struct stream *s)
{
	s->begin = s->end = 0;
	s->next = 0;
	s->at_end = s->broken = false;
	buf_clear(&s->path);
	if (lseek(s->fd, 0, SEEK_SET) != 0 || !need(s, 12) || memcmp(s->window, "DIRC", 4) != 0)
		return false;
	s->version = be32(s->window + 4);
	s->count = be32(s->window + 8);
	s->begin = 12;
	return s->version >= 2 && s->version <= 4;
}

static void stream_release(struct stream *s)
{
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
	free(s->window);
	s->window = NULL;
	buf_release(&s->path);
}

/* Bytes to the NUL at or behind offset `from` of the unread ones; SIZE_MAX: none in sight. */
static size_t find_nul(struct stream *s, size_t from)
{
	for (size_t have = from + 256; have < PATH_BYTES_MOST; have *= 2) {
		bool full = need(s, have);
		size_t len = s->end - s->begin;
		const char *nul = len > from ? memchr(s->window + s->begin + from, 0, len - from) : NULL;
		if (nul)
			return (size_t)(nul - (s->window + s->begin)) - from;
		if (!full)
			break;
	}
	return SIZE_MAX;
}

/* Version 4: how many bytes of the path before are dropped. */
static bool read_strip(struct stream *s, size_t *off, size_t *strip)
{
	*strip = 0;
	for (int i = 0; i < 5; i++) {
		if (!need(s, *off + 1))
			return false;
		unsigned char c = (unsigned char)s->window[s->begin + (*off)++];
		*strip = *strip << 7 | (c & 0x7f);
		if (!(c & 0x80))
			return true;
		*strip += 1;
	}
	return false;
}

/* The next entry into path and mode. False: the end, or damage. */
static bool stream_next(struct stream *s)
{
	if (s->at_end || s->next == s->count) {
		s->at_end = true;
		return false;
	}
	s->at_end = s->broken = true; /* until it is read */
	size_t fixed = STAT_BYTES + s->id_bytes + 2;
	if (!need(s, fixed + 2))
		return false;
	const char *entry = s->window + s->begin;
	s->mode = be32(entry + 24);
	unsigned flags = (unsigned)(unsigned char)entry[fixed - 2] << 8 | (unsigned char)entry[fixed - 1];
	if (flags & FLAG_EXTENDED)
		fixed += 2;
	size_t off = fixed, strip = 0;
	if (s->version == 4) {
		if (!read_strip(s, &off, &strip) || strip > s->path.len)
			return false;
		s->path.len -= strip;
	} else {
		buf_clear(&s->path);
	}
	size_t len = flags & FLAG_NAME;
	if (s->version == 4 || len == FLAG_NAME) {
		len = find_nul(s, off);
		if (len == SIZE_MAX)
			return false;
	}
	/* One to eight NULs end an entry at a multiple of eight bytes; version 4 has one. */
	size_t all = s->version == 4 ? off + len + 1 : (off + len + 8) / 8 * 8;
	if (!need(s, all))
		return false;
	buf_add(&s->path, s->window + s->begin + off, len);
	s->begin += all;
	s->next++;
	s->at_end = s->broken = false;
	return true;
}

/* ---- split in two ------------------------------------------------------------------------------------------------ */

/* EWAH: a marker word says how many words of one bit follow, and how many that are written out. Returns the bytes taken,
 * or 0. */
static size_t read_ewah(struct bitmap *map, struct span bytes)
{
	if (bytes.len < 8)
		return 0;
	uint32_t bits = be32(bytes.ptr), words = be32(bytes.ptr + 4);
	if (bytes.len < 8 + (uint64_t)words * 8 + 4)
		return 0;
	size_t room = (size_t)bits / 64 + 1, at = 0;
	map->bits = bits;
	map->words = mem_zalloc(room, sizeof *map->words);
	for (uint32_t i = 0; i < words;) {
		uint64_t marker = be64(bytes.ptr + 8 + (size_t)i++ * 8);
		uint64_t run = marker >> 1 & 0xffffffff, literals = marker >> 33;
		for (; run && at < room; run--)
			map->words[at++] = marker & 1 ? UINT64_MAX : 0;
		for (; literals && i < words; literals--, i++)
			if (at < room)
				map->words[at++] = be64(bytes.ptr + 8 + (size_t)i * 8);
	}
	return 8 + (size_t)words * 8 + 4;
}

/* The "link" extension behind the entries: the id of the shared file, the entries of it that are gone, those replaced. */
static void open_shared(struct git_index *x, const char *git_folder, struct span link)
{
	struct buf path = {0};
	size_t id = x->own.id_bytes;
	bool none = true;
	buf_addf(&path, "%s/sharedindex.", git_folder);
	for (size_t i = 0; i < id && link.len >= id; i++) {
		buf_addf(&path, "%02x", (unsigned)(unsigned char)link.ptr[i]);
		none &= link.ptr[i] == 0;
	}
	if (link.len < id) {
		x->broken = true;
	} else if (!none) {
		if (!stream_open(&x->shared, path.ptr, id) || !stream_begin(&x->shared))
			x->broken = true;
		else if (link.len > id && !read_ewah(&x->deleted, span_from(link, id)))
			x->broken = true;
	}
	buf_release(&path);
}

static void read_extensions(struct git_index *x, const char *git_folder)
{
	struct stream *s = &x->own;
	while (need(s, 8 + s->id_bytes + 1)) { /* the checksum stands at the end */
		uint32_t len = be32(s->window + s->begin + 4);
		if (memcmp(s->window + s->begin, "link", 4) == 0) {
			if (len > LINK_BYTES_MOST || !need(s, 8 + (size_t)len)) {
				x->broken = true;
				return;
			}
			open_shared(x, git_folder, span_of(s->window + s->begin + 8, len));
			return;
		}
		s->begin += 8;
		size_t have = s->end - s->begin;
		if (len <= have) {
			s->begin += len;
		} else {
			if (lseek(s->fd, (off_t)(len - have), SEEK_CUR) < 0)
				return;
			s->begin = s->end = 0;
		}
	}
}

/* Entries of the shared file that are gone have their bit set. Entries of our own without a name replace one there. */
static bool shared_next(struct git_index *x)
{
	struct stream *s = &x->shared;
	while (stream_next(s)) {
		size_t i = s->next - 1;
		if (i >= x->deleted.bits || !(x->deleted.words[i / 64] >> i % 64 & 1))
			return true;
	}
	return false;
}

static bool own_next(struct git_index *x)
{
	while (stream_next(&x->own))
		if (x->own.path.len || x->shared.fd < 0)
			return true;
	return false;
}

/* ---- all of it --------------------------------------------------------------------------------------------------- */

static void note_submodule(struct git_index *x, const struct stream *s)
{
	if ((s->mode & MODE_TYPE) == MODE_COMMIT) {
		buf_add_span(&x->submodules, buf_span(&s->path));
		buf_add_char(&x->submodules, 0);
	}
}

enum err_code git_index_open(struct git_index **out, const char *git_folder, bool sha256, struct err *err)
{
	struct buf path = {0};
	*out = NULL;
	buf_addf(&path, "%s/index", git_folder);
	struct git_index *x = mem_zalloc(1, sizeof *x);
	x->own.fd = x->shared.fd = -1;
	enum err_code code = ERR_OK;
	if (!stream_open(&x->own, path.ptr, sha256 ? 32 : 20)) {
		if (errno != ENOENT)
			code = err_set(err, ERR_INPUT, "%s: %s", path.ptr, strerror(errno));
		goto none;
	}
	if (!stream_begin(&x->own)) {
		code = err_set(err, ERR_INPUT, "%s: not an index of version 2, 3 or 4", path.ptr);
		goto none;
	}
	/* A first pass: commits stand where a file would, while their folders come where folders do; and what stands
	 * behind the entries. */
	while (stream_next(&x->own))
		note_submodule(x, &x->own);
	x->broken = x->own.broken;
	if (!x->broken)
		read_extensions(x, git_folder);
	if (x->shared.fd >= 0) {
		while (shared_next(x))
			note_submodule(x, &x->shared);
		x->broken |= x->shared.broken || !stream_begin(&x->shared);
		shared_next(x);
	}
	x->broken |= !stream_begin(&x->own);
	own_next(x);
	*out = x;
	buf_release(&path);
	return ERR_OK;
none:
	buf_release(&path);
	git_index_free(x);
	return code;
}

void git_index_free(struct git_index *x)
{
	if (!x)
		return;
	stream_release(&x->own);
	stream_release(&x->shared);
	free(x->deleted.words);
	buf_release(&x->submodules);
	free(x);
}

static int compare(struct span a, struct span b)
{
	size_t len = a.len < b.len ? a.len : b.len;
	int order = len ? memcmp(a.ptr, b.ptr, len) : 0;
	return order ? order : (a.len > b.len) - (a.len < b.len);
}

static bool stream_reach(struct git_index *x, struct stream *s, struct span path, bool below)
{
	while (!s->at_end && compare(buf_span(&s->path), path) < 0) {
		if (s == &x->own)
			own_next(x);
		else
			shared_next(x);
	}
	x->broken |= s->broken;
	if (s->at_end)
		return false;
	return below ? span_starts(buf_span(&s->path), path) : span_eq(buf_span(&s->path), path);
}

static bool reach(struct git_index *x, struct span path, bool below)
{
	bool own = stream_reach(x, &x->own, path, below);
	return (x->shared.fd >= 0 && stream_reach(x, &x->shared, path, below)) || own;
}

bool git_index_has_file(struct git_index *x, struct span path) { return reach(x, path, false); }
bool git_index_has_below(struct git_index *x, struct span folder_with_slash) { return reach(x, folder_with_slash, true); }

bool git_index_has_submodules(const struct git_index *x) { return x->submodules.len > 0; }

bool git_index_is_submodule(const struct git_index *x, struct span path)
{
	for (size_t i = 0; i < x->submodules.len; i += strlen(x->submodules.ptr + i) + 1)
		if (span_eq(span_of_str(x->submodules.ptr + i), path))
			return true;
	return false;
}

bool git_index_failed(const struct git_index *x, struct err *err)
{
	if (x->broken)
		err_set(err, ERR_INPUT, "the index is damaged: files that it tracks and a rule excludes may be missing");
	return x->broken;
}
