/* ctxcut check REF...: do references still hold? */
#include "app/args.h"
#include "app/commands.h"
#include "app/out.h"

static const char *verdict(enum ctxcut_status status)
{
	switch (status) {
	case CTXCUT_OK:
		return "ok";
	case CTXCUT_CHANGED:
		return "changed";
	case CTXCUT_MISSING:
		return "missing";
	default:
		return "bad";
	}
}

int cmd_check(const struct args *args)
{
	if (args->operand_count == 0) {
		complain("check needs a reference, for example: ctxcut check build.log@1f0c9a3e");
		return EXIT_USAGE;
	}
	struct out o;
	enum exit_code code = out_open(&o, NULL);
	for (size_t i = 0; i < args->operand_count && !o.error; i++) {
		char error[1024] = "";
		enum ctxcut_status status =
			ctxcut_check(args->operands[i], args_value(args, OPT_STORE_DIR), error, sizeof error);
		if (status != CTXCUT_OK)
			complain("%s", error);
		out_printf(&o, "%s\t", verdict(status));
		out_clean(&o, args->operands[i]);
		out_text(&o, "\n");
		code = exit_worse(code, exit_of(status));
	}
	return (int)exit_worse(code, out_close(&o));
}
