#include "api/reduction.h"

#include "base/mem.h"
#include "text/classes.h"
#include "text/kernel.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

void settings_init(struct settings *s)
{
	*s = (struct settings){.budget_tokens = BUDGET_DEFAULT, .encoding = ENCODING_O200K, .store = true, .ci = true, .filters = true, .decode = true,
	                       .limits = LIMITS_DEFAULT};
}

void settings_release(struct settings *s)
{
	buf_release(&s->query);
	pattern_free(s->query_pattern);
	free(s->store_dir);
	for (size_t i = 0; i < s->filter_name_count; i++)
		free(s->filter_names[i]);
	free(s->filter_names);
	free(s->command);
	free(s->source);
	*s = (struct settings){0};
}

static enum err_code set_bool(bool *out, const char *name, const char *value, struct err *err)
{
	if (strcmp(value, "yes") == 0 || strcmp(value, "no") == 0) {
		*out = value[0] == 'y';
		return ERR_OK;
	}
	return err_set(err, ERR_USAGE, "%s: '%s' is neither yes nor no", name, value);
}

static enum err_code set_number(long *out, long least, long most, const char *name, const char *value, struct err *err)
{
	char *end;
	errno = 0;
	long n = strtol(value, &end, 10);
	if (errno || end == value || *end || n < least || n > most)
		return err_set(err, ERR_USAGE, "%s: '%s' is not a number from %ld to %ld", name, value, least, most);
	*out = n;
	return ERR_OK;
}

static bool special_in_pattern(char c) { return strchr("\\^$.|?*+()[]{}", c) != NULL; }

/* Words become an alternation that ignores case; /…/ is a PCRE2 pattern as it stands. */
static enum err_code add_query(struct settings *s, const char *value, struct err *err)
{
	size_t len = strlen(value);
	if (len == 0)
		return err_set(err, ERR_USAGE, "query: is empty");
	if (len >= 2 && value[0] == '/' && value[len - 1] == '/') {
		/* Alone first: a fault then has the offset that it has for the user. */
		struct pattern *alone;
		enum err_code code = pattern_compile(&alone, span_of(value + 1, len - 2), 0, err);
		if (code != ERR_OK)
			return err_at(err, "query");
		pattern_free(alone);
		if (s->query.len)
			buf_add_char(&s->query, '|');
		buf_add_str(&s->query, "(?:");
		buf_add(&s->query, value + 1, len - 2);
		buf_add_char(&s->query, ')');
		return ERR_OK;
	}
	bool in_word = false;
	for (size_t i = 0; i < len; i++) {
		if (value[i] == ' ' || value[i] == '\t') {
			if (in_word)
				buf_add_char(&s->query, ')');
			in_word = false;
			continue;
		}
		/* In a group of its own: otherwise the patterns that follow would ignore case too. */
		if (!in_word)
			buf_add_str(&s->query, s->query.len ? "|(?i:" : "(?i:");
		in_word = true;
		if (special_in_pattern(value[i]))
			buf_add_char(&s->query, '\\');
		buf_add_char(&s->query, value[i]);
	}
	if (in_word)
		buf_add_char(&s->query, ')');
	return s->query.len ? ERR_OK : err_set(err, ERR_USAGE, "query: is empty");
}

static enum err_code set_format(struct settings *s, const char *value, struct err *err)
{
	static const char *const names[] = {[RENDER_TEXT] = "text", [RENDER_JSON] = "json", [RENDER_MARKDOWN] = "markdown"};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(value, names[i]) == 0) {
			s->format = (enum render_format)i;
			return ERR_OK;
		}
	return err_set(err, ERR_USAGE, "format: '%s' is none of text, json, markdown", value);
}

