/* The store's folder: `<32 hex digits>.zst` per original, `tmp/` for those being written, `usage`. What the files
 * of this module share; everyone else sees store.h.
 *
 * Locks (flock, so they end with their process): a writer holds its temporary file shared, a reader its object
 * shared, and a process what it stored last, shared, until store_free. Whoever wants to delete a file takes it
 * exclusively without waiting, and leaves it alone when that fails. So nothing in use is deleted, and what the dead
 * left behind is. */
#ifndef CTXCUT_STORE_FOLDER_H
#define CTXCUT_STORE_FOLDER_H

#include "store/index.h"
#include "store/object.h"
#include "store/store.h"

enum {
	STORE_HELD = 64,       /* objects of this process that no one may evict while it lives */
	STORE_NAME_BYTES = 37, /* 32 digits, ".zst", NUL */
};

struct store {
	char *dir; /* owned */
	uint64_t cap_bytes;
	int dir_fd, tmp_fd;   /* -1: not open yet */
	int held[STORE_HELD]; /* owned descriptors, -1: none; a ring */
	size_t held_next;
};

/* Opens and checks the folder; with `create` makes it and tmp/ as needed. ERR_MISSING when there is none. */
enum err_code folder_open(struct store *s, bool create, struct err *err);
/* "store DIR: cannot WHAT: <errno's text>", with advice where there is some. */
enum err_code folder_failed(const struct store *s, const char *what, int error, struct err *err);

void folder_name(struct hash128 hash, char name[STORE_NAME_BYTES]);

/* Calls visit with the 32 digits of every object's name; it returns false to stop. */
typedef bool folder_visit(void *user, const char *hex, const char *name);
enum err_code folder_scan(struct store *s, folder_visit *visit, void *user, struct err *err);

/* True when `name` in folder `at` is still the file behind fd. */
bool folder_is_same(int at, const char *name, int fd);
/* Keeps fd, which holds a shared lock, open until store_free or until STORE_HELD others came. Takes fd. */
void folder_hold(struct store *s, int fd);

/* What a file counts for: whole blocks. */
uint64_t folder_charge(uint64_t file_bytes);

/* Deletes what dead writers left in tmp/. */
void folder_sweep(struct store *s);

/* An object of this size came: evicts when the store is over its cap then. */
void folder_added(struct store *s, uint64_t file_bytes);

/* Makes the finished temporary file the object of its hash, or finds that the object is there already (bytes compared).
 * `mine` reads the temporary file. Takes tmp_fd. *added: it was not there. */
enum err_code publish(struct store *s, const char *tmp_name, int tmp_fd, struct object *mine, bool *added,
		      struct err *err);

#endif
