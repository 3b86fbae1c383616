/* The table of options and the table of commands. Parsing, --help, the manual page and the shell completions all derive
 * from these two: a new option is one row, a new command is one row and one file. */
#ifndef CTXCUT_APP_OPTIONS_H
#define CTXCUT_APP_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

enum command_id {
	COMMAND_REDUCE, /* the default: it has no name */
	COMMAND_RUN,
	COMMAND_SHOW,
	COMMAND_SLICE,
	COMMAND_CHECK,
	COMMAND_TOKENS,
	COMMAND_TEMPLATES,
	COMMAND_FILTERS,
	COMMAND_BENCH,
	COMMAND_MANIFEST,
	COMMAND_HELP,
	COMMAND_COUNT,
};

enum option_id {
	OPT_AGAINST,
	OPT_AROUND,
	OPT_BASELINE,
	OPT_BUDGET,
	OPT_CALLERS,
	OPT_BUDGETS,
	OPT_CACHE,
	OPT_CHANGED,
	OPT_CHECK,
	OPT_CI,
	OPT_COLOR,
	OPT_CONTEXT,
	OPT_ENCODING,
	OPT_EXIT_STATUS,
	OPT_FILTER,
	OPT_FILTERS,
	OPT_FORMAT,
	OPT_GENERATE,
	OPT_GLOB,
	OPT_GREP,
	OPT_HELP,
	OPT_HIDDEN,
	OPT_IDS,
	OPT_IMPORTS,
	OPT_LABELS,
	OPT_IGNORE,
	OPT_LANG,
	OPT_LEVEL,
	OPT_LINE_NUMBERS,
	OPT_LIVE,
	OPT_LOST,
	OPT_MUST,
	OPT_OUTPUT,
	OPT_PASS_BUDGET,
	OPT_PTY,
	OPT_QUERY,
	OPT_REDACT,
	OPT_NO_REDACT,
	OPT_SINCE,
	OPT_SOURCE,
	OPT_STORE,
	OPT_STORE_DIR,
	OPT_STREAMS,
	OPT_TESTS,
	OPT_CPU,
	OPT_THREADS,
	OPT_TIMEOUT,
	OPT_UNTIL,
	OPT_UPDATE,
	OPT_VERSION,
};

enum value_kind {
	VALUE_NONE,
	VALUE_TEXT,
	VALUE_CHOICE,  /* one of `choices` */
	VALUE_OFFERED, /* `choices` are shown and completed; the library says what else it takes */
	VALUE_NUMBER,  /* a whole number from min to max */
	VALUE_BUDGET,  /* a whole number from min to max, or "none" */
	VALUE_FILE,
	VALUE_FOLDER,
};

struct option_row {
	enum option_id id;
	unsigned commands; /* bits 1 << command_id; rows of one name have disjoint commands */
	bool hidden;       /* parsed, but in no help or completion */
	char letter;       /* 0: none */
	const char *name;
	const char *metavar; /* NULL: takes no value */
	enum value_kind kind;
	unsigned long long min, max;
	const char *choices; /* "a|b|c" */
	const char *setting; /* the name that ctxcut_set knows it by, or NULL */
	const char *implies; /* of an option without a value: the value it stands for */
	const char *help;    /* whole sentences */
};

extern const struct option_row option_rows[];
extern const size_t option_row_count;

struct args;

struct command {
	enum command_id id;
	const char *name;     /* NULL for the default */
	const char *operands; /* "[FILE...]" */
	const char *summary;  /* one line, for the list of commands */
	const char *details;  /* paragraphs separated by newlines, for its own help and the manual page */
	int (*run)(const struct args *args); /* returns the exit status */
};

extern const struct command commands[COMMAND_COUNT]; /* indexed by id */

/* NULL when there is no such command. */
const struct command *command_named(const char *name);
/* The row of this command by its long name (of `len` bytes), or by its letter; NULL when it has none. */
const struct option_row *option_named(enum command_id command, const char *name, size_t len);
const struct option_row *option_lettered(enum command_id command, char letter);
/* The next visible row of a command from *at on; advances *at. NULL past the last. */
const struct option_row *option_next(enum command_id command, size_t *at);
/* Walks "a|b|c": the length of the choice at *choices, which moves behind it; 0 past the last. */
size_t choice_next(const char **choices, const char **choice);

#endif
