#include "app/help.h"

#include "app/manual.h"

#include <stdio.h>
#include <string.h>

enum { WIDTH = 80, OPTION_COLUMN = 28, TERM_COLUMN = 12 };

/* Prints `text` wrapped at WIDTH from `column` on, where the cursor already stands; newlines in it break lines. */
static void wrap(struct out *o, const char *text, size_t column)
{
	size_t at = column;
	while (*text) {
		size_t len = strcspn(text, " \n");
		if (at > column && at + 1 + len > WIDTH) {
			out_printf(o, "\n%*s", (int)column, "");
			at = column;
		} else if (at > column) {
			out_text(o, " ");
			at++;
		}
		out_write(o, text, len);
		at += len;
		text += len;
		if (*text == '\n') {
			out_printf(o, "\n\n%*s", (int)column, "");
			at = column;
		}
		text += *text != '\0';
	}
	out_text(o, "\n");
}

/* `head` in its column, then the text beside it, or below when the head is too long. */
static void item(struct out *o, const char *head, const char *text, size_t column)
{
	out_printf(o, "  %-*s", (int)column - 2, head);
	if (strlen(head) + 3 > column)
		out_printf(o, "\n%*s", (int)column, "");
	wrap(o, text, column);
}

static void option_item(struct out *o, const struct option_row *row)
{
	char letter[3] = {'-', row->letter, '\0'}, head[96], text[1024];
	snprintf(head, sizeof head, "%s%s--%s%s%s", row->letter ? letter : "  ", row->letter ? ", " : "  ", row->name,
		 row->metavar ? " " : "", row->metavar ? row->metavar : "");
	const char *choices = row->choices, *choice;
	int n = snprintf(text, sizeof text, "%s", row->help);
	for (size_t len, i = 0; (len = choice_next(&choices, &choice)) != 0 && n < (int)sizeof text; i++)
		n += snprintf(text + n, sizeof text - (size_t)n, "%s%.*s", i ? ", " : " One of: ", (int)len, choice);
	if (row->choices && n < (int)sizeof text)
		snprintf(text + n, sizeof text - (size_t)n, ".");
	item(o, head, text, OPTION_COLUMN);
}

static void call(struct out *o, const struct command *command, const char *before)
{
	out_printf(o, "%s ctxcut%s%s [OPTIONS] %s\n", before, command->name ? " " : "",
		   command->name ? command->name : "", command->operands);
}

void help_write(struct out *o, const struct command *command)
{
	call(o, command, "Usage:");
	if (!command->name)
		out_text(o, "       ctxcut COMMAND [OPTIONS] [ARGUMENTS]\n");
	out_text(o, "\n");
	wrap(o, command->details, 0);
	if (!command->name) {
		out_text(o, "\nCommands (ctxcut COMMAND --help says more):\n");
		for (size_t i = 0; i < COMMAND_COUNT; i++)
			if (commands[i].name)
				item(o, commands[i].name, commands[i].summary, TERM_COLUMN);
	}
	out_text(o, "\nOptions:\n");
	const struct option_row *row;
	for (size_t at = 0; (row = option_next(command->id, &at)) != NULL;)
		option_item(o, row);
	if (!command->name) {
		out_text(o, "\nExit status:\n");
		for (const struct manual_entry *e = manual_exit_status; e->term; e++)
			item(o, e->term, e->text, TERM_COLUMN);
	}
}

int help_print(const struct command *command)
{
	struct out o;
	enum exit_code code = out_open(&o, NULL);
	help_write(&o, command);
	return (int)exit_worse(code, out_close(&o));
}
