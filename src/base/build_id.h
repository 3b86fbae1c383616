/* Which build of the program or library this code is in, so that what one build remembered is not taken for another's. */
#ifndef CTXCUT_BASE_BUILD_ID_H
#define CTXCUT_BASE_BUILD_ID_H

#include "base/buf.h"

/* Adds the linker's build id as bytes; nothing when there is none. */
void build_id(struct buf *out);

#endif
