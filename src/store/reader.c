#include "store/folder.h"

#include "base/mem.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

struct store_reader {
	int fd; /* owned, holds a shared lock */
	struct index index;
	struct object object;
	char *path; /* owned, for messages */
};

enum { ID_MIN_DIGITS = 4 };

struct search {
	const char *prefix;
	size_t len, found;
	char hex[33], other[33];
};

static bool match_prefix(void *user, const char *hex, const char *name)
{
	(void)name;
	struct search *search = user;
	if (strncmp(hex, search->prefix, search->len) != 0)
		return true;
	/* Which two are named must not hang on the order of the folder. */
	char candidate[33];
	memcpy(candidate, hex, sizeof candidate);
	if (search->found == 0 || strcmp(candidate, search->hex) < 0) {
		char swap[33];
		memcpy(swap, search->hex, sizeof swap);
		memcpy(search->hex, candidate, sizeof swap);
		memcpy(candidate, swap, sizeof swap);
	}
	if (search->found == 1 || (search->found > 1 && strcmp(candidate, search->other) < 0))
		memcpy(search->other, candidate, sizeof candidate);
	search->found++;
	return true;
}

/* The full hash, 32 digits, that `id` is a prefix of. */
static enum err_code resolve(struct store *s, const char *id, char hex[33], struct err *err)
{
	size_t len = strlen(id);
	char lower[33];
	if (len < ID_MIN_DIGITS || len > 32)
		return err_set(err, ERR_USAGE, "%.60s is not an id: 4 to 32 hex digits", id);
	for (size_t i = 0; i <= len; i++) {
		if (i < len && !isxdigit((unsigned char)id[i]))
			return err_set(err, ERR_USAGE, "%.60s is not an id: 4 to 32 hex digits", id);
		lower[i] = (char)tolower((unsigned char)id[i]);
	}
	struct search search = {.prefix = lower, .len = len};
	enum err_code code = folder_scan(s, match_prefix, &search, err);
	if (code != ERR_OK)
		return code;
	if (search.found == 0)
		return err_set(err, ERR_MISSING, "no original %s in the store %.200s (evicted, or stored elsewhere)",
			       lower, s->dir);
	if (search.found > 1)
		return err_set(err, ERR_USAGE, "%s stands for %zu originals, %s and %s among them: give more digits",
			       lower, search.found, search.hex, search.other);
	memcpy(hex, search.hex, 33);
	return ERR_OK;
}

enum err_code store_get(struct store *s, const char *id, struct store_reader **out, struct err *err)
{
	*out = NULL;
	char hex[33], name[STORE_NAME_BYTES], real[33];
	enum err_code code = folder_open(s, false, err);
	if (code == ERR_MISSING)
		err_at(err, "no original %.40s", id);
	if (code != ERR_OK || (code = resolve(s, id, hex, err)) != ERR_OK)
		return code;
	memcpy(name, hex, 32);
	memcpy(name + 32, ".zst", 5);
	int fd = openat(s->dir_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return err_set(err, ERR_MISSING, "original %s was just evicted", hex);
	if (fd < 0)
		return folder_failed(s, "open an object", errno, err);
	/* The lock keeps it in the store for the next reader; this one has what it needs in the open file, so it
	 * never waits. */
	if (flock(fd, LOCK_SH | LOCK_NB) == 0)
		futimens(fd, NULL); /* used now; a read-only store does not mind */

	struct store_reader *r = mem_zalloc(1, sizeof *r);
	struct buf path = {0};
	buf_addf(&path, "%s/%s", s->dir, name);
	r->fd = fd;
	r->path = path.ptr;
	code = index_read(&r->index, fd, err);
	if (code == ERR_OK) {
		hash128_hex(r->index.hash, real);
		if (memcmp(real, hex, 32) != 0)
			code = err_set(err, ERR_STORE, "damaged: it holds %s", real);
	}
	if (code != ERR_OK) {
		err_at(err, "%.200s", r->path);
		store_reader_free(r);
		return code;
	}
	object_init(&r->object, fd, &r->index);
	*out = r;
	return ERR_OK;
}

uint64_t store_reader_lines(const struct store_reader *r) { return r->index.lines; }
uint64_t store_reader_bytes(const struct store_reader *r) { return r->index.content_bytes; }
struct hash128 store_reader_hash(const struct store_reader *r) { return r->index.hash; }
uint64_t store_reader_frames_read(const struct store_reader *r) { return r->object.frames_read; }

/* Where an error happened is known here, unless it is the sink's. */
static enum err_code at_path(const struct store_reader *r, enum err_code code, struct err *err)
{
	if (code == ERR_STORE)
		err_at(err, "%.200s", r->path);
	return code;
}

enum err_code store_read_lines(struct store_reader *r, uint64_t first, uint64_t last, store_sink *sink, void *user,
			       struct err *err)
{
	return at_path(r, object_lines(&r->object, first, last, sink, user, err), err);
}

enum err_code store_verify(struct store_reader *r, struct err *err)
{
	return at_path(r, object_verify(&r->object, err), err);
}

void store_reader_free(struct store_reader *r)
{
	if (!r)
		return;
	object_release(&r->object);
	index_release(&r->index);
	close(r->fd);
	free(r->path);
	free(r);
}

struct listing {
	struct store *s;
	store_visit *visit;
	void *user;
};

static bool list_object(void *user, const char *hex, const char *name)
{
	struct listing *l = user;
	struct index index;
	struct stat st;
	int fd = openat(l->s->dir_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return true;
	if (fstat(fd, &st) == 0 && index_read(&index, fd, NULL) == ERR_OK) {
		l->visit(l->user, hex, index.content_bytes, folder_charge((uint64_t)st.st_size));
		index_release(&index);
	}
	close(fd);
	return true;
}

enum err_code store_list(struct store *s, store_visit *visit, void *user, struct err *err)
{
	enum err_code code = folder_open(s, false, err);
	if (code == ERR_MISSING)
		return ERR_OK;
	struct listing listing = {s, visit, user};
	return code == ERR_OK ? folder_scan(s, list_object, &listing, err) : code;
}
