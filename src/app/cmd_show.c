/* ctxcut show REF...: originals by reference. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/args.h"
#include "app/commands.h"
#include "app/out.h"
#include "app/reduction.h"

enum { AROUND_DEFAULT = 10 };

static enum exit_code show(struct out *o, const char *reference, const struct ctxcut_show_options *options)
{
	char error[1024] = "";
	enum ctxcut_status status = ctxcut_show(reference, options, out_write, o, error, sizeof error);
	if (status == CTXCUT_OUTPUT)
		return EXIT_FINE; /* out_close tells what the writer met */
	if (error[0])
		complain("%s", error); /* with CTXCUT_OK a note */
	return exit_of(status);
}

/* The lines from `context` before `line` to `context` after it. */
static enum exit_code show_around(struct out *o, const char *reference, unsigned long long line,
				  const struct ctxcut_show_options *options)
{
	unsigned long long first = line > options->context ? line - options->context : 1;
	unsigned long long last = line + options->context < line ? line : line + options->context;
	size_t size = strlen(reference) + 48;
	char *range = app_zalloc(size, 1);
	snprintf(range, size, "%s:%llu-%llu", reference, first, last);
	struct ctxcut_show_options plain = *options;
	plain.context = 0;
	plain.around = line;
	enum exit_code code = show(o, range, &plain);
	free(range);
	return code;
}

int cmd_show(const struct args *args)
{
	const char *grep = args_value(args, OPT_GREP);
	bool around = args_has(args, OPT_AROUND);
	if (args->operand_count == 0) {
		complain("show needs a reference, for example: ctxcut show build.log:120-160");
		return EXIT_USAGE;
	}
	if (args_has(args, OPT_CONTEXT) && !grep && !around) {
		complain("--context needs --grep or --around");
		return EXIT_USAGE;
	}
	if (grep && around) {
		complain("--grep and --around do not go together");
		return EXIT_USAGE;
	}
	struct ctxcut_show_options options = {
		.store_dir = args_value(args, OPT_STORE_DIR),
		.grep = grep,
		.context = (size_t)args_number(args, OPT_CONTEXT, around ? AROUND_DEFAULT : 0),
		.line_numbers = args_has(args, OPT_LINE_NUMBERS),
		.redact = wants_redaction(args),
	};
	struct out o;
	enum exit_code code = out_open(&o, args_value(args, OPT_OUTPUT));
	if (code != EXIT_FINE)
		return (int)code;
	for (size_t i = 0; i < args->operand_count && !o.error; i++) {
		const char *reference = args->operands[i];
		code = exit_worse(code, around ? show_around(&o, reference, args_number(args, OPT_AROUND, 1), &options)
					       : show(&o, reference, &options));
	}
	return (int)exit_worse(code, out_close(&o));
}
