/* ctxcut [OPTIONS] [FILE...]: the reduction. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/commands.h"
#include "app/reduction.h"

static volatile sig_atomic_t stopped_by;

static void stop(int signal_number)
{
	stopped_by = signal_number;
	ctxcut_stop();
}

/* No SA_RESTART, so that a read that waits returns; one shot, so that a second signal ends us whatever we do. */
static void stop_on(int signal_number)
{
	struct sigaction before;
	if (sigaction(signal_number, NULL, &before) == 0 && before.sa_handler != SIG_IGN)
		sigaction(signal_number, &(struct sigaction){.sa_handler = stop, .sa_flags = (int)SA_RESETHAND}, NULL);
}

/* Cutting an input to nothing for the output would make its reference a lie. */
static bool is_output(const char *output, const char *input)
{
	struct stat out, in;
	return output && stat(output, &out) == 0 && S_ISREG(out.st_mode) &&
	       (strcmp(input, "-") == 0 ? fstat(STDIN_FILENO, &in) : stat(input, &in)) == 0 &&
	       in.st_dev == out.st_dev && in.st_ino == out.st_ino;
}

/* A word that is no file may have been meant as a command. */
static void explain_missing(const char *operand)
{
	if (strpbrk(operand, "/.") || access(operand, F_OK) == 0 || errno != ENOENT)
		return;
	const char *nearest = nearest_command(operand);
	if (nearest && strcmp(nearest, operand) == 0)
		complain("%s: a command must be the first word: ctxcut %s ...", operand, operand);
	else if (nearest)
		complain("%s: no such file; did you mean: ctxcut %s ...", operand, nearest);
}

static enum exit_code add(struct ctxcut *c, const char *operand)
{
	bool standard_input = strcmp(operand, "-") == 0;
	enum ctxcut_status status = standard_input ? ctxcut_add_fd(c, STDIN_FILENO, "-") : ctxcut_add_file(c, operand);
	if (status == CTXCUT_USAGE)
		complain("--%s", ctxcut_error(c)); /* a query that is no pattern; an input would leave a message */
	else if (status != CTXCUT_OK && !standard_input)
		explain_missing(operand);
	return exit_of(status);
}

static enum exit_code reduce(struct ctxcut *c, const struct args *args)
{
	static const char *const standard_input[] = {"-"};
	const char *const *operands = args->operand_count ? args->operands : standard_input;
	size_t count = args->operand_count ? args->operand_count : 1;
	for (size_t i = 0; i < count; i++)
		if (is_output(args_value(args, OPT_OUTPUT), operands[i])) {
			complain("%s is both input and output", operands[i]);
			return EXIT_USAGE;
		}

	enum exit_code code = reduction_apply(c, args);
	if (code == EXIT_USAGE)
		return code;
	stop_on(SIGINT);
	stop_on(SIGTERM);
	for (size_t i = 0; i < count; i++)
		code = exit_worse(code, add(c, operands[i]));
	if (code == EXIT_USAGE)
		return code;
	code = exit_worse(code, exit_of(ctxcut_finish(c)));
	reduction_complain(c);
	struct out o;
	enum exit_code opened = out_open(&o, args_value(args, OPT_OUTPUT));
	return exit_worse(code, opened == EXIT_FINE ? reduction_write(c, &o) : opened);
}

int cmd_reduce(const struct args *args)
{
	if (args->operand_count == 0 && isatty(STDIN_FILENO)) {
		complain("no FILE, and standard input is a terminal; see: ctxcut --help");
		return EXIT_USAGE;
	}
	struct ctxcut *c = ctxcut_new();
	int status = (int)reduce(c, args);
	ctxcut_free(c);
	return stopped_by ? 128 + (int)stopped_by : status;
}
