/* Titles of suites and cases, as test runners print them beside what passed and what failed. They are full of words of failure
 * ("Error handling", "returns 500 when the store crashed") and tell of none. */
#ifndef CTXCUT_LOG_TITLE_H
#define CTXCUT_LOG_TITLE_H

#include "base/span.h"

/* `indented`: blanks stood before the text, which is trimmed. */
bool is_suite_title(struct span text, bool indented);

#endif