enum err_code settings_set(struct settings *s, const char *name, const char *value, struct err *err)
{
	long number;
	enum err_code code;
	if (strcmp(name, "budget") == 0) {
		if (strcmp(value, "none") == 0) {
			s->budget_tokens = BUDGET_NONE;
			return ERR_OK;
		}
		if ((code = set_number(&number, BUDGET_LEAST, BUDGET_MOST, name, value, err)) == ERR_OK)
			s->budget_tokens = (size_t)number;
		return code;
	}
	if (strcmp(name, "pass-budget") == 0) {
		if (strcmp(value, "none") == 0) {
			s->pass_budget_tokens = BUDGET_NONE;
			return ERR_OK;
		}
		if ((code = set_number(&number, BUDGET_LEAST, BUDGET_MOST, name, value, err)) == ERR_OK)
			s->pass_budget_tokens = (size_t)number;
		return code;
	}
	if (strcmp(name, "encoding") == 0)
		return encoding_from_name(value, &s->encoding)
		               ? ERR_OK
		               : err_set(err, ERR_USAGE, "encoding: '%s' is none of o200k_base, cl100k_base, claude", value);
	if (strcmp(name, "query") == 0)
		return add_query(s, value, err);
	if (strcmp(name, "level") == 0)
		return level_from_name(span_of_str(value), &s->level)
		               ? ERR_OK
		               : err_set(err, ERR_USAGE, "level: '%s' is no level; use trace, debug, info, notice, warning, error or critical",
		                         value);
	if (strcmp(name, "since") == 0 || strcmp(name, "until") == 0) {
		bool since = name[0] == 's';
		code = stamp_parse_arg(value, since ? &s->since : &s->until, err);
		if (code != ERR_OK)
			return err_at(err, "%s", name);
		*(since ? &s->has_since : &s->has_until) = true;
		return ERR_OK;
	}
	if (strcmp(name, "store") == 0)
		return set_bool(&s->store, name, value, err);
	if (strcmp(name, "store-dir") == 0) {
		free(s->store_dir);
		s->store_dir = mem_strdup(value);
		return ERR_OK;
	}
	if (strcmp(name, "format") == 0)
		return set_format(s, value, err);
	if (strcmp(name, "color") == 0)
		return set_bool(&s->color, name, value, err);
	if (strcmp(name, "line-numbers") == 0)
		return set_bool(&s->line_numbers, name, value, err);
	if (strcmp(name, "redact") == 0)
		return set_bool(&s->redact, name, value, err);
	if (strcmp(name, "decode") == 0)
		return set_bool(&s->decode, name, value, err);
	if (strcmp(name, "cpu") == 0) {
		classes_use(value);
		return kernel_use(value) ? ERR_OK : err_set(err, ERR_USAGE, "cpu: '%s' is none of plain, scalar, sse2, avx2, avx512 and neon, or not of this processor", value);
	}
	if (strcmp(name, "threads") == 0) {
		long n;
		if ((code = set_number(&n, 1, 64, name, value, err)) == ERR_OK)
			s->threads = (unsigned)n;
		return code;
	}
	if (strcmp(name, "ci") == 0)
		return set_bool(&s->ci, name, value, err);
	if (strcmp(name, "filters") == 0)
		return set_bool(&s->filters, name, value, err);
	if (strcmp(name, "filter") == 0) {
		MEM_GROW(s->filter_names, s->filter_name_cap, s->filter_name_count + 1);
		s->filter_names[s->filter_name_count++] = mem_strdup(value);
		return ERR_OK;
	}
	if (strcmp(name, "command") == 0) {
		free(s->command);
		s->command = mem_strdup(value);
		return ERR_OK;
	}
	if (strcmp(name, "source") == 0) {
		struct stat st;
		if (stat(value, &st) != 0 || !S_ISDIR(st.st_mode))
			return err_set(err, ERR_USAGE, "source: '%s' is no folder", value);
		free(s->source);
		s->source = mem_strdup(value);
		return ERR_OK;
	}
	if (strcmp(name, "exit-status") == 0) {
		if ((code = set_number(&number, 0, 255, name, value, err)) == ERR_OK) {
			s->exit_status = (int)number;
			s->status_known = true;
		}
		return code;
	}
	return err_set(err, ERR_USAGE, "there is no option named '%s'", name);
}

enum err_code settings_ready(struct settings *s, struct err *err)
{
	/* What was asked for by level or time is chosen even where all would fit, and also without a budget. */
	if (s->level != LEVEL_NONE || s->has_since || s->has_until) {
		s->narrowed = true;
		if (s->budget_tokens == BUDGET_NONE)
			s->budget_tokens = BUDGET_MOST;
	}
	if (!s->query.len || s->query_pattern)
		return ERR_OK;
	enum err_code code = pattern_compile(&s->query_pattern, buf_span(&s->query), 0, err);
	if (code != ERR_OK)
		err_at(err, "query");
	return code;
}
