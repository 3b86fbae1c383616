/* --help, made from the tables. */
#ifndef CTXCUT_APP_HELP_H
#define CTXCUT_APP_HELP_H

#include "app/options.h"
#include "app/out.h"

/* One command's call, details and options; of the default also the commands and the exit statuses. */
void help_write(struct out *o, const struct command *command);
/* As a whole run: help to stdout. Returns the exit status. */
int help_print(const struct command *command);

#endif
