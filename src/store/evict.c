/* Deleting: originals beyond the cap, oldest first, and what dead writers left. No lock spans the store: processes that
 * evict at once go through their lists in the same order, so that what one has deleted counts for the others too. */
#include "store/folder.h"

#include "base/mem.h"
#include "store/io.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
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

/* The file `usage` says what the objects took at the last count, plus what came since, so that storing one more
 * does not have to look at all others (20,000 objects: 70 ms). It may say too much: then a count comes early. It
 * says too little only by what was stored by a process that died in between, and by that not for long. */
struct usage {
	uint64_t total_bytes;
	uint64_t added; /* objects since the last count */
};
enum { COUNT_AGAIN_AFTER = 1000 };

/* Locked until it is closed; -1 when it cannot be had soon. */
static int usage_open(struct store *s)
{
	const struct timespec instant = {.tv_nsec = 1000000};
	int fd = openat(s->dir_fd, "usage", O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
	for (int tries = 0; fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) != 0; tries++) {
		if (errno != EWOULDBLOCK || tries == 50) {
			close(fd);
			return -1;
		}
		nanosleep(&instant, NULL);
	}
	return fd;
}

static bool usage_read(int fd, struct usage *u)
{
	char text[64];
	ssize_t n = pread(fd, text, sizeof text - 1, 0);
	if (n <= 0)
		return false;
	text[n] = '\0';
	return sscanf(text, "%20" SCNu64 " %10" SCNu64 "\n", &u->total_bytes, &u->added) == 2 &&
	       u->total_bytes < UINT64_MAX / 2;
}

static void usage_write(int fd, const struct usage *u)
{
	char text[64];
	int n = snprintf(text, sizeof text, "%020" PRIu64 " %010" PRIu64 "\n", u->total_bytes, u->added);
	io_write_at(fd, text, (size_t)n, 0); /* a failure leaves what a later count mends */
}

static bool usage_now(struct store *s, struct usage *u)
{
	int fd = usage_open(s);
	bool known = fd >= 0 && usage_read(fd, u);
	if (fd >= 0)
		close(fd);
	return known;
}

void folder_added(struct store *s, uint64_t file_bytes)
{
	struct usage u;
	int fd = usage_open(s);
	bool known = fd >= 0 && usage_read(fd, &u);
	if (known) {
		u.total_bytes += folder_charge(file_bytes);
		u.added++;
		usage_write(fd, &u);
	}
	if (fd >= 0)
		close(fd);
	/* What cannot be deleted now will be another time. */
	if (!known || u.total_bytes > s->cap_bytes || u.added >= COUNT_AGAIN_AFTER)
		store_evict(s, s->cap_bytes, NULL);
}

/* After a count that began when `before` was known. What was added meanwhile may or may not have been counted: it
 * counts. */
static void usage_counted(struct store *s, uint64_t total_bytes, const struct usage *before)
{
	struct usage now, counted = {.total_bytes = total_bytes};
	int fd = usage_open(s);
	if (fd < 0)
		return;
	if (before && usage_read(fd, &now) && now.total_bytes > before->total_bytes)
		counted.total_bytes += now.total_bytes - before->total_bytes;
	usage_write(fd, &counted);
	close(fd);
}

enum err_code store_evict(struct store *s, uint64_t cap_bytes, struct err *err)
{
	enum err_code code = folder_open(s, false, err);
	if (code == ERR_MISSING)
		return ERR_OK;
	if (code != ERR_OK)
		return code;
	struct usage before;
	bool known = usage_now(s, &before);
	struct census census = {.s = s};
	code = folder_scan(s, count_object, &census, err);
	if (code == ERR_OK && census.total_bytes > cap_bytes) {
		census.total_bytes = 0;
		census.listing = true;
		code = folder_scan(s, count_object, &census, err);
	}
	if (census.count)
		qsort(census.list, census.count, sizeof *census.list, by_age);
	for (size_t i = 0; code == ERR_OK && i < census.count && census.total_bytes > cap_bytes; i++)
		if (delete_if_unused(s->dir_fd, census.list[i].name))
			census.total_bytes -= census.list[i].charge;
	if (code == ERR_OK)
		usage_counted(s, census.total_bytes, known ? &before : NULL);
	free(census.list);
	return code;
}
