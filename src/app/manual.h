/* Prose that --help, the manual page and the documentation share. */
#ifndef CTXCUT_APP_MANUAL_H
#define CTXCUT_APP_MANUAL_H

#include <stddef.h>

struct manual_entry {
	const char *term;
	const char *text;
};

/* Each ends with an entry whose term is NULL. */
extern const struct manual_entry manual_exit_status[];
extern const struct manual_entry manual_environment[];
extern const struct manual_entry manual_files[];
extern const struct manual_entry manual_examples[]; /* term: a command line */

#endif
