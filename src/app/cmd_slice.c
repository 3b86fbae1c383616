/* ctxcut slice [FOLDER...] QUERY...: slices of source trees. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/args.h"
#include "app/commands.h"
#include "app/out.h"
#include "app/reduction.h"

/* A trace is short; of a log that is longer than this the begin is searched, and that is said. */
enum { TEXT_BYTES_MOST = 16 * 1024 * 1024 };

static bool is_folder(const char *operand)
{
	struct stat st;
	return stat(operand, &st) == 0 && S_ISDIR(st.st_mode);
}

static enum exit_code slice_text(struct ctxcut_slice *s)
{
	char *text = app_zalloc(TEXT_BYTES_MOST + 1, 1);
	size_t len = 0;
	ssize_t n = 1;
	while (n != 0 && len <= TEXT_BYTES_MOST) {
		n = read(STDIN_FILENO, text + len, TEXT_BYTES_MOST + 1 - len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			break;
		len += (size_t)n;
	}
	enum exit_code code = n < 0 ? EXIT_INPUT : EXIT_FINE;
	if (n < 0)
		complain("standard input: %s", strerror(errno));
	if (len > TEXT_BYTES_MOST) {
		len = TEXT_BYTES_MOST;
		complain("standard input: only its first 16 MiB are searched; cut it before: ctxcut LOG | ctxcut slice");
		code = EXIT_INPUT;
	}
	enum ctxcut_status status = ctxcut_slice_text(s, text, len);
	free(text);
	if (status != CTXCUT_OK)
		complain("%s", ctxcut_slice_error(s));
	return exit_worse(code, exit_of(status));
}

/* Folders are trees, wherever they stand; all else is a query. */
static enum exit_code ask(struct ctxcut_slice *s, const struct args *args)
{
	size_t queries = 0;
	const char *words = args_value(args, OPT_QUERY);
	for (size_t i = 0; i < args->operand_count; i++) {
		if (!is_folder(args->operands[i]))
			queries++;
		else if (ctxcut_slice_add_tree(s, args->operands[i]) != CTXCUT_OK) {
			complain("%s", ctxcut_slice_error(s));
			return EXIT_INPUT;
		}
	}
	if (queries == 0 && !words) {
		if (!isatty(STDIN_FILENO))
			return slice_text(s);
		complain("slice needs a query: a name, PATH:LINE, words, or a stack trace on standard input; see: ctxcut slice --help");
		return EXIT_USAGE;
	}
	enum exit_code code = EXIT_FINE;
	for (size_t i = 0; i < args->operand_count; i++) {
		const char *query = args->operands[i];
		if (is_folder(query))
			continue;
		if (strcmp(query, "-") == 0) {
			code = exit_worse(code, slice_text(s));
		} else if (ctxcut_slice_query(s, query) != CTXCUT_OK) {
			complain("%s", ctxcut_slice_error(s));
			code = EXIT_USAGE;
		}
	}
	if (words && ctxcut_slice_words(s, words) != CTXCUT_OK) {
		complain("%s", ctxcut_slice_error(s));
		code = EXIT_USAGE;
	}
	return code;
}

static enum exit_code slice(struct ctxcut_slice *s, const struct args *args, struct out *o)
{
	for (size_t i = 0; i < args->value_count; i++) {
		const struct arg_value *v = &args->values[i];
		if (v->row->setting && v->row->id != OPT_QUERY && ctxcut_slice_set(s, v->row->setting, v->value) != CTXCUT_OK) {
			complain("--%s", ctxcut_slice_error(s));
			return EXIT_USAGE;
		}
	}
	if (wants_redaction(args) && ctxcut_slice_set(s, "redact", "yes") != CTXCUT_OK)
		return EXIT_USAGE;
	enum exit_code code = ask(s, args);
	if (code == EXIT_USAGE)
		return code;
	/* What is missing is said in the rendering. */
	enum ctxcut_status status = ctxcut_slice_finish(s);
	if (status != CTXCUT_OK && status != CTXCUT_MISSING && status != CTXCUT_INPUT)
		complain("%s", ctxcut_slice_error(s));
	code = exit_worse(code, exit_of(status));
	status = ctxcut_slice_render(s, out_write, o);
	return status == CTXCUT_OUTPUT ? code : exit_worse(code, exit_of(status));
}

int cmd_slice(const struct args *args)
{
	struct out o;
	enum exit_code code = out_open(&o, args_value(args, OPT_OUTPUT));
	if (code != EXIT_FINE)
		return (int)code;
	struct ctxcut_slice *s = ctxcut_slice_new();
	code = slice(s, args, &o);
	ctxcut_slice_free(s);
	return (int)exit_worse(code, out_close(&o));
}
