/* Completions for bash, zsh and fish. */
#include <string.h>

#include "app/generate.h"
#include "app/options.h"

static const char head[] = "# Made by `ctxcut --generate`; the table of options is its source.\n";

static void choices_joined(struct out *o, const char *choices, const char *between)
{
	const char *choice;
	for (size_t len, i = 0; (len = choice_next(&choices, &choice)) != 0; i++)
		out_printf(o, "%s%.*s", i ? between : "", (int)len, choice);
}

/* The first sentence, without its full stop: a completion has one line. */
static void first_sentence(struct out *o, const char *text, const char *escape)
{
	const char *end = strstr(text, ". ");
	size_t len = end ? (size_t)(end - text) : strlen(text);
	if (len && text[len - 1] == '.')
		len--;
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '\'')
			out_text(o, "'\\'");
		else if (strchr(escape, text[i]))
			out_text(o, "\\");
		out_write(o, text + i, 1);
	}
}

static void command_names(struct out *o)
{
	for (size_t i = 0, n = 0; i < COMMAND_COUNT; i++)
		if (commands[i].name)
			out_printf(o, "%s%s", n++ ? " " : "", commands[i].name);
}

/* ---- bash ---- */

/* By lines: names may hold blanks. */
static void bash_reply(struct out *o, const char *into, const char *what)
{
	out_printf(o, "mapfile -t %s < <(compgen %s -- \"$cur\")", into, what);
}

static void bash_value(struct out *o, const struct option_row *row)
{
	out_text(o, "\t\t");
	if (row->letter)
		out_printf(o, "-%c|", row->letter);
	out_printf(o, "--%s) ", row->name);
	if (row->kind == VALUE_FILE || row->kind == VALUE_FOLDER) {
		bash_reply(o, "COMPREPLY", row->kind == VALUE_FILE ? "-f" : "-d");
		out_text(o, "; ");
	} else if (row->choices) {
		out_text(o, "mapfile -t COMPREPLY < <(compgen -W '");
		choices_joined(o, row->choices, " ");
		out_text(o, "' -- \"$cur\"); ");
	}
	out_text(o, "return ;;\n");
}

void generate_bash(struct out *o)
{
	out_text(o, head);
	out_text(o, "_ctxcut()\n{\n\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} command='' "
		    "options=''\n"
		    /* bash cuts words at "=": --format=js is three words. */
		    "\tif [[ $cur == \"=\" ]]; then cur=; elif [[ $prev == \"=\" ]]; then "
		    "prev=${COMP_WORDS[COMP_CWORD-2]}; fi\n"
		    "\tCOMPREPLY=()\n\t[[ $COMP_CWORD -gt 1 ]] && command=${COMP_WORDS[1]}\n\tcase $command in\n");
	for (size_t i = COMMAND_COUNT; i-- > 0;) { /* the default last: its pattern is * */
		const struct option_row *row;
		out_printf(o, "\t%s)\n\t\tcase $prev in\n", commands[i].name ? commands[i].name : "*");
		for (size_t at = 0; (row = option_next(commands[i].id, &at)) != NULL;)
			if (row->metavar)
				bash_value(o, row);
		out_text(o, "\t\tesac\n\t\toptions='");
		for (size_t at = 0, n = 0; (row = option_next(commands[i].id, &at)) != NULL; n++)
			out_printf(o, "%s--%s", n ? " " : "", row->name);
		out_text(o, "' ;;\n");
	}
	out_text(o, "\tesac\n\tif [[ $cur == -* ]]; then\n\t\t");
	bash_reply(o, "COMPREPLY", "-W \"$options\"");
	out_text(o, "\n\t\treturn\n\tfi\n\t[[ $command == help ]] || ");
	bash_reply(o, "COMPREPLY", "-f");
	out_text(o, "\n\tif [[ $COMP_CWORD -eq 1 || $command == help ]]; then\n\t\tlocal names\n\t\tmapfile -t names < "
		    "<(compgen -W '");
	command_names(o);
	out_text(o, "' -- \"$cur\")\n\t\tCOMPREPLY+=(\"${names[@]}\")\n\tfi\n}\n"
		    "complete -o filenames -F _ctxcut ctxcut\n");
}

/* ---- zsh ---- */

