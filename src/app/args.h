/* The command line against the table of options. */
#ifndef CTXCUT_APP_ARGS_H
#define CTXCUT_APP_ARGS_H

#include <stdbool.h>
#include <stddef.h>

#include "app/options.h"
#include "app/report.h"

struct arg_value {
	const struct option_row *row;
	const char *value; /* borrowed from argv or the table; NULL for an option that neither takes nor implies one */
};

struct args {
	const struct command *command;
	struct arg_value *values; /* in the order given */
	size_t value_count;
	const char **operands;
	size_t operand_count;
};

/* argv is what stands behind the program's and the command's name. EXIT_USAGE: it was said what is wrong.
 * args_release is due in any case. */
enum exit_code args_parse(struct args *a, const struct command *command, int argc, char **argv);
void args_release(struct args *a);

bool args_has(const struct args *a, enum option_id id);
/* The value given last, or NULL. */
const char *args_value(const struct args *a, enum option_id id);
/* Of a VALUE_NUMBER option: the value given last, or `otherwise`. */
unsigned long long args_number(const struct args *a, enum option_id id, unsigned long long otherwise);

/* The command that a word comes nearest to, or NULL when it resembles none. */
const char *nearest_command(const char *word);

#endif
