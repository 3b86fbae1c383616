/* ctxcut templates [FILE...]: the kinds of line. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/args.h"
#include "app/commands.h"
#include "app/out.h"
#include "app/reduction.h"

struct row {
	size_t id;
	uint64_t count, first_line;
};

/* Most frequent first, then in order of first line; first lines differ, so the order is total. */
static int by_count(const void *left, const void *right)
{
	const struct row *a = left, *b = right;
	if (a->count != b->count)
		return a->count < b->count ? 1 : -1;
	return a->first_line < b->first_line ? -1 : a->first_line > b->first_line;
}

static void print_json(struct out *o, size_t id, const struct ctxcut_template *t)
{
	out_printf(o,
		   "{\"id\":%zu,\"count\":%" PRIu64 ",\"first_line\":%" PRIu64 ",\"last_line\":%" PRIu64
		   ",\"pattern\":",
		   id, t->count, t->first_line, t->last_line);
	out_json_string(o, t->pattern);
	out_text(o, ",\"example\":");
	out_json_string(o, t->example);
	out_text(o, "}\n");
}

static enum exit_code print_list(struct ctxcut_templates *t, struct out *o, bool json)
{
	size_t count = ctxcut_templates_count(t);
	struct row *rows = app_zalloc(count, sizeof *rows);
	struct ctxcut_template one;
	enum exit_code code = EXIT_FINE;
	for (size_t i = 0; i < count; i++) {
		code = exit_worse(code, exit_of(ctxcut_templates_get(t, i, &one)));
		rows[i] = (struct row){i, one.count, one.first_line};
	}
	qsort(rows, count, sizeof *rows, by_count);
	/* Asked for again: the texts are lent only until the next one is asked for. */
	for (size_t i = 0; i < count && !o->error; i++) {
		code = exit_worse(code, exit_of(ctxcut_templates_get(t, rows[i].id, &one)));
		if (json)
			print_json(o, rows[i].id, &one);
		else
			out_printf(o, "%8" PRIu64 " %8" PRIu64 "  %s\n", one.count, one.first_line, one.pattern);
	}
	free(rows);
	return code;
}

static enum exit_code add(struct ctxcut_templates *t, const char *operand)
{
	enum ctxcut_status status = strcmp(operand, "-") == 0 ? ctxcut_templates_add_fd(t, STDIN_FILENO, "-")
							      : ctxcut_templates_add_file(t, operand);
	if (status != CTXCUT_OK)
		complain("%s", ctxcut_templates_error(t));
	return exit_of(status);
}

static enum exit_code mine(struct ctxcut_templates *t, const struct args *args)
{
	static const char *const standard_input[] = {"-"};
	const char *const *operands = args->operand_count ? args->operands : standard_input;
	size_t count = args->operand_count ? args->operand_count : 1;
	const char *format = args_value(args, OPT_FORMAT);
	enum exit_code code = EXIT_FINE;
	for (size_t i = 0; i < count; i++)
		code = exit_worse(code, add(t, operands[i]));
	enum ctxcut_status status = ctxcut_templates_finish(t);
	if (status != CTXCUT_OK) {
		complain("%s", ctxcut_templates_error(t));
		return exit_worse(code, exit_of(status));
	}
	struct out o;
	code = exit_worse(code, out_open(&o, args_value(args, OPT_OUTPUT)));
	if (code == EXIT_OUTPUT)
		return code;
	if (args_has(args, OPT_IDS)) {
		status = ctxcut_templates_ids(t, out_write, &o);
		if (status != CTXCUT_OK && status != CTXCUT_OUTPUT) {
			complain("%s", ctxcut_templates_error(t));
			code = exit_worse(code, exit_of(status));
		}
	} else {
		code = exit_worse(code, print_list(t, &o, format && strcmp(format, "json") == 0));
	}
	return exit_worse(code, out_close(&o));
}

int cmd_templates(const struct args *args)
{
	if (args->operand_count == 0 && isatty(STDIN_FILENO)) {
		complain("no FILE, and standard input is a terminal; see: ctxcut templates --help");
		return EXIT_USAGE;
	}
	struct ctxcut_templates *t = ctxcut_templates_new();
	if (wants_redaction(args))
		ctxcut_templates_redact(t);
	enum exit_code code = mine(t, args);
	ctxcut_templates_free(t);
	return (int)code;
}
