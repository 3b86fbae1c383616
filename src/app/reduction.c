#include "app/reduction.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool wants_color(const struct args *args)
{
	const char *when = args_value(args, OPT_COLOR), *output = args_value(args, OPT_OUTPUT);
	if (when && strcmp(when, "auto") != 0)
		return strcmp(when, "always") == 0;
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
	return !(no_color && *no_color) && !(term && strcmp(term, "dumb") == 0) &&
	       !(output && strcmp(output, "-") != 0) && isatty(STDOUT_FILENO);
}

/* CTXCUT_NO_STORE: so that a place without a home to write to need not say so with every call. */
static bool is_set(const char *variable)
{
	const char *value = getenv(variable);
	return value && *value && strcmp(value, "0") != 0;
}

bool wants_redaction(const struct args *args)
{
	return !args_has(args, OPT_NO_REDACT) && (args_has(args, OPT_REDACT) || is_set("CTXCUT_REDACT"));
}

static enum exit_code set(struct ctxcut *c, const struct option_row *row, const char *value)
{
	if (ctxcut_set(c, row->setting, value) == CTXCUT_OK)
		return EXIT_FINE;
	complain("--%s", ctxcut_error(c)); /* which begins with the name of the setting */
	return EXIT_USAGE;
}

enum exit_code reduction_apply(struct ctxcut *c, const struct args *args)
{
	for (size_t i = 0; i < args->value_count; i++) {
		const struct arg_value *v = &args->values[i];
		if (v->row->setting && set(c, v->row, v->value) != EXIT_FINE)
			return EXIT_USAGE;
	}
	if ((wants_color(args) && ctxcut_set(c, "color", "yes") != CTXCUT_OK) ||
	    (wants_redaction(args) && ctxcut_set(c, "redact", "yes") != CTXCUT_OK) ||
	    (is_set("CTXCUT_NO_STORE") && ctxcut_set(c, "store", "no") != CTXCUT_OK)) {
		complain("%s", ctxcut_error(c));
		return EXIT_USAGE;
	}
	const char *baseline = args_value(args, OPT_BASELINE);
	if (!baseline)
		return EXIT_FINE;
	enum ctxcut_status status = ctxcut_baseline_file(c, baseline);
	if (status != CTXCUT_OK)
		complain("%s", ctxcut_error(c));
	return exit_of(status);
}

void reduction_complain(const struct ctxcut *c)
{
	for (size_t i = 0; i < ctxcut_message_count(c); i++)
		complain("%s", ctxcut_message(c, i));
}

enum exit_code reduction_write(struct ctxcut *c, struct out *o)
{
	enum exit_code code = EXIT_FINE;
	size_t told = ctxcut_message_count(c);
	enum ctxcut_status status = ctxcut_render(c, out_write, o);
	for (; told < ctxcut_message_count(c); told++)
		complain("%s", ctxcut_message(c, told));
	/* What the writer met is out_close's to tell, and a reader that went away is no failure. */
	if (status != CTXCUT_OK && status != CTXCUT_OUTPUT) {
		complain("%s", ctxcut_error(c));
		code = exit_of(status);
	}
	return exit_worse(code, out_close(o));
}
