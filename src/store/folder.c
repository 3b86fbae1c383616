#include "store/folder.h"

#include "base/mem.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BLOCK_BYTES = 4096 };
static const uint64_t default_cap_bytes = (uint64_t)1 << 30;

uint64_t folder_charge(uint64_t file_bytes) { return (file_bytes + BLOCK_BYTES - 1) / BLOCK_BYTES * BLOCK_BYTES; }

/* "500M": a number with K, M, G or T (powers of 1024). */
static bool parse_size(const char *text, uint64_t *bytes)
{
	char *end;
	if (!isdigit((unsigned char)text[0]))
		return false;
	errno = 0;
	unsigned long long n = strtoull(text, &end, 10);
	if (errno != 0 || n == 0)
		return false;
	int shift = 0;
	switch (toupper((unsigned char)*end)) {
	case '\0':
		break;
	case 'K':
		shift = 10;
		break;
	case 'M':
		shift = 20;
		break;
	case 'G':
		shift = 30;
		break;
	case 'T':
		shift = 40;
		break;
	default:
		return false;
	}
	if (shift) {
		end++;
		if (*end == 'i')
			end++;
		if (*end == 'B')
			end++;
	}
	if (*end != '\0' || n > UINT64_MAX >> shift)
		return false;
	*bytes = (uint64_t)n << shift;
	return true;
}

static const char *environment(const char *name)
{
	const char *value = getenv(name);
	return value && *value ? value : NULL;
}

static char *join(const char *a, const char *b)
{
	struct buf path = {0};
	buf_addf(&path, "%s%s", a, b);
	return path.ptr;
}

/* Relative values of XDG variables are to be ignored, says the XDG base directory specification. */
static char *default_dir(void)
{
	const char *value = environment("CTXCUT_STORE");
	if (value)
		return mem_strdup(value);
	value = environment("XDG_STATE_HOME");
	if (value && *value == '/')
		return join(value, "/ctxcut");
	value = environment("HOME");
	return value ? join(value, "/.local/state/ctxcut") : NULL;
}

enum err_code store_open(struct store **out, const char *dir, uint64_t cap_bytes, struct err *err)
{
	*out = NULL;
	const char *cap = environment("CTXCUT_STORE_CAP");
	if (cap_bytes == 0 && cap && !parse_size(cap, &cap_bytes))
		return err_set(err, ERR_USAGE,
			       "CTXCUT_STORE_CAP=%.40s is not a size: write a number of bytes, or 500M, 2G", cap);
	char *place = dir ? mem_strdup(dir) : default_dir();
	if (!place)
		return err_set(
			err, ERR_STORE,
			"no place for the store: HOME is not set; set CTXCUT_STORE or XDG_STATE_HOME to a folder");
	struct store *s = mem_zalloc(1, sizeof *s);
	s->dir = place;
	s->cap_bytes = cap_bytes ? cap_bytes : default_cap_bytes;
	s->dir_fd = s->tmp_fd = -1;
	for (size_t i = 0; i < STORE_HELD; i++)
		s->held[i] = -1;
	*out = s;
	return ERR_OK;
}

static void close_if_open(int fd)
{
	if (fd >= 0)
		close(fd);
}

void store_free(struct store *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < STORE_HELD; i++)
		close_if_open(s->held[i]);
	close_if_open(s->tmp_fd);
	close_if_open(s->dir_fd);
	free(s->dir);
	free(s);
}

const char *store_dir(const struct store *s) { return s->dir; }

enum err_code folder_failed(const struct store *s, const char *what, int error, struct err *err)
{
	const char *mend = "";
	if (error == ENOSPC || error == EDQUOT || error == EFBIG)
		mend = "; make room, or set CTXCUT_STORE to a folder on another disk";
	else if (error == ENOLCK || error == ENOSYS || error == EOPNOTSUPP)
		mend = "; set CTXCUT_STORE to a folder on a local disk";
	else if (error == EACCES || error == EPERM || error == EROFS || error == ENOTDIR)
		mend = "; set CTXCUT_STORE to a folder that you can write";
	return err_set(err, ERR_STORE, "store %.200s: cannot %s: %s%s", s->dir, what, strerror(error), mend);
}

/* Makes one folder for the user alone. That it is there is enough: a parent may lie in a place that cannot be
 * written. */
