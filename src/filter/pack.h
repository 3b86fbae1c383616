/* A definition as bytes that are read without parsing: what the build checked and laid out of the filters that come with the
 * program. Samples are left out. */
#ifndef CTXCUT_FILTER_PACK_H
#define CTXCUT_FILTER_PACK_H

#include "base/buf.h"
#include "filter/definition.h"

void definition_pack(struct buf *out, const struct filter_definition *d);

/* Texts are borrowed from `packed`, which must be what definition_pack wrote. */
struct filter_definition *definition_unpack(struct span packed, const char *path);
/* Only what gives the tool away: the first of *count; the arena owns it. */
struct filter_detect *definition_unpack_detects(struct arena *arena, struct span packed, size_t *count);

#endif
