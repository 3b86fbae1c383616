/* ctxcut manifest [PATH...]: a source tree as references. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/args.h"
#include "app/commands.h"
#include "app/out.h"

struct content {
	char *bytes; /* owned, NUL-terminated */
	size_t len;
};

/* path "-": standard input. */
static enum exit_code read_all(const char *path, struct content *out)
{
	bool is_stdin = strcmp(path, "-") == 0;
	int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	size_t cap = 64 * 1024;
	ssize_t n = fd < 0 ? -1 : 1;
	*out = (struct content){.bytes = app_zalloc(cap, 1)};
	while (n > 0 || (n < 0 && errno == EINTR && fd >= 0)) {
		if (out->len + 1 == cap) {
			char *bigger = app_zalloc(cap *= 2, 1);
			memcpy(bigger, out->bytes, out->len);
			free(out->bytes);
			out->bytes = bigger;
		}
		n = read(fd, out->bytes + out->len, cap - 1 - out->len);
		out->len += n > 0 ? (size_t)n : 0;
	}
	if (n < 0)
		complain("%s: %s", path, strerror(errno));
	if (fd >= 0 && !is_stdin)
		close(fd);
	return n < 0 ? EXIT_INPUT : EXIT_FINE;
}

static enum exit_code say(const struct ctxcut_manifest *m, enum ctxcut_status status)
{
	if (status != CTXCUT_OK && status != CTXCUT_OUTPUT && *ctxcut_manifest_error(m))
		complain("%s", ctxcut_manifest_error(m));
	return exit_of(status);
}

/* As say, of a call that writes to the output: what went wrong there out_close says, and a reader who left is no failure. */
static enum exit_code say_written(const struct ctxcut_manifest *m, enum ctxcut_status status, const struct out *o)
{
	return status == CTXCUT_OUTPUT && o->error ? EXIT_FINE : say(m, status);
}

static enum exit_code set_query(struct ctxcut_manifest *m, const char *value)
{
	struct content text = {0};
	enum exit_code code = EXIT_FINE;
	if (strcmp(value, "-") == 0) {
		code = read_all("-", &text);
		for (size_t i = 0; i < text.len; i++)
			if (!text.bytes[i])
				text.bytes[i] = ' ';
	}
	if (code == EXIT_FINE && ctxcut_manifest_set(m, "query", text.bytes ? text.bytes : value) != CTXCUT_OK) {
		complain("--%s", ctxcut_manifest_error(m));
		code = EXIT_USAGE;
	}
	free(text.bytes);
	return code;
}

static enum exit_code apply(struct ctxcut_manifest *m, const struct args *args)
{
	enum exit_code code = EXIT_FINE;
	for (size_t i = 0; i < args->value_count && code == EXIT_FINE; i++) {
		const struct arg_value *v = &args->values[i];
		if (v->row->id == OPT_QUERY) {
			code = set_query(m, v->value);
		} else if (v->row->setting && ctxcut_manifest_set(m, v->row->setting, v->value) != CTXCUT_OK) {
			complain("--%s", ctxcut_manifest_error(m));
			code = EXIT_USAGE;
		}
	}
	return code;
}

/* The files that could not be read, and why: not more than a reader would look at. */
static void complain_of_files(const struct ctxcut_manifest *m)
{
	enum { SHOWN_MOST = 20 };
	size_t count = ctxcut_manifest_message_count(m);
	for (size_t i = 0; i < count && i < SHOWN_MOST; i++)
		complain("%s", ctxcut_manifest_message(m, i));
	if (count > SHOWN_MOST)
		complain("%zu more like these; --format json has all of them", count - SHOWN_MOST);
}

/* False: nothing came of it, and it was said why. Files that could not be read are no reason to stop. */
static bool scan(struct ctxcut_manifest *m, enum exit_code *code)
{
	enum ctxcut_status status = ctxcut_manifest_scan(m);
	if (status == CTXCUT_OK || (status == CTXCUT_INPUT && ctxcut_manifest_message_count(m))) {
		*code = exit_worse(*code, exit_of(status));
		return true;
	}
	*code = exit_worse(*code, say(m, status));
	return false;
}

static enum exit_code update(struct ctxcut_manifest *m, const char *path, bool check_only, struct out *o)
{
	int changed = 0;
	enum exit_code code = say(m, ctxcut_manifest_document(m, path));
	if (code != EXIT_FINE)
		return code;
	if (!scan(m, &code))
		return code;
	enum ctxcut_status status = check_only ? ctxcut_manifest_stale(m, out_write, o) : ctxcut_manifest_update(m, &changed);
	if (check_only && status == CTXCUT_OUTPUT)
		return exit_worse(code, say_written(m, status, o));
	if (*ctxcut_manifest_error(m)) /* a note, when all went well */
		complain("%s", ctxcut_manifest_error(m));
	return exit_worse(code, exit_of(status));
}

static enum exit_code check(struct ctxcut_manifest *m, const char *path, struct out *o)
{
	struct content manifest;
	enum exit_code code = read_all(path, &manifest);
	if (code == EXIT_FINE && scan(m, &code))
		code = exit_worse(code, say_written(m, ctxcut_manifest_check(m, manifest.bytes, manifest.len, out_write, o), o));
	free(manifest.bytes);
	return code;
}

static enum exit_code print(struct ctxcut_manifest *m, struct out *o)
{
	enum exit_code code = EXIT_FINE;
	if (!scan(m, &code))
		return code;
	enum ctxcut_status status = ctxcut_manifest_render(m, out_write, o);
	return exit_worse(code, status == CTXCUT_INPUT ? EXIT_INPUT : say_written(m, status, o));
}

int cmd_manifest(const struct args *args)
{
	const char *document = args_value(args, OPT_UPDATE);
	bool checks = args_has(args, OPT_CHECK), checks_operand = checks && !document;
	if (checks_operand && !args->operand_count) {
		complain("--check needs a manifest: ctxcut manifest --check MANIFEST [PATH...], or --update FILE --check");
		return EXIT_USAGE;
	}
	struct ctxcut_manifest *m = ctxcut_manifest_new();
	enum exit_code code = apply(m, args);
	for (size_t i = checks_operand; i < args->operand_count && code == EXIT_FINE; i++)
		code = say(m, ctxcut_manifest_add_path(m, args->operands[i]));
	struct out o;
	if (code == EXIT_FINE && (code = out_open(&o, args_value(args, OPT_OUTPUT))) == EXIT_FINE) {
		code = document         ? update(m, document, checks, &o)
		       : checks_operand ? check(m, args->operands[0], &o)
					: print(m, &o);
		complain_of_files(m);
		code = exit_worse(code, out_close(&o));
	}
	ctxcut_manifest_free(m);
	return (int)code;
}
