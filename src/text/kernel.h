/* What looks at every byte of a log, block by block.
 *
 * A line's *form* is the line with each digit as '0': lines of one form differ in digits only. Most of what is decided of a
 * line does not depend on which digits stand in it, so it is decided once per form.
 *
 * There is one implementation for each instruction set, all from one source; the fastest that the processor has is chosen at the
 * first call. Nothing is read outside of what was given. */
#ifndef CTXCUT_TEXT_KERNEL_H
#define CTXCUT_TEXT_KERNEL_H

#include <stdint.h>

#include "base/span.h"

/* Writes the form of a text to `out`, which has room for `len` and does not overlap it. */
void kernel_form(const char *text, size_t len, char *out);

/* Hash of the form, never 0; the same from every implementation. */
uint64_t kernel_form_hash(struct span text);

/* The next lines of `bytes`, from byte `from` on, where one begins: for each the place of its LF and the hash of its form. At most
 * KERNEL_LINES, for which there is room, and possibly fewer than there are; 0: none ends any more. Beyond 4 GiB nothing is found.
 * Returns how many. */
enum { KERNEL_LINES = 256 };
size_t kernel_lines(struct span bytes, size_t from, uint32_t ends[KERNEL_LINES], uint64_t forms[KERNEL_LINES]);

/* Takes this implementation from now on, and for the hash of the content one no wider. False: there is none of that name, or not for this processor. */
bool kernel_use(const char *name);
const char *kernel_name(size_t i); /* NULL past the last one */

#endif
