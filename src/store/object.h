/* Reading an object: a descriptor, an index and the frame that was decoded last. Serves finished objects and, while a
 * writer runs, the frames that it has written. Bounded memory: one frame decoded, one packed. */
#ifndef CTXCUT_STORE_OBJECT_H
#define CTXCUT_STORE_OBJECT_H

#include "store/frame.h"
#include "store/index.h"
#include "store/store.h"

struct object {
	int fd;                    /* borrowed */
	const struct index *index; /* borrowed */
	struct unpacker *unpacker; /* owned, as are the buffers; made when the first frame is read */
	char *packed, *raw;
	size_t at;       /* the frame in `raw`, plus one; 0: none */
	size_t seen_off; /* position in `raw` behind `seen_newlines` newlines: where the last search stopped */
	uint64_t seen_newlines;
	uint64_t frames_read; /* decoded so far */
};

void object_init(struct object *o, int fd, const struct index *index);
void object_release(struct object *o);

/* The content of frame i, borrowed until the next call. */
enum err_code object_frame(struct object *o, size_t i, struct span *content, struct err *err);
/* Content bytes [off, off+len) into `into`; they must exist. */
enum err_code object_read(struct object *o, uint64_t off, void *into, size_t len, struct err *err);
enum err_code object_lines(struct object *o, uint64_t first, uint64_t last, store_sink *sink, void *user,
			   struct err *err);
/* Decodes everything and compares with the index: hash, size, newlines. */
enum err_code object_verify(struct object *o, struct err *err);

uint64_t count_newlines(struct span s);

#endif