static void zsh_option(struct out *o, const struct option_row *row)
{
	const char *repeat = row->id == OPT_QUERY ? "*" : "";
	out_text(o, "\t\t");
	if (row->letter && *repeat)
		out_printf(o, "'*'{-%c,--%s%s}'", row->letter, row->name, row->metavar ? "=" : "");
	else if (row->letter)
		out_printf(o, "'(-%c --%s)'{-%c,--%s%s}'", row->letter, row->name, row->letter, row->name,
			   row->metavar ? "=" : "");
	else
		out_printf(o, "'%s--%s%s", repeat, row->name, row->metavar ? "=" : "");
	out_text(o, "[");
	first_sentence(o, row->help, "[]:\\");
	out_text(o, "]");
	if (row->metavar) {
		out_printf(o, ":%s:", row->metavar);
		if (row->choices) {
			out_text(o, "(");
			choices_joined(o, row->choices, " ");
			out_text(o, ")");
		} else if (row->kind == VALUE_FILE || row->kind == VALUE_FOLDER) {
			out_text(o, row->kind == VALUE_FILE ? "_files" : "_files -/");
		}
	}
	out_text(o, "' \\\n");
}

void generate_zsh(struct out *o)
{
	out_text(o, "#compdef ctxcut\n");
	out_text(o, head);
	out_text(o, "_ctxcut()\n{\n\tlocal -a names=(\n");
	for (size_t i = 0; i < COMMAND_COUNT; i++) {
		if (!commands[i].name)
			continue;
		out_printf(o, "\t\t'%s:", commands[i].name);
		first_sentence(o, commands[i].summary, ":\\");
		out_text(o, "'\n");
	}
	out_text(o, "\t)\n\tlocal command=\n\t(( CURRENT > 2 )) && command=$words[2]\n\tcase $command in\n");
	for (size_t i = COMMAND_COUNT; i-- > 0;) {
		const struct command *c = &commands[i];
		const struct option_row *row;
		out_printf(o, "\t%s)\n", c->name ? c->name : "*");
		out_text(o, c->name ? "\t\tshift words; (( CURRENT-- ))\n"
				    : "\t\t(( CURRENT == 2 )) && _describe command names\n");
		out_text(o, "\t\t_arguments -s -S \\\n");
		for (size_t at = 0; (row = option_next(c->id, &at)) != NULL;)
			zsh_option(o, row);
		out_text(o, c->id == COMMAND_HELP ? "\t\t'1:command:(" : "\t\t'*:file:_files' ;;\n");
		if (c->id == COMMAND_HELP) {
			command_names(o);
			out_text(o, ")' ;;\n");
		}
	}
	out_text(o, "\tesac\n}\n_ctxcut \"$@\"\n");
}

/* ---- fish ---- */

static void fish_option(struct out *o, const struct command *c, const struct option_row *row)
{
	if (c->name)
		out_printf(o, "complete -c ctxcut -n '__ctxcut_command %s'", c->name);
	else
		out_text(o, "complete -c ctxcut -n 'not __ctxcut_command'");
	if (row->letter)
		out_printf(o, " -s %c", row->letter);
	out_printf(o, " -l %s", row->name);
	if (row->kind == VALUE_FILE)
		out_text(o, " -r -F");
	else if (row->kind == VALUE_FOLDER)
		out_text(o, " -x -a '(__fish_complete_directories)'");
	else if (row->metavar)
		out_text(o, " -x");
	if (row->choices) {
		out_text(o, " -a '");
		choices_joined(o, row->choices, " ");
		out_text(o, "'");
	}
	out_text(o, " -d '");
	first_sentence(o, row->help, "\\");
	out_text(o, "'\n");
}

void generate_fish(struct out *o)
{
	out_text(o, head);
	out_text(o, "function __ctxcut_command\n\tset -l words (commandline -opc)\n\ttest (count $words) -ge 2; or "
		    "return 1\n"
		    "\ttest (count $argv) -eq 0; and contains -- $words[2] ");
	command_names(o);
	out_text(o, "; and return 0\n\ttest (count $argv) -gt 0; and test $words[2] = $argv[1]\nend\n");
	for (size_t i = 0; i < COMMAND_COUNT; i++) {
		const struct command *c = &commands[i];
		const struct option_row *row;
		if (c->name) {
			out_printf(o, "complete -c ctxcut -n 'test (count (commandline -opc)) -eq 1' -a %s -d '",
				   c->name);
			first_sentence(o, c->summary, "\\");
			out_text(o, "'\n");
		}
		for (size_t at = 0; (row = option_next(c->id, &at)) != NULL;)
			fish_option(o, c, row);
	}
	out_text(o, "complete -c ctxcut -f -n '__ctxcut_command help' -a '");
	command_names(o);
	out_text(o, "'\n");
}
