/* ctxcut: parse, run, report, exit code. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "app/args.h"
#include "app/generate.h"
#include "app/help.h"

/* A descriptor that the caller closed must not be given to the next file we open: our messages would land in it.
 * Opened the wrong way round, so that using it still fails; a program that we start has it closed again. */
static void occupy_standard_descriptors(void)
{
	for (int fd = 0; fd <= 2; fd++)
		while (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
			if (open("/dev/null", (fd == 0 ? O_WRONLY : O_RDONLY) | O_CLOEXEC) < 0)
				return;
}

static void nothing(int signal_number) { (void)signal_number; }

/* A closed pipe or a full quota is then an error of write. Unlike SIG_IGN, a handler is not inherited by the programs we
 * start; what was ignored when we were started remains so, for them too. */
static void ignore(int signal_number)
{
	struct sigaction before;
	if (sigaction(signal_number, NULL, &before) == 0 && before.sa_handler != SIG_IGN)
		sigaction(signal_number, &(struct sigaction){.sa_handler = nothing, .sa_flags = SA_RESTART}, NULL);
}

static int print_version(void)
{
	struct out o;
	enum exit_code code = out_open(&o, NULL);
	out_printf(&o, "ctxcut %s\n", ctxcut_version());
	return (int)exit_worse(code, out_close(&o));
}

int main(int argc, char **argv)
{
	occupy_standard_descriptors();
	ignore(SIGPIPE);
	ignore(SIGXFSZ);

	const struct command *command = argc > 1 ? command_named(argv[1]) : NULL;
	int skip = command ? 2 : argc > 0;
	if (!command)
		command = &commands[COMMAND_REDUCE];

	struct args args;
	int status = (int)args_parse(&args, command, argc - skip, argv + skip);
	if (status == EXIT_FINE) {
		if (args_has(&args, OPT_HELP))
			status = help_print(command);
		else if (args_has(&args, OPT_VERSION))
			status = print_version();
		else if (args_has(&args, OPT_GENERATE))
			status = generate(args_value(&args, OPT_GENERATE));
		else
			status = command->run(&args);
	}
	args_release(&args);
	return status;
}
