/* ctxcut help [COMMAND] */
#include "app/args.h"
#include "app/commands.h"
#include "app/help.h"

int cmd_help(const struct args *args)
{
	if (args->operand_count > 1) {
		complain("help explains one command at a time");
		return EXIT_USAGE;
	}
	if (args->operand_count == 0)
		return help_print(&commands[COMMAND_REDUCE]);
	const struct command *command = command_named(args->operands[0]);
	if (command)
		return help_print(command);
	const char *nearest = nearest_command(args->operands[0]);
	complain("there is no command %s%s%s%s", args->operands[0], nearest ? "; did you mean " : "",
		 nearest ? nearest : "", nearest ? "?" : "");
	return EXIT_USAGE;
}
