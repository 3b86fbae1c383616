/* A decompressor that runs as a process of its own: found in PATH by our own search (absolute folders only), started
 * without a shell, its standard input the packed bytes, its standard output ours to read. Internal to src/input. */
#ifndef CTXCUT_INPUT_CHILD_H
#define CTXCUT_INPUT_CHILD_H

#include <sys/types.h>

#include "base/err.h"
#include "base/span.h"
#include "input/format.h"

struct child;

/* Borrows fd until child_free. `head`: bytes that were read from fd already; a thread then hands them and the rest of
 * fd to the process. Empty: the process gets fd itself. */
enum err_code child_start(struct child **out, const struct format *format, int fd, struct span head, struct err *err);
/* What the process wrote; 0 at the end when it ended well, or on a stop; -1 with err set when it did not end well. */
ssize_t child_read(struct child *c, char *into, size_t size, struct err *err);
void child_free(struct child *c); /* kills it when it has not ended */

#endif