static bool make_folder(const char *path)
{
	struct stat st;
	if (mkdir(path, 0700) == 0)
		return true;
	int error = errno;
	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return true;
	errno = error;
	return false;
}

/* Like mkdir -p. */
static bool make_folders(const char *dir)
{
	char *path = mem_strdup(dir);
	bool made = true;
	for (char *p = path + 1; made && *p; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		made = make_folder(path);
		*p = '/';
	}
	made = made && make_folder(path);
	int error = errno;
	free(path);
	errno = error;
	return made;
}

/* Anyone who can write the folder could slip in or take away an original; the mend must be the user's own doing. */
static enum err_code check_owner(const struct store *s, int fd, struct err *err)
{
	struct stat st;
	if (fstat(fd, &st) != 0)
		return folder_failed(s, "examine the folder", errno, err);
	if (st.st_uid != geteuid())
		return err_set(err, ERR_STORE,
			       "store %.200s belongs to user %lu, not to you; set CTXCUT_STORE to a folder of your own",
			       s->dir, (unsigned long)st.st_uid);
	if (st.st_mode & (S_IWGRP | S_IWOTH))
		return err_set(err, ERR_STORE,
			       "store %.200s can be written by others (mode %03o); run: chmod go-w '%.120s'", s->dir,
			       (unsigned)st.st_mode & 0777, s->dir);
	return ERR_OK;
}

enum err_code folder_open(struct store *s, bool create, struct err *err)
{
	enum { FOLDER = O_RDONLY | O_DIRECTORY | O_CLOEXEC };
	if (s->dir_fd < 0) {
		int fd = open(s->dir, FOLDER);
		if (fd < 0 && errno == ENOENT && !create)
			return err_set(err, ERR_MISSING, "there is no store in %.200s", s->dir);
		if (fd < 0 && errno == ENOENT && make_folders(s->dir))
			fd = open(s->dir, FOLDER);
		if (fd < 0)
			return folder_failed(s, create ? "make or open the folder" : "open the folder", errno, err);
		enum err_code code = check_owner(s, fd, err);
		if (code != ERR_OK) {
			close(fd);
			return code;
		}
		s->dir_fd = fd;
	}
	if (create && s->tmp_fd < 0) {
		if (mkdirat(s->dir_fd, "tmp", 0700) != 0 && errno != EEXIST)
			return folder_failed(s, "make a folder in it", errno, err);
		s->tmp_fd = openat(s->dir_fd, "tmp", FOLDER | O_NOFOLLOW);
		if (s->tmp_fd < 0)
			return folder_failed(s, "open its folder tmp", errno, err);
		folder_sweep(s);
	}
	return ERR_OK;
}

void folder_name(struct hash128 hash, char name[STORE_NAME_BYTES])
{
	hash128_hex(hash, name);
	memcpy(name + 32, ".zst", 5);
}

static bool is_object_name(const char *name)
{
	size_t digits = strspn(name, "0123456789abcdef");
	return digits == 32 && strcmp(name + 32, ".zst") == 0;
}

enum err_code folder_scan(struct store *s, folder_visit *visit, void *user, struct err *err)
{
	int fd = openat(s->dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir) {
		int error = errno;
		close_if_open(fd);
		return folder_failed(s, "list the folder", error, err);
	}
	for (;;) {
		errno = 0;
		struct dirent *entry = readdir(dir);
		if (!entry)
			break;
		char hex[33];
		if (!is_object_name(entry->d_name))
			continue;
		memcpy(hex, entry->d_name, 32);
		hex[32] = '\0';
		if (!visit(user, hex, entry->d_name))
			break;
	}
	enum err_code code = errno ? folder_failed(s, "list the folder", errno, err) : ERR_OK;
	closedir(dir);
	return code;
}

bool folder_is_same(int at, const char *name, int fd)
{
	struct stat by_name, by_fd;
	return fstatat(at, name, &by_name, AT_SYMLINK_NOFOLLOW) == 0 && fstat(fd, &by_fd) == 0 &&
	       by_name.st_ino == by_fd.st_ino && by_name.st_dev == by_fd.st_dev;
}

void folder_hold(struct store *s, int fd)
{
	size_t at = s->held_next++ % STORE_HELD;
	close_if_open(s->held[at]);
	s->held[at] = fd;
}
