/* The rules of one ignore file, as gitignore(5) describes them and git reads them. */
#ifndef CTXCUT_TREE_IGNORE_H
#define CTXCUT_TREE_IGNORE_H

#include "base/span.h"

enum ignore_verdict { IGNORE_SILENT, IGNORE_EXCLUDED, IGNORE_INCLUDED /* by a rule with '!' */ };

struct ignore_rules;

/* `base_len`: of the paths that ignore_match will see, so many bytes are the folder of this file, its last slash included.
 * Copies what it needs of `text`. NULL: it has no rules. */
struct ignore_rules *ignore_parse(struct span text, size_t base_len, bool fold_case);
void ignore_free(struct ignore_rules *rules); /* safe on NULL */

/* What the last rule that matches says. `path` without a slash at its end; its last part begins at name_off. */
enum ignore_verdict ignore_match(const struct ignore_rules *rules, struct span path, size_t name_off, bool is_folder);

/* Whether any rule excludes (has no '!'); for globs, where that means: only what is named. */
bool ignore_excludes(const struct ignore_rules *rules);

#endif
