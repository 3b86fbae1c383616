/* Whether what a manifest said still holds. Internal to src/api. */
#ifndef CTXCUT_API_MANIFEST_CHECK_H
#define CTXCUT_API_MANIFEST_CHECK_H

#include "api/manifest.h"

struct check_result {
	uint64_t references, moved, changed, vanished;
};

/* Compares a manifest, as JSON Lines, text or Markdown, with the tree that was read. A line for each reference that does not hold
 * goes to `out`: the verdict (moved, changed, vanished), a tab, the reference as it was, a tab, as it is now, a tab, what it is.
 * ERR_USAGE: this is no manifest. */
enum err_code manifest_compare(struct ctxcut_manifest *m, struct span manifest, struct buf *out, struct check_result *result,
                               struct err *err);

#endif
