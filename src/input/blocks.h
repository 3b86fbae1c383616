/* The bytes of a stream in blocks, of which those that nobody will read again may be forgotten: the room of a forgotten block
 * is used anew. So a stream of any length, of which little is still wanted at any time, takes little room, and keeps
 * writing the same pages of the disk's cache, which costs a tenth of writing ever new ones (0.1 s a GB beside 1.5 s).
 *
 * Blocks stand in memory up to a limit, then in a temporary file without a name (TMPDIR, else /var/tmp, /tmp). Internal to
 * src/input. */
#ifndef CTXCUT_INPUT_BLOCKS_H
#define CTXCUT_INPUT_BLOCKS_H

#include <pthread.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"

enum { BLOCK_BYTES = 16 * 1024, CHUNK_BLOCKS = 256 };

/* Where neighbouring blocks stand. */
struct chunk {
	uint32_t slots[CHUNK_BLOCKS]; /* 1 + where; 0: nowhere */
	size_t kept;
};

struct blocks {
	pthread_mutex_t lock;   /* one thread appends while another forgets: guards what follows up to `file_max` */
	struct chunk **chunks;  /* owned, as are they; NULL: nothing of it is kept */
	size_t chunk_cap;
	bool *used;             /* owned, by slot */
	size_t slot_cap, kept;
	size_t first_free[2];   /* no slot before it is free: in memory, in the file */
	size_t in_memory;       /* blocks */
	size_t *owners;         /* owned, by slot in memory: its block */
	int fd;                 /* owned: the file; -1 */
	uint64_t file_max;      /* RLIMIT_FSIZE: a write past it would raise a signal */

	size_t memory_slots;    /* slots before this one are in memory, the others in the file */
	char **memory;          /* owned, by slot */
	uint64_t size_bytes;    /* all bytes, kept or not */
	struct buf open;        /* owned: the block that is being filled */
	uint64_t kept_bytes;    /* once it is full: what comes after these was not kept */
	bool full;
};

void blocks_init(struct blocks *b, size_t memory_bytes);
void blocks_release(struct blocks *b);
/* ERR_LIMIT once neither disk nor memory takes more; what comes later is counted, not kept. */
enum err_code blocks_append(struct blocks *b, struct span bytes, struct err *err);
/* Bytes [from, to) will not be read. They were appended; reading some of them may fail from now on. */
void blocks_forget(struct blocks *b, uint64_t from, uint64_t to);
/* What is left of the bytes before `to` will stay: when it takes much of the memory, it makes room there for what comes. */
void blocks_settle(struct blocks *b, uint64_t to);
/* Exactly len bytes, which exist, or ERR_LIMIT when they were not kept. While nothing is appended. */
enum err_code blocks_read(struct blocks *b, uint64_t off, char *into, size_t len, struct err *err);
size_t blocks_kept(struct blocks *b); /* how many take room */

/* Reads exactly len bytes at off; fewer at the end of the file; -1 on an error, with errno set. */
ssize_t blocks_read_at(int fd, uint64_t off, void *into, size_t len);

#endif
