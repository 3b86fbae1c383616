/* Programs of others: found in PATH by our own search, absolute folders only, so that where we are called decides nothing. */
#ifndef CTXCUT_INPUT_PROGRAM_H
#define CTXCUT_INPUT_PROGRAM_H

#include "base/buf.h"

/* The program's path in *path (replaced). */
bool program_find(const char *name, struct buf *path);

/* Our environment without the variables that `dropped` begins ("NAME=" or a part of it) and with those of `added` ("NAME=value",
 * borrowed); both end with NULL. Owned: the array. */
char **program_environment(const char *const *dropped, char *const *added);

#endif
