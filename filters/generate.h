/* What the build-time tools that lay out data as C share. */
#ifndef CTXCUT_FILTERS_GENERATE_H
#define CTXCUT_FILTERS_GENERATE_H

#include "base/buf.h"

int generate_read(const char *path, struct buf *out); /* 0, or -1: it cannot be read */

/* Whether the file is called NAME.yaml. */
int generate_name_fits(const char *path, struct span name);

/* " = {…};" with a NUL at the end. Bytes, not a string: C promises no string longer than 4095 bytes. */
void generate_bytes(const struct buf *b);

#endif
