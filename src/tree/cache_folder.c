#include "tree/cache_folder.h"

#include "base/buf.h"
#include "base/mem.h"
#include "tree/cache.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { BLOCK_BYTES = 4096, TEMPORARY_SECONDS = 3600, TOUCH_SECONDS = 600, LOCK_TRIES = 100 };

/* Relative values of XDG variables are to be ignored, says the XDG base directory specification. */
int cache_folder_open(void)
{
	const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
	struct buf path = {0};
	if (cache && cache[0] == '/')
		buf_addf(&path, "%s/ctxcut/trees", cache);
	else if (home && home[0] == '/')
		buf_addf(&path, "%s/.cache/ctxcut/trees", home);
	else
		return -1;
	int fd = -1;
	for (int attempt = 0; fd < 0 && attempt < 2; attempt++) {
		fd = open(path.ptr, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd >= 0 || errno != ENOENT)
			break;
		for (char *slash = path.ptr; slash && (slash = strchr(slash + 1, '/'));) {
			*slash = 0;
			mkdir(path.ptr, 0700);
			*slash = '/';
		}
		mkdir(path.ptr, 0700);
	}
	buf_release(&path);
	return fd;
}

uint64_t cache_cap_bytes(void)
{
	const char *text = getenv("CTXCUT_CACHE_CAP");
	if (!text || text[0] < '0' || text[0] > '9')
		return CACHE_BYTES_MOST;
	char *unit;
	errno = 0;
	unsigned long long n = strtoull(text, &unit, 10);
	unsigned shift = 0;
	switch (*unit) {
	case 'K': case 'k': shift = 10; break;
	case 'M': case 'm': shift = 20; break;
	case 'G': case 'g': shift = 30; break;
	default: break;
	}
	return errno || n > UINT64_MAX >> shift ? CACHE_BYTES_MOST : (uint64_t)n << shift;
}

bool cache_lock(int folder)
{
	for (int i = 0; i < LOCK_TRIES; i++) {
		if (flock(folder, LOCK_EX | LOCK_NB) == 0)
			return true;
		if (errno != EWOULDBLOCK && errno != EINTR)
			return false;
		nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
	}
	return false;
}

void cache_unlock(int folder) { flock(folder, LOCK_UN); }

uint64_t cache_random(void)
{
	uint64_t n = 0;
	if (getrandom(&n, sizeof n, 0) != (ssize_t)sizeof n) {
		struct timespec now;
		clock_gettime(CLOCK_REALTIME, &now);
		n = (uint64_t)now.tv_nsec << 32 ^ (uint64_t)now.tv_sec << 16 ^ (uint64_t)getpid();
	}
	return n;
}

int cache_temporary(int folder, char name[CACHE_NAME_BYTES])
{
	for (int i = 0; i < 8; i++) {
		snprintf(name, CACHE_NAME_BYTES, "tmp.%016" PRIx64, cache_random());
		int fd = openat(folder, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
		if (fd >= 0 || errno != EEXIST)
			return fd;
	}
	return -1;
}

bool cache_write_all(int fd, const void *bytes, size_t len)
{
	const char *p = bytes;
	while (len) {
		ssize_t n = write(fd, p, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		p += n;
		len -= (size_t)n;
	}
	return true;
}

bool cache_read_at(int fd, void *into, size_t len, uint64_t off)
{
	char *p = into;
	while (len) {
		ssize_t n = pread(fd, p, len, (off_t)off);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		p += n;
		len -= (size_t)n;
		off += (uint64_t)n;
	}
	return true;
}

void cache_touch(int folder, const char *name)
{
	struct stat st;
	if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_mtime < time(NULL) - TOUCH_SECONDS)
		utimensat(folder, name, NULL, AT_SYMLINK_NOFOLLOW);
}

/* ---- making room -------------------------------------------------------------------------------------------------- */

struct group {
	char id[CACHE_ID_CHARS + 1];
	uint64_t bytes;
	struct timespec used;
};

struct groups {
	struct group *list; /* owned */
	size_t count, cap;
	uint64_t bytes;
};

static bool later(struct timespec a, struct timespec b)
{
	return a.tv_sec != b.tv_sec ? a.tv_sec > b.tv_sec : a.tv_nsec > b.tv_nsec;
}

static void count_file(struct groups *g, const char *name, const struct stat *st)
{
	size_t i = 0;
	while (i < g->count && memcmp(g->list[i].id, name, CACHE_ID_CHARS) != 0)
		i++;
	if (i == g->count) {
		MEM_GROW(g->list, g->cap, g->count + 1);
		g->list[g->count++] = (struct group){0};
		memcpy(g->list[i].id, name, CACHE_ID_CHARS);
	}
	uint64_t bytes = ((uint64_t)st->st_size + BLOCK_BYTES - 1) / BLOCK_BYTES * BLOCK_BYTES;
	g->list[i].bytes += bytes;
	g->bytes += bytes;
	if (later(st->st_mtim, g->list[i].used))
		g->list[i].used = st->st_mtim;
}

/* Calls for every file of ours; with an id: for the files of that one, which are deleted. */
static void each_file(int folder, struct groups *g, const char *id)
{
	int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir) {
		if (fd >= 0)
			close(fd);
		return;
	}
	struct dirent *entry;
	while ((entry = readdir(dir))) {
		const char *name = entry->d_name;
		struct stat st;
		bool temporary = strncmp(name, "tmp.", 4) == 0;
		if (!temporary && (strspn(name, "0123456789abcdef") != CACHE_ID_CHARS || name[CACHE_ID_CHARS] != '.'))
			continue;
		if (id) {
			if (memcmp(name, id, CACHE_ID_CHARS) == 0)
				unlinkat(folder, name, 0);
			continue;
		}
		if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
			continue;
		if (temporary && st.st_mtime < time(NULL) - TEMPORARY_SECONDS)
			unlinkat(folder, name, 0);
		else if (!temporary)
			count_file(g, name, &st);
	}
	closedir(dir);
}

void cache_evict(int folder, const char *own, uint64_t cap_bytes)
{
	struct groups g = {0};
	each_file(folder, &g, NULL);
	while (g.bytes > cap_bytes && g.count) {
		size_t oldest = g.count;
		for (size_t i = 0; i < g.count; i++) {
			if (strcmp(g.list[i].id, own) == 0 && g.count > 1)
				continue;
			if (oldest == g.count || later(g.list[oldest].used, g.list[i].used))
				oldest = i;
		}
		each_file(folder, NULL, g.list[oldest].id);
		g.bytes -= g.list[oldest].bytes;
		g.list[oldest] = g.list[--g.count];
	}
	free(g.list);
}
