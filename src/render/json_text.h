/* A JSON string, written directly: for forms whose order and size are ours to settle. */
#ifndef CTXCUT_RENDER_JSON_TEXT_H
#define CTXCUT_RENDER_JSON_TEXT_H

#include <stdint.h>

#include "base/buf.h"
#include "base/span.h"

/* With its quotes. Each maximal invalid part of UTF-8 becomes U+FFFD; every other byte comes back. */
void put_json_string(struct buf *out, struct span text);

/* Controls, marks of direction and invisible characters: they would make a line read otherwise than it is. Written as escapes. */
bool json_hidden(uint32_t code_point);

#endif
