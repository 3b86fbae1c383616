/* A JSON string, written directly: for forms whose order and size are ours to settle. */
#ifndef CTXCUT_RENDER_JSON_TEXT_H
#define CTXCUT_RENDER_JSON_TEXT_H

#include "base/buf.h"
#include "base/span.h"

/* With its quotes. Each maximal invalid part of UTF-8 becomes U+FFFD; every other byte comes back. */
void put_json_string(struct buf *out, struct span text);

#endif
