/* ctxcut filters list | show NAME | test [FILE...] | explain FILE:LINE | new NAME < LOG | trust FILE */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/args.h"
#include "app/commands.h"
#include "app/out.h"
#include "app/reduction.h"

enum { LOG_BYTES_MOST = 64 * 1024 * 1024 };

struct call {
	const struct args *args;
	const char *const *operands; /* behind the verb */
	size_t count;
	struct ctxcut_filters *f;
	struct out out;
};

static enum exit_code tell_messages(const struct call *c)
{
	for (size_t i = 0; i < ctxcut_filters_message_count(c->f); i++)
		complain("%s", ctxcut_filters_message(c->f, i));
	return ctxcut_filters_message_count(c->f) ? EXIT_INPUT : EXIT_FINE;
}

static enum exit_code failed(const struct call *c, enum ctxcut_status status)
{
	if (status != CTXCUT_OK && status != CTXCUT_OUTPUT)
		complain("%s", ctxcut_filters_error(c->f));
	return exit_of(status);
}

static enum exit_code list(struct call *c)
{
	struct ctxcut_filter_info info;
	for (size_t i = 0; ctxcut_filters_get(c->f, i, &info) == CTXCUT_OK; i++) {
		out_printf(&c->out, "%-18s %-10s ", info.name, info.origin);
		out_clean(&c->out, info.about);
		out_text(&c->out, "\n");
	}
	return tell_messages(c);
}

/* The filter that an operand names: a path, or a filter's name. SIZE_MAX: it was said what is wrong. */
static size_t filter_of(struct call *c, const char *operand, enum exit_code *code)
{
	struct ctxcut_filter_info info;
	size_t i = ctxcut_filters_find(c->f, operand);
	if (i != SIZE_MAX)
		return i;
	if (!strpbrk(operand, "/.")) {
		complain("there is no filter '%s'; see: ctxcut filters list", operand);
		*code = EXIT_USAGE;
		return SIZE_MAX;
	}
	enum ctxcut_status status = ctxcut_filters_add_file(c->f, operand);
	*code = exit_worse(*code, failed(c, status));
	for (i = 0; status == CTXCUT_OK && ctxcut_filters_get(c->f, i, &info) == CTXCUT_OK; i++)
		if (strcmp(info.path, operand) == 0)
			return i;
	return SIZE_MAX;
}

static enum exit_code show(struct call *c)
{
	enum exit_code code = EXIT_FINE;
	struct ctxcut_filter_info info;
	for (size_t n = 0; n < c->count; n++) {
		size_t i = filter_of(c, c->operands[n], &code);
		if (i != SIZE_MAX && ctxcut_filters_get(c->f, i, &info) == CTXCUT_OK)
			out_write(&c->out, info.yaml, info.yaml_len);
	}
	return code;
}

static enum exit_code test_one(struct call *c, size_t i)
{
	struct ctxcut_filter_info info;
	struct ctxcut_filter_test result;
	enum ctxcut_status status = ctxcut_filters_test(c->f, i, out_write, &c->out, &result);
	if (status != CTXCUT_OK)
		return failed(c, status);
	ctxcut_filters_get(c->f, i, &info);
	out_printf(&c->out, "%s %s: %zu samples", result.failed ? "not ok" : "ok", info.name, result.samples);
	if (result.failed)
		out_printf(&c->out, ", %zu failed", result.failed);
	out_text(&c->out, "\n");
	return result.failed ? EXIT_INPUT : EXIT_FINE;
}

static enum exit_code test(struct call *c)
{
	enum exit_code code = EXIT_FINE;
	if (c->count == 0) {
		code = tell_messages(c);
		for (size_t i = 0; i < ctxcut_filters_count(c->f); i++)
			code = exit_worse(code, test_one(c, i));
		return code;
	}
	for (size_t n = 0; n < c->count; n++) {
		size_t i = filter_of(c, c->operands[n], &code);
		if (i != SIZE_MAX)
			code = exit_worse(code, test_one(c, i));
	}
	return code;
}

