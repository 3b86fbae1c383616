/* Programs of others: found in PATH by our own search, absolute folders only, so that where we are called decides nothing. */
#ifndef CTXCUT_INPUT_PROGRAM_H
#define CTXCUT_INPUT_PROGRAM_H

#include "base/buf.h"

/* The program's path in *path (replaced). */
bool program_find(const char *name, struct buf *path);

#endif
