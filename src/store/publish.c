/* The last step of storing: a finished temporary file gets its name, unless the same content is there already. */
#include "store/folder.h"

#include "base/mem.h"
#include "store/io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* A name that is taken stays as it is: EEXIST. */
static bool rename_to_new(int from_fd, const char *from, int to_fd, const char *to)
{
	if (renameat2(from_fd, from, to_fd, to, RENAME_NOREPLACE) == 0)
		return true;
	if (errno != EINVAL && errno != ENOSYS)
		return false;
	/* File systems without that flag: link does not replace either. */
	if (linkat(from_fd, from, to_fd, to, 0) == 0) {
		unlinkat(from_fd, from, 0);
		return true;
	}
	if (errno == EEXIST)
		return false;
	/* And those without links. Two writers of one content may then replace one another: with the same bytes. */
	return renameat(from_fd, from, to_fd, to) == 0;
}

/* Whether the two files are the same byte for byte. Storing is deterministic for one version of zstd, so this settles
 * nearly every meeting at the cost of reading the packed bytes: a tenth of the content. */
static bool same_files(int a, int b)
{
	enum { PIECE = 64 * 1024 };
	struct stat sa, sb;
	if (fstat(a, &sa) != 0 || fstat(b, &sb) != 0 || sa.st_size != sb.st_size)
		return false;
	char *piece = mem_alloc(2 * PIECE);
	bool same = true;
	uint64_t size = (uint64_t)sa.st_size;
	for (uint64_t off = 0; same && off < size; off += PIECE) {
		size_t len = size - off < PIECE ? (size_t)(size - off) : PIECE;
		same = io_read_at(a, piece, len, off) && io_read_at(b, piece + PIECE, len, off) &&
		       memcmp(piece, piece + PIECE, len) == 0;
	}
	free(piece);
	return same;
}

enum meeting {
	MEETING_SAME,      /* it holds the same content */
	MEETING_DAMAGED,   /* it is not what its name says: to be replaced */
	MEETING_COLLISION, /* it is whole, and other content */
};

static enum meeting compare(struct object *mine, int fd)
{
	if (same_files(mine->fd, fd))
		return MEETING_SAME;
	struct index index = {0};
	if (index_read(&index, fd, NULL) != ERR_OK)
		return MEETING_DAMAGED;
	struct object theirs;
	object_init(&theirs, fd, &index);
	enum meeting meeting = MEETING_DAMAGED;
	if (hash128_eq(index.hash, mine->index->hash) && object_verify(&theirs, NULL) == ERR_OK) {
		meeting = index.content_bytes == mine->index->content_bytes ? MEETING_SAME : MEETING_COLLISION;
		for (size_t i = 0; meeting == MEETING_SAME && i < index.count; i++) {
			struct span a, b;
			if (object_frame(mine, i, &a, NULL) != ERR_OK || object_frame(&theirs, i, &b, NULL) != ERR_OK ||
			    !span_eq(a, b))
				meeting = MEETING_COLLISION;
		}
	}
	object_release(&theirs);
	index_release(&index);
	return meeting;
}

/* An object of this name exists: keep it if it is ours, delete it if it is damaged. *again: look at the name once
 * more. */
static enum err_code meet(struct store *s, const char *name, int fd, struct object *mine, bool *again, struct err *err)
{
	*again = false;
	/* Who evicts holds it for an instant. */
	const struct timespec instant = {.tv_nsec = 1000000};
	int tries = 0;
	while (flock(fd, LOCK_SH | LOCK_NB) != 0) {
		if (errno != EWOULDBLOCK || ++tries == 2000)
			return folder_failed(s, "lock an object", errno, err);
		nanosleep(&instant, NULL);
	}
	if (!folder_is_same(s->dir_fd, name, fd)) {
		*again = true;
		return ERR_OK;
	}
	switch (compare(mine, fd)) {
	case MEETING_SAME:
		futimens(fd, NULL); /* the newest again; without the right to do so it only goes earlier */
		return ERR_OK;
	case MEETING_DAMAGED:
		if (flock(fd, LOCK_EX | LOCK_NB) != 0)
			return err_set(err, ERR_STORE, "store %.200s: %s is damaged and in use", s->dir, name);
		if (folder_is_same(s->dir_fd, name, fd) && unlinkat(s->dir_fd, name, 0) != 0)
			return folder_failed(s, "replace a damaged object", errno, err);
		*again = true;
		return ERR_OK;
	case MEETING_COLLISION:
		break;
	}
	return err_set(err, ERR_STORE, "store %.200s: other content with the same hash is stored as %s", s->dir, name);
}

enum err_code publish(struct store *s, const char *tmp_name, int tmp_fd, struct object *mine, bool *added,
		      struct err *err)
{
	*added = false;
	char name[STORE_NAME_BYTES];
	folder_name(mine->index->hash, name);
	for (;;) {
		int fd = openat(s->dir_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
		if (fd >= 0) {
			bool again;
			enum err_code code = meet(s, name, fd, mine, &again, err);
			if (code == ERR_OK && again) {
				close(fd);
				continue;
			}
			unlinkat(s->tmp_fd, tmp_name, 0);
			close(tmp_fd);
			if (code == ERR_OK)
				folder_hold(s, fd);
			else
				close(fd);
			return code;
		}
		int error = errno;
		if (error == ENOENT && rename_to_new(s->tmp_fd, tmp_name, s->dir_fd, name))
			break;
		if (error == ENOENT)
			error = errno;
		if (error == EEXIST)
			continue;
		unlinkat(s->tmp_fd, tmp_name, 0);
		close(tmp_fd);
		return folder_failed(s, "store an object", error, err);
	}
	*added = true;
	folder_hold(s, tmp_fd);
	/* The name must survive a power failure too. File systems that cannot sync a folder say EINVAL. */
	if (fsync(s->dir_fd) != 0 && errno != EINVAL)
		return folder_failed(s, "sync the folder", errno, err);
	return ERR_OK;
}
