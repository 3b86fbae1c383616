#include "app/args.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Edit distance with swaps of neighbours (optimal string alignment), for names of up to 31 bytes. */
static size_t distance(const char *a, size_t a_len, const char *b)
{
	enum { MOST = 32 };
	size_t b_len = strlen(b);
	if (a_len >= MOST || b_len >= MOST)
		return MOST;
	size_t d[MOST][MOST];
	for (size_t i = 0; i <= a_len; i++) {
		for (size_t j = 0; j <= b_len; j++) {
			if (i == 0 || j == 0) {
				d[i][j] = i + j;
				continue;
			}
			size_t best = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
			best = d[i - 1][j] + 1 < best ? d[i - 1][j] + 1 : best;
			best = d[i][j - 1] + 1 < best ? d[i][j - 1] + 1 : best;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    d[i - 2][j - 2] + 1 < best)
				best = d[i - 2][j - 2] + 1;
			d[i][j] = best;
		}
	}
	return d[a_len][b_len];
}

/* How far a misspelling may be from what it means: a third of it, and less than three quarters of a short one. */
static size_t tolerance(size_t len) { return len < 4 ? 1 : len / 3 < 3 ? 2 : 3; }

const char *nearest_command(const char *word)
{
	const char *best = NULL;
	size_t best_distance = tolerance(strlen(word)) + 1;
	for (size_t i = 0; i < COMMAND_COUNT; i++) {
		size_t d = commands[i].name ? distance(word, strlen(word), commands[i].name) : best_distance;
		if (d < best_distance) {
			best_distance = d;
			best = commands[i].name;
		}
	}
	return best;
}

static const char *nearest_option(enum command_id command, const char *name, size_t len)
{
	const char *best = NULL;
	size_t best_distance = tolerance(len) + 1;
	const struct option_row *row;
	for (size_t at = 0; (row = option_next(command, &at)) != NULL;) {
		size_t d = distance(name, len, row->name);
		/* What was abbreviated is nearer than any misspelling. */
		if (len >= 3 && strncmp(row->name, name, len) == 0)
			d = 0;
		if (d < best_distance) {
			best_distance = d;
			best = row->name;
		}
	}
	return best;
}

static const char *help_call(const struct command *command, char *into, size_t size)
{
	snprintf(into, size, "ctxcut %s%s--help", command->name ? command->name : "", command->name ? " " : "");
	return into;
}

static enum exit_code unknown_long(const struct command *command, const char *name, size_t len)
{
	char call[64];
	const char *nearest = nearest_option(command->id, name, len);
	for (size_t i = 0; i < COMMAND_COUNT; i++) {
		if (!option_named(commands[i].id, name, len))
			continue;
		if (commands[i].name)
			complain("--%.*s is an option of: ctxcut %s", (int)len, name, commands[i].name);
		else
			complain("--%.*s is no option of ctxcut %s", (int)len, name, command->name);
		return EXIT_USAGE;
	}
	if (nearest)
		complain("unknown option --%.*s; did you mean --%s?", (int)len, name, nearest);
	else
		complain("unknown option --%.*s; see: %s", (int)len, name, help_call(command, call, sizeof call));
	return EXIT_USAGE;
}

/* False for a sign, a blank or a letter, which strtoull would let pass. */
static bool to_number(const char *text, unsigned long long *out)
{
	if (!*text || text[strspn(text, "0123456789")])
		return false;
	errno = 0;
	*out = strtoull(text, NULL, 10);
	return errno == 0;
}

static enum exit_code check_value(const struct option_row *row, const char *value)
{
	unsigned long long number;
	const char *choices = row->choices, *choice;
	switch (row->kind) {
	case VALUE_BUDGET:
		if (strcmp(value, "none") == 0)
			return EXIT_FINE;
		if (to_number(value, &number) && number >= row->min && number <= row->max)
			return EXIT_FINE;
		complain("--%s '%s': must be a whole number from %llu to %llu, or none", row->name, value, row->min,
			 row->max);
		return EXIT_USAGE;
	case VALUE_NUMBER:
		if (to_number(value, &number) && number >= row->min && number <= row->max)
			return EXIT_FINE;
		if (row->max == ULLONG_MAX)
			complain("--%s '%s': must be a whole number, at least %llu", row->name, value, row->min);
		else
			complain("--%s '%s': must be a whole number from %llu to %llu", row->name, value, row->min,
				 row->max);
		return EXIT_USAGE;
	case VALUE_CHOICE:
		for (size_t len; (len = choice_next(&choices, &choice)) != 0;)
			if (strlen(value) == len && memcmp(choice, value, len) == 0)
				return EXIT_FINE;
		complain("--%s '%s': must be one of %s", row->name, value, row->choices);
		return EXIT_USAGE;
	case VALUE_TEXT:
	case VALUE_OFFERED:
	case VALUE_FILE:
	case VALUE_FOLDER:
		if (*value)
			return EXIT_FINE;
		complain("--%s: its %s is empty", row->name, row->metavar);
		return EXIT_USAGE;
	case VALUE_NONE:
		break;
	}
	return EXIT_FINE;
}

