/* Secrets of what is printed. */
#ifndef CTXCUT_API_MASKING_H
#define CTXCUT_API_MASKING_H

#include "filter/redact.h"

/* The rules that come with the program; they were checked when it was built. */
struct redact *masking_new(void);

/* Masks `text` in place; returns how many secrets there were. `scratch` is the caller's, for reuse. NULL rules: nothing. */
size_t masking_apply(struct redact *rules, struct buf *text, struct buf *scratch);

/* Appends `lines` with their secrets masked, private keys too. */
void masking_apply_lines(struct redact *rules, struct buf *out, struct span lines);

#endif
