/* What the commands that reduce have in common: options become settings of the library, the result goes to the output. */
#ifndef CTXCUT_APP_REDUCTION_H
#define CTXCUT_APP_REDUCTION_H

#include "app/args.h"
#include "app/out.h"

/* Sets what the command line and the environment say. EXIT_USAGE: nothing may be read; it was said what is wrong. Anything
 * else but EXIT_FINE: the baseline failed, the rest stands. */
enum exit_code reduction_apply(struct ctxcut *c, const struct args *args);

/* Whether secrets are to be masked: as the options say, else CTXCUT_REDACT. */
bool wants_redaction(const struct args *args);

/* Says what the library has to say of the inputs; after ctxcut_finish. */
void reduction_complain(const struct ctxcut *c);

/* Writes the result and closes the output. */
enum exit_code reduction_write(struct ctxcut *c, struct out *o);

#endif
