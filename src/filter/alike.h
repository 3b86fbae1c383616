/* Whether all digits are alike to a pattern: put another digit for one in a line, and it matches as before.
 *
 * So it is when no class, range or character of the pattern tells one digit from another and no part refers back to what
 * another matched. Whatever is not understood for certain counts as telling them apart. */
#ifndef CTXCUT_FILTER_ALIKE_H
#define CTXCUT_FILTER_ALIKE_H

#include "base/span.h"

bool digits_are_alike(struct span pattern);

#endif
