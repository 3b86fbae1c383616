/* Deleting: originals beyond the cap, oldest first, and what dead writers left. No lock spans the store: processes that
 * evict at once go through their lists in the same order, so that what one has deleted counts for the others too. */
#include "store/folder.h"

#include "base/mem.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* Deletes name unless someone holds it; true when it is gone. Once the file is held exclusively and still has its name,
 * nobody else deletes or replaces it, so the name cannot stand for another file by the time of unlinkat. */
static bool delete_if_unused(int at, const char *name)
{
	int fd = openat(at, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT;
	bool gone = false;
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		gone = !folder_is_same(at, name, fd) || unlinkat(at, name, 0) == 0;
	close(fd);
	return gone;
}

void folder_sweep(struct store *s)
{
	int fd = openat(s->tmp_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir) {
		if (fd >= 0)
			close(fd);
		return;
	}
	struct dirent *entry;
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			delete_if_unused(s->tmp_fd, entry->d_name);
	closedir(dir);
}

struct aged {
	struct timespec used;
	uint64_t charge;
	char name[STORE_NAME_BYTES];
};

struct census {
	struct store *s;
	uint64_t total_bytes;
	bool listing; /* the second pass: also fill the list */
	struct aged *list;
	size_t count, cap;
};

static bool count_object(void *user, const char *hex, const char *name)
{
	(void)hex;
	struct census *c = user;
	struct stat st;
	if (fstatat(c->s->dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(st.st_mode))
		return true;
	struct aged aged = {.used = st.st_mtim, .charge = folder_charge((uint64_t)st.st_size)};
	c->total_bytes += aged.charge;
	if (c->listing) {
		memcpy(aged.name, name, STORE_NAME_BYTES);
		MEM_GROW(c->list, c->cap, c->count + 1);
		c->list[c->count++] = aged;
	}
	return true;
}

static int by_age(const void *a, const void *b)
{
	const struct aged *x = a, *y = b;
	if (x->used.tv_sec != y->used.tv_sec)
		return x->used.tv_sec < y->used.tv_sec ? -1 : 1;
	if (x->used.tv_nsec != y->used.tv_nsec)
		return x->used.tv_nsec < y->used.tv_nsec ? -1 : 1;
	return strcmp(x->name, y->name);
}

enum err_code store_evict(struct store *s, uint64_t cap_bytes, struct err *err)
{
	enum err_code code = folder_open(s, false, err);
	if (code == ERR_MISSING)
		return ERR_OK;
	struct census census = {.s = s};
	if (code == ERR_OK)
		code = folder_scan(s, count_object, &census, err);
	if (code != ERR_OK || census.total_bytes <= cap_bytes)
		return code;
	census.total_bytes = 0;
	census.listing = true;
	code = folder_scan(s, count_object, &census, err);
	if (census.count)
		qsort(census.list, census.count, sizeof *census.list, by_age);
	for (size_t i = 0; code == ERR_OK && i < census.count && census.total_bytes > cap_bytes; i++)
		if (delete_if_unused(s->dir_fd, census.list[i].name))
			census.total_bytes -= census.list[i].charge;
	free(census.list);
	return code;
}
