/* zstd by its library, step by step: frames one after another, skippable ones passed over. What was decoded before a
 * fault has been handed out when the fault is reported. Internal to src/input. */
#ifndef CTXCUT_INPUT_UNZSTD_H
#define CTXCUT_INPUT_UNZSTD_H

#include <stdint.h>

#include "base/err.h"
#include "base/span.h"

enum unzstd_kind { UNZSTD_NO, UNZSTD_YES, UNZSTD_TOO_LARGE };
/* head: the first 18 bytes, or all. TOO_LARGE: the first frame's window is more than is decoded here (P8). */
enum unzstd_kind unzstd_recognize(struct span head);

struct unzstd;
struct unzstd *unzstd_new(void);
void unzstd_free(struct unzstd *z);
/* Takes bytes off the head of *in and writes up to cap bytes. While it produces some there may be more to come without
 * further input. ERR_INPUT on a fault. */
enum err_code unzstd_step(struct unzstd *z, struct span *in, char *out, size_t cap, size_t *produced, struct err *err);
/* When the input has ended: ERR_INPUT inside a frame. */
enum err_code unzstd_finish(const struct unzstd *z, struct err *err);

#endif
