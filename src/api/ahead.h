/* Reads an input ahead of the pass over it: one thread reads, decodes and stores, another finds the lines and looks at those of
 * new forms (log/look.h), the caller's takes them in order, and finds them itself when it would have to wait. With two threads
 * one does the first two. Short inputs are read without threads. What is taken is the same with any number of them. */
#ifndef CTXCUT_API_AHEAD_H
#define CTXCUT_API_AHEAD_H

#include "api/held.h"
#include "input/lines.h"
#include "input/source.h"
#include "log/look.h"

enum { AHEAD_THREADS_MOST = 3, AHEAD_TOGETHER = 64 };

/* A few lines together; they and their text last until it returns. */
typedef void ahead_take(void *user, const struct seen *lines, size_t count);

/* The rest of a source. `head` (may be NULL) takes the first bytes, up to head_bytes. What was read before an error was taken.
 * `threads` 0: as many as there is use for, on no more processors than there are. */
enum err_code ahead_read(struct source *source, struct held *held, unsigned threads, bool ci, struct buf *head, size_t head_bytes,
                         ahead_take *take, void *user, struct err *err);

/* The same for bytes that are pushed: the complete lines of `bytes`, which `lines` carries on. */
void ahead_push(struct lines *lines, struct span bytes, ahead_take *take, void *user);
/* The last line, when it is unterminated. */
void ahead_finish(struct lines *lines, ahead_take *take, void *user);

#endif