static enum exit_code explain_one(struct call *c, const char *operand)
{
	const char *colon = strrchr(operand, ':');
	char *end = NULL;
	unsigned long long line = colon && colon[1] >= '0' && colon[1] <= '9' ? strtoull(colon + 1, &end, 10) : 0;
	if (!line || *end) {
		complain("explain needs FILE:LINE, not '%s'", operand);
		return EXIT_USAGE;
	}
	size_t len = (size_t)(colon - operand);
	char *path = app_zalloc(len + 1, 1);
	memcpy(path, operand, len);
	/* Options that the reduction has, as "name=value". */
	const struct args *a = c->args;
	char **set = app_zalloc(a->value_count + 1, sizeof *set);
	size_t count = 0;
	for (size_t i = 0; i < a->value_count; i++) {
		const struct option_row *row = a->values[i].row;
		if (!row->setting)
			continue;
		size_t name = strlen(row->setting), value = strlen(a->values[i].value);
		set[count] = app_zalloc(name + value + 2, 1);
		memcpy(set[count], row->setting, name);
		set[count][name] = '=';
		memcpy(set[count] + name + 1, a->values[i].value, value);
		count++;
	}
	enum exit_code code =
		failed(c, ctxcut_filters_explain(c->f, path, line, (const char *const *)set, count, out_write, &c->out));
	for (size_t i = 0; i < count; i++)
		free(set[i]);
	free(set);
	free(path);
	return code;
}

static enum exit_code explain(struct call *c)
{
	enum exit_code code = EXIT_FINE;
	for (size_t n = 0; n < c->count; n++)
		code = exit_worse(code, explain_one(c, c->operands[n]));
	return code;
}

static enum exit_code make_new(struct call *c)
{
	size_t len = 0, cap = 1 << 16;
	char *log = app_zalloc(cap, 1);
	for (ssize_t n; len < LOG_BYTES_MOST && (n = read(STDIN_FILENO, log + len, cap - len)) > 0;) {
		len += (size_t)n;
		if (len == cap) {
			char *grown = app_zalloc(2 * cap, 1);
			memcpy(grown, log, len);
			free(log);
			log = grown;
			cap *= 2;
		}
	}
	enum exit_code code = failed(c, ctxcut_filters_skeleton(c->f, c->operands[0], log, len, out_write, &c->out));
	free(log);
	return code;
}

static enum exit_code trust(struct call *c)
{
	enum exit_code code = EXIT_FINE;
	for (size_t n = 0; n < c->count; n++) {
		char error[1024] = "";
		enum ctxcut_status status = ctxcut_filters_trust(c->operands[n], error, sizeof error);
		if (status != CTXCUT_OK)
			complain("%s", error);
		code = exit_worse(code, exit_of(status));
	}
	return code;
}

static const struct verb {
	const char *name;
	size_t least, most; /* operands */
	const char *needs;
	enum exit_code (*run)(struct call *c);
} verbs[] = {
	{"list", 0, 0, "takes no operand", list},
	{"show", 1, SIZE_MAX, "needs the name of a filter", show},
	{"test", 0, SIZE_MAX, "", test},
	{"explain", 1, SIZE_MAX, "needs FILE:LINE", explain},
	{"new", 1, 1, "needs one name, and a log on standard input", make_new},
	{"trust", 1, SIZE_MAX, "needs a filter file", trust},
};

int cmd_filters(const struct args *args)
{
	const char *name = args->operand_count ? args->operands[0] : "list";
	const struct verb *verb = NULL;
	for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
		if (strcmp(verbs[i].name, name) == 0)
			verb = &verbs[i];
	if (!verb) {
		complain("filters: there is no '%s'; use list, show, test, explain, new or trust", name);
		return EXIT_USAGE;
	}
	struct call c = {.args = args, .operands = args->operands + 1, .count = args->operand_count ? args->operand_count - 1 : 0};
	if (c.count < verb->least || c.count > verb->most) {
		complain("filters %s %s", name, verb->needs);
		return EXIT_USAGE;
	}
	enum exit_code code = out_open(&c.out, NULL);
	if (code != EXIT_FINE)
		return (int)code;
	c.f = ctxcut_filters_new();
	if (wants_redaction(args))
		ctxcut_filters_redact(c.f);
	code = verb->run(&c);
	code = exit_worse(code, out_close(&c.out));
	ctxcut_filters_free(c.f);
	return (int)code;
}
