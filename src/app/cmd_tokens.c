/* ctxcut tokens [FILE...]: exact counts. */
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "app/args.h"
#include "app/commands.h"
#include "app/out.h"

struct count {
	uint64_t tokens, lines, bytes;
};

struct form {
	const char *encoding;
	bool json, estimate;
};

static void print(struct out *o, const struct form *f, const struct count *n, const char *name)
{
	if (f->json) {
		out_text(o, "{\"name\":");
		out_json_string(o, name);
		out_printf(o,
			   ",\"tokens\":%" PRIu64 ",\"estimate\":%s,\"encoding\":\"%s\",\"lines\":%" PRIu64
			   ",\"bytes\":%" PRIu64 "}\n",
			   n->tokens, f->estimate ? "true" : "false", f->encoding, n->lines, n->bytes);
		return;
	}
	out_printf(o, f->estimate ? "\u2264%" PRIu64 " (estimate)" : "%" PRIu64, n->tokens);
	out_text(o, "\t");
	out_clean(o, name);
	out_text(o, "\n");
}

static enum exit_code count(const char *encoding, const char *operand, struct count *n)
{
	char error[1024] = "";
	enum ctxcut_status status =
		strcmp(operand, "-") == 0
			? ctxcut_tokens_fd(encoding, STDIN_FILENO, "-", &n->tokens, &n->lines, &n->bytes, error,
					   sizeof error)
			: ctxcut_tokens_file(encoding, operand, &n->tokens, &n->lines, &n->bytes, error, sizeof error);
	if (status != CTXCUT_OK)
		complain("%s", error);
	return exit_of(status);
}

int cmd_tokens(const struct args *args)
{
	static const char *const standard_input[] = {"-"};
	if (args->operand_count == 0 && isatty(STDIN_FILENO)) {
		complain("no FILE, and standard input is a terminal; see: ctxcut tokens --help");
		return EXIT_USAGE;
	}
	const char *const *operands = args->operand_count ? args->operands : standard_input;
	size_t operand_count = args->operand_count ? args->operand_count : 1;
	const char *encoding = args_value(args, OPT_ENCODING), *format = args_value(args, OPT_FORMAT);
	struct form form = {.encoding = encoding ? encoding : "o200k_base"};
	form.json = format && strcmp(format, "json") == 0;
	form.estimate = strcmp(form.encoding, "claude") == 0;

	struct out o;
	struct count total = {0};
	enum exit_code code = out_open(&o, NULL);
	for (size_t i = 0; i < operand_count && !o.error; i++) {
		struct count n = {0};
		enum exit_code one = count(form.encoding, operands[i], &n);
		code = exit_worse(code, one);
		if (one != EXIT_FINE)
			continue; /* a count of a part would be taken for the count of the whole */
		print(&o, &form, &n, operands[i]);
		total = (struct count){total.tokens + n.tokens, total.lines + n.lines, total.bytes + n.bytes};
	}
	if (operand_count > 1)
		print(&o, &form, &total, "total");
	return (int)exit_worse(code, out_close(&o));
}