/* `attached` is the value that stood in the same word, or NULL; `next` the words left. *used: 1 when one was taken. */
static enum exit_code take(struct args *a, const struct option_row *row, const char *attached, char **next, int left,
			   int *used)
{
	const char *value = row->implies;
	*used = 0;
	if (row->metavar) {
		value = attached;
		if (!value && left > 0) {
			value = *next;
			*used = 1;
		}
		if (!value) {
			complain("--%s needs a value: --%s %s", row->name, row->name, row->metavar);
			return EXIT_USAGE;
		}
		if (check_value(row, value) != EXIT_FINE)
			return EXIT_USAGE;
	} else if (attached) {
		complain("--%s takes no value", row->name);
		return EXIT_USAGE;
	}
	a->values[a->value_count++] = (struct arg_value){row, value};
	return EXIT_FINE;
}

static enum exit_code take_long(struct args *a, const char *word, char **next, int left, int *used)
{
	const char *name = word + 2;
	size_t len = strcspn(name, "=");
	const struct option_row *row = option_named(a->command->id, name, len);
	if (!row)
		return unknown_long(a->command, name, len);
	return take(a, row, name[len] == '=' ? name + len + 1 : NULL, next, left, used);
}

/* A word of letters: each an option, the first that takes a value takes the rest of the word or the next one. */
static enum exit_code take_letters(struct args *a, const char *word, char **next, int left, int *used)
{
	for (const char *p = word + 1; *p; p++) {
		const struct option_row *row = option_lettered(a->command->id, *p);
		if (!row) {
			char call[64];
			complain("unknown option -%c%s%s; see: %s", *p, word[2] ? " in " : "", word[2] ? word : "",
				 help_call(a->command, call, sizeof call));
			return EXIT_USAGE;
		}
		if (row->metavar)
			return take(a, row, p[1] ? p + 1 : NULL, next, left, used);
		if (take(a, row, NULL, NULL, 0, used) != EXIT_FINE)
			return EXIT_USAGE;
	}
	return EXIT_FINE;
}

enum exit_code args_parse(struct args *a, const struct command *command, int argc, char **argv)
{
	/* Every letter of a word may be an option of its own. */
	size_t most = 1;
	for (int i = 0; i < argc; i++)
		most += argv[i][0] == '-' && argv[i][1] != '-' ? strlen(argv[i]) : 1;
	*a = (struct args){.command = command};
	a->values = app_zalloc(most, sizeof *a->values);
	a->operands = app_zalloc((size_t)argc + 1, sizeof *a->operands);

	bool over = false;
	for (int i = 0; i < argc; i++) {
		enum exit_code code = EXIT_FINE;
		int used = 0;
		if (over || argv[i][0] != '-' || !argv[i][1]) {
			a->operands[a->operand_count++] = argv[i];
			over = over || command->id == COMMAND_RUN; /* the rest is the other command's */
		} else if (strcmp(argv[i], "--") == 0)
			over = true;
		else if (argv[i][1] == '-')
			code = take_long(a, argv[i], argv + i + 1, argc - i - 1, &used);
		else
			code = take_letters(a, argv[i], argv + i + 1, argc - i - 1, &used);
		if (code != EXIT_FINE)
			return code;
		i += used;
	}
	return EXIT_FINE;
}

void args_release(struct args *a)
{
	free(a->values);
	free(a->operands);
	*a = (struct args){0};
}

static const struct arg_value *last_of(const struct args *a, enum option_id id)
{
	for (size_t i = a->value_count; i-- > 0;)
		if (a->values[i].row->id == id)
			return &a->values[i];
	return NULL;
}

bool args_has(const struct args *a, enum option_id id) { return last_of(a, id) != NULL; }

const char *args_value(const struct args *a, enum option_id id)
{
	const struct arg_value *v = last_of(a, id);
	return v ? v->value : NULL;
}

unsigned long long args_number(const struct args *a, enum option_id id, unsigned long long otherwise)
{
	const char *value = args_value(a, id);
	return value ? strtoull(value, NULL, 10) : otherwise;
}
