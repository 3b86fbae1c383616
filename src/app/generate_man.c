/* ctxcut(1) in man(7) macros. */
#include <ctype.h>
#include <string.h>

#include "app/generate.h"
#include "app/manual.h"
#include "app/options.h"

/* Text as roff shall print it: minus signs stay ASCII, nothing is taken for a request. Newlines part paragraphs. */
static void roff(struct out *o, const char *text)
{
	for (const char *p = text; *p; p++) {
		if ((p == text || p[-1] == '\n') && (*p == '.' || *p == '\''))
			out_text(o, "\\&");
		if (*p == '\\')
			out_text(o, "\\e");
		else if (*p == '-')
			out_text(o, "\\-");
		else if (*p == '\'')
			out_text(o, "\\(aq");
		else if (*p == '~')
			out_text(o, "\\(ti");
		else if (*p == '\n')
			out_text(o, "\n.PP\n");
		else
			out_write(o, p, 1);
	}
}

static void section(struct out *o, const char *title) { out_printf(o, ".SH %s\n", title); }

static void entries(struct out *o, const struct manual_entry *e)
{
	for (; e->term; e++) {
		out_text(o, ".TP\n.B ");
		roff(o, e->term);
		out_text(o, "\n");
		roff(o, e->text);
		out_text(o, "\n");
	}
}

static void option(struct out *o, const struct option_row *row)
{
	out_text(o, ".TP\n");
	if (row->letter)
		out_printf(o, "\\fB\\-%c\\fR, ", row->letter);
	out_text(o, "\\fB\\-\\-");
	roff(o, row->name);
	if (row->metavar)
		out_printf(o, "\\fR \\fI%s", row->metavar);
	out_text(o, "\\fR\n");
	roff(o, row->help);
	const char *choices = row->choices, *choice;
	for (size_t len, i = 0; (len = choice_next(&choices, &choice)) != 0; i++)
		out_printf(o, "%s\\fB%.*s\\fR", i ? ", " : " One of: ", (int)len, choice);
	out_text(o, row->choices ? ".\n" : "\n");
}

static void options(struct out *o, enum command_id command)
{
	const struct option_row *row;
	for (size_t at = 0; (row = option_next(command, &at)) != NULL;)
		option(o, row);
}

static void call(struct out *o, const struct command *command)
{
	out_printf(o, ".B ctxcut%s%s\n.RI [ OPTIONS ]\n.I ", command->name ? " " : "",
		   command->name ? command->name : "");
	roff(o, command->operands);
	out_text(o, "\n");
}

void generate_man(struct out *o)
{
	const struct command *reduce = &commands[COMMAND_REDUCE];
	/* No date: the page is a function of the source. */
	out_printf(o, ".TH CTXCUT 1 \"\" \"ctxcut %s\" \"User Commands\"\n", ctxcut_version());
	section(o, "NAME");
	out_text(o, "ctxcut \\- cut huge logs down to the few lines that matter, with references to the rest\n");
	section(o, "SYNOPSIS");
	for (size_t i = 0; i < COMMAND_COUNT; i++) {
		call(o, &commands[i]);
		out_text(o, i + 1 < COMMAND_COUNT ? ".br\n" : "");
	}
	section(o, "DESCRIPTION");
	roff(o, reduce->details);
	out_text(o, "\n");
	section(o, "OPTIONS");
	options(o, COMMAND_REDUCE);
	section(o, "COMMANDS");
	for (size_t i = 0; i < COMMAND_COUNT; i++) {
		if (!commands[i].name)
			continue;
		out_printf(o, ".SS ctxcut %s\n", commands[i].name);
		roff(o, commands[i].summary);
		out_text(o, "\n");
		roff(o, commands[i].details);
		out_text(o, "\n");
		options(o, commands[i].id);
	}
	section(o, "EXIT STATUS");
	entries(o, manual_exit_status);
	section(o, "ENVIRONMENT");
	entries(o, manual_environment);
	section(o, "FILES");
	entries(o, manual_files);
	section(o, "EXAMPLES");
	entries(o, manual_examples);
}
